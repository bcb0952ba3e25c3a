"""Cells of one column that are unlike any in training, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Surprise:
    """Cells of one column that are unlike any in training.

    Attributes:
        words: What they are, for all of them.
        rows: Which cells these are, (n,).
        cell: What one of them is, with "{}" for its value.
        odd: Those that make their row unlike the training rows, (n,): not what is everyday.
    """

    words: str
    rows: Bools
    cell: str
    odd: Bools

    def told(self, value: object) -> str:
        """What one cell is, in words."""
        if isinstance(value, pl.Series):
            value = ", ".join(value)
        return self.cell.replace("{}", f"{value:.6g}" if isinstance(value, float) else str(value))
