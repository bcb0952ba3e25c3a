"""Text for people: counts with their nouns, advice, and what was received made printable."""

from __future__ import annotations

import ast
import re
import shlex
import unicodedata
from collections.abc import Iterable

_READ_AGAIN = r"read the rows with pellucid\.read_table\(rows, missing=\[(.*)\]\)"
_TEXT = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_COLUMNS = rf"\bcolumns=(\{{{_TEXT}: {_TEXT}(?:, {_TEXT}: {_TEXT})*\}})"


def count_of(count: int, noun: str, plural: str = "") -> str:
    """A number with its noun: 1 row, 1,234 rows, 2 categories.

    Args:
        count: How many.
        noun: What, if it is one.
        plural: What, if they are several; "" for the noun with an s.
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def as_columns(names: Iterable[str], kind: str) -> str:
    """The argument that says what columns are: `columns={'zip': 'category'}`."""
    return f"columns={dict.fromkeys(names, kind)!r}"


def with_flags(message: str) -> str:
    """Arguments as a person at the command line writes them, to be pasted into a shell."""
    message = re.sub(_COLUMNS, lambda found: _column_flags(found[1]), message)
    message = re.sub(r"\btask='(\w+)'", r"--task \1", message)
    message = re.sub(r"\bdecimal='([.,])'", r"--decimal \1", message)
    message = re.sub(_READ_AGAIN, r"say --missing \1", message)
    return (
        re.sub(
            r"\b(missing|columns|delimiter|encoding|decimal|sheet|group|folds)=", r"--\1", message
        )
        .replace("header=False", "--no-header")
        .replace("allow_missing=True", "--allow-missing")
        .replace("drop_repeated=True", "--drop-repeated")
        .replace("validation_data=", "--validation")
        .replace("validation_fraction=,", "--validation-fraction,")
        .replace("by_time=", "--by-time")
    )


def _column_flags(mapping: str) -> str:
    """One flag for each column: a name may hold whatever would part several."""
    pairs = ast.literal_eval(mapping).items()
    return " ".join(f"--columns {shlex.quote(f'{name}={kind}')}" for name, kind in pairs)


def printable(text: str, *, keep: str = "") -> str:
    r"""Write what a terminal would obey, and what cannot be seen, as escapes: "\x1b[2J".

    Names, cells and file names may hold them: an escape sequence clears the screen, a carriage
    return or a sign that turns the direction of writing makes a line say something else.

    Args:
        text: What is to be shown.
        keep: Characters that are meant, such as our own ends of lines.
    """
    if text.isprintable():
        return text
    return re.sub(
        r"[^ -~]",
        lambda found: found[0] if found[0] in keep or _is_visible(found[0]) else _escape(found[0]),
        text,
    )


def _is_visible(char: str) -> bool:
    """Also blanks of every width, and what joins the letters of many scripts."""
    if char in "\u200c\u200d":
        return True
    return unicodedata.category(char) not in _OBEYED


def _escape(char: str) -> str:
    return repr(char)[1:-1]


_OBEYED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
