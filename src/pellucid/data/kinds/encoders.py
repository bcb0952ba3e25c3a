"""Encoders: a column of any kind becomes numbers a network can learn from.

Encoding has two halves. `compact` turns a column into few numbers a row (a scaled value, a level's
code), which is small enough to keep; `expand` turns those into the network's inputs and is quick
enough to run batch by batch. Everything an encoder knows, it learned from the training part.

Missing cells and levels never seen are ordinary facts: every encoder has an answer to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.bins import bin_edges, quantiles, robust_scale, write_edges
from pellucid.data.kinds.surprise import Surprise

Floats = npt.NDArray[np.float64]
Inputs = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]

MOST_ONE_HOT_LEVELS = 9
SOFT_CLIP = 3.0
BEYOND_LAST_BIN = 1.0
FAR_BEYOND_RANGE = 0.1
"""A number or date is odd if it is beyond the training range by more than this part of it."""
EVERYDAY = 0.005
"""If in training more cells than this part had a level of their own, new levels are no surprise."""


@dataclass(frozen=True, kw_only=True)
class NumberEncoder:
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
    compact_width: ClassVar[int] = 1
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

    def compact(self, column: pl.Series) -> Inputs:
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

    def expand(self, compact: Inputs) -> Inputs:
        """V → the inputs, shape (n, bins or 1, and one more if it has missing cells)."""
        missing = np.isnan(compact)
        # The median has v = 0.
        v = np.where(missing, np.float32(0.0), compact)
        encoded = self._piecewise_linear(v) if self.edges else v
        if not self.has_missing:
            return encoded
        return np.concatenate([encoded, missing.astype(np.float32)], axis=1)

    def _piecewise_linear(self, v: Inputs) -> Inputs:
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
            outside, far = _beyond(column.to_numpy(), self.low, self.high)
            reach = f"the training range {self.low:.6g} to {self.high:.6g}"
            words, cell = f"{self.name}: beyond {reach}", f"{self.name} {{}} is beyond {reach}"
            found.append(Surprise(words=words, rows=outside, cell=cell, odd=far))
        return found

    def widened(self, column: pl.Series) -> NumberEncoder:
        """The same inputs, with a range that holds these numbers too."""
        if self.low is None or self.high is None:
            return self
        values = np.append(column.drop_nulls().to_numpy(), [self.low, self.high])
        return replace(self, low=float(values.min()), high=float(values.max()))

    def _unclip(self, v: float) -> float:
        scaled = v / np.sqrt(max(1e-12, 1.0 - (v / SOFT_CLIP) ** 2))
        return float(self.center + scaled / self.scale) if self.scale else self.center


@dataclass(frozen=True, kw_only=True)
class CategoryEncoder:
    """A category: ±1 with two levels, one input a level up to nine, else a code to embed.

    Attributes:
        name: The column.
        levels: The known levels, codes 1, 2, …; code 0 is "unknown".
        missing_code: Code of a missing cell; 0 if there was none in training.
        most_one_hot: With more levels than this the network learns a vector for each.
        unknown_part: Part of the training cells whose level stayed unknown. It is also how often a
            new cell has a new level (Good 1953).
    """

    kind: ClassVar[str] = "category"
    compact_width: ClassVar[int] = 1
    name: str
    levels: tuple[str, ...]
    missing_code: int = 0
    most_one_hot: int = MOST_ONE_HOT_LEVELS
    unknown_part: float = 0.0

    @classmethod
    def fit(
        cls, column: pl.Series, weights: Floats, most_one_hot: int = MOST_ONE_HOT_LEVELS
    ) -> CategoryEncoder:
        """Learn the levels; those of fewer than max(2, n/10 000) rows stay unknown.

        Args:
            column: String, null where missing.
            weights: Weight of each row.
            most_one_hot: Greatest number of levels that get an input each.
        """
        counts = (
            pl.DataFrame({"level": column, "weight": weights})
            .group_by("level")
            .agg(pl.col("weight").sum())
            .sort("level")
        )
        fewest = fewest_rows_of_level(len(column))
        known = counts.filter((pl.col("weight") >= fewest) & pl.col("level").is_not_null())
        if known.height < 2:
            known = counts.filter(pl.col("level").is_not_null())
        has_missing = column.null_count() > 0
        levels = tuple(known["level"].to_list())
        return cls(
            name=column.name,
            levels=levels,
            missing_code=len(levels) + 1 if has_missing else 0,
            most_one_hot=most_one_hot,
            unknown_part=float((column.is_not_null() & ~column.is_in(levels)).to_numpy().mean()),
        )

    @property
    def num_codes(self) -> int:
        """Number of codes: unknown, the levels, missing if it occurred."""
        return 1 + len(self.levels) + bool(self.missing_code)

    @property
    def is_embedded(self) -> bool:
        """Whether the network learns a vector for each level."""
        return self.num_codes - 1 > self.most_one_hot

    @property
    def embedding_size(self) -> tuple[int, int]:
        """(levels, dimensions): min(16, round(1.6 n^0.56)) dimensions (fastai's rule)."""
        return self.num_codes, min(16, round(1.6 * self.num_codes**0.56))

    def compact(self, column: pl.Series) -> Inputs:
        """String column → code, shape (n, 1)."""
        known = column.replace_strict(
            list(self.levels),
            list(range(1, len(self.levels) + 1)),
            default=0,
            return_dtype=pl.Int32,
        )
        codes = known.to_numpy().astype(np.float32)
        codes[column.is_null().to_numpy()] = self.missing_code
        return np.asarray(codes[:, None])

    def expand(self, compact: Inputs) -> Inputs:
        """Code → ±1, or one 0/1 input a level, or the code itself."""
        if self.is_embedded:
            return compact
        if self.num_codes == 3:
            return np.where(compact == 0.0, np.float32(0.0), 2.0 * compact - 3.0)
        return (compact == np.arange(1, self.num_codes, dtype=np.float32)).astype(np.float32)

    def input_names(self) -> list[str]:
        """A name for each input."""
        if self.is_embedded:
            return [f"{self.name} (code)"]
        if self.num_codes == 3:
            first, second = [*self.levels, "missing"][:2]
            return [f"{self.name}: −1 = {first}, +1 = {second}"]
        names = [f"{self.name} = {level}" for level in self.levels]
        return [*names, f"{self.name} is missing"] if self.missing_code else names

    def surprises(self, column: pl.Series) -> list[Surprise]:
        """Levels never seen in training, or too rare there to be learned, and missing cells."""
        is_missing = column.is_null().to_numpy()
        unknown = self.compact(column)[:, 0] == 0.0
        new, is_rare = unknown & ~is_missing, self.unknown_part <= EVERYDAY
        return [
            Surprise(
                words=f"{self.name}: levels not learned in training, read as unknown",
                rows=new,
                cell=f"{self.name} '{{}}' was never seen in training, or hardly ever",
                odd=new & is_rare,
            ),
            Surprise(
                words=f"{self.name}: missing, never in training; read as unknown",
                rows=unknown & is_missing,
                cell=f"{self.name} is missing, as never in training",
                odd=unknown & is_missing,
            ),
        ]

    def widened(self, _column: pl.Series) -> CategoryEncoder:
        """Itself: a level without an input of its own stays unknown."""
        return self


@dataclass(frozen=True, kw_only=True)
class DateEncoder:
    """A date: days since the first one as a number, and where on the year, week and day it lies.

    Dates come by the clock of their time zone: midnight of a Monday in Tokyo is a Monday, at 0.

    Attributes:
        name: The column.
        first: First training date, in microseconds since 1970.
        last: Last training date, likewise; later ones are told at prediction.
        days: How the number of days is encoded.
        cycles: Which cycles vary in training, of "month", "weekday" and "hour".
        earliest: First date of all, where more learning brought one before `first`.
    """

    kind: ClassVar[str] = "date"
    periods: ClassVar[Mapping[str, int]] = {"month": 12, "weekday": 7, "hour": 24}
    name: str
    first: int
    last: int
    days: NumberEncoder
    cycles: tuple[str, ...] = ()
    earliest: int | None = None

    @classmethod
    def fit(cls, column: pl.Series, weights: Floats, num_bins: int) -> DateEncoder:
        """Learn the range, the scale of days and which cycles vary.

        Args:
            column: Datetime("us"), null where missing.
            weights: Weight of each row.
            num_bins: Greatest number of bins for the days.
        """
        moments = column.cast(pl.Int64)
        first, last = moments.min() or 0, moments.max() or 0
        days = NumberEncoder.fit(_days_since(column, int(first)), weights, num_bins)  # type: ignore[arg-type]
        cycles = tuple(c for c in cls.periods if _cycle(column, c).drop_nulls().n_unique() > 1)
        return cls(name=column.name, first=int(first), last=int(last), days=days, cycles=cycles)  # type: ignore[arg-type]

    @property
    def compact_width(self) -> int:
        """How many compact numbers a cell takes."""
        return 1 + len(self.cycles)

    def compact(self, column: pl.Series) -> Inputs:
        """Datetime column → (days, month, weekday, hour as they vary), shape (n, 1 + cycles)."""
        parts = [self.days.compact(_days_since(column, self.first))]
        parts += [
            _cycle(column, cycle).cast(pl.Float32).fill_null(float("nan")).to_numpy()[:, None]
            for cycle in self.cycles
        ]
        return np.concatenate(parts, axis=1)

    def expand(self, compact: Inputs) -> Inputs:
        """→ the days' inputs, then sine and cosine of each cycle (0 and 0 where missing)."""
        parts = [self.days.expand(compact[:, :1])]
        for position, cycle in enumerate(self.cycles, start=1):
            angle = compact[:, position : position + 1] * np.float32(
                2 * np.pi / self.periods[cycle]
            )
            parts += [np.nan_to_num(np.sin(angle)), np.nan_to_num(np.cos(angle))]
        return np.concatenate(parts, axis=1)

    def input_names(self) -> list[str]:
        """A name for each input."""
        names = self.days.input_names()
        for cycle in self.cycles:
            names += [f"{self.name} sine of {cycle}", f"{self.name} cosine of {cycle}"]
        return names

    def surprises(self, column: pl.Series) -> list[Surprise]:
        """Missing dates where training had none, and dates outside its range."""
        missing = self.days.surprises(_days_since(column, self.first))[0]
        moments = column.cast(pl.Float64).to_numpy()
        outside, far = _beyond(moments, float(self._earliest), float(self.last))
        first, last = (_day(moment) for moment in (self._earliest, self.last))
        cell = f"{self.name} {{}} is beyond the training range {first} to {last}"
        words = f"{self.name}: dates outside the training range"
        return [missing, Surprise(words=words, rows=outside, cell=cell, odd=far)]

    def widened(self, column: pl.Series) -> DateEncoder:
        """The same inputs, with a range that holds these dates too."""
        moments = [self._earliest, self.last, *column.cast(pl.Int64).drop_nulls()]
        return replace(self, earliest=min(moments), last=max(moments))

    @property
    def _earliest(self) -> int:
        return self.first if self.earliest is None else self.earliest


def fewest_rows_of_level(num_rows: int) -> float:
    """How many rows a level must have to be learned."""
    return max(2.0, num_rows / 10_000)


def _beyond(values: Floats, low: float, high: float) -> tuple[Bools, Bools]:
    """Which values are outside a range, and which are so by far; no missing one is either."""
    far = FAR_BEYOND_RANGE * (high - low)
    is_far = (values < low - far) | (values > high + far)
    return np.asarray((values < low) | (values > high)), np.asarray(is_far)


def _day(moment: int) -> str:
    return str(np.datetime64(moment, "us").astype("datetime64[D]"))


def _days_since(column: pl.Series, first: int) -> pl.Series:
    return (column.cast(pl.Int64) - first) / 86_400_000_000


def _cycle(column: pl.Series, cycle: str) -> pl.Series:
    part: pl.Series = getattr(column.dt, cycle)()
    return part
