"""Columns of dates written as text: which these are, and what their cells mean.

The whole column decides. What one cell leaves open, such as 01/02/03, others settle: a part above
31 is a year, one above 12 no month, and years vary less than days.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.date_formats import (
    ORDERS,
    DateNotation,
    candidate_formats,
    describe_format,
    group_by_formats,
    has_zone,
    is_time,
    may_be_dates,
    order_of,
    parse_dates,
    parse_times,
    shapes_of,
    sign_of,
    without_point,
    without_time,
)
from pellucid.data.kinds.evidence import Facts, describe_missing
from pellucid.wording import show

SAMPLE_CELLS = 1000

DATE_RATE = 0.9
"""A column is of dates if so much of it can be read as dates."""

ASKED_DATE_RATE = 0.1
"""A column that is to hold dates needs this part of them, or it was taken for another."""

CONTRADICTION_RATE = 0.1
"""With relatively more cells against an order than this, nothing is settled by those for it."""

FEWEST_DAYS = 3
"""With fewer different values, a part of a date is not known to vary."""

FIRST_AND_LAST_DAYS = [1, 28, 29, 30, 31]
"""A part that only takes these may be the day of monthly dates, however little it varies."""

DOUBTFUL_YEARS = (30, 69)
"""Programs differ in the century of these two-digit years: Excel's rule and POSIX's."""

MOST_MARKS = 20
"""So many different cells that are no dates are kept as examples."""

USUAL_FIRST_YEAR = 1950
FIRST_YEARS = range(1870, 2070)
"""What the first of the hundred years may be."""

SMALLEST_GAP = 10


@dataclass(frozen=True, kw_only=True)
class _Order:
    """In which order cells such as 01/02/03 are read.

    Args:
        settled: One of `ORDERS`; "" if each of them has to be read by itself.
        others: Orders that are just as possible.
    """

    settled: str = ""
    others: tuple[str, ...] = ()


def date_column(series: pl.Series, facts: Facts) -> Column:
    """Describe a column whose type says that it holds dates."""
    time_zone = (series.dtype.time_zone if isinstance(series.dtype, pl.Datetime) else "") or ""
    reason = f"dates from {_day(series.min())} to {_day(series.max())}"
    reason += f", by the clock of {time_zone}" if time_zone else ""
    return Column(
        name=series.name,
        kind="date",
        reason=reason + describe_missing(facts),
        time_zone=time_zone,
        first_year=str(_first_year(series.dt.year(), pl.Series(dtype=pl.Int32))),
    )


def find_solid_dates(series: pl.Series, facts: Facts, rate: float) -> Column | None:
    """Read numbers as dates without signs, such as 20240131; None if fewer than `rate` are."""
    return find_dates(series.cast(pl.Int64, strict=False).cast(pl.String), facts, rate)


def find_dates(series: pl.Series, facts: Facts, rate: float) -> Column | None:
    """Read text as dates, or times of day as numbers; cells that are none count as missing.

    Returns:
        The column; None if less than the part `rate` of its cells are dates.
    """
    cells, enough = without_point(series.drop_nulls()), rate * facts.present
    formats = _main_formats(cells, rate)
    if not formats:
        return None
    if is_time(formats[0]):
        times = series.to_frame("cell").select(parse_times(pl.col("cell"), formats[0])).to_series()
        reason = "times of day, read as a number of seconds"
        column = Column(name=series.name, kind="number", reason=reason, date_format=formats[0])
        return _finish(column, series, times, facts, enough)
    days = without_time(cells).unique()
    order = _settle_order(days, formats)
    notation = _notation(days, formats, order)
    cells = without_point(series)
    usual = notation.read_usual(cells)
    dates = notation.read_others(cells, usual)
    column = Column(
        name=series.name,
        kind="date",
        reason=_describe(dates, notation, order) + _describe_others(series, usual, dates),
        date_format=notation.format,
        date_order=notation.order,
        first_year=str(notation.first_year),
        date_signs=notation.signs,
    )
    return _finish(column, series, dates, facts, enough)


def _finish(
    column: Column, series: pl.Series, read: pl.Series, facts: Facts, enough: float
) -> Column | None:
    """Note which cells are not read; None if too few are."""
    if read.count() < enough:
        return None
    odd = series.is_not_null() & read.is_null()
    marks = series.filter(odd)
    are_dates = may_be_dates(marks)
    reason = column.reason
    if len(marks):
        one, many = ("time", "times") if column.kind == "number" else ("date", "dates")
        what = f"cell is no {one}" if len(marks) == 1 else f"cells are no {many}"
        is_open = column.kind == "date" and not column.date_order
        what += " of one meaning" if is_open and are_dates.any() else ""
        row = int(odd.arg_max() or 0) + 1
        reason += f"; {len(marks)} {what}, read as missing, such as {show(marks[0])} in row {row}"
    # Later tables may have other marks; dates in another order are refused there, so all are kept.
    kept = (marks.filter(are_dates), marks.filter(~are_dates).unique(maintain_order=True))
    missing = pl.concat([kept[0].unique(maintain_order=True), kept[1].head(MOST_MARKS)])
    return replace(
        column,
        reason=reason + describe_missing(facts),
        missing=tuple(missing),
        odd_share=f"{len(marks) / series.count():.6f}" if len(marks) else "",
    )


def _describe(dates: pl.Series, notation: DateNotation, order: _Order) -> str:
    """Say what the dates are, and what was decided about them."""
    form = notation.format
    words = describe_format(form) if form else "not all in the same order"
    reason = f"dates, {words}, from {_day(dates.min())} to {_day(dates.max())}"
    reason += ", by the clock of the zone each is given in" if has_zone(form) else ""
    if order.others:
        others = " or ".join(ORDERS[other] for other in order.others)
        reason += f"; they could also be {others}, no cell decides it: if so, write year-month-day"
    years = dates.dt.year() % 100
    if "%y" in form and years.is_between(*DOUBTFUL_YEARS).any():
        first = notation.first_year
        reason += f"; two-digit years are taken for {first} to {first + 99}"
    return reason


def _describe_others(series: pl.Series, usual: pl.Series, dates: pl.Series) -> str:
    """Count the dates that are written otherwise than most; "" if none is."""
    otherwise = usual.is_null() & dates.is_not_null()
    count = int(otherwise.sum())
    if not count or count == dates.count():  # no format is that of most
        return ""
    row = int(otherwise.arg_max() or 0)
    are = "is" if count == 1 else "are"
    return f"; {count} {are} written otherwise, such as {show(series[row])} in row {row + 1}"


def _main_formats(cells: pl.Series, share: float) -> tuple[str, ...]:
    """List the formats that most cells may be written in, by cells from all over the column.

    Args:
        cells: Text without missing cells, at least one.
        share: The part of the cells that would have to be dates; half of it is asked here.
    """
    sample = cells.gather_every(max(1, len(cells) // SAMPLE_CELLS))
    shapes = shapes_of(sample)["shape"]
    found = Counter(formats for shape in shapes if (formats := candidate_formats(shape)))
    if found.total() < 0.5 * share * len(sample):
        return ()
    usual = [each for each, count in found.most_common() if count > 0.1 * found.total()]
    # A cell such as 1/2/03 has fewer formats than one such as 11/12/03: they go for both.
    return min((each for each in usual if set(each) <= set(usual[0])), key=len)


def _notation(days: pl.Series, formats: tuple[str, ...], order: _Order) -> DateNotation:
    """Choose the format of the order that was settled, its signs and its century."""
    fitting = [each for each in formats if len(formats) == 1 or order_of(each) == order.settled]
    signs = {sign_of(each[0]) for each, _ in group_by_formats(days) if len(each) > 1}
    notation = DateNotation(
        format=fitting[0] if fitting else "", order=order.settled, signs="".join(sorted(signs))
    )
    is_full = days.str.contains("[0-9]{4}")
    full, short = notation.read(days.filter(is_full)), notation.read(days.filter(~is_full))
    return replace(notation, first_year=_first_year(full.dt.year(), short.dt.year() % 100))


# --- Day, month and year ------------------------------------------------------------------------


def _settle_order(days: pl.Series, formats: tuple[str, ...]) -> _Order:
    """Find the order of the parts where cells leave it open.

    Args:
        days: All different cells of the column, without times.
        formats: What most of them may be written in.
    """
    read = _read_in_every_order(days)
    possible = [each for each in map(order_of, formats) if len(formats) > 1]
    year_is_first = _year_is_first(read)
    if year_is_first:
        return _Order(settled="ymd")
    month = _settle_month(read)
    if month == "" or (month is None and not possible):  # too few cells to follow a custom
        return _Order()
    settled = month or possible[0]
    is_open = {"mdy", "dmy"} if month is None else set()
    if year_is_first is None and "%m" in formats[0]:  # 24-Jan-31 is too rare to be spoken of
        is_open.add("ymd")
    others = tuple(each for each in possible if each in is_open and each != settled)
    return _Order(settled=settled, others=others)


def _settle_month(read: pl.DataFrame) -> str | None:
    """Find whether the month or the day comes first; "" if cells differ, None if it stays open."""
    month_first, day_first = (
        int((read[one].is_not_null() & read[two].is_null()).sum())
        for one, two in (("mdy", "dmy"), ("dmy", "mdy"))
    )
    low, high = sorted((month_first, day_first))
    if low > CONTRADICTION_RATE * high:
        return ""
    if high:
        return "mdy" if month_first > day_first else "dmy"
    usual = [order for order in ("mdy", "dmy") if not _keep_to_one_month(read[order])]
    return usual[0] if len(usual) == 1 else None


def _keep_to_one_month(dates: pl.Series) -> bool:
    """Tell whether dates are various days of one month in several years, which are no real ones."""
    years, days = dates.dt.year().n_unique(), dates.dt.day().n_unique()
    return min(years, days) >= FEWEST_DAYS and dates.dt.month().n_unique() == 1


def _read_in_every_order(days: pl.Series) -> pl.DataFrame:
    """Read the cells that may be several dates: a column for each of `ORDERS`."""
    found = [pl.DataFrame(schema=dict.fromkeys(ORDERS, pl.Datetime("us")))]
    for formats, group in group_by_formats(days):
        if len(formats) > 1:
            dates = {order_of(each): parse_dates(pl.col("cell"), each) for each in formats}
            dates.setdefault("mdy", dates["dmy"])  # a month in letters speaks for neither
            found.append(group.to_frame("cell").select(**dates))
    read = pl.concat(found, how="diagonal")
    return read.filter(pl.any_horizontal(pl.all().is_not_null()))


def _year_is_first(read: pl.DataFrame) -> bool | None:
    """Tell whether the year is the first or the last of three parts; None if it stays open.

    Cells that make no sense otherwise decide; else the year is the part that varies less.
    """
    first = read["ymd"].is_not_null()
    last = read["mdy"].is_not_null() | read["dmy"].is_not_null()
    both = read["ymd"].filter(first & last)
    only_first, only_last = int((first & ~last).sum()), int((last & ~first).sum())
    if both.is_empty() or abs(only_first - only_last) > CONTRADICTION_RATE * len(read):
        return only_first > only_last
    years, days = both.dt.year() % 100, both.dt.day()
    if _keep_to_one_month(both) or _varies_more(years, days):
        return False
    if _varies_more(days, years):
        return True
    return None if only_first == only_last else only_first > only_last


def _varies_more(part: pl.Series, other: pl.Series) -> bool:
    """Tell whether a part takes so many more values than another that it is the day of the two."""
    many, few = part.n_unique(), other.n_unique()
    may_be_days = other.is_in(FIRST_AND_LAST_DAYS).all()
    return many >= max(FEWEST_DAYS, 2 * few) and not may_be_days


def _first_year(full: pl.Series, short: pl.Series) -> int:
    """Find the first of the hundred years that two-digit years mean.

    They hold the dates whose century is written, and put those beside them between these; where
    that leaves a choice, the two digits themselves tell. A few odd full years, as 1900 for unknown,
    do not move many two-digit ones.

    Args:
        full: Years with a century; missing ones are none.
        short: Years without one.
    """
    full, short = full.drop_nulls(), short.drop_nulls()
    guess = _first_by_gap(sorted(set(full % 100) | set(short)))
    if full.is_empty():
        return guess
    years, counts = np.unique(full.to_numpy(), return_counts=True)
    digits, short_counts = np.unique(short.to_numpy(), return_counts=True)

    def fitting(first: int) -> int:
        placed = first + (digits - first) % 100
        beside = (placed >= years[0]) & (placed <= years[-1])
        held = (years >= first) & (years < first + 100)
        return int(counts[held].sum() + short_counts[beside].sum())

    fits = {first: fitting(first) for first in FIRST_YEARS}
    most = max(fits.values())
    if most - fits[guess] <= CONTRADICTION_RATE * len(short):
        return guess
    best = [first for first, fit in fits.items() if fit == most]
    return USUAL_FIRST_YEAR if USUAL_FIRST_YEAR in best else best[len(best) // 2]


def _first_by_gap(years: list[int]) -> int:
    """Find it by the two digits alone.

    It is 1950, unless years on both sides of it belong together: then the hundred years begin in
    the middle of the widest gap, so that people born from 1945 to 2003 are.

    Args:
        years: All different ones modulo 100, sorted.
    """
    if not years:
        return USUAL_FIRST_YEAR
    follower = dict(zip(years, [*years[1:], years[0] + 100], strict=True))
    start = max(years, key=lambda year: follower[year] - year)
    end = follower[start]
    usual = USUAL_FIRST_YEAR % 100
    is_between = start < usual <= end or start < usual + 100 <= end
    if is_between or end - start < SMALLEST_GAP:
        return USUAL_FIRST_YEAR
    middle = (start + end + 1) // 2 % 100
    return 1900 + middle


def _day(value: object) -> str:
    return str(value)[:10]
