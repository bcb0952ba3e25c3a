"""Texts looked up among the levels that were learned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.few_cells import are_few

UNKNOWN, MISSING = -1, -2
"""What stands for a text that is none of the levels, and for a missing cell."""


class KnownLevels:
    """Levels, each with its place.

    Args:
        levels: Texts, no two alike.
    """

    def __init__(self, levels: Sequence[str]) -> None:
        self._places: dict[str | None, int] = {level: place for place, level in enumerate(levels)}
        self._places[None] = MISSING
        self._type = pl.Enum(levels)

    def places(self, cells: pl.Series) -> npt.NDArray[np.int64]:
        """The place of each text among the levels, from 0 (n,); `UNKNOWN`, or `MISSING`."""
        if are_few(cells):
            found = self._places
            return np.array([found.get(cell, UNKNOWN) for cell in cells.to_list()], dtype=np.int64)
        known = cells.cast(self._type, strict=False).to_physical().cast(pl.Int64)
        if not known.null_count():
            return known.to_numpy()
        places = known.fill_null(UNKNOWN).to_numpy(writable=True)
        if cells.null_count():
            places[cells.is_null().to_numpy()] = MISSING
        return places

    def where_unknown(self, cells: pl.Series) -> npt.NDArray[np.bool_]:
        """Which texts are none of the levels (n,)."""
        if cells.cast(self._type, strict=False).null_count() == cells.null_count():
            return np.zeros(len(cells), dtype=bool)
        return self.places(cells) == UNKNOWN
