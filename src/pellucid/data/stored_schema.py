"""The schema of a model file: whether its columns can be read as it says.

Nothing here asks Polars to read a cell: whoever loads a model may want to fork afterwards, and
threads that Polars has started do not come along.
"""

from __future__ import annotations

import re
from datetime import datetime

from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.dates import candidate_formats
from pellucid.data.kinds.lists import DELIMITERS
from pellucid.data.kinds.numerals import DECIMAL_SIGNS, GROUP_SIGNS, UNITS
from pellucid.data.kinds.timestamps import UNIX_FORMATS
from pellucid.errors import ModelFileError
from pellucid.wording import show

SIGNS = {
    "decimal": DECIMAL_SIGNS,
    "thousands": ("", ",", ".", *GROUP_SIGNS),
    "unit": ("", *UNITS),
    "delimiter": ("", *DELIMITERS),
}
"""Fields that hold one of a few signs."""

_CODES = r"(?:%(?:[YymdBbAaHIMSpz]|\.f|#z)|[-/. ,:T]|UTC|GMT|Z)*"
_MOMENT = datetime(2005, 5, 13, 14, 15, 16)


def check_columns(schema: Schema) -> None:
    """Refuse columns that could not be read later.

    Raises:
        ModelFileError: A column says that it is written as none can be.
    """
    for column in schema.kept:
        for name, signs in SIGNS.items():
            if getattr(column, name) not in signs:
                raise _unreadable(column, name)
        if not _is_format(column.date_format):
            raise _unreadable(column, "date_format")


def _is_format(date_format: str) -> bool:
    """Whether dates, or times, can be found to be written so."""
    if date_format == "" or date_format in UNIX_FORMATS:
        return True
    if not re.fullmatch(_CODES, date_format):
        return False
    spelled = date_format.replace("%.f", ".5").replace("%#z", "+0000").replace("%z", "+0000")
    return date_format in candidate_formats(_MOMENT.strftime(spelled))


def _unreadable(column: Column, name: str) -> ModelFileError:
    value = getattr(column, name)
    return ModelFileError(
        f"The column {show(column.name)} of a schema has the {name} {show(value)}; it should be "
        "one that can be found in a table."
    )
