"""Text for people: counts with their nouns, advice, and what was received made printable."""

from __future__ import annotations

import ast
import difflib
import re
import shlex
import unicodedata
from collections.abc import Collection, Iterable, Sequence

LONGEST_CELL = 30
LONGEST_NAME = 80
"""Characters of a received cell or name that a message shows."""

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
    # By turns: what is no mapping of columns, and one, whose names may look like arguments.
    pieces = enumerate(re.split(_COLUMNS, message))
    return "".join(_column_flags(piece) if at % 2 else _flags(piece) for at, piece in pieces)


def _flags(message: str) -> str:
    message = re.sub(r"\btask='(\w+)'", r"--task \1", message)
    message = re.sub(r"\bdecimal='([.,])'", r"--decimal \1", message)
    message = re.sub(_READ_AGAIN, r"say --missing \1", message)
    return (
        re.sub(
            r"\b(missing|columns|delimiter|encoding|decimal|sheet|group|folds|checkpoint)=",
            r"--\1",
            message,
        )
        .replace("n_clusters", "--clusters")
        .replace("header=False", "--no-header")
        .replace("allow_missing=True", "--allow-missing")
        .replace("drop_repeated=True", "--drop-repeated")
        .replace("validation_data=", "--validation")
        .replace("validation_fraction=,", "--validation-fraction,")
        .replace("by_time=", "--by-time")
        .replace("image_encoder=", "--image-encoder")
        .replace("text_encoder=", "--text-encoder")
    )


def _column_flags(mapping: str) -> str:
    """One flag for each column: a name may hold whatever would part several."""
    pairs = ast.literal_eval(mapping).items()
    return " ".join(f"--columns {shlex.quote(f'{name}={kind}')}" for name, kind in pairs)


def nearest(name: str, candidates: Collection[str]) -> str | None:
    """Find the candidate most like a name; None if none is alike."""
    lowered = {candidate.lower(): candidate for candidate in candidates}
    found = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.6)
    return lowered[found[0]] if found else None


def show(value: object) -> str:
    """Write a cell for a message: text in quotes and cut short, whole numbers without a point."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    if isinstance(value, str):
        return quote(value, LONGEST_CELL)
    text = str(value)
    return text if len(text) <= LONGEST_NAME else f"{text[: LONGEST_NAME - 3]}..."


def quote(text: str, longest: int = LONGEST_NAME) -> str:
    """Write a received name for a message: in quotes, cut short, nothing in it unprintable."""
    return repr(text if len(text) <= longest else f"{text[: longest - 3]}...")


def quote_all(names: Collection[str]) -> str:
    """List names for a message: `'a', 'b'`."""
    return ", ".join(map(quote, names))


def some_of(names: Sequence[str], most: int = 3) -> str:
    """List a few of many names, and how many more there are: "a, b, c and 12 more"."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


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
