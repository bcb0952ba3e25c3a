"""What happens while a network learns, told as a stream of events.

The progress display, the log and the caller's own code all read the same stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pellucid.network.network import Network


Schedule = Literal["constant", "linear"]
"""How the learning rate goes on after the warm-up: as it is, or let down to 0 in a line."""


@dataclass(frozen=True, kw_only=True)
class Validation:
    """How well the network does on rows it does not learn from.

    Attributes:
        loss: Mean loss of a row.
        score: Headline score of the task (accuracy, or error in the target's unit).
    """

    loss: float
    score: float


@dataclass(frozen=True, kw_only=True)
class StageStarted:
    """A part of the work begins, where there are several.

    Attributes:
        name: What is done in it, in a word or a few.
    """

    name: str


@dataclass(frozen=True, kw_only=True)
class TrainingStarted:
    """The network is built and has its first weights, or those of a checkpoint.

    Attributes:
        network: What is going to learn; look, do not touch.
        step: Steps it has taken before: 0, or as many as a checkpoint says.
        num_steps: Steps planned at most.
        reason: Why it had ended before, so that no step is left to take; None if it goes on.
    """

    network: Network
    step: int
    num_steps: int
    reason: Reason | None


@dataclass(frozen=True, kw_only=True)
class StepsTaken:
    """Some steps were taken; told a few times a second.

    Attributes:
        epoch: Number of the running epoch, from 1.
        step: Steps taken so far.
        num_steps: Steps planned at most.
        loss: Mean training loss of this epoch's batches so far.
        rows_per_second: Training speed.
        remaining_seconds: Estimated time left, if all planned steps are taken.
    """

    epoch: int
    step: int
    num_steps: int
    loss: float
    rows_per_second: float
    remaining_seconds: float


Reason = Literal[
    "validation hardly better",
    "all epochs done",
    "time budget spent",
    "interrupted",
    "stopped",
    "loss is not finite",
]
"""Interrupted by Ctrl-C, or stopped by the caller."""
COMPLETE: tuple[Reason, ...] = ("validation hardly better", "all epochs done")
"""Reasons of a training that nothing ended before its time."""
ASKED_TO_END: tuple[Reason, ...] = ("interrupted", "stopped")
"""Reasons after which it may go on from where it is."""


@dataclass(frozen=True, kw_only=True)
class TrainingStopped:
    """A reason to stop came after a step.

    It is told before the running epoch is judged: the last moment at which all is as in a training
    that goes on.

    Attributes:
        reason: Why.
        step: Steps taken.
    """

    reason: Reason
    step: int


@dataclass(frozen=True, kw_only=True)
class EpochEnded:
    """Every training row was used once more, or training was stopped on the way.

    Attributes:
        epoch: Number of the epoch, from 1.
        loss: Mean training loss of this epoch's batches.
        validation: The state of the validation rows, if there are any.
        is_best: Whether this is the best state so far.
        seconds: Time since the start.
    """

    epoch: int
    loss: float
    validation: Validation | None
    is_best: bool
    seconds: float


@dataclass(frozen=True, kw_only=True)
class TrainingEnded:
    """The network now has its final weights: those of the best epoch.

    Attributes:
        reason: Why training ended.
        epochs: Epochs begun.
        steps: Steps taken.
        best_epoch: The epoch whose weights were kept; 0 if none was complete.
        seconds: Time training took.
    """

    reason: Reason
    epochs: int
    steps: int
    best_epoch: int
    seconds: float


Event = StageStarted | TrainingStarted | StepsTaken | TrainingStopped | EpochEnded | TrainingEnded
