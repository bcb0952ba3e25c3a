"""Scores of predictions, each with an interval: pure functions.

An interval is one of 95 % for new rows from the same source; it says nothing about another seed.

Where rows were predicted in folds, each by who had not learned from it, predictions of two folds
come from two models. What compares rows with each other keeps to one fold then: the area under the
ROC curve counts pairs of rows of one fold, and R² is against the mean of each fold's training part.
So a constant has an area of ½ and an R² of 0, however its constant differs from fold to fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[Any]
Folds = npt.NDArray[np.int64]

LOG_LOSS = "log-loss"
CALIBRATION_ERROR = "calibration error"
"""Names of scores that are asked for by name elsewhere."""

CALIBRATION_BINS = 15
SMALLEST_PROBABILITY = float(np.finfo(float).eps)
"""Smaller ones count as this in a log-loss, as in scikit-learn."""
Z95 = 1.959963984540054


@dataclass(frozen=True, kw_only=True)
class Score:
    """One score.

    Attributes:
        name: E.g. "accuracy".
        value: The score itself.
        low: Lower end of its 95 % interval. The calibration error, and the AUC of three classes or
            more, have none: then both ends are the value itself.
        high: Upper end.
        higher_is_better: Which way is good.
    """

    name: str
    value: float
    low: float
    high: float
    higher_is_better: bool


def class_scores(probabilities: Floats, codes: Codes, folds: Folds | None = None) -> list[Score]:
    """Accuracy, log-loss, area under the ROC curve and calibration error.

    Args:
        probabilities: Of each class, shape (n, C).
        codes: Position of the true class, shape (n,).
        folds: Fold in which each row was predicted, shape (n,); None for one model.
    """
    scores = [accuracy(probabilities, codes), log_loss(probabilities, codes)]
    area = auc(probabilities, codes, folds)
    if area is not None:
        scores.append(area)
    return [*scores, calibration_error(probabilities, codes)]


def number_scores(
    predictions: Floats, truth: Floats, reference: Floats | None = None
) -> list[Score]:
    """Root mean squared error, mean absolute error and R².

    Args:
        predictions: Shape (n, O).
        truth: Shape (n, O).
        reference: What knowing nothing would predict, shape (n, O), for R²; None for the mean of
            the truth, as scikit-learn has it.
    """
    squares = ((predictions - truth) ** 2).mean(axis=1)
    rmse = np.sqrt(_mean_interval(squares))
    mae = _mean_interval(np.abs(predictions - truth).mean(axis=1))
    scores = [
        _score("RMSE", *rmse, higher_is_better=False),
        _score("MAE", *mae, higher_is_better=False),
    ]
    constant = truth.mean(axis=0) if reference is None else reference
    spreads = ((truth - constant) ** 2).mean(axis=1)
    variance = float(spreads.mean())
    if variance > 0.0:
        ratio = float(squares.mean()) / variance
        # The delta method: errors and spread vary together, so that a constant stays at 0.
        error = _standard_error(squares - ratio * spreads) / variance
        low, high = _around(ratio, error)
        scores.append(_score("R²", 1.0 - ratio, 1.0 - high, 1.0 - low, higher_is_better=True))
    return scores


def label_scores(probabilities: Floats, truth: Codes) -> list[Score]:
    """Part of the labels that are right, and log-loss of a row.

    Args:
        probabilities: Of "yes" for each label, shape (n, O).
        truth: 0 or 1, shape (n, O).
    """
    # Labels of one row may go together, so that they count as one row, not as many.
    rate = float(((probabilities >= 0.5) == (truth > 0)).mean())
    loss = -np.log(
        np.maximum(np.where(truth > 0, probabilities, 1 - probabilities), SMALLEST_PROBABILITY)
    )
    return [
        _score(
            "accuracy of a label", rate, *wilson_interval(rate, len(truth)), higher_is_better=True
        ),
        _score(LOG_LOSS, *_mean_interval(loss.sum(axis=1)), higher_is_better=False),
    ]


def accuracy(probabilities: Floats, codes: Codes) -> Score:
    """Part of the rows whose likeliest class is the true one; Wilson's interval (1927)."""
    rate = float((probabilities.argmax(axis=1) == codes).mean())
    return _score("accuracy", rate, *wilson_interval(rate, len(codes)), higher_is_better=True)


def wilson_interval(rate: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval (1927) of a part of n rows: low and high."""
    center = (rate + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * np.sqrt(rate * (1 - rate) / n + Z95**2 / (4 * n * n))
    return float(center - half), float(center + half)


def log_loss(probabilities: Floats, codes: Codes) -> Score:
    """Mean of −log p of the true class."""
    right = probabilities[np.arange(len(codes)), codes]
    interval = _mean_interval(-np.log(np.maximum(right, SMALLEST_PROBABILITY)))
    return _score(LOG_LOSS, *interval, higher_is_better=False)


def auc(probabilities: Floats, codes: Codes, folds: Folds | None = None) -> Score | None:
    """Area under the ROC curve, with several classes the mean of each against the rest.

    Args:
        probabilities: Of each class, shape (n, C).
        codes: Position of the true class, shape (n,).
        folds: Fold in which each row was predicted, shape (n,); None for one model.

    Returns:
        The area; of two classes its interval is that of Hanley & McNeil (1982). None if a class is
        absent.
    """
    num_classes = probabilities.shape[1]
    judged = [1] if num_classes == 2 else range(num_classes)
    once = np.ones((1, len(codes)))
    found = [areas(probabilities[:, c], codes == c, once, folds)[0] for c in judged]
    area = float(np.mean(found))
    if not np.isfinite(area):
        return None
    low, high = area, area
    if num_classes == 2 and not _is_constant(probabilities[:, 1], folds):
        low, high = _area_interval(area, codes == 1, folds)
    return _score("AUC", area, low, high, higher_is_better=True)


def areas(
    score: Floats, is_positive: npt.NDArray[np.bool_], counts: Floats, folds: Folds | None = None
) -> Floats:
    """Area under the ROC curve where rows count so often: Mann and Whitney's U, ties half.

    Args:
        score: Of each row, shape (n,).
        is_positive: Whether it is of the class that should have high scores, shape (n,).
        counts: How often each row counts, shape (R, n).
        folds: Fold of each row, shape (n,): only pairs of rows of one fold are compared; None for
            all pairs.

    Returns:
        Part of the pairs that stand in the right order, shape (R,); NaN where there is no pair.
    """
    won, pairs = np.zeros(len(counts)), np.zeros(len(counts))
    for inside in _rows_of_folds(folds, len(score)):
        places = inside[np.argsort(score[inside], kind="stable")]
        starts = np.flatnonzero(np.diff(score[places], prepend=-np.inf))
        positive = np.add.reduceat(counts[:, places] * is_positive[places], starts, axis=1)
        negative = np.add.reduceat(counts[:, places] * ~is_positive[places], starts, axis=1)
        below = np.cumsum(negative, axis=1) - negative / 2
        won += (positive * below).sum(axis=1)
        pairs += positive.sum(axis=1) * negative.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(won / pairs)


def _rows_of_folds(folds: Folds | None, num_rows: int) -> list[Folds]:
    if folds is None:
        return [np.arange(num_rows)]
    return [np.flatnonzero(folds == fold) for fold in np.unique(folds)]


def _is_constant(score: Floats, folds: Folds | None) -> bool:
    """Whether no two rows that are compared differ: then the area is ½ for any rows."""
    return all(np.ptp(score[inside]) == 0.0 for inside in _rows_of_folds(folds, len(score)))


def _area_interval(
    area: float, is_positive: npt.NDArray[np.bool_], folds: Folds | None
) -> tuple[float, float]:
    """Ends of the interval of an area: the folds' variances, weighed by their pairs."""
    rows = _rows_of_folds(folds, len(is_positive))
    yes = np.array([is_positive[inside].sum() for inside in rows], dtype=float)
    no = np.array([(~is_positive[inside]).sum() for inside in rows], dtype=float)
    pairs = yes * no
    # Half a pair is taken for wrong, and half for right: no rows are so many that none ever is.
    a = (area * pairs.sum() + 0.5) / (pairs.sum() + 1.0)
    q1, q2 = a / (2 - a), 2 * a**2 / (1 + a)
    variances = pairs * (a * (1 - a) + (yes - 1) * (q1 - a**2) + (no - 1) * (q2 - a**2))
    error = float(np.sqrt(max(0.0, variances.sum()))) / pairs.sum()
    # On the scale of log odds few rows would take an area near 1 down to chance.
    return max(0.0, area - Z95 * error), min(1.0, area + Z95 * error)


@dataclass(frozen=True, kw_only=True)
class ConfidenceBin:
    """Predictions of about the same confidence: the probability of the likeliest class.

    Attributes:
        low: Least confidence of the bin.
        high: Greatest.
        rows: How many predictions lie in it.
        confidence: Their mean confidence.
        accuracy: Part of them that is right.
    """

    low: float
    high: float
    rows: int
    confidence: float
    accuracy: float


def confidence_bins(probabilities: Floats, codes: Codes) -> list[ConfidenceBin]:
    """Predictions by confidence in 15 equally wide bins, as in Guo et al. (2017); filled bins only.

    Args:
        probabilities: Of each class, shape (n, C).
        codes: Position of the true class, shape (n,).
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == codes
    places = np.clip(np.ceil(confidence * CALIBRATION_BINS) - 1, 0, CALIBRATION_BINS - 1)
    return [
        ConfidenceBin(
            low=place / CALIBRATION_BINS,
            high=(place + 1) / CALIBRATION_BINS,
            rows=int(inside.sum()),
            confidence=float(confidence[inside].mean()),
            accuracy=float(right[inside].mean()),
        )
        for place in range(CALIBRATION_BINS)
        if (inside := places == place).any()
    ]


def calibration_error(probabilities: Floats, codes: Codes) -> Score:
    """Expected calibration error (Naeini et al. 2015): mean |confidence − accuracy| over the bins.

    It has no interval: resampling would bias it upwards.
    """
    bins = confidence_bins(probabilities, codes)
    gaps = sum(each.rows * abs(each.confidence - each.accuracy) for each in bins)
    error = gaps / len(codes)
    return _score(CALIBRATION_ERROR, error, error, error, higher_is_better=False)


def _mean_interval(values: Floats) -> tuple[float, float, float]:
    """Mean of values that are never below 0, and the ends of its interval."""
    mean = float(values.mean())
    return mean, *_around(mean, _standard_error(values))


def _standard_error(values: Floats) -> float:
    """Of the mean of values."""
    return float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else 0.0


def _around(mean: float, error: float) -> tuple[float, float]:
    """Ends of the interval of what is never below 0: the normal one of its logarithm.

    On the plain scale a few large errors would spread the interval beyond 0 on one side and leave
    it too short on the other, where the next large error would come.
    """
    if mean <= 0.0:
        return mean, mean
    factor = float(np.exp(Z95 * error / mean))
    return mean / factor, mean * factor


def _score(name: str, value: float, low: float, high: float, *, higher_is_better: bool) -> Score:
    return Score(
        name=name,
        value=float(value),
        low=float(low),
        high=float(high),
        higher_is_better=higher_is_better,
    )
