"""The command `inspect`: what a model file holds, or what a table would be taken for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.data.sources.files import check_sources
from pellucid.data.sources.folder_sources import target_named_by

if TYPE_CHECKING:
    from rich.console import Console

    from pellucid.data.kinds.column import Schema
    from pellucid.data.sources.table import Table
    from pellucid.estimators.description import ClusteringDescription


def inspect_model(path: Path, *, as_json: bool) -> None:
    """Say what a model file holds."""
    from pellucid.estimators.loading import StoredModel
    from pellucid.model.file import read_model_file

    stored = StoredModel(str(path), *read_model_file(path))
    if stored.is_clustering:
        _inspect_clustering(stored.clustering(), path, as_json=as_json)
        return
    found = stored.description()
    if as_json:
        facts = {
            "estimator": found.estimator,
            "target": list(found.target),
            "schema": found.schema.to_json(),
            "task": found.task.to_json(),
            "layers": found.layers,
            "weights": found.network.weights,
            "temperature": found.temperature,
            "record": found.record.to_json(),
            "metadata": found.metadata,
        }
        print(json.dumps(facts))
        return

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen

    open_screen().print(console.inspection(found, path))


def _inspect_clustering(found: ClusteringDescription, path: Path, *, as_json: bool) -> None:
    """Say what a model file with clusters holds."""
    if as_json:
        facts = found.cluster_facts
        told = {
            "estimator": "Clusterer",
            "num_clusters": found.num_clusters,
            "facts": None if facts is None else facts.to_json(),
            "tree": found.tree.to_json(),
            "schema": found.schema.to_json(),
            "layers": found.layers,
            "weights": found.network.weights,
            "record": found.record.to_json(),
            "metadata": found.metadata,
        }
        print(json.dumps(told))
        return

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen

    open_screen().print(console.clustering_inspection(found, path))


def inspect_table(
    data: str,
    targets: Sequence[str],
    *,
    task: str | None,
    columns: Any,
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Say what a table would be taken for: each column, the task, and what looks like leakage."""
    check_sources(data)

    from pellucid.cli import console
    from pellucid.cli.screen import Text, open_screen
    from pellucid.data.schema import infer_schema
    from pellucid.data.sources.table import read_table
    from pellucid.tasks.choice import check_task

    check_task(task)
    screen = open_screen(quiet=as_json)
    table = read_table(data, **reading)
    facts: dict[str, Any] = {"table": table.name, "rows": table.frame.height}
    named = target_named_by(data)
    if named in table.frame.columns:
        targets = targets or [named]
    if targets:
        schema, notes, more = _with_target(table, targets, task, columns, screen)
    else:
        schema, notes, more = infer_schema(table, kinds=columns), table.notes, {}
        screen.print(console.read(table))
    screen.print(Text(""), console.schema(schema, most=None), sep="\n")
    if as_json:
        print(json.dumps({**facts, **more, "notes": list(notes), "schema": schema.to_json()}))


def _with_target(
    table: Table, targets: Sequence[str], task: str | None, columns: Any, screen: Console
) -> tuple[Schema, Sequence[str], dict[str, Any]]:
    """The columns as `fit` would take them, and what is known of the target."""
    import numpy as np

    from pellucid.cli import console
    from pellucid.comparison.leakage import find_leaks
    from pellucid.estimators.arguments import as_named
    from pellucid.estimators.fit import make_estimator
    from pellucid.tasks.choice import task_for

    kind, reason = task_for(table, targets, task, columns)
    estimator = make_estimator(kind, {"columns": columns})
    reading, split = estimator.part(estimator.read(table, as_named(targets)))
    reading = estimator.judge_codes(reading, [split.training])
    nobody = np.zeros(0, dtype=np.int64)  # which rows would judge is of no matter here
    part, are_classes = (split.training, nobody), estimator.reader.are_classes
    found = find_leaks(reading.rows, [part], targets[0], are_classes=are_classes)
    screen.print(console.source(table, targets, kind, reason))
    screen.print(console.more_notes(reading.notes, table))
    screen.print(console.suspicions(found), soft_wrap=True)
    facts: dict[str, Any] = {
        "target": list(targets),
        "task": kind,
        "reason": reason,
        "leaks": found.leaks,
    }
    facts["questions"] = [asdict(question) for question in found.questions]
    return reading.schema, reading.notes, facts
