"""A cell opened as a picture, within bounds, or the reason in words why it cannot be.

Nothing is decoded here but what stands in a file's header.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pellucid.data.pictures.formats import (
    FORMATS,
    HEAD_BYTES,
    TAIL_BYTES,
    UNREAD_ENDINGS,
    begins_like_picture,
    ends_like_picture,
)

if TYPE_CHECKING:
    from PIL.Image import Image

Cell = str | bytes | Mapping[str, Any]
"""A path, the bytes of a file, or both as Hugging Face's tables have them: {bytes, path}."""

MOST_PIXELS = 2**27
"""Width × height of the largest picture that is decoded; the largest of today's phones' have four
fifths of it. A few bytes may claim to be more, and would fill the memory."""


class UnreadableError(Exception):
    """A cell is no picture that can be decoded.

    Args:
        reason: Why, to follow its name: "is empty".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@contextmanager
def opened(cell: Cell, folder: Path | None) -> Iterator[Image]:
    """Open a picture and decode it in the block.

    Args:
        cell: What stands for it.
        folder: Where relative paths start, before the working folder is tried.

    Yields:
        The picture, of which only the header was read so far. Of an animation it is the first.

    Raises:
        UnreadableError: It cannot be opened, or decoding it in the block fails.
    """
    with _file_of(cell, folder) as file:
        try:
            with _image_in(file) as picture:
                yield picture
        except UnreadableError:
            raise
        except Exception as error:  # whatever a decoder does with bytes that somebody made up
            raise UnreadableError(_fault(file, cell, error)) from error


def name_of(cell: Cell | None) -> str:
    """What a picture is called: its path; "" where it has none."""
    if isinstance(cell, Mapping):
        cell = cell.get("path")
    return cell if isinstance(cell, str) else ""


def is_missing(cell: Cell | None) -> bool:
    """Whether nothing stands for a picture."""
    if isinstance(cell, Mapping):
        return not cell.get("bytes") and not cell.get("path")
    return cell is None


def find_path(text: str, folder: Path | None) -> Path:
    """Where a path leads: from the folder, else from the working folder.

    Raises:
        UnreadableError: To nothing, or to what is no ordinary file.
    """
    candidates = [Path(text)] if folder is None else [folder / text, Path(text)]
    for path in candidates:
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError):  # there is none, or no file can have such a name
            continue
        if not stat.S_ISREG(mode):
            raise UnreadableError("is no file")
        return path
    raise UnreadableError("is not there")


def _image_in(file: BinaryIO) -> Image:
    from PIL import Image

    Image.init()  # all formats, of which those asked for may not have been imported
    picture = Image.open(file, formats=FORMATS)
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise UnreadableError(
            f"has {width:,} × {height:,} pixels, which is more than {MOST_PIXELS:,}"
        )
    return picture


def _file_of(cell: Cell, folder: Path | None) -> BinaryIO:
    if isinstance(cell, Mapping):
        data: bytes | None = cell.get("bytes")
        return BytesIO(data) if data else _file_of(str(cell["path"]), folder)
    if isinstance(cell, bytes):
        return BytesIO(cell)
    try:
        return find_path(cell, folder).open("rb")
    except OSError as error:
        raise UnreadableError(f"cannot be opened ({error.strerror})") from error


def _fault(file: BinaryIO, cell: Cell, error: Exception) -> str:
    """Why what was opened cannot be decoded."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, Image.DecompressionBombError):
        return f"has more than {MOST_PIXELS:,} pixels"
    size = file.seek(0, os.SEEK_END)
    if not size:
        return "is empty"
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if not begins_like_picture(head):
        return _what_else(Path(name_of(cell)).suffix)
    file.seek(max(0, size - TAIL_BYTES))
    if not ends_like_picture(head, file.read()):
        return "is cut off"
    has_words = str(error) and not isinstance(error, UnidentifiedImageError)  # it quotes objects
    return f"is damaged ({error})" if has_words else "is damaged"


def _what_else(ending: str) -> str:
    """What is called a picture, perhaps, but does not begin like one."""
    if ending.lower() in UNREAD_ENDINGS:
        return f"is of a kind that is not read ({ending})"
    return f"is called {ending} but is no picture" if ending else "is no picture"
