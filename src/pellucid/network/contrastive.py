"""The contrastive loss: two views of one row are alike, and unlike the views of all other rows.

It is NT-Xent, the normalized temperature-scaled cross-entropy of Chen et al. 2020, "A simple
framework for contrastive learning of visual representations" (SimCLR, arXiv:2002.05709, eq. 1).

With u = h / |h| and sᵣₖ = uᵣ · uₖ / τ the loss of view r, whose other view is r′, is
ℓ = −sᵣᵣ′ + log Σₖ≠ᵣ exp sᵣₖ: the cross-entropy of finding r′ among all views but r itself.

Shape letters: V = views, twice the rows; P = outputs.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from pellucid.network.losses import Loss

SHORTEST = 1e-12
"""A shorter output has no direction: it is like no other, and has no gradient."""

Kept = tuple[Tensor, Tensor, Tensor]
"""log of the probability of each view for each other (V, V), u (V, P), and 1 / |h| (V, 1)."""


def nt_xent_forward(
    output_VP: Tensor, target: Tensor, weight: Tensor | None = None, *, temperature: float
) -> tuple[Tensor, Kept]:
    """ℓ = −sᵣᵣ′ + log Σₖ≠ᵣ exp sᵣₖ.

    Args:
        output_VP: h: first views of all rows, then their second ones in the same order.
        target: Not looked at: what is alike is told by the order.
        weight: None: the rows of a batch are compared with each other, so none counts alone.
        temperature: τ.

    Returns:
        The loss, and what its derivative needs.

    Raises:
        ValueError: There are weights, or no two views of each row.
    """
    if weight is not None:
        raise ValueError("a contrastive loss takes no weights of rows: give None")
    if output_VP.ndim != 2 or len(output_VP) % 2 or not len(output_VP):
        raise ValueError(
            f"outputs have shape {tuple(output_VP.shape)}, but a contrastive loss takes (2 rows, "
            "outputs): the first views of all rows, then their second ones"
        )
    length_V1 = torch.linalg.vector_norm(output_VP, dim=1, keepdim=True)
    inverse_V1 = torch.where(length_V1 > SHORTEST, 1.0 / length_V1, 0.0)
    unit_VP = output_VP * inverse_V1
    similarity_VV = (unit_VP * (1.0 / temperature)) @ unit_VP.T
    similarity_VV.fill_diagonal_(-math.inf)
    log_probability_VV = torch.log_softmax(similarity_VV, dim=1)
    loss = torch.cat(_of_pairs(log_probability_VV)).mean().neg_()
    return loss, (log_probability_VV, unit_VP, inverse_V1)


def nt_xent_backward(
    kept: Kept, target: Tensor, weight: Tensor | None = None, *, temperature: float
) -> Tensor:
    """∂L/∂h = (∂L/∂u − u (u · ∂L/∂u)) / |h|, where ∂L/∂u = (G + Gᵀ) u / τ.

    G = ∂L/∂s = (probability − is the other view) / V. It stands there twice, for each s is of two
    views.
    """
    log_probability_VV, unit_VP, inverse_V1 = kept
    grad_VV = torch.exp(log_probability_VV)
    for pairs in _of_pairs(grad_VV):
        pairs.sub_(1.0)
    grad_VP = (grad_VV @ unit_VP).addmm_(grad_VV.T, unit_VP)
    along_V1 = (grad_VP * unit_VP).sum(dim=1, keepdim=True)
    grad_VP.addcmul_(unit_VP, along_V1, value=-1.0)
    return grad_VP.mul_(inverse_V1 * (1.0 / (temperature * len(unit_VP))))


def _of_pairs(table_VV: Tensor) -> tuple[Tensor, Tensor]:
    """The cells of each view and its other one, as views into the table (V/2,)."""
    half = len(table_VV) // 2
    return table_VV.diagonal(half), table_VV.diagonal(-half)


def contrastive_loss(temperature: float) -> Loss:
    """NT-Xent as the loss of a training.

    Args:
        temperature: τ > 0: the smaller, the more the nearest of the other rows count.

    Raises:
        ValueError: It is no such number.
    """
    if not 0.0 < temperature < math.inf:
        raise ValueError(f"temperature must be a positive number, not {temperature!r}")

    def forward(outputs: Tensor, targets: Tensor, weights: Tensor | None) -> tuple[Tensor, Kept]:
        return nt_xent_forward(outputs, targets, weights, temperature=temperature)

    def backward(kept: Kept, targets: Tensor, weights: Tensor | None) -> Tensor:
        return nt_xent_backward(kept, targets, weights, temperature=temperature)

    return Loss(
        name="nt_xent",
        formula="−uᵣ·uᵣ′/τ + log Σₖ≠ᵣ exp(uᵣ·uₖ/τ)",
        forward=forward,
        backward=backward,
    )
