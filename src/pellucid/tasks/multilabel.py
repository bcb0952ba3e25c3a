"""Several yes/no labels, each on its own.

Shape letters: K = members, n, B = rows, O = labels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.targets import CLASSES
from pellucid.files.fields import Fields
from pellucid.tasks.answers import Array, Bools, Floats, named
from pellucid.tasks.conformal import Conformal
from pellucid.tasks.metrics import SMALLEST_PROBABILITY, Folds, Score, label_scores
from pellucid.tasks.sets import in_words
from pellucid.tasks.task import Task, Truth

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Multilabel(Task):
    """Several yes/no labels, each on its own.

    Attributes:
        num_labels: Number of labels O.
    """

    kind = "multilabel"
    called = "classification"
    reader = CLASSES
    classes = np.array([0, 1])
    loss_name = "binary_cross_entropy"
    num_steps = 3_000
    score_name = "accuracy of a label"
    error_name = "error rate of a label"
    prior_name = "majority class"
    findings = ("mistakes",)
    num_labels: int

    @classmethod
    def suits(cls, target: Array) -> bool:
        """Of several columns."""
        return target.ndim == 2

    @classmethod
    def fit(cls, target: Array, weights: Floats, classes: Array | None = None) -> Multilabel:
        """So many labels."""
        return cls(target.shape[1])

    @property
    def num_outputs(self) -> int:
        """One neuron a label."""
        return self.num_labels

    @property
    def loss_of_nothing(self) -> float:
        """−log ½ of each label."""
        return self.num_labels * math.log(2.0)

    def encode(self, target: Array) -> Tensor:
        """0/1 → float32 (n, O)."""
        import torch

        return torch.from_numpy(np.asarray(target, dtype=np.float32))

    def answers(self, outputs_KBO: Tensor, temperature: float) -> Tensor:
        """Mean over members of s(z / T), shape (B, O)."""
        import torch

        from pellucid.network.tiles import by_number, mean_over_members

        return mean_over_members(by_number(torch.sigmoid, outputs_KBO.double() / temperature))

    def prior(self, target: Array) -> Floats:
        """The part of each label that is yes."""
        return (target > 0).mean(axis=0)

    def values(self, decoded: Floats) -> Array:
        """1 where yes is likelier, or as likely as no."""
        return (decoded >= 0.5).astype(int)

    def columns(
        self, decoded: Floats, regions: Array | None, targets: Sequence[str]
    ) -> Mapping[str, Any]:
        """The probability of each label, and the set of no and yes."""
        names = [f"probability {name}" for name in named(targets, self.num_labels)]
        columns: dict[str, Any] = dict(zip(names, decoded.T, strict=True))
        if regions is None:
            return columns
        for place, name in enumerate(targets or names):
            both = np.stack([1.0 - decoded[:, place], decoded[:, place]], axis=1)
            columns[f"{name} set"] = in_words(both, regions[:, place], ("no", "yes"))
        return columns

    def calibrate(self, outputs_KBO: Tensor, decoded: Floats, target: Array) -> Conformal:
        """1 − p of the truth of each label, (n, O)."""
        return Conformal.of(np.where(target > 0, 1.0 - decoded, decoded))

    def regions(self, outputs_KBO: Tensor, decoded: Floats, limit: Floats, spread: Floats) -> Array:
        """Whether no and yes are in each label's set, (B, O, 2), and always the likelier."""
        is_yes = decoded >= 0.5
        no, yes = (decoded <= limit) | ~is_yes, (1.0 - decoded <= limit) | is_yes
        return np.stack([no, yes], axis=2)

    def coverage(self, regions: Array, truth: Truth) -> tuple[Bools, Floats]:
        """Whether each label's set held the truth, and the mean number of answers in one."""
        is_yes = (truth.target > 0).astype(int)[:, :, None]
        held = np.take_along_axis(regions, is_yes, axis=2)[:, :, 0]
        return held, regions.sum(axis=2).mean(axis=0)

    def row_losses(self, decoded: Floats, target: Array) -> Floats:
        """−log p of each label's truth, summed."""
        right = np.where(target > 0, decoded, 1.0 - decoded)
        return -np.log(np.maximum(right, SMALLEST_PROBABILITY)).sum(axis=1)

    def row_scores(self, decoded: Floats, target: Array) -> Floats:
        """Part of the labels that are right."""
        return ((decoded >= 0.5) == (target > 0)).mean(axis=1)

    def scores(
        self,
        decoded: Floats,
        target: Array,
        folds: Folds | None = None,
        reference: Floats | None = None,
    ) -> list[Score]:
        """Part of the labels that are right, and log-loss of a row."""
        return label_scores(decoded, target)

    def output_names(self, targets: Sequence[str]) -> list[str]:
        """The labels."""
        return named(targets, self.num_labels)

    def truth_words(self, target: Any) -> str:
        """Yes or no, for each label."""
        return ", ".join("yes" if value else "no" for value in target)

    def answer_words(self, decoded: Floats) -> str:
        """The likelier of both, for each label."""
        return self.truth_words(decoded >= 0.5)

    def found(
        self, decoded: Floats, target: Array, targets: Sequence[str]
    ) -> list[tuple[str, Bools, Bools]]:
        """The "yes" of each label, in their order."""
        truth, answer = target > 0, decoded >= 0.5
        return [
            (name, truth[:, i], answer[:, i]) for i, name in enumerate(self.output_names(targets))
        ]

    def to_json(self) -> dict[str, Any]:
        """The number of labels."""
        return {"kind": self.kind, "num_labels": self.num_labels}

    @classmethod
    def from_json(cls, plain: Fields) -> Multilabel:
        """The number of labels that `to_json` described."""
        return cls(plain.whole("num_labels", at_least=1))
