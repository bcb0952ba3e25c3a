"""Reasons to stop before the last epoch: a person, or a clock."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Literal, get_args

from pellucid.errors import OptionError
from pellucid.training.events import Reason

OnInterrupt = Literal["raise", "stop"]
Handler = Callable[[int, FrameType | None], Any] | int | None
DEFAULTS: dict[int, Handler] = {signal.SIGINT: signal.default_int_handler}


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
        delays: Whether signals to end at once, such as SIGTERM, wait for `pass_on`, so that the
            step is completed first.

    Attributes:
        asked: Whether a clean end was asked for.
    """

    def __init__(self, on_interrupt: OnInterrupt = "stop", *, delays: bool = False) -> None:
        self._on_interrupt, self._delays = on_interrupt, delays
        self._before: dict[int, Handler] = {}
        self._delayed: int | None = None
        self.asked = False

    def __call__(self) -> Reason | None:
        """A reason to stop, if a clean end was asked for."""
        return "interrupted" if self.asked else None

    def or_asked_by(self, stop: Callable[[], bool] | None) -> Callable[[], Reason | None]:
        """A reason to stop, also if a caller's own answer to whether to stop is True."""
        return first_reason(self, never if stop is None else lambda: "stopped" if stop() else None)

    def __enter__(self) -> Interruption:
        if threading.current_thread() is not threading.main_thread():
            return self
        if self._answers_ctrl_c():
            self._before[signal.SIGINT] = signal.signal(signal.SIGINT, self._ask)
        for name in ("SIGTERM", "SIGHUP") if self._delays else ():
            number = getattr(signal, name, None)  # Windows has not all
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._delay)
        return self

    def _answers_ctrl_c(self) -> bool:
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

    def _delay(self, number: int, _frame: FrameType | None) -> None:
        is_second, self._delayed, self.asked = self._delayed is not None, number, True
        if is_second:
            self.pass_on()

    def pass_on(self) -> None:
        """Let a signal that was delayed do what it would have done, which may be the end."""
        number, self._delayed = self._delayed, None
        if number is not None:
            self._restore(number)
            signal.raise_signal(number)

    def _restore(self, number: int) -> None:
        # None stands for a handler that was not set from Python and cannot be given back.
        before = self._before[number] or DEFAULTS.get(number, signal.SIG_DFL)
        signal.signal(number, before)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number in self._before:
            self._restore(number)
        self.pass_on()  # what came after the last step


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
