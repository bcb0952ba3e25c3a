"""Dates: how long ago they are, and where on the year, the week and the day they lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.cell_bins import NumberBins
from pellucid.data.kinds.coarse import coarse_dates
from pellucid.data.kinds.flat_columns import FlatColumn, as_floats
from pellucid.data.kinds.grid import Grid, ordered_grid
from pellucid.data.kinds.kind import Encoder, EncodingPlan, Kind
from pellucid.data.kinds.number import KIND as NUMBER
from pellucid.data.kinds.number import SOFT_CLIP, NumberEncoder
from pellucid.data.kinds.surprise import Surprise, beyond
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

Floats = npt.NDArray[np.float64]
Compact = npt.NDArray[np.float32]

MICROSECONDS_A_DAY = 86_400_000_000
FARTHEST_MOMENT = 2**62
"""Microseconds before and after 1970 that a date can be away; their differences are exact too."""


class DateKind(Kind):
    """Dates, converted to Datetime("us") by the clock of their time zone."""

    name = "date"
    plural = "dates"
    is_ordered = is_binned = True
    bins = NumberBins

    def holds(self, dtype: pl.DataType) -> bool:
        """Moments are dates."""
        return dtype.is_temporal()

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> DateEncoder:
        """Learn the range, the scale of days and which cycles vary."""
        return DateEncoder.fit(cells, weights, plan.num_bins)

    def encoder_from(self, plain: Fields) -> DateEncoder:
        """Its cycles are known, and its range has two ends in order."""
        cycles = plain.texts("cycles")
        if len(set(cycles)) < len(cycles) or not set(cycles) <= set(DateEncoder.periods):
            known = ", ".join(DateEncoder.periods)
            raise ModelFileError(f"The cycles of {plain.what} should be some of {known}.")
        first = plain.whole("first", -FARTHEST_MOMENT, FARTHEST_MOMENT)
        has_earlier = not plain.is_null("earliest")  # only after partial_fit
        return DateEncoder(
            name=plain.text("name"),
            first=first,
            last=plain.whole("last", first, FARTHEST_MOMENT),
            days=NUMBER.encoder_from(plain.inner("days")),
            cycles=tuple(cycles),
            earliest=plain.whole("earliest", -FARTHEST_MOMENT, first) if has_earlier else None,
        )

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """Days since 1970."""
        yield FlatColumn(values=as_floats(cells.cast(pl.Int64) / MICROSECONDS_A_DAY))

    def coarsened(self, cells: pl.Series) -> pl.Series:
        """Without the earliest and the latest."""
        return coarse_dates(cells)


@dataclass(frozen=True, kw_only=True)
class DateEncoder(Encoder):
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

    def compact(self, column: pl.Series) -> Compact:
        """Datetime column → (days, month, weekday, hour as they vary), shape (n, 1 + cycles)."""
        parts = [self.days.compact(_days_since(column, self.first))]
        parts += [
            _cycle(column, cycle).cast(pl.Float32).fill_null(float("nan")).to_numpy()[:, None]
            for cycle in self.cycles
        ]
        return np.concatenate(parts, axis=1)

    def expand(self, compact: Compact) -> Compact:
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
        outside, far = beyond(moments, float(self._earliest), float(self.last))
        first, last = (_day(moment) for moment in (self._earliest, self.last))
        cell = f"{self.name} {{}} is beyond the training range {first} to {last}"
        words = f"{self.name}: dates outside the training range"
        return [missing, Surprise(words=words, rows=outside, cell=cell, odd=far)]

    def grid(self, column: pl.Series) -> Grid:
        """Quantiles of the dates."""
        return ordered_grid(column)

    def nothing(self) -> Compact:
        """The median day, at no time of the year, the week and the day: sine and cosine are 0."""
        return np.array([[0.0] + [np.nan] * len(self.cycles)], dtype=np.float32)

    def trial(self) -> Compact:
        """Midnight of a Sunday in December, a missing date, and one as far out as any."""
        cells = np.zeros((3, self.compact_width), dtype=np.float32)
        cells[1] = np.nan
        cells[2, :1] = SOFT_CLIP
        return cells

    def widened(self, column: pl.Series) -> DateEncoder:
        """The same inputs, with a range that holds these dates too."""
        moments = [self._earliest, self.last, *column.cast(pl.Int64).drop_nulls()]
        return replace(self, earliest=min(moments), last=max(moments))

    @property
    def _earliest(self) -> int:
        return self.first if self.earliest is None else self.earliest


def _day(moment: int) -> str:
    return str(np.datetime64(moment, "us").astype("datetime64[D]"))


def _days_since(column: pl.Series, first: int) -> pl.Series:
    return (column.cast(pl.Int64) - first) / MICROSECONDS_A_DAY


def _cycle(column: pl.Series, cycle: str) -> pl.Series:
    part: pl.Series = getattr(column.dt, cycle)()
    return part


KIND = DateKind()
