"""Content as HTML: one file without scripts and outside files; it opens from disk and prints."""

from __future__ import annotations

from pellucid.report.elements import Bar, Cell, Element, Page
from pellucid.report.images import png_uri
from pellucid.report.numbers import with_minus
from pellucid.report.svg import svg_of
from pellucid.wording import printable


def html_of(page: Page) -> str:
    """A page as an HTML file: the same text for the same page.

    Args:
        page: What it says.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pellucid", "report/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "svg": svg_of,
        "png": png_uri,
        "written": _number,
        "words": _words,
    }
    environment.tests["a"] = _is_a
    text = environment.get_template("page.html").render(page=page)
    return printable(text, keep="\n")


def _is_a(element: Element, name: str) -> bool:
    """Whether an element is of the class of this name."""
    return type(element).__name__ == name


def _words(cell: str | Cell | Bar) -> str:
    """What a cell says."""
    return cell if isinstance(cell, str) else cell.text


def _number(cell: str | Cell | Bar) -> str:
    """A cell of numbers, with the minus sign of print; the best of its column is said to be."""
    best = " (best)" if isinstance(cell, Cell) and cell.is_best else ""
    return f"{with_minus(_words(cell))}{best}"
