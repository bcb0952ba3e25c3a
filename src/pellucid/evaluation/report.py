"""How good a model is on rows it did not learn from, beside flat algorithms on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.contract import Estimator
from pellucid.data.dataset import Part, Rows, Split, first_of_equal, join_rows
from pellucid.data.grouping import Basis
from pellucid.data.sources import Table
from pellucid.errors import DataError
from pellucid.evaluation.algorithms import BASELINES, algorithms_for
from pellucid.evaluation.contest import Contest, Run
from pellucid.evaluation.differences import Difference, differences
from pellucid.metrics import Score, class_scores, label_scores, number_scores
from pellucid.tasks import Classification, Multilabel, Task
from pellucid.validation import in_classes_of

Floats = npt.NDArray[np.float64]

MOST_BASELINE_ROWS = 50_000
BASELINE_TIME_LIMIT = 60.0
NETWORK = "network"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One algorithm's scores, and what it cost.

    Attributes:
        name: The algorithm.
        scores: Its scores, headline first; none if it failed.
        seconds: Time its training took.
        failure: Why it failed, or when it was stopped; "" if it has scores.
        differences: Its scores minus the network's, with intervals; none for the network.
        rows_per_second: Rows predicted in a second.
        size: Bytes on disk.
        threads: Threads it was given.
        rows: Rows it learned from.
    """

    name: str
    scores: list[Score]
    seconds: float
    failure: str = ""
    differences: list[Difference] = field(default_factory=list)
    rows_per_second: float = 0.0
    size: int = 0
    threads: int = 1
    rows: int = 0


@dataclass(frozen=True, kw_only=True)
class Report:
    """The network and flat algorithms on the same rows.

    Attributes:
        rows: What rows judged, in words.
        num_rows: How many.
        judgements: The network's first.
        leaks: What looked like leakage before training, in sentences.
        split: What told the rows that judge from those that learn.
    """

    rows: str
    num_rows: int
    judgements: list[Judgement]
    leaks: list[str] = field(default_factory=list)
    split: Basis = Basis()

    def to_frame(self) -> pl.DataFrame:
        """A row for each algorithm: see `Comparison.to_frame`."""
        names = [score.name for score in self.judgements[0].scores]
        found = [_row_of(each, names) for each in self.judgements]
        texts, counts = ("algorithm", "failure"), ("size", "rows")
        types: dict[str, Any] = dict.fromkeys(found[0], pl.Float64)
        types |= dict.fromkeys(texts, pl.String) | dict.fromkeys(counts, pl.Int64)
        return pl.DataFrame(found, schema=types)

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Report:
        """The report that was once written as plain data."""
        return cls(
            rows=plain["rows"],
            num_rows=plain["num_rows"],
            judgements=[_judgement_from(each) for each in plain["judgements"]],
            leaks=plain.get("leaks", []),  # older files do not say
        )


def _row_of(each: Judgement, names: Sequence[str]) -> dict[str, Any]:
    """One algorithm as a row of a table with these scores."""
    scores = {score.name: score for score in each.scores}
    differing = {difference.name: difference for difference in each.differences}
    row: dict[str, Any] = {"algorithm": each.name}
    for name in names:
        row.update(_cells(name, scores.get(name)))
        row.update(_cells(f"{name} difference", differing.get(name)))
    return row | {
        "seconds": each.seconds,
        "rows per second": each.rows_per_second,
        "size": each.size,
        "rows": each.rows,
        "failure": each.failure,
    }


def _cells(name: str, measured: Score | Difference | None) -> dict[str, float | None]:
    """A value with the ends of its interval; without one, no ends."""
    if measured is None:
        return {name: None, f"{name} low": None, f"{name} high": None}
    ends = (measured.low, measured.high) if measured.low < measured.high else (None, None)
    return {name: measured.value, f"{name} low": ends[0], f"{name} high": ends[1]}


def _judgement_from(plain: dict[str, Any]) -> Judgement:
    scores = [Score(**score) for score in plain["scores"]]
    differing = [Difference(**each) for each in plain.get("differences", ())]
    return Judgement(**{**plain, "scores": scores, "differences": differing})


def read_test(
    estimator: Estimator, training: Rows, test: Table, *, drop_repeated: bool = False
) -> Rows:
    """Other rows to judge with, read as the training's schema says.

    Args:
        estimator: What is to learn; it has read the training rows.
        training: These.
        test: A table with the target.
        drop_repeated: Whether to drop rows that repeat a training row, or an earlier one.

    Raises:
        DataError: The rows do not fit the training's, have a class it does not have, or all repeat
            rows.
    """
    rows = in_classes_of(training, estimator.rows_of(test), estimator, test.name)
    if not drop_repeated:
        return rows
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
    estimator.notes_ = (*estimator.notes_, f"repeated rows of {test.name} dropped: {dropped:,}")
    return rows.take(kept)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Rows that judged a network, and what it predicted for them.

    Attributes:
        task: What is predicted.
        rows: The rows, with the truth.
        predictions: Probabilities (n, C or O), or numbers (n, O).
    """

    task: Task
    rows: Rows
    predictions: Floats


def judge(
    estimator: Estimator,
    training: tuple[Rows, Split],
    test: Rows | None = None,
    *,
    with_flat: bool = True,
    leaks: Sequence[str] = (),
) -> tuple[Report, Judged]:
    """Judge a fitted estimator beside the baselines.

    Args:
        estimator: The fitted estimator.
        training: Its rows, and the split it used: what `Estimator.part` returned.
        test: Other rows to judge with; None for the validation part of the training rows.
        with_flat: Whether to train and judge the baselines too.
        leaks: What looked like leakage before training, in sentences.

    Returns:
        The scores of each, on the same rows, none if there are no rows to judge with; and the
        network's predictions for them.
    """
    rows, split = training
    judging = split.judging(rows) if test is None else test
    task = estimator.model_.task
    judged = Judged(
        task=task, rows=judging, predictions=_network_predictions(estimator, split, test, judging)
    )
    tried = estimator.model_.record["tried"]
    network = Judgement(
        name=NETWORK,
        scores=scores_of(task, judged.predictions, judging) if len(judging) else [],
        seconds=float(sum(way["seconds"] for way in tried)),
        threads=estimator.model_.record["threads"],
        rows=len(rows) if split.has_folds else len(split.training),
    )
    runs: dict[str, Run] = {}
    if with_flat and len(judging) and not isinstance(task, Multilabel):
        runs = _run_baselines(task, rows, split, test)
    report = Report(
        rows=words_on(len(judging), split, is_test=test is not None),
        num_rows=len(judging),
        judgements=[network, *(judgements_of(judged, runs) if runs else [])],
        leaks=list(leaks),
        split=split.basis if test is None else Basis(by="own"),
    )
    return report, judged


def words_on(count: int, split: Split, *, is_test: bool) -> str:
    """Which rows judge a training, in words.

    Args:
        count: How many.
        split: How the training's rows were parted.
        is_test: Whether other rows judge.
    """
    basis = split.basis.words
    if is_test:
        return f"{count:,} test rows"
    if not count:
        return "no rows, since none were held back and no test table was given"
    if split.has_folds:
        which = f"it or its group ({basis}; " if basis else "it ("
        return (
            f"all {count:,} rows, each by the members that did not learn from {which}they also "
            "chose the best epoch)"
        )
    which = f", {basis}" if basis else ""
    return f"{count:,} validation rows{which} (they also chose the best epoch)"


def _network_predictions(
    estimator: Estimator, split: Split, test: Rows | None, judging: Rows
) -> Floats:
    model = estimator.model_
    if test is not None:
        return model.predict(judging.frame)
    outputs = split.unseen(model.outputs(judging.frame))
    return model.task.decode(outputs, model.temperature)


def scores_of(task: Task, predictions: Floats, judging: Rows) -> list[Score]:
    """The scores that fit the task."""
    if isinstance(task, Classification):
        return class_scores(predictions, task.encode(judging.target).numpy())
    if isinstance(task, Multilabel):
        return label_scores(predictions, judging.target)
    return number_scores(predictions, judging.target)


def _run_baselines(task: Task, rows: Rows, split: Split, test: Rows | None) -> dict[str, Run]:
    rows, parts = contest_rows(rows, split, test)
    with Contest(rows, task, time_limit=BASELINE_TIME_LIMIT) as contest:
        names = [name for name in algorithms_for(task.kind) if name in BASELINES]
        return {name: run_parts(contest, name, parts) for name in names}


def contest_rows(rows: Rows, split: Split, test: Rows | None) -> tuple[Rows, list[Part]]:
    """The network's rows as flat algorithms get them; validation rows learn if a test judges.

    Args:
        rows: The rows the network was given.
        split: How it parted them.
        test: Other rows that judge, or None.

    Returns:
        Rows, and pairs of places of those that learn and those that judge.
    """
    judging = split.judging(rows) if test is None else test
    if split.has_folds:
        rows = split.judging(rows)
    elif test is None:
        rows = rows.take(split.training)
    if len(rows) > MOST_BASELINE_ROWS:
        generator = np.random.default_rng(0)
        rows = rows.take(generator.choice(len(rows), MOST_BASELINE_ROWS, replace=False))
    if split.folds is not None and test is None:
        return rows, split.parts
    places = np.arange(len(rows) + len(judging))
    return join_rows(rows, judging), [(places[: len(rows)], places[len(rows) :])]


def run_parts(
    contest: Contest,
    name: str,
    parts: Sequence[Part],
    on_part: Callable[[int], None] = lambda _: None,
) -> Run:
    """One algorithm on every part of a contest's rows, as if it were one run.

    Args:
        contest: The rows.
        name: The algorithm.
        parts: Rows that learn and rows that judge: one pair for a split, several for folds.
        on_part: Told the number of each part, from 0, before it begins.

    Returns:
        The predictions for all rows that judge, in the order of their places; seconds added.
    """
    runs: list[Run] = []
    for number, part in enumerate(parts):
        on_part(number)
        runs.append(contest.run(name, *part))
        if runs[-1].failure:
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
        predict_seconds=sum(run.predict_seconds for run in runs),
    )


def judgements_of(judged: Judged, runs: dict[str, Run]) -> list[Judgement]:
    """Scores of flat algorithms, and their differences to the network's.

    Args:
        judged: The network's predictions.
        runs: The others', for the same rows.
    """
    done = {name: run.predictions for name, run in runs.items() if not run.failure}
    found = differences(judged.task, judged.predictions, done, judged.rows.target)
    return [
        replace(judgement_of(name, run, judged.rows, judged.task), differences=found.get(name, []))
        for name, run in runs.items()
    ]


def judgement_of(name: str, run: Run, rows: Rows, task: Task) -> Judgement:
    """Scores and costs of one run.

    Args:
        name: The algorithm.
        run: What became of it.
        rows: The rows it predicted.
        task: What is predicted.
    """
    return Judgement(
        name=name,
        scores=[] if run.failure else scores_of(task, run.predictions, rows),
        seconds=run.fit_seconds,
        failure=run.failure,
        rows_per_second=0.0 if run.failure else len(rows) / max(run.predict_seconds, 1e-9),
        size=run.size,
        threads=run.threads,
        rows=run.rows,
    )
