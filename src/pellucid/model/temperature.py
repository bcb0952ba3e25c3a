"""The temperature that makes a classifier's probabilities hold."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from pellucid.data.rows import Rows
from pellucid.tasks.task import Task

FEWEST_ROWS_FOR_TEMPERATURE = 30


def fit_temperature(task: Task, outputs_KBO: Tensor, judging: Rows) -> float:
    """The temperature that makes probabilities hold (Guo et al. 2017, arXiv:1706.04599).

    Args:
        task: What is learned; numbers have no temperature.
        outputs_KBO: Outputs for validation rows.
        judging: These rows.

    Returns:
        T between 0.2 and 5, least mean loss first on a coarse grid, then on a fine one around it.
    """
    if not task.has_temperature or len(judging) < FEWEST_ROWS_FOR_TEMPERATURE:
        return 1.0

    def loss(temperature: float) -> float:
        decoded = task.decode(outputs_KBO, temperature)
        return task.validate(decoded, judging.target, judging.weights).loss

    coarse = min(np.geomspace(0.2, 5.0, 33), key=loss)
    return float(min(coarse * np.geomspace(0.91, 1.1, 21), key=loss))
