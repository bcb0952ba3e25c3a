"""Reading a table as its schema says: text and types to numbers, dates and categories."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import polars as pl

from pellucid.data.forking import check_process
from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.dates import (
    SOLID,
    DateNotation,
    describe_format,
    may_be_dates,
    parse_times,
    read_zoned,
    seconds_of,
)
from pellucid.data.kinds.decimal_signs import check_undecided, notation_of, way_to_say
from pellucid.data.kinds.levels import NUMBERS, TRUTH_VALUES, as_truth, level_of, shortest
from pellucid.data.kinds.lists import BRACKETS, plain_lists, read_lists
from pellucid.data.kinds.numerals import Notation, in_another_notation, read_numbers
from pellucid.data.kinds.timestamps import UNIX_FORMATS, read_timestamps
from pellucid.data.sources.table import Table
from pellucid.errors import DataError, DataWarning
from pellucid.wording import nearest, quote_all, show

FEWEST_JUDGED = 20
"""Of fewer cells, any share may be missing by chance."""

FEW_ODD, MANY_ODD, OLD_ODD_SHARE = 0.05, 0.5, 0.1
"""Shares of cells that are no numbers or dates: so few may be in any table; so many are told unless
training had half of that; and what a model file that does not say it may have had."""


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
    absent = absent_columns(table, schema)
    if absent and not (allow_missing and len(absent) < len(schema.kept)):
        raise _missing_columns(table, schema.kept, absent, is_offered=allow_missing is False)
    if absent:
        table = replace(
            table, frame=table.frame.with_columns(pl.lit(None).alias(n) for n in absent)
        )
    check_undecided(table, schema.kept)
    dtypes = table.frame.schema
    converted = table.frame.select(
        [_read(column, dtypes[column.name], table) for column in schema.kept]
    )
    _check_cells(table, schema.kept, converted)
    numbers = pl.col(pl.Float64)
    return converted.with_columns(pl.when(numbers.is_finite()).then(numbers))


def absent_columns(table: Table, schema: Schema) -> list[str]:
    """Names of the kept columns of a schema that a table does not have."""
    have = set(table.frame.columns)
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


def _read(column: Column, dtype: pl.DataType, table: Table) -> pl.Expr | pl.Series:
    """Build the expression that reads one column; cells it cannot read become null."""
    cell = pl.col(column.name)
    if dtype == pl.Null:  # all missing, as in a table of new rows without the target
        dtype, cell = pl.String(), cell.cast(pl.String)
    if dtype == pl.String and column.missing:
        cell = pl.when(~cell.is_in(list(column.missing))).then(cell)
    expression = _READERS[column.kind](column, cell, dtype, table)
    if expression is None:
        raise DataError(
            f"Column {column.name!r} was {column.kind} in training, but is of type {dtype} in "
            f"{table.name}. Give it with the type it had.",
            file=table.name,
            column=column.name,
        )
    return expression.alias(column.name)


def _read_number(column: Column, cell: pl.Expr, dtype: pl.DataType, table: Table) -> pl.Expr | None:
    if dtype == pl.String and column.date_format:
        value = parse_times(cell, column.date_format)
    elif dtype == pl.String:
        read = partial(_read_numerals, notation=notation_of(column, table))
        value = cell.map_batches(read, return_dtype=pl.Float64, is_elementwise=True)
    elif dtype.is_numeric() or dtype == pl.Boolean:
        value = cell.cast(pl.Float64)
    elif dtype == pl.Duration:
        value = cell.dt.total_microseconds().cast(pl.Float64) / 1e6
    elif dtype == pl.Time:
        value = seconds_of(cell)
    else:
        return None
    return value


def _read_numerals(cells: pl.Series, notation: Notation) -> pl.Series:
    """Read text as the column's numbers; a truth value is 1 or 0."""
    numbers = read_numbers(cells, notation)
    odd = (numbers.is_null() & cells.is_in(TRUTH_VALUES)).arg_true()
    if not len(odd):
        return numbers
    return numbers.scatter(odd, (cells.gather(odd).str.to_lowercase() == "true").cast(pl.Float64))


def _read_date(
    column: Column, cell: pl.Expr, dtype: pl.DataType, table: Table
) -> pl.Expr | pl.Series | None:
    if column.date_format in UNIX_FORMATS and (dtype == pl.String or dtype.is_numeric()):
        return _read_unix(column, cell, dtype, table)
    if dtype.is_numeric() and column.date_format == SOLID:
        cell, dtype = _whole(cell), pl.String()
    if dtype == pl.String:
        cells = table.frame.select(cell).to_series()
        return _notation(column).read(cells, column.time_zone)
    if dtype == pl.Date:
        return cell.cast(pl.Datetime("us"))
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone and column.time_zone:
            cell = cell.dt.convert_time_zone(column.time_zone)
        # The clock of the zone, so that weekday and hour are what people there call them.
        return cell.dt.replace_time_zone(None).dt.cast_time_unit("us")
    return None


def _read_unix(
    column: Column, cell: pl.Expr, dtype: pl.DataType, table: Table
) -> pl.Expr | pl.Series:
    """Read numbers since 1970, or text of such or of dates that tell their zone, in UTC."""
    numbers = read_timestamps(cell, column.date_format)
    if dtype.is_numeric():
        return numbers
    cells, read = table.frame.select(cell, numbers.alias("")).get_columns()
    return read.fill_null(read_zoned(cells, "UTC")) if read.null_count() else read


def _whole(cell: pl.Expr) -> pl.Expr:
    return cell.cast(pl.Int64, strict=False).cast(pl.String)


def _notation(column: Column) -> DateNotation:
    return DateNotation(
        format=column.date_format,
        order=column.date_order,
        first_year=int(column.first_year),
        signs=column.date_signs,
    )


def _read_category(
    column: Column, cell: pl.Expr, dtype: pl.DataType, _table: Table
) -> pl.Expr | None:
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
        return None
    level = level_of(cell, dtype)
    if column.levels == NUMBERS and dtype == pl.String:
        level = shortest(level)
    return as_truth(level, column.true_level) if column.true_level else level


def _read_list(column: Column, cell: pl.Expr, dtype: pl.DataType, _table: Table) -> pl.Expr | None:
    if isinstance(dtype, pl.List) and not dtype.inner.is_nested():
        return plain_lists(cell)
    if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
        return None
    return read_lists(cell.cast(pl.String), column.delimiter or BRACKETS)


_READERS = {
    "number": _read_number,
    "date": _read_date,
    "category": _read_category,
    "list": _read_list,
}


def _check_cells(table: Table, columns: Sequence[Column], converted: pl.DataFrame) -> None:
    """Find cells that were there and could not be read."""
    dtypes = table.frame.schema
    read = [c for c in columns if _may_be_unreadable(c, dtypes[c.name])]
    if not read:
        return
    lost = pl.DataFrame(
        [
            (converted[c.name].is_null() & table.frame[c.name].is_not_null())
            & ~_cells(table, c).is_in(list(c.missing))
            for c in read
        ]
    )
    counts = lost.sum().row(0)
    for column, count in zip(read, counts, strict=True):
        if count:
            _judge_lost(table, column, lost[column.name])


def _may_be_unreadable(column: Column, dtype: pl.DataType) -> bool:
    if dtype.is_numeric():
        return column.kind == "date"
    return dtype == pl.String and column.kind not in ("category", "list")


def _cells(table: Table, column: Column) -> pl.Series:
    """The cells of a column as text, whole numbers without a point."""
    cells = table.frame[column.name]
    return (
        cells
        if cells.dtype == pl.String
        else cells.to_frame().select(_whole(pl.all()))[column.name]
    )


def _judge_lost(table: Table, column: Column, lost: pl.Series) -> None:
    """Refuse cells that could not be read; warn of dates whose order training did not settle.

    Where some cells were no numbers or dates in training, others may be none; but a number or a
    date in another notation says that the table is written otherwise, and so do too many of them.
    """
    refused = lost & ~lost if _may_be_odd(column) else lost
    if column.kind == "date":
        are_dates = lost & may_be_dates(_cells(table, column))
        if column.date_format or column.date_order:
            refused |= are_dates
        elif are_dates.any():
            _warn_of_open_dates(table, column, are_dates)
            refused &= ~are_dates
            lost &= ~are_dates
    elif _may_be_odd(column) and not column.date_format and not column.is_mixed:
        places = lost.arg_true()
        cells = table.frame[column.name].gather(places)
        other = in_another_notation(cells, notation_of(column, table))
        refused = refused.scatter(places.filter(other), values=True)
    if refused.any():
        raise _unreadable(table, column, refused)
    _warn_of_many(table, column, lost)


def _warn_of_many(table: Table, column: Column, lost: pl.Series) -> None:
    """Warn where far more cells than in training are no numbers or dates."""
    count, present = int(lost.sum()), table.frame[column.name].count()
    share = float(column.odd_share or OLD_ODD_SHARE)
    usual = max(2 * share, min(MANY_ODD, max(FEW_ODD, 10 * share)))
    if present < FEWEST_JUDGED or count <= usual * present:
        return
    what = "dates" if column.kind == "date" else "numbers"
    index = int(lost.arg_max() or 0)
    in_training = f", {share:.2%} of them in training" if column.odd_share else ""
    warnings.warn(
        f"{count} of {present} cells of column {column.name!r} of {table.name} are no {what} as "
        f"the training table writes them{in_training}, such as "
        f"{show(table.frame[column.name][index])} in row {table.row_number(index)}. Read as "
        "missing, which makes predictions worse; write both tables the same way.",
        DataWarning,
        stacklevel=2,
    )


def _warn_of_open_dates(table: Table, column: Column, is_open: pl.Series) -> None:
    index = int(is_open.arg_max() or 0)
    count = int(is_open.sum())
    what = "cell" if count == 1 else "cells"
    warnings.warn(
        f"Column {column.name!r} of {table.name} has {count} {what} that may be more than one day, "
        f"such as {show(table.frame[column.name][index])} in row {table.row_number(index)}: the "
        "training table does not say whether the day or the month comes first. Read as missing; "
        "write dates as year-month-day, such as 2024-01-31, or give them with the type they had.",
        DataWarning,
        stacklevel=2,
    )


def _may_be_odd(column: Column) -> bool:
    """Whether cells that are no numbers or dates are read as missing, as some were in training."""
    return column.kind in ("number", "date") and bool(column.missing)


def count_odd(table: Table, schema: Schema, converted: pl.DataFrame) -> dict[str, int]:
    """Count cells that are no numbers or dates and were read as missing, in words, of each column.

    Args:
        table: The table as it came.
        schema: How it was read.
        converted: What `convert` made of it.
    """
    counts = {}
    for column in filter(_may_be_odd, schema.kept):
        if column.name in table.frame.columns and table.frame.schema[column.name] == pl.String:
            cells = table.frame[column.name]
            odd = cells.is_not_null() & converted[column.name].is_null()
            odd &= ~cells.is_in(list(column.missing))
            what = "date" if column.kind == "date" else "finite number"
            counts[f"{column.name}: no {what}, read as missing"] = int(odd.sum())
    return {words: count for words, count in counts.items() if count}


def _unreadable(table: Table, column: Column, lost: pl.Series) -> DataError:
    index = lost.arg_max() or 0
    cell = table.frame[column.name][index]
    row = table.row_number(index)
    what = "a date" if column.kind == "date" else "a number"
    if column.date_format:
        is_unix = column.date_format in UNIX_FORMATS
        what += f" ({column.date_format if is_unix else describe_format(column.date_format)})"
    return DataError(
        f"Column {column.name!r} was {column.kind} in training, but row {row} of {table.name} has "
        f"{show(cell)}, which is not {what}. {_remedy(column, str(cell), table)}",
        file=table.name,
        column=column.name,
        row=row,
    )


def _remedy(column: Column, cell: str, table: Table) -> str:
    """What to do about a cell: it may be a number in another notation."""
    cells = pl.Series([cell])
    if column.kind == "number" and not column.date_format:
        notation = notation_of(column, table)
        other = replace(notation, decimal="," if notation.decimal == "." else ".")
        if read_numbers(cells, other).is_not_null().all():
            return way_to_say(other.decimal, is_given=table.is_decimal_given)
        if in_another_notation(cells, notation).all():
            return "It is a number in another notation: write both tables the same way."
    if column.date_format in UNIX_FORMATS:
        return "Write the number, or the date with its zone, such as 2024-01-31T17:45:00+00:00."
    if column.kind == "date" and may_be_dates(cells).all():
        return "Write dates as the training table does, or as year-month-day, such as 2024-01-31."
    return (
        "Write missing values as empty cells, or read the rows with pellucid.read_table(rows, "
        f"missing=[{cell!r}])."
    )
