"""Which decimal sign the numbers of a table have: columns lend each other evidence.

"8.520" may be 8520 or 8.52, and nothing in the cell decides it. But a table has one notation, and
"12,5", "0,75" or "1.234.567" in another column can only be numbers with a decimal comma.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import polars.selectors as cs

from pellucid.data.kinds.number_formats import (
    DECIMAL_SIGNS,
    GROUPED,
    NUMERAL,
    UNITS,
    Notation,
    normalize,
    read_numbers,
)

SAMPLE_ROWS = 1000
SAMPLE_COLUMNS = 100
"""Where these decide, the rest of a table need not be looked at."""

NUMBER_RATE = 0.9
"""A column is of numbers if so much of it can be read as numbers."""

AGREEMENT = 0.75
"""A table has a notation if more than this part of the columns that decide it agree."""

FEW_CELLS = 3
"""Fewer cells may be so by chance."""


def find_decimal(frame: pl.DataFrame) -> str:
    """Find the decimal sign of a table's numbers.

    Returns:
        "." or ","; "" if no column decides it, or they contradict each other.
    """
    text = frame.select(cs.string())
    for sample in _samples(text):
        counts = list(_count_readings(sample))
        # A column that makes no sense in one of the notations says more than one odd cell.
        for lowest in (NUMBER_RATE, 1.0):
            votes = [
                "." if point > comma else ","
                for present, point, comma in counts
                if point != comma
                and min(point, comma) < lowest * present <= max(point, comma) / NUMBER_RATE
            ]
            if votes:
                return _majority(votes)
    return _majority(_votes_of_thousands(text))


def _majority(votes: list[str]) -> str:
    return next((s for s in DECIMAL_SIGNS if votes.count(s) > AGREEMENT * len(votes)), "")


def _votes_of_thousands(text: pl.DataFrame) -> list[str]:
    """List the decimal sign of each column where the sign in 8.520 seems to part thousands.

    It does if the numbers below 1000 have no sign: who writes 523 for 523.000 also writes 8.52.
    """
    cell = cs.all()
    is_small = cell.str.contains(r"^[+-]?[1-9][0-9]{0,2}$")
    is_grouped = cell.str.contains(r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$")
    ends_in_zero = cell.str.ends_with("0")
    has_comma = cell.str.contains(",", literal=True)
    facts = _of_each_column(
        _with_signs(text),
        ((is_small | is_grouped) | (cell == "0")).all(),
        is_small.sum() >= FEW_CELLS,
        (is_grouped & ends_in_zero).sum() >= FEW_CELLS,
        has_comma.any(),
        (is_grouped & ~has_comma).any(),
    )
    return [
        "." if comma else ","
        for is_consistent, small, zero, comma, point in facts
        if is_consistent and small and zero and comma != point
    ]


def _samples(text: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield ever more of a table, until it is all of it."""
    if text.width > SAMPLE_COLUMNS:
        yield text.select(text.columns[:SAMPLE_COLUMNS]).head(SAMPLE_ROWS)
    if text.height > SAMPLE_ROWS:
        yield text.head(SAMPLE_ROWS)
    yield text


def _count_readings(text: pl.DataFrame) -> Iterator[tuple[int, int, int]]:
    """Count the cells of each column with a sign, and those that are numbers in each notation."""
    text, cell = _with_signs(text), cs.all()
    with_comma = cell.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    plain = {
        ".": cell.cast(pl.Float64, strict=False).is_not_null(),
        ",": with_comma.is_not_null() & ~cell.str.contains(".", literal=True),
    }
    grouped = {sign: cell.str.contains(rf"^[+-]?(?:{GROUPED[sign]})$") for sign in DECIMAL_SIGNS}
    readings = ((plain[sign] | grouped[sign]).sum() for sign in DECIMAL_SIGNS)
    counts = _of_each_column(text, cell.count(), *readings)
    for name, (present, *plainly) in zip(text.columns, counts, strict=True):
        is_plain = max(plainly) >= NUMBER_RATE * present
        yield present, *(plainly if is_plain else _count_exactly(text[name].drop_nulls()))


def _with_signs(text: pl.DataFrame) -> pl.DataFrame:
    """The columns in which a cell has a point or a comma."""
    has_sign = _of_each_column(text, cs.all().str.contains_any([*DECIMAL_SIGNS]).any())
    return text.select(name for name, (has,) in zip(text.columns, has_sign, strict=True) if has)


def _of_each_column(frame: pl.DataFrame, *facts: pl.Expr) -> list[tuple[Any, ...]]:
    """Find some facts about each column of a frame."""
    if not frame.width:
        return []
    return list(zip(*(frame.select(fact).row(0) for fact in facts), strict=True))


def _count_exactly(cells: pl.Series) -> tuple[int, int]:
    """Count the cells that are numbers with a decimal point, and with a decimal comma."""
    if cells.str.contains(NUMERAL).sum() < NUMBER_RATE * len(cells):
        return 0, 0
    unit = find_unit(cells)
    point, comma = (
        read_numbers(cells, Notation(decimal=sign, unit=unit)).count() for sign in DECIMAL_SIGNS
    )
    return point, comma


def find_unit(cells: pl.Series) -> str:
    """Find the sign that most of the numbers with such a sign begin or end with; "" if none has."""
    odd = cells.filter(cells.str.contains_any([*UNITS, "％", "＄"]))
    if not len(odd):
        return ""
    odd = normalize(odd)
    counts = {unit: odd.str.contains(rf"^[-+( ]*[{unit}]|[{unit}][-) ]*$").sum() for unit in UNITS}
    unit = max(counts, key=lambda sign: counts[sign])
    return unit if counts[unit] else ""
