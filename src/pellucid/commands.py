"""What each command does; `cli.py` says how it is called."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from pellucid import console
from pellucid.contract import Estimator
from pellucid.data.dataset import Rows
from pellucid.data.schema import convert, infer_schema
from pellucid.data.sources import Table, read_table
from pellucid.data.targets import Target, TaskKind, check_task, judge_task, take_target
from pellucid.errors import DataError, OptionError
from pellucid.estimators import Classifier, Regressor, load
from pellucid.evaluation.explanation import explain as explain_row
from pellucid.evaluation.report import Report, judge
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
    estimator = _make(kind, options, verbose=not as_json)
    names: Any = targets[0] if len(targets) == 1 else list(targets)
    taken = take_target(table, targets, kind)
    judging = None
    if test_table is not None:
        judging = _read_test(test_table, taken, kind, options.get("columns"))
    screen.print(console.source(table, targets, kind, reason))
    for note in taken.notes:
        screen.print(f"  {note}", markup=False)
    estimator.fit(table, names, on_event=console.Announcer(screen, estimator))
    estimator.save(out)
    screen.print(console.ending(estimator))
    was_interrupted = estimator.model_.record["ended"]["reason"] == "interrupted"
    report = judge(
        estimator,
        estimator.rows_and_split(table, names),
        judging,
        with_flat=baselines and not was_interrupted,
    )
    estimator.model_.record["report"] = asdict(report)
    estimator.save(out)
    screen.print(console.report(report))
    screen.print(console.next_steps(out, data), soft_wrap=True, markup=False)
    if as_json:
        print(json.dumps(_fit_facts(estimator, out, report)))


def _task_of(table: Table, targets: Sequence[str], task: str | None) -> tuple[TaskKind, str]:
    guessed = judge_task(table, targets)
    asked = check_task(task)
    return guessed if asked is None else (asked, "as asked")


def _make(kind: TaskKind, options: Mapping[str, Any], *, verbose: bool) -> Estimator:
    if kind == "classification":
        return Classifier(verbose=verbose, **options)
    if "class_weight" in options:
        raise OptionError(
            "class_weight is for classes, but the target holds numbers. Leave it out, or say "
            "--task classification.",
            option="class_weight",
        )
    return Regressor(verbose=verbose, **options)


def _read_test(
    test: Table, training: Target, kind: TaskKind, kinds: Mapping[str, Any] | None
) -> Rows:
    """Read the test table as the training's schema says, before the long work starts."""
    taken = take_target(test, training.names, kind)
    if kind == "classification":
        known = np.unique(training.values)
        unknown = np.setdiff1d(taken.values, known)
        if len(unknown):
            raise DataError(
                f"{test.name} has the class {unknown.tolist()[0]!r}, which is none of "
                f"{known.tolist()}. Write classes the same way in both tables.",
                file=test.name,
                column=training.names[0],
            )
    schema = infer_schema(training.table, kinds=kinds)
    frame = convert(taken.table, schema)
    return Rows(frame=frame, target=taken.values, weights=np.ones(len(taken.values)))


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
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Predict a file into another one."""
    screen = Console(quiet=as_json, highlight=False)
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
    )
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
