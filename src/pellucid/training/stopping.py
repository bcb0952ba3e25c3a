"""Reasons to stop before the last epoch: a person, or a clock."""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import Literal, get_args

from pellucid.errors import OptionError

OnInterrupt = Literal["raise", "stop"]


def check_on_interrupt(word: object) -> None:
    """Refuse what is no answer to Ctrl-C.

    Raises:
        OptionError: It is not "raise" or "stop".
    """
    if word not in get_args(OnInterrupt):
        raise OptionError(
            f"on_interrupt must be 'raise' or 'stop', but is {word!r}.", option="on_interrupt"
        )


class Interruption:
    """While the block runs, the first Ctrl-C asks for a clean end; the second one is immediate.

    It listens in the main thread only, which alone receives signals, and not where Ctrl-C is
    ignored, as in a job in the background.

    Args:
        on_interrupt: "stop" tells a person that the end is near. "raise" is silent, for who raises
            KeyboardInterrupt afterwards, and leaves a program alone that answers Ctrl-C itself.

    Attributes:
        asked: Whether a clean end was asked for.
    """

    def __init__(self, on_interrupt: OnInterrupt = "stop") -> None:
        self._on_interrupt = on_interrupt
        self.asked = False

    def __enter__(self) -> Interruption:
        self._listens = self._may_listen()
        if self._listens:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def _may_listen(self) -> bool:
        if threading.current_thread() is not threading.main_thread():
            return False
        handler = signal.getsignal(signal.SIGINT)
        if self._on_interrupt == "raise":
            return handler is signal.default_int_handler
        return handler is not signal.SIG_IGN

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        if self._on_interrupt == "stop":
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
