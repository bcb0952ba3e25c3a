"""Loss functions, each with its derivative.

The forward function returns the loss and what its derivative needs; the backward one turns that
into the gradient with respect to the network's outputs. A loss is a mean over the rows; with
weights it is Σ wᵣ ℓᵣ / R, so weights whose mean is 1 leave the scale of the gradient as it is.

Shape letters: R = rows (of all members), C = classes, O = outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


def cross_entropy_forward(
    logits_RC: Tensor, target_R: Tensor, weight_R: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """ℓ = −log softmax(z)ᵧ: how surprised the network is by the true class.

    Args:
        logits_RC: The last layer's z.
        target_R: Index of the true class (int64).
        weight_R: Weight of each row, or None for 1.

    Returns:
        The loss and log softmax(z), shape (R, C).
    """
    if target_R.shape != logits_RC.shape[:1] or logits_RC.ndim != 2:
        raise _no_match(logits_RC, target_R)
    log_probability_RC = torch.log_softmax(logits_RC, dim=1)
    right_R1 = log_probability_RC.gather(1, target_R.unsqueeze(1))
    return mean_over_rows(right_R1, weight_R).neg_(), log_probability_RC


def cross_entropy_backward(
    log_probability_RC: Tensor, target_R: Tensor, weight_R: Tensor | None = None
) -> Tensor:
    """∂L/∂z = (softmax(z) − one-hot(y)) / R: prediction minus truth."""
    grad_RC = torch.exp(log_probability_RC)
    grad_RC.scatter_(1, target_R.unsqueeze(1), -1.0, reduce="add")
    return shared_among_rows(grad_RC, weight_R)


def binary_cross_entropy_forward(
    logits_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """ℓ = −y log s(z) − (1 − y) log(1 − s(z)), summed over independent yes/no outputs.

    Args:
        logits_RO: The last layer's z; the probability of "yes" is s(z), s the sigmoid.
        target_RO: 1 for yes, 0 for no.
        weight_R: Weight of each row, or None for 1.

    Returns:
        The loss and s(z) − y, shape (R, O).
    """
    if logits_RO.shape != target_RO.shape or logits_RO.ndim != 2:
        raise _no_match(logits_RO, target_RO)
    # max(z, 0) − z y + log(1 + e^−|z|) is the same ℓ without overflow.
    loss_RO = logits_RO.clamp_min(0.0) - logits_RO * target_RO
    loss_RO += torch.log1p(torch.exp(-logits_RO.abs()))
    return mean_over_rows(loss_RO.sum(dim=1, keepdim=True), weight_R), torch.sigmoid(
        logits_RO
    ) - target_RO


def binary_cross_entropy_backward(
    error_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None
) -> Tensor:
    """∂L/∂z = (s(z) − y) / R."""
    return shared_among_rows(error_RO.clone(), weight_R)


def mean_squared_error_forward(
    output_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """ℓ = mean over outputs of (ŷ − y)².

    Returns:
        The loss and the error ŷ − y, shape (R, O).
    """
    if output_RO.shape != target_RO.shape or output_RO.ndim != 2:
        raise _no_match(output_RO, target_RO)
    error_RO = output_RO - target_RO
    return mean_over_rows((error_RO * error_RO).mean(dim=1, keepdim=True), weight_R), error_RO


def mean_squared_error_backward(
    error_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None
) -> Tensor:
    """∂L/∂ŷ = 2 (ŷ − y) / (R O)."""
    return shared_among_rows(error_RO * (2.0 / error_RO.shape[1]), weight_R)


def quadratic_forward(
    output_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """ℓ = Σ over outputs of ½ (ŷ − y)²: the quadratic cost, whose slope is the error itself.

    Returns:
        The loss and the error ŷ − y, shape (R, O).
    """
    if output_RO.shape != target_RO.shape or output_RO.ndim != 2:
        raise _no_match(output_RO, target_RO)
    error_RO = output_RO - target_RO
    return mean_over_rows((0.5 * error_RO * error_RO).sum(dim=1, keepdim=True), weight_R), error_RO


def quadratic_backward(
    error_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None
) -> Tensor:
    """∂L/∂ŷ = (ŷ − y) / R."""
    return shared_among_rows(error_RO.clone(), weight_R)


def _no_match(outputs: Tensor, targets: Tensor) -> ValueError:
    """The error for targets that would be stretched to fit, and give a wrong number."""
    return ValueError(
        f"outputs have shape {tuple(outputs.shape)} and targets {tuple(targets.shape)}, but a loss "
        "takes outputs (rows, outputs), as Network.forward gives them, with a target for each row: "
        "network(x), of shape (members, rows, outputs), is for predictions"
    )


def mean_over_rows(loss_R1: Tensor, weight_R: Tensor | None) -> Tensor:
    """The loss of all rows, shape (): Σ wᵣ ℓᵣ / R."""
    if weight_R is not None:
        loss_R1 = loss_R1 * weight_R.unsqueeze(1)
    return loss_R1.sum().mul_(1.0 / loss_R1.shape[0])


def shared_among_rows(grad_RO: Tensor, weight_R: Tensor | None) -> Tensor:
    """Give each row its share of the mean, in place."""
    if weight_R is not None:
        grad_RO.mul_(weight_R.unsqueeze(1))
    return grad_RO.mul_(1.0 / grad_RO.shape[0])


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A pair and its name.

    Attributes:
        name: The word used in options and model files.
        formula: The loss of one row, for people.
        forward: (outputs, targets, weights) → (loss, what backward needs).
        backward: (what forward kept, targets, weights) → ∂L/∂outputs.
    """

    name: str
    formula: str
    forward: Callable[[Tensor, Tensor, Tensor | None], tuple[Tensor, Any]]
    backward: Callable[[Any, Tensor, Tensor | None], Tensor]


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss(
            name="cross_entropy",
            formula="−log softmax(z)ᵧ",
            forward=cross_entropy_forward,
            backward=cross_entropy_backward,
        ),
        Loss(
            name="binary_cross_entropy",
            formula="−y log s(z) − (1−y) log(1−s(z))",
            forward=binary_cross_entropy_forward,
            backward=binary_cross_entropy_backward,
        ),
        Loss(
            name="mean_squared_error",
            formula="(ŷ−y)²",
            forward=mean_squared_error_forward,
            backward=mean_squared_error_backward,
        ),
        Loss(
            name="quadratic",
            formula="½(ŷ−y)²",
            forward=quadratic_forward,
            backward=quadratic_backward,
        ),
    )
}
