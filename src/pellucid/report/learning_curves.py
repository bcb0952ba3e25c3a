"""Learning curves as a picture: the error over the rows learned from, and how it should go on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.comparison.growth import Curve, Growth
from pellucid.comparison.verdict import IGNORANT
from pellucid.files.writing import save_picture
from pellucid.model.leaderboard import NETWORK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe & Ito's colours, told apart by colour-blind people too; black is the network's, brown ours.
COLORS = ("#f0e442", "#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#0072b2", "#d55e00", "#7a5230")
MARKERS = ("s", "^", "D", "v", "P", "X", "*", "p")
DASHES = (
    "-",
    "--",
    "-.",
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (3, 1)),
    (0, (7, 2)),
    (0, (9, 4)),
    (0, (2, 1)),
)
FARTHER = 4.0
"""How many times the rows at hand the laws are drawn to."""


def draw_growth(axes: Axes, growth: Growth) -> None:
    """Draw everyone's error over the number of rows, on logarithmic axes.

    A band reaches from the least to the greatest of the draws; the power law goes on dotted beyond
    the rows at hand. An error of 0 has no place on a logarithmic axis: the legend says from how
    many rows on there is none.

    Args:
        axes: Where to.
        growth: The curves.
    """
    from matplotlib.ticker import LogLocator

    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
    axes.yaxis.set_major_formatter(
        lambda value, _: f"{value:,.4g}" if value < 1e4 else f"{value:,.0f}"
    )
    others = [curve.name for curve in growth.curves if curve.name not in (NETWORK, *IGNORANT)]
    for curve in growth.curves:
        _draw_curve(axes, curve, others)
    axes.set_xticks(growth.sizes, [f"{size:,}" for size in growth.sizes])
    axes.minorticks_off()
    axes.set_xlabel("rows learned from")
    axes.set_ylabel(growth.error)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize="small", loc="center left", bbox_to_anchor=(1.0, 0.5))


def _draw_curve(axes: Axes, curve: Curve, others: list[str]) -> None:
    points = curve.on_logarithmic_axes
    rows = np.array([point.rows for point in points], dtype=float)
    style = _style(curve.name, others)
    label = curve.name
    if curve.rows_without_error is not None:
        label = f"{label} (no error from {curve.rows_without_error:,} rows)"
    axes.plot(rows, [point.error for point in points], label=label, markersize=5, **style)
    if not points:
        return
    lows, highs = np.array([point.band for point in points]).T
    axes.fill_between(rows, lows, highs, color=style["color"], alpha=0.12, linewidth=0)
    if curve.law is not None:
        beyond = np.geomspace(rows[-1], FARTHER * rows[-1], 30)
        axes.plot(
            beyond, curve.law.error(beyond), color=style["color"], linestyle=":", linewidth=1.0
        )


def _style(name: str, others: list[str]) -> dict[str, Any]:
    """Colour, marker and line: none depends on colour alone."""
    if name == NETWORK:
        return {"color": "black", "marker": "o", "linestyle": "-", "linewidth": 2.4}
    if name in IGNORANT:
        return {"color": "0.6", "marker": "", "linestyle": "-", "linewidth": 1.0}
    place = others.index(name) % len(COLORS)
    return {
        "color": COLORS[place],
        "marker": MARKERS[place],
        "linestyle": DASHES[place],
        "linewidth": 1.4,
    }


def save_growth(growth: Growth, path: Path) -> None:
    """Save the learning curves as a picture.

    Args:
        growth: The curves.
        path: Where to, as PNG, SVG or PDF by its ending.

    Raises:
        OptionError: The ending is none of these.
        DataError: The file cannot be written there.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 5.0), layout="constrained")
    axes = figure.add_subplot()
    draw_growth(axes, growth)
    axes.set_title("Learning curves; dotted: the power law beyond these rows", loc="left")
    save_picture(figure, path)
