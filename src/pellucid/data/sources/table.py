"""Where rows come from: files of every usual kind, DataFrames and arrays, all as one `Table`.

Text tables keep every cell as text here; what the columns mean is decided in `schema.py`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.forking import check_process
from pellucid.data.sources.cleaning import MISSING_MARKS, clean
from pellucid.data.sources.delimited import DelimitedFile
from pellucid.data.sources.files import Format, find_files, format_of
from pellucid.data.sources.folder_sources import folder_source
from pellucid.data.sources.folder_tables import folder_facts
from pellucid.data.sources.headers import MAY_BE_DATA, looks_like_data, stands_in_rows
from pellucid.data.sources.media import TEXT
from pellucid.data.sources.options import ReadingOptions, check_options
from pellucid.data.sources.partitions import Partitions, find_partitions
from pellucid.data.sources.text_cells import are_texts
from pellucid.data.sources.typed import (
    declared_categories,
    frame_of,
    plain_cell,
    typed_blocks,
    unmasked,
)
from pellucid.data.sources.unpacking import Content, find_content
from pellucid.data.sources.workbooks import read_workbook
from pellucid.errors import DataError, OptionError
from pellucid.files.scratch import ScratchFolder
from pellucid.wording import nearest, quote

ROWS_PER_BLOCK = 65_536
"""Rows that are read at once."""

Parts = npt.NDArray[np.str_]


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows and columns from one source.

    Args:
        frame: The cells. From a text table every column is text, without surrounding blanks;
            other sources keep their types. Missing cells are null everywhere.
        name: What to call the source in messages: `adult.csv`, `DataFrame`, `array`.
        notes: Decisions worth telling.
        first_row: Number of the first row of `frame` within the source; 1 is the first after the
            header.
        declared: Columns whose type said that they are categories, whatever their cells.
        decimal: Decimal sign of numbers written as text, "." or ",", where it is known; "" where
            the cells have to tell it.
        is_decimal_given: Whether a person said so, and it goes before what a model knows.
        has_names: Whether the columns have names of their own, as those of an array have not.
        header_may_be_data: Whether what was taken for the header looks like a row.
        path: The path or pattern it was read from; None for rows in memory.
        row_numbers: Number of each row within the source where rows were left out, (n,); None where
            `first_row` says it.
        parts: What each row is for where its source says so, (n,): "train", "validation" or "test";
            None where it does not.
        folder: Where relative paths in cells start; None for the working folder alone.
        consists_of: The column whose pictures or texts are all that its source has; "" for a table.
        row_names: What each row is called where its cells do not say it, (n,), as the files of
            texts; None for no names.
        scratch: A folder that is gone with the last table of it: of a source that was unpacked.
    """

    frame: pl.DataFrame
    name: str
    notes: tuple[str, ...] = ()
    first_row: int = 1
    declared: tuple[str, ...] = ()
    decimal: str = ""
    is_decimal_given: bool = False
    has_names: bool = True
    header_may_be_data: bool = False
    path: Path | None = None
    row_numbers: npt.NDArray[np.int64] | None = None
    parts: Parts | None = None
    folder: Path | None = None
    consists_of: str = ""
    row_names: pl.Series | None = None
    scratch: ScratchFolder | None = field(default=None, repr=False, compare=False)

    def is_text(self, name: str) -> bool:
        """Whether a column came as text."""
        return self.frame.schema[name] == pl.String

    def fits_text(self, name: str) -> bool:
        """Whether a text table can hold the cells of a column."""
        dtype = self.frame.schema[name]
        return not dtype.is_nested() and dtype not in (pl.Binary, pl.Object, pl.Duration)

    def without_nan(self) -> Table:
        """The same, where a cell that is not a number is missing."""
        floats = pl.col(pl.Float32, pl.Float64)
        return replace(self, frame=self.frame.with_columns(floats.fill_nan(None)))

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Number of each row within the source, (n,)."""
        if self.row_numbers is None:
            return self.first_row + np.arange(self.frame.height)
        return self.row_numbers

    def row_number(self, place: int) -> int:
        """Number within the source of the row at a place of `frame`, counted from 0."""
        return self.first_row + place if self.row_numbers is None else int(self.row_numbers[place])

    def called(self, place: int) -> str:
        """What a message calls the row at a place of `frame`: its file, or its number."""
        if self.row_names is None:
            return f"row {self.row_number(place):,}"
        return str(self.row_names[place])

    def without(self, names: Collection[str]) -> Table:
        """The table without some of its columns.

        Raises:
            DataError: There is no such column.
        """
        for name in names:
            if name not in self.frame.columns:
                near = nearest(name, self.frame.columns)
                raise DataError(
                    f"{self.name} has no column {quote(name)}."
                    + (f" Did you mean {quote(near)}?" if near else ""),
                    file=self.name,
                    column=name,
                )
        return replace(self, frame=self.frame.drop(list(names)))

    def take(self, places: npt.NDArray[np.int64]) -> Table:
        """The rows at the given places, which keep their numbers."""
        return replace(
            self,
            frame=self.frame[places],
            row_numbers=self.numbers[places],
            parts=None if self.parts is None else self.parts[places],
            row_names=None if self.row_names is None else self.row_names[places],
        )


def read_table(
    source: object,
    *,
    delimiter: str | None = None,
    encoding: str | None = None,
    header: bool = True,
    missing: Collection[str] = (),
    sheet: str | None = None,
    decimal: str | None = None,
) -> Table:
    """Read a whole source into memory.

    Args:
        source: A file (text table, Excel workbook, Parquet, Arrow, JSON lines; also packed by gzip,
            bzip2 or xz, or alone in a zip archive), a pattern such as "data/*.csv" for several
            files with the same columns (those in the names of folders, `region=north`, included), a
            DataFrame (pandas, Polars, PyArrow), a NumPy array with two dimensions, or a list of
            dicts. Or pictures or texts: a folder of them, with a folder for each class, also in a
            zip or tar archive; single ones; idx files; or a list of texts.
        delimiter: Character between the cells of a text table; None to find it.
        encoding: Encoding of a text table; None to find it.
        header: Whether the first line of a text table names its columns.
        missing: Cells that mean "not known", besides `MISSING_MARKS`.
        sheet: Sheet of an Excel workbook; None for the first one with cells.
        decimal: Decimal sign of numbers written as text, "." or ",", where a column leaves it open;
            None to let the other columns tell it, or the model that the rows are for.

    Raises:
        DataError: The source cannot be read as a table; the message says why and what to do.
        OptionError: An option has a value it cannot have.
    """
    check_process()
    options = check_options(
        delimiter, encoding, header=header, missing=missing, sheet=sheet, decimal=decimal
    )
    table = _with_decimal(_join(list(_tables(source, options))), decimal)
    return replace(table, path=Path(source)) if isinstance(source, str | Path) else table


def _with_decimal(table: Table, decimal: str | None) -> Table:
    """The table with the decimal sign that a person gave."""
    return table if decimal is None else replace(table, decimal=decimal, is_decimal_given=True)


def array_table(cells: npt.NDArray[Any]) -> Table:
    """A two-dimensional array as a table; cells of mixed types are told apart column by column.

    Args:
        cells: Shape (rows, columns); the columns are called x0, x1, ….
    """
    check_process()
    cells = unmasked(cells)
    if cells.dtype.kind not in "OU":
        return read_table(cells)
    columns = {f"x{i}": _series_of(cells[:, i]) for i in range(cells.shape[1])}
    return Table(frame=pl.DataFrame(columns), name="array", has_names=False)


def _series_of(cells: npt.NDArray[Any]) -> pl.Series:
    values = [plain_cell(cell) for cell in cells.tolist()]
    try:
        numbers = [None if value is None else float(value) for value in values]
    except (TypeError, ValueError, OverflowError):
        return pl.Series([None if v is None else str(v) for v in values], dtype=pl.String)
    return pl.Series(numbers, dtype=pl.Float64).fill_nan(None)


def read_blocks(  # noqa: PLR0913 - each is a choice of the caller
    source: object,
    *,
    rows_per_block: int = ROWS_PER_BLOCK,
    delimiter: str | None = None,
    encoding: str | None = None,
    header: bool = True,
    missing: Collection[str] = (),
    sheet: str | None = None,
    decimal: str | None = None,
) -> Iterator[Table]:
    """Read a source block by block, in the order of its rows, never the whole file at once.

    Args:
        source: As for `read_table`.
        rows_per_block: Rows in each block but the last.
        delimiter: As for `read_table`.
        encoding: As for `read_table`.
        header: As for `read_table`.
        missing: As for `read_table`.
        sheet: As for `read_table`.
        decimal: As for `read_table`.

    Yields:
        Tables that together are the one `read_table` returns.

    Raises:
        DataError: As for `read_table`, when the block with the fault is reached.
        OptionError: An option has a value it cannot have.
    """
    if rows_per_block < 1:
        raise OptionError(
            f"rows_per_block must be at least 1, but is {rows_per_block!r}.",
            option="rows_per_block",
        )
    check_process()
    options = check_options(
        delimiter, encoding, header=header, missing=missing, sheet=sheet, decimal=decimal
    )
    tables = _resize(_tables(source, options, rows_per_block), rows_per_block)
    return (_with_decimal(table, decimal) for table in tables)


def _tables(source: object, options: ReadingOptions, rows: int | None = None) -> Iterator[Table]:
    """Yield a source in tables of whatever size is natural to it; of so many rows, if asked."""
    marks = {*MISSING_MARKS, *options.missing}
    if not isinstance(source, (str, os.PathLike)):
        frame, name, has_names = frame_of(source)
        yield Table(
            frame=clean(frame, marks),
            name=name,
            declared=declared_categories(source, frame),
            has_names=has_names,
            consists_of=TEXT if are_texts(source) else "",
        )
        return
    path = Path(source).expanduser()
    folder = folder_source(path)
    says_table = options.delimiter is not None or not options.header
    if folder is not None and not (folder.is_single_text and says_table):
        several = folder_facts(folder, encoding=options.encoding, rows=rows)
        yield from (Table(**facts) for facts in several)
        return
    files = find_files(path)
    partitions = find_partitions(files)
    columns: list[str] = []
    first_row = 1
    for file in files:
        for frame, notes, may_be_data in _file_blocks(
            file, options, rows or ROWS_PER_BLOCK, partitions
        ):
            columns = columns or frame.columns
            if frame.columns != columns:
                raise _other_columns(files[0], columns, file, frame.columns)
            yield Table(
                frame=clean(frame, marks),
                name=path.name,
                notes=notes,
                header_may_be_data=may_be_data,
                first_row=first_row,
                declared=declared_categories(file, frame),
                folder=files[0].parent,
            )
            first_row += frame.height


def _file_blocks(
    file: Path, options: ReadingOptions, rows: int, partitions: Partitions
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...], bool]]:
    """Yield blocks with notes, and whether what was taken for the header looks like a row."""
    content = find_content(file)
    kind = format_of(content)
    has_header = options.header and kind in (Format.TEXT, Format.WORKBOOK)
    for block, notes in _content_blocks(content, kind, options, rows):
        frame, more = partitions.add_to(block, file, is_text=kind is Format.TEXT)
        may_be_data = has_header and looks_like_data(block.columns)
        if has_header and stands_in_rows(block):
            may_be_data, more = True, (*more, MAY_BE_DATA)
        yield frame, (*content.notes, *notes, *more), may_be_data


def _content_blocks(
    content: Content, kind: Format, options: ReadingOptions, rows: int
) -> Iterator[tuple[pl.DataFrame, tuple[str, ...]]]:
    if kind is Format.TEXT:
        text = DelimitedFile(
            content, delimiter=options.delimiter, encoding=options.encoding, header=options.header
        )
        yield from ((block, text.notes) for block in text.blocks())
    elif kind is Format.WORKBOOK:
        yield read_workbook(content, sheet=options.sheet, header=options.header)
    else:
        yield from ((block, ()) for block in typed_blocks(content, kind, rows))


def _other_columns(first: Path, expected: list[str], file: Path, found: list[str]) -> DataError:
    lacking = [name for name in expected if name not in found]
    added = [name for name in found if name not in expected]
    column = next(iter(lacking or added), None)
    if lacking:
        difference = f"{file.name} has no column {quote(lacking[0])}"
    elif added:
        difference = f"{file.name} also has {quote(added[0])}"
    else:
        difference = f"{file.name} has them in another order"
    return DataError(
        f"{first.name} and {file.name} have different columns: {difference}. Files read together "
        "need the same columns in the same order.",
        file=file.name,
        column=column,
    )


def _resize(tables: Iterator[Table], rows_per_block: int) -> Iterator[Table]:
    """Cut and join consecutive tables so that all but the last have the same number of rows."""
    pending: list[Table] = []
    waiting = 0
    for table in tables:
        pending.append(table)
        waiting += table.frame.height
        if waiting < rows_per_block:
            continue
        whole = _join(pending)
        full = waiting - waiting % rows_per_block
        for start in range(0, full, rows_per_block):
            yield _slice(whole, start, rows_per_block)
        waiting -= full
        pending = [_slice(whole, full, waiting)] if waiting else []
    if waiting:
        yield _join(pending)


def _join(tables: list[Table]) -> Table:
    if len(tables) == 1:
        return tables[0]
    notes = tuple(dict.fromkeys(note for table in tables for note in table.notes))
    try:
        frame = pl.concat([table.frame for table in tables], how="vertical_relaxed", rechunk=True)
    except pl.exceptions.PolarsError:
        raise DataError(
            f"The files of {tables[0].name} have a column of different types. Write them again "
            "with the same types.",
            file=tables[0].name,
        ) from None
    parts = [table.parts for table in tables if table.parts is not None]
    joined = np.concatenate(parts) if parts else None
    named = [table.row_names for table in tables if table.row_names is not None]
    names = pl.concat(named) if named else None
    return replace(tables[0], frame=frame, notes=notes, parts=joined, row_names=names)


def _slice(table: Table, start: int, rows: int) -> Table:
    return replace(
        table,
        frame=table.frame.slice(start, rows),
        first_row=table.first_row + start,
        parts=None if table.parts is None else table.parts[start : start + rows],
        row_names=None if table.row_names is None else table.row_names.slice(start, rows),
    )
