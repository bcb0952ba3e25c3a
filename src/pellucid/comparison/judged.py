"""Rows that judged a network, with what it predicted for them, and its scores on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pellucid.data.grouping import Places
from pellucid.data.rows import Rows
from pellucid.data.splits import Part
from pellucid.tasks.metrics import Score
from pellucid.tasks.task import Task

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class JudgedRows:
    """Rows that judged a network, and what it predicted for them.

    Attributes:
        task: What is predicted.
        rows: The rows, with the truth.
        predictions: Probabilities (n, C or O), or numbers (n, O).
        folds: Fold in which each row was judged (n,), each by another model; None for one model.
        reference: What knowing only the targets that were learned from would predict (n, C or O),
            of rows judged in folds.
    """

    task: Task
    rows: Rows
    predictions: Floats
    folds: Places | None = None
    reference: Floats | None = None

    @classmethod
    def of(cls, task: Task, rows: Rows, parts: Sequence[Part], predictions: Floats) -> JudgedRows:
        """The rows that judged, in the order of their places.

        Args:
            task: What is predicted.
            rows: All rows that learned or judged.
            parts: Which learned and which judged: one pair for a split, several for folds.
            predictions: For those that judged.
        """
        order = np.sort(np.concatenate([judging for _, judging in parts]))
        judging = rows.take(order)
        if len(parts) == 1:
            return cls(task=task, rows=judging, predictions=predictions)
        folds = np.empty(len(order), dtype=np.int64)
        for fold, (_, places) in enumerate(parts):
            folds[np.searchsorted(order, places)] = fold
        priors = np.stack([task.prior(rows.target[training]) for training, _ in parts])
        return cls(
            task=task, rows=judging, predictions=predictions, folds=folds, reference=priors[folds]
        )


def scores_of(judged: JudgedRows) -> list[Score]:
    """The scores that fit the task; none without rows."""
    if not len(judged.rows):
        return []
    return judged.task.scores(
        judged.predictions, judged.rows.target, judged.folds, judged.reference
    )
