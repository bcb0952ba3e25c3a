"""Numbers written as text: which notation a column uses, and how to read it.

A notation is a decimal sign and a unit, the same for a whole column: `1234.5`, `1234,5`, `12 %`,
`$3`. Once the decimal sign is known, every usual way to group digits and to write a minus has one
meaning: `1,234.5`, `1 234.5`, `1'234.5`, `1,14,000`, `−5`, `(5)`, `5-`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

UNITS = ("%", "$", "€", "£", "¥")
DECIMAL_SIGNS = (".", ",")

_FULL_WIDTH = {chr(ord(sign) + 0xFEE0): sign for sign in "0123456789+-.,%$()"}
_MINUS = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
_SAME = {
    **_FULL_WIDTH,
    **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
    **dict.fromkeys(_MINUS, "-"),
    **dict.fromkeys("\u2019\u02bc", "'"),
}
"""Signs that people and programs write for one another."""

_SIGNS_AND_DIGITS = rf"[-+0-9.,'eE ()%$€£¥{''.join(_SAME)}]*"
NUMERAL = rf"^{_SIGNS_AND_DIGITS}[0-9０-９]{_SIGNS_AND_DIGITS}$"
"""What every number looks like, whatever its notation: a quick test, not a proof."""

_IN_THREES = r"[1-9][0-9]{0,2}(?:(?:SIGN[0-9]{3})+|(?: [0-9]{3})+|(?:'[0-9]{3})+)"
_IN_TWOS = r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}"
GROUPED = {
    ".": rf"{_IN_THREES.replace('SIGN', ',')}|{_IN_TWOS}",
    ",": _IN_THREES.replace("SIGN", r"\."),
}
"""Digits in groups, by the decimal sign: in threes, and as in India, where 1,14,000 is 114000."""

GROUP_SIGNS = (*" '", *(sign for sign, plain in _SAME.items() if plain in " '"))
"""What may stand between groups of digits, whatever the decimal sign."""

UNUSUAL_MINUS = rf"[)）]$|[0-9０-９][^0-9０-９]*[{''.join(_MINUS)}-]$"
"""A negative number in brackets or with the minus behind it, as accountants write it."""

UNDECIDED = r"^[^0-9]*[1-9][0-9]{0,2}[.,][0-9]{3}[^0-9]*$"
"""A number that is another one where the sign in it parts thousands: 8.520 and 8520."""


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How the numbers of a column are written.

    Args:
        decimal: "." or ",".
        thousands: What was seen between groups of digits; "" for nothing. Numbers are read with
            and without.
        unit: A sign before or after the numbers, "" for none; it is left out, not computed with.
    """

    decimal: str = "."
    thousands: str = ""
    unit: str = ""

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


def read_numbers(cells: pl.Series, notation: Notation) -> pl.Series:
    """Read a column of text as Float64; null where it is no number in this notation.

    Each cell is read by itself, whatever stands beside it.
    """
    numbers = _read_plain(cells, notation.decimal)
    for read in (_read_without_unit, _read_written):  # the quick ways first
        if numbers.null_count() == cells.null_count():
            break
        odd = (numbers.is_null() & cells.is_not_null()).arg_true()
        numbers = numbers.scatter(odd, read(cells.gather(odd), notation))
    return numbers


def finite(numbers: pl.Series) -> pl.Series:
    """The numbers, infinite ones missing; without such it is the same column, and no copy."""
    num_finite = np.count_nonzero(np.isfinite(numbers.to_numpy()))  # null becomes NaN
    if num_finite + numbers.null_count() == len(numbers):
        return numbers
    return numbers.scatter((~numbers.is_finite()).arg_true(), None)


def in_another_notation(cells: pl.Series, notation: Notation) -> pl.Series:
    """Tell which cells are no numbers in this notation, but are with another decimal sign or unit.

    Returns:
        Truth values (n,), false for missing cells.
    """
    is_number = read_numbers(cells, notation).is_not_null()
    found = is_number & ~is_number
    if not cells.str.contains(NUMERAL).any():
        return found
    for unit in dict.fromkeys(("", notation.unit, *UNITS)):
        for sign in DECIMAL_SIGNS:
            found |= read_numbers(cells, Notation(decimal=sign, unit=unit)).is_not_null()
    return found & ~is_number


def is_undecided(cells: pl.Series) -> pl.Series:
    """Tell which cells are one number with a decimal point and another with a decimal comma."""
    return cells.str.contains(UNDECIDED).fill_null(value=False)


def variants(sign: str) -> list[str]:
    """List the signs that are read as this one, itself first."""
    return [sign, *(other for other, plain in _SAME.items() if plain == sign)]


def normalize(cells: pl.Series) -> pl.Series:
    """Write blanks, minus signs, apostrophes and full-width digits each in the plainest way."""
    return cells.str.replace_many(list(_SAME), list(_SAME.values()))


def _read_plain(cells: pl.Series, decimal: str) -> pl.Series:
    """Read what a program may have written: digits, a decimal sign, an exponent."""
    if decimal == ".":
        return cells.cast(pl.Float64, strict=False)
    cell = pl.col("cell")
    with_point = cell.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    has_point = cell.str.contains(".", literal=True)
    return cells.to_frame("cell").select(pl.when(~has_point).then(with_point)).to_series()


def _read_without_unit(cells: pl.Series, notation: Notation) -> pl.Series:
    """Read what a program may have written with a unit at one end."""
    bare = cells.str.strip_prefix(notation.unit).str.strip_suffix(notation.unit)
    return _read_plain(bare.str.strip_chars(), notation.decimal)


def _read_written(cells: pl.Series, notation: Notation) -> pl.Series:
    """Read what a person or a spreadsheet may have written."""
    parts = normalize(cells).str.extract_groups(_pattern(notation)).struct.unnest()
    other = "." if notation.decimal == "," else ","
    digits = pl.col("digits").str.replace_all(rf"[{other} ']", "")
    number = digits.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    minus = pl.concat_str("before", "within", "after", ignore_nulls=True)
    brackets = pl.concat_str("open", "close", ignore_nulls=True)
    # "5.-" is a price of 5, not −5.
    is_price = (pl.col("after") == "-") & pl.col("digits").str.contains(r"[.,]$")
    sign = pl.when(~is_price).then(minus + brackets)
    return parts.select(
        pl.when(sign.is_in(["", "+"])).then(number).when(sign.is_in(["-", "()"])).then(-number)
    ).to_series()


def _pattern(notation: Notation) -> str:
    """Build the pattern of a number: its signs and its digits as named groups."""
    point = re.escape(notation.decimal)
    unit = rf"(?:{re.escape(notation.unit)} *)?" if notation.unit else ""
    ungrouped = rf"(?:[0-9]+{point}?[0-9]*|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?"
    digits = rf"{ungrouped}|(?:{GROUPED[notation.decimal]})(?:{point}[0-9]*)?"
    return (
        rf"^{unit}(?P<open>\()?(?P<before>[+-])? *{unit}(?P<within>[+-])?"
        rf"(?P<digits>{digits}) *{unit}(?P<after>-)?(?P<close>\))? *{unit}$"
    )
