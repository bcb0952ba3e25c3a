"""How the prediction answers to one column: its learned response curve.

The curve is the mean prediction over rows when only this column is set to each value of a grid
(partial dependence, Friedman 2001, section 8.2); beside it stand single rows' own curves
(individual conditional expectation, Goldstein et al. 2015, arXiv:1309.6392). Where the column goes
together with others in the data, some of these rows do not occur in life: the curve says what the
network answers, not what would happen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.conversion import convert
from pellucid.errors import DataError, OptionError
from pellucid.estimators.predictor import Predictor
from pellucid.estimators.row import check_model, output_name, place_of_class, plain_cell, table_of
from pellucid.model.model import Model, outputs_of
from pellucid.wording import nearest

Floats = npt.NDArray[np.float64]

MOST_ROWS = 1_000
MOST_LINES = 50


@dataclass(frozen=True, kw_only=True)
class ResponseCurve:
    """How one output answers to one column.

    Attributes:
        column: The column.
        kind: "number", "category", "date" or "list".
        output: What answers, e.g. "probability of yes".
        grid: The column's values, G of them: numbers or dates in order, or levels. Among levels
            None is a missing cell, if the column had some in training; numbers and dates have no
            such point. Of lists it is each value by itself, or None.
        counts: How many of the given rows have this level, hold this value, or lie nearest to this
            number or date.
        mean: Mean output over the rows with the column set to each value, shape (G,).
        lines: The output of single rows, shape (L, G): the first 50 of those drawn for the mean,
            whose order is random.
        num_rows: Over how many rows the mean was taken.
    """

    column: str
    kind: str
    output: str
    grid: list[Any]
    counts: list[int]
    mean: Floats
    lines: Floats
    num_rows: int

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        return {
            **vars(self),
            "grid": [plain_cell(value) for value in self.grid],
            "mean": self.mean.tolist(),
            "lines": self.lines.tolist(),
        }


def response_curve(
    model: Predictor, rows: Any, column: str, *, target_class: Any = None
) -> ResponseCurve:
    """Find how the prediction answers to one column.

    Args:
        model: A fitted estimator.
        rows: The rows over which the mean is taken, 1 000 of them at most, drawn with a fixed
            seed: a file, a DataFrame, or an array.
        column: Name of the column.
        target_class: Whose probability answers, for a classifier; None for the last class. With
            several labels or numbers the first one answers.

    Returns:
        The curve: at up to 30 quantiles between the 1 % and the 99 % point for numbers and dates,
        at each learned level for categories.

    Raises:
        OptionError: There is no such column or class, or the column was left out; or `model` is
            none.
        NotFittedError: It has not learned yet.
        DataError: The rows do not fit the model.
    """
    check_model(model)
    place = _place_of(model, column)
    target = _target_of(model, target_class)
    table = table_of(model, rows)
    frame = convert(table, model.schema_)
    if not frame.height:
        raise DataError(f"{table.name} has no rows. Give at least one.", file=table.name)
    encoder = model.model_.encoder.columns[place]
    grid = encoder.grid(frame[column])
    chosen = np.random.default_rng(0).permutation(frame.height)[:MOST_ROWS]
    lines = _answers(model.model_, frame[chosen], place, grid.cells, target)
    return ResponseCurve(
        column=column,
        kind=encoder.kind,
        output=output_name(model, target),
        grid=grid.values,
        counts=grid.counts,
        mean=lines.mean(axis=0),
        lines=lines[:MOST_LINES],
        num_rows=len(chosen),
    )


def _place_of(model: Predictor, column: str) -> int:
    """Position of a column in the encoder."""
    known = [encoder.name for encoder in model.model_.encoder.columns]
    if column in known:
        return known.index(column)
    reasons = {c.name: c.reason for c in model.schema_ if not c.is_kept}
    if column in reasons:
        raise OptionError(
            f"Column {column!r} was left out ({reasons[column]}), so predictions do not depend on "
            f"it. {_with_curves(model)}",
            option="column",
        )
    near = nearest(str(column), known)
    hint = f"Did you mean {near!r}?" if near else f"It has: {', '.join(known[:20])}."
    raise OptionError(f"The model has no column {column!r}. {hint}", option="column")


def _with_curves(model: Predictor) -> str:
    """The columns over which a curve can be drawn, in words."""
    columns = [each.name for each in model.model_.encoder.columns if not each.is_picture]
    return f"Columns with a curve: {', '.join(columns[:20])}." if columns else "No column has one."


def _target_of(model: Predictor, target_class: Any) -> int:
    """Position of the output that answers."""
    if target_class is not None:
        return place_of_class(model, target_class)
    return model.model_.task.usual_output


def _answers(model: Model, frame: pl.DataFrame, place: int, grid: pl.Series, target: int) -> Floats:
    """One output of each row with one column set to each value of the grid, shape (n, G)."""
    encoder = model.encoder
    compact = encoder.compact(frame)
    values = encoder.columns[place].compact(grid)
    found = []
    for value in values:
        encoder.place_in(compact, place)[...] = value
        outputs = outputs_of(model.network, encoder.expand(compact))
        found.append(model.task.decode(outputs, model.temperature)[:, target])
    return np.stack(found, axis=1)
