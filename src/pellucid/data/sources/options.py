"""How a person says that text tables and workbooks are to be read, checked before any is."""

from __future__ import annotations

import codecs
from collections.abc import Collection
from dataclasses import dataclass

from pellucid.errors import OptionError
from pellucid.wording import show


@dataclass(frozen=True, kw_only=True)
class ReadingOptions:
    """As for `read_table`, where each of them is explained."""

    delimiter: str | None
    encoding: str | None
    header: bool
    missing: tuple[str, ...]
    sheet: str | None


def check_options(
    delimiter: str | None,
    encoding: str | None,
    *,
    header: bool,
    missing: Collection[str],
    sheet: str | None,
    decimal: str | None,
) -> ReadingOptions:
    """What was asked for.

    Raises:
        OptionError: An option has a value it cannot have.
    """
    if delimiter is not None and not _is_delimiter(delimiter):
        raise OptionError(
            "delimiter must be one ASCII character other than a quote or a line break, "
            f"but is {show(delimiter)}.",
            option="delimiter",
        )
    if encoding is not None and not _is_encoding(encoding):
        raise OptionError(
            "encoding must be one that Python knows, such as 'utf-8', 'windows-1252' or "
            f"'utf-16', but is {show(encoding)}.",
            option="encoding",
        )
    if isinstance(missing, str):
        raise OptionError(
            f"missing must be a list of cells, such as [{show(missing)}], but is {show(missing)}.",
            option="missing",
        )
    if sheet is not None and not isinstance(sheet, str):
        raise OptionError(
            f"sheet must be the name of a sheet, such as 'Sheet1', but is {show(sheet)}.",
            option="sheet",
        )
    if decimal not in (None, ".", ","):
        raise OptionError(f"decimal must be '.' or ',', but is {show(decimal)}.", option="decimal")
    return ReadingOptions(
        delimiter=delimiter,
        encoding=encoding,
        header=header,
        missing=tuple(missing),
        sheet=sheet,
    )


def _is_delimiter(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in '"\n\r\0'


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except LookupError:
        return False
    return True
