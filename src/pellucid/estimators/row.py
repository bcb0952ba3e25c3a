"""One row of a table, encoded, and which output of the network is explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.conversion import absent_columns, convert, with_column_named
from pellucid.data.pictures.opening import name_of
from pellucid.data.pictures.picture import Picture
from pellucid.data.sources.table import Table
from pellucid.errors import OptionError
from pellucid.estimators.arguments import as_table
from pellucid.estimators.predictor import Predictor
from pellucid.inputs import Inputs
from pellucid.model.model import outputs_of

Floats = npt.NDArray[np.float64]
HOLD_PICTURES = (pl.Binary, pl.Struct, pl.Array)
"""Types of cells that are no words: bytes, bytes beside a path, numbers."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row to be explained.

    Attributes:
        cells: As given, by column; of a picture what it is called.
        pictures: Those that could be read, by column.
        converted: The row as it was read, (1, columns).
        inputs: Encoded, numbers in float64.
        answers: The prediction: probabilities (C,) or numbers (O,).
        target: Which of them is explained.
        output: What this is, in words.
        truth: The target's cell as given; None if there is none.
        absent: Columns that the table does not have; they are unknown.
    """

    cells: dict[str, Any]
    pictures: dict[str, Picture]
    converted: pl.DataFrame
    inputs: Inputs
    answers: Floats
    target: int
    output: str
    truth: Any
    absent: list[str]


def check_model(model: object) -> None:
    """Refuse what is no fitted estimator of ours.

    Raises:
        OptionError: It is something else, such as a pipeline.
        NotFittedError: It has not learned yet.
    """
    if not isinstance(model, Predictor):
        raise OptionError(
            "model must be a fitted Classifier or Regressor of Pellucid, but is of type "
            f"{type(model).__name__}. Give the estimator itself: pipeline[-1] (and rows as the "
            "steps before it leave them), search.best_estimator_, or pellucid.load(path).",
            option="model",
        )
    model.check_fitted()


def table_of(model: Predictor, rows: Any) -> Table:
    """Rows as a model takes them, in a DataFrame perhaps with further columns, such as its target.

    Args:
        model: A fitted estimator.
        rows: A file, a DataFrame, an array, or one row.

    Raises:
        DataError: The rows do not fit the model.
    """
    is_frame = isinstance(rows, pl.LazyFrame) or hasattr(rows, "columns")
    if is_frame and hasattr(model, "feature_names_in_"):
        return as_table(rows)
    return model.take_rows(rows)


def take_row(
    model: Predictor,
    rows: Any,
    number: int,
    target_class: Any = None,
    *,
    allow_missing: bool | None = None,
) -> Row:
    """Take one row out of a table.

    Args:
        model: A fitted estimator.
        rows: Where the row stands: a file, a DataFrame, or an array.
        number: Its number, a whole one: 1 for the first.
        target_class: Whose probability is explained; None for the predicted class. Without classes
            the first label or number is.
        allow_missing: Whether columns may be missing, as `convert` takes it.

    Raises:
        OptionError: There is no such row or class.
        DataError: The rows do not fit the model.
    """
    check_model(model)
    chosen = None if target_class is None else place_of_class(model, target_class)
    table = with_column_named(table_of(model, rows), model.schema_)
    if not _is_whole(number) or number not in range(1, table.frame.height + 1):
        raise OptionError(
            f"row must be a whole number between 1 and {table.frame.height}, the rows of "
            f"{table.name}, but is {number!r}.",
            option="row",
        )
    frame = convert(table, model.schema_, allow_missing=allow_missing)[number - 1 : number]
    trained = model.model_
    inputs = trained.encode(frame)
    answers = trained.task.decode(outputs_of(trained.network, inputs.float()), trained.temperature)
    target = int(trained.task.explained(answers)[0]) if chosen is None else chosen
    pictures = pictures_of(frame)[0]
    return Row(
        cells=named_cells(table.frame[number - 1 : number], [pictures])[0],
        pictures=pictures,
        converted=frame,
        inputs=inputs,
        answers=answers[0],
        target=target,
        output=output_name(model, target),
        truth=true_cells(model, table.frame[number - 1 : number])[0],
        absent=absent_columns(table, model.schema_),
    )


def _is_whole(number: object) -> bool:
    return isinstance(number, Integral) and not isinstance(number, bool)


def place_of_class(model: Predictor, target_class: Any) -> int:
    """Position of a class somebody named.

    Raises:
        OptionError: There is no such class, or there are no classes.
    """
    names = model.model_.task.class_names
    if not names:
        raise OptionError(
            f"target_class must be left out, but is {target_class!r}: the model has no "
            "classes to choose from.",
            option="target_class",
        )
    if str(target_class) not in names:
        raise OptionError(
            f"target_class must be one of {', '.join(names[:20])}, but is {target_class!r}.",
            option="target_class",
        )
    return names.index(str(target_class))


def output_name(model: Predictor, target: int) -> str:
    """What one output is, e.g. "probability of yes" or "price"."""
    return model.model_.task.answer_name(target, model.target_)


def true_cells(model: Predictor, frame: pl.DataFrame) -> list[Any]:
    """The target's cell of each row as given, None where the rows have none.

    With several targets it is the first one's, which is the one explained.
    """
    if not model.target_ or model.target_[0] not in frame.columns:
        return [None] * frame.height
    return frame[model.target_[0]].to_list()


def pictures_of(frame: pl.DataFrame) -> list[dict[str, Picture]]:
    """The pictures in each of some converted rows, by column."""
    held = frame.select(pl.col(pl.Object))
    return [
        {name: cell for name, cell in row.items() if cell is not None}
        for row in (held.iter_rows(named=True) if held.width else [{}] * frame.height)
    ]


def named_cells(
    given: pl.DataFrame, pictures: Sequence[Mapping[str, Picture]]
) -> list[dict[str, Any]]:
    """Cells as given, but pictures by what they are called.

    Args:
        given: Some rows as given.
        pictures: Those that could be read in each of them, by column.
    """
    held = [name for name, dtype in given.schema.items() if dtype in HOLD_PICTURES]
    rows = list(given.iter_rows(named=True))
    for row, own in zip(rows, pictures, strict=True):
        for name in held:
            row[name] = str(own[name]) if name in own else name_of(row[name]) or None
    return rows


def plain_cell(value: Any) -> Any:
    """A cell as JSON has it: what is no text, number or truth value becomes text."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
