"""Pictures of a column that cannot be read: told of, with the reasons for a few of them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.surprise import Surprise, where_null
from pellucid.data.pictures.decoding import why_unreadable
from pellucid.data.pictures.opening import name_of
from pellucid.errors import DataError, DataWarning
from pellucid.wording import quote

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

MOST_TOLD = 3


def missing_pictures(cells: pl.Series, *, read_as: str) -> list[Surprise]:
    """Cells of a converted column without a picture, as `Encoder.surprises` tells of them.

    Args:
        cells: The column.
        read_as: What stands for a missing picture, in words.
    """
    missing = where_null(cells)
    return [
        Surprise(
            words=f"{cells.name}: missing, or no picture; read as {read_as}",
            rows=missing,
            cell=f"{cells.name} is missing, or no picture",
            odd=missing,
        )
    ]


def no_curve(name: str) -> DataError:
    """The error for a response curve over pictures: they have no order, nor are they few."""
    return DataError(
        f"Column {name!r} holds pictures, and no curve can be drawn over pictures. Choose "
        "another column, or explain a single row.",
        column=name,
    )


def tell_of_unread(table: Table, column: Column, unread: pl.Series) -> None:
    """Warn of pictures that cannot be read.

    Args:
        table: Where they stand.
        column: Their column.
        unread: Which they are, (n,) of truth values.

    Raises:
        DataError: None of the column can be read.
    """
    places = unread.arg_true().to_list()
    present = table.frame[column.name].count()
    told = ", ".join(_told(table, column, place) for place in places[:MOST_TOLD])
    more = f" and {len(places) - MOST_TOLD:,} more" if len(places) > MOST_TOLD else ""
    if len(places) == present:
        raise DataError(
            f"None of the pictures in column {column.name!r} of {table.name} can be read: "
            f"{told}{more}. Paths are looked for in the folder of the table and in the working "
            "folder.",
            file=table.name,
            column=column.name,
            row=table.row_number(places[0]),
        )
    warnings.warn(
        f"{len(places):,} of {present:,} pictures in column {column.name!r} of {table.name} cannot "
        f"be read and count as missing: {told}{more}.",
        DataWarning,
        stacklevel=2,
    )


def _told(table: Table, column: Column, place: int) -> str:
    """Which picture it is, and why it cannot be read: "row 7 ('a.png') is empty"."""
    cell, row = table.frame[column.name][place], table.row_number(place)
    name = name_of(cell)
    which = f"row {row:,} ({quote(name)})" if name else f"row {row:,}"
    return f"{which} {why_unreadable(cell, table.folder)}"
