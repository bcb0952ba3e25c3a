"""What each command does; `cli.py` says how it is called."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from pellucid import console, console_explanation, scoreboard
from pellucid.choosing import make_estimator
from pellucid.contract import Estimator
from pellucid.curves import save_growth
from pellucid.data.dataset import Part, Rows, Split
from pellucid.data.sources import Table, read_table
from pellucid.data.targets import TaskKind, check_task, judge_task
from pellucid.errors import OptionError
from pellucid.evaluation.baselines import contest_rows
from pellucid.evaluation.budget import Budget
from pellucid.evaluation.comparison import Comparison
from pellucid.evaluation.comparison import compare as compare_all
from pellucid.evaluation.evaluate import Result
from pellucid.evaluation.evaluate import evaluate as evaluate_model
from pellucid.evaluation.explanation import explain as explain_row
from pellucid.evaluation.field import fingerprint_of
from pellucid.evaluation.leakage import find_leaks
from pellucid.evaluation.report import Judged, Report, judge, read_test
from pellucid.evaluation.response import draw_response, response_curve
from pellucid.evaluation.verdict import verdict
from pellucid.example import descend, draw
from pellucid.loading import load
from pellucid.page import write_report
from pellucid.prediction import predict_file
from pellucid.samples import write_sample
from pellucid.screen import Text, open_screen
from pellucid.writing import check_picture, check_writable


def fit(
    data: str,
    targets: Sequence[str],
    *,
    reading: Mapping[str, Any],
    out: Path,
    report: Path | None,
    test: str | None,
    task: str | None,
    baselines: bool,
    as_json: bool,
    options: Mapping[str, Any],
) -> None:
    """Train, judge, save and say all of it."""
    screen = open_screen(quiet=as_json)
    table = read_table(data, **reading)
    test_table = None if test is None else read_table(test, **reading)
    _check_output(out, {"the table": data, "the test table": test})
    _check_output(report, {"the table": data, "the test table": test, "the model": out})
    kind, reason = _task_of(table, targets, task)
    estimator = make_estimator(kind, {"verbose": not as_json, **options})
    budget = Budget(estimator.time_budget)
    rows, split = estimator.part(estimator.read(table, _as_named(targets)))
    screen.print(console.source(table, targets, kind, reason))
    _print_more_notes(screen, estimator, table)
    rows = estimator.judge_codes(rows, [split.training])
    judging = None if test_table is None else read_test(estimator, rows, test_table)
    if budget.words:
        screen.print(f"Time    {budget.words}")
    estimator.time_budget = budget.training
    found, judged = _train_and_judge(
        screen, estimator, (rows, split, judging), out=out, baselines=baselines, budget=budget
    )
    screen.print(scoreboard.report(found))
    if report is not None:
        learned = (table.name, estimator, _numbers_of(rows, split, judging))
        _write_page(_as_comparison(*learned, found, judged), report, screen)
    screen.print(console.next_steps(out, data), soft_wrap=True)
    if as_json:
        facts = {**_fit_facts(estimator, out, found), "leaks": found.leaks}
        print(json.dumps({**facts, "page": None if report is None else str(report)}))


def _train_and_judge(
    screen: Console,
    estimator: Estimator,
    parted: tuple[Rows, Split, Rows | None],
    *,
    out: Path,
    baselines: bool,
    budget: Budget,
) -> tuple[Report, Judged]:
    """Look for leaks, train, save, judge, and save the judgement too."""
    rows, split, judging = parted
    contesting, parts, _ = contest_rows(rows, split, judging)
    is_classifier = estimator.task_kind == "classification"
    target = estimator.target_[0]
    suspicions = find_leaks(contesting, parts, target, are_classes=is_classifier)
    screen.print(scoreboard.suspicions(suspicions))
    estimator.learn_from(rows, split, on_event=console.Announcer(screen, estimator))
    estimator.save(out)
    screen.print(console.ending(estimator))
    was_interrupted = estimator.model_.record["ended"]["reason"] == "interrupted"
    found, judged = judge(
        estimator,
        (rows, split),
        judging,
        with_flat=baselines and not was_interrupted,
        suspicions=suspicions,
        deadline=budget.deadline,
    )
    estimator.model_.record["report"] = asdict(found)
    estimator.save(out)
    return found, judged


def _as_named(targets: Sequence[str]) -> str | list[str]:
    """Targets as estimators want them named."""
    return targets[0] if len(targets) == 1 else list(targets)


def _print_more_notes(screen: Console, estimator: Estimator, table: Table) -> None:
    """What was noticed after the table had been read."""
    for note in estimator.notes_:
        if note not in table.notes:
            screen.print(Text(f"  {note}"))


def _as_comparison(
    table: str,
    estimator: Estimator,
    parts: list[Part],
    report: Report,
    judged: Judged,
) -> Comparison:
    """A training with its judgement, as the page wants it: few were compared, but as strictly."""
    return Comparison(
        table=table,
        target=", ".join(estimator.target_),
        report=report,
        verdict=verdict(report),
        growth=None,
        judged=judged,
        estimator=estimator,
        parts=parts,
        fingerprint=fingerprint_of([judged.rows.numbers]),
        is_of_members=len(parts) > 1,
    )


def _numbers_of(rows: Rows, split: Split, test: Rows | None) -> list[Part]:
    """The numbers of the rows that learned and of those that judged, part by part."""
    if test is not None:
        return [(rows.numbers, test.numbers)]
    numbers = split.judging(rows).numbers if split.has_folds else rows.numbers
    return [(numbers[learning], numbers[judging]) for learning, judging in split.parts]


def _check_output(path: Path | None, others: Mapping[str, str | Path | None]) -> None:
    """Refuse, before long work starts, a file that cannot be written or would replace its data."""
    if path is None:
        return
    for name, other in others.items():
        if other is not None and path.resolve() == Path(other).resolve():
            raise OptionError(f"The output {path} is {name}. Give it another name.", option="out")
    check_writable(path)


def _write_page(found: Result, page: Path, screen: Console) -> None:
    with screen.status("Writing the report"):
        write_report(found, page, command=shlex.join(["pellucid", *sys.argv[1:]]))
    size = scoreboard.size(page.stat().st_size)
    screen.print(f"Wrote {page} ({size}): open it in a browser", soft_wrap=True)


def _task_of(table: Table, targets: Sequence[str], task: str | None) -> tuple[TaskKind, str]:
    guessed = judge_task(table, targets)
    asked = check_task(task)
    return guessed if asked is None else (asked, "as asked")


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
    table = read_table(data, **reading)
    test_table = None if test is None else read_table(test, **reading)
    _check_output(report, {"the table": data, "the test table": test})
    if picture is not None:
        if not options["grow"]:
            raise OptionError("--picture shows learning curves: add --grow.", option="picture")
        check_picture(picture)
    with scoreboard.Contenders(screen) as contenders:
        found = compare_all(table, targets, test=test_table, on_stage=contenders, **options)
    screen.print(scoreboard.comparison(found))
    if found.growth is not None and picture is not None:
        save_growth(found.growth, picture)
        screen.print(Text(f"Saved {picture}"))
    _write_page(found, report, screen)
    if as_json:
        print(json.dumps({**found.to_json(), "page": str(report)}))


def _fit_facts(estimator: Estimator, out: Path, report: Report) -> dict[str, Any]:
    record = estimator.model_.record
    return {
        "model": str(out),
        "estimator": type(estimator).__name__,
        "target": list(estimator.target_),
        "schema": estimator.schema_.to_json(),
        "notes": list(estimator.notes_),
        "layers": estimator.model_.network.describe(),
        "weights": len(estimator.model_.network.weights),
        "plan": record["plan"],
        "ended": record["ended"],
        "report": asdict(report),
    }


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
    if out.exists() and out.samefile(model):
        raise OptionError(f"The output {out} is the model. Give it another name.", option="out")
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
    _check_output(report, {"the table": data, "the model": model})
    estimator = load(model)
    table = read_table(data, **reading)
    found = evaluate_model(estimator, table, list(targets) or None, allow_missing=allow_missing)
    screen.print(console.read(table))
    screen.print(scoreboard.evaluation(found))
    if report is not None:
        _write_page(found, report, screen)
    if as_json:
        page = None if report is None else str(report)
        print(json.dumps({"model": str(model), **found.to_json(), "page": page}))


def inspect(model: Path, *, as_json: bool) -> None:
    """Say what a model file holds."""
    estimator = load(model)
    if as_json:
        facts = {
            "estimator": type(estimator).__name__,
            "target": list(estimator.target_),
            "schema": estimator.schema_.to_json(),
            "task": estimator.model_.task.to_json(),
            "layers": estimator.model_.network.describe(),
            "weights": len(estimator.model_.network.weights),
            "temperature": estimator.model_.temperature,
            "record": estimator.model_.record,
        }
        print(json.dumps(facts))
        return
    open_screen().print(console.inspection(estimator, model))


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
    open_screen().print(console_explanation.explanation(explanation, estimator))


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
        check_writable(out)
    table = read_table(data, **reading)
    curve = response_curve(load(model), table, column, target_class=target_class)
    if out is not None:
        draw_response(curve, out)
    if as_json:
        print(json.dumps({**curve.to_json(), "picture": None if out is None else str(out)}))
        return
    open_screen().print(console_explanation.curve(curve, out))


def example(out: Path, *, as_json: bool) -> None:
    """The worked example: its numbers, and a picture."""
    check_picture(out)
    steps = descend()
    draw(steps, out)
    if as_json:
        print(json.dumps({"steps": [asdict(step) for step in steps], "picture": str(out)}))
        return
    open_screen().print(console.example(steps, out))


def sample(name: str, folder: Path) -> Path:
    """Write a sample data set."""
    return write_sample(name, folder)
