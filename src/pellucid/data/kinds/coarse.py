"""Numbers and dates as a private model may remember them: nothing of one row alone."""

from __future__ import annotations

import math

import polars as pl

ENDS = (0.01, 0.99)
"""Quantiles that stand for the lowest and the highest value."""

FEWEST_STEPS = 50
"""Values are rounded so that the range has so many steps, and ten times as many at most."""

SMALLEST_STEP = 1e-290
"""Numbers divided by smaller ones may be beyond all floats."""

MICROSECONDS_A_DAY = 86_400_000_000


def rounded_range(low: float, high: float) -> tuple[float, float]:
    """A range that holds another one, its ends on a grid of a tenth of it, or coarser."""
    if low == high:
        return low, high
    step = _power_of_ten((high - low) / 10) * 10
    ends = math.floor(low / step) * step, math.ceil(high / step) * step
    # A range that touches 0, as counts do, goes on doing so.
    return max(ends[0], 0.0) if low >= 0.0 else ends[0], ends[1]


def coarse_numbers(column: pl.Series) -> pl.Series:
    """Numbers rounded; what is beyond the 1 % and the 99 % quantile is moved there."""
    if not column.drop_nulls().len():
        return column
    low, high = (float(column.quantile(end, "nearest") or 0.0) for end in ENDS)
    if low == high:  # nearly all are equal: the ends are those of the others
        low, high = float(column.min() or 0.0), float(column.max() or 0.0)  # type: ignore[arg-type]
    step = _power_of_ten((high - low) / FEWEST_STEPS)
    if not SMALLEST_STEP < step < math.inf:
        return column
    low, high = round(low / step) * step, round(high / step) * step
    return ((column / step).round() * step).clip(low, high)


def coarse_dates(column: pl.Series) -> pl.Series:
    """Dates, those beyond the 1 % and the 99 % quantile moved to the day of these.

    In between a moment may say what no other row's does.
    """
    moments = column.cast(pl.Int64)
    if not moments.drop_nulls().len():
        return column
    low, high = (int(moments.quantile(end, "nearest") or 0) for end in ENDS)
    low -= low % MICROSECONDS_A_DAY
    high += -high % MICROSECONDS_A_DAY
    return moments.clip(low, high).cast(column.dtype)


def _power_of_ten(number: float) -> float:
    """The greatest power of ten up to a number; 0.0 of 0."""
    return float(10.0 ** math.floor(math.log10(number))) if number > 0.0 else 0.0
