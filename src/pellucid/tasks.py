"""What each task fixes: how targets become numbers, the last layer, the loss, the headline score.

Shape letters: K = members, B = rows, C = classes, O = numeric targets or labels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.conformal import Conformal
from pellucid.data.private import rounded_range
from pellucid.network.losses import LOSSES, Loss
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


def classes_to_json(classes: Array) -> dict[str, Any]:
    """Classes with the type a person gave them."""
    kind = "str" if classes.dtype.kind in "UO" else classes.dtype.name
    return {"type": kind, "values": classes.tolist()}


@dataclass(frozen=True, eq=False)
class Classification(Task):
    """One of several classes.

    Attributes:
        classes: The classes, sorted, shape (C,).
    """

    kind = "classification"
    loss_name = "cross_entropy"
    score_name = "accuracy"
    classes: Array

    @property
    def num_outputs(self) -> int:
        """One neuron a class."""
        return len(self.classes)

    def encode(self, target: Array) -> Tensor:
        """Class → its position in `classes`, int64 (n,)."""
        return torch.from_numpy(np.searchsorted(self.classes, target).astype(np.int64))

    def answers(self, outputs_KBO: Tensor, temperature: float) -> Tensor:
        """Mean over members of softmax(z / T), shape (B, C)."""
        return torch.softmax(outputs_KBO.double() / temperature, dim=2).mean(dim=0)

    def prior(self, target: Array) -> Floats:
        """The part of each class."""
        codes = self.encode(target).numpy()
        return np.bincount(codes, minlength=len(self.classes)) / len(codes)

    def row_losses(self, decoded: Floats, target: Array) -> Floats:
        """−log p of the true class."""
        right = decoded[np.arange(len(target)), self.encode(target).numpy()]
        return -np.log(np.maximum(right, SMALLEST_PROBABILITY))

    def row_scores(self, decoded: Floats, target: Array) -> Floats:
        """1 where the likeliest class is the true one."""
        return (decoded.argmax(axis=1) == self.encode(target).numpy()).astype(float)

    def calibrate(self, outputs_KBO: Tensor, decoded: Floats, target: Array) -> Conformal:
        """1 − p of the true class, (n,)."""
        return Conformal.of(1.0 - decoded[np.arange(len(target)), self.encode(target).numpy()])

    def regions(self, outputs_KBO: Tensor, decoded: Floats, limit: Floats, spread: Floats) -> Array:
        """Which classes are in each row's set, (B, C): 1 − p ≤ limit, and always the likeliest.

        Least ambiguous sets (Sadinle, Lei & Wasserman 2019, arXiv:1609.00451).
        """
        is_likeliest = np.arange(len(self.classes)) == decoded.argmax(axis=1)[:, None]
        return np.asarray((1.0 - decoded <= limit) | is_likeliest)

    def to_json(self) -> dict[str, Any]:
        """The classes."""
        return {"kind": self.kind, "classes": classes_to_json(self.classes)}


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
