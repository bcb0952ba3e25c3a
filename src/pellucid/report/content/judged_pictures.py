"""What is said of the pictures among the rows that judged: themselves, and what is seen in them.

All pictures of a page together take less than `MOST_BYTES`, whatever they show: so few of them are
shown, and so small (tests/report/test_pictures.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.comparison.findings import JudgedRow, rows_at, surprising_places
from pellucid.data.pictures.picture import Picture
from pellucid.estimators.row import output_name
from pellucid.explanation.pictures import explain_seen
from pellucid.report.content.pictures import filters_gallery, heat_gallery
from pellucid.report.elements import Element, Gallery, Image, Paragraph, Section, cut
from pellucid.report.images import thumbnail

if TYPE_CHECKING:
    from pellucid.comparison.results import JudgedResult

MOST_BYTES = 4 * 2**20
"""Of all pictures of a page."""
IN_A_CELL, PIXELS_IN_A_CELL = 3, 32
PIXELS_IN_A_LIST = 48
MOST_EXPLAINED, PIXELS_EXPLAINED = 4, 64
COMPLETENESS_ERROR = 0.05
"""Looser than for a row by itself: a page tells of several."""


def in_a_cell(rows: Sequence[JudgedRow]) -> list[Image]:
    """A few pictures of rows in one cell of a confusion matrix."""
    shown = [(row, picture) for row in rows if (picture := _picture_of(row))]
    return [_image(row, picture, PIXELS_IN_A_CELL) for row, picture in shown[:IN_A_CELL]]


def in_a_list(title: str, rows: Sequence[JudgedRow]) -> list[Gallery]:
    """The pictures of some rows; nothing if they have none.

    Args:
        title: What rows they are.
        rows: The rows.
    """
    shown = [(row, picture) for row in rows if (picture := _picture_of(row))]
    images = [_image(row, picture, PIXELS_IN_A_LIST) for row, picture in shown]
    words = "Each with its row and, if there is one, the probability of what was predicted."
    return [Gallery(title=title, images=images, words=words)] if images else []


def _picture_of(row: JudgedRow) -> Picture | None:
    """The first picture of a row."""
    return next((cell for cell in row.cells.values() if isinstance(cell, Picture)), None)


def _image(row: JudgedRow, picture: Picture, most: int) -> Image:
    said = f"true {cut(row.truth, 30)}, predicted {cut(row.prediction, 30)}"
    sure = "" if row.probability is None else f" ({row.probability:.2f})"
    return Image(
        pixels=thumbnail(picture.pixels, most),
        caption=f"row {row.number:,}: {said}{sure}",
        alt=f"{cut(picture)} of row {row.number:,}: {said}{sure}",
    )


def seen_sections(found: JudgedResult) -> list[Section]:
    """What the network looks for in pictures, and what it saw in the most surprising ones.

    Args:
        found: What the rows judged.

    Returns:
        One section; none if there are no pictures among the columns.
    """
    judged, model = found.judged, found.estimator.model_
    places = surprising_places(judged)[:MOST_EXPLAINED]
    seen = explain_seen(model, judged.rows.frame[places], tolerance=COMPLETENESS_ERROR)
    if not seen:
        return []
    elements: list[Element] = [filters_gallery(seen[0][1].trace.filters)]
    elements.append(
        Paragraph(
            text="Of the most surprising pictures it is shown what pushed the prediction, by "
            "integrated gradients, and what is lost when a square is covered. To look into any "
            "other: pellucid explain MODEL PICTURE."
        )
    )
    rows = rows_at(judged, places)
    for place, each in seen:
        name = f"Row {rows[place].number:,}, true is {cut(rows[place].truth, 30)}"
        output = output_name(found.estimator, each.output)
        elements.append(heat_gallery(each, output, row=name, most=PIXELS_EXPLAINED))
    return [Section(name="seen", title="What it sees in pictures", elements=elements)]
