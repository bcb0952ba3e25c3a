"""Columns of numbers written as text: which these are, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pellucid.data.columns import Column, show
from pellucid.data.evidence import Facts, describe_missing
from pellucid.data.notation import NUMBER_RATE, find_unit
from pellucid.data.numerals import (
    DECIMAL_SIGNS,
    PLAIN,
    UNDECIDED,
    UNUSUAL_MINUS,
    Notation,
    normalize,
    read_numbers,
)
from pellucid.data.sources import Table

ASKED_RATE = 0.1
"""So much of a column must be numbers for it to be read as numbers where a person says so."""

MOST_CODES = 0.01
"""With more of such cells as "V57" a column of digits holds codes."""
_CODE_FIRST_LETTER = r"^[A-Za-z]{1,3}[-. ]?[0-9]"
_CODE_FIRST_DIGIT = r"^[0-9]+(?:[-/.]?[A-Za-z]{1,2}|[-/][0-9]+)$"

MOST_MARKS = 20
"""So many different cells that are no numbers are kept as examples."""

SHOWN_MARKS = 3


def find_numbers(series: pl.Series, facts: Facts, table: Table) -> Column | None:
    """Read text as numbers; None if too few cells are, or they are codes or dates."""
    enough = NUMBER_RATE * facts.present
    if max(facts.numerals, facts.numbers) < enough or facts.codes or facts.looks_like_dates:
        return None
    reading = _read(series, facts, table)
    if reading.numbers.count() < enough or _are_codes(reading):
        return None
    return _describe(reading, facts, table)


def read_as_numbers(series: pl.Series, facts: Facts, table: Table) -> Column | None:
    """Read text as numbers because a person says so; None if nearly no cell is one."""
    reading = _read(series, facts, table)
    if reading.numbers.count() < max(1, ASKED_RATE * facts.present):
        return None
    return _describe(reading, facts, table)


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """A column of text read as numbers.

    Attributes:
        cells: The text.
        numbers: The numbers; null where a cell is none.
        notation: How they are written.
        is_open: Whether they might as well have the other decimal sign.
    """

    cells: pl.Series
    numbers: pl.Series
    notation: Notation
    is_open: bool = False

    @property
    def odd(self) -> pl.Series:
        """Which cells are there and are no numbers."""
        return self.cells.is_not_null() & self.numbers.is_null()


def _read(series: pl.Series, facts: Facts, table: Table) -> _Reading:
    """Read a column in the table's notation, or in its own where that fits better."""
    if facts.numbers == facts.present and (
        table.decimal == "." or not series.str.contains(".", literal=True).any()
    ):
        notation = Notation(decimal=table.decimal or ".")
        return _Reading(
            cells=series, numbers=series.cast(pl.Float64, strict=False), notation=notation
        )
    unit = "" if facts.numbers == facts.present else find_unit(series.drop_nulls())
    reading = _read_in_best_notation(series, unit, table)
    if unit == "%" and _has_fractions(reading):
        reading = _read_in_best_notation(series, "", table)
    return replace(reading, notation=_note_thousands(reading))


def _read_in_best_notation(series: pl.Series, unit: str, table: Table) -> _Reading:
    one, other = (
        Notation(decimal=sign, unit=unit)
        for sign in (DECIMAL_SIGNS if table.decimal != "," else reversed(DECIMAL_SIGNS))
    )
    numbers = read_numbers(series, one)
    usual = _Reading(cells=series, numbers=numbers, notation=one)
    if table.decimal and numbers.count() >= NUMBER_RATE * series.count():
        return usual
    numbers = read_numbers(series, other)
    unusual = _Reading(cells=series, numbers=numbers, notation=other)
    if usual.numbers.count() != numbers.count():
        return max(usual, unusual, key=lambda reading: int(reading.numbers.count()))
    return replace(usual, is_open=not table.decimal and not numbers.equals(usual.numbers))


def _has_fractions(reading: _Reading) -> bool:
    """Tell whether numbers without % are parts of 1, so that 0.05 and 5 % are the same."""
    has_unit = _has_unit(reading.cells, "%")
    with_unit, without = reading.numbers.filter(has_unit), reading.numbers.filter(~has_unit)
    if without.count() <= with_unit.count():
        return False
    return bool((without.abs() <= 1).all() and (with_unit.abs() > 1).any())


def _has_unit(cells: pl.Series, unit: str) -> pl.Series:
    return normalize(cells).str.contains(unit, literal=True)


def _note_thousands(reading: _Reading) -> Notation:
    """Note what stands between groups of digits, to say it."""
    decimal = reading.notation.decimal
    signs = ["," if decimal == "." else ".", " ", "'"]
    written = reading.cells.filter(reading.numbers.is_not_null())
    written = written.filter(written.str.contains(r"[0-9][^0-9][0-9]{2}"))
    if not len(written):
        return reading.notation
    written = normalize(written)
    found = (s for s in signs if written.str.contains(rf"[0-9]{re.escape(s)}[0-9]").any())
    return replace(reading.notation, thousands=next(found, ""))


def _are_codes(reading: _Reading) -> bool:
    """Tell whether cells that are no numbers, or seem negative, show the others to be codes."""
    odd = reading.cells.filter(reading.odd)
    numbers = reading.numbers.drop_nulls()
    pattern = _CODE_FIRST_LETTER
    if (numbers == numbers.floor()).all():
        pattern = f"{pattern}|{_CODE_FIRST_DIGIT}"
    if odd.str.contains(pattern).sum() > MOST_CODES * reading.cells.count():
        return True
    negative = normalize(reading.cells.filter((reading.numbers < 0).fill_null(value=False)))
    return bool(negative.str.contains(UNUSUAL_MINUS).sum() > len(numbers) / 2)


# --- Saying it ----------------------------------------------------------------------------------


def number_column(name: str, facts: Facts, notation: Notation) -> Column:
    """Describe a column of numbers written in a notation."""
    if facts.lowest is None:
        reason = "numbers, none of them finite"
    else:
        span = f"from {show(facts.lowest)} to {show(facts.highest)}"
        is_single = facts.distinct == 1
        reason = (
            f"1 number, {show(facts.lowest)}"
            if is_single
            else f"{facts.distinct} different numbers {span}"
        )
    notes = notation.describe()
    reason += f", {notes}" if notes else ""
    reason += f"; {facts.infinite} infinite, read as missing" if facts.infinite else ""
    return Column(
        name=name,
        kind="number",
        reason=reason + describe_missing(facts),
        decimal=notation.decimal,
        thousands=notation.thousands,
        unit=notation.unit,
    )


def _describe(reading: _Reading, facts: Facts, table: Table) -> Column:
    """Say what was read, how, and what was lost."""
    numbers = reading.numbers
    if facts.numbers < facts.present or reading.notation != PLAIN:
        finite = numbers.filter(numbers.is_finite())
        facts = replace(
            facts,
            distinct=numbers.drop_nulls().n_unique(),
            infinite=numbers.count() - len(finite),
            lowest=_float(finite.min()),
            highest=_float(finite.max()),
        )
    column = number_column(reading.cells.name, facts, _seen(reading))
    notes = (*_describe_notation(reading, table), *_describe_odd(reading, table))
    marks = reading.cells.filter(reading.odd).unique(maintain_order=True)
    return replace(
        column,
        reason="; ".join([column.reason, *notes]),
        decimal=reading.notation.decimal,
        missing=tuple(marks.head(MOST_MARKS)),
    )


def _seen(reading: _Reading) -> Notation:
    """The notation as far as the cells show it: whole numbers have no decimal sign."""
    has_comma = reading.cells.str.contains(",", literal=True).any()
    return reading.notation if has_comma else replace(reading.notation, decimal=".")


def _describe_notation(reading: _Reading, table: Table) -> Iterator[str]:
    """Say by examples how unusual cells were read, and how that was decided."""
    numbers, notation = reading.numbers, reading.notation
    plain = reading.cells.cast(pl.Float64, strict=False)
    unusual = reading.cells.filter(numbers.is_not_null() & plain.ne_missing(numbers))
    bare = unusual.str.strip_chars(f"{notation.unit} ")
    unusual = unusual.filter(bare.cast(pl.Float64, strict=False).is_null() | (bare == unusual))
    negative = unusual.filter(normalize(unusual).str.contains(UNUSUAL_MINUS))
    undecided = _first_undecided(reading)
    decided = undecided if table.decimal else ""
    for cell in dict.fromkeys([*unusual.head(1), *negative.head(1)]):
        why = f", for the table's decimal sign is {table.decimal!r}" if cell == decided else ""
        yield f"{show(cell)} is {_value(cell, notation)}{why}"
    if notation.unit:
        without = int((numbers.is_not_null() & ~_has_unit(reading.cells, notation.unit)).sum())
        if without:
            yield f"{without} of {numbers.count()} are without the sign {notation.unit}"
    if undecided and reading.is_open:
        other = Notation(decimal="," if notation.decimal == "." else ".", unit=notation.unit)
        one, two = _value(undecided, notation), _value(undecided, other)
        yield (
            f"nothing decides whether {show(undecided)} is {one} or {two}: read as {one}, "
            f"decimal={other.decimal!r} reads {two}"
        )


def _first_undecided(reading: _Reading) -> str:
    """Find a number that would be another one with the other decimal sign, if all are so."""
    cells = reading.cells.filter(reading.numbers.is_not_null())
    cells = cells.filter(cells.str.contains_any([".", ",", "．", "，"]))
    undecided = normalize(cells).str.contains(UNDECIDED)
    return str(cells[0]) if len(cells) and undecided.all() else ""


def _value(cell: str, notation: Notation) -> str:
    return f"{read_numbers(pl.Series([cell]), notation).item():.15g}"


def _describe_odd(reading: _Reading, table: Table) -> Iterator[str]:
    """Count the cells that are no numbers, and name the first different ones."""
    count = int(reading.odd.sum())
    if count:
        shown = ", ".join(
            f"{show(cell)} in row {table.row_number(place)}"
            for cell, place in first_different(reading.cells, reading.odd)
        )
        what = "cell is no number" if count == 1 else "cells are no numbers"
        yield f"{count} {what}, read as missing, such as {shown}"


def first_different(cells: pl.Series, chosen: pl.Series) -> list[tuple[Any, int]]:
    """Find the first few different ones of some cells, and their places."""
    places = chosen.arg_true()
    found = pl.DataFrame({"cell": cells.gather(places), "place": places})
    return found.unique("cell", keep="first", maintain_order=True).head(SHOWN_MARKS).rows()


def describe_no_numbers(series: pl.Series, table: Table) -> str:
    """Say why a column of text, not all of it missing, is not read as numbers even if asked."""
    unit = find_unit(series.drop_nulls())
    reading = _read_in_best_notation(series, unit, table)
    place = int(reading.odd.arg_max() or 0)
    return (
        f"{reading.numbers.count()} of its {series.count()} cells are numbers, and row "
        f"{table.row_number(place)} has {show(series[place])}"
    )


def _float(value: object) -> float | None:
    return value if isinstance(value, float) else None
