"""Flat algorithms on the parts of some rows: the baselines of each training, and any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from pellucid.comparison.algorithms import (
    BASELINES,
    BOOSTING,
    EARLY_STOPPED,
    PICTURE_BASELINES,
    TEXT_BASELINES,
)
from pellucid.comparison.flat import algorithms_on
from pellucid.comparison.flat_process import FlatProcess
from pellucid.comparison.runs import FlatTrainer, Run
from pellucid.data.kinds.kind import kind_of
from pellucid.data.kinds.of_columns import has_pictures, has_texts
from pellucid.data.rows import Rows, join_rows
from pellucid.data.splits import Part, Split
from pellucid.tasks.answers import FlatFamily
from pellucid.tasks.task import Task

MOST_BASELINE_ROWS = 50_000
BASELINE_TIME_LIMIT = 60.0


def run_baselines(
    task: Task,
    rows: Rows,
    split: Split,
    test: Rows | None,
    deadline: float | None,
    process: FlatProcess | None = None,
) -> dict[str, Run]:
    """The baselines on the rows a network was given, each as one run.

    Args:
        task: What is predicted.
        rows: The rows the network was given.
        split: How it parted them.
        test: Other rows that judge, or None.
        deadline: When they must have ended, by the monotonic clock; None for never.
        process: Where they are fitted, if it was started before.
    """
    rows, parts, stopping = rows_for_flat(rows, split, test)
    names = baselines_on(rows.frame, task.flat_family)
    with FlatTrainer(
        rows,
        task,
        time_limit=BASELINE_TIME_LIMIT,
        deadline=deadline,
        num_fits=len(names) * len(parts),
        process=process,
    ) as trainer:
        return {name: run_parts(trainer, name, parts, stopping) for name in names}


def baselines_on(frame: pl.DataFrame, family: FlatFamily | None) -> list[str]:
    """Names of the algorithms that every training on such rows is compared with.

    Args:
        frame: Converted columns.
        family: Which of the two is made of each.
    """
    asked = {*BASELINES}
    if has_pictures(frame):
        asked |= {*PICTURE_BASELINES}
    if has_texts(frame):
        asked |= {*TEXT_BASELINES}
    if not boosting_is_baseline(frame):
        asked -= {BOOSTING, EARLY_STOPPED}
    return [name for name in algorithms_on(frame, family) if name in asked]


def boosting_is_baseline(frame: pl.DataFrame) -> bool:
    """Whether there is a column that boosting learns well from: of texts it sees too little."""
    return not all(kind_of(column).learns_features for column in frame)


def rows_for_flat(
    rows: Rows, split: Split, test: Rows | None
) -> tuple[Rows, list[Part], list[list[Part]]]:
    """The network's rows as flat algorithms get them; validation rows learn if a test judges.

    Args:
        rows: The rows the network was given.
        split: How it parted them.
        test: Other rows that judge, or None.

    Returns:
        Rows; pairs of places of those that learn and those that judge; and for each of these pairs
        how the network parted those that learn: which did, and which told when to stop. Without
        other rows that judge, those that judge told it too.
    """
    judging = split.judging(rows) if test is None else test
    kept = np.arange(len(rows))
    if split.has_folds:
        kept = split.validation
    elif test is None:
        kept = split.training
    if len(kept) > MOST_BASELINE_ROWS:
        kept = np.random.default_rng(0).choice(kept, MOST_BASELINE_ROWS, replace=False)
    if split.folds is not None and test is None:
        return rows.take(kept), split.parts, [[part] for part in split.parts]
    places = np.arange(len(kept) + len(judging))
    parts = [(places[: len(kept)], places[len(kept) :])]
    if test is None:
        stopping = parts
    elif split.has_folds:
        stopping = split.parts
    else:
        learns, tells = np.isin(kept, split.training), np.isin(kept, split.validation)
        stopping = [(np.flatnonzero(learns), np.flatnonzero(tells))]
    return join_rows(rows.take(kept), judging), parts, [stopping]


def run_parts(
    trainer: FlatTrainer,
    name: str,
    parts: Sequence[Part],
    stopping: Sequence[Sequence[Part]],
    on_part: Callable[[int], None] = lambda _: None,
) -> Run:
    """One algorithm on every part of a trainer's rows, as if it were one run.

    Args:
        trainer: The rows.
        name: The algorithm.
        parts: Rows that learn and rows that judge: one pair for a split, several for folds.
        stopping: Of each part, how the network parts the rows that learn.
        on_part: Told the number of each part, from 0, before it begins.

    Returns:
        The predictions for all rows that judge, in the order of their places; seconds added.
    """
    runs: list[Run] = []
    for number, (part, pairs) in enumerate(zip(parts, stopping, strict=True)):
        on_part(number)
        runs.append(trainer.run(name, *part, pairs))
        if runs[-1].failure:
            trainer.skip(len(parts) - len(runs))
            return runs[-1]
    return join_runs(runs, parts)


def join_runs(runs: Sequence[Run], parts: Sequence[Part]) -> Run:
    """The runs on several parts as if they were one: predictions in order, seconds added."""
    order = np.argsort(np.concatenate([judging for _, judging in parts]))
    predictions = [run.predictions for run in runs]
    return replace(
        runs[-1],
        predictions=np.concatenate(predictions)[order],
        fit_seconds=sum(run.fit_seconds for run in runs),
        cpu_seconds=sum(run.cpu_seconds for run in runs),
        predict_seconds=sum(run.predict_seconds for run in runs),
    )
