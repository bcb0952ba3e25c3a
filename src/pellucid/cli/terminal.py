"""Content in a terminal: each element as plain lines, with the short form of headings and cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from textwrap import wrap
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table as Lines

from pellucid.cli.screen import Text
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
    KeyNumbers,
    MarkedText,
    Paragraph,
    Table,
)
from pellucid.report.images import signs_of

STYLES = {
    "plain": "",
    "detail": "",
    "note": "dim",
    "title": "bold",
    "verdict": "bold",
    "alarm": "yellow",
}
PICTURES_ABREAST = 3
MARKS = "[+] behind a word: it pushed up; [−]: down; the more signs, the more."
LEAD = 6
"""Letters of a lead, so that what follows stands below each other."""


def shown(*parts: Sequence[Element]) -> RenderableType:
    """Elements one below the other.

    Args:
        *parts: A blank line stands between them; those without elements are passed over.
    """
    lines: list[RenderableType] = []
    for part in parts:
        if part and lines:
            lines.append(Text(""))
        lines += [piece for element in part for piece in PIECES[type(element)](element)]
    return Group(*lines)


def _paragraph(paragraph: Paragraph) -> list[RenderableType]:
    text = paragraph.text
    if paragraph.style == "detail":
        text = f"  {text}"
    if paragraph.lead:
        width = 0 if paragraph.style == "alarm" else LEAD
        text = f"{paragraph.lead:<{width}}  {text}"
    return [Text(text, style=STYLES[paragraph.style])]


def _table(table: Table) -> list[RenderableType]:
    caption = [Text(table.caption, style="bold")] if table.caption else []
    rest = [Text(table.rest, style="dim")] if table.rest else []
    return [*caption, _lines(table), *rest]


def _lines(table: Table) -> Lines:
    headings = table.short_headings or table.headings
    lines = Lines(box=None, pad_edge=False, header_style="bold", show_header=any(headings))
    for place, heading in enumerate(headings):
        lines.add_column(
            Text(heading),
            justify="left" if place in table.texts else "right",
            overflow="fold",
        )
    # Where cells may be the best of their column, bold is theirs alone.
    strong = () if any(isinstance(c, Cell) for row in table.rows for c in row) else table.strong
    for place, row in enumerate(table.rows):
        style = "bold" if place in strong else "dim" if place in table.faint else ""
        lines.add_row(*map(_cell, row), style=style)
    return lines


def _cell(cell: str | Cell | Bar) -> Text:
    if isinstance(cell, Bar):
        return Text(cell.text, style="green" if cell.part > 0 else "red")
    if isinstance(cell, Cell):
        return Text(cell.short, style="bold" if cell.is_best else "")
    return Text(cell)


def _matrix(matrix: ConfusionMatrix) -> list[RenderableType]:
    rows = [
        [name, *(cell.text for cell in row)]
        for name, row in zip(matrix.names, matrix.rows, strict=True)
    ]
    headings = ["true ↓ predicted →", *matrix.names]
    return _table(Table(caption=matrix.caption, headings=headings, rows=rows))


def _figure(figure: Figure) -> list[RenderableType]:
    return _table(replace(figure.numbers, caption=figure.title))


def _gallery(gallery: Gallery) -> list[RenderableType]:
    told = [Text(gallery.title, style="bold"), Text(gallery.words, style="dim")]
    if not gallery.is_large:
        told.insert(1, Text(", ".join(image.caption for image in gallery.images)))
        return list(told)
    images = [image for image in gallery.images if not image.needs_color]
    pictures = Lines(box=None, pad_edge=False, show_header=False)
    for start in range(0, len(images), PICTURES_ABREAST):
        pictures.add_row(*map(_picture, images[start : start + PICTURES_ABREAST]))
    return [told[0], pictures, told[1]]


def _marked_text(marked: MarkedText) -> list[RenderableType]:
    """A text whose marked words have signs behind them."""
    text = Text()
    for piece in marked.pieces:
        style = "" if not piece.level else "bold green" if piece.level > 0 else "bold red"
        text.append_text(Text(piece.text, style=style))
        text.append_text(Text(f"[{piece.signs}]" if piece.level else "", style=style))
    return [Text(marked.title, style="bold"), text, Text(MARKS, style="dim")]


def _picture(image: Image) -> Text:
    """A picture as signs, with what it is below."""
    lines = signs_of(image.pixels, is_map=image.is_map)
    return Text("\n".join([*lines, *wrap(image.caption, max(map(len, lines)))]))


def _details(details: Details) -> list[RenderableType]:
    galleries = [piece for gallery in details.galleries for piece in _gallery(gallery)]
    return [*galleries, *(piece for table in details.tables for piece in _table(table))]


def _code(code: Code) -> list[RenderableType]:
    return [Text(code.text)]


def _key_numbers(key: KeyNumbers) -> list[RenderableType]:
    return [
        Text(f"{each.name}: {each.value}{f' ({each.interval})' if each.interval else ''}")
        for each in key.numbers
    ]


PIECES: dict[type[Element], Callable[[Any], list[RenderableType]]] = {
    Paragraph: _paragraph,
    Table: _table,
    Figure: _figure,
    Gallery: _gallery,
    MarkedText: _marked_text,
    ConfusionMatrix: _matrix,
    Details: _details,
    Code: _code,
    KeyNumbers: _key_numbers,
}
"""How each kind of element is shown."""
