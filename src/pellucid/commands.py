"""What each command does; `cli.py` says how it is called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from pellucid import console, scoreboard
from pellucid.contract import Estimator
from pellucid.curves import save_growth
from pellucid.data.sources import Table, read_table
from pellucid.data.targets import TaskKind, check_task, judge_task
from pellucid.errors import OptionError
from pellucid.estimators import load, make_estimator
from pellucid.evaluation.comparison import compare as compare_all
from pellucid.evaluation.explanation import explain as explain_row
from pellucid.evaluation.leakage import find_leaks
from pellucid.evaluation.report import Report, contest_rows, judge, read_test
from pellucid.example import descend, draw
from pellucid.prediction import predict_file
from pellucid.samples import write_sample
from pellucid.writing import check_writable


def fit(
    data: str,
    targets: Sequence[str],
    *,
    reading: Mapping[str, Any],
    out: Path,
    test: str | None,
    task: str | None,
    baselines: bool,
    as_json: bool,
    options: Mapping[str, Any],
) -> None:
    """Train, judge, save and say all of it."""
    screen = Console(quiet=as_json, highlight=False)
    table = read_table(data, **reading)
    test_table = None if test is None else read_table(test, **reading)
    check_writable(out)
    kind, reason = _task_of(table, targets, task)
    estimator = make_estimator(kind, {"verbose": not as_json, **options})
    read = estimator.read(table, targets[0] if len(targets) == 1 else list(targets))
    judging = None if test_table is None else read_test(estimator, read, test_table)
    screen.print(console.source(table, targets, kind, reason))
    for note in estimator.notes_:
        if note not in table.notes:
            screen.print(f"  {note}", markup=False)
    rows, split = estimator.part(read)
    leaks = find_leaks(
        *contest_rows(rows, split, judging), targets[0], are_classes=kind == "classification"
    )
    screen.print(scoreboard.leaks(leaks))
    estimator.learn_from(rows, split, on_event=console.Announcer(screen, estimator))
    estimator.save(out)
    screen.print(console.ending(estimator))
    was_interrupted = estimator.model_.record["ended"]["reason"] == "interrupted"
    found, _ = judge(estimator, (rows, split), judging, with_flat=baselines and not was_interrupted)
    estimator.model_.record["report"] = asdict(found)
    estimator.save(out)
    screen.print(scoreboard.report(found))
    screen.print(console.next_steps(out, data), soft_wrap=True, markup=False)
    if as_json:
        print(json.dumps({**_fit_facts(estimator, out, found), "leaks": leaks}))


def _task_of(table: Table, targets: Sequence[str], task: str | None) -> tuple[TaskKind, str]:
    guessed = judge_task(table, targets)
    asked = check_task(task)
    return guessed if asked is None else (asked, "as asked")


def compare(
    data: str,
    targets: str,
    *,
    reading: Mapping[str, Any],
    test: str | None,
    picture: Path | None,
    as_json: bool,
    options: Mapping[str, Any],
) -> None:
    """Compare the network with flat algorithms and say who won."""
    screen = Console(quiet=as_json, highlight=False)
    table = read_table(data, **reading)
    test_table = None if test is None else read_table(test, **reading)
    if picture is not None:
        check_writable(picture)
    with scoreboard.Contenders(screen) as contenders:
        found = compare_all(table, targets, test=test_table, on_stage=contenders, **options)
    screen.print(scoreboard.comparison(found))
    if found.growth is not None and picture is not None:
        save_growth(found.growth, picture)
        screen.print(f"Saved {picture}", markup=False)
    if as_json:
        print(json.dumps(found.to_json()))


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
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Predict a file into another one."""
    screen = Console(quiet=as_json, highlight=False)
    estimator = load(model)
    if out.exists() and out.samefile(model):
        raise OptionError(f"The output {out} is the model. Give it another name.", option="out")
    result = predict_file(estimator, data, out, keep=keep, reading=reading)
    screen.print(console.predicted(result, out))
    if as_json:
        print(json.dumps({"out": str(out), **asdict(result)}))


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
    Console(highlight=False).print(console.inspection(estimator, model))


def explain(model: Path, data: str, row: int, *, reading: Mapping[str, Any], as_json: bool) -> None:
    """Explain one row."""
    table = read_table(data, **reading)
    estimator = load(model)
    explanation = explain_row(estimator, table, row)
    if as_json:
        print(json.dumps(explanation.to_json()))
        return
    Console(highlight=False).print(console.explanation(explanation, estimator))


def example(out: Path, *, as_json: bool) -> None:
    """The worked example: its numbers, and a picture."""
    check_writable(out)
    steps = descend()
    draw(steps, out)
    if as_json:
        print(json.dumps({"steps": [asdict(step) for step in steps], "picture": str(out)}))
        return
    Console(highlight=False).print(console.example(steps, out))


def sample(name: str, folder: Path) -> Path:
    """Write a sample data set."""
    return write_sample(name, folder)
