"""The command `example`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from pellucid.estimators.output_files import check_output
from pellucid.files.writing import check_ending


def example(out: Path, *, as_json: bool) -> None:
    """The worked example: its numbers, and a picture."""
    check_ending(out)
    check_output(out, {}, option="out")

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen
    from pellucid.example import descend
    from pellucid.report.content.example import descent_figure
    from pellucid.report.picture_file import save_figure

    steps = descend()
    figure = descent_figure(steps)
    save_figure(figure, out)
    if as_json:
        print(json.dumps({"steps": [asdict(step) for step in steps], "picture": str(out)}))
        return
    open_screen().print(console.example(figure, out))
