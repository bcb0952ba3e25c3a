"""The colors and lines of every figure.

Colors are those of Okabe and Ito (2008), told apart by the color-blind, and never alone: markers,
line styles and signs say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Colors:
    """What each color is for.

    Attributes:
        ink: What is read first.
        muted: Axes, and what is there to be compared with.
        line: The grid.
        paper: Behind everything.
        blue: The first color of data.
        orange: The second.
        green: The third.
        purple: The fourth.
    """

    ink: str
    muted: str
    line: str
    paper: str
    blue: str
    orange: str
    green: str
    purple: str

    @property
    def styles(self) -> list[tuple[str, str, str]]:
        """Color, line and marker of up to twelve lines: no two share a line and a marker."""
        data = (self.blue, self.orange, self.green, self.purple)
        return [
            (color, line, marker)
            for line, markers in (("-", "osD^"), ("--", "vPX<"), (":", ">hp*"))
            for color, marker in zip(data, markers, strict=True)
        ]

    @property
    def marks(self) -> list[tuple[str, str]]:
        """Color and marker of up to twelve groups of points: no two share a marker."""
        return [(color, marker) for color, _, marker in self.styles]

    @property
    def settings(self) -> dict[str, Any]:
        """Matplotlib's settings."""
        return SETTINGS | {
            "axes.titlecolor": self.muted,
            "axes.labelcolor": self.muted,
            "axes.edgecolor": self.muted,
            "grid.color": self.line,
            "text.color": self.ink,
            "xtick.color": self.muted,
            "xtick.labelcolor": self.ink,
            "ytick.color": self.muted,
            "ytick.labelcolor": self.ink,
        }


ON_WHITE = Colors(
    ink="#1b1e23",
    muted="#555b66",
    line="#dcdfe5",
    paper="#ffffff",
    blue="#0072b2",
    orange="#d55e00",
    green="#009e73",
    purple="#b0568b",
)
"""As `templates/page.css` has them for light pages."""

STAND_INS = Colors(
    ink="#101112",
    muted="#202122",
    line="#303132",
    paper="#404142",
    blue="#0072b2",
    orange="#d55e00",
    green="#009e73",
    purple="#cc79a7",
)
"""Drawn with, and then replaced by the page's variables of the same names."""

VARIABLES = {getattr(STAND_INS, color.name): f"var(--{color.name})" for color in fields(STAND_INS)}

SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # a column may be called "$x$"
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
    "lines.markersize": 5,
}
