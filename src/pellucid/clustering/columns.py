"""Rows as plain numbers on comparable scales, without a network: what flat algorithms cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.kinds.flat_columns import FlatColumn
from pellucid.data.kinds.kind import Kind, kind_of
from pellucid.data.rows import ROWS_PER_BLOCK
from pellucid.inputs import TERMS
from pellucid.model.nearness import unit_length
from pellucid.network.term_bag import NO_TERM

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

COMPONENTS = 50
"""Of pictures, and of counted terms."""
MOST_COMMON = 0.2
"""Part of the texts; terms that more of them have do not say what a text is about."""
SMALLEST_DEVIATION = 1e-12
SKEWED = 1.0


class Part(Protocol):
    """Some of the numbers of each row, on a scale learned from some rows."""

    width: int

    def take(self, places: Places) -> Floats:
        """Those of the rows at the given places, (rows, width)."""

    @property
    def without_tail(self) -> Part:
        """The same with the logarithm of numbers that have a long tail upwards."""


class ColumnSpace:
    """Rows as numbers on comparable scales, each column of the table with variance 1 at most.

    Numbers are standardized; a category is 0/1 for each level; of pictures and texts the first
    principal components of pixels and of weighed terms are taken. Missing numbers are the mean; a
    missing category has no level. What scales and components are is learned from some of the rows,
    and the numbers of a row are made when they are asked for: those of a million need not be in
    memory together.

    Args:
        parts: The place of a column of the table, and some of its numbers.
        num_rows: How many rows there are.

    Attributes:
        columns: The column of the table that each number is of, (d,).
        are_levels: Which are 0/1 of a level, (d,).
    """

    def __init__(self, parts: Sequence[tuple[int, Part]], num_rows: int) -> None:
        self._parts, self._num_rows = parts, num_rows
        self.columns = [place for place, part in parts for _ in range(part.width)]
        kinds = [isinstance(part, _Levels) for _, part in parts for _ in range(part.width)]
        self.are_levels = np.array(kinds, dtype=bool)

    @classmethod
    def of(
        cls, frame: pl.DataFrame, rows: EncodedRows, learned: Places | None = None
    ) -> ColumnSpace:
        """The columns of a table.

        Args:
            frame: Converted columns.
            rows: The same rows, encoded: whose terms are weighed.
            learned: Places of the rows that scales and components are learned from; None for all.
        """
        learned = np.arange(frame.height) if learned is None else learned
        parts: list[tuple[int, Part]] = []
        for place, cells in enumerate(frame):
            kind, port = kind_of(cells), f"{TERMS}:{cells.name}"
            parts += [(place, _numbers(flat, learned)) for flat in kind.flat(cells)]
            if kind.flat_pixels(cells) is not None:
                parts.append((place, _Components(_Pixels(kind, cells), learned)))
            if port in rows.ports:
                parts.append((place, _Components(_Terms(rows, port, learned), learned)))
        return cls(parts, frame.height)

    def take(self, places: Places) -> Floats:
        """The rows at the given places, (rows, d); one zero for each where there is no column."""
        beside = [part.take(places) for _, part in self._parts]
        return np.concatenate(beside, axis=1) if beside else np.zeros((len(places), 1))

    def blocks(self) -> Iterator[Floats]:
        """All rows in order, some at a time, each (rows, d)."""
        for start in range(0, self._num_rows, ROWS_PER_BLOCK):
            yield self.take(np.arange(start, min(start + ROWS_PER_BLOCK, self._num_rows)))

    @property
    def without_tails(self) -> ColumnSpace:
        """The same with the logarithm of numbers that have a long tail upwards."""
        parts = [(place, part.without_tail) for place, part in self._parts]
        return ColumnSpace(parts, self._num_rows)

    @cached_property
    def values(self) -> Floats:
        """All rows, (n, d)."""
        return np.concatenate(list(self.blocks()))


class _Levels:
    """A category: 0/1 for each level.

    Args:
        codes: Of all rows, (n,); NaN where missing.
        num_levels: How many codes there are.
    """

    def __init__(self, codes: Floats, num_levels: int) -> None:
        self._codes, self.width = codes, num_levels

    @property
    def without_tail(self) -> Part:
        """Itself: there is none."""
        return self

    def take(self, places: Places) -> Floats:
        """Those of the rows at the given places, (rows, levels)."""
        return (self._codes[places, None] == np.arange(self.width)).astype(np.float64)


class _Standardized:
    """Numbers with mean 0 and variance 1.

    Args:
        values: Of all rows, (n,); NaN where missing.
        learned: Places of rows that mean and deviation are of.
    """

    width = 1

    def __init__(self, values: Floats, learned: Places) -> None:
        self._values, self._learned, some = values, learned, values[learned]
        self._mean = float(np.nanmean(some)) if np.isfinite(some).any() else 0.0
        deviation = float((self._filled(some) - self._mean).std())
        self._deviation = max(deviation, SMALLEST_DEVIATION)

    @property
    def without_tail(self) -> Part:
        """log(1 + v / median of those above 0), where the skewness is above 1 and none below 0."""
        some = self._filled(self._values[self._learned])
        skewness = float((((some - self._mean) / self._deviation) ** 3).mean())
        if skewness <= SKEWED or some.min() < 0.0:
            return self
        median = float(np.median(some[some > 0.0]))
        return _Standardized(np.log1p(self._values.clip(0.0) / median), self._learned)

    def _filled(self, values: Floats) -> Floats:
        return np.where(np.isfinite(values), values, self._mean)

    def take(self, places: Places) -> Floats:
        """Those of the rows at the given places, (rows, 1)."""
        return ((self._filled(self._values[places]) - self._mean) / self._deviation)[:, None]


def _numbers(flat: FlatColumn, learned: Places) -> Part:
    if flat.num_levels is not None:
        return _Levels(flat.values, flat.num_levels)
    return _Standardized(flat.values, learned)


class _Pixels:
    """The pixels of a column of pictures."""

    def __init__(self, kind: Kind, cells: pl.Series) -> None:
        self._kind, self._cells = kind, cells

    def take(self, places: Places) -> Any:
        """Of the rows at the given places, float32 (rows, pixels); None if none has a picture."""
        pixels = self._kind.flat_pixels(self._cells[places])
        if pixels is None:
            return None
        return np.concatenate([block.astype(np.float32) for block in pixels.blocks()])


class _Terms:
    """How much each term weighs in the texts of a column.

    Args:
        rows: Encoded rows.
        port: Where they have the column's terms.
        learned: Places of rows; terms that none of them has are left aside, and those that too many
            of them have, as long as others are left.
    """

    def __init__(self, rows: EncodedRows, port: str, learned: Places) -> None:
        self._rows, self._port = rows, port
        self._num_terms = 1 + max(
            int(number_BL.max(initial=NO_TERM)) for number_BL, _ in self._blocks(learned)
        )
        self._kept = np.arange(self._num_terms)
        parts = np.bincount(self.take(learned).indices, minlength=self._num_terms) / len(learned)
        is_telling = (parts > 0.0) & (parts <= MOST_COMMON)
        if is_telling.sum() > COMPONENTS:
            self._kept = np.flatnonzero(is_telling)

    def _blocks(self, places: Places) -> Iterator[tuple[Any, Any]]:
        for block in self._rows.take(places).blocks(ROWS_PER_BLOCK):
            number_BL, weight_BL = block[self._port].numpy().transpose(2, 0, 1)
            yield number_BL.astype(np.int64), weight_BL

    def take(self, places: Places) -> Any:
        """Of the rows at the given places, sparse (rows, terms)."""
        from scipy.sparse import csr_array, vstack

        parts = []
        for number_BL, weight_BL in self._blocks(places):
            is_term = (number_BL != NO_TERM) & (number_BL < self._num_terms)
            starts = np.concatenate([[0], is_term.sum(axis=1).cumsum()])
            entries = (weight_BL[is_term], number_BL[is_term], starts)
            parts.append(csr_array(entries, shape=(len(number_BL), self._num_terms)))
        return vstack(parts).tocsr()[:, self._kept]


class _Components:
    """The first principal components, scaled together so that their variances sum to 1.

    Those of a text are brought to length 1 before, so that long texts are not far from all others.

    Args:
        cells: Pixels, or weighed terms, which are not centered.
        learned: Places of the rows that the components are learned from.
    """

    def __init__(self, cells: _Pixels | _Terms, learned: Places) -> None:
        from sklearn.decomposition import PCA, TruncatedSVD

        self._cells, some = cells, cells.take(learned)
        count = 0 if some is None else min(COMPONENTS, min(some.shape) - 1)
        self.width = max(1, count)
        self._method: Any = None
        if count >= 1:
            method = PCA if isinstance(some, np.ndarray) else TruncatedSVD
            self._method = method(count, random_state=0).fit(some)
            deviation = float(np.sqrt(self._found(some).var(axis=0).sum()))
            self._deviation = max(deviation, SMALLEST_DEVIATION)

    @property
    def without_tail(self) -> Part:
        """Itself: there is none."""
        return self

    def take(self, places: Places) -> Floats:
        """Those of the rows at the given places, (rows, components); 0 if none has a picture."""
        some = None if self._method is None else self._cells.take(places)
        if self._method is None or some is None:
            return np.zeros((len(places), self.width))
        return self._found(some) / self._deviation

    def _found(self, some: Any) -> Floats:
        found: Floats = self._method.transform(some).astype(np.float64)
        if isinstance(some, np.ndarray):
            return found
        return unit_length(torch.from_numpy(found)).numpy()
