"""What content is made of: paragraphs, tables, figures and the like, as plain data.

Content is made once, by the functions in `report/content`, and shown in three ways: as HTML
(`report/html.py`), in a terminal (`cli/terminal.py`), and as JSON (`report/as_json.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pellucid.report.figures import Drawing
from pellucid.wording import printable, show

LONGEST_CELL = 60
MISSING = "–"
BAR_LENGTH = 20


@dataclass(frozen=True, kw_only=True)
class Paragraph:
    """Some sentences.

    Attributes:
        text: What it says.
        lead: A word or two before it, such as "Leak?"; "" for none.
        style: "plain"; "detail" for what belongs to the line before; "note" for what explains;
            "title"; "verdict" for what matters most; "alarm" for what must not be passed over.
    """

    text: str
    lead: str = ""
    style: Literal["plain", "detail", "note", "title", "verdict", "alarm"] = "plain"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell that is shorter where there is little room.

    Attributes:
        text: What it says, such as "0.84 (0.78 to 0.90)".
        short: The same in few letters, such as "0.84 ±0.06".
        is_best: Whether it is the best of its column.
    """

    text: str
    short: str
    is_best: bool = False


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A cell with a bar, to be compared with the others of its column.

    Attributes:
        part: Its length in parts of the longest, from −1 to 1.
    """

    part: float

    @property
    def text(self) -> str:
        """The bar as signs."""
        return ("+" if self.part > 0 else "−") * round(BAR_LENGTH * abs(self.part))


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; the first cell of each row is its heading.

    Attributes:
        caption: What it shows; names it for those who cannot see it.
        headings: Of its columns.
        rows: Its cells.
        texts: Places of the columns that hold texts and not numbers.
        strong: Places of the rows to stress.
        faint: Places of the rows that matter less.
        short_headings: Headings where there is little room; none if they are the same.
        rest: What is said of rows that are not listed; "" if all are.
    """

    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str | Cell | Bar]]
    texts: Sequence[int] = (0,)
    strong: Sequence[int] = ()
    faint: Sequence[int] = ()
    short_headings: Sequence[str] = ()
    rest: str = ""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure, and its numbers.

    Attributes:
        name: Its own on a page, of letters, digits and dashes.
        title: What it is; names it for those who cannot see it.
        drawing: What is drawn, as data.
        words: How to read it.
        numbers: What it is drawn from.
        is_wide: Whether it needs a page's whole width.
    """

    name: str
    title: str
    drawing: Drawing
    words: str
    numbers: Table
    is_wide: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Image:
    """A picture.

    Attributes:
        pixels: Brightness 0 … 255, (H, W, C) with one color (grey) or three.
        caption: What it is, in few words.
        alt: What it shows, for those who cannot see it.
        needs_color: Whether it says nothing where there is no color.
        is_map: Whether dark means much, so that where there is little room the dark pixels count.
    """

    pixels: npt.NDArray[np.uint8]
    caption: str
    alt: str
    needs_color: bool = False
    is_map: bool = False


@dataclass(frozen=True, kw_only=True)
class Gallery:
    """Some pictures side by side.

    Attributes:
        title: What they are.
        images: The pictures.
        words: How to read them.
        is_large: Whether they are to be looked at closely, and not only told apart.
    """

    title: str
    images: Sequence[Image]
    words: str
    is_large: bool = False


@dataclass(frozen=True, kw_only=True)
class MarkedPiece:
    """A part of a text.

    Attributes:
        text: Its characters.
        level: How much it is marked: 1 to 3 for what pushed up, −1 to −3 for what pushed down, 0
            for what is not marked.
    """

    text: str
    level: int = 0

    @property
    def signs(self) -> str:
        """The mark as signs: "+++", "−"."""
        return ("+" if self.level > 0 else "−") * abs(self.level)


@dataclass(frozen=True, kw_only=True)
class MarkedText:
    """A text, some parts of which are marked, so that it can be read without color too.

    Attributes:
        title: What it is.
        pieces: Its parts, in order.
    """

    title: str
    pieces: Sequence[MarkedPiece]


@dataclass(frozen=True, kw_only=True)
class MatrixCell:
    """One cell of a confusion matrix.

    Attributes:
        text: Its count.
        shade: How dark it is, 0 to 5.
        is_right: Whether its rows are right.
        link: Name of the `Details` where its rows stand; "" for none.
        label: What it says in words.
        images: Some of its rows, where these hold pictures.
    """

    text: str
    shade: int
    is_right: bool
    link: str
    label: str
    images: Sequence[Image] = ()


@dataclass(frozen=True, kw_only=True)
class ConfusionMatrix:
    """Which class was taken for which.

    Attributes:
        caption: What it shows.
        names: Of rows and columns.
        rows: Its cells.
        words: How to read it.
    """

    caption: str
    names: Sequence[str]
    rows: Sequence[Sequence[MatrixCell]]
    words: str


@dataclass(frozen=True, kw_only=True)
class Details:
    """What is folded away until it is opened.

    Attributes:
        title: What it is.
        name: Its place's name, for links to it.
        tables: What is folded away.
        galleries: Pictures that stand above it.
    """

    title: str
    name: str
    tables: Sequence[Table]
    galleries: Sequence[Gallery] = ()


@dataclass(frozen=True, kw_only=True)
class Code:
    """Lines to copy."""

    text: str


@dataclass(frozen=True, kw_only=True)
class KeyNumber:
    """A number to be seen first.

    Attributes:
        name: What it is.
        value: The number.
        interval: Its 95 % interval; "" where it has none.
    """

    name: str
    value: str
    interval: str


@dataclass(frozen=True, kw_only=True)
class KeyNumbers:
    """The few numbers to be seen first."""

    numbers: Sequence[KeyNumber]


Element = (
    Paragraph
    | Table
    | Figure
    | Gallery
    | MarkedText
    | ConfusionMatrix
    | Details
    | Code
    | KeyNumbers
)


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a page, with a heading.

    Attributes:
        name: Its place's name, for links to it.
        title: Its heading.
        elements: What it says.
    """

    name: str
    title: str
    elements: Sequence[Element]


@dataclass(frozen=True, kw_only=True)
class Page:
    """All that one page says.

    Attributes:
        title: What it is about.
        summary: What is to be seen first.
        sections: All else, in order.
    """

    title: str
    summary: Sequence[Element]
    sections: Sequence[Section]


def cut(text: object, most: int | None = LONGEST_CELL) -> str:
    """A text from a table on one line: cut short unless `most` is None, and printable."""
    plain = printable(str(text))
    return plain if most is None or len(plain) <= most else plain[: most - 1] + "…"


def capital(text: str) -> str:
    """The text with a capital first letter; the others stay, as in "log-loss" or "RMSE"."""
    return text[:1].upper() + text[1:]


def cell_text(value: Any) -> str:
    """A cell of a converted table, as a person reads it."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return MISSING
    if isinstance(value, str):
        return cut(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ")).removesuffix(" 00:00:00")
    return show(value)
