"""Which files are pictures: by their endings, their first bytes and the mark at their end."""

from __future__ import annotations

import re
from pathlib import PurePath

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF", "JPEG2000")
"""What is decoded, as Pillow calls it. Not all that Pillow can: its EPS runs a program."""

ENDINGS = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".avif", ".jp2"),
)
UNREAD_ENDINGS = (
    *(".heic", ".heif", ".svg", ".eps", ".psd", ".ico", ".tga", ".jxl"),
    *(".dng", ".cr2", ".cr3", ".nef", ".arw", ".raw"),
)
"""Pictures too, but of kinds that are not decoded."""

HEAD_BYTES = 32
TAIL_BYTES = 12

_BEGINNINGS = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|BM|RIFF....WEBP|II[*+]\0|MM\0[*+]|P[1-7]\s"
    rb"|....ftypavi[fs]|\0\0\0\x0cjP  ",
    re.DOTALL,
)
_END_MARKS = ((b"\xff\xd8", b"\xff\xd9"), (b"\x89PNG", b"IEND\xaeB`\x82"))
"""How files of a kind begin, and how they end if nothing is cut off."""


def is_picture_path(text: str) -> bool:
    """Whether a path or the name of a file ends as those of pictures do."""
    return PurePath(text).suffix.lower() in ENDINGS


def begins_like_picture(head: bytes) -> bool:
    """Whether the first `HEAD_BYTES` of a file are those of a picture that can be decoded."""
    return _BEGINNINGS.match(head) is not None


def ends_like_picture(head: bytes, tail: bytes) -> bool:
    """Whether the last `TAIL_BYTES` of a picture end it; true where its kind has no such mark.

    Some programs add bytes of their own behind the mark, so that a picture without it may still be
    whole: only decoding it tells.
    """
    return all(mark in tail for beginning, mark in _END_MARKS if head.startswith(beginning))
