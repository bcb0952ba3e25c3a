"""How good a model is on rows it did not learn from, beside flat algorithms on the same rows."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.comparison.baselines import boosting_is_baseline, run_baselines
from pellucid.comparison.differences import differences
from pellucid.comparison.flat import pictures_in
from pellucid.comparison.flat_process import FlatProcess
from pellucid.comparison.judged import JudgedRows, scores_of
from pellucid.comparison.leakage import Suspicions
from pellucid.comparison.network_run import cpu_seconds, size_of
from pellucid.comparison.runs import Run
from pellucid.data.grouping import Basis
from pellucid.data.kinds.kind import kind_of
from pellucid.data.kinds.of_columns import learns_features
from pellucid.data.rows import Rows, first_of_equal, join_rows
from pellucid.data.sources.table import Table
from pellucid.data.splits import Split
from pellucid.errors import DataError
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.reading import Reading
from pellucid.estimators.validation import in_classes_of
from pellucid.model.leaderboard import NETWORK, ComparedText, Entry, Leaderboard
from pellucid.model.record import Cost, Record
from pellucid.training.events import COMPLETE
from pellucid.wording import count_of

Floats = npt.NDArray[np.float64]


def read_test(
    estimator: Estimator, reading: Reading, test: Table, *, drop_repeated: bool = False
) -> tuple[Rows, Reading]:
    """Other rows to judge with, read as the training's schema says.

    Args:
        estimator: What is to learn.
        reading: The training rows, as it has read them.
        test: A table with the target.
        drop_repeated: Whether to drop rows that repeat a training row, or an earlier one.

    Returns:
        The rows; and the reading, with what is to be told of them.

    Raises:
        DataError: The rows do not fit the training's, have a class it does not have, or all repeat
            rows.
    """
    training, alike = reading.rows, estimator.knowing(reading)
    rows = in_classes_of(training, alike.rows_of(test), alike, test.name)
    if not drop_repeated:
        return rows, reading
    known = join_rows(replace(training, split_by=None), rows)
    kept = first_of_equal(known)
    kept = kept[kept >= len(training)] - len(training)
    if not len(kept):
        raise DataError(
            f"Every row of {test.name} repeats one that is learned from. Give other rows, or keep "
            "repeated ones.",
            file=test.name,
        )
    dropped = len(rows) - len(kept)
    return rows.take(kept), reading.noting(f"repeated rows of {test.name} dropped: {dropped:,}")


def compare_with_baselines(
    estimator: Estimator,
    training: tuple[Rows, Split],
    test: Rows | None = None,
    *,
    with_baselines: bool = True,
    suspicions: Suspicions | None = None,
    deadline: float | None = None,
    process: FlatProcess | None = None,
) -> tuple[Leaderboard, JudgedRows]:
    """Score a fitted estimator beside the baselines, on the same rows.

    Args:
        estimator: The fitted estimator.
        training: Its rows, and the split it used: what `Estimator.part` returned.
        test: Other rows to judge with; None for the validation part of the training rows.
        with_baselines: Whether to train and score them at all.
        suspicions: What may be leakage; None if nothing is.
        deadline: When the baselines must have ended, by the monotonic clock; None for never.
        process: Where they are fitted, if it was started before.

    Returns:
        The scores of each, on the same rows, none if there are no rows to judge with; and the
        network's predictions for them.
    """
    rows, split = training
    judging = split.judging(rows) if test is None else test
    task = estimator.model_.task
    run = _network_run(estimator, rows, split, judging, is_test=test is not None)
    judged = JudgedRows(task=task, rows=judging, predictions=run.predictions)
    if split.has_folds and test is None:
        judged = JudgedRows.of(task, judging, split.parts, run.predictions)
    network = entry_of(NETWORK, run, judged)
    runs: dict[str, Run] = {}
    if with_baselines and len(judging) and task.flat_family is not None:
        runs = run_baselines(task, rows, split, test, deadline, process)
    board = Leaderboard(
        rows=words_on(rows, len(judging), split, is_test=test is not None),
        num_rows=len(judging),
        entries=[network, *(entries_of(judged, runs) if runs else [])],
        leaks=suspicions.leaks if suspicions else [],
        questions=suspicions.questions if suspicions else [],
        unfinished=unfinished([estimator.model_.record]),
        split=split.basis if test is None else Basis(by="own"),
        pictures=pictures_in(rows.frame),
        texts=texts_in(rows.frame, runs),
    )
    return board, judged


def texts_in(frame: pl.DataFrame, runs: Mapping[str, Run]) -> list[ComparedText]:
    """The texts of each column that holds some, and how many of their terms were learned.

    Args:
        frame: Converted columns.
        runs: Of the flat algorithms; those that failed learned none.
    """
    texts = [column for column in frame if kind_of(column).is_text]
    learned = [run.num_terms for run in runs.values() if run.num_terms]
    most = [max(terms) for terms in zip(*learned, strict=True)] or [0] * len(texts)
    return [
        ComparedText(column=text.name, terms=terms, is_encoded=kind_of(text).is_encoded)
        for text, terms in zip(texts, most, strict=True)
    ]


def unfinished(records: Sequence[Record]) -> str:
    """How trainings ended before their time, in words, the first that did; "" if none did.

    Args:
        records: Of the models.
    """
    for record in records:
        ended, plan = record.ended, record.plan
        if ended.reason in COMPLETE:
            continue
        steps_of_epoch = -(-record.rows.training // plan.batch_size)
        if ended.steps < steps_of_epoch:
            part = 100 * ended.steps / steps_of_epoch
            seen = f"before one pass over the rows ({part:.0f} % of them)"
        else:
            seen = f"in epoch {ended.epochs:,} of at most {plan.max_epochs:,}"
        return f"it ended {seen}, {ended.reason}"
    return ""


def words_on(rows: Rows, count: int, split: Split, *, is_test: bool) -> str:
    """Which rows judge a training, in words.

    Args:
        rows: The training's.
        count: How many judge.
        split: How the training's rows were parted.
        is_test: Whether other rows judge.
    """
    basis = split.basis
    if is_test:
        return f"{count:,} test rows"
    if not count and basis.repeated:
        return f"no rows, since all {basis.repeated:,} held back are copies of rows that learn"
    if not count:
        return "no rows, since none were held back and no test table was given"
    boosts = boosting_is_baseline(rows.frame)
    if learns_features(rows.frame):  # the last epoch is kept
        chose = "they also calibrated the network"
        chose += ", and chose when boosting stopped early" if boosts else ""
    else:
        chose = "they also chose the best epoch"
        chose += ", and when boosting stopped early" if boosts else ""
    if split.has_folds:
        which = "it (" if basis.is_chance else f"it or its group ({basis.words}; "
        return f"all {count:,} rows, each by the members that did not learn from {which}{chose})"
    which = "" if basis.is_chance else f", {basis.words}"
    return f"{count_of(count, 'validation row')}{which} ({chose})"


def _network_run(
    estimator: Estimator, rows: Rows, split: Split, judging: Rows, *, is_test: bool
) -> Run:
    """The fitted network as one of those who are compared."""
    model = estimator.model_
    cost = model.record.cost or Cost.of(model.record.ended)
    start = time.perf_counter()
    if is_test:
        predictions = model.predict(judging)
    else:
        outputs = split.unseen(model.outputs(judging))
        predictions = model.task.decode(outputs, model.temperature)
    return Run(
        predictions=predictions,
        rows=len(rows) if split.has_folds else len(split.training),
        fit_seconds=cost.seconds,
        cpu_seconds=cpu_seconds(cost.cpu_seconds, cost.seconds, estimator),
        predict_seconds=time.perf_counter() - start,
        size=size_of(estimator),
        threads=model.record.threads,
    )


def entries_of(judged: JudgedRows, runs: dict[str, Run]) -> list[Entry]:
    """Scores of flat algorithms, and their differences to the network's.

    Args:
        judged: The network's predictions.
        runs: The others', for the same rows.
    """
    done = {name: run.predictions for name, run in runs.items() if not run.failure}
    found = differences(
        judged.task, judged.predictions, done, judged.rows.target, folds=judged.folds
    )
    return [
        replace(entry_of(name, run, judged), differences=found.get(name, []))
        for name, run in runs.items()
    ]


def entry_of(name: str, run: Run, judged: JudgedRows) -> Entry:
    """Scores and costs of one run.

    Args:
        name: The algorithm.
        run: What became of it.
        judged: The rows it predicted.
    """
    rows = judged.rows
    return Entry(
        name=name,
        scores=[] if run.failure else scores_of(replace(judged, predictions=run.predictions)),
        seconds=run.fit_seconds,
        failure=run.failure,
        rows_per_second=0.0 if run.failure else len(rows) / max(run.predict_seconds, 1e-9),
        size=run.size,
        threads=run.threads,
        rows=run.rows,
        cpu_seconds=run.cpu_seconds,
    )
