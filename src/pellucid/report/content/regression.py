"""What is said of numbers: how far they are missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.comparison.findings import Residuals, residuals
from pellucid.report.content.judged_rows import NO_ROWS
from pellucid.report.elements import Element, Figure, Paragraph, Section, Table, cut
from pellucid.report.figures import Histogram, Scatter
from pellucid.report.numbers import alike, columns_alike, number
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.comparison.results import JudgedResult

MOST_TARGETS = 6
MISSED = "truth − prediction"


def residuals_section(found: JudgedResult, _columns: Sequence[str]) -> Section:
    """How far numbers are missed.

    Args:
        found: Of numbers.
    """
    everything = residuals(found.judged, found.targets)
    elements: list[Element] = [
        Paragraph(
            text="A residual is the truth minus the prediction: above 0 the prediction is too low, "
            "below 0 too high."
        )
    ]
    for place, each in enumerate(everything[:MOST_TARGETS]):
        elements.append(_histogram(place, each))
        elements.append(
            Paragraph(text=NO_ROWS, style="note")
            if found.estimator.private
            else _residual_cloud(place, each)
        )
    more = len(everything) - MOST_TARGETS
    if more > 0:
        elements.append(Paragraph(text=f"{more} more targets are not drawn.", style="note"))
    return Section(name="residuals", title="How far it misses", elements=elements)


def _histogram(place: int, each: Residuals) -> Figure:
    target = cut(each.target, 40)
    title = f"Residuals of {target}"
    edges, counts = each.edges.tolist(), each.counts.tolist()
    bounds = alike(edges)
    beyond = (
        f" {count_of(each.beyond, 'row')} that miss by more are counted in the outer bars."
        if each.beyond
        else ""
    )
    return Figure(
        name=f"residuals-{place}",
        title=title,
        drawing=Histogram(edges=edges, counts=counts, x_label=MISSED, y_label="rows"),
        words="How many rows miss by how much; a good network has a narrow heap around 0. "
        f"The mean is {number(each.mean, sign='+')}.{beyond}",
        numbers=Table(
            caption=f"Numbers: {title}",
            headings=["from", "to", "rows"],
            rows=[
                [low, high, f"{count:,}"]
                for low, high, count in zip(bounds[:-1], bounds[1:], counts, strict=True)
            ],
        ),
    )


def _residual_cloud(place: int, each: Residuals) -> Figure:
    target = cut(each.target, 40)
    title = f"Residuals of {target} by its prediction"
    bands = [(g.prediction, g.low, g.median, g.high) for g in each.groups]
    points = [(float(x), float(y)) for x, y in each.points]
    numbers = [cells for _, *cells in columns_alike([("", band) for band in bands])]
    return Figure(
        name=f"cloud-{place}",
        title=title,
        drawing=Scatter(points=points, bands=bands, x_label="prediction", y_label=MISSED),
        words="Each point is a row (a sample, where there are many). Within each tenth of the "
        "rows, by prediction, half the residuals lie below the squares, and eight of ten between "
        "the dashed lines. Squares far from 0 mean that predictions of that size are biased; "
        "dashed lines that spread mean that they are less certain.",
        numbers=Table(
            caption=f"Numbers: {title}",
            headings=["prediction (middle of a tenth)", "rows", "low", "middle", "high"],
            rows=[
                [prediction, f"{g.rows:,}", *residuals]
                for g, (prediction, *residuals) in zip(each.groups, numbers, strict=True)
            ],
        ),
    )
