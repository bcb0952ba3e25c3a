"""Where a training is: what learns, from what, and everything its next step depends on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from pellucid.inputs import Inputs
from pellucid.network.losses import Loss
from pellucid.network.network import Network
from pellucid.network.optimizers import Optimizer
from pellucid.training.averaging import DECAY, RunningAverage
from pellucid.training.events import (
    EpochEnded,
    Reason,
    Schedule,
    StepsTaken,
    TrainingEnded,
    Validation,
)
from pellucid.training.stopping import Clock, TimeBudget

Batch = tuple[Inputs | Tensor, Tensor, Tensor | None]
"""Inputs or x (B, I), targets of all members' rows (R, …), weights (R,) or None."""

SECONDS_BETWEEN_REPORTS = 0.2
MOST_WARM_UP_STEPS = 100
AVERAGED_IN_AN_EPOCH = 16
"""About so often in an epoch weights are averaged: of a large table that is a pass each time."""
LAST_PART = 1 / 3
FEWEST_STEPS_WITHOUT_GAIN = 100


class Batches(Protocol):
    """What is learned from: iterated once an epoch."""

    @property
    def num_batches(self) -> int:
        """Batches in an epoch."""

    @property
    def num_rows(self) -> int:
        """Rows in an epoch."""

    def __iter__(self) -> Iterator[Batch]: ...

    def state(self) -> dict[str, Tensor]:
        """Where it is within which epoch."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from there; ValueError if it is no such state."""


@dataclass(frozen=True, kw_only=True)
class Course:
    """How long and how fast to learn.

    Attributes:
        num_epochs: Times every row is used at most.
        learning_rate: Size of a step, η, after the first ones.
        schedule: Whether it stays as it is, or is let down to 0 in a line over the steps that there
            may be, or over the time.
        least_gain: By how much the loss of the rows that judge must fall in the last third of the
            way, so that training goes on.
        max_gradient_norm: Longer gradients are shortened to this length; None for no limit.
        time_budget: Seconds training may take.
    """

    num_epochs: int
    learning_rate: float
    schedule: Schedule = "constant"
    least_gain: float = 0.0
    max_gradient_norm: float | None = 1.0
    time_budget: float | None = None

    @property
    def is_let_down(self) -> bool:
        """Whether the rate comes to 0 at the end: then the weights come to rest by themselves."""
        return self.schedule == "linear"


class TrainingState:
    """A training on its way: all that its next step depends on, and what is counted.

    Args:
        network: What learns, in place.
        loss: What it should make small.
        optimizer: How its weights move.
        batches: What it learns from.
        course: How long and how fast.

    Attributes:
        step: Steps taken.
        num_steps: Steps in all, if nothing ends training earlier.
        epoch: Epochs ended.
        epoch_steps: Steps taken in the running epoch.
        total_loss: Sum of the losses of these, shape ().
        history: The epochs that ended.
        reason: Why training ended; None before it has.
        average: The running average of the weights, which is judged and kept; the weights
            themselves where the rate is let down.
        best: These of the best epoch so far; of the last one where the rate is let down.
        clock: Time since the start; nothing that is learned depends on it.
        budget: The time training may take; None without.
    """

    def __init__(
        self,
        network: Network,
        loss: Loss,
        optimizer: Optimizer,
        batches: Batches,
        course: Course,
    ) -> None:
        self.network, self.loss, self.optimizer = network, loss, optimizer
        self.batches, self.course = batches, course
        self.step, self.epoch = 0, 0
        self.num_steps = max(1, course.num_epochs * batches.num_batches)
        self.average = RunningAverage(network, math.inf if course.is_let_down else DECAY)
        self.best = BestWeights(network)
        self.spend(0.0)
        self.history: list[EpochEnded] = []
        self._least_losses: list[float] = []
        self.reason: Reason | None = None
        self._begin_epoch()

    def spend(self, seconds: float) -> None:
        """Begin to count time, so many seconds having been spent before."""
        self.clock, self.budget = Clock(seconds), None
        if self.course.time_budget is not None:
            self.budget = TimeBudget(self.course.time_budget, self.clock)
        self._reported_at = seconds

    def _begin_epoch(self) -> None:
        self.total_loss, self.epoch_steps = torch.zeros(()), 0

    @property
    def all_steps_taken(self) -> bool:
        """Whether every step was taken that there may be at most."""
        return self.step >= self.num_steps

    @property
    def mean_loss(self) -> float:
        """Mean loss of the running epoch's steps so far; NaN before the first one."""
        return float(self.total_loss) / self.epoch_steps if self.epoch_steps else math.nan

    @property
    def is_finite(self) -> bool:
        """Whether the running epoch went well.

        The losses were those before each step, so the last step may have gone too far.
        """
        return math.isfinite(self.mean_loss) and bool(self.network.weights.isfinite().all())

    @property
    def learning_rate(self) -> float:
        """η of the next step: up in a line, then as it is, or down in a line to 0.

        The way up is 100 steps, or a tenth of the training if that is sooner over.
        """
        step = self.step + 1
        part = min(1.0, max(step / MOST_WARM_UP_STEPS, 10.0 * self._position(step)))
        if self.course.is_let_down:
            part *= max(0.0, 1.0 - self._position(self.step))
        return self.course.learning_rate * part

    def _position(self, step: int) -> float:
        """Part of the training that is over, by steps or by a budget, whichever is further."""
        by_steps = step / self.num_steps
        return by_steps if self.budget is None else max(by_steps, self.budget.part_spent)

    @property
    def reason_to_end(self) -> Reason | None:
        """Why no further epoch is to begin, if none is."""
        if self.epoch >= self.course.num_epochs:
            return "all epochs done"
        # Where the rate is let down, the most is gained at the end.
        is_over = self._gains_little and not self.course.is_let_down
        return "validation hardly better" if is_over else None

    @property
    def _gains_little(self) -> bool:
        """Whether the last third of the way, and 100 steps, have hardly lowered their loss.

        Theirs is that of the rows that judge.
        """
        least = FEWEST_STEPS_WITHOUT_GAIN / self.batches.num_batches
        before = math.floor((1.0 - LAST_PART) * self.epoch - least)
        if before < 1:
            return False
        # ∞ − ∞, where no row judges or no loss was finite, is no reason to end.
        gain = self._least_losses[before - 1] - self._least_losses[-1]
        return gain <= self.course.least_gain

    def count_step(self, loss: Tensor) -> None:
        """Count a step that was taken, and now and then average the weights after it.

        Args:
            loss: The loss before it, shape ().
        """
        self.total_loss = self.total_loss + loss
        self.epoch_steps += 1
        self.step += 1
        if not self._steps_since_average:
            self.average.update()

    @property
    def _steps_since_average(self) -> int:
        return self.epoch_steps % max(1, self.batches.num_batches // AVERAGED_IN_AN_EPOCH)

    @property
    def is_report_due(self) -> bool:
        """Whether the last report is so long ago that a person would like the next one."""
        return self.clock.seconds >= self._reported_at + SECONDS_BETWEEN_REPORTS

    def report(self) -> StepsTaken:
        """What to tell of the steps so far."""
        self._reported_at = seconds = self.clock.seconds
        rows = self.step * self.batches.num_rows / self.batches.num_batches
        position = self._position(self.step)
        return StepsTaken(
            epoch=self.epoch + 1,
            step=self.step,
            num_steps=self.num_steps,
            loss=self.mean_loss,
            rows_per_second=rows / max(seconds, 1e-9),
            remaining_seconds=seconds * (1.0 - position) / max(position, 1e-9),
        )

    def end_epoch(self, validate: Callable[[], Validation] | None) -> EpochEnded:
        """Count the running epoch, and keep the averaged weights if they are the best so far.

        Where the rate is let down, the weights as they are.

        Args:
            validate: Judges the network, which has these weights meanwhile; None keeps them.
        """
        self.epoch += 1
        if self._steps_since_average:
            self.average.update()
        with self.average.in_network():
            validation = validate() if validate else None
            # Weights that come to rest are kept as they are at last: few rows that judge would
            # prefer some of earlier, noisier ones by chance.
            is_best = self.best.update(self.epoch, None if self.course.is_let_down else validation)
        ended = EpochEnded(
            epoch=self.epoch,
            loss=self.mean_loss,
            validation=validation,
            is_best=is_best,
            seconds=self.clock.seconds,
        )
        self.note(ended)
        self._begin_epoch()
        return ended

    def note(self, ended: EpochEnded) -> None:
        """Add an epoch to the history."""
        self.history.append(ended)
        least = self._least_losses[-1] if self._least_losses else math.inf
        loss = math.inf if ended.validation is None else ended.validation.loss
        self._least_losses.append(loss if loss <= least else least)

    def end(self, reason: Reason) -> TrainingEnded:
        """Give the network its best weights."""
        self.reason = reason
        self.best.restore()
        return TrainingEnded(
            reason=reason,
            epochs=self.epoch + (1 if self.epoch_steps else 0),
            steps=self.step,
            best_epoch=self.best.epoch,
            seconds=self.clock.seconds,
        )


class BestWeights:
    """The best weights and state so far, as they were judged; of equal losses the later.

    Args:
        network: Whose weights; the first ones are the best before any epoch.

    Attributes:
        weights: They, shape (P,).
        state: What layers kept beside them, shape (S,).
        loss: Their loss for the rows that judge; -∞ where none do.
        epoch: The epoch they are of; 0 before any.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self.weights, self.state = network.weights.clone(), network.state.clone()
        self.loss = math.inf
        self.epoch = 0

    def update(self, epoch: int, validation: Validation | None) -> bool:
        """Keep the network's weights if they are the best; without validation the last ones are."""
        loss = -math.inf if validation is None else validation.loss
        if not loss <= self.loss:
            return False
        self.loss, self.epoch = loss, epoch
        self.weights.copy_(self._network.weights)
        self.state.copy_(self._network.state)
        return True

    def restore(self) -> None:
        """Give them back to the network."""
        self._network.weights.copy_(self.weights)
        self._network.state.copy_(self.state)
