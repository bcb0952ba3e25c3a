"""The loop: forward, loss, backward, update, again and again.

`train` takes an iterable of (inputs, targets, weights) and knows nothing of files or tables.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from pellucid.inputs import Inputs
from pellucid.network.losses import Loss
from pellucid.network.network import Network
from pellucid.network.optimizers import Optimizer, clip_gradient_norm_, warm_flat_cosine
from pellucid.training.events import (
    EpochEnded,
    Event,
    Reason,
    StepsTaken,
    TrainingEnded,
    TrainingStarted,
    Validation,
)
from pellucid.training.stopping import Clock

SECONDS_BETWEEN_REPORTS = 0.2


Batch = tuple[Inputs | Tensor, Tensor, Tensor | None]


class Batches(Protocol):
    """What `train` learns from: iterated once an epoch.

    A batch is (inputs of B rows, or the vector x of each (B, I); targets of all members' rows
    (R, …); weights (R,) or None).
    """

    @property
    def num_batches(self) -> int:
        """Batches in an epoch."""

    @property
    def num_rows(self) -> int:
        """Rows in an epoch."""

    def __iter__(self) -> Iterator[Batch]: ...


@dataclass(frozen=True, kw_only=True)
class Course:
    """How long and how fast to learn.

    Attributes:
        num_epochs: Times every row is used.
        learning_rate: Greatest size of a step, η.
        is_annealed: Warm up, stay, then descend to 0; otherwise η stays as it is.
        max_gradient_norm: Longer gradients are shortened to this length; None for no limit.
        time_budget: Seconds training may take; the descent of η follows the clock then.
    """

    num_epochs: int
    learning_rate: float
    is_annealed: bool = True
    max_gradient_norm: float | None = 1.0
    time_budget: float | None = None


def train_step(
    network: Network,
    loss: Loss,
    optimizer: Optimizer,
    batch: Batch,
    *,
    learning_rate: float,
    max_gradient_norm: float | None = None,
) -> Tensor:
    """One step: forward propagation, loss, backpropagation, update.

    Args:
        network: What learns.
        loss: What it should make small.
        optimizer: How its weights move.
        batch: Inputs or x (B, I), targets of all members' rows (R, …), weights (R,) or None.
        learning_rate: η of this step.
        max_gradient_norm: Longer gradients are shortened to this length.

    Returns:
        The loss before the step, shape ().
    """
    inputs, targets, weights = batch
    outputs = network.forward(inputs)
    value, kept = loss.forward(outputs, targets, weights)
    network.backward(loss.backward(kept, targets, weights))
    if max_gradient_norm is not None:
        clip_gradient_norm_(network.gradients, max_gradient_norm)
    optimizer.step(network.gradients, learning_rate)
    return value


def train(
    network: Network,
    loss: Loss,
    optimizer: Optimizer,
    batches: Batches,
    course: Course,
    *,
    validate: Callable[[], Validation] | None = None,
    stop: Callable[[], Reason | None] = lambda: None,
) -> Iterator[Event]:
    """Let a network learn; afterwards it has the weights of its best epoch.

    Args:
        network: What learns, in place.
        loss: What it should make small.
        optimizer: How its weights move.
        batches: What it learns from.
        course: How long and how fast.
        validate: Judges the network as it is, after each epoch; None keeps the last weights.
        stop: Asked after each step; a reason ends training cleanly.

    Yields:
        What happens, from `TrainingStarted` to `TrainingEnded`.
    """
    yield TrainingStarted(network=network)
    clock = Clock(course.time_budget)
    best = _Best(network)
    run = _Run(network, loss, optimizer, batches, course, clock, stop)
    reason: Reason = "all epochs done"
    epoch = 0
    for epoch in range(1, course.num_epochs + 1):
        yield from run.epoch(epoch)
        if run.is_broken:
            reason = "loss is not finite"
            break
        validation = validate() if validate else None
        is_best = best.update(epoch, validation)
        yield EpochEnded(
            epoch=epoch,
            loss=run.mean_loss,
            validation=validation,
            is_best=is_best,
            seconds=clock.seconds,
        )
        if run.early and not run.is_complete:
            reason = run.early
            break
    best.restore()
    yield TrainingEnded(
        reason=reason, epochs=epoch, steps=run.step, best_epoch=best.epoch, seconds=clock.seconds
    )


class _Best:
    """The best weights so far; with equal losses the later ones, which are better annealed."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._weights = network.weights.clone()
        self._loss = math.inf
        self.epoch = 0

    def update(self, epoch: int, validation: Validation | None) -> bool:
        loss = -math.inf if validation is None else validation.loss
        if not loss <= self._loss:
            return False
        self._loss, self.epoch = loss, epoch
        self._weights.copy_(self._network.weights)
        return True

    def restore(self) -> None:
        self._network.weights.copy_(self._weights)


class _Run:
    """The steps of a training, with what is counted on the way."""

    def __init__(
        self,
        network: Network,
        loss: Loss,
        optimizer: Optimizer,
        batches: Batches,
        course: Course,
        clock: Clock,
        stop: Callable[[], Reason | None],
    ) -> None:
        self._parts = (network, loss, optimizer)
        self._batches, self._course, self._clock, self._stop = batches, course, clock, stop
        self.early: Reason | None = None
        self._num_steps = max(1, course.num_epochs * batches.num_batches)
        self._reported_at = 0.0
        self.step = 0
        self.mean_loss = math.nan
        self.is_broken = False

    @property
    def is_complete(self) -> bool:
        return self.step >= self._num_steps

    def epoch(self, epoch: int) -> Iterator[StepsTaken]:
        self._total, self._steps = torch.zeros(()), 0
        batches = iter(self._batches)
        while self._advance(batches):
            yield self._report(epoch)
        self.is_broken = not (math.isfinite(self.mean_loss) and self._has_finite_weights())

    def _has_finite_weights(self) -> bool:
        """The losses were those before each step; the last step may have gone too far."""
        return bool(self._parts[0].weights.isfinite().all())

    @torch.inference_mode()
    def _advance(self, batches: Iterator[Batch]) -> bool:
        """Take steps until the next report is due; False at the end of the epoch."""
        due = self._reported_at + SECONDS_BETWEEN_REPORTS
        for batch in batches:
            self._total = self._total + self._take_step(batch)
            self._steps += 1
            self.early = self._stop() or ("time budget spent" if self._clock.is_over else None)
            if self.early:
                break
            if self._clock.seconds >= due:
                self.mean_loss = float(self._total) / self._steps
                return True
        self.mean_loss = float(self._total) / self._steps
        return False

    def _take_step(self, batch: Batch) -> Tensor:
        # The middle of the step: with its ends, the first or the last one would have η = 0.
        position = self._clock.position(self.step + 0.5, self._num_steps)
        factor = warm_flat_cosine(position) if self._course.is_annealed else 1.0
        self.step += 1
        return train_step(
            *self._parts,
            batch,
            learning_rate=self._course.learning_rate * factor,
            max_gradient_norm=self._course.max_gradient_norm,
        )

    def _report(self, epoch: int) -> StepsTaken:
        self._reported_at = seconds = self._clock.seconds
        rows = self.step * self._batches.num_rows / self._batches.num_batches
        position = self._clock.position(self.step, self._num_steps)
        return StepsTaken(
            epoch=epoch,
            step=self.step,
            num_steps=self._num_steps,
            loss=self.mean_loss,
            rows_per_second=rows / max(seconds, 1e-9),
            remaining_seconds=seconds * (1.0 - position) / max(position, 1e-9),
        )
