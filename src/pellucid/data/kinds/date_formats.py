"""Dates and times of day written as text: in which formats, and how to read them.

The shape of one cell leaves one format, or a few that exchange the parts (`ORDERS`). Which of them
a column means is settled once, in training (`pellucid.data.kinds.date_judging`); then every cell is
read by itself, whatever stands beside it. Month and weekday names are English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

import polars as pl

from pellucid.data.few_cells import may_any

EARLIEST_YEAR = 1000
"""Years have four digits: the format code `%Y` alone would read "20" as the year 20."""

ORDERS = {"mdy": "month/day/year", "dmy": "day/month/year", "ymd": "year/month/day"}
"""What the parts of a date such as 01/02/03 may be, in words."""

SOLID = "%Y%m%d"
"""Eight digits without signs; only years from 1900 to 2099, or every large number would be one."""

MONTHS = "%Y-%m"
"""A month is no date among days, but a column of months is one of first days."""

_SIGN, _SAME = "(?P<sign>[-/. ])", "(?P=sign)"
_CODES = r"(?:%(?:[YymdBbAaHIMSpz]|\.f|#z)|[-/. ,:T]|UTC|GMT|Z)*"
_MOMENT = datetime(2005, 5, 13, 14, 15, 16)
_DATES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (rf"\d{{4}}{_SIGN}\d{{1,2}}{_SAME}\d{{1,2}}", ("%Y{0}%m{0}%d",)),
    # With points the day comes first the world over; otherwise America's order is tried first.
    (r"\d{1,2}(?P<sign>\.)\d{1,2}\.\d{4}", ("%d.%m.%Y", "%m.%d.%Y")),
    (r"\d{2}(?P<sign>\.)\d{1,2}\.\d{2}", ("%d.%m.%y", "%m.%d.%y", "%y.%m.%d")),
    (r"\d(?P<sign>\.)\d{1,2}\.\d{2}", ("%d.%m.%y", "%m.%d.%y")),
    (rf"\d{{1,2}}{_SIGN}\d{{1,2}}{_SAME}\d{{4}}", ("%m{0}%d{0}%Y", "%d{0}%m{0}%Y")),
    (rf"\d{{2}}{_SIGN}\d{{1,2}}{_SAME}\d{{2}}", ("%m{0}%d{0}%y", "%d{0}%m{0}%y", "%y{0}%m{0}%d")),
    (rf"\d{_SIGN}\d{{1,2}}{_SAME}\d{{2}}", ("%m{0}%d{0}%y", "%d{0}%m{0}%y")),
    (rf"\d{{1,2}}{_SIGN}[A-Za-z]{{3,9}}{_SAME}\d{{4}}", ("%d{0}%B{0}%Y",)),
    (rf"\d{{2}}{_SIGN}[A-Za-z]{{3,9}}{_SAME}\d{{2}}", ("%d{0}%B{0}%y", "%y{0}%B{0}%d")),
    (rf"\d{_SIGN}[A-Za-z]{{3,9}}{_SAME}\d{{2}}", ("%d{0}%B{0}%y",)),
    (r"\d{1,2}(?P<sign>)[A-Za-z]{3}\d{4}", ("%d%B%Y",)),
    (r"[A-Za-z]{3,9}(?P<sign> )\d{1,2}, \d{4}", ("%B %d, %Y",)),
    (r"[A-Za-z]{3,9}(?P<sign> )\d{1,2} \d{4}", ("%B %d %Y",)),
    (r"(?P<sign>)\d{8}", (SOLID,)),
    (r"\d{4}(?P<sign>-)\d{2}", (MONTHS,)),
)
_WEEKDAY = r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*(?P<weekday>,? ))?"
_TIME = r"(?:(?P<gap>T| |, | - )\d{1,2}:\d{2}(?P<second>:\d{2}(?:\.\d+)?)?(?P<noon> ?[AaPp][Mm])?)?"
_ZONE = r"(?P<zone>Z| ?[+-]\d{2}(?::?\d{2})?| UTC| GMT)?"
_TIME_OF_DAY = re.compile(r"\d{1,2}:\d{2}(?P<second>:\d{2}(?:\.\d+)?)?(?P<noon> ?[AaPp][Mm])?")
_TIMES_OF_DAY = tuple(
    f"{time}{noon}"
    for hour, noons in (("%H", ("",)), ("%I", (" %p", "%p")))
    for time in (f"{hour}:%M", f"{hour}:%M:%S%.f")
    for noon in noons
)
_ZONE_BEFORE_YEAR = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [+-]\d{4} \d{4}")
_MAYBE = r"^[A-Za-z0-9][A-Za-z0-9 ,./:+-]{3,44}$"
"""What every date or time looks like: a quick test, not a proof."""


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """Each shape of a date with its formats: only who meets a date waits for the patterns."""
    return tuple((re.compile(_WEEKDAY + date + _TIME + _ZONE), formats) for date, formats in _DATES)


@lru_cache(maxsize=10_000)
def candidate_formats(shape: str) -> tuple[str, ...]:
    """List the formats a cell may be written in, the likeliest first; none if it is no date.

    Args:
        shape: The cell, whose digits may all have been replaced by 0.
    """
    if _ZONE_BEFORE_YEAR.fullmatch(shape):
        return ("%a %b %d %H:%M:%S %z %Y",)
    time = _TIME_OF_DAY.fullmatch(shape)
    if time:
        return (_clock_format(time),)
    for pattern, formats in _shapes():
        match = pattern.fullmatch(shape)
        if match:
            before = f"%A{match['weekday']}" if match["weekday"] else ""
            after = _time_format(match)
            return tuple(before + date.format(match["sign"]) + after for date in formats)
    return ()


def is_format(date_format: str) -> bool:
    """Whether dates, or times, can be found to be written so."""
    if not re.fullmatch(_CODES, date_format):
        return False
    spelled = date_format.replace("%.f", ".5").replace("%#z", "+0000").replace("%z", "+0000")
    return date_format in candidate_formats(_MOMENT.strftime(spelled))


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


def shapes_of(cells: pl.Series) -> pl.DataFrame:
    """Say how cells are written: those that may be dates or times, with every digit made 0.

    Returns:
        Columns "cell" and "shape", a row for each cell that is not certainly something else.
    """
    may_be = cells.filter(cells.str.contains(_MAYBE) & cells.str.contains("[0-9].*[0-9].*[0-9]"))
    return may_be.to_frame("cell").with_columns(shape=pl.col("cell").str.replace_all("[0-9]", "0"))


def order_of(date_format: str) -> str:
    """Say in which order a format has year, month and day: "dmy"."""
    return "".join(re.findall("%([YymBbd])", date_format)).lower().replace("b", "m")


def sign_of(date_format: str) -> str:
    """Find the sign between the parts of a date in a format: one of "-/. "; "" if there is none."""
    found = re.search("%[YymBd]([-/. ])%[YymBd]", date_format)
    return found[1] if found else ""


def is_time(date_format: str) -> bool:
    """Tell whether a format is that of a time of day, without a date."""
    return date_format.startswith(("%H", "%I"))


def parse_times(cells: pl.Expr, time_format: str) -> pl.Expr:
    """Read times of day as seconds since midnight; null where it is no time.

    Args:
        cells: Text.
        time_format: How most of them are written; others are read too, as a time of day is one
            whatever stands beside it.
    """
    formats = dict.fromkeys([time_format, *_TIMES_OF_DAY])
    return pl.coalesce(seconds_of(cells.str.to_time(each, strict=False)) for each in formats)


def seconds_of(times: pl.Expr) -> pl.Expr:
    """Count the seconds since midnight, exactly where they are whole."""
    whole = times.dt.hour().cast(pl.Int32) * 3600 + times.dt.minute().cast(pl.Int32) * 60
    return (whole + times.dt.second()) + times.dt.nanosecond() / 1e9


@dataclass(frozen=True, kw_only=True)
class DateNotation:
    """How the dates of a column are written.

    Args:
        format: The format of most of them; "" where none is known, as of dates that came typed.
        order: One of `ORDERS`, for cells that leave it open; "" if only the format may tell it.
        first_year: First of the hundred years that two-digit years mean.
        signs: Signs between the parts of dates that the order is known of; "" for any.
    """

    format: str = ""
    order: str = ""
    first_year: int = 1950
    signs: str = ""

    def read(self, cells: pl.Series, time_zone: str = "") -> pl.Series:
        """Read text as Datetime("us") without a zone, each cell by itself.

        Cells of another format than most are read too if that leaves one meaning.

        Args:
            cells: Text.
            time_zone: Zone by whose clock dates with an offset are read; "" for the clock they
                show.

        Returns:
            The dates; null where there is none, or may be several.
        """
        cells = without_point(cells)
        return self.read_others(cells, self.read_usual(cells, time_zone), time_zone)

    def read_usual(self, cells: pl.Series, time_zone: str = "") -> pl.Series:
        """Read only what is written as most cells are."""
        date = self._parse(self.format, time_zone)
        return cells.to_frame("cell").select(date=date).to_series()

    def read_others(self, cells: pl.Series, usual: pl.Series, time_zone: str = "") -> pl.Series:
        """Read what `read_usual` did not.

        Args:
            cells: Text.
            usual: What `read_usual` made of them.
            time_zone: As for `read`.
        """
        if usual.null_count() == cells.null_count():
            return usual
        places = (usual.is_null() & cells.is_not_null()).arg_true()
        rest = cells.gather(places)
        others = self._read_by_shape(rest.unique(), time_zone)
        found = rest.to_frame("cell").join(others, on="cell", how="left", maintain_order="left")
        return usual.clone().scatter(places, found["other"])

    @property
    def _order(self) -> str:
        is_open = "%y" in self.format or ("%m" in self.format and order_of(self.format) != "ymd")
        return order_of(self.format) if is_open and not self.order else self.order

    def _is_known(self, date_format: str) -> bool:
        """Whether the order holds for a format: who uses another sign may begin with the year."""
        is_open = "%y" in date_format and ("%m" in date_format or self._order == "ymd")
        return not is_open or not self.signs or sign_of(date_format) in self.signs

    def _parse(self, date_format: str, time_zone: str = "") -> pl.Expr:
        if not date_format:
            return pl.repeat(None, pl.len(), dtype=pl.Datetime("us"))
        return parse_dates(pl.col("cell"), date_format, time_zone, self.first_year)

    def _read_by_shape(self, cells: pl.Series, time_zone: str) -> pl.DataFrame:
        """Read cells in whatever format each is written: columns "cell" and "other"."""
        found = [pl.DataFrame(schema={"cell": pl.String, "other": pl.Datetime("us")})]
        for formats, group in group_by_formats(cells):
            settled = [
                each for each in formats if order_of(each) == self._order and self._is_known(each)
            ]
            dates = [self._parse(each, time_zone) for each in settled or formats]
            low, high = pl.min_horizontal(dates), pl.max_horizontal(dates)
            found.append(group.to_frame("cell").with_columns(other=pl.when(low == high).then(low)))
        return pl.concat(found)


def read_zoned(cells: pl.Series, time_zone: str) -> pl.Series:
    """Read text that tells its zone as `DateNotation.read` does; all other is null."""
    groups = group_by_formats(cells.unique())
    zoned = pl.concat([cells.clear(), *(group for each, group in groups if has_zone(each[0]))])
    return DateNotation().read(cells.set(~cells.is_in(zoned.implode()), None), time_zone)


def without_time(cells: pl.Series) -> pl.Series:
    """Cut the time of day off dates: few different cells remain."""
    return cells.str.replace(r"(T|,? | - )[0-9]{1,2}:[0-9]{2}.*$", "")


def without_point(cells: pl.Series) -> pl.Series:
    """Write 20240131.0 as 20240131: pandas writes whole numbers so where the column has a hole."""
    if not may_any(cells, lambda cell: "." in cell):
        return cells
    return cells.str.replace(r"^([0-9]{8})\.0+$", "${1}")


def group_by_formats(cells: pl.Series) -> Iterator[tuple[tuple[str, ...], pl.Series]]:
    """Yield the formats that cells may be written in, with the cells: those that may be dates."""
    shapes = shapes_of(cells)
    groups: dict[tuple[str, ...], list[str]] = {}
    for shape in shapes["shape"].unique(maintain_order=True):
        formats = candidate_formats(shape)
        if formats and not is_time(formats[0]) and formats != (MONTHS,):
            groups.setdefault(formats, []).append(shape)
    for formats, written in groups.items():
        yield formats, shapes["cell"].filter(shapes["shape"].is_in(written))


def may_be_dates(cells: pl.Series) -> pl.Series:
    """Tell which cells are a date in some format, if not in one only."""
    found = [pl.Series("cell", dtype=pl.String)]
    for formats, group in group_by_formats(cells.unique()):
        is_date = pl.any_horizontal(
            parse_dates(pl.col("cell"), each).is_not_null() for each in formats
        )
        found.append(group.to_frame("cell").filter(is_date)["cell"])
    return cells.is_in(pl.concat(found).implode())


def parse_dates(
    cells: pl.Expr, date_format: str, time_zone: str = "", first_year: int = 1950
) -> pl.Expr:
    """Read text of one format as Datetime("us") without a zone; null where it is no such date.

    Args:
        cells: Text.
        date_format: How dates are written in it.
        time_zone: Zone by whose clock dates with an offset are read; "" for the clock they show.
        first_year: First of the hundred years that two-digit years mean.
    """
    parsed = cells.str.to_datetime(date_format, time_unit="us", strict=False, ambiguous="null")
    if has_zone(date_format):
        local = parsed.dt.convert_time_zone(time_zone or "UTC").dt.replace_time_zone(None)
        parsed = local if time_zone else local + _offset(cells)
    year = parsed.dt.year()
    if "%y" in date_format:
        later = pl.when(year < first_year).then(parsed.dt.offset_by("100y")).otherwise(parsed)
        return pl.when(year >= first_year + 100).then(parsed.dt.offset_by("-100y")).otherwise(later)
    if date_format.startswith(SOLID):
        return pl.when(year.is_between(1900, 2099)).then(parsed)
    return pl.when(year >= EARLIEST_YEAR).then(parsed)


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


def describe_format(date_format: str) -> str:
    """Say the order of a date's parts in words: "day/month/year"."""
    if date_format.startswith(SOLID):
        return "year, month and day without signs"
    if is_time(date_format):
        return "time of day"
    words = re.sub(r"^%[Aa],? ", "", date_format)
    words = re.sub(r"[ T,-]*%[HI]:%M(:%S(%\.f)?)?( ?%p)?", " time", words)
    words = re.sub(r" ?(%#?z|UTC|GMT)", " zone", words)
    for codes, word in (("Yy", "year"), ("mBb", "month"), ("d", "day")):
        words = re.sub(f"%[{codes}]", word, words)
    return words
