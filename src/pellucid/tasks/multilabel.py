"""Several yes/no labels, each on its own.

Shape letters: K = members, B = rows, C = classes, O = numeric targets or labels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.tasks.conformal import Conformal
from pellucid.tasks.task import Task

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

CLAMP_BEYOND_RANGE = 0.05
TYPICAL_SPREADS_ADDED = 2.0
SMALLEST_PROBABILITY = float(np.finfo(float).eps)
"""Smaller ones count as this in a log-loss, as in scikit-learn."""


@dataclass(frozen=True, eq=False)
class Multilabel(Task):
    """Several yes/no labels, each on its own.

    Attributes:
        num_labels: Number of labels O.
    """

    kind = "multilabel"
    loss_name = "binary_cross_entropy"
    score_name = "accuracy of a label"
    num_labels: int

    @property
    def num_outputs(self) -> int:
        """One neuron a label."""
        return self.num_labels

    def encode(self, target: Array) -> Tensor:
        """0/1 → float32 (n, O)."""
        return torch.from_numpy(np.asarray(target, dtype=np.float32))

    def answers(self, outputs_KBO: Tensor, temperature: float) -> Tensor:
        """Mean over members of s(z / T), shape (B, O)."""
        return torch.sigmoid(outputs_KBO.double() / temperature).mean(dim=0)

    def prior(self, target: Array) -> Floats:
        """The part of each label that is yes."""
        return (target > 0).mean(axis=0)

    def row_losses(self, decoded: Floats, target: Array) -> Floats:
        """−log p of each label's truth, summed."""
        right = np.where(target > 0, decoded, 1.0 - decoded)
        return -np.log(np.maximum(right, SMALLEST_PROBABILITY)).sum(axis=1)

    def row_scores(self, decoded: Floats, target: Array) -> Floats:
        """Part of the labels that are right."""
        return ((decoded >= 0.5) == (target > 0)).mean(axis=1)

    def calibrate(self, outputs_KBO: Tensor, decoded: Floats, target: Array) -> Conformal:
        """1 − p of the truth of each label, (n, O)."""
        return Conformal.of(np.where(target > 0, 1.0 - decoded, decoded))

    def regions(self, outputs_KBO: Tensor, decoded: Floats, limit: Floats, spread: Floats) -> Array:
        """Whether no and yes are in each label's set, (B, O, 2), and always the likelier."""
        is_yes = decoded >= 0.5
        no, yes = (decoded <= limit) | ~is_yes, (1.0 - decoded <= limit) | is_yes
        return np.stack([no, yes], axis=2)

    def to_json(self) -> dict[str, Any]:
        """The number of labels."""
        return {"kind": self.kind, "num_labels": self.num_labels}
