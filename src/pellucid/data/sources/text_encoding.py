"""The encoding of a text, found from its first bytes, and one that has a meaning for every byte."""

from __future__ import annotations

import codecs

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_WINDOWS_1252 = "".join(
    bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in range(256)
)
"""Windows-1252, its five holes filled from Latin-1, so that every byte means something."""


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


def decode_windows_1252(data: bytes) -> str:
    """Bytes as the characters that Windows-1252 has for them, with a meaning for every byte."""
    return codecs.charmap_decode(data, "strict", _WINDOWS_1252)[0]
