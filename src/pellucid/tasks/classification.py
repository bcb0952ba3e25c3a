"""One of several classes.

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
