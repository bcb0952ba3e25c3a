"""The live display of a training: one line that moves in a terminal, a few lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pellucid.training.events import (
    EpochEnded,
    Event,
    StageStarted,
    StepsTaken,
    TrainingStarted,
)

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Shows events as they come.

    Args:
        score_name: What the validation score is, e.g. "accuracy".
        is_shown: Whether to show anything at all. Where there is no terminal, an epoch is a plain
            line, one in `SECONDS_BETWEEN_LINES` at most.
        unit: What is learned from: rows, or pictures.
    """

    def __init__(self, score_name: str, *, is_shown: bool, unit: str = "rows") -> None:
        self._score_name, self._unit = score_name, unit
        self._bar: Bar | None = None
        self._writes_lines = is_shown and not sys.stderr.isatty()
        self._next_line = 0.0
        if is_shown and sys.stderr.isatty():
            self._bar = _make_bar()
        self._score = self._stage = ""

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("training", total=None, facts="")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, StageStarted):
            self._stage = f"{event.name} · "
        if self._writes_lines:
            self._write_line(event)
        if self._bar is None:
            return
        if isinstance(event, StageStarted):
            self._bar.reset(self._task, facts=event.name)
        elif isinstance(event, TrainingStarted):
            self._score = ""
            self._bar.reset(self._task, facts="")
        elif isinstance(event, StepsTaken):
            facts = (
                f"{self._stage}epoch {event.epoch} · loss {event.loss:.4g}{self._score} · "
                f"{event.rows_per_second / 1000:.3g}k {self._unit}/s · "
                f"at most {event.remaining_seconds:.0f} s left"
            )
            self._bar.update(self._task, facts=facts)
        elif isinstance(event, EpochEnded) and event.validation:
            self._score = f" · {self._score_name} {event.validation.score:.4g}"

    def _write_line(self, event: Event) -> None:
        if isinstance(event, TrainingStarted):
            self._next_line = 0.0
        elif isinstance(event, EpochEnded) and event.seconds >= self._next_line:
            self._next_line = event.seconds + SECONDS_BETWEEN_LINES
            judged = event.validation
            score = f" · {self._score_name} {judged.score:.4g}" if judged else ""
            sys.stderr.write(
                f"{self._stage}epoch {event.epoch} · loss {event.loss:.4g}{score} · "
                f"{event.seconds:.1f} s\n"
            )


def _make_bar() -> Bar:
    """A bar that moves and fills no part: nobody knows in which epoch a training will end."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    return Bar(
        BarColumn(bar_width=10),
        TextColumn("{task.fields[facts]}"),
        console=Console(stderr=True),
        transient=True,
    )
