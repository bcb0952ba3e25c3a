"""Reasons to stop early: a person presses Ctrl-C, or a clock runs out."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from pellucid.training import stopping
from pellucid.training.stopping import Clock, Interruption, TimeBudget, first_reason, never


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


def test_it_is_a_reason_to_stop_beside_a_callers_own() -> None:
    answers = [False, True]
    with Interruption() as interruption:
        assert interruption() is None
        assert interruption.or_asked_by(None)() is None
        asked = interruption.or_asked_by(lambda: answers.pop(0))
        assert (asked(), asked()) == (None, "stopped")
        signal.raise_signal(signal.SIGINT)
        assert asked() == "interrupted"


@pytest.fixture
def ended() -> Iterator[list[int]]:
    """A program's own answer to SIGTERM, and how often it was given."""
    calls: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: calls.append(number))
    yield calls
    signal.signal(signal.SIGTERM, before)


def test_a_signal_to_end_is_delayed_and_passed_on(ended: list[int]) -> None:
    with Interruption(delays=True) as interruption:
        signal.raise_signal(signal.SIGTERM)
        assert interruption() == "interrupted"
        assert not ended
        interruption.pass_on()
        assert ended == [signal.SIGTERM]


def test_a_signal_to_end_that_comes_after_the_last_step_is_not_lost(ended: list[int]) -> None:
    with Interruption(delays=True):
        signal.raise_signal(signal.SIGTERM)

    assert ended == [signal.SIGTERM]


def test_a_second_signal_to_end_is_immediate(ended: list[int]) -> None:
    with Interruption(delays=True):
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)
        assert ended == [signal.SIGTERM]


def test_signals_to_end_are_left_alone_if_nothing_else_is_said(ended: list[int]) -> None:
    with Interruption() as interruption:
        signal.raise_signal(signal.SIGTERM)

    assert ended == [signal.SIGTERM]
    assert not interruption.asked


# --- Clock ------------------------------------------------------------------------------------


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time, to be set by hand."""
    now = SimpleNamespace(seconds=500.0)
    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


def test_a_clock_counts_on_from_what_was_spent_before(now: SimpleNamespace) -> None:
    clock, later = Clock(), Clock(spent=20.0)
    now.seconds += 1e9

    assert clock.seconds == 1e9
    assert later.seconds == 1e9 + 20.0


@pytest.mark.parametrize(
    ("seconds", "part", "reason"),
    [
        (0.0, 0.0, None),
        (8.0, 0.8, None),
        (10.0, 1.0, "time budget spent"),
        (12.0, 1.2, "time budget spent"),
    ],
)
def test_a_time_budget_is_a_reason_to_stop_when_it_is_spent(
    seconds: float, part: float, reason: str | None, now: SimpleNamespace
) -> None:
    budget = TimeBudget(10.0, Clock())
    now.seconds += seconds

    assert budget.part_spent == pytest.approx(part)
    assert budget() == reason


def test_several_may_stop_a_training_and_the_first_reason_counts() -> None:
    asked = first_reason(never, lambda: "interrupted", lambda: "stopped")

    assert asked() == "interrupted"
    assert first_reason(lambda: None, lambda: "stopped")() == "stopped"
    assert first_reason(never, never)() is None
