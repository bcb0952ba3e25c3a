"""Rows of nothing but pictures of which none can be read: nothing is known of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.grouping import Places
from pellucid.data.kinds.kind import kind_of
from pellucid.data.rows import Rows
from pellucid.wording import count_of, some_of


def where_unseen(frame: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows have nothing but pictures, and none of these (n,).

    A row that has other cells too is not among them: they tell something.

    Args:
        frame: Converted columns.
    """
    columns = frame.get_columns()
    if not all(kind_of(column).is_picture for column in columns):
        return np.zeros(frame.height, dtype=bool)
    return np.all([column.is_null().to_numpy() for column in columns], axis=0)


def without_unseen(rows: Rows) -> tuple[Rows, list[str]]:
    """The rows that neither learn nor judge blindly, and what to tell of the others."""
    unseen = where_unseen(rows.frame)
    if not unseen.any():
        return rows, []
    note = describe_unseen(rows.numbers[unseen])
    return rows.take(np.flatnonzero(~unseen)), [note]


def describe_unseen(numbers: Places) -> str:
    """How many rows are left out, and the numbers of a few."""
    named = some_of([f"row {number:,}" for number in numbers])
    return f"{count_of(len(numbers), 'row')} without a readable picture left out: {named}"
