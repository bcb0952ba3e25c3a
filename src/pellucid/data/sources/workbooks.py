"""Workbooks: one sheet of an Excel file (.xlsx) as a table, read by fastexcel, the extra `excel`.

A sheet is no table yet: a title may stand above it, rows and columns around it may be empty. So its
first rows are looked at as text to find the header; then everything below is read with its types.
"""

from __future__ import annotations

import logging
import re
import zipfile
from collections import Counter
from io import BytesIO
from typing import Any, BinaryIO, cast

import polars as pl

from pellucid.data.sources.headers import describe_header, name_columns, numbered
from pellucid.data.sources.unpacking import (
    CHUNK_BYTES,
    DAMAGE,
    Content,
    Packing,
    Unpacked,
    cannot_open,
)
from pellucid.errors import DataError, OptionError
from pellucid.wording import nearest, quote, quote_all

SAMPLE_ROWS = 100
HEADER_SHARE = 0.75
"""A header names at least this share of the columns; a title above it fills fewer."""

MOST_CELLS = 2**27
"""Cells of the rectangle around all that is filled: the whole of it is held in memory."""

LARGEST_WHOLE_FLOAT = 2.0**53
FIRST_YEAR = 1900
"""Excel's times of day are instants at the beginning of its calendar."""

LONGEST_TAG = 256
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^<>]{0,200}(?<!/)>')


def read_workbook(
    content: Content, *, sheet: str | None, header: bool
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Read one sheet.

    Args:
        content: The workbook.
        sheet: Name of the sheet; None for the first one with cells.
        header: Whether the first row of the table names its columns.

    Returns:
        The rows, and decisions worth telling.

    Raises:
        DataError: The workbook cannot be read, or the sheet holds no table.
        OptionError: It has no sheet of that name.
    """
    source = (
        content.path if content.packing is Packing.NONE else content.read_whole(has_lines=False)
    )
    _check_size(content, source if isinstance(source, bytes) else None)
    return _Workbook(content.path.name, source).read(sheet, has_header=header)


class _Workbook:
    def __init__(self, name: str, source: Any) -> None:
        self._name = name
        reader = _import_fastexcel(name)
        self._reader = self._call(reader.read_excel, source)
        self._sheets: list[str] = self._reader.sheet_names

    def read(self, wanted: str | None, *, has_header: bool) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Read the sheet of this name, or else the first one with cells that is not hidden."""
        sheet, head = self._find(wanted)
        top = _find_top(head)
        below = top + int(has_header)
        cells = self._load(sheet, skip_rows=below, schema_sample_rows=None).to_polars()
        header = [cell or "" for cell in head.row(top)] if has_header else None
        frame, header_notes = self._name_columns(_without_blanks(cells), header)
        if not frame.height:
            raise self._error(
                f"The sheet {quote(sheet)} of {self._name} has a header and no rows. Give a table "
                "with at least one row, or say header=False if its first row is data."
            )
        notes = (*self._describe(sheet, head[:top]), *header_notes)
        return frame.select(_with_plain_type(column) for column in frame), notes

    def _find(self, wanted: str | None) -> tuple[str, pl.DataFrame]:
        """Find the sheet, and read its first rows as text."""
        if wanted is not None and wanted not in self._sheets:
            near = nearest(wanted, self._sheets)
            hint = f"Did you mean {quote(near)}?" if near else f"It has {quote_all(self._sheets)}."
            raise OptionError(
                f"{self._name} has no sheet {quote(wanted)}. {hint}",
                option="sheet",
            )
        for sheet in self._sheets if wanted is None else [wanted]:
            loaded = self._load(sheet, skip_rows=0, n_rows=SAMPLE_ROWS, dtypes="string")
            head = loaded.to_polars().select(pl.all().str.strip_chars().replace("", None))
            is_filled = any(column.null_count() < head.height for column in head)
            if is_filled and (wanted is not None or loaded.visible == "visible"):
                return sheet, head
        which = "no visible sheet" if wanted is None else f"no sheet {quote(wanted)}"
        raise self._error(
            f"{self._name} has {which} with cells in its first {SAMPLE_ROWS} rows. Its sheets are "
            f"{quote_all(self._sheets)}; say which one with sheet=."
        )

    def _load(self, sheet: str, **how: Any) -> Any:
        return self._call(self._reader.load_sheet, sheet, header_row=None, **how)

    def _call(self, function: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # Rust's panics are no Exception
            raise self._error(
                f"{self._name} cannot be read as an Excel workbook. It is damaged or cut off; save "
                "it again, or save the table as CSV."
            ) from error

    def _name_columns(
        self, cells: pl.DataFrame, header: list[str] | None
    ) -> tuple[pl.DataFrame, tuple[str, ...]]:
        """Give the columns the header's names; empty ones without a name are left out."""
        are_filled = [column.null_count() < cells.height for column in cells]
        if header is None:
            kept = cells[:, are_filled]
            return kept.rename(dict(zip(kept.columns, numbered(kept.width), strict=True))), ()
        places = [i for i in range(cells.width) if header[i] or are_filled[i]]
        unnamed = next((i for i in places[1:] if not header[i]), None)
        if unnamed is not None:
            raise self._error(
                f"Column {unnamed + 1} of {self._name} has no name in the header, but has cells. "
                "Give every column a name; if the row taken for the header is none, remove it."
            )
        first = [header[i] for i in places]
        names = name_columns(first, self._name)
        notes = list(describe_header(first))
        if len(places) < cells.width:
            notes.append(f"empty columns without a name left out: {cells.width - len(places)}")
        kept = cells[:, places]
        return kept.rename(dict(zip(kept.columns, names, strict=True))), tuple(notes)

    def _describe(self, sheet: str, above: pl.DataFrame) -> list[str]:
        notes = []
        others = [name for name in self._sheets if name != sheet]
        if others:
            listed = quote_all(others[:5]) + (", …" if len(others) > 5 else "")
            notes.append(f"sheet {quote(sheet)}; the workbook also has {listed}")
        titles = [quote(cell, 40) for row in above.rows() for cell in row if cell]
        if titles:
            notes.append(f"left out above the header: {', '.join(titles[:3])}")
        return notes

    def _error(self, message: str) -> DataError:
        return DataError(message, file=self._name)


def _import_fastexcel(name: str) -> Any:
    try:
        import fastexcel
    except ImportError:
        raise DataError(
            f"{name} is an Excel workbook, and the package that reads these is not installed. "
            'Install it: pip install "pellucid[excel]". Or save the table as CSV.',
            file=name,
        ) from None
    # It warns of every empty column; without a handler Python would print that.
    logging.getLogger("fastexcel").addHandler(logging.NullHandler())
    return fastexcel


def _find_top(head: pl.DataFrame) -> int:
    """Find the first row of the table, its header if it has one.

    It fills about as many cells as most rows do, while a title above it fills one or two. The name
    of the first column may be absent.
    """
    fills = [sum(cell is not None for cell in row) for row in head.rows()]
    counts = Counter(fill for fill in fills if fill)
    usual = max(counts, key=lambda fill: (fill > 1, counts[fill], fill))
    for place, (fill, row) in enumerate(zip(fills, head.rows(), strict=True)):
        if fill and fill + (row[0] is None) >= HEADER_SHARE * usual:
            return place
    return next(place for place, fill in enumerate(fills) if fill)


def _without_blanks(cells: pl.DataFrame) -> pl.DataFrame:
    """Leave out rows without any cell; text of blanks is none."""
    cells = cells.with_columns(pl.col(pl.String).str.strip_chars().replace("", None))
    return cells.filter(pl.any_horizontal(pl.all().is_not_null())) if cells.width else cells


def _with_plain_type(column: pl.Series) -> pl.Series:
    """Undo what Excel does to types: to it all numbers are floats, all dates and times instants."""
    if column.dtype == pl.Float64:
        whole = column.cast(pl.Int64, strict=False)
        is_whole = ((whole == column) & (column.abs() <= LARGEST_WHOLE_FLOAT)).all()
        return whole if is_whole else column
    if isinstance(column.dtype, pl.Datetime):
        if (column.dt.year() <= FIRST_YEAR).all():
            return column.dt.time()
        if (column.dt.truncate("1d") == column).all():
            return column.cast(pl.Date)
    return column


def _check_size(content: Content, source: bytes | None) -> None:
    """Refuse what would not fit into memory: bombs, and a lone cell far away from all others."""
    try:
        with zipfile.ZipFile(content.path if source is None else BytesIO(source)) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    columns, rows = _extent(
                        Unpacked(cast("BinaryIO", file), content.path, is_packed=True)
                    )
                if columns * rows > MOST_CELLS:
                    raise DataError(
                        f"A sheet of {content.path.name} spans {rows:,} rows and {columns:,} "
                        "columns, more than can be held. A lone cell far from the table may do "
                        "that: delete the rows and columns around it.",
                        file=content.path.name,
                    )
    except DAMAGE as error:
        raise cannot_open(content.path, error) from None


def _extent(file: Unpacked) -> tuple[int, int]:
    """Read a part of a workbook to its end: the last column and row with a filled cell in it."""
    last_column, last_row, rest = 0, 0, b""
    while piece := file.read(CHUNK_BYTES):
        text = rest + piece
        found = _FILLED_CELL.findall(text)
        if found:
            last_column = max(last_column, *map(_number_of, {column for column, _ in found}))
            last_row = max(last_row, int(found[-1][1]))
        rest = text[-LONGEST_TAG:]
    return last_column, last_row


def _number_of(letters: bytes) -> int:
    """Number a column by its letters: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
