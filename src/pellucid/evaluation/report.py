"""How good a model is on rows it did not learn from, beside flat algorithms on the same rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from pellucid.contract import Estimator
from pellucid.data.dataset import Rows, Split
from pellucid.evaluation.flat import FlatTable, flat_algorithms, flat_predictions
from pellucid.metrics import Score, class_scores, label_scores, number_scores
from pellucid.tasks import Classification, Multilabel, Task

Floats = npt.NDArray[np.float64]

MOST_FLAT_ROWS = 50_000


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One algorithm's scores.

    Attributes:
        name: The algorithm.
        scores: Its scores, headline first; none if it failed.
        seconds: Time its training took.
        failure: Why it failed, in its own words.
    """

    name: str
    scores: list[Score]
    seconds: float
    failure: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The network and flat algorithms on the same rows.

    Attributes:
        rows: What rows judged, in words.
        num_rows: How many.
        judgements: The network's first.
    """

    rows: str
    num_rows: int
    judgements: list[Judgement]


def judge(
    estimator: Estimator,
    training: tuple[Rows, Split],
    test: Rows | None = None,
    *,
    with_flat: bool = True,
) -> Report:
    """Judge a fitted estimator and the flat algorithms.

    Args:
        estimator: The fitted estimator.
        training: Its rows, and the split it used: `Estimator.rows_and_split`.
        test: Other rows to judge with; None for the validation part of the training rows.
        with_flat: Whether to train and judge the flat algorithms too.

    Returns:
        The scores of each, on the same rows.
    """
    rows, split = training
    judging = split.judging(rows) if test is None else test
    tried = estimator.model_.record["tried"]
    network = Judgement(
        name="network",
        scores=scores_of(estimator, _network_predictions(estimator, split, test, judging), judging),
        seconds=float(sum(way["seconds"] for way in tried)),
    )
    flat = list(_judge_flat(estimator, rows, split, test, judging)) if with_flat else []
    words = _words_on(len(judging), split, is_test=test is not None)
    return Report(rows=words, num_rows=len(judging), judgements=[network, *flat])


def _words_on(count: int, split: Split, *, is_test: bool) -> str:
    if is_test:
        return f"{count:,} test rows"
    if split.has_folds:
        return (
            f"all {count:,} rows, each by the members that did not learn from it (they also chose "
            "the best epoch)"
        )
    return f"{count:,} validation rows (they also chose the best epoch)"


def _network_predictions(
    estimator: Estimator, split: Split, test: Rows | None, judging: Rows
) -> Floats:
    model = estimator.model_
    if test is not None:
        return model.predict(judging.frame)
    outputs = split.unseen(model.outputs(judging.frame))
    return model.task.decode(outputs, model.temperature)


def scores_of(estimator: Estimator, predictions: Floats, judging: Rows) -> list[Score]:
    """The scores that fit the task."""
    task = estimator.model_.task
    if isinstance(task, Classification):
        return class_scores(predictions, task.encode(judging.target).numpy())
    if isinstance(task, Multilabel):
        return label_scores(predictions, judging.target)
    return number_scores(predictions, judging.target)


@dataclass(frozen=True, kw_only=True)
class _Contest:
    """What every flat algorithm learns from and is judged on.

    Attributes:
        task: What is learned.
        rows: The rows that may be learned from.
        judging: The rows that judge.
        folds: Fold of each row, where the same rows do both; None otherwise.
        table: The rows as scikit-learn wants them.
    """

    task: Task
    rows: Rows
    judging: Rows
    folds: npt.NDArray[np.int64] | None
    table: FlatTable

    @classmethod
    def arrange(
        cls, task: Task, rows: Rows, split: Split, test: Rows | None, judging: Rows
    ) -> _Contest:
        """The same rows as the network's; with a test table its validation rows learn too."""
        folds = split.folds if test is None else None
        if split.has_folds:
            rows = split.judging(rows)
        elif test is None:
            rows = rows.take(split.training)
        if len(rows) > MOST_FLAT_ROWS:
            generator = np.random.default_rng(0)
            rows = rows.take(generator.choice(len(rows), MOST_FLAT_ROWS, replace=False))
        return cls(task=task, rows=rows, judging=judging, folds=folds, table=FlatTable(rows.frame))

    def predictions(self, algorithm: Any) -> Floats:
        """What one algorithm predicts for the rows that judge."""
        if self.folds is None:
            return self._fit_and_predict(algorithm, self.rows, self.judging)
        found = np.zeros((len(self.rows), self.task.num_outputs))
        for fold in np.unique(self.folds):
            inside, outside = self.folds == fold, self.folds != fold
            parts = (self.rows.take(np.flatnonzero(part)) for part in (outside, inside))
            found[inside] = self._fit_and_predict(algorithm, *parts)
        return found

    def _fit_and_predict(self, algorithm: Any, training: Rows, judging: Rows) -> Floats:
        found = flat_predictions(algorithm, self.table, training, judging)
        if not isinstance(self.task, Classification):
            return found
        # In the order of all classes, some of which a part may not have had.
        probabilities = np.zeros((len(found), len(self.task.classes)))
        probabilities[:, np.searchsorted(self.task.classes, algorithm.classes_)] = found
        return probabilities


def _judge_flat(
    estimator: Estimator, rows: Rows, split: Split, test: Rows | None, judging: Rows
) -> Iterator[Judgement]:
    task = estimator.model_.task
    if isinstance(task, Multilabel):
        return
    contest = _Contest.arrange(task, rows, split, test, judging)
    suffix = f" ({MOST_FLAT_ROWS:,} rows)" if len(contest.rows) == MOST_FLAT_ROWS else ""
    for name, algorithm in flat_algorithms(contest.table, task.kind, task.num_outputs).items():
        start = time.perf_counter()
        failure, scores = "", []
        # One thread: a second one gains little here, and on a busy machine it can cost 50 times.
        with warnings.catch_warnings(), threadpool_limits(1), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                scores = scores_of(estimator, contest.predictions(algorithm), judging)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                failure = str(error).splitlines()[0]
        seconds = time.perf_counter() - start
        yield Judgement(name=name + suffix, scores=scores, seconds=seconds, failure=failure)
