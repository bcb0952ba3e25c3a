"""The command `compare`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.cli.in_and_out import (
    named_target,
    print_json,
    read_if_given,
    read_training_table,
    write_page,
)
from pellucid.comparison.compare_options import check_judging, check_times
from pellucid.data.sources.files import check_sources
from pellucid.errors import OptionError
from pellucid.estimators.output_files import check_output
from pellucid.files.writing import check_ending, check_page_ending
from pellucid.options import ClassifierOptions, check_options


def compare(
    data: str,
    target: str | None,
    *,
    reading: Mapping[str, Any],
    report: Path,
    test: str | None,
    picture: Path | None,
    as_json: bool,
    folds: int | None,
    splitting: Mapping[str, Any],
    task: str | None,
    time_limit: float,
    grow: bool,
    options: Mapping[str, Any],
) -> None:
    """Compare the network with flat algorithms and say who won."""
    target = target or named_target(data)
    check_sources(data, test)
    _check_outputs(report, picture, {"the table": data, "the test table": test}, grow=grow)
    check_judging(target, test=test, folds=folds, by_time=splitting["by_time"], grow=grow)
    check_times(time_limit, options.get("time_budget"), grow=grow)
    check_options(ClassifierOptions(**options))
    table = read_training_table(data, [target], reading, splitting, task, options)
    test_table = read_if_given(test, reading)

    from pellucid.cli import console
    from pellucid.cli.displays import ComparisonDisplay
    from pellucid.cli.screen import Text, open_screen
    from pellucid.comparison.compare import compare as compare_all
    from pellucid.report.content.learning_curves import learning_curves_figure
    from pellucid.report.picture_file import save_figure

    screen = open_screen(quiet=as_json)
    with ComparisonDisplay(screen) as display:
        found = compare_all(
            table,
            target,
            test=test_table,
            folds=folds,
            **splitting,
            task=task,
            time_limit=time_limit,
            grow=grow,
            on_stage=display,
            **options,
        )
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
    *,
    grow: bool,
) -> None:
    """Refuse a page or a picture that cannot be written, or that nothing will be drawn for."""
    check_output(report, read, option="report")
    check_page_ending(report, option="report")
    if picture is not None:
        if not grow:
            raise OptionError("--picture shows learning curves: add --grow.", option="picture")
        check_ending(picture, option="picture")
        check_output(picture, {**read, "the page": report}, option="picture")
