"""Cells of one column that are unlike any in training, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

FAR_BEYOND_RANGE = 0.1
"""A number or date is odd if it is beyond the training range by more than this part of it."""

MOST_UNKNOWN = 0.005
"""If in training more cells than this part had a level of their own, new levels are no surprise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Surprise:
    """Cells of one column that are unlike any in training.

    Attributes:
        words: What they are, for all of them.
        rows: Which cells these are, (n,).
        cell: What one of them is, with "{}" for its value.
        odd: Those that make their row unlike the training rows, (n,): not what is everyday.
        values: What stands for "{}" in place of the cells themselves, (n,).
    """

    words: str
    rows: Bools
    cell: str
    odd: Bools
    values: pl.Series | None = None

    def told(self, cells: pl.Series, row: int) -> str:
        """What the cell of a row is, in words."""
        value = (cells if self.values is None else self.values)[row]
        if isinstance(value, pl.Series):
            value = ", ".join(value)
        return self.cell.replace("{}", f"{value:.6g}" if isinstance(value, float) else str(value))


def where_null(cells: pl.Series) -> Bools:
    """Which cells are missing, (n,)."""
    return cells.is_null().to_numpy() if cells.null_count() else np.zeros(len(cells), dtype=bool)


def beyond(values: Floats, low: float, high: float) -> tuple[Bools, Bools]:
    """Which values are outside a range, and which are so by far; no missing one is either."""
    far = FAR_BEYOND_RANGE * (high - low)
    is_far = (values < low - far) | (values > high + far)
    return np.asarray((values < low) | (values > high)), np.asarray(is_far)
