"""Folders for what is needed for a while: gone with their process, however it ends.

A process that is killed cannot tidy up. So each folder holds a locked file, and whoever comes next
removes the folders whose lock is free: its holder is gone. (A process number would not do: two
containers may share a folder for temporary files and number their processes alike.)
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import weakref
from pathlib import Path
from types import TracebackType
from typing import Self

PREFIX = "pellucid-"
LOCK = "in-use"


class ScratchFolder:
    """A folder of one's own among the temporary files.

    Attributes:
        path: Where it is.
    """

    def __init__(self) -> None:
        sweep()
        folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
        self.path = Path(folder.name)
        self._close = weakref.finalize(self, _remove, folder, _open_lock(self.path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Remove it; without this, it is removed when nobody has it any more."""
        self._close()


def _remove(folder: tempfile.TemporaryDirectory[str], lock: int | None) -> None:
    folder.cleanup()
    if lock is not None:
        os.close(lock)


def sweep() -> None:
    """Remove the folders of processes that are gone; those of other people stay."""
    if sys.platform == "win32":  # no locks of this kind
        return
    with contextlib.suppress(OSError):
        for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                _sweep_one(folder)


def _open_lock(folder: Path) -> int | None:
    """Lock a file in a folder, for as long as this process has it open."""
    if sys.platform == "win32":
        return None
    import fcntl

    new = folder / f"{LOCK}.new"
    lock = os.open(new, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    new.rename(folder / LOCK)  # only now does it count: never seen unlocked while it is in use
    return lock


def _sweep_one(folder: Path) -> None:
    if sys.platform == "win32" or folder.is_symlink() or folder.stat().st_uid != os.getuid():
        return
    import fcntl

    lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: it is in use
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)
