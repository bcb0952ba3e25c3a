"""Files that are either complete or not there: written beside their place, then moved into it."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.errors import DataError, OptionError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPORARY = ".pellucid-"
"""How files begin that are not complete yet."""

PICTURES = (".png", ".svg", ".pdf")
JSON = ".json"
"""The ending of a page's file that is written as data."""
PAGES = (".html", ".htm", JSON)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; it takes its place at the end of the block.

    If the block fails, what was at `path` before is still there. A symbolic link stays one: the
    file it leads to is replaced.

    Args:
        path: Where the complete file goes.

    Yields:
        The temporary path, in the same folder.

    Raises:
        DataError: The folder does not exist, is not writable, or has no space.
    """
    place = _place_of(path)
    try:
        # Not called after the file: its name may be as long as names can be.
        handle, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=path.suffix, dir=place.parent)
        os.close(handle)
    except OSError as error:
        raise _cannot_write(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        _make_ordinary(temporary, place)
        temporary.replace(place)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def kind_of_special(path: Path) -> str | None:
    """Say what a path leads to if it can be opened and is no file: reading it might never end."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):  # there is nothing, or the name is one no file can have
        return None
    if stat.S_ISDIR(mode):
        return "a folder"
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return "a pipe"
    return None if stat.S_ISREG(mode) else "a device"


def check_writable(path: Path) -> None:
    """Find out, before long work starts, whether a file can be written.

    Raises:
        DataError: The folder does not exist, or is not writable.
    """
    place = _place_of(path)
    try:
        with tempfile.TemporaryFile(dir=place.parent):
            pass
    except OSError as error:
        raise _cannot_write(path, error) from error


def check_ending(path: Path, *, option: str = "out") -> None:
    """Find out, before long work starts, whether a picture is of a kind that can be saved.

    Raises:
        OptionError: Its ending is none of `PICTURES`.
    """
    if path.suffix.lower() not in PICTURES:
        raise OptionError(
            f"The picture {path} must end with one of {', '.join(PICTURES)}.", option=option
        )


def check_page_ending(path: Path, *, option: str) -> None:
    """Find out, before long work starts, whether a page is of a kind that can be written.

    Raises:
        OptionError: Its ending is none of `PAGES`.
    """
    if path.suffix.lower() not in PAGES:
        *pages, data = PAGES
        raise OptionError(
            f"The page {path} must end with {' or '.join(pages)}, to be opened in a browser, or "
            f"with {data}, to be read by a program. Give it such a name.",
            option=option,
        )


def save_picture(figure: Figure, path: Path) -> None:
    """Save a picture, as its ending says.

    Raises:
        OptionError: Its ending is none of `PICTURES`.
        DataError: It cannot be written there.
    """
    check_ending(path)
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=150)


def _place_of(path: Path) -> Path:
    """Where a file will be, links followed; refused if it cannot be there."""
    try:
        place = path.resolve()
        mode = place.stat().st_mode if place.exists() else stat.S_IFREG
    except (OSError, RuntimeError, ValueError) as error:  # too long, or a link to itself
        cause = getattr(error, "strerror", None) or "it is a link that leads to itself"
        raise DataError(
            f"{path} cannot be written: {cause}. Give another name.", file=str(path)
        ) from error
    if stat.S_ISDIR(mode):
        raise DataError(f"{path} is a folder. Give the name of a file to write.", file=str(path))
    if not stat.S_ISREG(mode):
        raise DataError(
            f"{path} is no ordinary file, and would be replaced by one. Write to a file.",
            file=str(path),
        )
    if not place.parent.is_dir():
        raise DataError(
            f"The folder {place.parent if path.is_symlink() else path.parent} does not exist. Make "
            "it, or write somewhere else.",
            file=str(path),
        )
    if place.exists() and not os.access(place, os.W_OK):
        raise DataError(
            f"{path} is there and may not be written to. Give the right to, or another name.",
            file=str(path),
        )
    return place


def _make_ordinary(temporary: Path, place: Path) -> None:
    """Give a file the permissions of what it replaces, else of new files; its bytes to the disk."""
    if place.exists():
        mode = stat.S_IMODE(place.stat().st_mode)
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    temporary.chmod(mode)
    with temporary.open("rb") as written:
        os.fsync(written.fileno())


def _cannot_write(path: Path, error: OSError) -> DataError:
    cause = error.strerror or str(error)
    remedy = "Free some space or" if error.errno == errno.ENOSPC else "Give the right to, or"
    return DataError(
        f"{path} cannot be written: {cause}. {remedy} choose another place.", file=str(path)
    )
