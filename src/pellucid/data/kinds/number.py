"""Numbers: quantities that are scaled, clipped and put into bins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.bins import bin_edges, quantiles, robust_scale, write_edges
from pellucid.data.kinds.cell_bins import NumberBins
from pellucid.data.kinds.coarse import coarse_numbers
from pellucid.data.kinds.flat_columns import FlatColumn, as_floats
from pellucid.data.kinds.grid import Grid, ordered_grid
from pellucid.data.kinds.kind import Encoder, EncodingPlan, Kind
from pellucid.data.kinds.surprise import Surprise, beyond
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

Floats = npt.NDArray[np.float64]
Compact = npt.NDArray[np.float32]

SOFT_CLIP = 3.0
BEYOND_LAST_BIN = 1.0


class NumberKind(Kind):
    """Numbers, converted to Float64."""

    name = "number"
    plural = "numbers"
    is_ordered = is_binned = is_additive = True
    bins = NumberBins

    def holds(self, dtype: pl.DataType) -> bool:
        """Floats are numbers."""
        return dtype == pl.Float64

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> NumberEncoder:
        """Learn center, scale and bins."""
        return NumberEncoder.fit(cells, weights, plan.num_bins)

    def encoder_from(self, plain: Fields) -> NumberEncoder:
        """Its edges rise, and its range has two ends in order."""
        edges = plain.numbers("edges")
        with np.errstate(over="ignore"):
            rising = np.diff(np.array(edges, dtype=np.float32)) > 0.0
        if len(edges) == 1 or not rising.all():
            raise ModelFileError(f"The edges of the bins of {plain.what} do not rise.")
        low, high = (None if plain.is_null(end) else plain.number(end) for end in ("low", "high"))
        if low is not None and high is not None and low > high:
            raise ModelFileError(f"The range of {plain.what} ends before it begins.")
        return NumberEncoder(
            name=plain.text("name"),
            center=plain.number("center"),
            scale=plain.number("scale", at_least=0.0),
            edges=tuple(edges),
            has_missing=plain.flag("has_missing"),
            low=low,
            high=high,
        )

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """Numbers as they are."""
        yield FlatColumn(values=as_floats(cells))

    def coarsened(self, cells: pl.Series) -> pl.Series:
        """Rounded, without the lowest and the highest."""
        return coarse_numbers(cells)


@dataclass(frozen=True, kw_only=True)
class NumberEncoder(Encoder):
    """A number: scaled robustly, clipped softly, then encoded piecewise linearly.

    v = s / √(1 + (s/3)²) with s = (x − center)·scale (Holzmüller et al. 2024, arXiv:2407.04491,
    "robust scale, smooth clip"). With `edges` b₀ < … < b_T it becomes T inputs, the t-th being the
    part of the bin [b_{t−1}, b_t] that lies below v (Gorishniy et al. 2022, arXiv:2203.05556).

    Attributes:
        name: The column.
        center: Training median, in the column's unit.
        scale: 1 / interquartile range.
        edges: Bin edges b in terms of v; empty for the plain scaled value.
        has_missing: Whether a 0/1 input says that the cell was missing.
        low: Smallest training value; None where it was not noted.
        high: Greatest training value; None where it was not noted.
    """

    kind: ClassVar[str] = "number"
    name: str
    center: float
    scale: float
    edges: tuple[float, ...] = ()
    has_missing: bool = False
    low: float | None = None
    high: float | None = None

    @classmethod
    def fit(cls, column: pl.Series, weights: Floats, num_bins: int) -> NumberEncoder:
        """Learn center, scale and bins.

        Args:
            column: Float64, null where missing.
            weights: Weight of each row.
            num_bins: Greatest number of bins; 0 for the plain value.
        """
        present = column.is_not_null().to_numpy()
        values = column.drop_nulls().to_numpy()
        if len(values) == 0:
            return cls(name=column.name, center=0.0, scale=0.0, has_missing=True)
        weights = weights[present]
        low, center, high = quantiles(values, np.array([0.25, 0.5, 0.75]), weights)
        scale = robust_scale(values, high - low)
        encoder = cls(name=column.name, center=float(center), scale=scale)
        edges = bin_edges(encoder._soft_clip(values), weights, num_bins) if num_bins else ()
        return cls(
            name=column.name,
            center=float(center),
            scale=scale,
            edges=edges,
            has_missing=not bool(present.all()),
            low=float(values.min()),
            high=float(values.max()),
        )

    @property
    def compact_width(self) -> int:
        """How many compact numbers a cell takes."""
        return 1

    def compact(self, column: pl.Series) -> Compact:
        """Float64 column → v, shape (n, 1), NaN where missing."""
        values = column.to_numpy()  # null becomes NaN
        return self._soft_clip(values)[:, None].astype(np.float32)

    def _soft_clip(self, values: Floats) -> Floats:
        # What overflows is far beyond the clip, and infinity is clipped like everything there.
        with np.errstate(over="ignore"):
            # Kept finite, for infinity times a scale of 0 is no number.
            distance = np.nan_to_num(values - self.center, nan=np.nan)
            scaled = np.clip(distance * self.scale, -1e9, 1e9)
        return np.asarray(scaled / np.sqrt(1.0 + (scaled / SOFT_CLIP) ** 2))

    def expand(self, compact: Compact) -> Compact:
        """V → the inputs, shape (n, bins or 1, and one more if it has missing cells)."""
        missing = np.isnan(compact)
        # The median has v = 0.
        v = np.where(missing, np.float32(0.0), compact)
        encoded = self._piecewise_linear(v) if self.edges else v
        if not self.has_missing:
            return encoded
        return np.concatenate([encoded, missing.astype(np.float32)], axis=1)

    def _piecewise_linear(self, v: Compact) -> Compact:
        edges = np.array(self.edges, dtype=np.float32)
        parts = (v - edges[:-1]) / (edges[1:] - edges[:-1])
        lower, upper = np.zeros(len(edges) - 1), np.ones(len(edges) - 1)
        # Beyond the training range the first and last bin go on in a line, but not for ever.
        lower[0] -= BEYOND_LAST_BIN
        upper[-1] += BEYOND_LAST_BIN
        return np.clip(parts, lower, upper, dtype=np.float32)

    def input_names(self) -> list[str]:
        """A name for each input, bins in the column's own unit."""
        names = [self.name]
        if self.edges:
            edges = write_edges([self._unclip(edge) for edge in self.edges])
            names = [f"{self.name} {a}…{b}" for a, b in pairwise(edges)]
        return [*names, f"{self.name} is missing"] if self.has_missing else names

    def surprises(self, column: pl.Series) -> list[Surprise]:
        """Missing cells where training had none, read as the median, and numbers out of range."""
        missing = column.is_null().to_numpy() & (not self.has_missing)
        words = f"{self.name}: missing, never in training; read as {self.center:.6g}"
        cell = f"{self.name} is missing, as never in training"
        found = [Surprise(words=words, rows=missing, cell=cell, odd=missing)]
        if self.low is not None and self.high is not None:
            outside, far = beyond(column.to_numpy(), self.low, self.high)
            reach = f"the training range {self.low:.6g} to {self.high:.6g}"
            words, cell = f"{self.name}: beyond {reach}", f"{self.name} {{}} is beyond {reach}"
            found.append(Surprise(words=words, rows=outside, cell=cell, odd=far))
        return found

    def grid(self, column: pl.Series) -> Grid:
        """Quantiles of the numbers."""
        return ordered_grid(column)

    def trial(self) -> Compact:
        """The median, a missing cell, and a number as far out as any."""
        return np.array([[0.0], [np.nan], [SOFT_CLIP]], dtype=np.float32)

    def widened(self, column: pl.Series) -> NumberEncoder:
        """The same inputs, with a range that holds these numbers too."""
        if self.low is None or self.high is None:
            return self
        values = np.append(column.drop_nulls().to_numpy(), [self.low, self.high])
        return replace(self, low=float(values.min()), high=float(values.max()))

    def _unclip(self, v: float) -> float:
        scaled = v / np.sqrt(max(1e-12, 1.0 - (v / SOFT_CLIP) ** 2))
        return float(self.center + scaled / self.scale) if self.scale else self.center


KIND = NumberKind()
