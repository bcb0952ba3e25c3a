"""One or several numbers.

Shape letters: K = members, n, B = rows, O = numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.kinds.coarse import rounded_range
from pellucid.data.targets import NUMBERS
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.tasks.answers import Array, Bools, Floats, Resampled, Unit, named
from pellucid.tasks.conformal import Conformal
from pellucid.tasks.metrics import Folds, Score, number_scores
from pellucid.tasks.resampling import number_scorer
from pellucid.tasks.task import Task, Truth
from pellucid.training.events import Validation
from pellucid.wording import show

if TYPE_CHECKING:
    from torch import Tensor

CLAMP_BEYOND_RANGE = 0.05
TYPICAL_SPREADS_ADDED = 2.0
SKEWED = 2.0


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
    called = "regression"
    reader = NUMBERS
    loss_name = "mean_squared_error"
    num_steps = 5_000
    bins_of_few_rows = 8
    overfits_few_rows = False
    chosen_by = "score"
    has_temperature = False
    region_name = "intervals"
    score_name = "RMSE"
    loss_title = ""
    error_name = "RMSE"
    prior_name = "mean"
    flat_family = "regressor"
    findings = ("residuals",)
    mean: Floats
    scale: Floats
    low: Floats
    high: Floats
    is_log: bool = False

    @classmethod
    def fit(
        cls,
        target: Array,
        weights: Floats,
        classes: Array | None = None,
        *,
        is_log: bool = False,
    ) -> Regression:
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

    @property
    def loss_of_nothing(self) -> float:
        """Of standardised numbers."""
        return 1.0

    def variants(self, target: Array, weights: Floats) -> list[Task]:
        """As its logarithm, where a target is positive and very skewed."""
        return [Regression.fit(target, weights, is_log=True)] if _is_skewed(target) else []

    def encode(self, target: Array) -> Tensor:
        """Numbers → standardised float32 (n, O); infinite where they are beyond that type."""
        import torch

        standardised = (self._learned(target) - self.mean) / self.scale
        with np.errstate(over="ignore"):  # whoever learns from them is told of the loss
            return torch.from_numpy(standardised.astype(np.float32))

    def answers(self, outputs_KBO: Tensor, temperature: float) -> Tensor:
        """Mean over members, in the target's unit; numbers have no temperature."""
        import torch

        from pellucid.network.tiles import by_number, mean_over_members

        mean_O, scale_O = (
            torch.from_numpy(v).to(outputs_KBO.device) for v in (self.mean, self.scale)
        )
        numbers_BO = mean_over_members(outputs_KBO.double()) * scale_O + mean_O
        return by_number(torch.expm1, numbers_BO) if self.is_log else numbers_BO

    def decode(self, outputs_KBO: Tensor, temperature: float) -> Floats:
        """The answers, clamped to the training range ± 5 %, and to 0 if none there is below."""
        return np.clip(super().decode(outputs_KBO, temperature), self.low, self.high)

    def prior(self, target: Array) -> Floats:
        """The means."""
        return np.asarray(target.mean(axis=0))

    def values(self, decoded: Floats) -> Array:
        """The numbers."""
        return decoded

    def columns(
        self, decoded: Floats, regions: Array | None, targets: Sequence[str]
    ) -> Mapping[str, Any]:
        """Each number, then low and high of each."""
        names = ["prediction"]
        if self.num_outputs > 1:
            names = [f"prediction {name}" for name in named(targets, self.num_outputs)]
        columns = dict(zip(names, decoded.T, strict=True))
        if regions is None:
            return columns
        for place, name in enumerate(targets or names):
            columns[f"{name} low"] = regions[:, place, 0]
            columns[f"{name} high"] = regions[:, place, 1]
        return columns

    def row_losses(self, decoded: Floats, target: Array) -> Floats:
        """Squared error in standard deviations, mean over targets; infinite beyond float64."""
        unit = self.scale if not self.is_log else np.maximum(self.high - self.low, 1e-300)
        with np.errstate(over="ignore"):
            return (((decoded - target) / unit) ** 2).mean(axis=1)

    def row_scores(self, decoded: Floats, target: Array) -> Floats:
        """Squared error in the target's unit; `validate` takes the root of the mean."""
        return ((decoded - target) ** 2).mean(axis=1)

    def validate(self, decoded: Floats, target: Array, weights: Floats) -> Validation:
        """Loss, and root mean squared error in the target's unit."""
        judged = super().validate(decoded, target, weights)
        return Validation(loss=judged.loss, score=float(np.sqrt(judged.score)))

    def error(self, score: float) -> float:
        """The score itself."""
        return score

    def scores(
        self,
        decoded: Floats,
        target: Array,
        folds: Folds | None = None,
        reference: Floats | None = None,
    ) -> list[Score]:
        """Root mean squared error, mean absolute error and R²."""
        return number_scores(decoded, target, reference)

    def resampled(self, decoded: Floats, target: Array, folds: Folds | None) -> Resampled | None:
        """Root mean squared error and mean absolute error."""
        return number_scorer(decoded, target)

    def score_drop(self, before: Floats, after: Floats, weights: Floats) -> Floats:
        """By how much the root grows, which has no share of a row.

        By the delta method, a row's deviation from the mean counts with the root's slope there.
        """

        def root(squares: Floats) -> Floats:
            mean = np.average(squares, weights=weights)
            rmse = np.sqrt(mean)
            return rmse + (squares - mean) / (2.0 * max(rmse, np.finfo(float).tiny))

        return np.asarray(root(after) - root(before))

    @property
    def num_spreads(self) -> int:
        """One of each number."""
        return self.num_outputs

    def calibrate(self, outputs_KBO: Tensor, decoded: Floats, target: Array) -> Conformal:
        """|g(y) − g(ŷ)| / local scale, (n, O), with g the logarithm where one is learned.

        A truth beyond what bounds are clipped to is infinitely far off, so that clipping takes
        nothing from the promise.
        """
        spread = np.median(self._spread(outputs_KBO), axis=0)
        scale = self._local_scale(outputs_KBO, spread)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
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

    def coverage(self, regions: Array, truth: Truth) -> tuple[Bools, Floats]:
        """Whether each interval held the number, and the middle width of one."""
        low, high = regions[:, :, 0], regions[:, :, 1]
        held = (low <= truth.target) & (truth.target <= high)
        return held, np.median(high - low, axis=0)

    def output_names(self, targets: Sequence[str]) -> list[str]:
        """The numbers."""
        return named(targets, self.num_outputs)

    def answer_name(self, place: int, targets: Sequence[str]) -> str:
        """The number."""
        return self.output_names(targets)[place]

    @property
    def units(self) -> Tensor:
        """The standard deviation, or of what was learned as a logarithm the range."""
        import torch

        return torch.from_numpy(self.high - self.low if self.is_log else self.scale)

    def unit(self, place: int, z: float, prediction: float) -> Unit | None:
        """Mean and scale of the number."""
        return Unit(
            z=z,
            scale=float(self.scale[place]),
            mean=float(self.mean[place]),
            is_log=self.is_log,
            prediction=prediction,
        )

    def truth_words(self, target: Any) -> str:
        """The numbers."""
        return ", ".join(show(float(value)) for value in target)

    def answer_words(self, decoded: Floats) -> str:
        """The numbers."""
        return self.truth_words(decoded)

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

    @classmethod
    def from_json(cls, plain: Fields) -> Regression:
        """The numbers that `to_json` described: one of each kind for every target."""
        mean, scale, low, high = (
            np.array(plain.numbers(name), dtype=float) for name in ("mean", "scale", "low", "high")
        )
        if not len(mean) == len(scale) == len(low) == len(high) > 0:
            raise ModelFileError(
                f"The numbers of {plain.what} are not one of each for every target."
            )
        if not ((scale > 0.0).all() and (low <= high).all()):
            raise ModelFileError(f"The scale or the range of {plain.what} is none.")
        is_log = plain.flag("is_log")
        if is_log and (low < 0.0).any():
            raise ModelFileError(f"The range of {plain.what} has no logarithm.")
        return cls(mean, scale, low, high, is_log)


def _is_skewed(target: Floats) -> bool:
    """Whether a target (n, 1) is positive and has a long tail of large numbers."""
    if target.shape[1] > 1 or target.min() < 0.0:
        return False
    deviation = target - target.mean()
    spread = float(np.sqrt((deviation**2).mean()))
    return spread > 0.0 and float((deviation**3).mean()) / spread**3 > SKEWED
