"""Reasons to stop early: a person presses Ctrl-C, or a clock runs out."""

from __future__ import annotations

import signal
import threading
from types import SimpleNamespace

import pytest

from pellucid.training import stopping
from pellucid.training.stopping import Clock, Interruption


def press_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


# --- Interruption -----------------------------------------------------------------------------


def test_the_first_ctrl_c_asks_and_the_second_insists() -> None:
    with Interruption() as interruption:
        press_ctrl_c()
        assert interruption.asked
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()

    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_callers_handler_comes_back() -> None:
    pressed = []

    def callers_own(*_: object) -> None:
        pressed.append(1)

    before = signal.signal(signal.SIGINT, callers_own)
    try:
        with Interruption():
            press_ctrl_c()
        assert not pressed
        assert signal.getsignal(signal.SIGINT) is callers_own
        with pytest.raises(ValueError, match="went wrong"), Interruption():
            raise ValueError("went wrong")
        assert signal.getsignal(signal.SIGINT) is callers_own
    finally:
        signal.signal(signal.SIGINT, before)


def test_interruptions_may_be_nested() -> None:
    with Interruption() as outer:
        with Interruption() as inner:
            press_ctrl_c()
        assert (outer.asked, inner.asked) == (False, True)
        press_ctrl_c()
        assert outer.asked


def test_outside_the_main_thread_it_never_asks() -> None:
    asked = []

    def work() -> None:
        with Interruption() as interruption:
            asked.append(interruption.asked)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert asked == [False]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# --- Clock ------------------------------------------------------------------------------------


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time, to be set by hand."""
    now = SimpleNamespace(seconds=500.0)
    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def test_a_clock_without_a_budget_counts_and_is_never_over(now: SimpleNamespace) -> None:
    clock = Clock()
    now.seconds += 1e9

    assert clock.seconds == 1e9
    assert not clock.is_over
    assert clock.position(3, 12) == 0.25


@pytest.mark.parametrize(
    ("seconds", "step", "position", "is_over"),
    [
        (0.0, 0, 0.0, False),
        (2.0, 9, 0.9, False),  # quicker than planned: the steps end it
        (8.0, 1, 0.8, False),  # slower than planned: the clock ends it
        (10.0, 1, 1.0, True),
        (12.0, 1, 1.2, True),
    ],
)
def test_a_budget_moves_the_position_where_steps_are_behind(
    seconds: float, step: int, position: float, is_over: bool, now: SimpleNamespace
) -> None:
    clock = Clock(10.0)
    now.seconds += seconds

    assert clock.position(step, 10) == pytest.approx(position)
    assert clock.is_over == is_over
