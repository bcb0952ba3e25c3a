"""Numbers written as text: which notation a column uses, and how to read it.

A notation is a decimal sign, a thousands separator and a unit, the same for a whole column:
`1,234.5`, `1.234,5`, `1 234`, `1'234`, `12 %`, `$3`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

SAMPLE_CELLS = 1000
UNITS = ("%", "$", "€", "£", "¥")

_VARIANTS = {" ": set(" \u00a0\u2007\u2009\u202f"), "'": set("'’")}
"""Signs that people and programs write for one another."""

_SIGNS_AND_DIGITS = r"[-+\d.,'’eE\u00a0\u2007\u2009\u202f %$€£¥]*"
NUMERAL = rf"^{_SIGNS_AND_DIGITS}\d{_SIGNS_AND_DIGITS}$"
"""What every number looks like, whatever its notation: a quick test, not a proof."""


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How the numbers of a column are written.

    Args:
        decimal: "." or ",".
        thousands: What stands between groups of three digits; "" for nothing.
        unit: A sign before or after every number, "" for none; it is left out, not computed with.
    """

    decimal: str = "."
    thousands: str = ""
    unit: str = ""

    def parse(self, cells: pl.Expr) -> pl.Expr:
        """Read text as Float64; null where it is no number in this notation."""
        text = cells
        if self.unit:
            unit = re.escape(self.unit)
            text = text.str.replace(rf"^([+-]?){unit}\s*|\s*{unit}$", "${1}")
        if self.is_plain:
            return text.cast(pl.Float64, strict=False)
        point = _pattern(self.decimal)
        # A number may always be written without separators.
        is_number = text.str.contains(rf"^[+-]?(\d+{point}?\d*|{point}\d+)([eE][+-]?\d+)?$")
        number: pl.Expr = pl.when(is_number).then(text)
        if self.thousands:
            gap = _pattern(self.thousands)
            is_grouped = text.str.contains(rf"^[+-]?[1-9]\d{{0,2}}({gap}\d{{3}})+({point}\d*)?$")
            ungrouped = pl.when(is_grouped).then(text.str.replace_all(gap, ""))
            number = pl.coalesce(number, ungrouped)
        if self.decimal == ",":
            number = number.str.replace(",", ".", literal=True)
        return number.cast(pl.Float64, strict=False)

    @property
    def is_plain(self) -> bool:
        """Whether numbers are written as programs write them, but for a unit."""
        return self.decimal == "." and not self.thousands

    def describe(self) -> str:
        """Say in words what is unusual about the notation; "" for plain numbers."""
        parts = ["decimal comma"] if self.decimal == "," else []
        if self.thousands:
            sign = "a blank" if self.thousands == " " else repr(self.thousands)
            parts.append(f"{sign} between thousands")
        if self.unit:
            parts.append(f"the sign {self.unit} left out")
        return ", ".join(parts)


PLAIN = Notation()

_SIGNS = (
    (".", ""),
    (".", ","),  # before the decimal comma: "1,234" is read as 1234
    (",", ""),
    (",", "."),
    (".", " "),
    (",", " "),
    (".", "'"),
    (",", "'"),
)
"""Decimal signs and thousands separators, in the order they are tried; the first of equals wins."""


def find_notation(cells: pl.Series) -> Notation:
    """Find the notation in which most cells are numbers.

    Args:
        cells: Text without missing cells.
    """
    sample = cells.head(SAMPLE_CELLS)
    characters = {".", *"".join(sample)}
    unit = _find_unit(sample, characters)
    notations = [
        Notation(decimal=decimal, thousands=thousands, unit=unit)
        for decimal, thousands in _SIGNS
        if _VARIANTS.get(thousands, {thousands or decimal}) & characters
    ]
    cell = pl.col("cell")
    counts = sample.to_frame("cell").select(
        notation.parse(cell).count().alias(str(number)) for number, notation in enumerate(notations)
    )
    found = counts.row(0)
    return notations[found.index(max(found))]


def read_numbers(cells: pl.Series, notation: Notation) -> pl.Series:
    """Read a column of text as Float64; null where it is no number in this notation."""
    return cells.to_frame("cell").select(notation.parse(pl.col("cell"))).to_series()


def _find_unit(sample: pl.Series, characters: set[str]) -> str:
    """Find the sign that at least nine in ten cells begin or end with."""
    for unit in UNITS:
        if unit in characters:
            has_unit = sample.str.contains(rf"^[+-]?{re.escape(unit)}|{re.escape(unit)}$")
            if has_unit.sum() >= 0.9 * len(sample):
                return unit
    return ""


def _pattern(sign: str) -> str:
    if sign in _VARIANTS:
        return f"[{''.join(sorted(_VARIANTS[sign]))}]"
    return r"\." if sign == "." else sign
