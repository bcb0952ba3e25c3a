"""Columns as flat algorithms want them: of plain numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatColumn:
    """A column of the one matrix that scikit-learn's algorithms want.

    Attributes:
        values: Numbers or codes, (n,); NaN where missing.
        num_levels: How many codes there are; None if they are numbers.
    """

    values: Floats
    num_levels: int | None = None


def as_floats(cells: pl.Series) -> Floats:
    """Numbers (n,), NaN where missing; the trees of scikit-learn take none beyond float32's."""
    limit = float(np.finfo(np.float32).max)
    return cells.cast(pl.Float64).clip(-limit, limit).fill_null(float("nan")).to_numpy()
