"""How good a model is on rows it did not learn from, beside flat algorithms on the same rows."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from pellucid.contract import Estimator
from pellucid.data.dataset import Rows, Split
from pellucid.evaluation.flat import FlatTable, flat_algorithms, flat_predictions
from pellucid.metrics import Score, class_scores, label_scores, number_scores
from pellucid.tasks import Classification, Multilabel

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


def _judge_flat(
    estimator: Estimator, rows: Rows, split: Split, test: Rows | None, judging: Rows
) -> Iterator[Judgement]:
    if isinstance(estimator.model_.task, Multilabel):
        return
    if len(split.training) > MOST_FLAT_ROWS:
        generator = np.random.default_rng(0)
        some = generator.choice(split.training, MOST_FLAT_ROWS, replace=False)
        split = replace(split, training=some)
    table = FlatTable(rows.take(split.training).frame)
    kind, outputs = estimator.model_.task.kind, estimator.model_.task.num_outputs
    suffix = f" ({MOST_FLAT_ROWS:,} rows)" if len(split.training) == MOST_FLAT_ROWS else ""
    for name, algorithm in flat_algorithms(table, kind, outputs).items():
        start = time.perf_counter()
        failure, scores = "", []
        # One thread: a second one gains little here, and on a busy machine it can cost 50 times.
        with warnings.catch_warnings(), threadpool_limits(1), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                predictions = _flat(algorithm, table, rows, split, test, judging, estimator)
                scores = scores_of(estimator, predictions, judging)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                failure = str(error).splitlines()[0]
        seconds = time.perf_counter() - start
        yield Judgement(name=name + suffix, scores=scores, seconds=seconds, failure=failure)


def _flat(
    algorithm: Any,
    table: FlatTable,
    rows: Rows,
    split: Split,
    test: Rows | None,
    judging: Rows,
    estimator: Estimator,
) -> Floats:
    if test is not None or split.folds is None:
        is_whole = test is None or len(split.training) == MOST_FLAT_ROWS
        learned_from = rows.take(split.training) if is_whole else rows
        found = flat_predictions(algorithm, table, learned_from, judging)
        return _in_order(algorithm, found, estimator)
    predictions = np.zeros((len(judging), estimator.model_.task.num_outputs))
    for fold in np.unique(split.folds):
        inside, outside = np.flatnonzero(split.folds == fold), np.flatnonzero(split.folds != fold)
        found = flat_predictions(algorithm, table, judging.take(outside), judging.take(inside))
        predictions[inside] = _in_order(algorithm, found, estimator)
    return predictions


def _in_order(algorithm: Any, found: Floats, estimator: Estimator) -> Floats:
    """Probabilities in the order of all classes, some of which a part may not have had."""
    task = estimator.model_.task
    if not isinstance(task, Classification):
        return found
    probabilities = np.zeros((len(found), len(task.classes)))
    probabilities[:, np.searchsorted(task.classes, algorithm.classes_)] = found
    return probabilities
