"""One text a file: its bytes as characters, whatever their encoding, and what is no text.

Nothing in a text is refused that can be read: a byte that its encoding does not have shows as �.
"""

from __future__ import annotations

import codecs
import enum
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from pellucid.data.sources.dialects import is_delimited
from pellucid.data.sources.text_encoding import decode_windows_1252, detect_encoding
from pellucid.errors import DataWarning
from pellucid.wording import count_of, some_of

MOST_CHARACTERS = 100_000
"""Characters of a text that are read, wherever it stands: some fifty pages."""

MOST_BYTES = 4 * MOST_CHARACTERS
"""Bytes that as many characters have at most, in any encoding."""

SAMPLE_CHARACTERS = 4_096
_CONTROLS = dict.fromkeys({*range(32), 127} - {*b"\t\n\r\f\v\b\x1b"})
_FEW_CONTROLS, _SHARE_OF_CONTROLS, _CONTROLS_ALIKE = 3, 0.05, 4
"""Control characters that a text may hold: so many, or such a share, or few different ones. Files
of any other kind hold more, for a tenth of all bytes are such."""

_NO_TEXTS = ((b"%PDF-", "is a PDF document"), (b"{\\rtf", "is an RTF document"))


class Doubt(enum.Enum):
    """What is to be told of a text that was read."""

    LONG = "longer than is read"
    GUESSED = "not UTF-8, read as Windows-1252"
    DAMAGED = "with bytes that its encoding does not have, shown as �"
    EMPTY = "empty, counted as missing"


@dataclass(frozen=True, slots=True)
class ReadText:
    """What a file holds.

    Attributes:
        text: Its characters, with line feeds at the ends of lines; None if it is no text.
        reason: Why it is none.
        doubts: What is to be told of it.
    """

    text: str | None
    reason: str = ""
    doubts: tuple[Doubt, ...] = ()


def decode_text(data: bytes, encoding: str | None = None) -> ReadText:
    """Read bytes as a text.

    A byte order mark tells the encoding, else zeros at every other place (UTF-16). Other bytes are
    UTF-8 if all of them can be; Windows-1252 if not, unless most of what is not ASCII is UTF-8,
    which then is damaged. A zero byte becomes a blank.

    Args:
        data: All bytes, or the first `MOST_BYTES` and at least one more.
        encoding: What a person says it is; None to find it.
    """
    for beginning, reason in _NO_TEXTS:
        if data.startswith(beginning):
            return ReadText(None, reason)
    text, doubt = _decoded(data[:MOST_BYTES], encoding, is_whole=len(data) <= MOST_BYTES)
    if _is_binary(text):
        return ReadText(None, "is no text")
    doubts = [] if doubt is None else [doubt]
    if len(data) > MOST_BYTES or len(text) > MOST_CHARACTERS:
        text = text[:MOST_CHARACTERS]
        doubts.append(Doubt.LONG)
    if "\0" in text:
        text = text.replace("\0", " ")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text or text.isspace():
        doubts.append(Doubt.EMPTY)
    return ReadText(text, doubts=tuple(doubts))


def warn_of_long(name: str, which: Sequence[str]) -> None:
    """Warn of texts of which only the beginning is read.

    Args:
        name: Of their table.
        which: Files or rows; none for no warning.
    """
    if which:
        are = "is" if len(which) == 1 else "are"
        warnings.warn(
            f"{count_of(len(which), 'text')} of {name} {are} longer than {MOST_CHARACTERS:,} "
            f"characters, of which the rest is not read: {some_of(which)}.",
            DataWarning,
            stacklevel=2,
        )


def _decoded(data: bytes, encoding: str | None, *, is_whole: bool) -> tuple[str, Doubt | None]:
    if encoding is None and data.isascii() and b"\0" not in data:
        return data.decode("ascii"), None
    found = encoding or detect_encoding(data)
    try:
        return _decode(data, found, "strict", is_whole=is_whole), None
    except UnicodeError:
        if encoding is None and found == "utf-8" and not _is_damaged_utf_8(data):
            return decode_windows_1252(data), Doubt.GUESSED
        return _decode(data, found, "replace", is_whole=is_whole), Doubt.DAMAGED


def _decode(data: bytes, encoding: str, errors: str, *, is_whole: bool) -> str:
    """Decode bytes; half a character at the end is none where more would follow."""
    return codecs.getincrementaldecoder(encoding)(errors).decode(data, final=is_whole)


def _is_damaged_utf_8(data: bytes) -> bool:
    """Whether most of what is not ASCII is UTF-8 nevertheless."""
    text = data.decode("utf-8", "replace")
    others = len(text) - len(text.encode("ascii", "ignore"))
    return text.count("\ufffd") < others / 2


def _is_binary(text: str) -> bool:
    sample = text[:SAMPLE_CHARACTERS]
    if sample.isprintable():
        return False
    most = max(_FEW_CONTROLS, _SHARE_OF_CONTROLS * len(sample))
    if len(sample) - len(sample.translate(_CONTROLS)) <= most:
        return False
    kinds = len(_CONTROLS.keys() & {*map(ord, sample)})
    return sample.count("\0") > most or kinds > _CONTROLS_ALIKE


_AT_BEGINNING = "\ufeff \n\t"
_WORDS = re.compile(r"[^\W\d_]{2,} +[^\W\d_]{2,} +[^\W\d_]{2,}")


def is_running_text(head: bytes) -> bool | None:
    """Whether the beginning of a file is that of a text, and not of a text table.

    Args:
        head: Its first bytes.

    Returns:
        None if it is no text at all.
    """
    text = decode_text(head).text
    return None if text is None else not is_delimited(text.lstrip(_AT_BEGINNING))


def is_prose(head: bytes) -> bool:
    """Whether three words follow each other somewhere in the beginning of a text.

    A column of numbers or names has none, and is a table though without a second column. Scripts
    that put no blanks between words have no such words.

    Args:
        head: Its first bytes.
    """
    text = (decode_text(head).text or "").lstrip(_AT_BEGINNING)
    return _WORDS.search(text) is not None or not text[:100].isascii()
