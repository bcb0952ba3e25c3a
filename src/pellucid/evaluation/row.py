"""One row of a table, encoded, and which output of the network is explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from torch import Tensor

from pellucid.contract import Estimator
from pellucid.data.schema import convert
from pellucid.errors import OptionError
from pellucid.model import outputs_of
from pellucid.tasks import Classification, Task

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row to be explained.

    Attributes:
        cells: As given, by column.
        inputs: Encoded, float64 (1, inputs).
        answers: The prediction: probabilities (C,) or numbers (O,).
        target: Which of them is explained.
        output: What this is, in words.
        truth: The target's cell as given; None if there is none.
    """

    cells: dict[str, Any]
    inputs: Tensor
    answers: Floats
    target: int
    output: str
    truth: Any


def take_row(model: Estimator, rows: Any, number: int) -> Row:
    """Take one row out of a table.

    Args:
        model: A fitted estimator.
        rows: Where the row stands: a file, a DataFrame, or an array.
        number: Its number, 1 for the first.

    Raises:
        OptionError: There is no such row.
        DataError: The rows do not fit the model.
    """
    table = model.take_rows(rows)
    if number not in range(1, table.frame.height + 1):
        raise OptionError(
            f"row must be between 1 and {table.frame.height}, the rows of {table.name}, but is "
            f"{number!r}.",
            option="row",
        )
    frame = convert(table, model.schema_)[number - 1 : number]
    trained = model.model_
    inputs = trained.encode(frame)
    answers = trained.task.decode(outputs_of(trained.exact_network, inputs), trained.temperature)
    target = int(explained_outputs(trained.task, answers)[0])
    return Row(
        cells=table.frame.row(number - 1, named=True),
        inputs=inputs,
        answers=answers[0],
        target=target,
        output=output_name(model, target),
        truth=true_cells(model, table.frame[number - 1 : number])[0],
    )


def explained_outputs(task: Task, answers: Floats) -> npt.NDArray[np.int64]:
    """Which output of each row is explained: the likeliest class, or the first label or number.

    Args:
        task: What was learned.
        answers: Predictions, (n, C) or (n, O).
    """
    if isinstance(task, Classification):
        return answers.argmax(axis=1)
    return np.zeros(len(answers), dtype=np.int64)


def output_name(model: Estimator, target: int) -> str:
    """What one output is, e.g. "probability of yes" or "price"."""
    task = model.model_.task
    if isinstance(task, Classification):
        return f"probability of {task.classes[target]}"
    unnamed = "y" if task.num_outputs == 1 else f"y{target}"  # as predictions are called
    name = model.target_[target] if model.target_ else unnamed
    return name if task.kind == "regression" else f"probability of {name}"


def true_cells(model: Estimator, frame: pl.DataFrame) -> list[Any]:
    """The target's cell of each row as given, None where the rows have none.

    With several targets it is the first one's, which is the one explained.
    """
    if not model.target_ or model.target_[0] not in frame.columns:
        return [None] * frame.height
    return frame[model.target_[0]].to_list()


def plain_cell(value: Any) -> Any:
    """A cell as JSON has it: what is no text, number or truth value becomes text."""
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
