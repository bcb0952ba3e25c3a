"""The terminal: whatever names and cells hold, nothing that it would obey reaches it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook
from rich.segment import Segment
from rich.text import Text as AnyText

from pellucid.wording import printable


def open_screen(*, quiet: bool = False) -> Console:
    """The console to print results on: plain text, in which nothing is taken for markup.

    Args:
        quiet: Whether to print nothing.
    """
    screen = Console(quiet=quiet, highlight=False, markup=False, emoji=False)
    screen.push_render_hook(_Harmless())
    return screen


class Text(AnyText):
    """A text for the screen, made printable before it is laid out.

    Args:
        text: What it says.
        style: Rich's name of how it looks, such as "bold" or "dim".
    """

    def __init__(self, text: str = "", style: str = "") -> None:
        super().__init__(printable(text, keep="\n"), style=style)


class _Harmless(RenderHook):
    """Makes all text printable, last of all, so that nothing can be forgotten."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        return [_Printable(renderable) for renderable in renderables]


class _Printable:
    """What is shown, with its text made printable."""

    def __init__(self, shown: RenderableType) -> None:
        self._shown = shown

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
        for segment in console.render(self._shown, options):
            if segment.control:  # rich's own: it moves the cursor under a progress bar
                yield segment
            else:
                yield Segment(printable(segment.text, keep="\n"), segment.style)
