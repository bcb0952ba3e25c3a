"""Converted columns as the numeric matrix that scikit-learn's algorithms want, and pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.comparison.algorithms import Shape, algorithms_for
from pellucid.data.kinds.flat_columns import FlatColumn, FlatPixels, FlatTerms
from pellucid.data.kinds.kind import kind_of
from pellucid.data.kinds.of_columns import has_texts
from pellucid.data.rows import Rows
from pellucid.model.leaderboard import ComparedPictures
from pellucid.model.text_recipe import Texts
from pellucid.tasks.answers import FlatFamily
from pellucid.tasks.task import Task

Matrix = npt.NDArray[np.float64]


class FlatTable:
    """Rows as matrix and target: numbers as they are, dates in days, categories as codes.

    Of a list each frequent value is a column of 0 and 1, as it is for the network.

    Args:
        rows: All rows that learn or judge; codes follow the levels' alphabetical order.
        task: What is learned.

    Attributes:
        matrix: Shape (n, columns of the matrix); missing cells are NaN.
        pixels: Of each column of pictures; they follow the matrix in each row.
        target: Position of the class (n,), or numbers (n, O).
        shape: Where numbers and categories stand.
    """

    def __init__(self, rows: Rows, task: Task) -> None:
        columns = flat_columns(rows.frame)
        levels = [column.num_levels for column in columns]
        self.matrix = matrix_of(columns) if columns else np.empty((len(rows), 0))
        self.pixels = flat_pixels(rows.frame)
        if task.flat_family is None:
            raise ValueError(f"no flat algorithm learns {task.kind}")
        self.target = task.flat_target(rows.target)
        texts = Texts.of(rows)
        self.shape = Shape(
            family=task.flat_family,
            num_classes=len(task.class_names),
            num_targets=task.num_outputs,
            numbers=[place for place, count in enumerate(levels) if count is None],
            categories=[place for place, count in enumerate(levels) if count is not None],
            num_levels=[count for count in levels if count is not None],
            num_rows=len(rows),
            num_pixels=sum(each.num_pixels for each in self.pixels),
            most_terms=0 if texts is None else texts.terms.most_terms,
        )


def flat_columns(frame: pl.DataFrame) -> list[FlatColumn]:
    """Converted columns as those of the matrix, which may be more: each kind says how."""
    return [flat for column in frame for flat in kind_of(column).flat(column)]


def flat_pixels(frame: pl.DataFrame) -> list[FlatPixels]:
    """The pixels of each converted column of pictures."""
    found = (kind_of(column).flat_pixels(column) for column in frame)
    return [each for each in found if each is not None]


def flat_terms(frame: pl.DataFrame) -> list[FlatTerms]:
    """The counted terms of each converted column of texts."""
    found = (kind_of(column).flat_terms(column) for column in frame)
    return [each for each in found if each is not None]


def pictures_in(frame: pl.DataFrame) -> ComparedPictures | None:
    """The pictures of the first column that holds some; None if none does."""
    found = flat_pixels(frame)
    return ComparedPictures(size=found[0].read_size, flat_size=found[0].size) if found else None


def algorithms_on(frame: pl.DataFrame, family: FlatFamily | None) -> list[str]:
    """Names of the algorithms that learn such rows: fewer where there is nothing but pictures."""
    return algorithms_for(
        family, only_pixels=not boosting_learns(frame), with_texts=has_texts(frame)
    )


def boosting_learns(frame: pl.DataFrame) -> bool:
    """Whether there is a column that is not of pictures, of which boosting takes none."""
    return not all(kind_of(column).is_seen for column in frame)


def matrix_of(columns: Sequence[FlatColumn]) -> Matrix:
    """Columns side by side, (n, columns)."""
    return np.column_stack([column.values for column in columns])
