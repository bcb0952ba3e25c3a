"""What a page consists of: words, tables, pictures, and what is folded away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from pellucid.wording import printable, show

LONGEST_CELL = 60
MISSING = "–"


@dataclass(frozen=True, kw_only=True)
class Words:
    """A paragraph.

    Attributes:
        text: What it says.
        style: "text"; "note" for what explains; "alarm" for what must not be passed over.
    """

    kind: ClassVar[str] = "words"
    text: str
    style: Literal["text", "note", "alarm"] = "text"


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table; the first cell of each row is its heading.

    Attributes:
        caption: What it shows; names it for those who cannot see it.
        headings: Of its columns.
        rows: Its cells.
        texts: Places of the columns, besides the first, that hold texts and not numbers.
        strong: Places of the rows to stress.
    """

    kind: ClassVar[str] = "grid"
    caption: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    texts: Sequence[int] = ()
    strong: Sequence[int] = ()


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture, and its numbers.

    Attributes:
        title: What it is; names it for those who cannot see it.
        svg: The drawing, its colors given by the page's variables.
        words: How to read it.
        numbers: What it is drawn from.
        is_wide: Whether it needs the page's whole width.
    """

    kind: ClassVar[str] = "picture"
    title: str
    svg: str
    words: str
    numbers: Grid
    is_wide: bool = False


@dataclass(frozen=True, kw_only=True)
class MatrixCell:
    """One cell of a confusion matrix.

    Attributes:
        text: Its count.
        shade: How dark it is, 0 to 5.
        is_right: Whether its rows are right.
        link: Name of the place where its rows stand; "" for none.
        label: What it says in words.
    """

    text: str
    shade: int
    is_right: bool
    link: str
    label: str


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A confusion matrix.

    Attributes:
        caption: What it shows.
        names: Of rows and columns.
        rows: Its cells.
        words: How to read it.
    """

    kind: ClassVar[str] = "matrix"
    caption: str
    names: Sequence[str]
    rows: Sequence[Sequence[MatrixCell]]
    words: str


@dataclass(frozen=True, kw_only=True)
class Fold:
    """What is folded away until it is opened.

    Attributes:
        title: What it is.
        name: Its place's name, for links to it.
        blocks: What it holds.
    """

    kind: ClassVar[str] = "fold"
    title: str
    name: str
    blocks: Sequence[Grid]


@dataclass(frozen=True, kw_only=True)
class Code:
    """Lines to copy."""

    kind: ClassVar[str] = "code"
    text: str


Block = Words | Grid | Picture | Matrix | Fold | Code


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """A part of the page with a heading.

    Attributes:
        name: Its place's name, for links to it.
        title: Its heading.
        blocks: What it holds.
    """

    name: str
    title: str
    blocks: Sequence[Block]


def cut(text: object, most: int = LONGEST_CELL) -> str:
    """A text from a table on one line: cut short, and printable."""
    plain = printable(str(text))
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def capital(text: str) -> str:
    """The text with a capital first letter; the others stay, as in "log-loss" or "RMSE"."""
    return text[:1].upper() + text[1:]


def with_minus(number: str) -> str:
    """A number with the minus sign that pictures have too."""
    return number.replace("-", "−")


def cell_text(value: Any) -> str:
    """A cell of a converted table, as a person reads it."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return MISSING
    if isinstance(value, str):
        return cut(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat(sep=" ")).removesuffix(" 00:00:00")
    return show(value)
