"""How results look in a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType

from pellucid.comparison.fit_and_evaluate import FitEvent
from pellucid.comparison.stages import LeaksSought, RowsRead, Trained
from pellucid.data.schema import Schema
from pellucid.data.sources.table import Table
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.predict_file import Predicted
from pellucid.example import Step
from pellucid.model.record import Attempt
from pellucid.network.network import Network
from pellucid.report import scoreboard
from pellucid.report.network_diagram import layer_facts
from pellucid.report.scoreboard import grid_of
from pellucid.report.screen import Text
from pellucid.training.events import TrainingStarted
from pellucid.wording import count_of, show, with_flags

MOST_COLUMNS_SHOWN = 40


def read(table: Table) -> Text:
    """What was read."""
    rows, columns = table.frame.shape
    return Text(f"Read {count_of(rows, 'row')}, {count_of(columns, 'column')} from {table.name}")


def source(table: Table, targets: Sequence[str], kind: str, reason: str) -> RenderableType:
    """What was read, what each column is, and what is learned."""
    lines: list[RenderableType] = [read(table)]
    lines += [Text(f"  {note}") for note in table.notes]
    listed = ", ".join(targets)
    lines.append(Text(f"Target  {listed}: {kind} ({with_flags(reason)})"))
    return Group(*lines)


def more_notes(notes: Sequence[str], table: Table) -> list[RenderableType]:
    """What was noticed after the table had been read."""
    return [Text(f"  {note}") for note in notes if note not in table.notes]


def schema(columns: Schema, *, most: int | None = MOST_COLUMNS_SHOWN) -> RenderableType:
    """Each column's kind and the reason.

    Args:
        columns: The columns.
        most: How many are shown at most; None for all.
    """
    most = len(columns.columns) if most is None else most
    grid = grid_of("column", "kind", "why")
    for column in columns.columns[:most]:
        style = "dim" if column.kind == "left out" else ""
        grid.add_row(Text(column.name), column.kind, Text(column.reason), style=style)
    more = len(columns.columns) - most
    hint = Text(f"… and {more:,} more: pellucid inspect, of the table or the model, shows them all")
    return Group(grid, hint) if more > 0 else grid


def network(net: Network, num_columns: int) -> RenderableType:
    """The layers with their sizes and numbers of weights."""
    members = f", {net.members} members" if net.members > 1 else ""
    grid = grid_of("layer", "neurons", "weights", "", right=(1, 2))
    for facts in layer_facts(net, num_columns):
        weights = "" if facts.weights is None else f"{facts.weights:,}"
        grid.add_row(facts.name, f"{facts.neurons:,}", weights, facts.words)
    return Group(Text(f"Network  {count_of(len(net.weights), 'weight')}{members}"), grid)


class FitDisplay:
    """Shows a training as it goes on: what was read, what learns, and how it ended.

    Args:
        screen: Where to.
    """

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._network_is_shown = False

    def __call__(self, event: FitEvent) -> None:
        """Show one event."""
        if isinstance(event, RowsRead):
            self._estimator = event.estimator
            self._screen.print(*_rows_read(event), sep="\n")
        elif isinstance(event, LeaksSought):
            if event.shares:
                self._screen.print(f"Time    {event.shares}")
            self._screen.print(scoreboard.suspicions(event.suspicions), soft_wrap=True)
        elif isinstance(event, TrainingStarted) and not self._network_is_shown:
            self._network_is_shown = True  # before the first training of one or two
            columns = self._estimator.schema_
            self._screen.print(Text(""), schema(columns), Text(""))
            self._screen.print(network(event.network, len(columns.kept)), Text(""))
        elif isinstance(event, Trained):
            self._screen.print(ending(event.estimator))


def _rows_read(event: RowsRead) -> list[RenderableType]:
    """What was read, what was noticed then, and who judges if that was said."""
    table, estimator = event.table, event.estimator
    lines = [source(table, estimator.target_, event.kind, event.reason)]
    lines += more_notes(estimator.notes_, table)
    return [*lines, Text(f"Judges  {event.words}")] if event.words else lines


def ending(estimator: Estimator) -> RenderableType:
    """How training went."""
    record = estimator.model_.record
    ended, plan, threads = record.ended, record.plan, record.threads
    lines = [
        (
            f"Trained {count_of(ended.epochs, 'epoch')}, {count_of(ended.steps, 'step')} of "
            f"{count_of(plan.batch_size, 'row')} in {ended.seconds:.1f} s "
            f"({ended.reason}); kept epoch {ended.best_epoch}"
        ),
        (
            f"  {threads} thread{'s' if threads > 1 else ''}, {record.products} products, "
            f"device {plan.device}{_temperature(estimator)}"
        ),
    ]
    tried = record.tried
    if len(tried) > 1:
        ways = ", ".join(f"{_way(way)} {way.validation_error:.4g}" for way in tried)
        total = sum(way.seconds for way in tried)
        lines.append(f"  tried {len(tried)} ways in {total:.1f} s, validation error: {ways}")
    return Group(*(Text(line) for line in lines))


def _temperature(estimator: Estimator) -> str:
    if not estimator.model_.task.has_temperature:
        return ""
    return f"; temperature {estimator.model_.temperature:.2f}"


def _way(way: Attempt) -> str:
    return "as logarithm" if way.is_log else f"weight decay {way.weight_decay:g}"


def next_steps(out: Path, data: str, *, is_replaced: bool) -> str:
    """Where the model is, and commands to copy."""
    instead = ", in place of the file that was there" if is_replaced else ""
    model, table = shlex.quote(str(out)), shlex.quote(data)
    return (
        f"Saved {out} ({out.stat().st_size / 1024:,.0f} KiB){instead}\n"
        f"Next:  pellucid explain {model} {table} --row 1\n"
        f"       pellucid predict {model} NEW_ROWS.csv --out predictions.csv"
    )


def predicted(result: Predicted, out: Path) -> RenderableType:
    """What was predicted, and what was unlike the training rows."""
    kept = f", with {', '.join(result.kept)}" if result.kept else ""
    lines = [f"Predicted {count_of(result.rows, 'row')} into {out}{kept}"]
    lines += [f"  {line}" for line in scoreboard.surprises(result.surprises)]
    if result.interval is not None:
        lines.append(
            f"  the intervals or sets hold the truth for {100 * result.interval:g} % of rows like "
            "the training's"
        )
    if result.unlike is not None:
        rows = "row is" if result.unlike == 1 else "rows are"
        lines.append(f"  {result.unlike:,} {rows} unlike the training's; a column says why")
    return Group(*(Text(line) for line in lines))


def inspection(estimator: Estimator, path: Path) -> RenderableType:
    """All a model file holds."""
    model = estimator.model_
    record = model.record
    rows = record.rows
    which = f": {record.split.words}" if record.split.words else ""
    versions = ", ".join(f"{name} {number}" for name, number in record.versions.items())
    lines = [
        f"{path}: {type(estimator).__name__} of {', '.join(estimator.target_) or 'y'}",
        f"Trained on {count_of(rows.training, 'row')}, judged by {rows.validation:,}{which}",
        f"Made with {versions}",
        *(f"{name}: {show(fact)}" for name, fact in estimator.metadata_.items()),
    ]
    parts: list[RenderableType] = [Text(line) for line in lines]
    parts += [
        Text(""),
        schema(estimator.schema_, most=None),
        Text(""),
        network(model.network, len(model.encoder.columns)),
    ]
    parts += [ending(estimator)]
    if record.leaderboard is not None:
        parts += [Text(""), scoreboard.report(record.leaderboard)]
    return Group(*parts)


def example(steps: Sequence[Step], picture: Path) -> RenderableType:
    """The worked example, number by number."""
    grid = grid_of("step", "weight", "prediction", "loss", "slope", "next weight", right=range(6))
    for step in steps:
        grid.add_row(
            str(step.number),
            f"{step.weight:.6g}",
            f"{step.prediction:.6g}",
            f"{step.loss:.6g}",
            f"{step.slope:.6g}",
            f"{step.next_weight:.6g}",
        )
    return Group(
        Text("One neuron: ŷ = weight · 2, and the label is y = 6"),
        Text("Loss    L = ½(ŷ − y)², so its slope over the weight is (ŷ − y) · 2"),
        Text("Step    next weight = weight − 0.1 · slope"),
        Text(""),
        grid,
        Text(""),
        Text(f"The weight goes to 3, where 3 · 2 = 6. Picture: {picture}"),
    )
