"""The temperature that makes a classifier's probabilities hold."""

from __future__ import annotations

import math

import numpy as np
from torch import Tensor

from pellucid.data.rows import Rows
from pellucid.tasks.task import Task

FEWEST_ROWS_FOR_TEMPERATURE = 30
MOST_ROWS_FOR_TEMPERATURE = 20_000
"""More rows would not move it in the second digit, but each of them is gone through 54 times."""


def fit_temperature(task: Task, outputs_KBO: Tensor, judging: Rows) -> float:
    """The temperature that makes probabilities hold (Guo et al. 2017, arXiv:1706.04599).

    Args:
        task: What is learned; numbers have no temperature.
        outputs_KBO: Outputs for validation rows.
        judging: These rows.

    Returns:
        T between 0.2 and 5, least mean loss first on a coarse grid, then on a fine one around it.
        Of very many rows every second, third, … is asked.
    """
    if not task.has_temperature or len(judging) < FEWEST_ROWS_FOR_TEMPERATURE:
        return 1.0

    every = math.ceil(len(judging) / MOST_ROWS_FOR_TEMPERATURE)
    outputs_KBO, target, weights = (
        outputs_KBO[:, ::every],
        judging.target[::every],
        judging.weights[::every],
    )

    def loss(temperature: float) -> float:
        return task.validate(task.decode(outputs_KBO, temperature), target, weights).loss

    coarse = min(np.geomspace(0.2, 5.0, 33), key=loss)
    return float(min(coarse * np.geomspace(0.91, 1.1, 21), key=loss))
