"""Whole numbers that say which row it is, and nothing about it: counters and identifiers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.column_names import is_nameless, names_codes, numbers_rows, says_when
from pellucid.data.kinds.evidence import Facts

Floats = npt.NDArray[np.float64]

ALL_DIFFERENT = "identifier:"
ROW_COUNTER = "counts the rows"
"""How reasons begin that call a column an identifier."""

FEW_ROWS = 20
"""With fewer values than this, all being different says nothing."""

FEWEST_SHUFFLED_ROWS = 50
"""With fewer rows, each whole number once, in any order, may be by chance or by design."""

IDENTIFIER_RATE = 0.95
"""Where more of the values are different, hardly one will be met again."""

FEWEST_ROWS_A_CODE = 3
"""Of fewer rows a value, on average, little is learned about each."""

FEWEST_CODES = 2
"""Two different numbers are as good as two categories."""

FEWEST_GAPPY_ROWS = 100
"""In fewer rows, whole numbers may be sorted and all different and yet measured."""

FEWEST_SPARSE_ROWS = 1_000
"""The same where most numbers between lowest and highest are absent."""

MOST_STEPS_OF_ONE = 0.5
EVEN_SPREAD = 1.63
"""Kolmogorov and Smirnov's distance times √n that an even spread exceeds in 1 % of cases."""


@dataclass(frozen=True)
class _Numbers:
    """Whole numbers, one in each row, all different."""

    values: Floats
    facts: Facts

    @property
    def steps(self) -> Floats:
        """From each to the next."""
        return np.diff(self.values)


def identifier_reason(series: pl.Series, facts: Facts) -> str:
    """Why a column of numbers is one that only tells rows apart.

    It is one if it counts the rows, in order or (from 0 or 1) in another; if its name says so and
    hardly a number comes twice; or if its whole numbers rise from row to row with gaps, as a
    counter's do where rows were removed. Years and other times do more than count.

    Args:
        series: Numbers, or text that holds some.
        facts: What was counted about it.

    Returns:
        The reason; "" if it is no such column.
    """
    if facts.distinct < FEW_ROWS or facts.lowest is None or facts.lowest < 0.0:
        return ""
    if not _are_whole(series):
        return ""
    counted = ""
    if facts.distinct == facts.rows:
        numbers = _Numbers(series.cast(pl.Float64).to_numpy(), facts)
        counted = _counting(numbers) or _rising(numbers, series.name)
    return counted or _named(facts, series.name)


def _counting(numbers: _Numbers) -> str:
    """As many numbers as rows, side by side."""
    facts, steps = numbers.facts, numbers.steps
    lowest, highest = facts.lowest or 0.0, facts.highest or 0.0
    if highest - lowest != facts.rows - 1 or _are_years(facts):
        return ""
    if (steps == 1.0).all():
        return ROW_COUNTER
    in_another = facts.rows >= FEWEST_SHUFFLED_ROWS and lowest in (0.0, 1.0)
    return f"{ROW_COUNTER}, in another order" if in_another else ""


def _rising(numbers: _Numbers, name: str) -> str:
    """Each greater than the one before, with gaps."""
    facts, steps = numbers.facts, numbers.steps
    if not (steps > 0.0).all() or says_when(name) or _are_years(facts):
        return ""
    by_one = float((steps == 1.0).mean())
    is_dense = facts.rows >= FEWEST_GAPPY_ROWS and by_one >= MOST_STEPS_OF_ONE
    if not is_dense and not is_nameless(name) and not _is_drawn(numbers):
        return ""
    return (
        f"{ROW_COUNTER}, with gaps: {facts.rows} whole numbers, all different, each "
        f"greater than the one before ({100 * by_one:.0f} % by 1)"
    )


def _is_drawn(numbers: _Numbers) -> bool:
    """Whether numbers lie as those of rows drawn by chance from a longer, numbered table.

    They are spread evenly from about 0 on, and not in equal steps, as a grid is.
    """
    values, steps = numbers.values, numbers.steps
    if len(values) < FEWEST_SPARSE_ROWS or np.ptp(steps) == 0.0:
        return False
    parts = np.arange(1, len(values) + 1) / len(values)
    distance = float(np.abs(values / values[-1] - parts).max())
    return distance * np.sqrt(len(values)) <= EVEN_SPREAD


def _named(facts: Facts, name: str) -> str:
    """The name says that numbers tell rows apart, and hardly one of them comes often."""
    if numbers_rows(name) and facts.distinct > IDENTIFIER_RATE * facts.present:
        return (
            f"{ALL_DIFFERENT} {facts.distinct} of {facts.present} whole numbers are different, and "
            "the name says that they tell rows apart"
        )
    if names_codes(name) and facts.distinct * FEWEST_ROWS_A_CODE > facts.present:
        return (
            f"{ALL_DIFFERENT} its name says so, and {facts.distinct} different values in "
            f"{facts.present} rows are too many to learn about each"
        )
    return ""


def code_reason(series: pl.Series, facts: Facts) -> str:
    """Why whole numbers are codes by their name: they come again and again; "" if they are not."""
    if not names_codes(series.name) or facts.distinct <= FEWEST_CODES or (facts.lowest or 0) < 0:
        return ""
    return "codes, not quantities, as the name says" if _are_whole(series) else ""


def _are_whole(series: pl.Series) -> bool:
    numbers = series.cast(pl.Float64, strict=False).drop_nulls()
    return bool((numbers == numbers.round()).all())


def _are_years(facts: Facts) -> bool:
    return (facts.lowest or 0.0) >= 1500.0 and (facts.highest or 0.0) <= 2200.0
