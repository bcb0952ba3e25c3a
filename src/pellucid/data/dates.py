"""Dates and times of day written as text: which format a column uses, and how to read it.

The shape of one cell leaves one format, or two that exchange day and month. Month and weekday
names are English.
"""

from __future__ import annotations

import re

import polars as pl

EARLIEST_YEAR = 1000
"""Years have four digits: the format code `%Y` alone would read "20" as the year 20."""

SAMPLE_CELLS = 1000

_SIGN, _SAME = "(?P<sign>[-/. ])", "(?P=sign)"
_DATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (rf"\d{{4}}{_SIGN}\d{{1,2}}{_SAME}\d{{1,2}}", ("%Y{0}%m{0}%d",)),
    # With points the day comes first the world over; otherwise America's order is tried first.
    (r"\d{1,2}(?P<sign>\.)\d{1,2}\.\d{4}", ("%d.%m.%Y", "%m.%d.%Y")),
    (r"\d{1,2}(?P<sign>\.)\d{1,2}\.\d{2}", ("%d.%m.%y", "%m.%d.%y")),
    (rf"\d{{1,2}}{_SIGN}\d{{1,2}}{_SAME}\d{{4}}", ("%m{0}%d{0}%Y", "%d{0}%m{0}%Y")),
    (rf"\d{{1,2}}{_SIGN}\d{{1,2}}{_SAME}\d{{2}}", ("%m{0}%d{0}%y", "%d{0}%m{0}%y")),
    (rf"\d{{1,2}}{_SIGN}[A-Za-z]{{3,9}}{_SAME}\d{{4}}", ("%d{0}%B{0}%Y",)),
    (rf"\d{{1,2}}{_SIGN}[A-Za-z]{{3,9}}{_SAME}\d{{2}}", ("%d{0}%B{0}%y",)),
    (r"\d{1,2}(?P<sign>)[A-Za-z]{3}\d{4}", ("%d%B%Y",)),
    (r"[A-Za-z]{3,9}(?P<sign> )\d{1,2}, \d{4}", ("%B %d, %Y",)),
    (r"[A-Za-z]{3,9}(?P<sign> )\d{1,2} \d{4}", ("%B %d %Y",)),
    (r"(?P<sign>)(?:19|20)\d{6}", ("%Y%m%d",)),
    (r"\d{4}(?P<sign>-)\d{2}", ("%Y-%m",)),
)
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*(?P<weekday>,? ))?"
_TIME = r"(?:(?P<gap>T| |, | - )\d{1,2}:\d{2}(?P<second>:\d{2}(?:\.\d+)?)?(?P<noon> ?[AaPp][Mm])?)?"
_ZONE = r"(?P<zone>Z| ?[+-]\d{2}(?::?\d{2})?| UTC| GMT)?"
_SHAPES = tuple((re.compile(_WEEKDAY + date + _TIME + _ZONE), formats) for date, formats in _DATES)
_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}(?P<second>:\d{2}(?:\.\d+)?)?(?P<noon> ?[AaPp][Mm])?")
_ZONE_BEFORE_YEAR = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}")


def candidate_formats(cell: str) -> list[str]:
    """List the formats a cell may be written in, the likeliest first; [] if it is no date."""
    if _ZONE_BEFORE_YEAR.fullmatch(cell):
        return ["%a %b %d %H:%M:%S %z %Y"]
    time = _TIME_OF_DAY.fullmatch(cell)
    if time:
        return [_clock_format(time)]
    for shape, formats in _SHAPES:
        match = shape.fullmatch(cell)
        if match:
            before = f"%A{match['weekday']}" if match["weekday"] else ""
            after = _time_format(match)
            return [before + date.format(match["sign"]) + after for date in formats]
    return []


def _time_format(match: re.Match[str]) -> str:
    """Build the format of the time and zone after a date."""
    time = match["gap"] + _clock_format(match) if match["gap"] else ""
    zone: str = match["zone"] or ""
    if zone.strip() in ("", "UTC", "GMT"):
        return time + zone
    return time + (" %#z" if zone.startswith(" ") else "%#z")


def _clock_format(match: re.Match[str]) -> str:
    second = ":%S%.f" if match["second"] else ""
    if not match["noon"]:
        return f"%H:%M{second}"
    return f"%I:%M{second} %p" if match["noon"].startswith(" ") else f"%I:%M{second}%p"


def is_time(date_format: str) -> bool:
    """Tell whether a format is that of a time of day, without a date."""
    return date_format.startswith(("%H", "%I"))


def parse_times(cells: pl.Expr, time_format: str) -> pl.Expr:
    """Read times of day as seconds since midnight; null where it is no such time."""
    return seconds_of(cells.str.to_time(time_format, strict=False))


def seconds_of(times: pl.Expr) -> pl.Expr:
    """Count the seconds since midnight, exactly where they are whole."""
    whole = times.dt.hour().cast(pl.Int32) * 3600 + times.dt.minute().cast(pl.Int32) * 60
    return (whole + times.dt.second()) + times.dt.nanosecond() / 1e9


def parse_dates(cells: pl.Expr, date_format: str, time_zone: str = "") -> pl.Expr:
    """Read text as Datetime("us") without a zone; null where it is no such date.

    Args:
        cells: Text.
        date_format: How dates are written in it.
        time_zone: Zone by whose clock dates with an offset are read; "" for the clock they show.
    """
    parsed = cells.str.to_datetime(date_format, time_unit="us", strict=False, ambiguous="null")
    if has_zone(date_format):
        local = parsed.dt.convert_time_zone(time_zone or "UTC").dt.replace_time_zone(None)
        parsed = local if time_zone else local + _offset(cells)
    return pl.when(parsed.dt.year() >= EARLIEST_YEAR).then(parsed)


def _offset(cells: pl.Expr) -> pl.Expr:
    """Read how far the clock of written dates is ahead of UTC; 0 for Z and UTC."""
    parts = cells.str.extract_groups(r"([+-])(\d{2}):?(\d{2})?(?: \d{4})?$").struct
    minutes = (60 * parts[1].cast(pl.Int32) + parts[2].cast(pl.Int32).fill_null(0)).fill_null(0)
    return pl.duration(minutes=pl.when(parts[0] == "-").then(-minutes).otherwise(minutes))


def has_zone(date_format: str) -> bool:
    """Tell whether dates of a format come with their zone, as an offset or as UTC."""
    return "%z" in date_format or date_format.endswith(("%#z", "UTC", "GMT"))


def is_time_zone(name: str) -> bool:
    """Tell whether Polars knows a time zone."""
    try:
        pl.Series([None], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(name)
    except pl.exceptions.ComputeError:
        return False
    return True


def find_formats(cells: pl.Series) -> list[str]:
    """List the formats that fit every cell: none, one, or two (day and month exchanged).

    Args:
        cells: Text without missing cells, at least one.
    """
    fitting = candidate_formats(cells[0])
    if len(cells) > SAMPLE_CELLS:
        sample = cells.head(SAMPLE_CELLS)
        fitting = [date_format for date_format in fitting if _all_parse(sample, date_format)]
    return [date_format for date_format in fitting if _all_parse(cells, date_format)]


def _all_parse(cells: pl.Series, date_format: str) -> bool:
    parse = parse_times if is_time(date_format) else parse_dates
    parsed = cells.to_frame("cell").select(parse(pl.col("cell"), date_format)).to_series()
    return parsed.null_count() == 0


def describe_format(date_format: str) -> str:
    """Say the order of a date's parts in words: "day/month/year"."""
    if date_format.startswith("%Y%m%d"):
        return "year, month and day without signs"
    if is_time(date_format):
        return "time of day"
    words = re.sub(r"^%[Aa],? ", "", date_format)
    words = re.sub(r"[ T,-]*%[HI]:%M(:%S(%\.f)?)?( ?%p)?", " time", words)
    words = re.sub(r" ?(%#?z|UTC|GMT)", " zone", words)
    for codes, word in (("Yy", "year"), ("mBb", "month"), ("d", "day")):
        words = re.sub(f"%[{codes}]", word, words)
    return words
