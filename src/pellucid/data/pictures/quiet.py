"""Warnings of a decoder held back, in any number of threads at once."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_INSIDE: list[warnings.catch_warnings[None]] = []
"""One entry for each thread in the block; the first holds the filters that were there before."""


@contextmanager
def without_warnings() -> Iterator[None]:
    """Hold back what Pillow warns of: odd metadata, and sizes that are bounded anyway.

    Filters of warnings belong to the process, not to a thread: the first to come sets them aside,
    and the last to go puts them back.
    """
    with _LOCK:
        if not _INSIDE:
            held = warnings.catch_warnings()
            held.__enter__()
            warnings.simplefilter("ignore")
        else:
            held = _INSIDE[0]
        _INSIDE.append(held)
    try:
        yield
    finally:
        with _LOCK:
            _INSIDE.pop()
            if not _INSIDE:
                held.__exit__(None, None, None)
