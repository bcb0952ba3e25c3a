"""Rows as plain numbers on comparable scales, without a network: what flat algorithms cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.kinds.flat_columns import FlatColumn, FlatPixels
from pellucid.data.kinds.kind import kind_of
from pellucid.data.rows import ROWS_PER_BLOCK
from pellucid.inputs import TERMS
from pellucid.network.term_bag import NO_TERM

Floats = npt.NDArray[np.float64]

COMPONENTS = 50
"""Of pictures, and of counted terms."""
SMALLEST_DEVIATION = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnSpace:
    """Rows as numbers on comparable scales.

    Attributes:
        values: (n, d), each column of the table with variance 1 in all at most.
        columns: The column of the table that each number is of, (d,).
        are_levels: Which are 0/1 of a level, (d,).
    """

    values: Floats
    columns: list[int]
    are_levels: npt.NDArray[np.bool_]

    def take(self, rows: npt.NDArray[np.int64]) -> ColumnSpace:
        """The rows at some places."""
        return replace(self, values=self.values[rows])


def column_space(frame: pl.DataFrame, rows: EncodedRows) -> ColumnSpace:
    """Converted columns side by side: numbers standardized, 0/1 for each level, components.

    Missing numbers are the mean; a missing category has no level. Of pictures and texts the first
    principal components of pixels and of weighed terms are taken.

    Args:
        frame: Converted columns.
        rows: The same rows, encoded: whose terms are weighed.
    """
    parts: list[tuple[int, Floats, bool]] = []
    for place, cells in enumerate(frame):
        kind = kind_of(cells)
        flats = kind.flat(cells)
        parts += [(place, _numbers(flat), flat.num_levels is not None) for flat in flats]
        pixels, port = kind.flat_pixels(cells), f"{TERMS}:{cells.name}"
        if pixels is not None:
            parts.append((place, _components(_pixels(pixels)), False))
        if port in rows.ports:
            parts.append((place, _components(_terms(rows, port)), False))
    if not parts:
        parts.append((0, np.zeros((frame.height, 1)), False))
    widths = [part.shape[1] for _, part, _ in parts]
    return ColumnSpace(
        values=np.concatenate([part for _, part, _ in parts], axis=1),
        columns=np.repeat([place for place, _, _ in parts], widths).tolist(),
        are_levels=np.repeat([are_levels for _, _, are_levels in parts], widths),
    )


def _numbers(flat: FlatColumn) -> Floats:
    if flat.num_levels is not None:
        codes = np.arange(flat.num_levels)
        return (flat.values[:, None] == codes).astype(np.float64)
    mean = np.nanmean(flat.values) if np.isfinite(flat.values).any() else 0.0
    filled = np.where(np.isfinite(flat.values), flat.values, mean)
    centered = filled - filled.mean()
    return (centered / max(float(centered.std()), SMALLEST_DEVIATION))[:, None]


def _pixels(pixels: FlatPixels) -> Floats:
    return np.concatenate([block.astype(np.float32) for block in pixels.blocks()])


def _terms(rows: EncodedRows, port: str) -> Any:
    """The weights of terms, sparse (n, terms)."""
    from scipy.sparse import csr_array, vstack

    parts, width = [], 0
    for block in rows.blocks(ROWS_PER_BLOCK):
        number_BL, weight_BL = block[port].numpy().transpose(2, 0, 1)
        is_term = number_BL != NO_TERM
        starts = np.concatenate([[0], is_term.sum(axis=1).cumsum()])
        places = number_BL[is_term].astype(np.int64)
        width = max(width, int(places.max(initial=0)) + 1)
        parts.append((weight_BL[is_term], places, starts))
    return vstack([csr_array(part, shape=(len(part[2]) - 1, width)) for part in parts])


def _components(values: Any) -> Floats:
    """The first principal components, scaled together so that their variances sum to 1."""
    from sklearn.decomposition import PCA, TruncatedSVD

    count = min(COMPONENTS, min(values.shape) - 1)
    if count < 1:
        return np.zeros((values.shape[0], 1))
    method = PCA if isinstance(values, np.ndarray) else TruncatedSVD
    found: Floats = method(count, random_state=0).fit_transform(values).astype(np.float64)
    return found / max(float(np.sqrt(found.var(axis=0).sum())), SMALLEST_DEVIATION)
