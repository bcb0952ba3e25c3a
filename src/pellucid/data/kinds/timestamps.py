"""Dates written as a number: seconds or milliseconds since 1970 in UTC, as computers count time."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.column_names import names_codes, numbers_rows, says_when
from pellucid.data.kinds.evidence import Facts, describe_missing

UNIX_FORMATS = {"unix seconds": 1.0, "unix milliseconds": 1e3}
"""What `Column.date_format` says of such dates, and how many of the unit a second has."""

EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (1990, 2035))
"""Where all cells lie in between, they may be dates."""

LATEST_ASKED = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
FEWEST_DIFFERENT = 20
"""So many different values are needed where the name does not say when."""

ROUND_START = (1.0e9, 1.01e9)
"""Numbers that begin here are rather identifiers of ten digits; as dates they begin in 2001."""

MOST_STEPS_OF_ONE = 0.5


def find_timestamps(series: pl.Series, facts: Facts) -> Column | None:
    """Read numbers as seconds or milliseconds since 1970, where nothing else explains their range.

    Args:
        series: Numbers, or text that holds plain ones only.
        facts: What was counted about it.
    """
    for date_format, unit in UNIX_FORMATS.items():
        low, high = (facts.lowest or 0.0) / unit, (facts.highest or 0.0) / unit
        if EARLIEST <= low <= high <= LATEST and facts.numbers == facts.present:
            is_told = says_when(series.name)
            if is_told or _speaks_for_itself(series, facts, low):
                return _as_dates(series, facts, date_format, is_told=is_told)
    return None


def as_timestamps(series: pl.Series, facts: Facts) -> Column | None:
    """The same where a person said that they are dates; None if no unit fits."""
    if facts.lowest is None or facts.highest is None or facts.numbers != facts.present:
        return None
    for date_format, unit in UNIX_FORMATS.items():
        if facts.lowest >= 0.0 and facts.highest / unit <= LATEST_ASKED:
            return _as_dates(series, facts, date_format, is_told=False)
    return None


def read_timestamps(cell: pl.Expr, date_format: str) -> pl.Expr:
    """Read numbers, or text that holds them, as Datetime("us") in UTC; null where it is none."""
    microseconds = cell.cast(pl.Float64, strict=False) * (1e6 / UNIX_FORMATS[date_format])
    is_near = microseconds.abs() < 1e17  # some thousand years
    return pl.when(is_near).then(microseconds).cast(pl.Int64).cast(pl.Datetime("us"))


def _speaks_for_itself(series: pl.Series, facts: Facts, low: float) -> bool:
    """Whether numbers in the range of dates are dates, whatever they are called."""
    if numbers_rows(series.name) or names_codes(series.name) or facts.distinct < FEWEST_DIFFERENT:
        return False
    if ROUND_START[0] <= low <= ROUND_START[1]:
        return False
    numbers = series.cast(pl.Float64, strict=False).drop_nulls()
    are_whole = bool((numbers == numbers.round()).all())
    by_one = float((numbers.diff() == 1.0).mean() or 0.0)  # type: ignore[arg-type]
    return are_whole and by_one < MOST_STEPS_OF_ONE


def _as_dates(series: pl.Series, facts: Facts, date_format: str, *, is_told: bool) -> Column:
    dates = series.to_frame("cell").select(read_timestamps(pl.col("cell"), date_format)).to_series()
    why = ", as the name says" if is_told else ""
    reason = (
        f"dates, U{date_format[1:]} (since 1970, UTC){why}: from {str(dates.min())[:10]} to "
        f"{str(dates.max())[:10]}"
    )
    return Column(
        name=series.name,
        kind="date",
        reason=reason + describe_missing(facts),
        date_format=date_format,
        time_zone="UTC",
    )
