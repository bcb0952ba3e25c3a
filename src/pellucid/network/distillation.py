"""The loss of a student, which learns the soft answers of a teacher and where rows lie on a map.

Soft answers are those of Hinton et al. 2015, "Distilling the knowledge in a neural network"
(arXiv:1503.02531), at temperature 1; places on the map are learned with the smooth L1 loss
(Girshick 2015, arXiv:1504.08083), to which a row far off counts little more than one near.

Shape letters: R = rows, M = clusters, O = M + 2: logits, then the two coordinates of the map.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pellucid.network.losses import Loss, mean_over_rows, shared_among_rows

COORDINATES = 2
"""Of a map."""


def distillation_forward(
    output_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None, *, map_weight: float
) -> tuple[Tensor, Tensor]:
    """ℓ = −Σₘ pₘ log softmax(z)ₘ + w · mean over coordinates of smooth-L1(ŷ − y).

    Smooth-L1 of d is ½ d² up to |d| = 1, and from there on |d| − ½.

    Args:
        output_RO: M logits z and the coordinates ŷ.
        target_RO: M probabilities p, which sum to 1, and the coordinates y.
        weight_R: Weight of each row, or None for 1.
        map_weight: w.

    Returns:
        The loss, and the derivative of that of each row, (R, O).
    """
    _check_shapes(output_RO, target_RO)
    logits_RM, target_RM = output_RO[:, :-COORDINATES], target_RO[:, :-COORDINATES]
    log_probability_RM = torch.log_softmax(logits_RM, dim=1)
    error_R2 = output_RO[:, -COORDINATES:] - target_RO[:, -COORDINATES:]
    slope_R2 = error_R2.clamp(-1.0, 1.0)
    # s (d − ½ s) is ½ d² where the slope s is d, and |d| − ½ where it is ±1.
    distance_R2 = slope_R2 * (error_R2 - 0.5 * slope_R2)
    part = map_weight / COORDINATES
    loss_R1 = distance_R2.sum(dim=1, keepdim=True).mul_(part)
    loss_R1 -= (target_RM * log_probability_RM).sum(dim=1, keepdim=True)
    grad_RO = torch.cat([log_probability_RM.exp_().sub_(target_RM), slope_R2.mul_(part)], dim=1)
    return mean_over_rows(loss_R1, weight_R), grad_RO


def distillation_backward(
    grad_RO: Tensor, target_RO: Tensor, weight_R: Tensor | None = None
) -> Tensor:
    """∂L/∂z = (softmax(z) − p) / R; ∂L/∂ŷ = w/2 · clamp(ŷ − y, −1, 1) / R."""
    return shared_among_rows(grad_RO.clone(), weight_R)


def _check_shapes(outputs: Tensor, targets: Tensor) -> None:
    if outputs.shape != targets.shape or outputs.ndim != 2 or outputs.shape[1] <= COORDINATES:
        raise ValueError(
            f"outputs have shape {tuple(outputs.shape)} and targets {tuple(targets.shape)}, but "
            f"this loss takes (rows, clusters + {COORDINATES}) of both: one for each cluster, "
            "then the coordinates of the map"
        )


def distillation_loss(map_weight: float = 0.5) -> Loss:
    """The loss of a student.

    Args:
        map_weight: w ≥ 0: how much the place on the map counts beside the cluster.

    Raises:
        ValueError: It is no such number.
    """
    if not 0.0 <= map_weight < math.inf:
        raise ValueError(f"map_weight must be a number from 0 up, not {map_weight!r}")

    def forward(outputs: Tensor, targets: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor]:
        return distillation_forward(outputs, targets, weights, map_weight=map_weight)

    return Loss(
        name="distillation",
        formula="−Σ p log softmax(z) + w · smooth-L1(ŷ−y)",
        forward=forward,
        backward=distillation_backward,
    )
