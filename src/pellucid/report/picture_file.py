"""A figure as a picture in a file."""

from __future__ import annotations

from pathlib import Path

from pellucid.errors import OptionError
from pellucid.files.writing import check_ending, save_picture
from pellucid.report.colors import ON_WHITE
from pellucid.report.drawing import sheet_for
from pellucid.report.elements import Figure
from pellucid.report.figures import NetworkDiagram

INCHES = (7.5, 5.0)
WIDE_INCHES = (9.0, 5.0)


def save_figure(figure: Figure, path: Path) -> None:
    """Save a figure as a picture.

    Args:
        figure: Any that Matplotlib draws.
        path: Where to, as PNG, SVG or PDF by its ending.

    Raises:
        OptionError: The ending is none of these, or the figure is the diagram of a network.
        DataError: The file cannot be written there.
    """
    check_ending(path)
    if isinstance(figure.drawing, NetworkDiagram):
        raise OptionError("The diagram of a network stands in a page only.", option="figure")
    size = WIDE_INCHES if figure.is_wide else INCHES
    with sheet_for(figure.drawing, ON_WHITE, size, salt=figure.name) as sheet:
        sheet.set_facecolor(ON_WHITE.paper)
        sheet.suptitle(figure.title, x=0.01, horizontalalignment="left")
        save_picture(sheet, path)
