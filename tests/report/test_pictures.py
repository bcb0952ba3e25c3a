"""Pictures on a page and in a terminal: the rows themselves, and what a network sees in them."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import polars as pl
import pytest
from PIL import Image as PngImage
from rich.console import Console

import pellucid
from pellucid import Classifier, Regressor
from pellucid.cli import console
from pellucid.comparison.findings import (
    MOST_CELLS_WITH_ROWS,
    MOST_CLASSES,
    MOST_ROWS_A_CELL,
    MOST_SURPRISES,
    JudgedRow,
)
from pellucid.data.pictures.picture import PictureStore
from pellucid.explanation.pixels import Occlusion
from pellucid.report.content.judged_pictures import (
    MOST_BYTES,
    MOST_EXPLAINED,
    PIXELS_EXPLAINED,
    in_a_cell,
    in_a_list,
)
from pellucid.report.content.pictures import agreement, heat_gallery
from pellucid.report.html import html_of
from pellucid.report.page import explanation_page, page_of


def images_in(page: str) -> list[tuple[np.ndarray, str]]:
    """Pixels and alternative text of all pictures of a page."""
    tags = re.findall(
        r'<img src="data:image/png;base64,([^"]+)" width="\d+" height="\d+" alt="([^"]+)">', page
    )
    assert len(tags) == page.count("<img"), "each has its bytes, its size and its words"
    found = []
    for data, alt in tags:
        with PngImage.open(io.BytesIO(base64.b64decode(data))) as image:
            found.append((np.asarray(image), alt))
    return found


@pytest.fixture(scope="module")
def evaluated(spotter: Classifier, spots: pl.DataFrame) -> str:
    """The page of an evaluation in which two rows are called what they are not."""
    sides = spots["side"].to_list()
    sides[0], sides[1] = "lying", "upright"
    found = pellucid.evaluate(spotter, spots.drop("age").with_columns(side=pl.Series(sides)))
    return html_of(page_of(found))


def test_mistaken_pictures_stand_in_the_cells_of_the_confusion_matrix(
    evaluated: str, spots: pl.DataFrame
) -> None:
    matrix = evaluated[evaluated.index('class="matrix"') :].partition("</table>")[0]
    (first, said), (second, _) = images_in(matrix)
    assert np.array_equal(first, spots["spot"][0]) or np.array_equal(second, spots["spot"][0])
    assert re.fullmatch(r"12 × 12 pixels of row \d: true \w+, predicted \w+ \(\d\.\d+\)", said)


def test_they_also_stand_above_the_rows_that_a_cell_leads_to(evaluated: str) -> None:
    assert "Pictures: lying taken for upright: 1 row" in evaluated
    folded = evaluated[evaluated.index('id="mistaken-0-1"') :].partition("</details>")[0]
    assert len(images_in(folded)) == 1


def test_the_most_surprising_rows_are_shown_and_some_are_explained(evaluated: str) -> None:
    surprising = evaluated[evaluated.index("The most surprising pictures") :]
    assert len(images_in(surprising.partition("</figure>")[0])) == MOST_SURPRISES
    assert re.search(r"The \d+ filters of the first layer", evaluated)
    assert evaluated.count("what pushed probability of") == MOST_EXPLAINED
    assert "Row 1, true is lying: what pushed probability of upright from" in evaluated


def test_no_picture_is_fetched_from_elsewhere(evaluated: str) -> None:
    assert len(images_in(evaluated)) > 20
    assert not re.search(r'(src|href)="(?!data:|#)', evaluated)


def noise(count: int, side: int) -> list[JudgedRow]:
    """Rows with pictures that no format can make smaller."""
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (count, side, side, 3)).astype(np.uint8)
    store = PictureStore(pixels=pixels, names=[f"{'x' * 70}{place}.png" for place in range(count)])
    return [
        JudgedRow(
            number=place + 1,
            truth="a" * 60,
            prediction="b" * 60,
            probability=0.5,
            loss=1.0,
            cells={"image": store[place]},
        )
        for place in range(count)
    ]


def test_all_pictures_of_a_page_stay_within_a_bound(
    spotter: Classifier, spots: pl.DataFrame
) -> None:
    """Of the largest pictures there are, with mistakes in as many cells as are listed."""
    rows = noise(MOST_ROWS_A_CELL, 128)
    assert MOST_CELLS_WITH_ROWS <= MOST_CLASSES**2

    def size(pixels: np.ndarray) -> int:
        written = io.BytesIO()
        PngImage.fromarray(pixels).save(written, "PNG", optimize=True)
        return len(base64.b64encode(written.getvalue()))

    in_cells = sum(size(image.pixels) for image in in_a_cell(rows))
    (listed,) = in_a_list("all", rows)
    in_lists = sum(size(image.pixels) for image in listed.images)
    explained = 5 * size(np.asarray(noise(1, PIXELS_EXPLAINED)[0].cells["image"].pixels))
    total = (
        MOST_CELLS_WITH_ROWS * (in_cells + in_lists)
        + in_lists  # those that surprised it most
        + MOST_EXPLAINED * explained
    )
    assert MOST_SURPRISES <= MOST_ROWS_A_CELL
    assert 0.5 * MOST_BYTES < total < 0.95 * MOST_BYTES  # filters are a few pixels each
    found = pellucid.explain(spotter, spots).picture
    assert found is not None
    shown = heat_gallery(found, "probability", row="Row 1", most=PIXELS_EXPLAINED).images
    assert len(shown) == 5
    assert max(max(image.pixels.shape[:2]) for image in shown) <= PIXELS_EXPLAINED


def test_numbers_are_predicted_from_pictures_and_told_of(spots: pl.DataFrame) -> None:
    table = spots.drop("side")
    model = Regressor(max_epochs=1).fit(table, "age")
    page = html_of(page_of(pellucid.evaluate(model, table)))
    assert re.search(r"row \d+: true [\d.]+, predicted [\d.]+<", page)
    assert page.count("what pushed age from") == MOST_EXPLAINED


def test_an_explanation_is_a_page_with_all_its_pictures(
    spotter: Classifier, spots: pl.DataFrame
) -> None:
    found = pellucid.explain(spotter, spots, 3, spots)
    page = html_of(explanation_page(found, spotter, "spots.parquet"))
    (picture, said), *others = images_in(page)
    assert np.array_equal(picture, spots["spot"][2])
    assert said == "12 × 12 pixels in grey, as the network got it"
    assert "What in the picture pushed probability of upright from" in page
    for layer in (r"whitening: 8 of \d+ channels", "convolution 1: 8 of", r"The \d+ filters"):
        assert re.search(layer, page)
    assert "The nearest training pictures" in page
    assert "One sum in full: neuron (" in page
    assert len(others) > 40
    for alt in ("speaks for", "Dark where pixels raise", "Dark where a covered square lowers"):
        assert any(alt in words for _, words in others)


def test_a_terminal_says_it_in_words_and_signs(spotter: Classifier, spots: pl.DataFrame) -> None:
    screen = Console(width=100)
    with screen.capture() as captured:
        screen.print(console.explanation(pellucid.explain(spotter, spots, 3), spotter))
    text = " ".join(captured.get().split())
    assert "What in the picture pushed probability of upright from" in text
    assert "▓" in text
    assert "The network got the picture at 12 × 12 pixels." in text
    assert "every picture of the mean color" in text
    for part in ("upper left", "center", "lower right", "error of the integral"):
        assert part in text
    assert re.search(r"(neuron \(\d+, \d+, \d+\) of convolution 1)", text)


@pytest.mark.parametrize(
    ("correlation", "low", "high", "said"),
    [
        (0.9, 0.7, 0.97, "Both point to the same places"),
        (0.5, 0.1, 0.8, "Both agree at least in part"),
        (0.5, -0.1, 0.8, "Whether both agree cannot be told"),
        (-0.7, -0.9, -0.3, "Both contradict each other"),
        (None, None, None, "too few, or too much alike"),
    ],
)
def test_agreement_is_said_no_surer_than_the_squares_can_tell(
    correlation: float | None, low: float | None, high: float | None, said: str
) -> None:
    found = Occlusion(
        side=3,
        tops=[0],
        lefts=[0],
        losses=np.zeros((1, 1)),
        correlation=correlation,
        low=low,
        high=high,
        num_apart=16,
    )
    assert said in agreement(found)


def test_a_mixed_row_says_how_to_look_into_its_picture(
    mixed_spotter: Classifier, spots: pl.DataFrame
) -> None:
    found = pellucid.explain(mixed_spotter, spots, 3, spots)
    page = html_of(explanation_page(found, mixed_spotter, "spots.parquet"))
    assert "To look into a picture of this row: --inside spot." in page
    (nearest, _), *_ = images_in(page)
    assert np.array_equal(nearest, spots["spot"][2])
