"""What each command does; `app.py` says how it is called."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from pellucid.cli import console
from pellucid.cli.displays import ComparisonDisplay, FitDisplay
from pellucid.cli.screen import Text, open_screen
from pellucid.comparison.compare import compare as compare_all
from pellucid.comparison.evaluate import Result
from pellucid.comparison.evaluate import evaluate as evaluate_model
from pellucid.comparison.fit_and_evaluate import fit_and_evaluate
from pellucid.data.sources.table import Table, read_table
from pellucid.errors import OptionError
from pellucid.estimators.loading import load
from pellucid.estimators.output_files import check_output, check_replaced
from pellucid.estimators.predict_file import predict_file
from pellucid.example import descend
from pellucid.explanation.explain import explain as explain_row
from pellucid.explanation.response import response_curve
from pellucid.files.writing import check_ending
from pellucid.model.checkpoint import check_checkpoint
from pellucid.model.record import Origin
from pellucid.report.content.example import descent_figure
from pellucid.report.content.learning_curves import learning_curves_figure
from pellucid.report.content.response import response_figure
from pellucid.report.numbers import size_of_file
from pellucid.report.page import JSON, write_report
from pellucid.report.picture_file import save_figure
from pellucid.samples import write_sample


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
    screen = open_screen(quiet=as_json)
    given = {"the table": data, "the test table": test, "the validation table": validation}
    is_there = _check_outputs(out, report, given)
    if checkpoint is not None:
        others = {**given, "the model": out, "the page": report}
        check_output(checkpoint, others, option="checkpoint")
        check_checkpoint(checkpoint)
    if not may_replace:
        check_replaced(out, targets, Origin.of(data))
    found = fit_and_evaluate(
        read_table(data, **reading),
        targets,
        test=_read_if_given(test, reading),
        validation_data=_read_if_given(validation, reading),
        task=task,
        **splitting,
        baselines=baselines,
        out=out,
        on_event=FitDisplay(screen, checkpoint),
        on_interrupt="stop",
        checkpoint=checkpoint,
        **{"verbose": not as_json and sys.stderr.isatty(), **options},
    )
    screen.print(console.leaderboard(found.leaderboard, found.verdict))
    if report is not None:
        _write_page(found, report, screen)
    screen.print(console.next_steps(out, data, is_replaced=is_there), soft_wrap=True)
    if as_json:
        _print_json({**found.to_json(), "replaced": is_there}, report)


def _print_json(facts: Mapping[str, Any], page: Path | None) -> None:
    print(json.dumps({**facts, "page": None if page is None else str(page)}))


def _check_outputs(out: Path, report: Path | None, read: Mapping[str, str | None]) -> bool:
    """Whether the model will replace a file; refused if it or the page cannot be written."""
    check_output(out, read, option="out")
    if report is not None:
        check_output(report, {**read, "the model": out}, option="report")
    return out.exists()


def _read_if_given(path: str | None, reading: Mapping[str, Any]) -> Table | None:
    return None if path is None else read_table(path, **reading)


def _write_page(found: Result, page: Path, screen: Console) -> None:
    with screen.status("Writing the report"):
        write_report(found, page, command=shlex.join(["pellucid", *sys.argv[1:]]))
    size = size_of_file(page.stat().st_size)
    hint = "" if page.suffix.lower() == JSON else ": open it in a browser"
    screen.print(f"Wrote {page} ({size}){hint}", soft_wrap=True)


def compare(
    data: str,
    targets: str,
    *,
    reading: Mapping[str, Any],
    report: Path,
    test: str | None,
    picture: Path | None,
    as_json: bool,
    options: Mapping[str, Any],
) -> None:
    """Compare the network with flat algorithms and say who won."""
    screen = open_screen(quiet=as_json)
    table, test_table = read_table(data, **reading), _read_if_given(test, reading)
    read = {"the table": data, "the test table": test}
    check_output(report, read, option="report")
    if picture is not None:
        if not options["grow"]:
            raise OptionError("--picture shows learning curves: add --grow.", option="picture")
        check_ending(picture, option="picture")
        check_output(picture, {**read, "the page": report}, option="picture")
    with ComparisonDisplay(screen) as display:
        found = compare_all(table, targets, test=test_table, on_stage=display, **options)
    screen.print(console.comparison(found))
    if found.growth is not None and picture is not None:
        save_figure(learning_curves_figure(found.growth), picture)
        screen.print(Text(f"Saved {picture}"))
    _write_page(found, report, screen)
    if as_json:
        _print_json(found.to_json(), report)


def predict(
    model: Path,
    data: str,
    *,
    out: Path,
    keep: Sequence[str] | None,
    interval: float | None,
    flag_unlike: bool,
    allow_missing: bool,
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Predict a file into another one."""
    screen = open_screen(quiet=as_json)
    estimator = load(model)
    check_output(out, {"the model": model}, option="out")
    result = predict_file(
        estimator,
        data,
        out,
        keep=keep,
        reading=reading,
        interval=interval,
        flag_unlike=flag_unlike,
        allow_missing=allow_missing,
    )
    screen.print(console.predicted(result, out))
    if as_json:
        print(json.dumps({"out": str(out), **asdict(result)}))


def evaluate(
    model: Path,
    data: str,
    *,
    targets: Sequence[str],
    report: Path | None,
    allow_missing: bool,
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Judge a saved model on new rows."""
    screen = open_screen(quiet=as_json)
    if report is not None:
        check_output(report, {"the table": data, "the model": model}, option="report")
    estimator = load(model)
    table = read_table(data, **reading)
    found = evaluate_model(estimator, table, list(targets) or None, allow_missing=allow_missing)
    screen.print(console.evaluation(found, table))
    if report is not None:
        _write_page(found, report, screen)
    if as_json:
        _print_json({"model": str(model), **found.to_json()}, report)


def explain(
    model: Path,
    data: str,
    row: int,
    *,
    training: str | None,
    target_class: str | None,
    allow_missing: bool,
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Explain one row."""
    table = read_table(data, **reading)
    training_table = None if training is None else read_table(training, **reading)
    estimator = load(model)
    explanation = explain_row(
        estimator,
        table,
        row,
        training_table,
        target_class=target_class,
        allow_missing=allow_missing,
    )
    if as_json:
        print(json.dumps(explanation.to_json()))
        return
    open_screen().print(console.explanation(explanation, estimator))


def response(
    model: Path,
    data: str,
    column: str,
    *,
    target_class: str | None,
    out: Path | None,
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Show how the prediction answers to one column."""
    if out is not None:
        check_ending(out)
        check_output(out, {"the table": data, "the model": model}, option="out")
    table = read_table(data, **reading)
    curve = response_curve(load(model), table, column, target_class=target_class)
    figure = response_figure(curve)
    if out is not None:
        save_figure(figure, out)
    if as_json:
        print(json.dumps({**curve.to_json(), "picture": None if out is None else str(out)}))
        return
    open_screen().print(console.response(figure, out))


def example(out: Path, *, as_json: bool) -> None:
    """The worked example: its numbers, and a picture."""
    check_ending(out)
    check_output(out, {}, option="out")
    steps = descend()
    figure = descent_figure(steps)
    save_figure(figure, out)
    if as_json:
        print(json.dumps({"steps": [asdict(step) for step in steps], "picture": str(out)}))
        return
    open_screen().print(console.example(figure, out))


def sample(name: str, folder: Path) -> Path:
    """Write a sample data set."""
    return write_sample(name, folder)
