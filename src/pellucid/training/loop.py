"""The loop: forward, loss, backward, update, again and again.

It takes an iterable of (inputs, targets, weights) and knows nothing of files or tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from pellucid.network.losses import Loss
from pellucid.network.network import Network
from pellucid.network.optimizers import Optimizer, clip_gradient_norm_
from pellucid.training.events import Event, Reason, TrainingStarted, TrainingStopped, Validation
from pellucid.training.state import Batch, TrainingState
from pellucid.training.stopping import first_reason, never


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
        clip_gradient_norm_(network.gradients, max_gradient_norm, network.row_gradients)
    optimizer.step(network.gradients, learning_rate, network.row_gradients)
    return value


def step_to_time(network: Network, loss: Loss, batch: Batch) -> Callable[[], None]:
    """A step without an update, everything random wound back: as often as wanted.

    Args:
        network: What would learn.
        loss: What it should make small.
        batch: As `train_step` takes it.
    """

    @torch.inference_mode()
    def step() -> None:
        random, state = network.generator.get_state(), network.state.clone()
        _, kept = loss.forward(network.forward(batch[0]), *batch[1:])
        network.backward(loss.backward(kept, *batch[1:]))
        network.generator.set_state(random)
        network.state.copy_(state)

    return step


@torch.inference_mode()
def train(
    state: TrainingState,
    *,
    validate: Callable[[], Validation] | None = None,
    stop: Callable[[], Reason | None] = never,
) -> Iterator[Event]:
    """Let a network learn; afterwards it has the averaged weights of its best epoch.

    Args:
        state: What learns, from what, how long and how fast; and where it is, which moves on.
        validate: Judges the network, which has its averaged weights meanwhile, after each epoch;
            None keeps the last ones.
        stop: Asked after each step; a reason ends training cleanly.

    Yields:
        What happens, from `TrainingStarted` to `TrainingEnded`.
    """
    reason = state.reason or state.reason_to_end
    yield TrainingStarted(
        network=state.network, step=state.step, num_steps=state.num_steps, reason=reason
    )
    stop = first_reason(stop, state.budget or never)
    while (reason := reason or state.reason_to_end) is None:
        for batch in state.batches:
            loss = train_step(
                state.network,
                state.loss,
                state.optimizer,
                batch,
                learning_rate=state.learning_rate,
                max_gradient_norm=state.course.max_gradient_norm,
            )
            state.count_step(loss)
            reason = None if state.all_steps_taken else stop()
            if reason is not None:
                yield TrainingStopped(reason=reason, step=state.step)
                break
            if state.is_report_due:
                yield state.report()
        if state.is_finite:
            yield state.end_epoch(validate)
        else:
            reason = "loss is not finite"
    yield state.end(reason)
