"""Text tables (CSV, TSV and their kin), read block by block with every record checked.

A block is a few megabytes of whole records. Where its quotes stand at the edges of cells and every
record has as many fields as the header, Polars parses it: fast, but it fills up a row that has too
few cells without a word, hence the check before. Everything else goes through `records.py`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import count, islice

import numpy as np
import polars as pl

from pellucid.data.sources.dialects import QUOTE, SAMPLE_RECORDS, Dialect
from pellucid.data.sources.headers import describe_header, fit_header, name_columns, numbered
from pellucid.data.sources.quotes import detect_dialect, do_quotes_enclose_cells, judge_quotes
from pellucid.data.sources.records import RecordReader
from pellucid.data.sources.text_stream import KeptText, TextStream
from pellucid.data.sources.unpacking import LONGEST_RECORD_BYTES, Content, endless_line
from pellucid.errors import DataError

CAREFUL_ROWS = 16_384


class DelimitedFile:
    """A text table: its columns, what was found out about it, and its rows in blocks.

    Args:
        content: What the file holds.
        delimiter: The character between cells; None to find it.
        encoding: The encoding; None to find it.
        header: Whether the first record names the columns.

    Raises:
        DataError: The file holds no table, or its header is unusable.
    """

    def __init__(
        self, content: Content, *, delimiter: str | None, encoding: str | None, header: bool
    ) -> None:
        self._content = content
        self._path = content.path
        self._encoding = encoding
        self._has_header = header
        head, found_encoding, is_complete = self._read_head()
        self._whole = head if is_complete else None
        if not head or head.isspace():
            raise self._error("is empty. Give a file with a header line and at least one row.")
        self._dialect = detect_dialect(head, delimiter=delimiter, is_complete=is_complete)
        self._oddities: set[str] = set()
        first, self._num_header_lines = self._first_record(head)
        self._num_fields = len(first)
        self.columns = numbered(len(first))
        self._notes = tuple(self._describe(found_encoding))
        if header:
            names, notes = self._fit_header(first, head, is_complete=is_complete)
            self._num_fields = len(names)
            self.columns = name_columns(names, self._path.name)
            self._notes += (*notes, *describe_header(min(first, names, key=len)))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the file may want to know about it, as far as it has been read."""
        return (*self._notes, *self._oddities)

    def _read_head(self) -> tuple[str, str, bool]:
        """Read until the first line has ended: its text, the encoding, whether that is all."""
        pieces: list[str] = []
        num_characters, has_begun, has_ended = 0, False, False
        with TextStream(self._content, self._encoding) as stream:
            while piece := stream.read():  # twice, unless the header is megabytes long
                if has_ended:
                    return "".join(pieces), stream.encoding, False
                pieces.append(piece)
                has_ended = "\n" in (piece if has_begun else piece.lstrip())
                has_begun = has_begun or not piece.isspace()
                num_characters += len(piece)
                if num_characters > LONGEST_RECORD_BYTES and not has_ended:
                    raise endless_line(
                        self._path, "The first line" if has_begun else "The blank beginning"
                    )
            return "".join(pieces), stream.encoding, True

    @property
    def _reader(self) -> RecordReader:
        return RecordReader(
            file=self._path.name,
            dialect=self._dialect,
            has_header=self._has_header,
            oddities=self._oddities,
        )

    def _first_record(self, head: str) -> tuple[list[str], int]:
        """Read the first record, and count the lines down to its end if it is the header."""
        counter = count()
        lines = (line for line, _ in zip(_lines_of(head), counter, strict=False))
        first = next(self._reader.read(islice(lines, self._dialect.skip_lines, None)), None)
        if first is None:
            raise self._error("has no header. Give a file with a header line and at least one row.")
        return first, next(counter) if self._has_header else self._dialect.skip_lines

    def _fit_header(
        self, header: list[str], head: str, *, is_complete: bool
    ) -> tuple[list[str], tuple[str, ...]]:
        """Fit the header to the first rows, as far as these can be read."""
        lines = head.split("\n", self._num_header_lines + SAMPLE_RECORDS)[self._num_header_lines :]
        if len(lines) > SAMPLE_RECORDS or not is_complete:
            del lines[-1:]  # may be cut
        try:
            rows = list(self._reader.read(line + "\n" for line in lines))
        except DataError:  # to be raised with the right number when it is reached
            return header, ()
        are_quoted = all(line.startswith(QUOTE) for line in lines if line.strip())
        return fit_header(header, rows, delimiter=self._dialect.delimiter, are_quoted=are_quoted)

    def _describe(self, encoding: str) -> Iterator[str]:
        """Yield what a reader of the file may want to know about how it is written."""
        dialect = self._dialect
        facts = (
            (dialect.delimiter != ",", dialect.describe()),
            (not encoding.startswith("utf-8"), f"encoding {encoding}"),
            (not dialect.quote, "quotes read as ordinary characters"),
            (dialect.skip_lines > 0, f"lines before the header left out: {dialect.skip_lines}"),
        )
        told = ", ".join(fact for is_unusual, fact in facts if is_unusual)
        if told:
            yield told

    def blocks(self) -> Iterator[pl.DataFrame]:
        """Yield the rows in order, a few megabytes of text at a time; every column is text.

        Raises:
            DataError: A row is damaged, or there is none.
        """
        num_rows = 0
        for rows in self._rows():
            self._check_unnamed(rows, num_rows)
            self._check_repeated_header(rows, num_rows)
            num_rows += rows.height
            if rows.height:
                yield rows.select(self.columns)
        if not num_rows:
            raise self._error(
                "has a header and no rows. Give a file with at least one row, or say header=False "
                "if its first line is data."
            )

    def _check_unnamed(self, rows: pl.DataFrame, num_before: int) -> None:
        """Refuse cells in the columns that were left out for want of a name."""
        for position in range(len(self.columns), self._num_fields):
            cells = rows.to_series(position).fill_null("").str.strip_chars()
            if (cells != "").any():
                raise DataError(
                    f"Column {position + 1} of {self._path.name} has no name in the header, but "
                    f"row {num_before + int((cells != '').arg_max() or 0) + 1} has a cell in it. "
                    "Give every column a name; if the first line is no header, remove it.",
                    file=self._path.name,
                )

    def _check_repeated_header(self, rows: pl.DataFrame, num_before: int) -> None:
        """Refuse a second header, left where files were put together."""
        if not self._has_header or len(self.columns) < 2:
            return
        suspects = (rows.to_series(0) == self.columns[0]).arg_true()
        for row in suspects:
            cells = [(cell or "").strip() for cell in rows.row(row)]
            if cells[: len(self.columns)] == self.columns:
                raise DataError(
                    f"Row {num_before + row + 1} of {self._path.name} repeats the header. Remove "
                    "it, and see whether the file holds two tables; or say header=False if the "
                    "first line is data.",
                    file=self._path.name,
                    row=num_before + row + 1,
                )

    def _rows(self) -> Iterator[pl.DataFrame]:
        """Yield all records after the header, in blocks."""
        with self._open() as stream:
            text = _skip_lines(stream, self._num_header_lines)
            rest, num_records, quotes_seen, is_last = b"", int(self._has_header), False, False
            while not is_last:
                is_last = not text
                if not quotes_seen and QUOTE in text:  # the first ones may come late
                    quotes_seen, sample = True, rest.decode() + text
                    self._dialect = judge_quotes(self._dialect, sample, is_complete=False)
                data = rest + self._encode(text)
                cut = cut_records(data, self._dialect, self._num_fields, is_last=is_last)
                if cut is None:  # only a reader from cell to cell can tell
                    yield from self._read_carefully(self._lines(data, stream), num_records)
                    return
                for block in self._read_whole(cut, num_records):
                    num_records += block.height
                    yield block
                rest = cut.rest
                if len(rest) > LONGEST_RECORD_BYTES:
                    raise self._endless_record(rest, num_records)
                text = stream.read()

    def _open(self) -> TextStream | AbstractContextManager[KeptText]:
        """The text from its beginning; what was read to its end already is not read again."""
        if self._whole is None:
            return TextStream(self._content, self._encoding)
        return nullcontext(KeptText(self._whole))

    def _endless_record(self, data: bytes, num_before: int) -> DataError:
        if self._dialect.quote and QUOTE.encode() in data:
            return self._reader.unclosed_quote(num_before + 1)
        return endless_line(self._path, f"Row {num_before + 1 - int(self._has_header)}")

    def _encode(self, text: str) -> bytes:
        if self._dialect.has_backslashes:
            text = text.replace('\\"', '""')
        return text.encode("utf-8", errors="replace")

    def _read_whole(self, cut: Cut, num_records: int) -> Iterator[pl.DataFrame]:
        """Yield whole records, by Polars if they are regular."""
        if not cut.records:
            return
        if cut.is_regular:
            yield pl.read_csv(
                cut.records,
                has_header=False,
                separator=self._dialect.delimiter,
                quote_char=self._dialect.quote or None,
                schema=self._schema,
            )
            return
        lines = io.StringIO(cut.records.decode(), newline="\n")
        yield from self._read_carefully(lines, num_records)

    def _read_carefully(self, lines: Iterable[str], num_records: int) -> Iterator[pl.DataFrame]:
        records = self._reader.read(lines, num_before=num_records, num_fields=self._num_fields)
        while rows := list(islice(records, CAREFUL_ROWS)):
            yield pl.DataFrame(rows, schema=self._schema, orient="row")

    @property
    def _schema(self) -> dict[str, type[pl.String]]:
        unnamed = [f"\0{number}" for number in range(len(self.columns), self._num_fields)]
        return dict.fromkeys([*self.columns, *unnamed], pl.String)

    def _lines(self, data: bytes, stream: TextStream | KeptText) -> Iterator[str]:
        """Yield the lines of a text and of all that follows it."""
        while data:
            *lines, rest = data.decode().split("\n")
            yield from (line + "\n" for line in lines)
            following = self._encode(stream.read())
            if rest and not following:
                yield rest
                return
            data = rest.encode() + following
            if len(data) - len(following) > LONGEST_RECORD_BYTES:
                raise endless_line(self._path, "A line")

    def _error(self, what: str) -> DataError:
        return DataError(f"{self._path.name} {what}", file=self._path.name)


def _skip_lines(stream: TextStream | KeptText, num_lines: int) -> str:
    """Read what follows some lines; "" only at the end of the file."""
    text = stream.read()
    parts = text.split("\n", num_lines)
    while len(parts) <= num_lines and (following := stream.read()):
        text += following
        parts = text.split("\n", num_lines)
    return "" if len(parts) <= num_lines else parts[-1] or stream.read()


def _lines_of(text: str) -> Iterator[str]:
    """Yield the lines of a text, of which perhaps only the first is wanted."""
    start = 0
    while end := text.find("\n", start) + 1:
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A chunk of text, cut after its last whole record.

    Args:
        records: The whole records, without empty lines.
        rest: The beginning of the next one.
        is_regular: Whether every record has the expected number of fields.
    """

    records: bytes
    rest: bytes
    is_regular: bool


def cut_records(data: bytes, dialect: Dialect, num_fields: int, *, is_last: bool) -> Cut | None:
    """Cut a chunk after its last whole record, and check the number of fields of each.

    Args:
        data: UTF-8 text that begins with a record.
        dialect: How the records are written.
        num_fields: Fields each record should have.
        is_last: Whether the file ends with this chunk.

    Returns:
        The cut chunk; None where a quote stands neither at the edge of a cell nor is doubled, so
        that counting quotes does not tell what is inside them.
    """
    if is_last and data and not data.endswith(b"\n"):
        data += b"\n"
    characters = np.frombuffer(data, dtype=np.uint8)
    breaks = np.flatnonzero(characters == ord("\n"))
    delimiters = np.flatnonzero(characters == ord(dialect.delimiter))
    if dialect.quote and QUOTE.encode() in data:
        quotes = np.flatnonzero(characters == ord(QUOTE))
        is_open = is_last and quotes.size % 2 == 1
        if is_open or not do_quotes_enclose_cells(characters, quotes, dialect):
            return None
        # An even number of quotes before a character: it is outside of them.
        breaks = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
        delimiters = delimiters[np.searchsorted(quotes, delimiters) % 2 == 0]
    end = int(breaks[-1]) + 1 if breaks.size else 0
    fields = np.diff(np.searchsorted(delimiters, breaks), prepend=0) + 1
    is_empty = np.diff(breaks, prepend=-1) == 1
    records = data[:end]
    if is_empty.any():
        records = np.delete(characters[:end], breaks[is_empty]).tobytes()
    is_regular = bool((fields[~is_empty] == num_fields).all())
    return Cut(records=records, rest=data[end:], is_regular=is_regular)
