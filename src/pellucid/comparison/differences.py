"""Whether a difference between two algorithms means anything: paired bootstrap (Efron 1979).

The rows that judge are drawn again and again, the same draws for both, so that what makes a row
hard for everyone cancels out. The interval covers new rows from the same source; it says nothing
about another training part or another seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.model.leaderboard import Difference
from pellucid.tasks.metrics import Folds
from pellucid.tasks.task import Task

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

MOST_RESAMPLES = 2_000
FEWEST_RESAMPLES = 200
MOST_DRAWN_ROWS = 10_000_000
ROWS_IN_MEMORY = 4_000_000


def differences(
    task: Task,
    network: Floats,
    others: Mapping[str, Floats],
    target: Array,
    *,
    folds: Folds | None = None,
) -> dict[str, list[Difference]]:
    """The differences of other algorithms' scores to the network's, with intervals.

    Args:
        task: What is predicted.
        network: The network's predictions, probabilities (n, C) or numbers (n, O).
        others: The others' for the same rows, by name.
        target: The truth, as the task's rows have it.
        folds: Fold in which each row was predicted, each by another model; None for one model.

    Returns:
        For each, one difference for each score whose rows can be drawn again: accuracy, log-loss
        and AUC, or RMSE and MAE. None for several labels.
    """
    mine = task.resampled(network, target, folds)
    if mine is None:
        return {name: [] for name in others}
    scorers = {
        name: scorer
        for name, each in others.items()
        if (scorer := task.resampled(each, target, folds)) is not None
    }
    found: dict[str, dict[str, list[Floats]]] = {name: {} for name in others}
    whole = np.ones((1, len(target)))
    for counts in chain([whole], _resamples(len(target))):
        reference = mine(counts)
        for name, scorer in scorers.items():
            for score, values in scorer(counts).items():
                found[name].setdefault(score, []).append(values - reference[score])
    return {
        name: [_difference(score, np.concatenate(parts)) for score, parts in each.items()]
        for name, each in found.items()
    }


def _difference(name: str, values: Floats) -> Difference:
    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    return Difference(name=name, value=float(values[0]), low=float(low), high=float(high))


def _resamples(num_rows: int) -> Iterator[Floats]:
    """How often each row is drawn in each resample, block by block, shape (R, n)."""
    generator = np.random.default_rng(0)
    left = int(np.clip(MOST_DRAWN_ROWS // num_rows, FEWEST_RESAMPLES, MOST_RESAMPLES))
    block = max(1, ROWS_IN_MEMORY // num_rows)
    while left > 0:
        draws = generator.integers(num_rows, size=(min(block, left), num_rows))
        yield np.stack([np.bincount(draw, minlength=num_rows) for draw in draws]).astype(float)
        left -= block
