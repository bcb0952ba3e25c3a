"""A figure as SVG that lives inside a page: it takes fonts and colors from where it stands."""

from __future__ import annotations

import io
import re
from html import escape

from pellucid.report.colors import STAND_INS, VARIABLES
from pellucid.report.drawing import sheet_for
from pellucid.report.elements import Figure
from pellucid.report.figures import (
    ClusterMap,
    CountCurve,
    Curves,
    Histogram,
    Intervals,
    MergeDiagram,
    NetworkDiagram,
    Plot,
    Scatter,
)
from pellucid.report.network_svg import inside_of_network

WIDTH = 350.0
"""Of a figure, in the units of its letters (11); it is read at 320 to 500 pixels."""
POINTS_PER_INCH = 72.0
HEIGHTS: dict[type[Plot], float] = {
    Histogram: 240.0,
    Scatter: 265.0,
    CountCurve: 265.0,
    ClusterMap: WIDTH,
}
"""Of figures that are always as high, in the same units; of others 300."""


def svg_of(figure: Figure) -> str:
    """A figure as an SVG element without fixed size, fonts, colors and outside references.

    Args:
        figure: The figure; its name is its own on the page.
    """
    if isinstance(figure.drawing, NetworkDiagram):
        box, inside = inside_of_network(figure.drawing)
    else:
        box, inside = _drawn(figure.drawing, figure.name)
    return f'<svg viewBox="{box}" role="img" aria-label="{escape(figure.title)}">{inside}'


def _drawn(plot: Plot, name: str) -> tuple[str, str]:
    """What Matplotlib draws, as an SVG's box and what stands in it."""
    size = (WIDTH / POINTS_PER_INCH, _height(plot) / POINTS_PER_INCH)
    written = io.StringIO()
    with sheet_for(plot, STAND_INS, size, salt=name) as sheet:
        empty = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        sheet.savefig(written, format="svg", metadata=empty)
    return _for_a_page(written.getvalue(), name)


def _height(plot: Plot) -> float:
    """In units, as `WIDTH`."""
    match plot:
        case Intervals():
            return 46.0 + 22.0 * len(plot.rows) + (18.0 if plot.zero else 0.0)
        case Curves():
            return 225.0 + 15.0 * ((len(plot.lines) + (plot.mark is not None) + 1) // 2)
        case MergeDiagram():
            return 70.0 + 15.0 * len(plot.leaves)
        case _:
            return HEIGHTS.get(type(plot), 300.0)


def _for_a_page(svg: str, name: str) -> tuple[str, str]:
    """Matplotlib's file → its box, and what stands in it as the page wants it."""
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"\n\s*", "\n", svg)
    box = re.search(r'viewBox="([^"]+)"', svg)
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    # Tags only: what a column is called stays as it is.
    inside = svg[svg.index(">") + 1 :]
    adapted = re.sub(r"<[^>]*>", lambda tag: _adapted(tag[0], name, used), inside)
    return (box[1] if box else f"0 0 {WIDTH} {WIDTH}"), adapted


def _adapted(tag: str, name: str, used: set[str]) -> str:
    """A tag with the page's fonts and colors, and ids of this figure's own."""
    tag = tag.replace("xlink:href", "href")
    tag = re.sub(r"font: (bold )?([\d.]+)px [^;\"]+", _font, tag)
    tag = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", tag)
    tag = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>{name}-", tag)
    tag = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]):.2f}", tag)
    for color, variable in VARIABLES.items():
        tag = tag.replace(color, variable)
    return tag


def _font(match: re.Match[str]) -> str:
    weight = "font-weight: bold; " if match[1] else ""
    return f"{weight}font-size: {match[2]}px"
