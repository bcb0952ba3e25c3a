"""What a terminal shows while a command works."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from pellucid.cli import console
from pellucid.cli.screen import Text
from pellucid.comparison.fit_and_evaluate import FitEvent
from pellucid.comparison.stages import LeaksSought, RowsRead, Stage, Trained, Working
from pellucid.model.network_facts import NetworkFacts
from pellucid.network.network import Network
from pellucid.training.events import TrainingStarted, TrainingStopped


class FitDisplay:
    """Shows a training as it goes on: what was read, what learns, and how it ended.

    Args:
        screen: Where to.
        checkpoint: The file that keeps the training, if there is one.
    """

    def __init__(self, screen: Console, checkpoint: Path | None = None) -> None:
        self._screen, self._checkpoint = screen, checkpoint
        self._network_is_shown = False

    def __call__(self, event: FitEvent) -> None:
        """Show one event."""
        if isinstance(event, RowsRead):
            self._screen.print(console.rows_read(event))
        elif isinstance(event, LeaksSought):
            self._columns = event.schema
            self._screen.print(console.leaks_sought(event), soft_wrap=True)
        elif isinstance(event, TrainingStarted):
            self._show_start(event)
        elif isinstance(event, TrainingStopped) and self._checkpoint is not None:
            self._screen.print(console.kept(event, self._checkpoint), soft_wrap=True)
        elif isinstance(event, Trained):
            self._screen.print(console.ending(event.estimator.model_))

    def _show_start(self, event: TrainingStarted) -> None:
        if not self._network_is_shown:
            self._network_is_shown = True  # before the first training of one or two
            columns = self._columns
            self._screen.print(Text(""), console.schema(columns), Text(""))
            self._screen.print(console.network(_facts(event.network), len(columns.kept)), Text(""))
        if self._checkpoint is not None:
            self._screen.print(console.going_on(event, self._checkpoint), soft_wrap=True)


def _facts(network: Network) -> NetworkFacts:
    return NetworkFacts.of(network.describe(), len(network.weights))


class ComparisonDisplay:
    """Shows a comparison as it goes on: first what was read, then who is learning.

    Args:
        screen: Where to.
    """

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._bar = Progress(
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.description}"),
            console=Console(stderr=True),
            transient=True,
            disable=screen.quiet or not Console(stderr=True).is_terminal,
        )

    def __enter__(self) -> Self:
        self._bar.start()
        self._task = self._bar.add_task("reading", total=1.0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def __call__(self, stage: Stage) -> None:
        """Show one stage."""
        if isinstance(stage, RowsRead):
            self._screen.print(console.rows_compared(stage), soft_wrap=True)
        elif isinstance(stage, LeaksSought):
            self._screen.print(console.leaks_sought(stage), soft_wrap=True)
        else:
            self._bar.update(self._task, completed=stage.done, description=_working(stage))


def _working(stage: Working) -> str:
    detail = f", {stage.detail}" if stage.detail else ""
    return f"{stage.name}{detail} · {stage.seconds:.0f} s"
