"""What the rows that judged a network show: which were mistaken, how sure it was, what it missed.

Pure functions of `JudgedRows`; the page draws what they find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.comparison.judged import JudgedRows
from pellucid.data.kinds.of_columns import readable
from pellucid.tasks.metrics import ConfidenceBin, confidence_bins

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]

MOST_CLASSES = 12
MOST_ROWS_A_CELL = 10
MOST_CELLS_WITH_ROWS = 24
MOST_SURPRISES = 10
RESIDUAL_BINS = 25
RESIDUAL_GROUPS = 10
MOST_POINTS = 400
TAIL = 0.005


@dataclass(frozen=True, kw_only=True)
class JudgedRow:
    """One row that judged, with what was predicted for it.

    Attributes:
        number: Its number in its source, from 1.
        truth: What stands in its target.
        prediction: What was predicted.
        probability: Of the predicted class; None for numbers and several labels.
        loss: Its loss: −log probability of the truth, or squared error in standard deviations.
        cells: Its cells, by column; None where missing.
    """

    number: int
    truth: str
    prediction: str
    probability: float | None
    loss: float
    cells: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class MistakenCell:
    """Rows of one class that were taken for another.

    Attributes:
        truth: Place of their class among those shown.
        prediction: Place of the predicted one.
        count: How many there are.
        rows: Some of them, the surest mistakes first.
    """

    truth: int
    prediction: int
    count: int
    rows: list[JudgedRow]


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Which classes are taken for which.

    Attributes:
        classes: Names of the classes shown; the last may stand for all others.
        counts: Rows by true class and predicted class, shape (classes, classes).
        others: How many classes the last name stands for; 0 if it is a class.
        mistaken_others: How many rows of these were taken for another one of these.
        mistakes: Cells with mistaken rows, some of which are listed, the fullest first.
        unlisted: How many cells with mistaken rows have none listed.
    """

    classes: list[str]
    counts: Counts
    others: int
    mistaken_others: int
    mistakes: list[MistakenCell]
    unlisted: int


@dataclass(frozen=True, kw_only=True)
class ClassFinding:
    """How one class, or the "yes" of one label, is found.

    Attributes:
        name: The class.
        rows: How many rows are of it.
        predicted: How many were taken for it.
        precision: Part of those that are of it; None if there are none.
        recall: Part of its rows that were found; None if there are none.
    """

    name: str
    rows: int
    predicted: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, kw_only=True)
class ResidualGroup:
    """Residuals of a tenth of the rows, those with neighboring predictions.

    Attributes:
        prediction: Their median prediction.
        rows: How many.
        low: The residual below which a tenth of them lies.
        median: The middle one.
        high: The one above which a tenth lies.
    """

    prediction: float
    rows: int
    low: float
    median: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """Truth − prediction of one numeric target.

    Attributes:
        target: Its name.
        mean: Mean residual: above 0 where predictions are too low.
        edges: Edges of equally wide bins, shape (bins + 1,); the outer bins hold what is beyond.
        counts: Rows in each bin, shape (bins,).
        beyond: Rows beyond the outer edges.
        groups: Residuals by prediction.
        points: Prediction and residual of some rows, all if they are few, shape (points, 2).
    """

    target: str
    mean: float
    edges: Floats
    counts: Counts
    beyond: int
    groups: list[ResidualGroup]
    points: Floats


def confusion(judged: JudgedRows) -> Confusion:
    """Count which class is taken for which, and find the mistaken rows.

    Args:
        judged: Rows of a classification. Of many classes, those in most mistakes are shown.
    """
    classes = judged.task.class_names
    truth, answer = _codes(judged), judged.predictions.argmax(axis=1)
    shown = _classes_shown(truth, answer, len(classes))
    others = len(classes) - len(shown)
    place = np.full(len(classes), len(shown))
    place[shown] = np.arange(len(shown))
    size = len(shown) + (others > 0)
    counts = np.zeros((size, size), dtype=np.int64)
    np.add.at(counts, (place[truth], place[answer]), 1)
    names = [classes[each] for each in shown]
    is_wrong = truth != answer
    mistaken = np.zeros_like(counts)
    np.add.at(mistaken, (place[truth[is_wrong]], place[answer[is_wrong]]), 1)
    cells = [(int(t), int(p)) for t, p in np.argwhere(mistaken)]
    cells.sort(key=lambda cell: -mistaken[cell])
    return Confusion(
        classes=[*names, f"{others} other classes"] if others else names,
        counts=counts,
        others=others,
        mistaken_others=int(mistaken[-1, -1]),
        mistakes=[
            MistakenCell(
                truth=t,
                prediction=p,
                count=int(mistaken[t, p]),
                rows=_surest(
                    judged,
                    np.flatnonzero(is_wrong & (place[truth] == t) & (place[answer] == p)),
                ),
            )
            for t, p in cells[:MOST_CELLS_WITH_ROWS]
        ],
        unlisted=max(0, len(cells) - MOST_CELLS_WITH_ROWS),
    )


def _codes(judged: JudgedRows) -> Places:
    """Positions of the true classes (n,)."""
    return judged.task.encode(judged.rows.target).numpy()


def _classes_shown(truth: Places, answer: Places, num_classes: int) -> Places:
    """All classes, or of too many those in most mistakes, then the most frequent; in order."""
    if num_classes <= MOST_CLASSES:
        return np.arange(num_classes)
    is_wrong = truth != answer
    mistakes = np.bincount(truth[is_wrong], minlength=num_classes)
    mistakes += np.bincount(answer[is_wrong], minlength=num_classes)
    frequency = np.bincount(truth, minlength=num_classes)
    order = np.lexsort((np.arange(num_classes), -frequency, -mistakes))
    return np.sort(order[: MOST_CLASSES - 1])


def _surest(judged: JudgedRows, places: Places) -> list[JudgedRow]:
    """The rows whose prediction was surest, of those at the given places."""
    confidence = judged.predictions[places].max(axis=1)
    chosen = places[np.argsort(-confidence, kind="stable")[:MOST_ROWS_A_CELL]]
    return rows_at(judged, chosen)


def rows_at(judged: JudgedRows, places: Places) -> list[JudgedRow]:
    """Rows with what was predicted for them, in the order of the places."""
    predictions, target = judged.predictions[places], judged.rows.target[places]
    losses = judged.task.row_losses(predictions, target)
    task = judged.task
    probability = task.confidence(predictions)
    cells = readable(judged.rows.frame[places]).iter_rows(named=True)
    return [
        JudgedRow(
            number=int(judged.rows.numbers[place]),
            truth=task.truth_words(target[i]),
            prediction=task.answer_words(predictions[i]),
            probability=None if probability is None else float(probability[i]),
            loss=float(losses[i]),
            cells=own,
        )
        for i, (place, own) in enumerate(zip(places, cells, strict=True))
    ]


def surprises(judged: JudgedRows) -> list[JudgedRow]:
    """The rows with the greatest loss, the greatest first."""
    return rows_at(judged, surprising_places(judged)[:MOST_SURPRISES])


def surprising_places(judged: JudgedRows) -> Places:
    """Places of all rows, those with the greatest loss first, (n,)."""
    losses = judged.task.row_losses(judged.predictions, judged.rows.target)
    return np.argsort(-losses, kind="stable")


def class_findings(judged: JudgedRows, labels: Sequence[str]) -> list[ClassFinding]:
    """Precision and recall of each class, the most frequent first; of labels, in their order.

    Args:
        judged: Rows of a classification or of several labels.
        labels: Names of the labels; of no use for classes.
    """
    found = judged.task.found(judged.predictions, judged.rows.target, labels)
    return [_finding(*each) for each in found]


def _finding(name: str, is_true: Any, is_predicted: Any) -> ClassFinding:
    rows, predicted, both = int(is_true.sum()), int(is_predicted.sum()), (is_true & is_predicted)
    return ClassFinding(
        name=name,
        rows=rows,
        predicted=predicted,
        precision=float(both.sum() / predicted) if predicted else None,
        recall=float(both.sum() / rows) if rows else None,
    )


def reliability(judged: JudgedRows) -> list[ConfidenceBin]:
    """Rows of a classification by confidence: how sure the network was, and how often right."""
    return confidence_bins(judged.predictions, _codes(judged))


def residuals(judged: JudgedRows, targets: Sequence[str]) -> list[Residuals]:
    """Truth − prediction of each numeric target.

    Args:
        judged: Rows of a regression.
        targets: Their names.
    """
    missed = judged.rows.target - judged.predictions
    return [
        _residuals(name, judged.predictions[:, i], missed[:, i]) for i, name in enumerate(targets)
    ]


def _residuals(name: str, predictions: Floats, missed: Floats) -> Residuals:
    low, high = np.quantile(missed, [TAIL, 1.0 - TAIL])
    if low == high:
        low, high = low - 0.5, high + 0.5
    inner = np.clip(missed, low, high)
    counts, edges = np.histogram(inner, bins=RESIDUAL_BINS, range=(low, high))
    order = np.argsort(predictions, kind="stable")
    groups = [part for part in np.array_split(order, RESIDUAL_GROUPS) if len(part)]
    few = np.sort(np.random.default_rng(0).permutation(len(missed))[:MOST_POINTS])
    return Residuals(
        target=name,
        mean=float(missed.mean()),
        edges=edges,
        counts=counts.astype(np.int64),
        beyond=int((inner != missed).sum()),
        groups=[_group(predictions[part], missed[part]) for part in groups],
        points=np.stack([predictions[few], missed[few]], axis=1),
    )


def _group(predictions: Floats, missed: Floats) -> ResidualGroup:
    low, median, high = np.quantile(missed, [0.1, 0.5, 0.9])
    return ResidualGroup(
        prediction=float(np.median(predictions)),
        rows=len(missed),
        low=float(low),
        median=float(median),
        high=float(high),
    )
