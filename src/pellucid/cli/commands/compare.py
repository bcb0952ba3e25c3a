"""The command `compare`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.cli.in_and_out import print_json, read_if_given, write_page
from pellucid.data.sources.files import check_sources
from pellucid.errors import OptionError
from pellucid.estimators.output_files import check_output
from pellucid.files.writing import check_ending


def compare(
    data: str,
    target: str,
    *,
    reading: Mapping[str, Any],
    report: Path,
    test: str | None,
    picture: Path | None,
    as_json: bool,
    options: Mapping[str, Any],
) -> None:
    """Compare the network with flat algorithms and say who won."""
    check_sources(data, test)
    _check_outputs(report, picture, {"the table": data, "the test table": test}, options)

    from pellucid.data.sources.table import read_table
    from pellucid.data.targets import check_names
    from pellucid.tasks.choice import check_task

    table, test_table = read_table(data, **reading), read_if_given(test, reading)
    check_task(options["task"])
    check_names(table, [target])

    from pellucid.cli import console
    from pellucid.cli.displays import ComparisonDisplay
    from pellucid.cli.screen import Text, open_screen
    from pellucid.comparison.compare import compare as compare_all
    from pellucid.report.content.learning_curves import learning_curves_figure
    from pellucid.report.picture_file import save_figure

    screen = open_screen(quiet=as_json)
    with ComparisonDisplay(screen) as display:
        found = compare_all(table, target, test=test_table, on_stage=display, **options)
    screen.print(console.comparison(found))
    if found.growth is not None and picture is not None:
        save_figure(learning_curves_figure(found.growth), picture)
        screen.print(Text(f"Saved {picture}"))
    write_page(found, report, screen)
    if as_json:
        print_json(found.to_json(), report)


def _check_outputs(
    report: Path,
    picture: Path | None,
    read: Mapping[str, str | None],
    options: Mapping[str, Any],
) -> None:
    """Refuse a page or a picture that cannot be written, or that nothing will be drawn for."""
    check_output(report, read, option="report")
    if picture is not None:
        if not options["grow"]:
            raise OptionError("--picture shows learning curves: add --grow.", option="picture")
        check_ending(picture, option="picture")
        check_output(picture, {**read, "the page": report}, option="picture")
