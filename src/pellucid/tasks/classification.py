"""One of several classes.

Shape letters: K = members, n, B = rows, C = classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pellucid.data.classes import codes_of, keys_of
from pellucid.data.targets import CLASSES, Target
from pellucid.errors import DataError, ModelFileError
from pellucid.files.fields import Fields
from pellucid.tasks.answers import Array, Bools, Floats, Places, Resampled
from pellucid.tasks.conformal import Conformal
from pellucid.tasks.metrics import SMALLEST_PROBABILITY, Folds, Score, class_scores
from pellucid.tasks.resampling import class_scorer
from pellucid.tasks.sets import in_words
from pellucid.tasks.task import Task, Truth

if TYPE_CHECKING:
    from torch import Tensor

CLASS_TYPES = (
    *("str", "bool", "float16", "float32", "float64"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
"""Types of classes: a closed list, so that no name in a file is looked up anywhere."""
MOST_CLASS_CHARACTERS = 2**24


@dataclass(frozen=True, eq=False)
class Classification(Task):
    """One of several classes.

    Attributes:
        classes: The classes, sorted, shape (C,).
    """

    kind = "classification"
    called = "classification"
    reader = CLASSES
    loss_name = "cross_entropy"
    num_steps = 3_000
    score_name = "accuracy"
    error_name = "error rate"
    prior_name = "majority class"
    flat_family = "classifier"
    findings = ("mistakes", "reliability")
    classes: Array

    @classmethod
    def suits(cls, target: Array) -> bool:
        """Of one column."""
        return target.ndim == 1

    @classmethod
    def fit(cls, target: Array, weights: Floats, classes: Array | None = None) -> Classification:
        """All classes there are."""
        return cls(np.unique(target) if classes is None else classes)

    @classmethod
    def strata(cls, target: Array) -> Array | None:
        """The classes."""
        return target

    @property
    def num_outputs(self) -> int:
        """One neuron a class."""
        return len(self.classes)

    @property
    def num_targets(self) -> int:
        """One column."""
        return 1

    @property
    def loss_of_nothing(self) -> float:
        """−log of one in so many."""
        return math.log(self.num_outputs)

    def encode(self, target: Array) -> Tensor:
        """Class → its position in `classes`, int64 (n,)."""
        import torch

        return torch.from_numpy(self._codes(target))

    def _codes(self, target: Array) -> Places:
        return np.searchsorted(self.classes, target).astype(np.int64)

    def answers(self, outputs_KBO: Tensor, temperature: float) -> Tensor:
        """Mean over members of softmax(z / T), shape (B, C)."""
        from pellucid.network.tiles import mean_over_members

        return mean_over_members((outputs_KBO.double() / temperature).softmax(dim=2))

    def prior(self, target: Array) -> Floats:
        """The part of each class."""
        codes = self._codes(target)
        return np.bincount(codes, minlength=len(self.classes)) / len(codes)

    def values(self, decoded: Floats) -> Array:
        """The likeliest class."""
        return self.classes[decoded.argmax(axis=1)]

    def columns(
        self, decoded: Floats, regions: Array | None, targets: Sequence[str]
    ) -> Mapping[str, Any]:
        """The likeliest class, the set of those that may be, and the probability of each."""
        # Not `values`: texts cross over to Polars once for each class, and not for each row.
        columns: dict[str, Any] = {"prediction": pl.Series(self.classes)[decoded.argmax(axis=1)]}
        if regions is not None:
            columns["set"] = in_words(decoded, regions, self.class_names)
        names = [f"probability {name}" for name in self.class_names]
        return {**columns, **dict(zip(names, decoded.T, strict=True))}

    @property
    def conformal_shape(self) -> tuple[int, ...]:
        """One score a row."""
        return ()

    def calibrate(self, outputs_KBO: Tensor, decoded: Floats, target: Array) -> Conformal:
        """1 − p of the true class, (n,)."""
        return Conformal.of(1.0 - decoded[np.arange(len(target)), self._codes(target)])

    def regions(self, outputs_KBO: Tensor, decoded: Floats, limit: Floats, spread: Floats) -> Array:
        """Which classes are in each row's set, (B, C): 1 − p ≤ limit, and always the likeliest.

        Least ambiguous sets (Sadinle, Lei & Wasserman 2019, arXiv:1609.00451).
        """
        is_likeliest = np.arange(len(self.classes)) == decoded.argmax(axis=1)[:, None]
        return np.asarray((1.0 - decoded <= limit) | is_likeliest)

    def coverage(self, regions: Array, truth: Truth) -> tuple[Bools, Floats]:
        """Whether each set held the true class (n, 1), and the mean number of classes in one."""
        codes = np.full(len(regions), -1) if truth.codes is None else truth.codes
        # A class that the model does not know is in no set.
        held = regions[np.arange(len(regions)), codes] & (codes >= 0)
        return held[:, None], regions.sum(axis=1).mean(keepdims=True)

    def row_losses(self, decoded: Floats, target: Array) -> Floats:
        """−log p of the true class."""
        right = decoded[np.arange(len(target)), self._codes(target)]
        return -np.log(np.maximum(right, SMALLEST_PROBABILITY))

    def row_scores(self, decoded: Floats, target: Array) -> Floats:
        """1 where the likeliest class is the true one."""
        return (decoded.argmax(axis=1) == self._codes(target)).astype(float)

    def scores(
        self,
        decoded: Floats,
        target: Array,
        folds: Folds | None = None,
        reference: Floats | None = None,
    ) -> list[Score]:
        """Accuracy, log-loss, area under the ROC curve and calibration error."""
        return class_scores(decoded, self._codes(target), folds)

    def resampled(self, decoded: Floats, target: Array, folds: Folds | None) -> Resampled | None:
        """Accuracy, log-loss and the area."""
        rights, losses = self.row_scores(decoded, target), self.row_losses(decoded, target)
        return class_scorer(decoded, self._codes(target), rights, losses, folds)

    def truth_of(self, taken: Target) -> Truth:
        """The model's classes among those of the rows, however their cells are typed."""
        known, keys = keys_of(self.classes, taken.values.tolist())
        codes = codes_of(self.classes, taken.values.tolist())
        if (codes < 0).all():
            raise DataError(
                f"No row of {taken.table.name} has a class that the model knows: the target "
                f"{taken.names[0]!r} is {keys[0]!r} in the first, and the model knows "
                f"{', '.join(map(repr, known[:10]))}. Write classes as in training.",
                file=taken.table.name,
                column=taken.names[0],
            )
        strange, counts = np.unique(np.array(keys)[codes < 0], return_counts=True)
        task, target, places = self, self.classes[codes], np.arange(self.num_outputs)
        if len(strange):
            task = Classification(np.unique([*known, *strange.tolist()]))
            target, places = np.array(keys), np.searchsorted(task.classes, known)
        return Truth(
            task=task,
            target=target,
            places=places,
            codes=codes,
            unknown=dict(zip(strange.tolist(), counts.tolist(), strict=True)),
        )

    def known(self, target: Array) -> tuple[Places, Array]:
        """The rows of its classes, these as training writes them."""
        codes = codes_of(self.classes, target.tolist())
        return np.flatnonzero(codes >= 0), self.classes[codes[codes >= 0]]

    def flat_target(self, target: Array) -> Array:
        """Positions of the classes (n,)."""
        return self._codes(target)

    def from_flat(self, predictions: Floats, classes: Array | None) -> Floats:
        """In the order of all classes, some of which the rows learned from may not have had."""
        probabilities = np.zeros((len(predictions), len(self.classes)))
        probabilities[:, classes] = predictions
        return probabilities

    @property
    def class_names(self) -> Sequence[str]:
        """The classes as texts."""
        return [str(name) for name in self.classes]

    def output_names(self, targets: Sequence[str]) -> list[str]:
        """The classes."""
        return list(self.class_names)

    def explained(self, decoded: Floats) -> Places:
        """The likeliest class of each row."""
        return decoded.argmax(axis=1)

    @property
    def usual_output(self) -> int:
        """The last class, which of two is mostly the "yes"."""
        return len(self.classes) - 1

    def truth_words(self, target: Any) -> str:
        """The class."""
        return str(target)

    def answer_words(self, decoded: Floats) -> str:
        """The likeliest class."""
        return str(self.classes[decoded.argmax()])

    def confidence(self, decoded: Floats) -> Floats | None:
        """The greatest probability of each row."""
        return decoded.max(axis=1)

    def found(
        self, decoded: Floats, target: Array, targets: Sequence[str]
    ) -> list[tuple[str, Bools, Bools]]:
        """Each class, the most frequent first."""
        codes, likeliest = self._codes(target), decoded.argmax(axis=1)
        found = [(n, codes == c, likeliest == c) for c, n in enumerate(self.class_names)]
        return sorted(found, key=lambda each: -int(each[1].sum()))

    def to_json(self) -> dict[str, Any]:
        """The classes, with the type a person gave them."""
        kind = "str" if self.classes.dtype.kind in "UO" else self.classes.dtype.name
        return {"kind": self.kind, "classes": {"type": kind, "values": self.classes.tolist()}}

    @classmethod
    def from_json(cls, plain: Fields) -> Classification:
        """The classes that `to_json` described: sorted, each once."""
        return cls(_classes_from(plain.inner("classes")))


def _classes_from(plain: Fields) -> Array:
    kind = plain.text("type", among=CLASS_TYPES)
    if kind == "str":
        classes = _class_texts(plain)
    elif kind == "bool":
        classes = np.array(plain.flags("values"), dtype=bool)
    else:
        classes = _class_numbers(plain, np.dtype(kind))
    if len(classes) == 0 or not (classes[1:] > classes[:-1]).all():
        raise ModelFileError(f"The values of {plain.what} are no classes in ascending order.")
    return classes


def _class_texts(plain: Fields) -> Array:
    values = plain.texts("values")
    # NumPy gives each text the room of the longest.
    if len(values) * max(map(len, values), default=0) > MOST_CLASS_CHARACTERS:
        raise ModelFileError(f"The values of {plain.what} are too long for classes.")
    return np.array(values, dtype=str)


def _class_numbers(plain: Fields, dtype: np.dtype[Any]) -> Array:
    if dtype.kind == "f":
        return np.array(plain.numbers("values"), dtype=dtype)
    values, limits = plain.wholes("values"), np.iinfo(dtype)
    if any(not limits.min <= value <= limits.max for value in values):
        raise ModelFileError(f"The values of {plain.what} are no numbers of type {dtype}.")
    return np.array(values, dtype=dtype)
