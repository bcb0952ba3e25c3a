"""How a text table is written: its delimiter, and lines before its header, found in a sample.

Nothing here reads files: the functions take the beginning of a file and say how to read it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

QUOTE = '"'

DELIMITERS = ("\t", ";", "|", ",")
"""Candidates, the one to prefer first: a file with semicolons may be full of decimal commas, while
a file with commas is seldom full of semicolons."""

_EVEN, _FEW_LINES = 0.8, 3
"""Share of the lines of a table that have the same number of cells, and of how many lines such a
share says little."""

SAMPLE_RECORDS = 100
SAMPLE_CHARACTERS = 262_144


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


def find_delimiter(head: str, delimiter: str | None) -> Dialect:
    """Find how a text table is written, but for what its quotes mean.

    Args:
        head: The beginning of the file, with line feeds at the ends of lines.
        delimiter: The delimiter, if the caller knows it.
    """
    announced = re.match(r'"?sep=(.)"?\n', head)  # a line for Excel, which obeys it
    if announced:
        return Dialect(delimiter=delimiter or announced[1], skip_lines=1)
    comments = _count_comments(head, delimiter)
    sample = whole_lines(head, SAMPLE_CHARACTERS)
    table = "".join(sample.splitlines(keepends=True)[comments:])
    dialect = _detect_quoted_lines(table, delimiter) or Dialect(
        delimiter=delimiter or _detect_delimiter(table)
    )
    return replace(dialect, skip_lines=comments)


def whole_lines(text: str, length: int) -> str:
    """Cut a text to a length, at the end of a line if there is one."""
    if len(text) <= length:
        return text
    end = text.rfind("\n", 0, length) + 1
    return text[: end or length]


def _count_comments(head: str, delimiter: str | None) -> int:
    """Count the lines before the header that begin with "#" and are shaped unlike the rest.

    A header may itself begin with "#" ("#,Name,Type"): it has as many fields as its rows.
    """
    lines = whole_lines(head, SAMPLE_CHARACTERS).split("\n")
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
WITHIN_QUOTES = '[^"]*+(?:""[^"]*+)*'
_WHOLE_LINES = re.compile(rf'(?:"{WITHIN_QUOTES}"\n++)+')
_BEGUN_LINE = re.compile(rf'(?:"{WITHIN_QUOTES}"?)?')
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


def is_delimited(sample: str) -> bool:
    """Whether the beginning of a file is rather a table than running text.

    Nearly all lines have the same number of cells, more than one; two or three lines may have so by
    chance, unless there are tabs in them, or the first looks like names.
    """
    sample = re.sub(r"(?m)^[ \t]+", "", sample)  # which begins paragraphs
    for delimiter in DELIMITERS:
        dialect = Dialect(delimiter=delimiter, quote=QUOTE)
        counts = _field_counts(sample, dialect)
        is_even = len(counts) > 1 and _score(counts)[1] > _EVEN
        header = sample.split("\n", 1)[0].split(delimiter)
        are_names = delimiter == "\t" or all(len(cell.split()) <= 2 for cell in header)
        if is_even and (are_names or len(counts) > _FEW_LINES):
            return True
    return _is_from_r(sample) or _has_fixed_widths(sample)


def _has_fixed_widths(sample: str) -> bool:
    """Tell whether nearly all lines are of one length and have gaps, as columns of one width do."""
    lines = [line for line in sample.split("\n")[:SAMPLE_RECORDS] if line.strip()]
    lengths = Counter(len(line) for line in lines if "   " in line.strip())
    return len(lines) > 1 and max(lengths.values(), default=0) > _EVEN * len(lines)


def _field_counts(sample: str, dialect: Dialect) -> list[int]:
    """Count the fields of each of the first records; [] where they cannot be read this way."""
    records = dialect.csv_reader(io.StringIO(sample))
    try:
        return [len(record) for record in islice(records, SAMPLE_RECORDS) if record]
    except csv.Error:
        return []
