"""How results look in a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from pellucid.contract import Estimator
from pellucid.data.schema import Schema
from pellucid.data.sources import Table
from pellucid.data.targets import TaskKind
from pellucid.evaluation.explanation import Explanation, LayerTrace, NeuronSum
from pellucid.evaluation.report import Judgement, Report
from pellucid.example import Step
from pellucid.metrics import Score
from pellucid.network.embedding import CategoryEmbedding
from pellucid.network.ensemble import MemberLinear, ScaledLinear
from pellucid.network.layers import Activation, Layer, Linear
from pellucid.network.network import Network
from pellucid.prediction import Predicted
from pellucid.training.events import Event, TrainingStarted

MOST_COLUMNS_SHOWN = 40
MOST_NEURONS_SHOWN = 5
MOST_INPUTS_SHOWN = 12
MOST_TERMS_SHOWN = 6
DENSE = (Linear, MemberLinear, ScaledLinear)


def _grid(*headings: str, right: Sequence[int] = ()) -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for place, heading in enumerate(headings):
        grid.add_column(heading, justify="right" if place in right else "left", overflow="fold")
    return grid


def source(table: Table, targets: Sequence[str], kind: TaskKind, reason: str) -> RenderableType:
    """What was read, what each column is, and what is learned."""
    rows, columns = table.frame.shape
    plural = "s" if rows != 1 else ""
    first = f"Read {rows:,} row{plural}, {columns} columns from {table.name}"
    lines: list[RenderableType] = [Text(first)]
    lines += [Text(f"  {note}") for note in table.notes]
    listed = ", ".join(targets)
    lines.append(Text(f"Target  {listed}: {kind} ({reason})"))
    return Group(*lines)


def schema(columns: Schema) -> RenderableType:
    """Each column's kind and the reason."""
    grid = _grid("column", "kind", "why")
    for column in columns.columns[:MOST_COLUMNS_SHOWN]:
        style = "dim" if column.kind == "left out" else ""
        grid.add_row(Text(column.name), column.kind, Text(column.reason), style=style)
    more = len(columns.columns) - MOST_COLUMNS_SHOWN
    return Group(grid, Text(f"… and {more} more")) if more > 0 else grid


def network(net: Network, num_columns: int) -> RenderableType:
    """The layers with their sizes and numbers of weights."""
    members = f", {net.members} members" if net.members > 1 else ""
    grid = _grid("layer", "neurons", "weights", "", right=(1, 2))
    dense = [layer for layer in net.layers if isinstance(layer, DENSE)]
    grid.add_row(
        "input",
        f"{dense[0].inputs:,}",
        _embedded(net),
        f"from {num_columns} column{'s' if num_columns > 1 else ''}",
    )
    for place, layer in enumerate(dense):
        name = "output" if layer is dense[-1] else f"hidden {place + 1}"
        count = sum(parameter.numel() for parameter in layer.parameters.values())
        grid.add_row(name, f"{layer.outputs:,}", f"{count:,}", _words_on(layer, net.layers))
    return Group(Text(f"Network  {len(net.weights):,} weights{members}"), grid)


def _embedded(net: Network) -> str:
    """Weights of the vectors of categories, which are part of the input."""
    first = net.layers[0]
    if not isinstance(first, CategoryEmbedding):
        return ""
    return f"{sum(levels * width for levels, width in first.sizes):,}"


def _words_on(layer: Layer, layers: Sequence[Layer]) -> str:
    place = list(layers).index(layer)
    following = layers[place + 1] if place + 1 < len(layers) else None
    words = [following.name] if isinstance(following, Activation) else []
    if isinstance(layer, ScaledLinear):
        words.append(f"shared by {layer.members} members, each with a factor for every column")
    elif isinstance(layer, MemberLinear):
        words.append(f"one matrix for each of {layer.members} members")
    return ", ".join(words)


class Announcer:
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
            self._screen.print(Text(""), schema(columns), Text(""))
            self._screen.print(network(event.network, len(columns.kept)), Text(""))


def ending(estimator: Estimator) -> RenderableType:
    """How training went."""
    record = estimator.model_.record
    ended, plan = record["ended"], record["plan"]
    threads = record["threads"]
    lines = [
        (
            f"Trained {ended['epochs']} epochs, {ended['steps']:,} steps of {plan['batch_size']} "
            f"rows in {ended['seconds']:.1f} s ({ended['reason']}); kept epoch "
            f"{ended['best_epoch']}"
        ),
        (
            f"  {threads} thread{'s' if threads > 1 else ''}, {record['products']} products, "
            f"device {plan['device']}{_temperature(estimator)}"
        ),
    ]
    tried = record["tried"]
    if len(tried) > 1:
        ways = ", ".join(f"{_way(way)} {way['validation_error']:.4g}" for way in tried)
        total = sum(way["seconds"] for way in tried)
        lines.append(f"  tried {len(tried)} ways in {total:.1f} s, validation error: {ways}")
    return Group(*(Text(line) for line in lines))


def _temperature(estimator: Estimator) -> str:
    if estimator.model_.task.kind == "regression":
        return ""
    return f"; temperature {estimator.model_.temperature:.2f}"


def _way(way: dict[str, Any]) -> str:
    return "as logarithm" if way["is_log"] else f"weight decay {way['weight_decay']:g}"


def report(found: Report) -> RenderableType:
    """Every algorithm's scores with intervals."""
    first = found.judgements[0].scores
    grid = _grid("", *(score.name for score in first), "seconds", right=range(1, len(first) + 2))
    best = [_best(found.judgements, place) for place in range(len(first))]
    for judgement in found.judgements:
        cells = [
            Text(_score(score), style="bold" if judgement is winner else "")
            for score, winner in zip(judgement.scores, best, strict=False)
        ]
        cells += [Text("–")] * (len(first) - len(cells))
        grid.add_row(Text(judgement.name), *cells, f"{judgement.seconds:.1f}")
    lines = [f"{j.name} failed: {j.failure}" for j in found.judgements if j.failure]
    lines += [_verdict(found), "± is half a 95 % interval"]
    title = Text(f"Scores on {found.rows}", style="bold")
    return Group(title, grid, *(Text(line, style="dim") for line in lines if line))


def _verdict(found: Report) -> str:
    """Who won, and whether it means anything at this number of rows."""
    network, *flat = [j for j in found.judgements if j.scores]
    rival = max(flat, key=lambda j: _goodness(j.scores[0]), default=None)
    if rival is None:
        return ""
    mine, other = network.scores[0], rival.scores[0]
    if mine.low <= other.value <= mine.high:
        return f"By {mine.name}, the network and {rival.name} are about equal on these rows."
    winner = "the network" if _goodness(mine) > _goodness(other) else rival.name
    return f"By {mine.name}, {winner} is better than the others on these rows."


def _goodness(score: Score) -> float:
    return score.value if score.higher_is_better else -score.value


def _best(judgements: Sequence[Judgement], place: int) -> Judgement:
    having = [j for j in judgements if len(j.scores) > place]
    return max(having, key=lambda j: _goodness(j.scores[place]))


def _score(score: Score) -> str:
    half = max(score.high - score.value, score.value - score.low)
    digits = ".4f" if abs(score.value) < 10 else ".1f" if abs(score.value) < 1e6 else ".4g"
    value = format(score.value, digits)
    return f"{value} ±{format(half, digits)}" if half > 0 else value


def next_steps(out: Path, data: str) -> str:
    """Where the model is, and commands to copy."""
    model, table = shlex.quote(str(out)), shlex.quote(data)
    return (
        f"Saved {out} ({out.stat().st_size / 1024:,.0f} KiB)\n"
        f"Next:  pellucid explain {model} {table} --row 1\n"
        f"       pellucid predict {model} NEW_ROWS.csv --out predictions.csv"
    )


def predicted(result: Predicted, out: Path) -> RenderableType:
    """What was predicted, and what was unlike the training rows."""
    kept = f", with {', '.join(result.kept)}" if result.kept else ""
    lines = [f"Predicted {result.rows:,} rows into {out}{kept}"]
    lines += [
        f"  {count:,} cell{'s' if count > 1 else ''} of {words}"
        for words, count in result.surprises.items()
    ]
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
    rows = record["rows"]
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    lines = [
        f"{path}: {type(estimator).__name__} of {', '.join(estimator.target_) or 'y'}",
        f"Trained on {rows['training']:,} rows, judged by {rows['validation']:,}",
        f"Made with {versions}",
    ]
    parts: list[RenderableType] = [Text(line) for line in lines]
    parts += [
        Text(""),
        schema(estimator.schema_),
        Text(""),
        network(model.network, len(model.encoder.columns)),
    ]
    parts += [ending(estimator)]
    if "report" in record:
        parts += [Text(""), report(_report_from(record["report"]))]
    return Group(*parts)


def _report_from(plain: dict[str, Any]) -> Report:
    judgements = [
        Judgement(name=j["name"], seconds=j["seconds"], scores=[Score(**s) for s in j["scores"]])
        for j in plain["judgements"]
    ]
    return Report(rows=plain["rows"], num_rows=plain["num_rows"], judgements=judgements)


def explanation(found: Explanation, estimator: Estimator) -> RenderableType:
    """Forward propagation of one row, and the columns' shares."""
    parts: list[RenderableType] = [Text(f"Row {found.row}", style="bold")]
    for title, part in (
        ("Inputs after encoding", _inputs(found)),
        ("Forward propagation of the first member", _layers(found.layers)),
        (f"One sum in full: neuron {found.neuron.number} of layer 1", _sum(found.neuron)),
        ("Output", _output(found, estimator)),
        (
            f"What pushed {found.output} from {found.baseline:.4g} to {found.prediction:.4g}",
            _shares(found),
        ),
    ):
        parts += [Text(""), Text(title, style="bold"), part]
    note = (
        "Shares are integrated gradients; the start is a row with every number at its median and "
        f"every category unknown. They add up to the difference within "
        f"{100 * found.completeness_error:.2f} %."
    )
    members = estimator.model_.network.members
    if members > 1:
        note += f" The prediction is the mean of {members} members."
    return Group(*parts, Text(note, style="dim"))


def _inputs(found: Explanation) -> RenderableType:
    active = {name: value for name, value in found.inputs.items() if value != 0.0}
    grid = _grid("input", "value", right=(1,))
    for name, value in list(active.items())[:MOST_INPUTS_SHOWN]:
        grid.add_row(Text(name), f"{value:.4g}")
    rest = len(active) - MOST_INPUTS_SHOWN
    zeros = len(found.inputs) - len(active)
    more = [f"… {rest} more"] if rest > 0 else []
    more += [f"{zeros} inputs are 0"] if zeros else []
    return Group(grid, Text("; ".join(more), style="dim")) if more else grid


def _layers(layers: Sequence[LayerTrace]) -> RenderableType:
    grid = _grid("layer", "neurons", "most important first (number: value)", right=(1,))
    for trace in layers:
        values = trace.values[0]
        order = np.argsort(-trace.weight_on_output[0])[:MOST_NEURONS_SHOWN]
        strongest = "  ".join(f"{place + 1}: {values[place]:.4g}" for place in order)
        grid.add_row(trace.name, f"{len(values):,}", strongest)
    return grid


def _sum(neuron: NeuronSum) -> RenderableType:
    grid = _grid("input", "x · w", right=(1,))
    shown = list(neuron.terms.items())[:MOST_TERMS_SHOWN]
    for name, term in shown:
        grid.add_row(Text(name), f"{term:+.4g}")
    rest = sum(neuron.terms.values()) - sum(term for _, term in shown)
    grid.add_row(f"{len(neuron.terms) - len(shown)} other inputs", f"{rest:+.4g}")
    grid.add_row("bias b", f"{neuron.bias:+.4g}")
    grid.add_row("z", f"{neuron.z:.4g}", style="bold")
    return grid


def _output(found: Explanation, estimator: Estimator) -> RenderableType:
    if not found.probabilities:
        return Text(f"{found.output} = {found.prediction:.6g}")
    grid = _grid("class", "probability", right=(1,))
    for name, probability in sorted(found.probabilities.items(), key=lambda item: -item[1])[:10]:
        grid.add_row(Text(name), f"{probability:.4f}")
    return Group(grid, Text(_how_decoded(estimator), style="dim"))


def _how_decoded(estimator: Estimator) -> str:
    """How the last z became what is shown."""
    model = estimator.model_
    squash = "sigmoid" if model.task.kind == "multilabel" else "softmax"
    members = f", mean of {model.network.members} members" if model.network.members > 1 else ""
    return f"{squash}(z / temperature {model.temperature:.6g}){members}"


def _shares(found: Explanation) -> RenderableType:
    grid = _grid("column", "cell", "share", "", right=(2,))
    largest = max((abs(share) for share in found.columns.values()), default=0.0) or 1.0
    for name, share in list(found.columns.items())[:MOST_INPUTS_SHOWN]:
        length = round(20 * abs(share) / largest)
        color = "green" if share > 0 else "red"
        bar = Text(("+" if share > 0 else "−") * length, style=color)
        cell = found.cells.get(name)
        grid.add_row(
            Text(name), Text("(missing)" if cell is None else str(cell)), f"{share:+.4g}", bar
        )
    return grid


def example(steps: Sequence[Step], picture: Path) -> RenderableType:
    """The worked example, number by number."""
    grid = _grid("step", "weight", "prediction", "loss", "slope", "next weight", right=range(6))
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
