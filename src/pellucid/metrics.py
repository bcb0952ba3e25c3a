"""Scores of predictions, each with an interval: pure functions.

An interval is one of 95 % for new rows from the same source; it says nothing about another seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from pellucid.tasks import SMALLEST_PROBABILITY

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[Any]

CALIBRATION_BINS = 15
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


def class_scores(probabilities: Floats, codes: Codes) -> list[Score]:
    """Accuracy, log-loss, area under the ROC curve and calibration error.

    Args:
        probabilities: Of each class, shape (n, C).
        codes: Position of the true class, shape (n,).
    """
    scores = [accuracy(probabilities, codes), log_loss(probabilities, codes)]
    area = auc(probabilities, codes)
    if area is not None:
        scores.append(area)
    return [*scores, calibration_error(probabilities, codes)]


def number_scores(predictions: Floats, truth: Floats) -> list[Score]:
    """Root mean squared error, mean absolute error and R².

    Args:
        predictions: Shape (n, O).
        truth: Shape (n, O).
    """
    squares = ((predictions - truth) ** 2).mean(axis=1)
    mean, low, high = _mean_interval(squares)
    spreads = ((truth - truth.mean(axis=0)) ** 2).mean(axis=1)
    variance = float(spreads.mean())
    absolute = _mean_interval(np.abs(predictions - truth).mean(axis=1))
    scores = [
        _score("RMSE", *np.sqrt(np.maximum([mean, low, high], 0.0)), higher_is_better=False),
        _score("MAE", *absolute, higher_is_better=False),
    ]
    if variance > 0.0:
        # The delta method: errors and spread vary together, so that a constant stays near 0.
        part, _, high = _mean_interval((squares - mean / variance * spreads) / variance)
        r2, half = 1.0 - mean / variance, high - part
        scores.append(_score("R²", r2, r2 - half, r2 + half, higher_is_better=True))
    return scores


def label_scores(probabilities: Floats, truth: Codes) -> list[Score]:
    """Part of the labels that are right, and log-loss of a row.

    Args:
        probabilities: Of "yes" for each label, shape (n, O).
        truth: 0 or 1, shape (n, O).
    """
    right = ((probabilities >= 0.5) == (truth > 0)).mean(axis=1)
    loss = -np.log(
        np.maximum(np.where(truth > 0, probabilities, 1 - probabilities), SMALLEST_PROBABILITY)
    )
    return [
        _score("accuracy of a label", *_mean_interval(right), higher_is_better=True),
        _score("log-loss", *_mean_interval(loss.sum(axis=1)), higher_is_better=False),
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
    return _score("log-loss", *interval, higher_is_better=False)


def auc(probabilities: Floats, codes: Codes) -> Score | None:
    """Area under the ROC curve, with several classes the mean of each against the rest.

    The interval of two classes is that of Hanley & McNeil (1982). None if a class is absent.
    """
    num_classes = probabilities.shape[1]
    if len(np.unique(codes)) < num_classes:
        return None
    if num_classes > 2:
        area = float(roc_auc_score(codes, probabilities, multi_class="ovr"))
        return _score("AUC", area, area, area, higher_is_better=True)
    area = float(roc_auc_score(codes, probabilities[:, 1]))
    yes, no = int((codes == 1).sum()), int((codes == 0).sum())
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (yes - 1) * (q1 - area**2) + (no - 1) * (q2 - area**2)
    half = Z95 * float(np.sqrt(max(0.0, variance) / (yes * no)))
    return _score("AUC", area, max(0.0, area - half), min(1.0, area + half), higher_is_better=True)


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
    return _score("calibration error", error, error, error, higher_is_better=False)


def _mean_interval(values: Floats) -> tuple[float, float, float]:
    """Mean of values that are never below 0, and the ends of its interval, which are not either."""
    mean = float(values.mean())
    half = Z95 * float(values.std(ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return mean, max(0.0, mean - half), mean + half


def _score(name: str, value: float, low: float, high: float, *, higher_is_better: bool) -> Score:
    return Score(
        name=name,
        value=float(value),
        low=float(low),
        high=float(high),
        higher_is_better=higher_is_better,
    )
