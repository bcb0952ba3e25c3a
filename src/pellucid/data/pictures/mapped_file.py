"""A file mapped into memory, of which little stays there."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import numpy.typing as npt

MOST_BYTES_MAPPED = 2**24
"""After so many bytes were copied from it, its pages are let go. Where pictures are copied from
here and there, some five times as much is mapped: the system maps what is around them too."""


class MappedFile:
    """A file of bytes to copy from.

    What was looked at once counts as this process's memory until the system needs it for something
    else. It need not: it is in the system's cache as well, from where it comes back in no time.

    Args:
        path: The file; it may be removed as soon as it is mapped.

    Attributes:
        bytes: All of it, (n,), not to be written to.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.bytes: npt.NDArray[np.uint8] = np.frombuffer(self._map, dtype=np.uint8)
        self._num_copied = 0

    def let_go_after(self, num_bytes: int) -> None:
        """Count bytes that were copied, and let go of its pages after many."""
        self._num_copied += num_bytes
        if self._num_copied > MOST_BYTES_MAPPED and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
            self._num_copied = 0
