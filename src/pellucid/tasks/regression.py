"""One or several numbers.

Shape letters: K = members, B = rows, C = classes, O = numeric targets or labels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.data.kinds.coarse import rounded_range
from pellucid.tasks.conformal import Conformal
from pellucid.tasks.task import Task
from pellucid.training.events import Validation

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

CLAMP_BEYOND_RANGE = 0.05
TYPICAL_SPREADS_ADDED = 2.0
SMALLEST_PROBABILITY = float(np.finfo(float).eps)
"""Smaller ones count as this in a log-loss, as in scikit-learn."""


@dataclass(frozen=True, eq=False)
class Regression(Task):
    """One or several numbers.

    Attributes:
        mean: Training mean of each target (of its logarithm where `is_log`), shape (O,).
        scale: Training standard deviation likewise, shape (O,).
        low: Smallest prediction, shape (O,).
        high: Greatest prediction, shape (O,).
        is_log: Whether the network learns log(1 + y).
    """

    kind = "regression"
    loss_name = "mean_squared_error"
    score_name = "RMSE"
    mean: Floats
    scale: Floats
    low: Floats
    high: Floats
    is_log: bool = False

    @classmethod
    def fit(cls, target: Floats, weights: Floats, *, is_log: bool = False) -> Regression:
        """Learn mean, scale and range from training targets (n, O)."""
        numbers = np.log1p(target) if is_log else target
        mean = np.average(numbers, axis=0, weights=weights)
        # Halved and doubled, so that squares of huge numbers do not overflow.
        unit = np.maximum(np.abs(numbers - mean).max(axis=0), np.finfo(float).tiny)
        variance = np.average(((numbers - mean) / unit) ** 2, axis=0, weights=weights)
        low, high = target.min(axis=0), target.max(axis=0)
        beyond = CLAMP_BEYOND_RANGE * (high - low)
        least = np.where(low < 0.0, low - beyond, np.maximum(low - beyond, 0.0))
        scale = np.sqrt(variance) * unit
        scale = np.where(scale > 0, scale, 1.0)
        return cls(mean, scale, least, high + beyond, is_log)

    @property
    def num_outputs(self) -> int:
        """One neuron a number."""
        return len(self.mean)

    def encode(self, target: Array) -> Tensor:
        """Numbers → standardised float32 (n, O)."""
        numbers = self._learned(target)
        return torch.from_numpy(((numbers - self.mean) / self.scale).astype(np.float32))

    def answers(self, outputs_KBO: Tensor, temperature: float) -> Tensor:
        """Mean over members, in the target's unit; numbers have no temperature."""
        mean_O, scale_O = (
            torch.from_numpy(v).to(outputs_KBO.device) for v in (self.mean, self.scale)
        )
        numbers_BO = outputs_KBO.double().mean(dim=0) * scale_O + mean_O
        return torch.expm1(numbers_BO) if self.is_log else numbers_BO

    def decode(self, outputs_KBO: Tensor, temperature: float) -> Floats:
        """The answers, clamped to the training range ± 5 %, and to 0 if none there is below."""
        return np.clip(super().decode(outputs_KBO, temperature), self.low, self.high)

    def prior(self, target: Array) -> Floats:
        """The means."""
        return np.asarray(target.mean(axis=0))

    def row_losses(self, decoded: Floats, target: Array) -> Floats:
        """Squared error in standard deviations, mean over targets."""
        unit = self.scale if not self.is_log else np.maximum(self.high - self.low, 1e-300)
        return (((decoded - target) / unit) ** 2).mean(axis=1)

    def row_scores(self, decoded: Floats, target: Array) -> Floats:
        """Squared error in the target's unit; `validate` takes the root of the mean."""
        return ((decoded - target) ** 2).mean(axis=1)

    def validate(self, decoded: Floats, target: Array, weights: Floats) -> Validation:
        """Loss, and root mean squared error in the target's unit."""
        judged = super().validate(decoded, target, weights)
        return Validation(loss=judged.loss, score=float(np.sqrt(judged.score)))

    def calibrate(self, outputs_KBO: Tensor, decoded: Floats, target: Array) -> Conformal:
        """|g(y) − g(ŷ)| / local scale, (n, O), with g the logarithm where one is learned.

        A truth beyond what bounds are clipped to is infinitely far off, so that clipping takes
        nothing from the promise.
        """
        spread = np.median(self._spread(outputs_KBO), axis=0)
        scale = self._local_scale(outputs_KBO, spread)
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = np.abs(self._learned(target) - self._learned(decoded)) / scale
        is_beyond = (target < self.low) | (target > self.high)
        return Conformal.of(np.where(is_beyond, np.inf, scores), spread)

    def regions(self, outputs_KBO: Tensor, decoded: Floats, limit: Floats, spread: Floats) -> Array:
        """Low and high of each number, (B, O, 2), in its unit; clamped as predictions are."""
        center = self._learned(decoded)
        radius = limit * self._local_scale(outputs_KBO, spread)
        ends = np.stack([center - radius, center + radius], axis=2)
        with np.errstate(over="ignore"):
            numbers = np.expm1(ends) if self.is_log else ends
        clipped = np.clip(numbers, self.low[:, None], self.high[:, None])
        return np.where(np.isinf(limit)[:, None], ends, clipped)

    def without_values(self) -> Regression:
        """With a range on a coarse grid around the training's."""
        ends = [rounded_range(*pair) for pair in zip(self.low, self.high, strict=True)]
        low, high = np.array(ends).T
        return replace(self, low=low, high=high)

    def _learned(self, numbers: Floats) -> Floats:
        """Numbers in the unit the network learns, before they are standardised."""
        return np.log1p(numbers) if self.is_log else numbers

    def _spread(self, outputs_KBO: Tensor) -> Floats:
        """Standard deviation over the members, (B, O)."""
        return outputs_KBO.double().std(dim=0, correction=0).cpu().numpy() * self.scale

    def _local_scale(self, outputs_KBO: Tensor, spread: Floats) -> Floats:
        """Where the members disagree, predictions are worse (normalised conformal, Lei et al.).

        Twice the typical spread is added, so that a row on which the members happen to agree gets
        no needle of an interval. Without spread, as with one member, the scale is 1.
        """
        own = self._spread(outputs_KBO) + TYPICAL_SPREADS_ADDED * spread
        return np.where(spread > 0.0, own, 1.0)

    def to_json(self) -> dict[str, Any]:
        """Everything learned."""
        numbers = {name: getattr(self, name).tolist() for name in ("mean", "scale", "low", "high")}
        return {"kind": self.kind, "is_log": self.is_log, **numbers}
