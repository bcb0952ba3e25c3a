"""How each figure is drawn by Matplotlib, on a page and in a file alike."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.report.colors import Colors
from pellucid.report.elements import cut
from pellucid.report.figures import (
    ClusterMap,
    CountCurve,
    Curves,
    Descent,
    Histogram,
    Intervals,
    Line,
    MergeDiagram,
    Plot,
    ReliabilityDiagram,
    Response,
    Scatter,
)
from pellucid.report.numbers import with_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Sheet

LONGEST_LABEL = 22
STRONG = {"marker": "*", "markersize": 9.0, "linewidth": 2.4}
"""A marker that no other solid line has."""
WIDE_ENOUGH = 6.0
"""Inches of a figure beside which many lines are named; below it where it is narrower."""
FEW_LINES = 4
MOST_POSITIONS_NAMED = 6


@contextmanager
def sheet_for(
    plot: Plot, colors: Colors, size: tuple[float, float], *, salt: str
) -> Iterator[Sheet]:
    """Draw a figure; within the block it can be saved.

    Args:
        plot: What is drawn.
        colors: In which colors.
        size: Width and height in inches.
        salt: Of what Matplotlib calls its parts in an SVG, so that it is the same each time.

    Yields:
        Matplotlib's figure.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure as Sheet

    settings: Any = colors.settings | {"svg.hashsalt": salt}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # The reader's own fonts write the letters; that ours lack some is of no matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        sheet = Sheet(figsize=size, layout="constrained", facecolor="none")
        DRAW[type(plot)](sheet, plot, colors)
        _name_ticks(sheet)
        yield sheet


def _name_ticks(sheet: Sheet) -> None:
    from matplotlib.ticker import FuncFormatter, LogFormatter, ScalarFormatter

    for axes in sheet.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_formatter(), ScalarFormatter | LogFormatter):
                axis.set_major_formatter(FuncFormatter(_tick))


def _tick(value: float, _: object) -> str:
    """A number at an axis."""
    is_usual = value == 0.0 or 1e-4 <= abs(value) < 1e7
    return with_minus(f"{value:,.10g}" if is_usual else f"{value:.3g}")


def _draw_intervals(sheet: Sheet, plot: Intervals, colors: Colors) -> None:
    axes = sheet.add_subplot()
    heights = np.arange(len(plot.rows))[::-1]
    for place, (height, row) in enumerate(zip(heights, plot.rows, strict=True)):
        color, marker = (colors.blue, "s") if place == plot.strong else (colors.ink, "o")
        axes.plot([row.low, row.high], [height, height], color=color, linewidth=1.8)
        axes.plot([row.value], [height], marker, color=color)
    axes.set_yticks(heights, [cut(row.label, LONGEST_LABEL) for row in plot.rows])
    axes.set_ylim(-0.6, len(plot.rows) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.locator_params(axis="x", nbins=4)
    if plot.zero:
        axes.axvline(0.0, color=colors.muted, linewidth=1.2, linestyle="--")
        axes.set_title(plot.zero)


def _draw_curves(sheet: Sheet, plot: Curves, colors: Colors) -> None:
    axes = sheet.add_subplot()
    styles = _styles(plot.lines, colors)
    for line, style in zip(plot.lines, styles, strict=True):
        is_marked = plot.is_logarithmic or len(line.x) == 1
        shown = style if is_marked else {**style, "marker": ""}
        axes.plot(line.x, line.y, label=cut(line.label), **shown)
    for line, style in zip(plot.lines, styles, strict=True):
        if line.band:
            lows, highs = np.array(line.band).T
            axes.fill_between(line.x, lows, highs, color=style["color"], alpha=0.15, linewidth=0)
        if line.beyond:
            x, y = np.array(line.beyond).T
            axes.plot(x, y, color=style["color"], linestyle=":", linewidth=1.0)
    if plot.mark is not None:
        place, label = plot.mark
        axes.axvline(place, color=colors.muted, linestyle=":", linewidth=1.4, label=label)
    if plot.is_logarithmic:
        _make_logarithmic(axes, [x for line in plot.lines for x in line.x])
    axes.set_xlabel(plot.x_label)
    axes.set_title(plot.y_label)
    _name_lines(sheet, axes)


def _styles(lines: Sequence[Line], colors: Colors) -> list[dict[str, Any]]:
    """Color, line and marker of each."""
    styles = []
    num_others = 0
    for line in lines:
        if line.role == "strong":
            styles.append({"color": colors.ink, "linestyle": "-", **STRONG})
        elif line.role == "faint":
            styles.append({"color": colors.muted, "linestyle": "-", "marker": "", "linewidth": 1.0})
        else:
            color, dashes, marker = colors.styles[num_others % len(colors.styles)]
            styles.append({"color": color, "linestyle": dashes, "marker": marker})
            num_others += 1
    return styles


def _name_lines(sheet: Sheet, axes: Axes) -> None:
    """A legend: beside the lines where they are many and there is room, else below."""
    handles, _ = axes.get_legend_handles_labels()
    if len(handles) > FEW_LINES and sheet.get_figwidth() > WIDE_ENOUGH:
        sheet.legend(loc="outside right center")
        return
    sheet.legend(
        loc="outside lower left", ncols=2, borderpad=0.2, handlelength=2.6, columnspacing=1.2
    )


def _make_logarithmic(axes: Axes, xs: Sequence[float]) -> None:
    """Both axes logarithmic, with the positions themselves named where there is room."""
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set_xscale("log")
    axes.set_yscale("log")
    positions = sorted(set(xs))
    step = max(1, -(-len(positions) // MOST_POSITIONS_NAMED))
    chosen = positions[::-1][::step][::-1]
    axes.set_xticks(chosen, [f"{x:,.0f}" for x in chosen])
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=_multiples(np.log10(high / low))))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())


def _multiples(decades: float) -> tuple[float, ...]:
    """Which multiples of a power of ten are marked, so that their names do not overlap."""
    if decades < 1.0:
        return (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    return (1.0, 2.0, 5.0) if decades < 2.0 else (1.0, 3.0) if decades < 4.0 else (1.0,)


def _draw_reliability(sheet: Sheet, plot: ReliabilityDiagram, colors: Colors) -> None:
    axes = sheet.add_subplot()
    low = min(0.5, *(x for x, *_ in plot.points)) if plot.points else 0.0
    start = np.floor(10 * low) / 10
    axes.plot([start, 1], [start, 1], color=colors.muted, linestyle="--", linewidth=1.2)
    for place, _, below, above in plot.points:
        axes.plot([place, place], [below, above], color=colors.blue, linewidth=1.8)
    x, y = [point[0] for point in plot.points], [point[1] for point in plot.points]
    axes.plot(x, y, "s", color=colors.blue)
    axes.set_xlim(start, 1.02)
    axes.set_ylim(-0.02, 1.03)
    axes.set_xlabel("how sure the network was")
    axes.set_title("part that was right")


def _draw_histogram(sheet: Sheet, plot: Histogram, colors: Colors) -> None:
    axes = sheet.add_subplot()
    axes.stairs(plot.counts, plot.edges, fill=True, facecolor=colors.blue, edgecolor=colors.paper)
    axes.grid(visible=False, axis="x")
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(plot.x_label)
    axes.set_title(plot.y_label)


def _draw_scatter(sheet: Sheet, plot: Scatter, colors: Colors) -> None:
    axes = sheet.add_subplot()
    x, y = zip(*plot.points, strict=True)
    place, low, middle, high = zip(*plot.bands, strict=True)
    axes.plot(x, y, "o", color=colors.muted, markersize=2.5, alpha=0.45, markeredgewidth=0)
    axes.axhline(0.0, color=colors.ink, linewidth=1.0)
    axes.plot(place, middle, "-s", color=colors.blue, markersize=4, label="middle of a tenth")
    axes.plot(place, low, "--", color=colors.orange, label="8 of 10 rows lie between")
    axes.plot(place, high, "--", color=colors.orange)
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel(plot.x_label)
    axes.set_title(plot.y_label)
    _name_lines(sheet, axes)


def _draw_response(sheet: Sheet, plot: Response, colors: Colors) -> None:
    upper, lower = sheet.subplots(2, sharex=True, height_ratios=(5, 1))
    x: Any = plot.values
    shape: dict[str, Any] = {"linestyle": "-"}
    if not plot.is_ordered:
        x, shape = range(len(plot.values)), {"linestyle": "none", "marker": "o"}
        labels = [cut(value, LONGEST_LABEL) for value in plot.values]
        lower.set_xticks(x, labels, rotation=90)
    lines = np.array(plot.lines).T
    upper.plot(x, lines, **shape, color=colors.muted, alpha=0.3, linewidth=0.8, markersize=2)
    upper.plot(x, plot.mean, **shape, color=colors.blue, linewidth=2.5)
    upper.set_title(plot.y_label)
    lower.vlines(x, 0, plot.counts, color=colors.orange, linewidth=3)
    lower.set_title("rows")
    lower.set_xlabel(plot.x_label)


def _draw_descent(sheet: Sheet, plot: Descent, colors: Colors) -> None:
    axes = sheet.add_subplot()
    axes.plot(*zip(*plot.curve, strict=True), color=colors.muted, label=plot.curve_label)
    for tangent in plot.tangents:
        axes.plot(*zip(*tangent.ends, strict=True), color=colors.orange, linewidth=1.2)
        axes.annotate(
            tangent.label,
            tangent.at,
            xytext=(-10, 8),
            textcoords="offset points",
            horizontalalignment="right",
            color=colors.orange,
        )
    for before, after in zip(plot.steps[:-1], plot.steps[1:], strict=True):
        arrow = {"arrowstyle": "->", "color": colors.blue, "linewidth": 1.4}
        axes.annotate("", after, xytext=before, arrowprops=arrow)
    axes.plot(*zip(*plot.steps[:-1], strict=True), "o", color=colors.blue, label="steps")
    axes.set_xlabel(plot.x_label)
    axes.set_title(plot.y_label)
    axes.legend()


def _draw_map(sheet: Sheet, plot: ClusterMap, colors: Colors) -> None:
    axes = sheet.add_subplot()
    if plot.others:
        x, y = zip(*plot.others, strict=True)
        axes.plot(x, y, "x", color=colors.muted, markersize=3.5, markeredgewidth=0.8)
    for place, group in enumerate(plot.groups):
        if group.points:
            color, marker = colors.marks[place % len(colors.marks)]
            x, y = zip(*group.points, strict=True)
            axes.plot(x, y, marker, color=color, markersize=4.0, alpha=0.45, markeredgewidth=0)
    behind = {"boxstyle": "round,pad=0.2", "facecolor": colors.paper, "linewidth": 1.0}
    for place, group in enumerate(plot.groups):
        color, _ = colors.marks[place % len(colors.marks)]
        axes.annotate(
            group.name,
            group.middle,
            horizontalalignment="center",
            verticalalignment="center",
            fontweight="bold",
            bbox={**behind, "edgecolor": color},
        )
    axes.set_aspect("equal", adjustable="datalim")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    axes.grid(visible=False)


def _draw_merges(sheet: Sheet, plot: MergeDiagram, colors: Colors) -> None:
    axes = sheet.add_subplot()
    for joint in plot.joints:
        (first, second), (low, high) = joint.places, joint.heights
        across = [low, joint.height, joint.height, high]
        axes.plot(across, [first, first, second, second], color=colors.ink, linewidth=1.2)
    axes.axvline(plot.cut, color=colors.orange, linestyle="--", linewidth=1.4)
    behind = {"boxstyle": "round,pad=0.2", "facecolor": colors.paper, "edgecolor": colors.orange}
    for place, name in plot.clusters:
        axes.annotate(
            name,
            (plot.cut, place),
            horizontalalignment="center",
            verticalalignment="center",
            fontweight="bold",
            bbox=behind,
        )
    axes.set_yticks(range(len(plot.leaves)), plot.leaves)
    axes.set_ylim(len(plot.leaves) - 0.4, -0.6)
    axes.set_xscale("function", functions=(lambda x: np.sqrt(np.maximum(x, 0.0)), np.square))
    axes.set_xlim(left=0.0)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=5)
    axes.set_xlabel("how different both parts are (square-root scale)")
    axes.set_title("cluster")


def _draw_counts(sheet: Sheet, plot: CountCurve, colors: Colors) -> None:
    from matplotlib.ticker import MaxNLocator

    axes = sheet.add_subplot()
    low, high = plot.plausible
    axes.axvspan(low - 0.3, high + 0.3, color=colors.line, linewidth=0, label="plausible")
    lines = {"two halves agree": plot.stability, "silhouette": plot.silhouettes}
    for (label, heights), color, shape in zip(
        lines.items(), (colors.blue, colors.orange), ("-s", "--o"), strict=True
    ):
        axes.plot(plot.counts, heights, shape, color=color, label=label)
    axes.axvline(plot.taken, color=colors.muted, linestyle=":", label=f"taken: {plot.taken}")
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel("number of clusters")
    axes.set_title("agreement, and silhouette")
    _name_lines(sheet, axes)


DRAW: dict[type[Plot], Callable[[Sheet, Any, Colors], None]] = {
    Intervals: _draw_intervals,
    Curves: _draw_curves,
    ReliabilityDiagram: _draw_reliability,
    Histogram: _draw_histogram,
    Scatter: _draw_scatter,
    Response: _draw_response,
    Descent: _draw_descent,
    ClusterMap: _draw_map,
    MergeDiagram: _draw_merges,
    CountCurve: _draw_counts,
}
"""How each figure is drawn."""
