"""Muon: filters move by the nearest orthogonal matrix to their gradient; the rest by Adam.

The gradient of a filter bank is as good as low-rank: a few directions are much longer than the
others, and a step down it moves hardly anything else. Orthogonalized, it moves all of them alike.

Shape letters: O = filters (outputs of a convolution), N = weights of one of them, S = the smaller
of O and N, L = the larger one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pellucid.network.optimizers import Adam, move_by_adam

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""a, b and c of the step X ← a X + b (XXᵀ) X + c (XXᵀ)² X: small singular values grow quickest."""
NEWTON_SCHULZ_STEPS = 3
TINY = 1e-12
"""Instead of a length of 0."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """Where the weights of a convolution lie in the flat vector, one filter after the other.

    Attributes:
        place: From where to where.
        outputs: How many filters these are, O.
    """

    place: slice
    outputs: int


class Muon(Adam):
    """Muon for filters (Jordan et al. 2024, kellerjordan.github.io/posts/muon), AdamW for the rest.

    A bank of filters W (O, N) is a matrix whatever stands in a row:
    m ← μ m + g;  W ← √O W / ‖W‖;  W ← W − ρ η · orthogonalized(g + μ m). The length ‖W‖ is given
    anew before each step, as airbench94_muon does (Jordan, github.com/KellerJordan/cifar10-airbench
    ), since batch norm, which follows, does not see it: so a step turns the filters by an angle
    that depends on the rate alone.
    Everything else moves by Adam with the rate η. What is remembered is Adam's: of filters its m is
    the momentum, and its v stays 0.

    Args:
        weights: All parameters, flat.
        num_decayed: How many of them weight decay applies to; on filters it has no effect.
        weight_decay: See `Optimizer`.
        filters: Where the filters are among them.
        momentum: μ, with Nesterov's look ahead.
        filter_rate: ρ, by which the rate of filters is greater than that of the rest.
        beta1: β₁ of Adam.
        beta2: β₂ of Adam.
        epsilon: ε of Adam.
    """

    def __init__(
        self,
        weights: Tensor,
        num_decayed: int = 0,
        weight_decay: float = 0.0,
        *,
        filters: Sequence[Filters] = (),
        momentum: float = 0.6,
        filter_rate: float = 20.0,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(
            weights, num_decayed, weight_decay, beta1=beta1, beta2=beta2, epsilon=epsilon
        )
        self.momentum, self.filter_rate = momentum, filter_rate
        self.filters = sorted(filters, key=lambda bank: bank.place.start)
        starts = [0, *(bank.place.stop for bank in self.filters)]
        stops = [*(bank.place.start for bank in self.filters), None]
        self._others = [slice(*ends) for ends in zip(starts, stops, strict=True)]

    def _move(
        self, gradients: Tensor, learning_rate: float, weights: Tensor, *kept: Tensor
    ) -> None:
        numbers = (weights, gradients, *kept)
        # Rows of a table (U, V) hold no filters; all else comes as the flat vector.
        is_table = gradients.ndim > 1
        others = [[n] if is_table else [n[part] for part in self._others] for n in numbers]
        move_by_adam(
            *others,
            step=self._step,
            learning_rate=learning_rate,
            beta1=self.beta1,
            beta2=self.beta2,
            epsilon=self.epsilon,
        )
        for bank in () if is_table else self.filters:
            weight_ON, gradient_ON, momentum_ON = (
                flat[bank.place].view(bank.outputs, -1) for flat in numbers[:3]
            )
            momentum_ON.mul_(self.momentum).add_(gradient_ON)
            update_ON = orthogonalized(gradient_ON.add(momentum_ON, alpha=self.momentum))
            weight_ON.mul_(bank.outputs**0.5 / weight_ON.norm().clamp_min(TINY))
            weight_ON.sub_(update_ON, alpha=learning_rate * self.filter_rate)


def orthogonalized(matrix_ON: Tensor, steps: int = NEWTON_SCHULZ_STEPS) -> Tensor:
    """About the nearest matrix whose singular values are all 1 (Newton–Schulz iteration).

    They come to lie around 1, not on it, and those that are nearly 0 stay small: so few steps are
    enough. Each step multiplies X by a polynomial of its Gram matrix XXᵀ, and these commute: so
    they are multiplied among themselves, and with X, which may be long, only once.

    Args:
        matrix_ON: Any matrix.
        steps: Iterations.

    Returns:
        A matrix of its shape.
    """
    short_SL = matrix_ON if matrix_ON.shape[0] <= matrix_ON.shape[1] else matrix_ON.T
    short_SL = short_SL / short_SL.norm().clamp_min(TINY)
    a, b, c = COEFFICIENTS
    gram_SS = short_SL @ short_SL.T
    factors: list[Tensor] = []
    for step in range(steps):
        if step:
            gram_SS = factors[-1] @ gram_SS @ factors[-1]
        factor_SS = torch.addmm(gram_SS, gram_SS, gram_SS, beta=b, alpha=c)
        factor_SS.diagonal().add_(a)
        factors.append(factor_SS)
    result_SL = torch.linalg.multi_dot([*factors, short_SL]) if factors else short_SL
    return result_SL if matrix_ON.shape[0] <= matrix_ON.shape[1] else result_SL.T
