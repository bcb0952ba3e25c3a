"""What is kept of a training, so that it can be taken up again bit for bit.

To be taken while its events are read, before it ended or after. Only its batches, its loss and its
course are not kept: they are made again from the same rows and options.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import torch
from torch import Tensor

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.training.events import EpochEnded, Reason, Validation
from pellucid.training.state import TrainingState

REASONS: tuple[Reason, ...] = get_args(Reason)


def to_plain(state: TrainingState) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Where a training is, as tensors on the CPU and plain data.

    Losses stand among the tensors: they may be infinite or NaN, which JSON does not know.
    """
    tensors = {
        "weights": _copied(state.network.weights),
        "state": _copied(state.network.state),
        "random": state.network.generator.get_state(),
        "average_weights": _copied(state.average.weights),
        "average_state": _copied(state.average.state),
        "best_weights": _copied(state.best.weights),
        "best_state": _copied(state.best.state),
        "best_loss": torch.tensor(state.best.loss, dtype=torch.float64),
        "total_loss": _copied(state.total_loss),
        "history": torch.tensor([_numbers(epoch) for epoch in state.history], dtype=torch.float64),
        **{f"optimizer.{name}": held for name, held in state.optimizer.state().items()},
        **{f"batches.{name}": held for name, held in state.batches.state().items()},
    }
    plain = {
        "step": state.step,
        "epoch": state.epoch,
        "epoch_steps": state.epoch_steps,
        "averaged": state.average.count,
        "best_epoch": state.best.epoch,
        "is_judged": any(epoch.validation for epoch in state.history),
        "seconds": state.clock.seconds,
        "reason": state.reason,
    }
    return tensors, plain


def restore(state: TrainingState, tensors: Mapping[str, Tensor], plain: Fields) -> None:
    """Put a training that has not begun where another one was.

    Args:
        state: The training; made of the same network, optimizer, batches and course.
        tensors: What `to_plain` gave.
        plain: Likewise.

    Raises:
        ModelFileError: They are none of such a training.
    """
    network, average, best = state.network, state.average, state.best
    _restore_counts(state, plain)
    network.weights.copy_(_like(network.weights, tensors, "weights"))
    network.state.copy_(_like(network.state, tensors, "state"))
    average.weights.copy_(_like(network.weights, tensors, "average_weights"))
    average.state.copy_(_like(network.state, tensors, "average_state"))
    average.count = plain.whole("averaged", at_most=state.step)
    best.weights.copy_(_like(network.weights, tensors, "best_weights"))
    best.state.copy_(_like(network.state, tensors, "best_state"))
    best.loss = float(_like(torch.zeros((), dtype=torch.float64), tensors, "best_loss"))
    best.epoch = plain.whole("best_epoch", at_most=state.epoch)
    state.total_loss = _like(state.total_loss, tensors, "total_loss").clone()
    numbers = _like(torch.zeros(state.epoch, 5, dtype=torch.float64), tensors, "history")
    is_judged = plain.flag("is_judged")
    for place, row in enumerate(numbers.tolist(), start=1):
        state.note(_epoch(place, row, is_judged=is_judged))
    try:
        network.generator.set_state(_tensor(tensors, "random"))
        state.optimizer.restore(_part(tensors, "optimizer."))
        state.batches.restore(_part(tensors, "batches."))
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ModelFileError(f"What it remembers does not fit: {error}.") from error


def _restore_counts(state: TrainingState, plain: Fields) -> None:
    state.step = plain.whole("step", at_most=state.num_steps)
    state.epoch = plain.whole("epoch", at_most=state.course.num_epochs)
    state.epoch_steps = plain.whole("epoch_steps", at_most=state.batches.num_batches)
    state.reason = (
        None if plain.is_null("reason") else REASONS[REASONS.index(plain.text("reason", REASONS))]
    )
    state.spend(plain.number("seconds", at_least=0.0))


def _numbers(epoch: EpochEnded) -> list[float]:
    judged = epoch.validation or Validation(loss=torch.nan, score=torch.nan)
    return [epoch.loss, judged.loss, judged.score, epoch.is_best, epoch.seconds]


def _epoch(number: int, numbers: list[float], *, is_judged: bool) -> EpochEnded:
    loss, judged_loss, score, is_best, seconds = numbers
    return EpochEnded(
        epoch=number,
        loss=loss,
        validation=Validation(loss=judged_loss, score=score) if is_judged else None,
        is_best=bool(is_best),
        seconds=seconds,
    )


def _copied(tensor: Tensor) -> Tensor:
    return tensor.to("cpu", copy=True)


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): held for name, held in tensors.items() if name.startswith(prefix)
    }


def _like(expected: Tensor, tensors: Mapping[str, Tensor], name: str) -> Tensor:
    """A tensor of the size and type of another; files give numbers of shape () the shape (1,)."""
    found = _tensor(tensors, name)
    if found.dtype != expected.dtype or found.numel() != expected.numel():
        raise ModelFileError(
            f"The tensor {name!r} is {found.dtype} {tuple(found.shape)}, where {expected.dtype} "
            f"{tuple(expected.shape)} was expected."
        )
    return found.view(expected.shape)


def _tensor(tensors: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in tensors:
        raise ModelFileError(f"The tensor {name!r} is missing.")
    return tensors[name]
