"""Cells of one column to try one after the other, for a response curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from pellucid.errors import DataError

MOST_POINTS = 30
OUTER_PART = 0.01
"""Below this quantile and above its opposite there are too few rows to draw a curve."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Cells to try.

    Attributes:
        cells: The cells, converted: G of them.
        values: What each of them is; None for a missing one.
        counts: How many of the given rows have it, or have none nearer.
    """

    cells: pl.Series
    values: list[Any]
    counts: list[int]


def ordered_grid(cells: pl.Series) -> Grid:
    """Quantiles of cells that lie on a line.

    Raises:
        DataError: All of them are missing.
    """
    present = cells.drop_nulls()
    if not len(present):
        raise DataError(
            f"Column {cells.name!r} is missing in every row given, so there is nothing to draw its "
            "curve over. Give rows that have it.",
            column=cells.name,
        )
    # Values that occur, so that whole numbers stay whole.
    values = present.to_physical().to_numpy()
    parts = np.linspace(OUTER_PART, 1.0 - OUTER_PART, MOST_POINTS)
    points = np.unique(np.quantile(values, parts, method="inverted_cdf"))
    nearest_point = np.searchsorted((points[1:] + points[:-1]) / 2, values)
    counts = np.bincount(nearest_point, minlength=len(points))
    chosen = pl.Series(cells.name, points).cast(cells.dtype)
    return Grid(cells=chosen, values=chosen.to_list(), counts=counts.tolist())
