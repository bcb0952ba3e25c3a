"""The diagram of a network as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from pellucid.report.elements import cut
from pellucid.report.figures import NetworkDiagram, Neurons

Floats = npt.NDArray[np.float64]

MOST_LINES_INTO = 3
LONGEST_NAME = 14
HEIGHT, TOP, STEP = 336.0, 62.0, 26.0
MIDDLE = TOP + 5 * STEP
MARGIN, BETWEEN = 104.0, 76.0
"""For names at either side, and from one row of neurons to the next."""
RADIUS = 7.5


def inside_of_network(diagram: NetworkDiagram) -> tuple[str, str]:
    """An SVG's box, and what stands in it.

    Args:
        diagram: The network.
    """
    xs = [MARGIN + BETWEEN * place for place in range(len(diagram.layers))]
    ys = [_heights(layer) for layer in diagram.layers]
    parts = []
    for place, weights in enumerate(diagram.weights):
        ends = (xs[place], ys[place], xs[place + 1], ys[place + 1])
        parts += _lines(np.asarray(weights), *ends, is_signed=place >= diagram.num_unsigned)
    for layer, x, y in zip(diagram.layers, xs, ys, strict=True):
        parts += _neurons(layer, x, y)
    parts += _names(diagram.layers[0].names, xs[0] - 13, ys[0], "end")
    parts += _names(diagram.layers[-1].names, xs[-1] + 13, ys[-1], "start")
    for layer, x in zip(diagram.layers, xs, strict=True):
        parts.append(_text(x, 18, layer.title, "middle", "strong"))
        parts.append(_text(x, 34, layer.size, "middle"))
    return f"0 0 {xs[-1] + MARGIN:g} {HEIGHT:g}", "\n".join(["", *parts, "</svg>"])


def _heights(layer: Neurons) -> Floats:
    """Places of the neurons from top to bottom; one step more where some are left out."""
    count = len(layer.drawn)
    steps = count - 1 + (layer.total > count)
    return np.asarray(MIDDLE + STEP * (np.arange(count) - steps / 2))


def _lines(
    weights: Floats, x1: float, y1: Floats, x2: float, y2: Floats, *, is_signed: bool
) -> list[str]:
    """The strongest weights into each drawn neuron; dashed where negative."""
    largest = float(np.abs(weights).max()) or 1.0
    strongest = np.argsort(-np.abs(weights), axis=0, kind="stable")[:MOST_LINES_INTO]
    lines = []
    for o in range(weights.shape[1]):
        for i in range(weights.shape[0]):
            share = abs(float(weights[i, o])) / largest
            is_strong = i in strongest[:, o]
            name = _line_name(weights[i, o], is_strong=is_strong, is_signed=is_signed)
            width = 0.4 + 1.8 * share**2 if is_strong else 0.4
            lines.append(
                f'<line class="{name}" x1="{x1:.1f}" y1="{y1[i]:.1f}" '
                f'x2="{x2:.1f}" y2="{y2[o]:.1f}" stroke-width="{width:.2f}"/>'
            )
    return sorted(lines, key=lambda line: 'class="weak"' not in line)


def _line_name(weight: float, *, is_strong: bool, is_signed: bool) -> str:
    if not is_strong:
        return "weak"
    if not is_signed:
        return "size"
    return "minus" if weight < 0 else "plus"


def _neurons(layer: Neurons, x: float, ys: Floats) -> list[str]:
    parts = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{RADIUS:g}"/>' for y in ys]
    more = layer.total - len(layer.drawn)
    if more > 0:
        parts.append(_text(x, ys[-1] + STEP + 6, f"… {more:,} more", "middle", "few"))
    return parts


def _names(names: Sequence[str], x: float, ys: Floats, anchor: str) -> list[str]:
    return [
        _text(x, y + 4, cut(name, LONGEST_NAME), anchor) for name, y in zip(names, ys, strict=True)
    ]


def _text(x: float, y: float, text: str, anchor: str, name: str = "") -> str:
    strong = f' class="{name}"' if name else ""
    return f'<text{strong} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
