"""Cells of later tables that cannot be read as training's were: refused, or counted and told."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import polars as pl

from pellucid.data.exact_names import exactly
from pellucid.data.few_cells import may_any
from pellucid.data.kinds.column import Column
from pellucid.errors import DataError, DataWarning
from pellucid.wording import show

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

FEWEST_JUDGED = 20
"""Of fewer cells, any share may be missing by chance."""

FEW_ODD, MANY_ODD, OLD_ODD_SHARE = 0.05, 0.5, 0.1
"""Shares of cells that are no numbers or dates: so few may be in any table; so many are told unless
training had half of that; and what a model file that does not say it may have had."""


def as_text(cells: pl.Series) -> pl.Series:
    """Cells as text, whole numbers without a point."""
    return (
        cells if cells.dtype == pl.String else cells.to_frame().select(whole(pl.all()))[cells.name]
    )


def whole(cell: pl.Expr) -> pl.Expr:
    """A whole number as text."""
    return cell.cast(pl.Int64, strict=False).cast(pl.String)


def without_marks(cells: pl.Series, column: Column) -> pl.Series:
    """Cells without the texts of a column that are read as missing."""
    if cells.dtype != pl.String or not column.missing:
        return cells
    if not may_any(cells, column.missing.__contains__):
        return cells
    cell = exactly(cells.name)
    known = pl.when(~cell.is_in(list(column.missing))).then(cell)
    return cells.to_frame().select(known).to_series()


def find_unread(table: Table, column: Column, converted: pl.Series) -> pl.Series:
    """Which cells of a column were there and could not be read."""
    cells = table.frame[column.name]
    unread = converted.is_null() & cells.is_not_null()
    if not column.missing:
        return unread
    return unread & ~as_text(cells).is_in(list(column.missing))


def count_marks(table: Table, column: Column, converted: pl.Series) -> int:
    """How many cells of text were read as missing, besides those that training had already."""
    cells = table.frame[column.name]
    return int(find_unread(table, column, converted).sum()) if cells.dtype == pl.String else 0


def refusal(table: Table, column: Column, unread: pl.Series, what: str, remedy: str) -> DataError:
    """The error for a cell that is not what it should be.

    Args:
        table: Where it stands.
        column: How its column is read.
        unread: Which cells could not be read.
        what: What it should be: "a date".
        remedy: What to do about it, in a sentence; "" for what always helps.
    """
    index = unread.arg_max() or 0
    cell, row = table.frame[column.name][index], table.row_number(index)
    remedy = remedy or (
        "Write missing values as empty cells, or read the rows with pellucid.read_table(rows, "
        f"missing=[{str(cell)!r}])."
    )
    return DataError(
        f"Column {column.name!r} was {column.kind} in training, but row {row} of {table.name} has "
        f"{show(cell)}, which is not {what}. {remedy}",
        file=table.name,
        column=column.name,
        row=row,
    )


def warn_of_many(table: Table, column: Column, unread: pl.Series, what: str) -> None:
    """Warn where far more cells than in training are not what they should be.

    Args:
        table: Where they stand.
        column: How their column is read.
        unread: Which cells could not be read.
        what: What they should be: "dates".
    """
    count, present = int(unread.sum()), table.frame[column.name].count()
    share = float(column.odd_share or OLD_ODD_SHARE)
    usual = max(2 * share, min(MANY_ODD, max(FEW_ODD, 10 * share)))
    if present < FEWEST_JUDGED or count <= usual * present:
        return
    index = int(unread.arg_max() or 0)
    in_training = f", {share:.2%} of them in training" if column.odd_share else ""
    warnings.warn(
        f"{count} of {present} cells of column {column.name!r} of {table.name} are no {what} as "
        f"the training table writes them{in_training}, such as "
        f"{show(table.frame[column.name][index])} in row {table.row_number(index)}. Read as "
        "missing, which makes predictions worse; write both tables the same way.",
        DataWarning,
        stacklevel=2,
    )
