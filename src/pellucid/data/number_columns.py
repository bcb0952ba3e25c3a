"""Columns of numbers written as text: which these are, and how they are read."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from pellucid.data.columns import Column, show
from pellucid.data.evidence import Facts, describe_missing
from pellucid.data.numerals import PLAIN, Notation, find_notation, read_numbers

NUMBER_RATE = 0.9
MOST_MARKS = 20
"""A column of numbers has at most this many different texts that stand for missing."""


def find_numbers(series: pl.Series, facts: Facts) -> Column | None:
    """Read text as numbers; None if too few cells are, or they are codes or dates."""
    enough = NUMBER_RATE * facts.present
    if max(facts.numerals, facts.numbers) < enough or facts.codes or facts.looks_like_dates:
        return None
    if facts.numbers == facts.present:
        return number_column(series.name, facts, PLAIN)
    return read_as_numbers(series, facts, enough)


def read_as_numbers(series: pl.Series, facts: Facts, enough: float) -> Column | None:
    """Read text as numbers in the notation that fits; cells that are none count as missing.

    Returns:
        The column; None if fewer than `enough` cells are numbers, or the others are too many
        different texts to be marks of something missing.
    """
    notation = find_notation(series.drop_nulls())
    numbers = read_numbers(series, notation)
    marks = series.filter(numbers.is_null() & series.is_not_null())
    different_marks = marks.unique(maintain_order=True).to_list()
    if numbers.count() < enough or len(different_marks) > MOST_MARKS:
        return None
    finite = numbers.filter(numbers.is_finite())
    counted = replace(
        facts,
        distinct=numbers.drop_nulls().n_unique(),
        infinite=numbers.count() - len(finite),
        lowest=_float(finite.min()),
        highest=_float(finite.max()),
    )
    column = number_column(series.name, counted, notation)
    if not notation.is_plain:
        unusual = series.filter(numbers.is_not_null() & series.str.contains(r"[^\d+-]"))
        value = read_numbers(unusual.head(1), notation)[0]
        column = replace(column, reason=f"{column.reason}; {unusual[0]!r} is {value:.15g}")
    if not different_marks:
        return column
    row = int((series == marks[0]).arg_max() or 0) + 1
    what = "cell is no number" if len(marks) == 1 else "cells are no numbers"
    reason = f"{len(marks)} {what}, read as missing, such as {show(marks[0])} in row {row}"
    return replace(column, reason=f"{column.reason}; {reason}", missing=tuple(different_marks))


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


def _float(value: object) -> float | None:
    return value if isinstance(value, float) else None
