"""Dates: how long ago they are, and where on the year, the week and the day they lie."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.exact_names import exactly
from pellucid.data.kinds.cell_bins import NumberBins
from pellucid.data.kinds.coarse import coarse_dates
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.date_formats import (
    ORDERS,
    SOLID,
    DateNotation,
    describe_format,
    is_format,
    is_time_zone,
    may_be_dates,
    read_zoned,
)
from pellucid.data.kinds.date_judging import (
    ASKED_DATE_RATE,
    DATE_RATE,
    date_column,
    find_dates,
    find_solid_dates,
)
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.flat_columns import FlatColumn, as_floats
from pellucid.data.kinds.grid import Grid, ordered_grid
from pellucid.data.kinds.kind import Encoder, Kind
from pellucid.data.kinds.number import KIND as NUMBER
from pellucid.data.kinds.number import NumberEncoder
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.stored_fields import check_one_of, check_pattern, odd_field
from pellucid.data.kinds.surprise import Surprise, beyond
from pellucid.data.kinds.timestamps import (
    UNIX_FORMATS,
    as_timestamps,
    find_timestamps,
    read_timestamps,
)
from pellucid.data.kinds.unread import as_text, refusal, warn_of_many
from pellucid.errors import DataWarning, ModelFileError
from pellucid.files.fields import Fields
from pellucid.wording import show

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

Floats = npt.NDArray[np.float64]
Compact = npt.NDArray[np.float32]

MICROSECONDS_A_DAY = 86_400_000_000
FARTHEST_MOMENT = 2**62
"""Microseconds before and after 1970 that a date can be away; their differences are exact too."""

CLOCKS = {"month": ("M", 0, 1), "weekday": ("D", 3, 1), "hour": ("h", 0, 0)}
"""For each cycle: its unit, where that was when 1970 began, on a Thursday, and its first number."""


class DateKind(Kind):
    """Dates, converted to Datetime("us") by the clock of their time zone."""

    name = "date"
    plural = "dates"
    odd_cell = "no date"
    is_ordered = is_time = is_binned = True
    bins = NumberBins

    def judge(self, raw: RawColumn) -> Column | None:
        """Text that is nearly all dates; dates with or without a time."""
        if raw.text:
            return find_dates(raw.cells, raw.text, DATE_RATE)
        return self._describe_typed(raw)

    def judge_whole_numbers(self, raw: RawColumn) -> Column | None:
        """Seconds since 1970, and numbers such as 20240131."""
        if raw.facts is None:
            return None
        found = find_timestamps(raw.cells, raw.facts)
        if not found and raw.facts.looks_like_dates:
            found = find_solid_dates(raw.cells, raw.facts, DATE_RATE)
        return found

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """Cells some of which are dates in whatever way they are written."""
        found = None
        if raw.text:
            found = find_dates(raw.cells, raw.text, ASKED_DATE_RATE)
        elif raw.typed and raw.cells.dtype.is_numeric():
            found = find_solid_dates(raw.cells, raw.typed, ASKED_DATE_RATE)
        if found and found.kind == self.name:
            return found
        if raw.facts and raw.facts.numbers:
            return as_timestamps(raw.cells, raw.facts)
        return self._describe_typed(raw)

    def _describe_typed(self, raw: RawColumn) -> Column | None:
        """Say what a column with a type of its own is."""
        are_dates = raw.cells.dtype in (pl.Date, pl.Datetime)
        return date_column(raw.cells, raw.typed) if raw.typed and are_dates else None

    def why_not(self, raw: RawColumn) -> str:
        """Name a cell that is no date."""
        cells = raw.cells.drop_nulls()
        odd = cells.filter(~may_be_dates(cells))
        return f": {len(odd)} of {len(cells)} cells, such as {show(odd[0])}, are no dates"

    def check_fields(self, column: Column) -> None:
        """Its dates, or times, are written as is found in tables."""
        check_one_of(column, "date_order", ORDERS)
        check_pattern(column, "first_year", "[0-9]{4}", "a year, such as 1950")
        check_pattern(column, "date_signs", "[-/. ]*", "some of '-/. '")
        zone, form = column.time_zone, column.date_format
        if zone and not is_time_zone(zone):
            expected = "one of the Time Zone Database, such as 'Asia/Tokyo'"
            raise odd_field(column, "time_zone", expected)
        if form and form not in UNIX_FORMATS and not is_format(form):
            raise odd_field(column, "date_format", "one that can be found in a table")

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Expr | pl.Series | None:
        """→ Datetime("us"), by the clock of the column's time zone."""
        dtype = cells.dtype
        if column.date_format in UNIX_FORMATS and (dtype == pl.String or dtype.is_numeric()):
            return _read_unix(column, cells)
        if dtype == pl.String or (dtype.is_numeric() and column.date_format == SOLID):
            return _notation(column).read(as_text(cells), column.time_zone)
        if dtype == pl.Date:
            return cells.cast(pl.Datetime("us"))
        if isinstance(dtype, pl.Datetime):
            return _read_moments(column, cells, dtype.time_zone)
        return None

    def may_be_unread(self, dtype: pl.DataType) -> bool:
        """Text and numbers may be no dates."""
        return dtype == pl.String or dtype.is_numeric()

    def check_unread(self, table: Table, column: Column, unread: pl.Series) -> None:
        """Refuse cells, but where some were no dates in training, only dates in another order.

        Where training did not settle the order, cells that it leaves open are told and missing.
        """
        refused = unread & False if column.missing else unread
        are_dates = unread & may_be_dates(as_text(table.frame[column.name]))
        if column.date_format or column.date_order:
            refused |= are_dates
        elif are_dates.any():
            _warn_of_open_dates(table, column, are_dates)
            refused &= ~are_dates
            unread &= ~are_dates
        if refused.any():
            what = f"a date{_form(column)}"
            raise refusal(table, column, refused, what, _remedy(table, column, refused))
        warn_of_many(table, column, unread, "dates")

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
        known = column.drop_nulls()
        cycles = tuple(c for c in cls.periods if len(np.unique(_cycle(known, c))) > 1)
        return cls(name=column.name, first=int(first), last=int(last), days=days, cycles=cycles)  # type: ignore[arg-type]

    @property
    def compact_width(self) -> int:
        """How many compact numbers a cell takes."""
        return 1 + len(self.cycles)

    def compact(self, column: pl.Series) -> Compact:
        """Datetime column → (days, month, weekday, hour as they vary), shape (n, 1 + cycles)."""
        parts = [self.days.compact(_days_since(column, self.first))]
        parts += [_cycle(column, cycle)[:, None] for cycle in self.cycles]
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
        return self.days.input_names() + self._names_of_cycles

    def input_bins(self) -> list[int]:
        """Those of the days."""
        return self.days.input_bins() + [0] * len(self._names_of_cycles)

    def dense_names(self) -> list[str]:
        """A name for each number of x."""
        return self.days.dense_names() + self._names_of_cycles

    @property
    def _names_of_cycles(self) -> list[str]:
        waves = ("sine", "cosine")
        return [f"{self.name} {wave} of {cycle}" for cycle in self.cycles for wave in waves]

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
        cycles = np.full((1, len(self.cycles)), np.nan, dtype=np.float32)
        return np.concatenate([self.days.nothing(), cycles], axis=1)

    def trial(self) -> Compact:
        """Midnight of a Sunday in December, a missing date, and one as far out as any."""
        cells = np.zeros((3, self.compact_width), dtype=np.float32)
        cells[1] = np.nan
        cells[:, :1] = self.days.trial()
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


def _cycle(column: pl.Series, cycle: str) -> Compact:
    """Month, weekday (1 is Monday) or hour of each date, (n,); NaN where it is missing."""
    unit, start, first = CLOCKS[cycle]
    moments = column.to_numpy()
    since_1970 = moments.astype(f"datetime64[{unit}]").astype(np.int64)
    parts = (since_1970 + start) % DateEncoder.periods[cycle] + first
    return np.where(np.isnat(moments), np.nan, parts).astype(np.float32)


def _read_moments(column: Column, cells: pl.Series, zone: str | None) -> pl.Expr | pl.Series:
    """By the clock of the zone, so that weekday and hour are what people there call them."""
    if cells.dtype == pl.Datetime("us", None):
        return cells
    cell = exactly(cells.name)
    if zone and column.time_zone:
        cell = cell.dt.convert_time_zone(column.time_zone)
    return cell.dt.replace_time_zone(None).dt.cast_time_unit("us")


def _read_unix(column: Column, cells: pl.Series) -> pl.Expr | pl.Series:
    """Read numbers since 1970, or text of such or of dates that tell their zone, in UTC."""
    numbers = read_timestamps(exactly(cells.name), column.date_format)
    if cells.dtype.is_numeric():
        return numbers
    read = cells.to_frame().select(numbers).to_series()
    return read.fill_null(read_zoned(cells, "UTC")) if read.null_count() else read


def _notation(column: Column) -> DateNotation:
    return DateNotation(
        format=column.date_format,
        order=column.date_order,
        first_year=int(column.first_year),
        signs=column.date_signs,
    )


def _form(column: Column) -> str:
    """How the column writes its dates, in brackets."""
    form = column.date_format
    if not form:
        return ""
    return f" ({form if form in UNIX_FORMATS else describe_format(form)})"


def _remedy(table: Table, column: Column, refused: pl.Series) -> str:
    """What to do about a cell that is no date as training's were; "" if it is none at all."""
    if column.date_format in UNIX_FORMATS:
        return "Write the number, or the date with its zone, such as 2024-01-31T17:45:00+00:00."
    cell = table.frame[column.name].filter(refused).head(1)
    if may_be_dates(cell.cast(pl.String)).all():
        return "Write dates as the training table does, or as year-month-day, such as 2024-01-31."
    return ""


def _warn_of_open_dates(table: Table, column: Column, is_open: pl.Series) -> None:
    index = int(is_open.arg_max() or 0)
    count = int(is_open.sum())
    what = "cell" if count == 1 else "cells"
    warnings.warn(
        f"Column {column.name!r} of {table.name} has {count} {what} that may be more than one day, "
        f"such as {show(table.frame[column.name][index])} in row {table.row_number(index)}: the "
        "training table does not say whether the day or the month comes first. Read as missing; "
        "write dates as year-month-day, such as 2024-01-31, or give them with the type they had.",
        DataWarning,
        stacklevel=2,
    )


KIND = DateKind()
