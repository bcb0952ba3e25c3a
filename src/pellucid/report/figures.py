"""Figures as data: what is drawn, and nothing of how it looks.

`report/drawing.py` draws them with Matplotlib, `report/network_svg.py` the network; as JSON they
are given as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A number with its interval.

    Attributes:
        label: Whose it is.
        value: The number.
        low: Lower end.
        high: Upper end.
    """

    label: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """Dots with whiskers, one row each, the first at the top.

    Attributes:
        rows: The numbers.
        strong: Place of the row that is stressed; None for none.
        zero: What a line at 0 means; "" for no line.
    """

    rows: Sequence[Interval]
    strong: int | None = None
    zero: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line over a number.

    Attributes:
        label: What it is.
        x: Positions.
        y: Heights.
        band: Least and greatest height at each position; none for no band.
        beyond: Positions and heights of a guess how it goes on; none for no guess.
        role: "strong" for what matters most, "faint" for what is there to be compared with.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    band: Sequence[tuple[float, float]] = ()
    beyond: Sequence[tuple[float, float]] = ()
    role: Literal["", "strong", "faint"] = ""


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Lines over a number.

    Attributes:
        lines: The lines.
        x_label: What the horizontal axis says.
        y_label: What the vertical one says.
        mark: A position to mark, and what it is called; None for none.
        is_logarithmic: Whether both axes are, and each position is named and marked.
    """

    lines: Sequence[Line]
    x_label: str
    y_label: str
    mark: tuple[float, str] | None = None
    is_logarithmic: bool = False


@dataclass(frozen=True, kw_only=True)
class ReliabilityDiagram:
    """Part that is right over confidence, with the diagonal on which both are the same.

    Attributes:
        points: Confidence, accuracy, and the accuracy's low and high.
    """

    points: Sequence[tuple[float, float, float, float]]


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """How many lie between each two edges.

    Attributes:
        edges: Of the bins, B + 1.
        counts: In each, B.
        x_label: What the horizontal axis says.
        y_label: What the vertical one says.
    """

    edges: Sequence[float]
    counts: Sequence[int]
    x_label: str
    y_label: str


@dataclass(frozen=True, kw_only=True)
class Scatter:
    """Points, with the middle and the borders of what lies at each position.

    Attributes:
        points: Position and height of each.
        bands: Position, low, middle and high.
        x_label: What the horizontal axis says.
        y_label: What the vertical one says.
    """

    points: Sequence[tuple[float, float]]
    bands: Sequence[tuple[float, float, float, float]]
    x_label: str
    y_label: str


@dataclass(frozen=True, kw_only=True)
class Response:
    """A mean line over single lines, and below it how many rows lie at each position.

    Attributes:
        values: The positions: numbers or dates in order, or levels without an order.
        mean: Mean height at each.
        lines: Heights of single rows, one sequence each.
        counts: Rows at each position.
        x_label: What the horizontal axis says.
        y_label: What the vertical one says.
        is_ordered: Whether the positions have an order that a line can follow.
    """

    values: Sequence[Any]
    mean: Sequence[float]
    lines: Sequence[Sequence[float]]
    counts: Sequence[int]
    x_label: str
    y_label: str
    is_ordered: bool


@dataclass(frozen=True, kw_only=True)
class Tangent:
    """A straight line that touches a curve.

    Attributes:
        label: What it says.
        at: Position and height where it touches.
        ends: Position and height of both its ends.
    """

    label: str
    at: tuple[float, float]
    ends: tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class Descent:
    """Steps down a curve, with its tangents.

    Attributes:
        curve: Positions and heights of the curve.
        curve_label: What it is.
        steps: Position and height before each step, and after the last.
        tangents: Some tangents.
        x_label: What the horizontal axis says.
        y_label: What the vertical one says.
    """

    curve: Sequence[tuple[float, float]]
    curve_label: str
    steps: Sequence[tuple[float, float]]
    tangents: Sequence[Tangent]
    x_label: str
    y_label: str


@dataclass(frozen=True, kw_only=True)
class Neurons:
    """One row of neurons, of which those with the largest weights are drawn.

    Attributes:
        title: What it is, such as "hidden 1".
        size: How many neurons it has, in words.
        total: How many places it has, drawn or not.
        drawn: Which of them are drawn, in order.
        names: Names of those drawn; none where they have none.
    """

    title: str
    size: str
    total: int
    drawn: Sequence[int]
    names: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class NetworkDiagram:
    """A network as the textbook draws it.

    Attributes:
        layers: Columns, rows of neurons, outputs.
        weights: From each layer's drawn neurons to the next one's, a matrix (from, to) each. The
            first hold sizes, without signs: how strongly columns are joined to neurons.
        num_unsigned: How many of these hold sizes.
    """

    layers: Sequence[Neurons]
    weights: Sequence[Sequence[Sequence[float]]]
    num_unsigned: int = 1


@dataclass(frozen=True, kw_only=True)
class MapGroup:
    """The points of one cluster on a map.

    Attributes:
        name: What is written among them, and on the page beside a mark like theirs.
        points: Their places.
        middle: One of the places, in their midst.
    """

    name: str
    points: Sequence[tuple[float, float]]
    middle: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class ClusterMap:
    """Points in the plane, a mark for each cluster, and its id in its midst.

    Attributes:
        groups: The clusters, by their ids.
        others: Places of the points that are of none.
    """

    groups: Sequence[MapGroup]
    others: Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True)
class MergeJoint:
    """Where two branches become one.

    Attributes:
        places: Of both, side by side.
        heights: At which they begin.
        height: At which they become one.
    """

    places: tuple[float, float]
    heights: tuple[float, float]
    height: float


@dataclass(frozen=True, kw_only=True)
class MergeDiagram:
    """A tree of clusters that become one after the other, and where it is cut.

    Attributes:
        joints: Where branches become one, from the leaves on.
        leaves: What the leaves are called, in order of their places 0, 1, 2, ….
        cut: The height at which the tree is cut.
        clusters: Place and id of each branch that is cut.
    """

    joints: Sequence[MergeJoint]
    leaves: Sequence[str]
    cut: float
    clusters: Sequence[tuple[float, str]]


@dataclass(frozen=True, kw_only=True)
class CountCurve:
    """What speaks for each number of clusters.

    Attributes:
        counts: The numbers of clusters.
        stability: How far two halves of the rows agree, for each.
        silhouettes: How much nearer rows are to their own cluster than to the next, for each.
        plausible: The least and the greatest plausible number.
        taken: The number that is taken.
    """

    counts: Sequence[int]
    stability: Sequence[float]
    silhouettes: Sequence[float]
    plausible: tuple[int, int]
    taken: int


Plot = (
    Intervals
    | Curves
    | ReliabilityDiagram
    | Histogram
    | Scatter
    | Response
    | Descent
    | ClusterMap
    | MergeDiagram
    | CountCurve
)
"""What Matplotlib draws."""

Drawing = Plot | NetworkDiagram
