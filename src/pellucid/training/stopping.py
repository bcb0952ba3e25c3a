"""Reasons to stop before the last epoch: a person, or a clock."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Literal, get_args

from pellucid.errors import OptionError
from pellucid.training.events import Reason

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
    """Time since the start.

    Args:
        spent: Seconds that had passed before, in what is taken up again.
    """

    def __init__(self, spent: float = 0.0) -> None:
        self._start = time.monotonic() - spent

    @property
    def seconds(self) -> float:
        """Time since the start."""
        return time.monotonic() - self._start


class TimeBudget:
    """The time a training may take: a reason to stop when it is spent.

    Args:
        seconds: As much as that.
        clock: What tells how much of it is spent.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds, self._clock = seconds, clock

    @property
    def part_spent(self) -> float:
        """0 at the start, 1 when it is spent, and more later."""
        return self._clock.seconds / self._seconds

    def __call__(self) -> Reason | None:
        """Whether to stop."""
        return "time budget spent" if self._clock.seconds >= self._seconds else None


def never() -> Reason | None:
    """No reason to stop."""
    return None


def first_reason(*stops: Callable[[], Reason | None]) -> Callable[[], Reason | None]:
    """Ask several, and stop for the reason of the first that has one."""
    asked = [stop for stop in stops if stop is not never]
    if len(asked) == 1:
        return asked[0]
    return lambda: next((reason for stop in asked if (reason := stop())), None)
