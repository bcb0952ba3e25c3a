"""What can be counted about many columns at once, before any of them is judged.

A table may have ten thousand columns, so each fact is one Polars expression over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl
import polars.selectors as cs

from pellucid.data.exact_names import exactly
from pellucid.data.kinds.number_formats import NUMERAL

SOLID_DATES = (19000101, 20991231)
SOLID_DATE_RATE = 0.99
"""With this part of its numbers like 20240131, a column holds dates: by chance 1 in 27 would be."""

CODE = r"^(0\d+|[1-9]\d{15,})$"
"""Digits with a zero in front, or more of them than a number keeps."""

COUNTABLE = cs.numeric() | cs.temporal() | cs.boolean() | cs.string()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What was counted about one column.

    Args:
        rows: Rows of the table.
        present: Cells that are not missing.
        distinct: Different values among them.
        first: The first of them; None if there is none.
        numbers: How many are plain numbers.
        infinite: How many of the numbers are infinite.
        lowest: The smallest finite number; None if there is none.
        highest: The greatest finite number; None if there is none.
        solid_dates: How many numbers are a date without signs, such as 20240131.
        numerals: How many texts might be a number in some notation.
        codes: How many texts are a `CODE`.
        characters: Average length of the texts.
    """

    rows: int
    present: int
    distinct: int
    first: Any = None
    numbers: int = 0
    infinite: int = 0
    lowest: float | None = None
    highest: float | None = None
    solid_dates: int = 0
    numerals: int = 0
    codes: int = 0
    characters: float = 0.0

    @property
    def looks_like_dates(self) -> bool:
        """Whether these numbers are rather dates such as 20240131."""
        return self.distinct >= 5 and self.solid_dates >= SOLID_DATE_RATE * self.present


def describe_missing(facts: Facts) -> str:
    """Say how many cells are missing, to end a reason with; "" if none is."""
    missing = facts.rows - facts.present
    return f"; {missing} of {facts.rows} missing" if missing else ""


def gather(frame: pl.DataFrame) -> dict[str, Facts]:
    """Count the facts of every column of a simple type (number, text, truth value, date, time)."""
    everything, text = COUNTABLE, cs.string()
    number = (cs.string() | cs.numeric()).cast(pl.Float64, strict=False)
    finite = pl.when(number.is_finite()).then(number)
    columns = {
        "present": frame.select(everything.count()),
        "distinct": frame.select(everything.drop_nulls().n_unique()),
        "first": frame.select(everything.drop_nulls().first()),
        "numbers": frame.select(number.count()),
        "infinite": frame.select(number.is_infinite().sum()),
        "lowest": frame.select(finite.min()),
        "highest": (highest := frame.select(finite.max())),
        "solid_dates": _count_solid_dates(frame, highest),
        "numerals": frame.select(text.str.contains(NUMERAL).sum()),
        "codes": frame.select(text.str.contains(CODE).sum()),
        "characters": frame.select(text.str.len_chars().mean()),
    }
    facts: dict[str, dict[str, Any]] = {name: {} for name in columns["present"].columns}
    for fact, values in columns.items():
        for name, value in zip(
            values.columns, values.rows()[0] if values.width else (), strict=True
        ):
            if value is not None:
                facts[name][fact] = value
    return {name: Facts(rows=frame.height, **values) for name, values in facts.items()}


def _count_solid_dates(frame: pl.DataFrame, highest: pl.DataFrame) -> pl.DataFrame:
    """Count numbers like 20240131, in columns whose highest number is large enough."""
    names = [c.name for c in highest if (c[0] or 0) >= SOLID_DATES[0]]
    number = exactly(names).cast(pl.Float64, strict=False)
    month, day = number // 100 % 100, number % 100
    is_date = number.is_between(*SOLID_DATES) & month.is_between(1, 12) & day.is_between(1, 31)
    return frame.select(((day == day.floor()) & is_date).sum())


def find_duplicates(frame: pl.DataFrame) -> dict[str, str]:
    """Find the columns that equal an earlier one in every row.

    Returns:
        The name of the later column and the name of the first like it.
    """
    row = pl.int_range(pl.len()).hash()
    fingerprints = frame.select((COUNTABLE.hash() ^ row).hash().sum())
    if not fingerprints.width:
        return {}
    dtypes = frame.schema  # made anew at each access: once is enough
    firsts: dict[tuple[object, ...], str] = {}
    duplicates: dict[str, str] = {}
    for name, fingerprint in zip(fingerprints.columns, fingerprints.row(0), strict=True):
        key = (dtypes[name], fingerprint)
        first = firsts.setdefault(key, name)
        if first != name and frame[first].equals(frame[name]):
            duplicates[name] = first
    return duplicates
