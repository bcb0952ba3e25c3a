"""The command `fit`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from pellucid.cli.in_and_out import (
    named_target,
    print_json,
    read_if_given,
    read_training_table,
    write_page,
)
from pellucid.comparison.flat_process import FlatProcess
from pellucid.data.sources.files import check_sources
from pellucid.estimators.output_files import check_output, check_replaced
from pellucid.files.writing import check_page_ending
from pellucid.model.origin import Origin
from pellucid.options import ClassifierOptions, check_options


def fit(
    data: str,
    targets: Sequence[str],
    *,
    reading: Mapping[str, Any],
    out: Path,
    may_replace: bool,
    report: Path | None,
    test: str | None,
    validation: str | None,
    checkpoint: Path | None,
    splitting: Mapping[str, Any],
    task: str | None,
    baselines: bool,
    as_json: bool,
    options: Mapping[str, Any],
) -> None:
    """Train, judge, save and say all of it."""
    given = {"the table": data, "the test table": test, "the validation table": validation}
    targets = targets or [named_target(data)]
    is_there = _check_outputs(out, report, given)
    if checkpoint is not None:
        _check_checkpoint(checkpoint, {**given, "the model": out, "the page": report})
    if not may_replace:
        check_replaced(out, targets, Origin.of(data))
    check_sources(data, test, validation)
    check_options(ClassifierOptions(**options))
    table = read_training_table(data, targets, reading, splitting, task, options)
    test_table, validation_table = (read_if_given(each, reading) for each in (test, validation))

    with FlatProcess() if baselines else nullcontext() as process:  # it imports while this does
        from pellucid.cli import console
        from pellucid.cli.displays import FitDisplay
        from pellucid.cli.screen import open_screen
        from pellucid.comparison.fit_and_evaluate import fit_and_evaluate

        screen = open_screen(quiet=as_json)
        found = fit_and_evaluate(
            table,
            targets,
            test=test_table,
            validation_data=validation_table,
            task=task,
            **splitting,
            baselines=baselines,
            out=out,
            on_event=FitDisplay(screen, checkpoint),
            on_interrupt="stop",
            checkpoint=checkpoint,
            process=process,
            **{"verbose": not as_json and sys.stderr.isatty(), **options},
        )
    screen.print(console.leaderboard(found.leaderboard, found.verdict))
    if report is not None:
        write_page(found, report, screen)
    screen.print(console.next_steps(out, data, is_replaced=is_there), soft_wrap=True)
    if as_json:
        print_json({**found.to_json(), "replaced": is_there}, report)


def _check_checkpoint(checkpoint: Path, others: Mapping[str, str | Path | None]) -> None:
    """Refuse a checkpoint that cannot be gone on from, or not be written."""
    from pellucid.model.file import check_checkpoint

    check_output(checkpoint, others, option="checkpoint")
    check_checkpoint(checkpoint)


def _check_outputs(out: Path, report: Path | None, read: Mapping[str, str | None]) -> bool:
    """Whether the model will replace a file; refused if it or the page cannot be written."""
    check_output(out, read, option="out")
    if report is not None:
        check_output(report, {**read, "the model": out}, option="report")
        check_page_ending(report, option="report")
    return out.exists()
