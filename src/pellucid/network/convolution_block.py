"""A block of a picture network: convolution, perhaps pooling, batch norm, ReLU.

Shape letters as in `pellucid.network.convolution`.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn.functional import max_pool2d

from pellucid.network.activations import relu_backward, relu_forward
from pellucid.network.convolution import (
    EPSILON,
    Window,
    batch_norm_backward,
    batch_norm_forward,
    convolution_backward,
    convolution_forward,
    max_pool_backward,
    max_pool_forward,
)
from pellucid.network.initializers import uniform_fan_in_
from pellucid.network.layers import Views

KERNEL = 3
"""Pixels in height and width of a filter."""
NO_POOLING = (1, 1)


class ConvolutionBlock:
    """h = max(norm(pool(x ∗ W)), 0): filters of 3 × 3 pixels, and what follows them.

    A part of a branch, which gives it its views. In training it keeps what `backward` needs.

    Args:
        inputs: Channels that come in.
        outputs: Filters.
        window: Height and width of which the greatest is taken; before the norm, which then has
            fewer numbers to go through.

    Attributes:
        shapes: Shape of each parameter by name.
        state_shapes: The same of what it keeps beside them.
        views: Its places in the flat vectors; set by the branch.
    """

    def __init__(self, inputs: int, outputs: int, window: Window) -> None:
        self.inputs, self.outputs, self.window = inputs, outputs, window
        self.shapes = {"weight": (outputs, inputs, KERNEL, KERNEL), "bias": (outputs,)}
        self.state_shapes = {"mean": (outputs,), "variance": (outputs,)}
        self.views = Views(parameters={}, gradients={}, row_gradients={}, state={})

    def initialize(self, generator: Generator) -> None:
        """The first filters hand their channel on ("dirac"), the others are U(±1/√I)."""
        weight_OIKL = self.views.parameters["weight"]
        uniform_fan_in_(weight_OIKL, self.inputs * KERNEL**2, generator)
        torch.nn.init.dirac_(weight_OIKL[: self.inputs])
        self.views.state["variance"].fill_(1.0)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Filters and biases for prediction: see the function of this name."""
        return folded(*self.views.parameters.values(), *self.views.state.values())

    def after(self, z_BOHW: Tensor) -> Tensor:
        """What follows the convolution in prediction, (B, O, H / window, W / window)."""
        return torch.relu(z_BOHW if self.window == NO_POOLING else max_pool2d(z_BOHW, self.window))

    def forward(self, x_BIHW: Tensor) -> Tensor:
        """(B, I, H, W) → (B, O, H / window, W / window), in the precision of x."""
        weight_OIKL, bias_O = self.views.parameters.values()
        self._x, self._weight = x_BIHW, weight_OIKL.to(x_BIHW.dtype)
        pooled = self._z = convolution_forward(x_BIHW, self._weight)
        if self.window != NO_POOLING:
            pooled, self._place = max_pool_forward(self._z, self.window)
        self._pooled = pooled
        h, self._mean, self._factor = batch_norm_forward(pooled, bias_O, *self.views.state.values())
        self._h = relu_forward(h, out=h)
        return self._h

    def backward(self, grad_BOHW: Tensor, *, wanted: bool) -> Tensor:
        """∂L/∂h → ∂L/∂x, if it is wanted; leaves the gradients of the parameters."""
        grad = relu_backward(grad_BOHW, self._h, self._h, out=self._h)
        grad, grad_bias = batch_norm_backward(grad, self._pooled, self._mean, self._factor)
        if self.window != NO_POOLING:
            grad = max_pool_backward(grad, self._z, self._place, self.window)
        grad_x, grad_weight = convolution_backward(grad, self._x, self._weight, wanted=wanted)
        self.views.gradients["weight"].copy_(grad_weight)
        self.views.gradients["bias"].copy_(grad_bias)
        return grad_x


def folded(
    weight_OIKL: Tensor, bias_O: Tensor, mean_O: Tensor, variance_O: Tensor
) -> tuple[Tensor, Tensor]:
    """Filters and biases with batch norm as part of them.

    In prediction means and variances are constants, so that (z − mean) · factor + b is a
    convolution too: with W · factor and the bias b − mean · factor. With a positive factor the
    greatest of some numbers stays the greatest, so pooling may come after.
    """
    factor_O = torch.rsqrt(variance_O + EPSILON)
    return weight_OIKL * factor_O[:, None, None, None], bias_O - mean_O * factor_O
