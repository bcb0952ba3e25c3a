"""Columns of numbers written as text: which these are, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.decimal_sign import NUMBER_RATE, find_unit
from pellucid.data.kinds.evidence import Facts, describe_missing
from pellucid.data.kinds.number_formats import (
    DECIMAL_SIGNS,
    GROUP_SIGNS,
    PLAIN,
    UNDECIDED,
    UNUSUAL_MINUS,
    Notation,
    in_another_notation,
    read_numbers,
    variants,
)
from pellucid.wording import show

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

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
    if _is_plain(series, facts, table):
        column = number_column(series.name, facts, PLAIN)
        return replace(column, decimal=table.decimal or PLAIN.decimal)
    reading = _read(series, facts, table)
    if reading.numbers.count() < enough:
        return None
    seen = _look(reading)
    return None if _are_codes(reading, seen) else _describe(reading, seen, facts, table)


def _is_plain(series: pl.Series, facts: Facts, table: Table) -> bool:
    """Tell whether cells are numbers as programs write them, and can be nothing else here."""
    if facts.numbers < facts.present:
        return False
    return table.decimal == "." or not series.str.contains(".", literal=True).any()


def read_as_numbers(series: pl.Series, facts: Facts, table: Table) -> Column | None:
    """Read text as numbers because a person says so; None if nearly no cell is one."""
    reading = _read(series, facts, table)
    if reading.numbers.count() < max(1, ASKED_RATE * facts.present):
        return None
    return _describe(reading, _look(reading), facts, table)


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
    unit = "" if facts.numbers == facts.present else find_unit(series.drop_nulls())
    reading = _read_in_best_notation(series, unit, table)
    if unit == "%" and _has_fractions(reading):
        return _read_in_best_notation(series, "", table)
    return reading


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
    has_unit = reading.cells.str.contains_any(variants("%"))
    with_unit, without = reading.numbers.filter(has_unit), reading.numbers.filter(~has_unit)
    if without.count() <= with_unit.count():
        return False
    return bool((without.abs() <= 1).all() and (with_unit.abs() > 1).any())


def _are_codes(reading: _Reading, seen: dict[str, Any]) -> bool:
    """Tell whether cells that are no numbers, or seem negative, show the others to be codes."""
    if seen["num_bare_minus"] > seen["count"] / 2:  # such as "12-"; "1,234.50-" is no code
        return True
    if not seen["num_odd"]:
        return False
    pattern = _CODE_FIRST_LETTER
    if (reading.numbers == reading.numbers.floor()).all():
        pattern = f"{pattern}|{_CODE_FIRST_DIGIT}"
    odd = reading.cells.filter(reading.odd)
    return bool(odd.str.contains(pattern).sum() > MOST_CODES * reading.cells.count())


def _look(reading: _Reading) -> dict[str, Any]:
    """Find out, all at once, what there is to say of numbers and of how they are written."""
    cell, number, notation = pl.col("cell"), pl.col("number"), reading.notation
    other, unit = "," if notation.decimal == "." else ".", re.escape(notation.unit)
    is_number = number.is_not_null()
    is_usual = cell.str.contains(
        rf"^[+-]?(?:{unit})? ?[0-9{'.' * (other == ',')}eE]+ ?(?:{unit})?$"
    )
    minus = cell.filter(is_number & cell.str.contains(UNUSUAL_MINUS))
    signed = cell.filter(is_number & cell.str.contains_any([*DECIMAL_SIGNS]))
    grouped = cell.filter(is_number & cell.str.contains_any([other, *GROUP_SIGNS]))
    finite = number.filter(number.is_finite())
    return (
        pl.DataFrame({"cell": reading.cells, "number": reading.numbers})
        .select(
            count=number.count(),
            distinct=number.drop_nulls().n_unique(),
            infinite=number.is_infinite().sum(),
            lowest=finite.min(),
            highest=finite.max(),
            num_odd=(cell.is_not_null() & number.is_null()).sum(),
            unusual=cell.filter(is_number & ~is_usual).first(),
            minus=minus.first(),
            num_bare_minus=(~minus.str.contains_any([*DECIMAL_SIGNS])).sum(),
            num_without_unit=(is_number & ~cell.str.contains_any(variants(notation.unit))).sum(),
            has_comma=signed.str.contains(",", literal=True).any(),
            undecided=pl.when(signed.str.contains(UNDECIDED).all()).then(signed.first()),
            thousands=pl.coalesce(
                pl.when(grouped.str.contains(f"[0-9][{''.join(variants(sign))}][0-9]").any()).then(
                    pl.lit(sign)
                )
                for sign in (other, " ", "'")
            ),
        )
        .row(0, named=True)
    )


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


def _describe(reading: _Reading, seen: dict[str, Any], facts: Facts, table: Table) -> Column:
    """Say what was read, how, and what was lost."""
    counted = ("distinct", "infinite", "lowest", "highest")
    facts = replace(facts, **{name: seen[name] for name in counted})
    notation = replace(reading.notation, thousands=seen["thousands"] or "")
    # Whole numbers do not show which decimal sign they would have.
    shown = notation if seen["has_comma"] else replace(notation, decimal=".")
    column = number_column(reading.cells.name, facts, shown)
    undecided = _describe_undecided(reading, seen)
    notes = [*_describe_notation(reading, seen, table.decimal), *filter(None, [undecided])]
    if seen["num_odd"]:
        notes.append(_describe_odd(reading, table))
        column = _with_odd(column, reading)
    is_other = table.decimal not in ("", notation.decimal)
    return replace(
        column,
        reason="; ".join([column.reason, *notes]),
        decimal=notation.decimal,
        table_decimal=table.decimal if is_other else "",
        undecided=undecided,
    )


def _with_odd(column: Column, reading: _Reading) -> Column:
    """Keep what later tables are judged by: how many cells were no numbers, and of what kind."""
    odd = reading.cells.filter(reading.odd)
    different = odd.unique(maintain_order=True)
    return replace(
        column,
        missing=tuple(different.head(MOST_MARKS)),
        odd_share=f"{len(odd) / reading.cells.count():.6f}",
        is_mixed="yes" if in_another_notation(different, reading.notation).any() else "",
    )


def _describe_notation(reading: _Reading, seen: dict[str, Any], decimal: str) -> Iterator[str]:
    """Say by examples how unusual cells were read, and how that was decided."""
    notation, undecided = reading.notation, seen["undecided"]
    for cell in dict.fromkeys(filter(None, (seen["unusual"], seen["minus"]))):
        is_decided = decimal and cell == undecided
        why = f", for the table's decimal sign is {decimal!r}" if is_decided else ""
        yield f"{show(cell)} is {_value(cell, notation)}{why}"
    if notation.unit and seen["num_without_unit"]:
        yield f"{seen['num_without_unit']} of {seen['count']} are without the sign {notation.unit}"


def _describe_undecided(reading: _Reading, seen: dict[str, Any]) -> str:
    """Say how numbers were read of which nothing decides the decimal sign; "" if something does."""
    notation, undecided = reading.notation, seen["undecided"]
    if not undecided or not reading.is_open:
        return ""
    other = Notation(decimal="," if notation.decimal == "." else ".", unit=notation.unit)
    one, two = _value(undecided, notation), _value(undecided, other)
    return (
        f"nothing decides whether {show(undecided)} is {one} or {two}: read as {one}, "
        f"decimal={other.decimal!r} reads {two}"
    )


def _value(cell: str, notation: Notation) -> str:
    return f"{read_numbers(pl.Series([cell]), notation).item():.15g}"


def _describe_odd(reading: _Reading, table: Table) -> str:
    """Count the cells that are no numbers, and name the first different ones."""
    count = int(reading.odd.sum())
    what = "cell is no number" if count == 1 else "cells are no numbers"
    shown = ", ".join(
        f"{show(cell)} in row {table.row_number(place)}"
        for cell, place in first_different(reading.cells, reading.odd)
    )
    return f"{count} {what}, read as missing, such as {shown}"


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
