"""What each column is: a number, a category, a date, or left out, each with its reason.

Guessed once from the training table (`infer_schema`), shown to a person, then fixed: `convert`
reads every later table as the schema says, or says where it cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import polars as pl

from pellucid.column_kinds import KINDS, Kind
from pellucid.data.conversion import convert
from pellucid.data.kinds.category_columns import category_column, text_column
from pellucid.data.kinds.column import Column, Schema, unknown_column
from pellucid.data.kinds.date_columns import date_column, find_dates, find_solid_dates
from pellucid.data.kinds.dates import may_be_dates
from pellucid.data.kinds.evidence import Facts, describe_missing, find_duplicates, gather
from pellucid.data.kinds.identifiers import code_reason, identifier_reason
from pellucid.data.kinds.lists import as_lists, find_lists, find_typed_lists
from pellucid.data.kinds.notation import find_decimal
from pellucid.data.kinds.number_columns import (
    describe_no_numbers,
    find_numbers,
    number_column,
    read_as_numbers,
)
from pellucid.data.kinds.numerals import PLAIN
from pellucid.data.kinds.timestamps import as_timestamps, find_timestamps
from pellucid.data.sources.table import Table
from pellucid.errors import DataError, OptionError
from pellucid.wording import nearest, quote_all, show

__all__ = ["Column", "Schema", "convert", "infer_schema", "nearest"]

DATE_RATE = 0.9

ASKED_DATE_RATE = 0.1
"""A column that is to hold dates needs this part of them, or it was taken for another."""


def infer_schema(
    table: Table,
    *,
    kinds: Mapping[str, Kind] | None = None,
    exclude: Collection[str] = (),
    is_target: bool = False,
) -> Schema:
    """Guess what each column of a table is, and say why.

    Args:
        table: The training table.
        kinds: What a person knows better, by column name.
        exclude: Columns to leave out.
        is_target: Whether the columns are to be predicted: then no number is taken for a date, a
            code or an identifier.

    Raises:
        DataError: A name is no column, or a column cannot be read as the kind given for it.
        OptionError: A kind is none of `KINDS`.
    """
    kinds = kinds or {}
    _check_request(table, kinds, exclude)
    frame = table.frame.with_columns(pl.col(pl.Null).cast(pl.String))  # all missing, of no type
    table = replace(table, decimal=table.decimal or find_decimal(frame))
    facts = gather(frame)
    duplicates = find_duplicates(frame.drop(exclude))
    columns = []
    for series in frame.get_columns():
        name = series.name
        if name in exclude or kinds.get(name) == "left out":
            column = _leave_out(name, "left out as asked")
        elif name in kinds:
            column = _obey(series, facts.get(name), kinds[name], table)
        else:
            judge = _judge_declared if name in table.declared else _judge
            column = judge(series, facts.get(name), duplicates.get(name), table)
            if column.kind == "number" and not is_target and table.has_names:
                column = _judge_whole_numbers(series, facts[name], column)
        columns.append(column)
    return Schema(columns=tuple(columns))


def _check_request(table: Table, kinds: Mapping[str, Kind], exclude: Collection[str]) -> None:
    if isinstance(exclude, str):
        raise OptionError(
            f"exclude must be a list of column names, such as [{exclude!r}], but is {exclude!r}.",
            option="exclude",
        )
    columns = dict.fromkeys(table.frame.columns)
    for name in [*kinds, *exclude]:
        if name not in columns:
            raise unknown_column(name, columns, table.name)
    for name, kind in kinds.items():
        if kind not in KINDS:
            raise OptionError(
                f"The kind of column {name!r} must be one of {quote_all(KINDS)}, but is {kind!r}.",
                option="kinds",
            )


def _leave_out(name: str, reason: str) -> Column:
    return Column(name=name, kind="left out", reason=reason)


# --- Guessing -----------------------------------------------------------------------------------


def _judge(series: pl.Series, facts: Facts | None, twin: str | None, table: Table) -> Column:
    """Guess the kind of one column.

    Args:
        series: The column.
        facts: What was counted about it; None if its type is none that can be used.
        twin: An earlier column that equals it in every row.
        table: The table it stands in.
    """
    name = series.name
    if facts is None:
        unusable = _leave_out(name, f"cells of type {series.dtype} cannot be used")
        return find_typed_lists(series) or unusable
    if not facts.present:
        return _leave_out(name, _all_missing(facts))
    if _is_constant(facts):
        return _leave_out(name, "the same value in every row")
    if twin:
        return _leave_out(name, f"the same as {twin!r} in every row")
    is_text = series.dtype == pl.String
    return _judge_text(series, facts, table) if is_text else _describe_typed(series, facts)


def _judge_declared(
    series: pl.Series, facts: Facts | None, twin: str | None, table: Table
) -> Column:
    """Take a column whose type says so for a category, where there is anything to learn from it."""
    column = _judge(series, facts, twin, table)
    if facts is None or twin or facts.present == 0 or _is_constant(facts):
        return column
    column = category_column(series, facts)
    return replace(column, reason=f"declared as a category; {column.reason}")


def _describe_typed(series: pl.Series, facts: Facts) -> Column:
    """Say what a column with a type of its own is."""
    if series.dtype == pl.Boolean:
        return category_column(series, facts)
    if series.dtype in (pl.Date, pl.Datetime):
        return date_column(series, facts)
    if series.dtype in (pl.Duration, pl.Time):
        what = "durations" if series.dtype == pl.Duration else "times of day"
        reason = f"{what}, read as a number of seconds" + describe_missing(facts)
        return Column(name=series.name, kind="number", reason=reason)
    return number_column(series.name, facts, PLAIN)


def _judge_text(series: pl.Series, facts: Facts, table: Table) -> Column:
    """Guess what a column of text is."""
    found = find_numbers(series, facts, table) or find_dates(series, facts, DATE_RATE)
    found = found or find_lists(series, facts)
    return found or text_column(series, facts)


def _judge_whole_numbers(series: pl.Series, facts: Facts, column: Column) -> Column:
    """Whole numbers may be no quantities: say what they are, or keep the column as it is."""
    if facts.numbers != facts.present or column.date_format or column.thousands:
        return column
    found = find_timestamps(series, facts)
    if not found and facts.looks_like_dates:
        found = find_solid_dates(series, facts, DATE_RATE)
    if found:
        return found
    reason = identifier_reason(series, facts)
    if reason:
        return _leave_out(series.name, reason)
    reason = code_reason(series, facts)
    if not reason:
        return column
    column = category_column(series, facts)
    return replace(column, reason=f"{reason}; {column.reason}")


# --- Obeying ------------------------------------------------------------------------------------


def _obey(series: pl.Series, facts: Facts | None, kind: Kind, table: Table) -> Column:
    """Read a column as the kind a person gave."""
    if facts is not None:
        column = _as_kind(series, facts, kind, table)
    else:
        column = find_typed_lists(series, is_asked=True) if kind == "list" else None
    if column is None or column.kind != kind:
        raise DataError(
            f"Column {series.name!r} of {table.name} was to be read as {kind}, but cannot be"
            f"{_why_not(series, kind, table)}. Give it another kind, or say which cells are "
            "missing=.",
            file=table.name,
            column=series.name,
        )
    return replace(column, reason=f"as asked; {column.reason}")


def _as_kind(series: pl.Series, facts: Facts, kind: Kind, table: Table) -> Column | None:
    if not facts.present:
        return Column(name=series.name, kind=kind, reason=_all_missing(facts))
    if kind in ("category", "list"):
        return category_column(series, facts) if kind == "category" else as_lists(series, facts)
    found = find_dates(series, facts, ASKED_DATE_RATE) if series.dtype == pl.String else None
    if kind == "date" and series.dtype.is_numeric():
        found = find_solid_dates(series, facts, ASKED_DATE_RATE)
    if found and found.kind == kind:
        return found
    if kind == "date" and facts.numbers:
        return as_timestamps(series, facts)
    is_text = series.dtype == pl.String
    return read_as_numbers(series, facts, table) if is_text else _describe_typed(series, facts)


def _why_not(series: pl.Series, kind: Kind, table: Table) -> str:
    """Name a cell that stands against a kind."""
    if series.dtype != pl.String:
        return f": its cells are of type {series.dtype}"
    cells = series.drop_nulls()
    if kind == "date":
        odd = cells.filter(~may_be_dates(cells))
        return f": {len(odd)} of {len(cells)} cells, such as {show(odd[0])}, are no dates"
    return f": {describe_no_numbers(series, table)}"


def _is_constant(facts: Facts) -> bool:
    return facts.distinct == 1 and facts.present == facts.rows


def _all_missing(facts: Facts) -> str:
    return "its only cell is missing" if facts.rows == 1 else f"all {facts.rows} cells are missing"
