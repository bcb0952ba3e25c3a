"""The header of a text table: names for its columns, though it may not fit the rows quite.

R writes no name for the row names, so that its header is one cell short; some programs end every
row with a delimiter. Both are told from the first rows, and told to whoever reads the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

import polars as pl

from pellucid.data.sources.dialects import do_count
from pellucid.errors import DataError
from pellucid.wording import quote

MAY_BE_DATA = "the header looks like data; if the file has no header, say header=False"
LOOKED_AT = 1_000
"""Rows in which names are looked for."""

ROW_NAMES = "rownames"


def fit_header(
    header: list[str], rows: Sequence[list[str]], *, delimiter: str, are_quoted: bool
) -> tuple[list[str], tuple[str, ...]]:
    """Give a header as many cells as the rows have, where it is plain why it has not.

    Args:
        header: The cells of the first record.
        rows: The records after it, as far as they were looked at.
        delimiter: What stands between the cells.
        are_quoted: Whether each of the rows begins with a quote.

    Returns:
        The header's cells, and decisions worth telling.
    """
    lengths = {len(row) for row in rows}
    if len(lengths) != 1:
        return header, ()
    excess, firsts = lengths.pop() - len(header), [row[0].strip() for row in rows]
    if excess == 1 and not any(row[-1].strip(" ") for row in rows):
        return [*header, ""], ("each row ends with a delimiter, the header does not",)
    if (
        excess == 1
        and not _is_header(rows[0], rows[1:])
        and _are_row_names(firsts, delimiter, are_quoted=are_quoted)
    ):
        name = ROW_NAMES if ROW_NAMES not in header else f"{ROW_NAMES}_1"
        note = f"the header has one name fewer than the rows: the first column is called {name}"
        return [name, *header], (note,)
    if excess == -1 and not header[-1].strip():
        return header[:-1], ("the header ends with a delimiter, the rows do not",)
    return header, ()


def _is_header(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether cells are rather the header, below a title: text above a column of numbers."""
    columns = zip(*rows, strict=True)
    return not any(map(_is_number, cells)) and any(all(map(_is_number, c)) for c in columns)


def _are_row_names(cells: Sequence[str], delimiter: str, *, are_quoted: bool) -> bool:
    """Tell whether first cells are names of rows, as R writes them.

    They differ, and are in quotes, or count the rows, or are no numbers. But between commas other
    cells may be halves: of a number with a decimal comma, of a name ("Lovelace, Ada").
    """
    if len(set(cells)) < len(cells):
        return False
    is_text = len(cells) > 1 and not any(map(_is_number, cells))
    return are_quoted or do_count(cells) or (delimiter != "," and is_text)


def name_columns(header: list[str], file: str) -> list[str]:
    """Turn a header into column names: stripped, present, and each given once.

    The first may be absent, since pandas and R write row numbers without a name there; so may the
    last ones, which spreadsheets write for empty columns.

    Raises:
        DataError: Another name is absent, or one is given twice.
    """
    names = [name.strip() for name in header]
    names[0] = names[0] or "column_1"
    while not names[-1]:
        names.pop()
    seen: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        if not name:
            raise DataError(
                f"Column {number} of {file} has no name in the header. Give every column a name; "
                "if the first line is no header, remove it, or say header=False if it is data.",
                file=file,
            )
        if name in seen:
            raise DataError(
                f"Columns {seen[name]} and {number} of {file} are both called {quote(name)}. Give "
                "every column its own name, or say header=False if the file has no header.",
                file=file,
                column=name,
            )
        seen[name] = number
    return names


def describe_header(header: list[str]) -> Iterator[str]:
    """Yield what is odd about a header, though it can be used."""
    if not header[0].strip():
        yield "the first column has no name in the header: it is called column_1"
    num_unnamed = sum(1 for _ in takewhile(lambda name: not name.strip(), reversed(header[1:])))
    if num_unnamed:
        yield f"empty columns without a name at the end left out: {num_unnamed}"
    if looks_like_data(header):
        yield MAY_BE_DATA


def numbered(count: int) -> list[str]:
    """Name columns that have no names."""
    return [f"column_{number}" for number in range(1, count + 1)]


def looks_like_data(header: list[str]) -> bool:
    """Tell whether a header is rather a row: half of it numbers that are no years."""
    return 2 * sum(map(_is_quantity, header)) >= len(header)


def stands_in_rows(frame: pl.DataFrame) -> bool:
    """Tell whether a header is rather a row: a name comes again as a cell of its own column.

    Twice at least, as a class does.

    Args:
        frame: Rows under the header, of which the first are looked at.
    """
    counts = [
        int((cells.head(LOOKED_AT) == cells.name).sum()) if cells.dtype == pl.String else 0
        for cells in frame.get_columns()
    ]
    return max(counts) > 1


def _is_quantity(name: str) -> bool:
    return _is_number(name) and not (float(name).is_integer() and 1500 <= float(name) <= 2200)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
