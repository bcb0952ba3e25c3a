"""What each task fixes: how targets become numbers, the last layer, the loss, the headline score.

Shape letters: K = members, B = rows, C = classes, O = numeric targets or labels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from pellucid.network.losses import LOSSES, Loss
from pellucid.tasks.conformal import Conformal
from pellucid.training.events import Validation

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

CLAMP_BEYOND_RANGE = 0.05
TYPICAL_SPREADS_ADDED = 2.0
SMALLEST_PROBABILITY = float(np.finfo(float).eps)
"""Smaller ones count as this in a log-loss, as in scikit-learn."""


class Task(ABC):
    """What every task is: abstract here, final in each subclass."""

    kind: ClassVar[str]
    loss_name: ClassVar[str]
    score_name: ClassVar[str]

    @property
    def loss(self) -> Loss:
        """The loss that is made small."""
        return LOSSES[self.loss_name]

    @property
    @abstractmethod
    def num_outputs(self) -> int:
        """Neurons in the last layer."""

    @abstractmethod
    def encode(self, target: Array) -> Tensor:
        """Targets as a person has them → as the loss takes them, shape (n, …)."""

    @abstractmethod
    def answers(self, outputs_KBO: Tensor, temperature: float) -> Tensor:
        """The members' outputs → what they mean together (B, C or O), differentiable float64."""

    def decode(self, outputs_KBO: Tensor, temperature: float) -> Floats:
        """The members' outputs → probabilities (B, C or O), or numbers (B, O) in their unit."""
        return self.answers(outputs_KBO, temperature).cpu().numpy()

    @abstractmethod
    def prior(self, target: Array) -> Floats:
        """What to predict for every row, knowing only these targets, shape (C or O,)."""

    @abstractmethod
    def row_losses(self, decoded: Floats, target: Array) -> Floats:
        """Loss of each row, shape (n,): −log probability of the truth, or squared error."""

    @abstractmethod
    def row_scores(self, decoded: Floats, target: Array) -> Floats:
        """Share of each row in the headline score, shape (n,)."""

    def validate(self, decoded: Floats, target: Array, weights: Floats) -> Validation:
        """Judge decoded outputs of validation rows against their targets."""
        loss = float(np.average(self.row_losses(decoded, target), weights=weights))
        score = float(np.average(self.row_scores(decoded, target), weights=weights))
        return Validation(loss=loss, score=score)

    @abstractmethod
    def calibrate(self, outputs_KBO: Tensor, decoded: Floats, target: Array) -> Conformal:
        """How far off each prediction of a validation row is: the stuff of sets and intervals."""

    @abstractmethod
    def regions(self, outputs_KBO: Tensor, decoded: Floats, limit: Floats, spread: Floats) -> Array:
        """All answers whose score is at most the limit: sets of classes, or bounds of numbers.

        Args:
            outputs_KBO: The members' outputs.
            decoded: The predictions from them, as `decode` gives them.
            limit: The greatest score, () or (O,).
            spread: Typical spread of the members, of numbers (O,).
        """

    def without_values(self) -> Task:
        """The task as a private model keeps it: no single row's target stands in it."""
        return self

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The task as plain data."""
