"""How explanations look in a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Group, RenderableType

from pellucid.data.kinds.kind import kind_named
from pellucid.estimators.estimator import Estimator
from pellucid.explanation.explain import Explanation, LayerTrace, NeuronSum
from pellucid.explanation.neighbors import Neighbors
from pellucid.explanation.response import ResponseCurve
from pellucid.report.scoreboard import alike, format_of, grid_of
from pellucid.report.screen import Text
from pellucid.tasks.answers import Unit
from pellucid.wording import count_of

MOST_NEURONS_SHOWN = 5
MOST_INPUTS_SHOWN = 12
MOST_TERMS_SHOWN = 6
MOST_NEIGHBOR_COLUMNS_SHOWN = 4
MOST_POINTS_SHOWN = 40


def explanation(found: Explanation, estimator: Estimator) -> RenderableType:
    """Forward propagation of one row, the columns' shares, and the rows most like it."""
    parts: list[RenderableType] = [Text(f"Row {found.row}", style="bold")]
    parts += [Text(f"  {name}: the column is missing, read as unknown") for name in found.absent]
    ends = alike([found.baseline, found.prediction])
    for title, part in (
        ("Inputs after encoding", _inputs(found)),
        ("Forward propagation of the first member", _layers(found.layers)),
        (f"One sum in full: neuron {found.neuron.number} of layer 1", _sum(found.neuron)),
        ("Output", _output(found, estimator)),
        (
            f"What pushed {found.output} from {' to '.join(ends)}",
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
    parts.append(Text(note, style="dim"))
    if found.neighbors is not None:
        parts += [Text(""), _neighbors(found.neighbors, list(found.columns))]
    return Group(*parts)


def _inputs(found: Explanation) -> RenderableType:
    active = {name: value for name, value in found.inputs.items() if value != 0.0}
    grid = grid_of("input", "value", right=(1,))
    for name, value in list(active.items())[:MOST_INPUTS_SHOWN]:
        grid.add_row(Text(name), f"{value:.4g}")
    rest = len(active) - MOST_INPUTS_SHOWN
    zeros = len(found.inputs) - len(active)
    more = [f"… {rest} more"] if rest > 0 else []
    more += [f"{count_of(zeros, 'input')} {'is' if zeros == 1 else 'are'} 0"] if zeros else []
    return Group(grid, Text("; ".join(more), style="dim")) if more else grid


def _layers(layers: Sequence[LayerTrace]) -> RenderableType:
    members = max(len(trace.values) for trace in layers)
    mean = "; in brackets the members' mean" if members > 1 else ""
    grid = grid_of("layer", "neurons", f"most important first (number: value{mean})", right=(1,))
    for trace in layers:
        order = np.argsort(-trace.weight_on_output[0])[:MOST_NEURONS_SHOWN]
        strongest = "  ".join(_neuron(trace, int(place)) for place in order)
        grid.add_row(trace.name, f"{trace.values.shape[1]:,}", strongest)
    return grid


def _neuron(trace: LayerTrace, place: int) -> str:
    own = f"{place + 1}: {trace.values[0, place]:.4g}"
    return own if len(trace.values) == 1 else f"{own} ({trace.mean[place]:.4g})"


def _sum(neuron: NeuronSum) -> RenderableType:
    grid = grid_of("input", "x · w", right=(1,))
    lines = [*_first(neuron.terms, MOST_TERMS_SHOWN, "input"), ("bias b", neuron.bias)]
    lines.append(("z", neuron.z))
    for (name, _), term in zip(lines, alike([term for _, term in lines], sign="+"), strict=True):
        grid.add_row(Text(name), term, style="bold" if name == "z" else "")
    return grid


def _first(terms: Mapping[str, float], most: int, noun: str) -> list[tuple[str, float]]:
    """The first terms of a sum, and what the others come to."""
    shown = list(terms.items())[:most]
    rest = len(terms) - len(shown)
    others = [(count_of(rest, f"other {noun}"), sum(list(terms.values())[most:]))]
    return shown + (others if rest else [])


def _output(found: Explanation, estimator: Estimator) -> RenderableType:
    truth = [] if found.truth is None else [Text(f"true: {found.truth}")]
    if not found.probabilities:
        line = f"{found.output} = {found.prediction:.6g}"
        if found.unit is not None:
            line = f"{found.output} = {_in_unit(found.unit, found.prediction, estimator)}"
        return Group(Text(line), *truth)
    grid = grid_of("class", "probability", right=(1,))
    for name, probability in sorted(found.probabilities.items(), key=lambda item: -item[1])[:10]:
        grid.add_row(Text(name), f"{probability:.4f}")
    return Group(grid, Text(_how_decoded(estimator), style="dim"), *truth)


def _in_unit(unit: Unit, value: float, estimator: Estimator) -> str:
    """How the last z becomes a number in the target's unit."""
    members = estimator.model_.network.members
    z = f"mean z of {members} members" if members > 1 else "z"
    numbers = f"{unit.z:.6g} · {unit.scale:.6g} + {unit.mean:.6g}".replace("+ -", "− ")
    formula = f"{z} · scale + mean = {numbers}"
    if unit.is_log:
        formula = f"exp({z} · scale + mean) − 1 = exp({numbers}) − 1"
    chain = f"{formula} = {value:.6g}"
    if not math.isclose(unit.prediction, value, rel_tol=1e-9):
        chain += f", kept within the training range ± 5 %: {unit.prediction:.6g}"
    return chain


def _how_decoded(estimator: Estimator) -> str:
    """How the last z became what is shown."""
    model = estimator.model_
    members = f", mean of {model.network.members} members" if model.network.members > 1 else ""
    return f"softmax(z / temperature {model.temperature:.6g}){members}"


def _shares(found: Explanation) -> RenderableType:
    grid = grid_of("column", "cell", "share", "", right=(2,))
    largest = max((abs(share) for share in found.columns.values()), default=0.0) or 1.0
    difference = found.prediction - found.baseline
    lines = _first(found.columns, MOST_INPUTS_SHOWN, "column")
    missed = difference - sum(found.columns.values())
    lines += [("error of the integral", missed), ("prediction − start", difference)]
    texts = alike([share for _, share in lines], sign="+")
    for (name, share), text in zip(lines, texts, strict=True):
        is_column = name in found.columns
        cell = _cell(found.cells.get(name)) if is_column else ""
        color = "green" if share > 0 else "red"
        bar = ("+" if share > 0 else "−") * round(20 * abs(share) / largest) if is_column else ""
        is_last = name == "prediction − start"
        grid.add_row(
            Text(name), Text(cell), text, Text(bar, style=color), style="bold" if is_last else ""
        )
    return grid


def _cell(value: Any) -> str:
    return "(missing)" if value is None else str(value)


def _neighbors(found: Neighbors, columns: Sequence[str]) -> RenderableType:
    """The training rows nearest to the row, with the columns that pushed it most."""
    shown = list(columns)[:MOST_NEIGHBOR_COLUMNS_SHOWN]
    has_truth = any(neighbor.truth is not None for neighbor in found.rows)
    headings = ["row", "distance", found.output, *(["true"] if has_truth else []), *shown]
    grid = grid_of(*headings, right=(0, 1, 2))
    distances = alike([neighbor.distance for neighbor in found.rows])
    predictions = alike([neighbor.prediction for neighbor in found.rows])
    for neighbor, distance, prediction in zip(found.rows, distances, predictions, strict=True):
        cells = [Text(_cell(neighbor.cells.get(name))) for name in shown]
        truth = [Text(_cell(neighbor.truth))] if has_truth else []
        grid.add_row(
            f"{neighbor.row:,}",
            distance,
            prediction,
            *truth,
            *cells,
        )
    title = f"Nearest of the {found.num_rows:,} rows of {found.source} in the last hidden layer"
    if found.rows[0].distance > 0.0:
        note = (
            f"Of {found.sample:,} of these rows, {100 * found.typical:.0f} % are at least as far "
            "from their own nearest row as this one is from the first."
        )
    else:
        note = "The first is this row itself, or one that is the same to the network."
    return Group(Text(title, style="bold"), grid, Text(note, style="dim"))


def curve(found: ResponseCurve, picture: Path | None) -> RenderableType:
    """The response curve as a table."""
    grid = grid_of(found.column, "rows", "mean", "lowest", "highest", right=range(5))
    shown = found.grid[:MOST_POINTS_SHOWN]
    outputs = np.stack([found.mean, found.lines.min(axis=0), found.lines.max(axis=0)], axis=1)
    digits = format_of(outputs.ravel().tolist())
    for value, count, numbers in zip(shown, found.counts, outputs.tolist(), strict=False):
        cell = _number(value) if isinstance(value, float) else _cell(value)
        grid.add_row(Text(cell), f"{count:,}", *(format(each, digits) for each in numbers))
    more = len(found.grid) - len(shown)
    notes = [f"… and {more} more"] if more else []
    notes.append(
        f"Mean over {count_of(found.num_rows, 'row')} with {found.column} set to each value in "
        f"turn; lowest and highest of {count_of(len(found.lines), 'single row')}. Rows: how many "
        "of the table's are "
        f"{'nearest to' if kind_named(found.kind).is_ordered else 'at'} the value."
    )
    notes += [f"Picture: {picture}"] if picture else []
    title = Text(f"How {found.output} answers to {found.column}", style="bold")
    return Group(title, grid, *(Text(note, style="dim") for note in notes))


def _number(value: float) -> str:
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
