"""Records of a text table read one by one, each checked: the careful way.

Python's `csv` module reads; what it would let pass is refused here with the number of the row.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pellucid.data.sources.dialects import QUOTE, Dialect
from pellucid.data.sources.quotes import is_sound
from pellucid.errors import DataError
from pellucid.wording import show


@dataclass(frozen=True, kw_only=True)
class RecordReader:
    """Reads the records of one file.

    Args:
        file: Its name, for messages.
        dialect: How its records are written.
        has_header: Whether the first record is the header, which is not counted as a row.
        oddities: What was found in the records and is worth telling is added here.
    """

    file: str
    dialect: Dialect
    has_header: bool
    oddities: set[str]

    def read(
        self, lines: Iterable[str], *, num_before: int = 0, num_fields: int | None = None
    ) -> Iterator[list[str]]:
        """Yield the records of some lines, blank ones left out.

        Args:
            lines: Lines from the beginning of a record.
            num_before: How many records came before them.
            num_fields: How many fields each record must have; None to take any.

        Raises:
            DataError: A record has more or fewer fields, or a quote in it is not closed.
        """
        number = num_before + 1
        used: list[str] = []
        records = self.dialect.csv_reader(_remember(lines, used))
        while True:
            try:
                record = next(records, None)
            except csv.Error:  # a cell longer than csv allows: the rest of the file, mostly
                raise self.unclosed_quote(number) from None
            if record is None:
                return
            text = "".join(used)
            used.clear()
            if _is_blank(record, num_fields):
                continue
            if self.dialect.quote and QUOTE in text:
                self._check_quotes(text, record, number)
                record = self._unwrapped(record, num_fields)
            if num_fields is not None and len(record) != num_fields:
                raise self._ragged(record, number, num_fields)
            yield record
            number += 1

    def _check_quotes(self, text: str, record: list[str], number: int) -> None:
        """Refuse a record whose quotes leave it open where its cells begin and end."""
        if is_sound(text, self.dialect):
            return
        is_one_line = text.count("\n") <= 1
        if is_one_line and text.count(self.dialect.delimiter) + 1 == len(record):
            return  # no delimiter is within quotes, so they do not matter
        raise self.unclosed_quote(number)

    def _unwrapped(self, record: list[str], num_fields: int | None) -> list[str]:
        """Read the one cell of a record as a record, if that is what it was before it was quoted.

        A spreadsheet that took the lines of a table for cells of one column writes them so.
        """
        if len(record) != 1 or self.dialect.delimiter not in record[0]:
            return record
        if not is_sound(record[0], self.dialect):
            return record
        within = next(self.dialect.csv_reader(record[0].splitlines(keepends=True)))
        expected = len(within) if num_fields is None else num_fields
        if len(within) != expected or not (num_fields or self.dialect.has_quoted_lines):
            return record
        self.oddities.add("lines in quotes as a whole, read as the cells within")
        return within

    def unclosed_quote(self, number: int) -> DataError:
        """Build the error for a record with a quote that is not closed."""
        row = number - int(self.has_header)
        place = f"row {row}" if row else "the header"
        return DataError(
            f"A quote opened in {place} of {self.file} is not closed at the end of a cell. Close "
            "it there; a quote that is part of the text is written twice, in a cell with quotes "
            "around it.",
            file=self.file,
            row=row or None,
        )

    def _ragged(self, record: list[str], number: int, num_fields: int) -> DataError:
        row = number - int(self.has_header)
        fields = "1 field" if len(record) == 1 else f"{len(record)} fields"
        expected = f"the header has {num_fields}" if self.has_header else f"row 1 has {num_fields}"
        if row == 1:
            advice = "If the line above it is no header, remove it; else correct the row"
        else:
            advice = "Correct the row"
        return DataError(
            f"Row {row} of {self.file} has {fields}, but {expected} ({self.dialect.describe()}). "
            f"It begins {show(record[0])}. {advice}, put quotes around cells that hold the "
            "delimiter, or say which delimiter= the file has.",
            file=self.file,
            row=row,
        )


def _remember(lines: Iterable[str], used: list[str]) -> Iterator[str]:
    """Yield lines and keep those that went into the current record."""
    for line in lines:
        used.append(line)
        yield line


def _is_blank(record: list[str], num_fields: int | None) -> bool:
    return not record or (num_fields != 1 and len(record) == 1 and not record[0].strip())
