"""What the quotes of a text table mean: around cells, doubled, or ordinary characters."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt

from pellucid.data.sources.dialects import (
    QUOTE,
    WITHIN_QUOTES,
    Dialect,
    find_delimiter,
    whole_lines,
)


def detect_dialect(head: str, *, delimiter: str | None, is_complete: bool) -> Dialect:
    """Find how a text table is written.

    Args:
        head: The beginning of the file, with line feeds at the ends of lines.
        delimiter: The delimiter, if the caller knows it.
        is_complete: Whether `head` is the whole file.
    """
    dialect = find_delimiter(head, delimiter)
    table = head.split("\n", dialect.skip_lines)[-1]
    return judge_quotes(dialect, table, is_complete=is_complete)


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
    if _are_quotes_ordinary(text if is_complete else whole_lines(text, len(text) - 1), dialect):
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
    quoted = f'"{WITHIN_QUOTES}"{blanks}'
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
