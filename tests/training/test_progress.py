"""The live display: a line in a terminal, few lines in a pipe, nothing left behind."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from dataclasses import replace

import pytest

from pellucid.training.events import EpochEnded, Event, StageStarted, StepsTaken, Validation
from pellucid.training.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


STEPS = StepsTaken(
    epoch=3, step=50, num_steps=200, loss=0.123456, rows_per_second=12_345.6, remaining_seconds=41.7
)
EPOCH = EpochEnded(
    epoch=3,
    loss=0.1,
    validation=Validation(loss=0.2, score=0.98765),
    is_best=True,
    seconds=1.0,
)
UNJUDGED = EpochEnded(epoch=4, loss=0.1, validation=None, is_best=True, seconds=1.1)


def shown(monkeypatch: pytest.MonkeyPatch, *events: Event) -> str:
    """Everything a terminal receives while these events happen and training then fails."""
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stderr", terminal)
    with suppress(ArithmeticError), Progress("accuracy", is_shown=True) as progress:
        for event in events:
            progress(event)
        raise ArithmeticError
    return terminal.getvalue()


def test_a_terminal_shows_where_training_is(monkeypatch: pytest.MonkeyPatch) -> None:
    line = shown(monkeypatch, STEPS)

    assert "epoch 3 · loss 0.1235 · 12.3k rows/s · at most 42 s left" in line


def test_of_pictures_it_tells_how_many_are_seen_in_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress("accuracy", is_shown=True, unit="pictures") as progress:
        progress(STEPS)

    assert "12.3k pictures/s" in terminal.getvalue()


def test_it_gives_no_percentage_since_training_ends_when_it_has_learned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "%" not in shown(monkeypatch, STEPS, EPOCH)


def test_after_an_epoch_it_shows_the_score_of_the_validation_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = shown(monkeypatch, STEPS, EPOCH, UNJUDGED, STEPS)

    assert "loss 0.1235 · accuracy 0.9877 · 12.3k rows/s" in line


def test_the_line_and_the_hidden_cursor_do_not_outlive_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = shown(monkeypatch, STEPS)

    show_cursor, erase_line = "\x1b[?25h", "\x1b[2K"
    assert show_cursor in line
    assert line.endswith(erase_line)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_quiet_caller_sees_nothing(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal() if is_terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)

    with Progress("accuracy", is_shown=False) as progress:
        progress(EPOCH)
        progress(STEPS)

    assert stream.getvalue() == ""


def test_a_pipe_gets_plain_lines_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)

    with Progress("accuracy", is_shown=True) as progress:
        for seconds in (1.0, 2.0, 5.9, 6.0, 9.0):
            progress(STEPS)
            progress(replace(EPOCH, seconds=seconds))
        progress(replace(UNJUDGED, seconds=11.5))

    assert stream.getvalue().splitlines() == [
        "epoch 3 · loss 0.1 · accuracy 0.9877 · 1.0 s",
        "epoch 3 · loss 0.1 · accuracy 0.9877 · 6.0 s",
        "epoch 4 · loss 0.1 · 11.5 s",
    ]


def test_a_stage_is_named_before_its_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("", is_shown=True)
    progress(StageStarted(name="contrast"))
    progress(UNJUDGED)
    assert capsys.readouterr().err == "contrast · epoch 4 · loss 0.1 · 1.1 s\n"
