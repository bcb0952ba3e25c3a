"""What a terminal shows while a command works."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from pellucid.cli import console
from pellucid.cli.screen import Text
from pellucid.comparison.stages import Prepared, Stage, Working
from pellucid.estimators.estimator import Estimator
from pellucid.training.events import Event, TrainingStarted


class TrainingStartDisplay:
    """Shows schema and network when training starts.

    Args:
        screen: Where to.
        estimator: What learns.
    """

    def __init__(self, screen: Console, estimator: Estimator) -> None:
        self._screen, self._estimator = screen, estimator
        self._has_shown = False

    def __call__(self, event: Event) -> None:
        """Show what is learned, before the first training of one or two."""
        if isinstance(event, TrainingStarted) and not self._has_shown:
            self._has_shown = True
            columns = self._estimator.schema_
            self._screen.print(Text(""), console.schema(columns), Text(""))
            self._screen.print(console.network(event.network, len(columns.kept)), Text(""))


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
        if isinstance(stage, Prepared):
            self._screen.print(console.prepared(stage), soft_wrap=True)
        else:
            self._bar.update(self._task, completed=stage.done, description=_working(stage))


def _working(stage: Working) -> str:
    detail = f", {stage.detail}" if stage.detail else ""
    return f"{stage.name}{detail} · {stage.seconds:.0f} s"
