"""Decimal signs of later tables: training's, unless a person says otherwise or it is in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from pellucid.data.few_cells import may_any
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.decimal_sign import find_decimal
from pellucid.data.kinds.number_formats import DECIMAL_SIGNS, Notation, is_undecided
from pellucid.errors import DataError
from pellucid.wording import show

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table


def notation_of(column: Column, table: Table) -> Notation:
    """How a column of a table writes its numbers: as in training, unless a person says otherwise.

    A column that was the exception in the training table is so in others.
    """
    is_given = table.is_decimal_given and not column.table_decimal
    return Notation(decimal=table.decimal if is_given else column.decimal, unit=column.unit)


def way_to_say(decimal: str, *, is_given: bool) -> str:
    """What to do about numbers that seem to have this decimal sign and not the expected one."""
    sign, expected = ("comma", "points") if decimal == "," else ("point", "commas")
    if is_given:
        return f"It looks like a decimal {sign}, and decimal {expected} were asked for."
    return (
        f"It looks like a decimal {sign}, and the training table had decimal {expected}: write "
        f"both tables the same way, or say decimal={decimal!r} for this one."
    )


def check_undecided(table: Table, columns: Sequence[Column]) -> None:
    """Refuse numbers such as 8.520 where the table writes its numbers otherwise than training did.

    A person who says the decimal sign decides it; a table that shows none is read as in training.

    Args:
        table: The table.
        columns: Those of numbers that are read.

    Raises:
        DataError: There is such a number.
    """
    dtypes = table.frame.schema
    read = [
        c for c in columns if dtypes[c.name] == pl.String and not (c.date_format or c.table_decimal)
    ]
    if table.is_decimal_given or not read:
        return
    signed = [c for c in read if may_any(table.frame[c.name], _has_sign)]
    undecided = {c: is_undecided(table.frame[c.name]) for c in signed}
    undecided = {column: cells for column, cells in undecided.items() if cells.any()}
    decimal = undecided and (table.decimal or find_decimal(table.frame))
    for column, cells in undecided.items():
        if decimal not in ("", column.decimal):
            raise _undecided(table, column, int(cells.arg_max() or 0))


def _has_sign(cell: str) -> bool:
    return any(sign in cell for sign in DECIMAL_SIGNS)


def _undecided(table: Table, column: Column, index: int) -> DataError:
    row, own = table.row_number(index), "comma" if column.decimal == "." else "point"
    trained = "points" if column.decimal == "." else "commas"
    other = "," if column.decimal == "." else "."
    return DataError(
        f"Column {column.name!r} of {table.name} has {show(table.frame[column.name][index])} in "
        f"row {row}, and whether a sign in it parts thousands is not sure: other numbers of "
        f"{table.name} have a decimal {own}, those of training decimal {trained}. Say "
        f"decimal={other!r} or decimal={column.decimal!r} for this table.",
        file=table.name,
        column=column.name,
        row=row,
    )
