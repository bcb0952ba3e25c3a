"""Columns that stand in the names of folders: `sales/region=north/year=2024/part-0.parquet`.

So Hive, Spark, PyArrow and Polars write large tables: the cells of a partition column are left out
of the files, since all rows of a folder have the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import polars as pl

from pellucid.wording import quote_all

NO_VALUE = ("__HIVE_DEFAULT_PARTITION__", "")

Cells = dict[str, str | None]


@dataclass(frozen=True, kw_only=True)
class CellType:
    """A type of partition columns.

    Args:
        parse: Turns the text in a folder's name into a value.
        dtype: The type of such values in a frame.
    """

    parse: Callable[[str], object]
    dtype: pl.DataType


@dataclass(frozen=True, kw_only=True)
class Partitions:
    """The cells that the folders of some files add to each of their rows.

    Args:
        cells: For each file, its columns and their cells as text; None is missing.
        types: For each column, the type that the cells of all files have.
    """

    cells: dict[Path, Cells]
    types: dict[str, CellType]

    def add_to(
        self, frame: pl.DataFrame, file: Path, *, is_text: bool
    ) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Add the columns to rows of a file, which keeps a column that it has itself.

        Args:
            frame: The rows.
            file: The file.
            is_text: Whether all cells are still text.

        Returns:
            The rows with the columns, and decisions worth telling.
        """
        cells = self.cells[file]
        added = {name: cell for name, cell in cells.items() if name not in frame.columns}
        twice = [name for name in cells if name in frame.columns]
        notes = []
        if added:
            notes.append(f"columns from the names of folders: {quote_all(added)}")
        if twice:
            notes.append(
                "columns in the files and in the names of folders, read from the files: "
                f"{quote_all(twice)}"
            )
        series = [self._literal(name, cell, is_text=is_text) for name, cell in added.items()]
        return frame.with_columns(series), tuple(notes)

    def _literal(self, name: str, cell: str | None, *, is_text: bool) -> pl.Expr:
        type_ = _TEXT if is_text else self.types[name]
        value = None if cell is None else type_.parse(cell)
        return pl.lit(value, dtype=type_.dtype).alias(name)


def find_partitions(files: Sequence[Path]) -> Partitions:
    """Read the partition columns from the paths of files."""
    cells = {file: _cells_of(file) for file in files}
    names = {name for of_file in cells.values() for name in of_file}
    types = {name: _type_of(of_file.get(name) for of_file in cells.values()) for name in names}
    return Partitions(cells=cells, types=types)


def _cells_of(file: Path) -> Cells:
    """Read the folders right above a file, as long as they are called `name=value`."""
    cells: Cells = {}
    for folder in file.parents:
        name, sign, value = folder.name.partition("=")
        if not name or not sign:
            break
        cells = {unquote(name): None if value in NO_VALUE else unquote(value), **cells}
    return cells


def _type_of(cells: Iterable[str | None]) -> CellType:
    """Find the type of a column: whole numbers or days, if every cell is written as one.

    "007" is no number: written as one it would be 7.
    """
    present = {cell for cell in cells if cell is not None}
    for type_ in (_WHOLE_NUMBER, _DAY):
        try:
            if present and all(str(type_.parse(cell)) == cell for cell in present):
                return type_
        except ValueError:
            continue
    return _TEXT


def _whole_number(cell: str) -> int:
    number = int(cell)
    if not -(2**63) <= number < 2**63:
        raise ValueError
    return number


_TEXT = CellType(parse=str, dtype=pl.String())
_WHOLE_NUMBER = CellType(parse=_whole_number, dtype=pl.Int64())
_DAY = CellType(parse=dt.date.fromisoformat, dtype=pl.Date())
