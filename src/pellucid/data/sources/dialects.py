"""How a text table is written: its encoding, its delimiter and its quotes, found in a sample.

Nothing here reads files: the functions take the beginning of a file and say how to read it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

import numpy as np
import numpy.typing as npt

QUOTE = '"'

DELIMITERS = ("\t", ";", "|", ",")
"""Candidates, the one to prefer first: a file with semicolons may be full of decimal commas, while
a file with commas is seldom full of semicolons."""

SAMPLE_RECORDS = 100
SAMPLE_CHARACTERS = 262_144

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How the records of a text table are written.

    Args:
        delimiter: The character between two cells.
        quote: The character around cells that hold delimiters or line breaks; "" where quotes are
            ordinary characters.
        has_backslashes: Whether a quote within quotes is written with a backslash before it
            instead of twice.
        skip_lines: Lines before the header that are no part of the table.
        has_quoted_lines: Whether each line is in quotes as a whole, and those within doubled.
    """

    delimiter: str
    quote: str = QUOTE
    has_backslashes: bool = False
    skip_lines: int = 0
    has_quoted_lines: bool = False

    def csv_reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Read records with Python's `csv` module."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            skipinitialspace=self.delimiter != " ",
        )

    def describe(self) -> str:
        """Name the delimiter for a message: `delimiter ';'`."""
        names = {"\t": "tab", " ": "blank"}
        return f"delimiter {names.get(self.delimiter, repr(self.delimiter))}"


def detect_encoding(head: bytes) -> str:
    """Find the encoding of a file from its first bytes.

    Without a byte order mark the answer is "utf-8", which is a guess: `head` may be plain ASCII
    and the rest not. `TextStream` corrects it at the first byte that says otherwise.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    # Western text in UTF-16 has a zero for every other byte.
    even, odd = head[:4096:2], head[1:4096:2]
    if odd.count(0) > 0.4 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and not odd.count(0):
        return "utf-16-be"
    return "utf-8"


def detect_dialect(head: str, *, delimiter: str | None, is_complete: bool) -> Dialect:
    """Find how a text table is written.

    Args:
        head: The beginning of the file, with line feeds at the ends of lines.
        delimiter: The delimiter, if the caller knows it.
        is_complete: Whether `head` is the whole file.
    """
    announced = re.match(r'"?sep=(.)"?\n', head)  # a line for Excel, which obeys it
    if announced:
        dialect = Dialect(delimiter=delimiter or announced[1], skip_lines=1)
    else:
        comments = _count_comments(head, delimiter)
        sample = _whole_lines(head, SAMPLE_CHARACTERS)
        table = "".join(sample.splitlines(keepends=True)[comments:])
        dialect = _detect_quoted_lines(table, delimiter) or Dialect(
            delimiter=delimiter or _detect_delimiter(table)
        )
        dialect = replace(dialect, skip_lines=comments)
    table = head.split("\n", dialect.skip_lines)[-1]
    return judge_quotes(dialect, table, is_complete=is_complete)


def _whole_lines(text: str, length: int) -> str:
    """Cut a text to a length, at the end of a line if there is one."""
    if len(text) <= length:
        return text
    end = text.rfind("\n", 0, length) + 1
    return text[: end or length]


def _count_comments(head: str, delimiter: str | None) -> int:
    """Count the lines before the header that begin with "#" and are shaped unlike the rest.

    A header may itself begin with "#" ("#,Name,Type"): it has as many fields as its rows.
    """
    lines = _whole_lines(head, SAMPLE_CHARACTERS).split("\n")
    count = 0
    while count < len(lines) and lines[count].startswith("#"):
        count += 1
    rest = "\n".join(lines[count:])
    if not count or not rest.strip():
        return 0
    separator = delimiter or _detect_delimiter(rest)
    num_fields = _field_counts(rest, Dialect(delimiter=separator))[:1]
    is_header = num_fields == [lines[count - 1].count(separator) + 1] and num_fields != [1]
    return count - 1 if is_header else count


def _detect_delimiter(sample: str) -> str:
    """Find the delimiter that cuts the records into the same number of fields, more than one."""
    best, best_score = ",", (False, 0.0)
    for delimiter in DELIMITERS:
        for quote in (QUOTE, ""):
            score = _score(_field_counts(sample, Dialect(delimiter=delimiter, quote=quote)))
            if score > best_score:
                best, best_score = delimiter, score
    return " " if not best_score[0] and _is_from_r(sample) else best


# No group is possessive: Python's re before 3.11.5 fails to match such where an end is near.
_WITHIN_QUOTES = '[^"]*+(?:""[^"]*+)*'
_WHOLE_LINES = re.compile(rf'(?:"{_WITHIN_QUOTES}"\n++)+')
_BEGUN_LINE = re.compile(rf'(?:"{_WITHIN_QUOTES}"?)?')
_QUOTED_NAMES = re.compile(r'"[^"\n]+"(?: "[^"\n]+")+\n')


def _detect_quoted_lines(sample: str, delimiter: str | None) -> Dialect | None:
    """Find out whether each line is in quotes as a whole, and holds more than one cell then.

    So a spreadsheet writes lines that it took for cells of one column.
    """
    lines = _WHOLE_LINES.match(sample)
    if lines is None or _BEGUN_LINE.fullmatch(sample, lines.end()) is None:
        return None
    try:
        within = "".join(cell[0] + "\n" for cell in csv.reader(io.StringIO(lines[0])) if cell)
    except csv.Error:  # a cell longer than csv allows
        return None
    dialect = Dialect(delimiter=delimiter or _detect_delimiter(within), has_quoted_lines=True)
    counts = set(_field_counts(within, dialect))
    return dialect if len(counts) == 1 and counts != {1} else None


def _is_from_r(sample: str) -> bool:
    """Tell whether blanks are between the cells, as R writes them.

    Then all names are in quotes; or they are one too few, since rows are numbered without a name.
    """
    records = Dialect(delimiter=" ").csv_reader(io.StringIO(sample))
    try:
        header, *rows = islice(records, SAMPLE_RECORDS)
    except (csv.Error, ValueError):
        return False
    excess = {len(row) - len(header) for row in rows}
    if _QUOTED_NAMES.match(sample) and excess in ({0}, {1}):
        return True
    return excess == {1} and len(header) > 1 and do_count([row[0] for row in rows])


def do_count(cells: Sequence[str]) -> bool:
    """Tell whether cells number the rows from 1: two may do so by chance."""
    return len(cells) > 2 and list(cells) == [str(number + 1) for number in range(len(cells))]


def _score(field_counts: list[int]) -> tuple[bool, float]:
    """Score a reading: whether the header fits the rows, and the share of rows of usual length."""
    if not field_counts:
        return False, 0.0
    usual, times = Counter(field_counts).most_common(1)[0]
    if usual == 1:
        return False, 0.0
    return field_counts[0] == usual, times / len(field_counts)


def _field_counts(sample: str, dialect: Dialect) -> list[int]:
    """Count the fields of each of the first records; [] where they cannot be read this way."""
    records = dialect.csv_reader(io.StringIO(sample))
    try:
        return [len(record) for record in islice(records, SAMPLE_RECORDS) if record]
    except csv.Error:
        return []


def judge_quotes(dialect: Dialect, text: str, *, is_complete: bool) -> Dialect:
    """Decide what the quotes of a text mean, its delimiter being known.

    Args:
        dialect: The dialect as far as it is known.
        text: Records, from the beginning of one.
        is_complete: Whether the last record is complete.
    """
    if QUOTE not in text or are_quotes_clean(text, dialect, is_complete=is_complete):
        return dialect
    escaped = text.replace('\\"', '""')
    if escaped != text and are_quotes_clean(escaped, dialect, is_complete=is_complete):
        return replace(dialect, has_backslashes=True)
    if _are_quotes_ordinary(text if is_complete else _whole_lines(text, len(text) - 1), dialect):
        return replace(dialect, quote="")
    return dialect


def _are_quotes_ordinary(text: str, dialect: Dialect) -> bool:
    """Tell whether a text makes sense only when quotes are read as ordinary characters.

    So it is where every line has the same number of fields without regard to quotes, some line is
    broken with regard to them, and no program was at work that puts quotes around a whole column.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if len({line.count(dialect.delimiter) for line in lines}) > 1:
        return False  # the quotes do hold delimiters or line breaks
    quoted = [line for line in lines if QUOTE in line]
    sign = re.escape(dialect.delimiter)
    enclosed = re.compile(f'(?:^|{sign}) *"[^"]*" *(?:{sign}|$)')
    num_enclosed = sum(enclosed.search(line) is not None for line in quoted)
    return 2 * num_enclosed < len(lines) and not all(is_sound(line, dialect) for line in quoted)


def is_sound(record: str, dialect: Dialect) -> bool:
    """Tell whether each quote that opens a cell of a record is closed at the end of that cell.

    Blanks around the quotes do no harm, nor do quotes further inside a cell without quotes.
    """
    return _sound_record(dialect.delimiter).fullmatch(record) is not None


@cache
def _sound_record(delimiter: str) -> re.Pattern[str]:
    """Compile the form of a record; no part of it can match in two ways, so it is never slow."""
    sign = re.escape(delimiter)
    blanks = "" if delimiter == " " else " *+"
    quoted = f'"{_WITHIN_QUOTES}"{blanks}'
    plain = rf'(?!")[^{sign}\n]*+'
    cell = f"{blanks}(?:{quoted}|{plain})"
    return re.compile(f"{cell}(?:{sign}{cell})*\n?")


def are_quotes_clean(text: str, dialect: Dialect, *, is_complete: bool) -> bool:
    """Tell whether every quote of a text opens a cell, closes one, or is doubled within one.

    Args:
        text: Records, from the beginning of one.
        dialect: How they are written.
        is_complete: Whether the last record is complete.
    """
    data = np.frombuffer(text.encode("utf-8", errors="replace"), dtype=np.uint8)
    quotes = np.flatnonzero(data == ord(QUOTE))
    if is_complete and quotes.size % 2:
        return False
    return do_quotes_enclose_cells(data, quotes, dialect)


def do_quotes_enclose_cells(
    data: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], dialect: Dialect
) -> bool:
    """Tell whether quotes, taken in turn as opening and closing, stand at the edges of cells.

    A doubled quote within a cell is a closing one followed at once by an opening one.

    Args:
        data: Bytes of a text that begins with a record.
        quotes: Positions of all quotes in it.
        dialect: How the records are written.
    """
    edges = np.zeros(256, dtype=bool)
    edges[[ord("\n"), ord(QUOTE), ord(dialect.delimiter)]] = True
    before, after = quotes[0::2] - 1, quotes[1::2] + 1
    after = after[after < data.size]
    return bool(edges[data[before[before >= 0]]].all() and edges[data[after]].all())
