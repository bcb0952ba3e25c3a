"""What is said of learning from more rows: the error over the rows, and how it should go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from pellucid.comparison.verdict import knows_nothing
from pellucid.model.leaderboard import NETWORK
from pellucid.report.elements import MISSING, Cell, Figure, Section, Table, capital
from pellucid.report.figures import Curves, Line
from pellucid.report.numbers import format_of
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.comparison.learning_curves import Curve, LearningCurves

FARTHER = 4.0
"""How many times the rows at hand the laws are drawn to."""
POINTS_BEYOND = 30


def learning_curves_section(growth: LearningCurves) -> Section:
    """How everyone learns from more rows.

    Args:
        growth: The learning curves.
    """
    return Section(
        name="growth",
        title="Learning from more rows",
        elements=[learning_curves_figure(growth), laws_table(growth)],
    )


def learning_curves_figure(growth: LearningCurves) -> Figure:
    """Everyone's error over the number of rows, with its numbers.

    Args:
        growth: The learning curves.
    """
    title = capital(f"{growth.error} by number of rows learned from")
    return Figure(
        name="growth",
        title=title,
        drawing=Curves(
            lines=[_line(curve) for curve in growth.curves if curve.points],
            x_label="rows learned from; dotted: the power law",
            y_label=growth.error,
            is_logarithmic=True,
        ),
        words="Everyone learns from growing parts of the training rows and is judged by the same "
        "others. A line that still falls at its right end says: more rows would help. Both axes "
        "are logarithmic, so that an error of 0 is in the numbers only. Each point is the mean of "
        "up to three draws of the rows; the band is from the least to the greatest. Dotted beyond "
        "these rows is the power law through the points.",
        numbers=errors_table(growth),
        is_wide=True,
    )


def _line(curve: Curve) -> Line:
    points = curve.on_logarithmic_axes
    label = curve.name
    if curve.rows_without_error is not None:
        label = f"{label} (no error from {count_of(curve.rows_without_error, 'row')})"
    beyond: list[tuple[float, float]] = []
    if curve.law is not None:
        rows = np.geomspace(points[-1].rows, FARTHER * points[-1].rows, POINTS_BEYOND)
        beyond = list(zip(rows.tolist(), curve.law.error(rows).tolist(), strict=True))
    return Line(
        label=label,
        x=[float(point.rows) for point in points],
        y=[point.error for point in points],
        band=[point.band for point in points],
        beyond=beyond,
        role=_role(curve.name),
    )


def _role(name: str) -> Literal["", "strong", "faint"]:
    if name == NETWORK:
        return "strong"
    return "faint" if knows_nothing(name) else ""


def errors_table(growth: LearningCurves) -> Table:
    """The error of each at each number of rows.

    Args:
        growth: The learning curves.
    """
    points = [point for curve in growth.curves for point in curve.points]
    digits = format_of([v for point in points for v in (point.error, point.low, point.high)])
    return Table(
        caption=capital(f"{growth.error} by rows learned from (mean of draws)"),
        headings=["algorithm", *(f"{count:,} rows" for count in growth.sizes)],
        short_headings=["", *(f"{count:,}" for count in growth.sizes)],
        rows=[[curve.name, *_cells(curve, growth.sizes, digits)] for curve in growth.curves],
    )


def _cells(curve: Curve, sizes: Sequence[int], digits: str) -> list[str | Cell]:
    """The error at each size with the band of its draws, and the rows where it took fewer."""
    cells: list[str | Cell] = []
    for size, point in zip(sizes, curve.at(sizes), strict=True):
        if point is None:
            cells.append(MISSING)
            continue
        error = format(point.error, digits)
        band = f" ({point.low:{digits}} to {point.high:{digits}})" if point.low < point.high else ""
        fewer = "" if point.rows == size else f" ({count_of(point.rows, 'row')})"
        cells.append(Cell(text=f"{error}{band}{fewer}", short=f"{error}{fewer}"))
    return cells


def laws_table(growth: LearningCurves) -> Table:
    """Where each learning curve levels off.

    Args:
        growth: The learning curves.
    """
    return Table(
        caption="With more rows",
        headings=["algorithm", "error = floor + scale · rows^−exponent, and what it foretells"],
        short_headings=["", ""],
        rows=[[curve.name, in_words(curve)] for curve in growth.curves],
        texts=(0, 1),
    )


def in_words(curve: Curve) -> str:
    """Where a learning curve levels off."""
    note = f" ({curve.note})" if curve.note else ""
    if curve.rows_without_error is not None:
        return f"makes no error here from {count_of(curve.rows_without_error, 'row')} on{note}"
    if curve.law is None or not curve.points:
        return f"too few points for a law{note}"
    most = curve.points[-1].rows
    if curve.law.scale == 0.0:
        return f"does not learn from more rows{note}"
    floor, scale = (
        f"{v:.3g}" if v < 1e3 else f"{v:,.0f}" for v in (curve.law.floor, curve.law.scale)
    )
    law = f"{floor} + {scale} · rows^−{curve.law.exponent:.2f}"
    if curve.levels_off is not None and curve.levels_off <= most:
        return f"{law}; levels off at about {curve.levels_off:,.0f} rows{note}"
    gain = 100 * curve.law.gain(most)
    return f"{law}; twice the rows should take away {gain:.1f} % of the error{note}"
