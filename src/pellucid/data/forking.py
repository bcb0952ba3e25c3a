"""Processes that were forked after Polars had started its threads: refused, not left to hang.

A fork copies memory but no threads. Polars then waits for ever for threads that are not there; it
cannot start them anew. A process that was forked before Polars worked, or started anew (spawn,
forkserver), has its own.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from pellucid.errors import ForkedProcessError

_THREADS = Path("/proc/self/task")


class _Threads:
    """What is known about Polars' threads in this process.

    Attributes:
        has_worked: Whether Polars was asked for anything by us.
        were_there: Whether they were there when this process last forked.
        are_lost: Whether this process was forked from one that had them.
    """

    has_worked = False
    were_there = False
    are_lost = False


def check_process() -> None:
    """Refuse to go on where Polars would wait for ever.

    Raises:
        ForkedProcessError: This process was forked from one in which Polars' threads had started.
    """
    if _Threads.are_lost:
        raise ForkedProcessError(
            "This process was forked after Polars had started its threads, which a fork does not "
            "copy: every prediction would wait for them for ever. Load the model in each process "
            "after it has begun, and start processes with 'spawn' or 'forkserver', or read and "
            "predict nothing before the fork. See docs/concepts/serving.md."
        )
    _Threads.has_worked = True


def _look() -> None:
    """Before a fork: are there threads of Polars?"""
    try:
        names = [(task / "comm").read_text() for task in _THREADS.iterdir()]
    except OSError:  # no Linux, or a thread that has just ended
        _Threads.were_there = _Threads.has_worked
    else:
        # Its workers, and not the one that tidies up behind them, which nobody waits for.
        _Threads.were_there = any(re.match(r"polars-\d", name) for name in names)


def _lose() -> None:
    """In the forked process: they are gone."""
    _Threads.are_lost |= _Threads.were_there


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_look, after_in_child=_lose)
