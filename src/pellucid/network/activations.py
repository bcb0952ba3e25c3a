"""Activation functions h = σ(z), each with its derivative.

A pair is two pure functions, forward above backward. The backward one carries the gradient of the
loss L from h to z: ∂L/∂z = ∂L/∂h · σ′(z). Everything is elementwise, so the shapes are all equal.
`out` receives the result where it is given; it may be `z` in forward and `h` in backward.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from pellucid.network.autograd import differentiable


def relu_forward(z: Tensor, out: Tensor | None = None) -> Tensor:
    """h = max(z, 0)."""
    return torch.clamp_min(z, 0.0, out=out)


def relu_backward(grad_h: Tensor, z: Tensor, h: Tensor, out: Tensor | None = None) -> Tensor:
    """σ′ = 1 where h > 0, else 0."""
    if out is None:
        return torch.ops.aten.threshold_backward(grad_h, h, 0.0)
    return torch.ops.aten.threshold_backward.grad_input(grad_h, h, 0.0, grad_input=out)


def tanh_forward(z: Tensor, out: Tensor | None = None) -> Tensor:
    """h = tanh(z)."""
    return torch.tanh(z, out=out)


def tanh_backward(grad_h: Tensor, z: Tensor, h: Tensor, out: Tensor | None = None) -> Tensor:
    """σ′ = 1 − h²."""
    return torch.addcmul(grad_h, grad_h * h, h, value=-1.0, out=out)


def sigmoid_forward(z: Tensor, out: Tensor | None = None) -> Tensor:
    """h = 1 / (1 + e⁻ᶻ)."""
    return torch.sigmoid(z, out=out)


def sigmoid_backward(grad_h: Tensor, z: Tensor, h: Tensor, out: Tensor | None = None) -> Tensor:
    """σ′ = h (1 − h)."""
    grad_times_h = grad_h * h
    return torch.addcmul(grad_times_h, grad_times_h, h, value=-1.0, out=out)


def silu_forward(z: Tensor, out: Tensor | None = None) -> Tensor:
    """h = z s(z) with s the sigmoid (Elfwing et al. 2018, arXiv:1702.03118)."""
    return torch.mul(z, torch.sigmoid(z), out=out)


def silu_backward(grad_h: Tensor, z: Tensor, h: Tensor, out: Tensor | None = None) -> Tensor:
    """σ′ = s + h (1 − s)."""
    s = torch.sigmoid(z)
    return torch.mul(grad_h, s + h * (1.0 - s), out=out)


def gelu_forward(z: Tensor, out: Tensor | None = None) -> Tensor:
    """h = z Φ(z), Φ the normal distribution (Hendrycks & Gimpel 2016, arXiv:1606.08415)."""
    return torch.mul(z, _normal_cdf(z), out=out)


def gelu_backward(grad_h: Tensor, z: Tensor, h: Tensor, out: Tensor | None = None) -> Tensor:
    """σ′ = Φ(z) + z φ(z)."""
    density = torch.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return torch.mul(grad_h, _normal_cdf(z) + z * density, out=out)


def _normal_cdf(z: Tensor) -> Tensor:
    return 0.5 * (1.0 + torch.erf(z / math.sqrt(2.0)))


def identity_forward(z: Tensor, out: Tensor | None = None) -> Tensor:
    """h = z."""
    return z if out is None else out.copy_(z)


def identity_backward(grad_h: Tensor, z: Tensor, h: Tensor, out: Tensor | None = None) -> Tensor:
    """σ′ = 1."""
    return grad_h if out is None else out.copy_(grad_h)


@dataclass(frozen=True, kw_only=True)
class ActivationFunction:
    """A pair and its name.

    Attributes:
        name: The word a person writes, e.g. `"relu"`.
        formula: h in terms of z, for people.
        forward: z → h.
        backward: (∂L/∂h, z, h) → ∂L/∂z.
        needs_z: Whether backward needs z, or only h, which may then take z's place in memory.
        is_exact: Whether h has no rounding, so that it is the same however it is computed.
    """

    name: str
    formula: str
    forward: Callable[..., Tensor]
    backward: Callable[..., Tensor]
    needs_z: bool = False
    is_exact: bool = False

    def __call__(self, z: Tensor) -> Tensor:
        """Compute h, with the pair's own backward for autograd."""
        return self._differentiable(z)

    @cached_property
    def _differentiable(self) -> Callable[[Tensor], Tensor]:
        def backward(grad_h: Tensor, z: Tensor) -> tuple[Tensor]:
            return (self.backward(grad_h, z, self.forward(z)),)

        return differentiable(self.forward, backward)


ACTIVATIONS: dict[str, ActivationFunction] = {
    function.name: function
    for function in (
        ActivationFunction(
            name="relu",
            formula="max(z, 0)",
            forward=relu_forward,
            backward=relu_backward,
            is_exact=True,
        ),
        ActivationFunction(
            name="tanh", formula="tanh(z)", forward=tanh_forward, backward=tanh_backward
        ),
        ActivationFunction(
            name="sigmoid",
            formula="1/(1 + e⁻ᶻ)",
            forward=sigmoid_forward,
            backward=sigmoid_backward,
        ),
        ActivationFunction(
            name="gelu",
            formula="z Φ(z)",
            forward=gelu_forward,
            backward=gelu_backward,
            needs_z=True,
        ),
        ActivationFunction(
            name="silu",
            formula="z/(1 + e⁻ᶻ)",
            forward=silu_forward,
            backward=silu_backward,
            needs_z=True,
        ),
        ActivationFunction(
            name="identity",
            formula="z",
            forward=identity_forward,
            backward=identity_backward,
            is_exact=True,
        ),
    )
}
