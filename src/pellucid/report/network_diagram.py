"""A network's layers, in words and as the textbook draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import torch

from pellucid.model.model import Model
from pellucid.network.ensemble import MemberLinear, ScaledLinear
from pellucid.network.layers import Activation, Layer, Linear
from pellucid.network.network import Network
from pellucid.report.blocks import cut
from pellucid.report.figures import open_svg

Floats = npt.NDArray[np.float64]

DENSE = (Linear, MemberLinear, ScaledLinear)

MOST_DRAWN = 10
MOST_LINES_INTO = 3
LONGEST_NAME = 14
HEIGHT, TOP, STEP = 336.0, 62.0, 26.0
MARGIN, BETWEEN = 104.0, 76.0
"""For names at either side, and from one row of neurons to the next."""
RADIUS = 7.5


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """One row of neurons.

    Attributes:
        name: "input", "hidden 1", …, "output".
        neurons: How many it has.
        weights: How many weights and biases lead to it; None where there are none.
        words: What else is to be said.
    """

    name: str
    neurons: int
    weights: int | None
    words: str


def layer_facts(net: Network, num_columns: int) -> list[LayerFacts]:
    """The layers with their sizes and numbers of weights.

    Args:
        net: The network.
        num_columns: Number of the table's columns it learns from.
    """
    dense = dense_layers(net)
    facts = [
        LayerFacts(
            name="input",
            neurons=dense[0].inputs,
            weights=_num_embedded(net),
            words=f"from {_count(num_columns, 'column')}",
        )
    ]
    for place, layer in enumerate(dense):
        facts.append(
            LayerFacts(
                name="output" if layer is dense[-1] else f"hidden {place + 1}",
                neurons=layer.outputs,
                weights=sum(parameter.numel() for parameter in layer.parameters.values()),
                words=_words_on(layer, net.layers),
            )
        )
    return facts


def dense_layers(net: Network) -> list[Linear | MemberLinear | ScaledLinear]:
    """The layers that hold weights between neurons, in order."""
    return [layer for layer in net.layers if isinstance(layer, DENSE)]


def _num_embedded(net: Network) -> int | None:
    """Weights of the vectors of categories, which are part of the input."""
    branches = net.input_layer.branches.values()
    sizes = [parameter.numel() for branch in branches for parameter in branch.parameters.values()]
    return sum(sizes) or None


def _words_on(layer: Layer, layers: Sequence[Layer]) -> str:
    place = list(layers).index(layer)
    following = layers[place + 1] if place + 1 < len(layers) else None
    words = [following.name] if isinstance(following, Activation) else []
    if isinstance(layer, ScaledLinear):
        words.append(f"shared by {layer.members} members, each with a factor for every column")
    elif isinstance(layer, MemberLinear):
        words.append(f"one matrix for each of {layer.members} members")
    return ", ".join(words)


@dataclass(frozen=True, kw_only=True)
class _Drawn:
    """A row of neurons as it is drawn: those chosen, and their places on the paper."""

    chosen: npt.NDArray[np.int64]
    total: int
    x: float
    y: Floats


def draw_network(model: Model, outputs: Sequence[str], title: str) -> str:
    """The network of the first member as an SVG element: columns, layers, outputs.

    Args:
        model: The trained model.
        outputs: What each output neuron stands for.
        title: What it is, for those who cannot see it.
    """
    matrices = _matrices(model)
    sizes = [matrices[0].shape[0], *(matrix.shape[1] for matrix in matrices)]
    xs = MARGIN + BETWEEN * np.arange(len(sizes))
    chosen = _chosen(matrices)
    rows = [
        _Drawn(chosen=places, total=size, x=float(x), y=_heights(len(places), size))
        for places, size, x in zip(chosen, sizes, xs, strict=True)
    ]
    names = [column.name for column in model.encoder.columns]
    parts = [open_svg(title, f"0 0 {xs[-1] + MARGIN:g} {HEIGHT:g}")]
    for matrix, (below, above) in zip(matrices, pairwise(rows), strict=True):
        parts += _lines(matrix, below, above, is_signed=below is not rows[0])
    for row in rows:
        parts += _neurons(row)
    parts += _names(rows[0], names, is_left=True) + _names(rows[-1], outputs, is_left=False)
    parts += _headings(model, rows)
    return "\n".join([*parts, "</svg>"])


def _matrices(model: Model) -> list[Floats]:
    """How strongly each layer is joined to the next: columns first, then W (from, to)."""
    dense = dense_layers(model.exact_network)
    with torch.no_grad():
        weights = [
            torch.stack([layer.weights_of(o) for o in range(layer.outputs)], dim=1).numpy()
            for layer in dense
        ]
    strengths = np.zeros((len(model.encoder.columns), weights[0].shape[1]))
    np.add.at(strengths, model.encoder.column_of_dense(), weights[0] ** 2)
    return [np.sqrt(strengths), *weights[1:]]


def _chosen(matrices: Sequence[Floats]) -> list[npt.NDArray[np.int64]]:
    """The neurons to draw: those whose weights towards the next layer are largest, in order."""
    norms = [np.linalg.norm(matrix, axis=1) for matrix in matrices]
    norms.append(np.linalg.norm(matrices[-1], axis=0))
    return [np.sort(np.argsort(-norm, kind="stable")[:MOST_DRAWN]) for norm in norms]


def _heights(count: int, total: int) -> Floats:
    """Places of the neurons from top to bottom; one step more where some are left out."""
    steps = count - 1 + (total > count)
    middle = TOP + STEP * MOST_DRAWN / 2
    return np.asarray(middle + STEP * (np.arange(count) - steps / 2))


def _lines(matrix: Floats, below: _Drawn, above: _Drawn, *, is_signed: bool) -> list[str]:
    """The strongest weights into each drawn neuron; dashed where negative."""
    part = matrix[np.ix_(below.chosen, above.chosen)]
    largest = float(np.abs(part).max()) or 1.0
    strongest = np.argsort(-np.abs(part), axis=0, kind="stable")[:MOST_LINES_INTO]
    lines = []
    for o in range(part.shape[1]):
        for i in range(part.shape[0]):
            share = abs(float(part[i, o])) / largest
            is_strong = i in strongest[:, o]
            name = _line_name(part[i, o], is_strong=is_strong, is_signed=is_signed)
            width = 0.4 + 1.8 * share**2 if is_strong else 0.4
            lines.append(
                f'<line class="{name}" x1="{below.x:.1f}" y1="{below.y[i]:.1f}" '
                f'x2="{above.x:.1f}" y2="{above.y[o]:.1f}" stroke-width="{width:.2f}"/>'
            )
    return sorted(lines, key=lambda line: 'class="weak"' not in line)


def _line_name(weight: float, *, is_strong: bool, is_signed: bool) -> str:
    if not is_strong:
        return "weak"
    if not is_signed:
        return "size"
    return "minus" if weight < 0 else "plus"


def _neurons(row: _Drawn) -> list[str]:
    parts = [f'<circle cx="{row.x:.1f}" cy="{y:.1f}" r="{RADIUS:g}"/>' for y in row.y]
    if row.total > len(row.chosen):
        y = row.y[-1] + STEP
        parts.append(
            _text(row.x, y + 6, f"… {row.total - len(row.chosen):,} more", "middle", "few")
        )
    return parts


def _names(row: _Drawn, names: Sequence[str], *, is_left: bool) -> list[str]:
    x, anchor = (row.x - 13, "end") if is_left else (row.x + 13, "start")
    return [
        _text(x, y + 4, cut(names[place], LONGEST_NAME), anchor)
        for place, y in zip(row.chosen, row.y, strict=True)
    ]


def _headings(model: Model, rows: Sequence[_Drawn]) -> list[str]:
    net = model.network
    facts = layer_facts(net, len(model.encoder.columns))
    titles = [(_count(rows[0].total, "column"), _count(facts[0].neurons, "input"))]
    titles += [(fact.name, f"{fact.neurons:,}") for fact in facts[1:]]
    return [
        piece
        for row, (first, second) in zip(rows, titles, strict=True)
        for piece in (
            _text(row.x, 18, first, "middle", "strong"),
            _text(row.x, 34, second, "middle"),
        )
    ]


def _count(count: int, name: str) -> str:
    return f"{count:,} {name}{'s' if count > 1 else ''}"


def _text(x: float, y: float, text: str, anchor: str, name: str = "") -> str:
    strong = f' class="{name}"' if name else ""
    return f'<text{strong} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
