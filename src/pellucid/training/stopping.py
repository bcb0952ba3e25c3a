"""Reasons to stop before the last epoch: a person, or a clock."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType, TracebackType


class Interruption:
    """While the block runs, the first Ctrl-C asks for a clean end; the second one is immediate.

    Outside the main thread, where signals cannot be received, it never asks.

    Attributes:
        asked: Whether a clean end was asked for.
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Interruption:
        self._listens = threading.current_thread() is threading.main_thread()
        if self._listens:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        sys.stderr.write("\nEnding the training cleanly. Ctrl-C again: at once.\n")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._listens:
            # None stands for a handler that was not set from Python and cannot be given back.
            signal.signal(signal.SIGINT, self._before or signal.default_int_handler)


class Clock:
    """Time since the start, and how much of the training it stands for.

    Args:
        budget_seconds: Time training may take; None for as long as the epochs need.
    """

    def __init__(self, budget_seconds: float | None = None) -> None:
        self.budget_seconds = budget_seconds
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self._start

    def position(self, step: float, num_steps: int) -> float:
        """Part of the training that is over, by steps or by time, whichever is further."""
        by_steps = step / num_steps
        if self.budget_seconds is None:
            return by_steps
        return max(by_steps, self.seconds / self.budget_seconds)

    @property
    def is_over(self) -> bool:
        """Whether the budget is spent."""
        return self.budget_seconds is not None and self.seconds >= self.budget_seconds
