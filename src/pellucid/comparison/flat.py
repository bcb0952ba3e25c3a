"""Converted columns as the one numeric matrix that scikit-learn's algorithms want."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.comparison.algorithms import Shape
from pellucid.data.kinds.list_encoder import ListEncoder
from pellucid.data.rows import Rows
from pellucid.tasks.task import Task

Matrix = npt.NDArray[np.float64]

SECONDS_A_DAY = 86_400.0


class FlatTable:
    """Rows as matrix and target: numbers as they are, dates in days, categories as codes.

    Of a list each frequent value is a column of 0 and 1, as it is for the network.

    Args:
        rows: All rows that learn or judge; codes follow the levels' alphabetical order.
        task: What is learned.

    Attributes:
        matrix: Shape (n, columns of the matrix); missing cells are NaN.
        target: Position of the class (n,), or numbers (n, O).
        shape: Where numbers and categories stand.
    """

    def __init__(self, rows: Rows, task: Task) -> None:
        self.matrix, levels = matrix_of(with_single_values(rows.frame))
        if task.flat_family is None:
            raise ValueError(f"no flat algorithm learns {task.kind}")
        self.target = task.flat_target(rows.target)
        self.shape = Shape(
            family=task.flat_family,
            num_classes=len(task.class_names),
            num_targets=task.num_outputs,
            numbers=[place for place, count in enumerate(levels) if count is None],
            categories=[place for place, count in enumerate(levels) if count is not None],
            num_levels=[count for count in levels if count is not None],
            num_rows=len(rows),
        )


def with_single_values(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns, each list replaced by a column of 0 and 1 for each of its frequent values."""
    columns: list[pl.Series] = []
    for column in frame:
        if not column.dtype.is_nested():
            columns.append(column)
            continue
        encoder = ListEncoder.fit(column, np.ones(len(column)))
        inputs = encoder.compact(column).astype(np.float64)
        named = zip(encoder.input_names(), inputs.T, strict=True)
        columns += [pl.Series(f"{len(columns)}: {name}", values) for name, values in named]
    return pl.DataFrame(columns)


def matrix_of(frame: pl.DataFrame) -> tuple[Matrix, list[int | None]]:
    """Converted columns as numbers (n, columns), and how many levels each has if it is codes.

    Lists have to be columns of single values by then.
    """
    coded = [_numeric(column) for column in frame]
    return np.column_stack([cells for cells, _ in coded]), [count for _, count in coded]


def _numeric(column: pl.Series) -> tuple[Matrix, int | None]:
    """The cells as numbers, and how many levels they have if they are codes."""
    if column.dtype == pl.String:
        levels = column.drop_nulls().unique().sort()
        codes = column.replace_strict(levels, range(len(levels)), default=None)
        return _cells(codes), len(levels)
    if column.dtype != pl.Float64:
        column = column.cast(pl.Int64) / (SECONDS_A_DAY * 1e6)
    return _cells(column), None


def _cells(column: pl.Series) -> Matrix:
    """As floats; the trees of scikit-learn take none beyond those of 32 bits."""
    limit = float(np.finfo(np.float32).max)
    return column.cast(pl.Float64).clip(-limit, limit).fill_null(float("nan")).to_numpy()
