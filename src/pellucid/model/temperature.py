"""The temperature that makes a classifier's probabilities hold."""

from __future__ import annotations

import numpy as np
import torch
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
        T from 0.18 to 5.5, least mean loss first on a coarse grid, then on a fine one around it.
        Of very many rows some are asked, drawn at random.
    """
    if not task.has_temperature or len(judging) < FEWEST_ROWS_FOR_TEMPERATURE:
        return 1.0

    target, weights = judging.target, judging.weights
    if len(judging) > MOST_ROWS_FOR_TEMPERATURE:
        # Not every second or third: rows may come by turns, a case and a control.
        order = np.random.default_rng(0).permutation(len(judging))
        drawn = order[:MOST_ROWS_FOR_TEMPERATURE]
        outputs_KBO = outputs_KBO[:, torch.from_numpy(drawn)]
        target, weights = target[drawn], weights[drawn]

    def loss(temperature: float) -> float:
        return task.validate(task.decode(outputs_KBO, temperature), target, weights).loss

    coarse = min(np.geomspace(0.2, 5.0, 33), key=loss)
    return float(min(coarse * np.geomspace(0.91, 1.1, 21), key=loss))
