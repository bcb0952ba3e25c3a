"""Cells of a column in bins, to count which of two columns occur together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.known_levels import MISSING, UNKNOWN, KnownLevels
from pellucid.data.kinds.level_formats import fewest_rows_of_level
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FEWEST_BINS, MOST_BINS = 4, 12
MOST_LEVELS = 30


class Bins(ABC):
    """How the cells of a column are sorted into bins; the last bin is for missing cells.

    Attributes:
        kind: A kind whose columns have such bins: what a model file calls them.
        name: The column.
    """

    kind: ClassVar[str]
    name: str

    @classmethod
    @abstractmethod
    def fit(cls, column: pl.Series) -> Self:
        """Learn the bins from converted training cells."""

    @property
    @abstractmethod
    def num_bins(self) -> int:
        """Number of bins, at most `MOST_LEVELS` + 2."""

    @abstractmethod
    def place(self, column: pl.Series) -> Places:
        """Bin of each cell, (n,)."""

    @classmethod
    @abstractmethod
    def from_plain(cls, plain: Fields) -> Self:
        """The bins that `to_plain` described.

        Raises:
            ModelFileError: A field is none that such bins can have.
        """

    def __getstate__(self) -> dict[str, Any]:
        """For copying and storing, without what is made of it when needed."""
        return {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]

    def to_plain(self) -> dict[str, Any]:
        """Everything learned, as plain data."""
        return {"kind": self.kind, **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True, kw_only=True)
class NumberBins(Bins):
    """A number or date in bins of about equally many rows; the last bin is for missing cells.

    Attributes:
        name: The column.
        edges: Where a bin ends and the next begins; dates in microseconds since 1970.
    """

    kind: ClassVar[str] = "number"
    name: str
    edges: tuple[float, ...]

    @classmethod
    def fit(cls, column: pl.Series) -> NumberBins:
        """Cut at quantiles, or between the values where they are few.

        There are as many bins as the cube root of the rows, but at least 4 and at most 12.
        """
        values = _numbers(column.drop_nulls())
        distinct = np.unique(values)
        num_bins = min(max(round(np.cbrt(len(column))), FEWEST_BINS), MOST_BINS)
        if len(distinct) <= num_bins:
            edges = distinct[:-1] / 2.0 + distinct[1:] / 2.0
        else:
            levels = np.linspace(0.0, 1.0, num_bins + 1)[1:-1]
            edges = np.unique(np.quantile(values, levels, method="inverted_cdf"))
        return cls(name=column.name, edges=tuple(edges.tolist()))

    @property
    def num_bins(self) -> int:
        """Number of bins."""
        return len(self.edges) + 2

    def place(self, column: pl.Series) -> Places:
        """Bin of each cell, (n,)."""
        values = _numbers(column)
        places = np.searchsorted(np.array(self.edges), np.nan_to_num(values), side="right")
        return np.where(np.isnan(values), len(self.edges) + 1, places)

    @classmethod
    def from_plain(cls, plain: Fields) -> NumberBins:
        """The bins that `to_plain` described."""
        bins = cls(name=plain.text("name"), edges=tuple(plain.numbers("edges")))
        if sorted(bins.edges) != list(bins.edges):
            raise ModelFileError(f"The edges of {plain.what} do not rise.")
        return bins


@dataclass(frozen=True, kw_only=True)
class LevelBins(Bins):
    """A category: a bin for each of the most frequent levels, one for others, one for missing.

    Attributes:
        name: The column.
        levels: Most frequent first.
    """

    kind: ClassVar[str] = "category"
    name: str
    levels: tuple[str, ...]

    @classmethod
    def fit(cls, column: pl.Series) -> LevelBins:
        """Learn the levels; those of few rows, which the encoder does not learn, are others."""
        counts = column.drop_nulls().value_counts(name="rows")
        fewest = fewest_rows_of_level(len(column))
        ordered = counts.filter(pl.col("rows") >= fewest).sort(
            ["rows", column.name], descending=[True, False]
        )
        return cls(name=column.name, levels=tuple(ordered[column.name].to_list()[:MOST_LEVELS]))

    @property
    def num_bins(self) -> int:
        """Number of bins."""
        return len(self.levels) + 2

    def place(self, column: pl.Series) -> Places:
        """Bin of each cell, (n,)."""
        places = self._known_levels.places(column)
        others, missing = len(self.levels), len(self.levels) + 1
        return np.select([places == UNKNOWN, places == MISSING], [others, missing], places)

    @cached_property
    def _known_levels(self) -> KnownLevels:
        return KnownLevels(self.levels)

    @classmethod
    def from_plain(cls, plain: Fields) -> LevelBins:
        """The bins that `to_plain` described."""
        bins = cls(name=plain.text("name"), levels=tuple(plain.texts("levels")))
        if len(set(bins.levels)) < len(bins.levels):
            raise ModelFileError(f"A level of {plain.what} stands there twice.")
        return bins


def _numbers(column: pl.Series) -> Floats:
    """Numbers, or microseconds since 1970, NaN where missing."""
    plain = column if column.dtype == pl.Float64 else column.cast(pl.Int64)
    return plain.cast(pl.Float64).to_numpy()
