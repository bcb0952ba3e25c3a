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

PICTURES = (".png", ".svg", ".pdf")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; it takes its place at the end of the block.

    If the block fails, what was at `path` before is still there.

    Args:
        path: Where the complete file goes.

    Yields:
        The temporary path, in the same folder.

    Raises:
        DataError: The folder does not exist, is not writable, or has no space.
    """
    _check_place(path)
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent
        )
        os.close(handle)
    except OSError as error:
        raise _cannot_write(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        _make_ordinary(temporary)
        temporary.replace(path)
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
    _check_place(path)
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _cannot_write(path, error) from error


def check_picture(path: Path) -> None:
    """Find out, before long work starts, whether a picture can be saved.

    Raises:
        OptionError: Its ending is none of `PICTURES`.
        DataError: The folder does not exist, or is not writable.
    """
    if path.suffix.lower() not in PICTURES:
        raise OptionError(
            f"The picture {path} must end with one of {', '.join(PICTURES)}.", option="out"
        )
    check_writable(path)


def save_picture(figure: Figure, path: Path) -> None:
    """Save a picture, as its ending says.

    Raises:
        OptionError: Its ending is none of `PICTURES`.
        DataError: It cannot be written there.
    """
    check_picture(path)
    with written_whole(path) as temporary:
        figure.savefig(temporary, dpi=150)


def _check_place(path: Path) -> None:
    if path.exists() and not path.is_file() and not path.is_dir():
        raise DataError(
            f"{path} is no ordinary file, and would be replaced by one. Write to a file.",
            file=str(path),
        )
    if path.is_dir():
        raise DataError(f"{path} is a folder. Give the name of a file to write.", file=str(path))
    if not path.parent.is_dir():
        raise DataError(
            f"The folder {path.parent} does not exist. Make it, or write somewhere else.",
            file=str(path),
        )


def _make_ordinary(temporary: Path) -> None:
    """Give the file the permissions every new file has, and its bytes to the disk."""
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(0o666 & ~mask)
    with temporary.open("rb") as written:
        os.fsync(written.fileno())


def _cannot_write(path: Path, error: OSError) -> DataError:
    cause = error.strerror or str(error)
    remedy = "Free some space or" if error.errno == errno.ENOSPC else "Give the right to, or"
    return DataError(
        f"{path} cannot be written: {cause}. {remedy} choose another place.", file=str(path)
    )
