"""Scores of rows that are drawn again and again: pure functions of how often each row counts.

Shape letters: n = rows, C = classes, O = outputs, R = resamples.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.tasks.answers import Resampled
from pellucid.tasks.metrics import LOG_LOSS, Codes, Folds, areas

Floats = npt.NDArray[np.float64]

MOST_CLASSES_FOR_AUC = 10
FEWEST_ROWS_FOR_AUC = 5
"""Of each class: then fewer than 1 % of the draws lack one, and have no area."""


def class_scorer(
    probabilities: Floats, codes: Codes, rights: Floats, losses: Floats, folds: Folds | None
) -> Resampled:
    """Accuracy, log-loss and AUC, where classes are few and frequent enough.

    Args:
        probabilities: Of each class, shape (n, C).
        codes: Position of the true class, shape (n,).
        rights: 1 for each row that is right, shape (n,).
        losses: −log p of each row's true class, shape (n,).
        folds: Fold in which each row was predicted, shape (n,); None for one model.
    """
    num_classes = probabilities.shape[1]
    rows_by_class = np.bincount(codes, minlength=num_classes)
    has_area = num_classes <= MOST_CLASSES_FOR_AUC and rows_by_class.min() >= FEWEST_ROWS_FOR_AUC
    judged = [1] if num_classes == 2 else range(num_classes)

    def score(counts: Floats) -> dict[str, Floats]:
        scores = {
            "accuracy": counts @ rights / len(codes),
            LOG_LOSS: counts @ losses / len(codes),
        }
        if has_area:
            found = [areas(probabilities[:, c], codes == c, counts, folds) for c in judged]
            scores["AUC"] = np.mean(found, axis=0)
        return scores

    return score


def number_scorer(predictions: Floats, truth: Floats) -> Resampled:
    """Root mean squared error and mean absolute error of numbers (n, O)."""
    squares = ((predictions - truth) ** 2).mean(axis=1)
    absolutes = np.abs(predictions - truth).mean(axis=1)

    def score(counts: Floats) -> dict[str, Floats]:
        return {
            "RMSE": np.sqrt(counts @ squares / len(truth)),
            "MAE": counts @ absolutes / len(truth),
        }

    return score
