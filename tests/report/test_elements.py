"""Content is made once, and each kind of it is shown as HTML, in a terminal, and as JSON."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image as PngImage
from rich.console import Console

from pellucid.cli.terminal import PIECES, shown
from pellucid.errors import OptionError
from pellucid.report.as_json import plain
from pellucid.report.colors import ON_WHITE
from pellucid.report.drawing import DRAW
from pellucid.report.elements import (
    Bar,
    Cell,
    Code,
    ConfusionMatrix,
    Details,
    Element,
    Figure,
    Gallery,
    Image,
    KeyNumber,
    KeyNumbers,
    MarkedPiece,
    MarkedText,
    MatrixCell,
    Page,
    Paragraph,
    Section,
    Table,
)
from pellucid.report.figures import (
    ClusterMap,
    CountCurve,
    Curves,
    Descent,
    Drawing,
    Histogram,
    Interval,
    Intervals,
    Line,
    MapGroup,
    MergeDiagram,
    MergeJoint,
    NetworkDiagram,
    Neurons,
    Plot,
    ReliabilityDiagram,
    Response,
    Scatter,
    Tangent,
)
from pellucid.report.html import html_of
from pellucid.report.page import write_page
from pellucid.report.picture_file import save_figure

SCORES = Table(
    caption="Scores on 5 rows",
    headings=["algorithm", "R² (higher is better)", ""],
    short_headings=["", "R²", ""],
    rows=[
        ["network", Cell(text="-0.1 (-0.3 to 0.1)", short="-0.1 ±0.2"), Bar(part=-0.2)],
        ["ridge", Cell(text="0.2 (0.1 to 0.3)", short="0.2 ±0.1", is_best=True), Bar(part=0.1)],
    ],
    texts=(0, 2),
    rest="… and 3 more",
)
DRAWINGS: list[Drawing] = [
    Intervals(rows=[Interval(label="ridge", value=0.2, low=0.1, high=0.3)], strong=0, zero="even"),
    Curves(
        lines=[
            Line(
                label="network",
                x=[10.0, 20.0],
                y=[0.3, 0.2],
                band=[(0.2, 0.4), (0.1, 0.3)],
                beyond=[(20.0, 0.2), (40.0, 0.1)],
                role="strong",
            )
        ],
        x_label="rows",
        y_label="error",
        mark=(10.0, "kept"),
        is_logarithmic=True,
    ),
    ReliabilityDiagram(points=[(0.8, 0.7, 0.6, 0.9)]),
    Histogram(edges=[-1.0, 0.0, 1.0], counts=[3, 4], x_label="missed by", y_label="rows"),
    Scatter(points=[(1.0, 0.5)], bands=[(1.0, 0.0, 0.5, 1.0)], x_label="x", y_label="y"),
    Response(
        values=["a", "(missing)"],
        mean=[0.1, 0.2],
        lines=[[0.0, 0.1], [0.2, 0.3]],
        counts=[5, 1],
        x_label="town",
        y_label="probability",
        is_ordered=False,
    ),
    Descent(
        curve=[(0.0, 1.0), (1.0, 0.0)],
        curve_label="loss",
        steps=[(0.0, 1.0), (0.5, 0.5)],
        tangents=[Tangent(label="slope 1", at=(0.0, 1.0), ends=((0.0, 1.0), (1.0, 0.0)))],
        x_label="weight",
        y_label="loss",
    ),
    NetworkDiagram(
        layers=[
            Neurons(title="1 column", size="1 input", total=1, drawn=[0], names=["age"]),
            Neurons(title="output", size="2", total=2, drawn=[1], names=["yes"]),
        ],
        weights=[[[0.5]]],
    ),
    ClusterMap(
        groups=[MapGroup(name="0", points=[(0.0, 0.0), (1.0, 0.5)], middle=(0.0, 0.0))],
        others=[(2.0, 2.0)],
    ),
    MergeDiagram(
        joints=[MergeJoint(places=(0.0, 1.0), heights=(0.0, 0.0), height=1.0)],
        leaves=["0", "1"],
        cut=0.5,
        clusters=[(0.0, "0"), (1.0, "1")],
    ),
    CountCurve(
        counts=[2, 3], stability=[0.9, 0.7], silhouettes=[0.5, 0.4], plausible=(2, 3), taken=2
    ),
]


def figure(drawing: Drawing) -> Figure:
    """A figure with a name of its own."""
    name = type(drawing).__name__
    numbers = Table(caption=f"Numbers: {name}", headings=["what", "how much"], rows=[["it", "7"]])
    return Figure(name=name, title=f"A {name}", drawing=drawing, words="Read it.", numbers=numbers)


CORNER = np.full((4, 4, 1), 255, dtype=np.uint8)
CORNER[0, 0] = 0
GALLERIES = [
    Gallery(
        title=f"A {size} gallery",
        images=[
            Image(pixels=CORNER, caption="dark corner", alt="Dark at the upper left."),
            Image(
                pixels=CORNER.repeat(3, axis=2),
                caption="in color",
                alt="The same.",
                needs_color=True,
            ),
        ],
        words="Dark is much.",
        is_large=size == "large",
    )
    for size in ("small", "large")
]
MARKED = MarkedText(
    title="A marked text",
    pieces=[
        MarkedPiece(text="It is "),
        MarkedPiece(text="great", level=3),
        MarkedPiece(text=", not <b>"),
        MarkedPiece(text="bad", level=-1),
    ],
)
ELEMENTS: list[Element] = [
    Paragraph(lead="Leak?", text="Column 'x' alone tells it.", style="alarm"),
    SCORES,
    *map(figure, DRAWINGS),
    *GALLERIES,
    MARKED,
    ConfusionMatrix(
        caption="Confusion matrix",
        names=["yes", "no"],
        rows=[
            [
                MatrixCell(text=count, shade=1, is_right=False, link="", label=count)
                for count in counts
            ]
            for counts in (("21", "22"), ("23", "24"))
        ],
        words="A row is what is true.",
    ),
    Details(title="All columns", name="all", tables=[SCORES]),
    Code(text="pellucid fit t.csv"),
    KeyNumbers(numbers=[KeyNumber(name="accuracy", value="0.9", interval="0.8 to 1.0")]),
]
ALL = Page(
    title="Everything", summary=[], sections=[Section(name="s", title="S", elements=ELEMENTS)]
)


def in_terminal(*elements: Element) -> str:
    """What a terminal shows of them."""
    screen = Console(width=120)
    with screen.capture() as text:
        screen.print(shown(elements))
    return text.get()


def test_every_kind_of_element_and_figure_is_tried_here() -> None:
    assert {type(element) for element in ELEMENTS} == set(get_args(Element)) == set(PIECES)
    assert {type(drawing) for drawing in DRAWINGS} == set(get_args(Drawing))
    assert set(get_args(Plot)) == set(DRAW)


def test_words_and_numbers_are_the_same_wherever_they_are_shown() -> None:
    page, told = html_of(ALL), json.dumps(plain(ALL), ensure_ascii=False)
    for said in ("Leak?", "Column 'x' alone tells it.", "Scores on 5 rows", "… and 3 more", "24"):
        assert said.replace("'", "&#39;") in page
        assert said in in_terminal(*ELEMENTS)
        assert said in told
    for drawing in DRAWINGS:
        assert f'aria-label="A {type(drawing).__name__}"' in page


def test_a_terminal_has_little_room_and_print_a_minus_of_its_own() -> None:
    lines = in_terminal(SCORES).splitlines()
    assert lines[1].split() == ["R²"]
    assert lines[2].split() == ["network", "-0.1", "±0.2", "−−−−"]
    page = html_of(ALL)
    assert "−0.1 (−0.3 to 0.1)" in page
    assert "0.2 (0.1 to 0.3) (best)" in page


def test_json_says_what_each_thing_is_and_has_only_numbers_that_json_has() -> None:
    told = plain(ALL)["sections"][0]["elements"]
    assert [each["kind"] for each in told][-3:] == ["details", "code", "key numbers"]
    drawn = [each["drawing"]["kind"] for each in told if each["kind"] == "figure"]
    assert drawn[:3] == ["intervals", "curves", "reliability diagram"]
    odd = Histogram(edges=[float("nan"), 1.0], counts=[3], x_label="", y_label="")
    assert plain(odd)["edges"] == [None, 1.0]


def test_a_picture_stands_in_the_page_itself_with_words_for_those_who_cannot_see_it() -> None:
    page = html_of(Page(title="P", summary=GALLERIES, sections=[]))
    sources = re.findall(r'<img src="([^"]+)" width="4" height="4" alt="[^"]+">', page)
    assert len(sources) == page.count("<img") == 4
    assert 'alt="Dark at the upper left."' in page
    for source in sources:
        kind, data = source.split(",")
        assert kind == "data:image/png;base64"
        with PngImage.open(io.BytesIO(base64.b64decode(data))) as found:
            assert np.array_equal(np.asarray(found.convert("L")), CORNER[..., 0])
    told = plain(GALLERIES[0])["images"]
    assert [each["pixels"] for each in told] == sources[:2]
    assert told[0]["alt"] == "Dark at the upper left."


def test_a_terminal_shows_large_pictures_as_signs_and_names_small_ones() -> None:
    small, large = map(in_terminal, GALLERIES)
    assert small.split("\n")[1].strip() == "dark corner, in color"
    assert large.split("\n")[1].rstrip() == "█" * 6
    assert "in color" not in large  # the signs have none
    assert "Dark is much." in large


def test_a_page_is_written_as_html_or_as_json_by_its_ending(tmp_path: Path) -> None:
    write_page(ALL, tmp_path / "p.html")
    write_page(ALL, tmp_path / "p.json")
    assert (tmp_path / "p.html").read_text().startswith("<!DOCTYPE html>")
    assert json.loads((tmp_path / "p.json").read_text()) == plain(ALL)


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda drawing: type(drawing).__name__)
def test_a_figure_is_saved_as_a_picture(drawing: Drawing, tmp_path: Path) -> None:
    if isinstance(drawing, NetworkDiagram):
        with pytest.raises(OptionError, match="stands in a page only"):
            save_figure(figure(drawing), tmp_path / "f.svg")
        return
    save_figure(figure(drawing), tmp_path / "f.svg")
    assert ON_WHITE.paper in (tmp_path / "f.svg").read_text()


def test_files_have_the_colors_of_the_page() -> None:
    import pellucid

    css = Path(pellucid.__file__).parent / "report" / "templates" / "page.css"
    light = css.read_text().partition("@media")[0]
    colors = dict(re.findall(r"--(\w+): (#\w+);", light))
    assert {each.name: getattr(ON_WHITE, each.name) for each in fields(ON_WHITE)} == {
        each.name: colors[each.name] for each in fields(ON_WHITE)
    }


def test_marks_of_a_text_can_be_read_without_color() -> None:
    assert "It is great[+++], not <b>bad[−]" in in_terminal(MARKED)


def test_a_marked_text_is_never_html() -> None:
    page = html_of(Page(title="T", summary=[MARKED], sections=[]))
    assert 'It is <mark class="up-3">great<span class="unseen"> (+++)</span></mark>' in page
    assert 'not &lt;b&gt;<mark class="down-1">bad' in page
    assert '<p dir="auto">' in page
