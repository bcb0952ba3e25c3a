"""Pictures as SVG that lives inside a page: drawn by Matplotlib, colored by the page.

Matplotlib draws with stand-in colors, which become the page's variables, so that one drawing fits
light, dark and paper. Colors are those of Okabe and Ito (2008), told apart by the color-blind, and
never alone: markers, line styles and signs say the same.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.report.blocks import cut, with_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 350.0
"""Of a picture, in the units of its letters (11); it is read at 320 to 500 pixels."""
POINTS_PER_INCH = 72.0
LONGEST_LABEL = 22

INK, MUTED, LINE, PAPER = "#101112", "#202122", "#303132", "#404142"
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    LINE: "--line",
    PAPER: "--paper",
    BLUE: "--blue",
    ORANGE: "--orange",
    GREEN: "--green",
    PURPLE: "--purple",
}
STYLES: tuple[tuple[str, str, str], ...] = tuple(
    (color, line, marker)
    for line, markers in (("-", "osD^"), ("--", "vPX<"), (":", ">hp*"))
    for color, marker in zip((BLUE, ORANGE, GREEN, PURPLE), markers, strict=True)
)
"""Color, line and marker of each of up to twelve curves: no two share a line and a marker."""

SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a column may be called "$x$"
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titlecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "xtick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.color": MUTED,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
}


@contextmanager
def _settings(name: str) -> Iterator[None]:
    import matplotlib as mpl

    settings: Any = {**SETTINGS, "svg.hashsalt": name}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # The reader's own fonts write the letters; that ours lack some is of no matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def draw(name: str, title: str, height: float, paint: Callable[[Axes], None]) -> str:
    """Draw one picture.

    Args:
        name: Its own on the page, of letters and dashes.
        title: What it is, for those who cannot see it.
        height: In units; `WIDTH` is the width.
        paint: Puts everything on the axes.

    Returns:
        An SVG element without fixed size, fonts, colors and outside references.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, LogFormatter, ScalarFormatter

    with _settings(name):
        size = (WIDTH / POINTS_PER_INCH, height / POINTS_PER_INCH)
        figure = Figure(figsize=size, layout="constrained", facecolor="none")
        axes = figure.add_subplot()
        paint(axes)
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_formatter(), ScalarFormatter | LogFormatter):
                axis.set_major_formatter(FuncFormatter(_tick))
        written = io.StringIO()
        empty = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(written, format="svg", metadata=empty)
    return _for_a_page(written.getvalue(), name, title)


def _tick(value: float, _: object) -> str:
    """A number at an axis."""
    is_usual = value == 0.0 or 1e-4 <= abs(value) < 1e7
    return with_minus(f"{value:,.10g}" if is_usual else f"{value:.3g}")


def _for_a_page(svg: str, name: str, title: str) -> str:
    """Matplotlib's file → an element that takes fonts and colors from where it stands."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\n\s*", "\n", svg)
    box = re.search(r'viewBox="([^"]+)"', svg)
    opening = open_svg(title, box[1] if box else f"0 0 {WIDTH} {WIDTH}")
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    # Tags only: what a column is called stays as it is.
    inside = svg[svg.index(">") + 1 :]
    return opening + re.sub(r"<[^>]*>", lambda tag: _adapted(tag[0], name, used), inside)


def _adapted(tag: str, name: str, used: set[str]) -> str:
    """A tag with the page's fonts and colors, and ids of this picture's own."""
    tag = tag.replace("xlink:href", "href")
    tag = re.sub(r"font: (bold )?([\d.]+)px [^;\"]+", _font, tag)
    tag = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", tag)
    tag = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", tag)
    tag = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}", tag)
    for color, variable in VARIABLES.items():
        tag = tag.replace(color, f"var({variable})")
    return tag


def open_svg(title: str, box: str) -> str:
    """The beginning of a picture: its size in units, and its name."""
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(title)}">'


def _font(match: re.Match[str]) -> str:
    weight = "font-weight: bold; " if match[1] else ""
    return f"{weight}font-size: {match[2]}px"


def whiskers(
    name: str,
    title: str,
    rows: Sequence[tuple[str, float, float, float]],
    *,
    strong: int | None = 0,
    zero: str = "",
) -> str:
    """Dots with whiskers, one row each, the first at the top.

    Args:
        name: As for `draw`.
        title: What is drawn.
        rows: Label, value, low and high of each.
        strong: Place of the row drawn as a square; None for none.
        zero: What a line at 0 means; "" for no line.
    """

    def paint(axes: Axes) -> None:
        heights = np.arange(len(rows))[::-1]
        for place, (height, (_, value, low, high)) in enumerate(zip(heights, rows, strict=True)):
            color, marker = (BLUE, "s") if place == strong else (INK, "o")
            axes.plot([low, high], [height, height], color=color, linewidth=1.8)
            axes.plot([value], [height], marker, color=color)
        axes.set_yticks(heights, [cut(label, LONGEST_LABEL) for label, *_ in rows])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.locator_params(axis="x", nbins=4)
        if zero:
            axes.axvline(0.0, color=MUTED, linewidth=1.2, linestyle="--")
            axes.set_title(zero)

    return draw(name, title, 46.0 + 22.0 * len(rows) + (18.0 if zero else 0.0), paint)


def curves(
    name: str,
    title: str,
    lines: Sequence[tuple[str, Sequence[float], Sequence[float]]],
    *,
    across: str,
    up: str,
    mark: tuple[float, str] | None = None,
    bands: Sequence[Sequence[tuple[float, float]]] = (),
) -> str:
    """Lines over a number.

    Args:
        name: As for `draw`.
        title: What is drawn.
        lines: Label, positions and heights of each.
        across: What the horizontal axis says.
        up: What the vertical one says.
        mark: A position to mark, and what it is called.
        bands: Least and greatest height at each position of each line; then both axes are
            logarithmic, and each number is marked.
    """
    is_logarithmic = len(bands) > 0

    def paint(axes: Axes) -> None:
        for (label, xs, ys), (color, line, marker) in zip(lines, _styles(len(lines)), strict=True):
            shape = marker if is_logarithmic or len(xs) == 1 else ""
            axes.plot(xs, ys, color=color, linestyle=line, marker=shape, label=cut(label))
        for (_, xs, _), band, (color, _, _) in zip(lines, bands, _styles(len(lines)), strict=False):
            lows, highs = np.array(band).T
            axes.fill_between(xs, lows, highs, color=color, alpha=0.15, linewidth=0)
        if mark is not None:
            axes.axvline(mark[0], color=MUTED, linestyle=":", linewidth=1.4, label=mark[1])
        if is_logarithmic:
            _logarithmic(axes, [x for _, xs, _ in lines for x in xs])
        axes.set_xlabel(across)
        axes.set_title(up)
        _legend_below(axes)

    legend_rows = (len(lines) + (mark is not None) + 1) // 2
    return draw(name, title, 225.0 + 15.0 * legend_rows, paint)


def _legend_below(axes: Axes) -> None:
    axes.figure.legend(
        loc="outside lower left", ncols=2, borderpad=0.2, handlelength=2.6, columnspacing=1.2
    )


def _styles(count: int) -> list[tuple[str, str, str]]:
    return [STYLES[place % len(STYLES)] for place in range(count)]


def _marks(decades: float) -> tuple[float, ...]:
    """Which multiples of a power of ten are marked, so that their names do not overlap."""
    if decades < 1.0:
        return (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    return (1.0, 2.0, 5.0) if decades < 2.0 else (1.0, 3.0) if decades < 4.0 else (1.0,)


def _logarithmic(axes: Axes, xs: Sequence[float]) -> None:
    """Both axes logarithmic, with the positions themselves named where there is room."""
    from matplotlib.ticker import LogLocator, NullLocator

    axes.set_xscale("log")
    axes.set_yscale("log")
    positions = sorted(set(xs))
    step = -(-len(positions) // 6)
    chosen = positions[::-1][::step][::-1]
    axes.set_xticks(chosen, [f"{x:,.0f}" for x in chosen])
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=_marks(np.log10(high / low))))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())


def diagonal(name: str, title: str, points: Sequence[tuple[float, float, float, float]]) -> str:
    """A reliability diagram: part that is right over confidence, with the line of honesty.

    Args:
        name: As for `draw`.
        title: What is drawn.
        points: Confidence, accuracy, and the accuracy's low and high.
    """

    def paint(axes: Axes) -> None:
        low = min(0.5, *(x for x, *_ in points)) if points else 0.0
        start = np.floor(10 * low) / 10
        axes.plot([start, 1], [start, 1], color=MUTED, linestyle="--", linewidth=1.2)
        for x, _, below, above in points:
            axes.plot([x, x], [below, above], color=BLUE, linewidth=1.8)
        axes.plot([x for x, *_ in points], [y for _, y, *_ in points], "s", color=BLUE)
        axes.set_xlim(start, 1.02)
        axes.set_ylim(-0.02, 1.03)
        axes.set_xlabel("how sure the network was")
        axes.set_title("part that was right")

    return draw(name, title, 300.0, paint)


def bars(
    name: str, title: str, edges: Sequence[float], counts: Sequence[float], *, across: str, up: str
) -> str:
    """A histogram.

    Args:
        name: As for `draw`.
        title: What is drawn.
        edges: Of the bins.
        counts: In each.
        across: What the horizontal axis says.
        up: What the vertical one says.
    """

    def paint(axes: Axes) -> None:
        axes.stairs(counts, edges, fill=True, facecolor=BLUE, edgecolor=PAPER)
        axes.grid(visible=False, axis="x")
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel(across)
        axes.set_title(up)

    return draw(name, title, 240.0, paint)


def cloud(
    name: str,
    title: str,
    points: Sequence[tuple[float, float]],
    bands: Sequence[tuple[float, float, float, float]],
    *,
    across: str,
    up: str,
) -> str:
    """Points with the middle and the borders of what lies at each position.

    Args:
        name: As for `draw`.
        title: What is drawn.
        points: Position and height of each.
        bands: Position, low, middle and high.
        across: What the horizontal axis says.
        up: What the vertical one says.
    """

    def paint(axes: Axes) -> None:
        x, y = zip(*points, strict=True)
        place, low, middle, high = zip(*bands, strict=True)
        axes.plot(x, y, "o", color=MUTED, markersize=2.5, alpha=0.45, markeredgewidth=0)
        axes.axhline(0.0, color=INK, linewidth=1.0)
        axes.plot(place, middle, "-s", color=BLUE, markersize=4, label="middle of a tenth")
        axes.plot(place, low, "--", color=ORANGE, label="8 of 10 rows lie between")
        axes.plot(place, high, "--", color=ORANGE)
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel(across)
        axes.set_title(up)
        _legend_below(axes)

    return draw(name, title, 265.0, paint)
