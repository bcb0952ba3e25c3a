"""What each column is: a number, a category, a date, or left out, each with its reason.

Guessed once from the training table (`infer_schema`), shown to a person, then fixed: `convert`
reads every later table as the schema says, or says where it cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pellucid.data.kinds.column import Column, Schema, left_out, unknown_column
from pellucid.data.kinds.decimal_sign import find_decimal
from pellucid.data.kinds.evidence import Facts, find_duplicates, gather
from pellucid.data.kinds.kind import by_judging, kind_named, rest_kind
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.registry import ENCODERS, LEFT_OUT, choices
from pellucid.errors import DataError, OptionError
from pellucid.wording import quote_all

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table


def infer_schema(
    table: Table,
    *,
    kinds: Mapping[str, str] | None = None,
    exclude: Collection[str] = (),
    is_target: bool = False,
    encoders: Mapping[str, str] | None = None,
) -> Schema:
    """Guess what each column of a table is, and say why.

    Args:
        table: The training table.
        kinds: What a person knows better, by column name.
        exclude: Columns to leave out.
        is_target: Whether the columns are to be predicted: then no number is taken for a date, a
            code or an identifier, and nothing for free text.
        encoders: Folders of models that make features of cells, by option (`ENCODERS`).

    Raises:
        DataError: A name is no column, or a column cannot be read as the kind given for it.
        OptionError: A kind is none of `choices()`, or a folder holds no such model, or is given
            where no column has such cells.
    """
    kinds = kinds or {}
    check_request(table, kinds, exclude)
    frame = table.frame.with_columns(pl.col(pl.Null).cast(pl.String))  # all missing, of no type
    table = replace(table, decimal=table.decimal or find_decimal(frame))
    facts = gather(frame)
    duplicates = find_duplicates(frame.drop(exclude))
    columns = []
    for series in frame.get_columns():
        name = series.name
        raw = RawColumn(cells=series, facts=facts.get(name), table=table, is_target=is_target)
        if name in exclude or kinds.get(name) == LEFT_OUT:
            column = left_out(name, "left out as asked")
        elif name in kinds:
            column = _obey(raw, kinds[name])
        else:
            column = _judge(raw, duplicates.get(name))
            if not is_target and table.has_names:
                column = _judge_numbers(raw, column)
        if encoders and column.is_kept:
            column = kind_named(column.kind).encoded(column, series, encoders)
        columns.append(column)
    for option in encoders or ():
        if not any(getattr(column, option) for column in columns):
            raise _nothing_to_encode(option, table)
    return Schema(columns=tuple(columns))


def _nothing_to_encode(option: str, table: Table) -> OptionError:
    """The error for a model that makes features of cells that no column has."""
    cells, one = ENCODERS[option]
    return OptionError(
        f"{option} was given, but no column of {table.name} holds {cells} that are learned from. "
        f"Leave it out, or say which column is {one} with columns=.",
        option=option,
    )


def check_request(table: Table, kinds: Mapping[str, str], exclude: Collection[str] = ()) -> None:
    """Refuse what a person says of columns that a table does not have, and kinds that are none.

    Args:
        table: The training table.
        kinds: What a person says columns are, by name.
        exclude: Columns to leave out.

    Raises:
        DataError: A name is no column.
        OptionError: A kind is none of `choices()`, or `exclude` is no list.
    """
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
        if kind not in choices():
            raise OptionError(
                f"The kind of column {name!r} must be one of {quote_all(choices())}, but is "
                f"{kind!r}.",
                option="kinds",
            )


# --- Guessing -----------------------------------------------------------------------------------


def _judge(raw: RawColumn, twin: str | None) -> Column:
    """Guess the kind of one column.

    Args:
        raw: The column.
        twin: An earlier column that equals it in every row.
    """
    facts = raw.facts
    if facts is not None:
        if not facts.present:
            return left_out(raw.name, _all_missing(facts))
        if facts.distinct == 1 and facts.present == facts.rows:
            return left_out(raw.name, "the same value in every row")
        if twin:
            return left_out(raw.name, f"the same as {twin!r} in every row")
        if raw.name in raw.table.declared and (column := rest_kind().judge_as_asked(raw)):
            return replace(column, reason=f"declared as a {column.kind}; {column.reason}")
    found = (kind.judge(raw) for kind in by_judging())
    unusable = left_out(raw.name, f"cells of type {raw.cells.dtype} cannot be used")
    return next(filter(None, found), unusable)


def _judge_numbers(raw: RawColumn, column: Column) -> Column:
    """Whole numbers may be no quantities: say what they are, or keep the column as it is."""
    if not column.is_kept or not kind_named(column.kind).may_be_other(raw, column):
        return column
    found = (kind.judge_whole_numbers(raw) for kind in by_judging())
    return next(filter(None, found), column)


# --- Obeying ------------------------------------------------------------------------------------


def _obey(raw: RawColumn, name: str) -> Column:
    """Read a column as the kind a person gave."""
    kind, table = kind_named(name), raw.table
    if raw.facts is not None and not raw.facts.present:
        reason = f"as asked; {_all_missing(raw.facts)}"
        return Column(name=raw.name, kind=name, reason=reason)
    column = kind.judge_as_asked(raw)
    if column is None or column.kind != name:
        why = kind.why_not(raw) if raw.text else f": its cells are of type {raw.cells.dtype}"
        raise DataError(
            f"Column {raw.name!r} of {table.name} was to be read as {name}, but cannot be{why}. "
            "Give it another kind, or say which cells are missing=.",
            file=table.name,
            column=raw.name,
        )
    return replace(column, reason=f"as asked; {column.reason}")


def _all_missing(facts: Facts) -> str:
    return "its only cell is missing" if facts.rows == 1 else f"all {facts.rows} cells are missing"
