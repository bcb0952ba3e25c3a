"""Reading a table as its schema says: each column as its kind reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from pellucid.data.forking import check_process
from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.kind import kind_named
from pellucid.data.kinds.of_columns import columns_of
from pellucid.data.kinds.unread import count_marks, find_unread, without_marks
from pellucid.errors import DataError
from pellucid.wording import nearest, quote_all

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table


def convert(table: Table, schema: Schema, *, allow_missing: bool | None = None) -> pl.DataFrame:
    """Read the kept columns of a table as a schema says.

    Columns are found by name; others are ignored.

    Args:
        table: A table from `read_table` or `read_blocks`.
        schema: From `infer_schema` on the training table.
        allow_missing: Whether columns may be missing: then all their cells are. None where whoever
            asks has no such choice, so that the error does not offer it.

    Returns:
        The kept columns in the order of the schema: numbers as Float64 (infinite ones missing),
        dates as Datetime("us") by the clock of their time zone, categories as String, lists as
        List(String).

    Raises:
        DataError: A column is missing, or a cell cannot be read as its column's kind, or may be two
            numbers.
    """
    check_process()
    table = with_column_named(table, schema)
    absent = absent_columns(table, schema)
    if absent and not (allow_missing and len(absent) < len(schema.kept)):
        raise _missing_columns(table, schema.kept, absent, is_offered=allow_missing is False)
    frame = _filled_up(table.frame, absent)
    table = table if frame is table.frame else replace(table, frame=frame)
    _check_before(table, schema.kept)
    known = [without_marks(table.frame.get_column(c.name), c) for c in schema.kept]
    read = [_read(c, cells, table) for c, cells in zip(schema.kept, known, strict=True)]
    converted = _select(known, read)
    for column, cells, values in zip(schema.kept, known, converted.get_columns(), strict=True):
        _check_unread(table, column, cells, values)
    return converted


def with_column_named(table: Table, schema: Schema) -> Table:
    """Pictures or texts by themselves, under the name of the one column of such that training had.

    A file or a folder of them has no names for columns, nor has a list of texts.

    Args:
        table: Any table.
        schema: Of the training table.
    """
    absent = [c.name for c in schema.kept if c.name not in table.frame.columns]
    alike = columns_of(table.consists_of, schema)
    if len(alike) != 1 or alike[0] not in absent:
        return table
    frame = table.frame.rename({table.consists_of: alike[0]})
    return replace(table, frame=frame, consists_of=alike[0])


def _filled_up(frame: pl.DataFrame, absent: Sequence[str]) -> pl.DataFrame:
    """Write what is all missing and of no type as text: absent columns, and a target's."""
    nothing = [c.name for c in frame.get_columns() if isinstance(c.dtype, pl.Null)]
    missing = [pl.lit(None, dtype=pl.String).alias(name) for name in (*nothing, *absent)]
    return frame.with_columns(missing) if missing else frame


def _select(cells: Sequence[pl.Series], read: Sequence[pl.Expr | pl.Series]) -> pl.DataFrame:
    """The columns that were read, side by side: no query where all are there."""
    there = [column for column in read if isinstance(column, pl.Series)]
    return pl.DataFrame(there) if len(there) == len(read) else pl.DataFrame(cells).select(read)


def absent_columns(table: Table, schema: Schema) -> list[str]:
    """Names of the kept columns of a schema that a table does not have."""
    have = set(with_column_named(table, schema).frame.columns)
    return [column.name for column in schema.kept if column.name not in have]


def _missing_columns(
    table: Table, columns: Sequence[Column], absent: Sequence[str], *, is_offered: bool
) -> DataError:
    known = {column.name for column in columns}
    others = [name for name in table.frame.columns if name not in known]
    near = nearest(absent[0], others)
    advice = f" Is it {near!r} there?" if near else ""
    named = quote_all(absent[:5]) + (", ..." if len(absent) > 5 else "")
    if len(absent) == 1:
        what = f"Column {named} of the training data is missing in {table.name}."
    else:
        what = f"{len(absent)} columns of the training data are missing in {table.name}: {named}."
    remedy = "Give a table with the same columns"
    if is_offered and len(absent) < len(columns):
        it = "it" if len(absent) == 1 else "them"
        remedy += f", or say allow_missing=True to read {it} as unknown in every row"
    return DataError(
        f"{what}{advice} {remedy}.",
        file=table.name,
        column=absent[0],
    )


def _check_before(table: Table, columns: Sequence[Column]) -> None:
    """Let each kind look at all its columns at once."""
    by_kind = sorted(columns, key=lambda column: column.kind)
    for name, group in groupby(by_kind, key=lambda column: column.kind):
        kind_named(name).check_before(table, list(group))


def _read(column: Column, cells: pl.Series, table: Table) -> pl.Expr | pl.Series:
    """Read one column, or build the expression that does; what it cannot read becomes null."""
    read = kind_named(column.kind).read(column, cells, table)
    if read is None:
        raise DataError(
            f"Column {column.name!r} was {column.kind} in training, but is of type {cells.dtype} "
            f"in {table.name}. Give it with the type it had.",
            file=table.name,
            column=column.name,
        )
    return read.alias(column.name)


def _check_unread(table: Table, column: Column, cells: pl.Series, values: pl.Series) -> None:
    """Let its kind judge the cells of a column that were there and could not be read."""
    kind = kind_named(column.kind)
    if values.null_count() > cells.null_count() and kind.may_be_unread(cells.dtype):
        unread = find_unread(table, column, values)
        if unread.any():
            kind.check_unread(table, column, unread)


def count_odd(table: Table, schema: Schema, converted: pl.DataFrame) -> dict[str, int]:
    """Count cells that are no numbers or dates and were read as missing, in words, of each column.

    Args:
        table: The table as it came.
        schema: How it was read.
        converted: What `convert` made of it.
    """
    counts = {}
    for column in schema.kept:
        words = kind_named(column.kind).odd_cell
        if words and column.missing and column.name in table.frame.columns:
            count = count_marks(table, column, converted[column.name])
            counts[f"{column.name}: {words}, read as missing"] = count
    return {words: count for words, count in counts.items() if count}
