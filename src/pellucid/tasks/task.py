"""What a task answers: everything the rest of the house asks about what is learned.

No other room asks which task it has before it; it asks the task. So a new one is one file with a
subclass of `Task`, and one line in `TASKS` (tasks/choice.py). The sections below say what it has
to answer, and when it is asked. What is abstract here differs from task to task; the rest has an
answer that suits most.

Shape letters: K = members, n, B = rows, C = classes, O = outputs, T = targets, R = resamples.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from pellucid.data.targets import Target, TargetReader
from pellucid.files.fields import Fields
from pellucid.tasks.answers import (
    Array,
    Bools,
    Finding,
    FlatFamily,
    Floats,
    Places,
    Resampled,
    Unit,
)
from pellucid.tasks.conformal import Conformal
from pellucid.tasks.metrics import LOG_LOSS, Folds, Score
from pellucid.training.events import Validation

if TYPE_CHECKING:
    from torch import Tensor

    from pellucid.network.losses import Loss


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is true of new rows.

    Attributes:
        task: The model's, with the classes that it does not know besides.
        target: The truth of each row as this task has it.
        places: Where each of the model's outputs stands among this task's.
        codes: Of classes, which of the model's each row has, or -1; None without classes.
        unknown: Classes that the model does not know, and how many rows have them.
    """

    task: Task
    target: Array
    places: Places
    codes: Places | None
    unknown: dict[str, int]

    def widened(self, decoded: Floats) -> Floats:
        """Predictions with 0 for each class that the model does not know."""
        wide = np.zeros((len(decoded), self.task.num_outputs))
        wide[:, self.places] = decoded
        return wide


class Task(ABC):
    """What every task is: abstract here, final in each subclass."""

    # ---- What it is called, and kept as ----

    kind: ClassVar[str]
    """Its name in `TASKS` and in model files."""
    called: ClassVar[str]
    """What a person calls it in `task=`: tasks that share a name tell their targets apart."""

    @classmethod
    @abstractmethod
    def from_json(cls, plain: Fields) -> Task:
        """The task that `to_json` described.

        Raises:
            ModelFileError: A field is none that it can have.
        """

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The task as plain data, its kind with it."""

    def without_values(self) -> Task:
        """The task as a private model keeps it: no single row's target stands in it."""
        return self

    # ---- Its target ----

    reader: ClassVar[TargetReader]
    """What the cells of its target are read as; the estimator for such targets learns it."""
    classes: Array | None = None
    """What each target may be, sorted; None for numbers."""

    @classmethod
    def suits(cls, target: Array) -> bool:
        """Whether targets of this shape are its own."""
        return True

    @classmethod
    @abstractmethod
    def fit(cls, target: Array, weights: Floats, classes: Array | None = None) -> Task:
        """The task that these training targets pose.

        Args:
            target: As the reader reads them: classes (n,), labels or numbers (n, O).
            weights: Of the rows (n,).
            classes: All classes there are, which the training targets may lack; None for numbers.
        """

    @classmethod
    def strata(cls, target: Array) -> Array | None:
        """What a split holds the same part of (n,), such as each class; None for nothing."""
        return None

    # ---- How it is learned ----

    loss_name: ClassVar[str]
    """Of a loss of `LOSSES`."""
    num_steps: ClassVar[int]
    """About so many steps the recipe takes."""
    bins_of_few_rows: ClassVar[int] = 0
    """Bins of each number where rows are few."""
    overfits_few_rows: ClassVar[bool] = True
    """Whether weights near 0 may be needed where rows are few, which validation has to tell."""
    chosen_by: ClassVar[Literal["loss", "score"]] = "loss"
    """Of two ways to learn the better: which of `Validation`'s numbers is smaller."""
    has_temperature: ClassVar[bool] = True
    """Whether outputs are probabilities, which a temperature makes hold."""

    is_log: bool = False
    """Whether what is learned is log(1 + y)."""

    @property
    def loss(self) -> Loss:
        """The loss that is made small."""
        from pellucid.network.losses import LOSSES

        return LOSSES[self.loss_name]

    @property
    @abstractmethod
    def loss_of_nothing(self) -> float:
        """The training loss of who knows nothing: predicts the mean, or every class alike."""

    @property
    @abstractmethod
    def num_outputs(self) -> int:
        """Neurons in the last layer."""

    @abstractmethod
    def encode(self, target: Array) -> Tensor:
        """Targets as a person has them → as the loss takes them, shape (n, …)."""

    def variants(self, target: Array, weights: Floats) -> list[Task]:
        """Further tasks as which these training targets may be learned better."""
        return []

    # ---- What it predicts ----

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
    def values(self, decoded: Floats) -> Array:
        """Predictions (n, C or O) as targets are: a class (n,), a 0/1 or a number each (n, O)."""

    @abstractmethod
    def columns(
        self, decoded: Floats, regions: Array | None, targets: Sequence[str]
    ) -> Mapping[str, Any]:
        """Columns of a file of predictions, with their cells.

        Args:
            decoded: The predictions (n, C or O).
            regions: What `regions` gave for them, if it was asked for.
            targets: Names of the targets; none if they have none.
        """

    # ---- How sure it is ----

    region_name: ClassVar[Literal["sets", "intervals"]] = "sets"
    """What `regions` gives."""

    @property
    def conformal_shape(self) -> tuple[int, ...]:
        """Shape of one row's score in `calibrate`: () or (O,)."""
        return (self.num_outputs,)

    @property
    def num_spreads(self) -> int:
        """How many typical spreads of the members `calibrate` finds."""
        return 0

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

    @abstractmethod
    def coverage(self, regions: Array, truth: Truth) -> tuple[Bools, Floats]:
        """Whether regions held the truth (n, T), and how large they are for each target (T,)."""

    # ---- How good it is ----

    score_name: ClassVar[str]
    """The headline score."""
    loss_title: ClassVar[str] = LOG_LOSS
    """What the loss is called beside the score; "" where the score says the same."""
    error_name: ClassVar[str]
    """What `error` is, which falls with more rows."""
    prior_name: ClassVar[str]
    """What predicting the `prior` for every row is called."""

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

    def error(self, score: float) -> float:
        """The part that is wrong, of a headline score that says how much is right."""
        return 1.0 - score

    @abstractmethod
    def scores(
        self,
        decoded: Floats,
        target: Array,
        folds: Folds | None = None,
        reference: Floats | None = None,
    ) -> list[Score]:
        """Every score with its interval, headline first.

        Args:
            decoded: The predictions (n, C or O).
            target: The truth.
            folds: Fold in which each row was predicted (n,), each by another model; None for one.
            reference: The `prior` of the rows that each fold's model learned from (n, C or O).
        """

    def resampled(self, decoded: Floats, target: Array, folds: Folds | None) -> Resampled | None:
        """The scores whose rows can be drawn again, to tell differences; None for no score."""
        return None

    def score_drop(self, before: Floats, after: Floats, weights: Floats) -> Floats:
        """What each row adds to how much worse the score gets, so that the mean is the drop.

        Args:
            before: What `row_scores` gave (n,).
            after: What it gives now.
            weights: Of the rows (n,).
        """
        return before - after

    def truth_of(self, taken: Target) -> Truth:
        """The targets of new rows, which may hold what the model does not know.

        Raises:
            DataError: It knows none of them.
        """
        places = np.arange(self.num_outputs)
        return Truth(task=self, target=taken.values, places=places, codes=None, unknown={})

    def known(self, target: Array) -> tuple[Places, Array]:
        """Places of the rows whose target it knows, and these targets as it has them."""
        return np.arange(len(target)), target

    # ---- Beside flat algorithms ----

    flat_family: ClassVar[FlatFamily | None] = None
    """Which of them learn the same; None if none do, so that it is not compared."""

    def flat_target(self, target: Array) -> Array:
        """Targets as they take them: codes of classes (n,), or numbers (n, O)."""
        return target

    def from_flat(self, predictions: Floats, classes: Array | None) -> Floats:
        """Their predictions as ours, (n, C or O).

        Args:
            predictions: Probabilities of the classes they saw, or numbers.
            classes: The codes of these classes; None without classes.
        """
        return predictions

    # ---- Why: what is explained, and what it is called ----

    @property
    def class_names(self) -> Sequence[str]:
        """The classes of which each row has one; none if targets are something else."""
        return ()

    @property
    def num_targets(self) -> int:
        """Columns of the target T."""
        return self.num_outputs

    @abstractmethod
    def output_names(self, targets: Sequence[str]) -> list[str]:
        """What each output stands for: a class, a label or a number.

        Args:
            targets: Names of the targets; none if they have none.
        """

    def answer_name(self, place: int, targets: Sequence[str]) -> str:
        """What the answer at a place is, such as "probability of yes" or "price"."""
        return f"probability of {self.output_names(targets)[place]}"

    def explained(self, decoded: Floats) -> Places:
        """Which output of each row is explained (n,): the first, if there is nothing to choose."""
        return np.zeros(len(decoded), dtype=np.int64)

    @property
    def usual_output(self) -> int:
        """Which output answers to a column, where nobody says."""
        return 0

    @property
    def units(self) -> Tensor:
        """What counts as 1 of each answer, float64 (O,)."""
        import torch

        return torch.ones(self.num_outputs, dtype=torch.float64)

    def unit(self, place: int, z: float, prediction: float) -> Unit | None:
        """How a z became a prediction in the target's unit; None where it has none."""
        return None

    # ---- What the rows that judged show ----

    findings: ClassVar[tuple[Finding, ...]]
    """What a page tells of them."""

    @abstractmethod
    def truth_words(self, target: Any) -> str:
        """One row's target as a person reads it."""

    @abstractmethod
    def answer_words(self, decoded: Floats) -> str:
        """One row's prediction likewise."""

    def confidence(self, decoded: Floats) -> Floats | None:
        """Probability of each row's predicted class (n,); None where there is no one class."""
        return None

    def found(
        self, decoded: Floats, target: Array, targets: Sequence[str]
    ) -> list[tuple[str, Bools, Bools]]:
        """Each class or label: its name, which rows are of it, which were taken for it.

        Args:
            decoded: The predictions.
            target: The truth.
            targets: Names of the targets.
        """
        return []
