"""Convolutions and what stands between two of them: pairs of pure functions.

Pictures are (B, C, H, W) in shape and channels-last in memory: the numbers of one pixel lie side by
side, so that processors take all of them at once (3 to 8 times quicker than plane by plane).

Shape letters: B = pictures of the batch, I = channels that come in, O = channels that come out
(filters), C = channels, H, W = height and width, K, L = those of a filter.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from pellucid.network.autograd import differentiable

Window = tuple[int, int]
DENSE: dict[str, Any] = {
    "stride": [1, 1],
    "dilation": [1, 1],
    "transposed": False,
    "output_padding": [0, 0],
    "groups": 1,
}
"""Every pixel is looked at, and every channel by every filter."""

MOMENTUM = 0.4
"""Part of a batch's mean in the running mean: high, since trainings on pictures may be short."""
EPSILON = 1e-5
"""ε of batch norm, torch's own."""


def convolution_forward(
    x_BIHW: Tensor, weight_OIKL: Tensor, bias_O: Tensor | None = None, *, padding: int = 1
) -> Tensor:
    """z[b, o, h, w] = Σ x[b, i, h + k, w + l] · W[o, i, k, l] + b[o]; beyond its border x is 0."""
    z: Tensor = torch.ops.aten.convolution(
        x_BIHW, weight_OIKL, bias_O, padding=[padding, padding], **DENSE
    )
    return z


def convolution_backward(
    grad_z_BOHW: Tensor,
    x_BIHW: Tensor,
    weight_OIKL: Tensor,
    bias_O: Tensor | None = None,
    *,
    padding: int = 1,
    wanted: bool = True,
) -> tuple[Tensor, ...]:
    """∂L/∂x (nothing unless wanted), ∂L/∂W and ∂L/∂b: each is a convolution again."""
    has_bias = bias_O is not None
    shape = [weight_OIKL.shape[0]] if has_bias else None
    gradients: tuple[Tensor, ...] = torch.ops.aten.convolution_backward(
        grad_z_BOHW,
        x_BIHW,
        weight_OIKL,
        shape,
        padding=[padding, padding],
        output_mask=[wanted, True, has_bias],
        **DENSE,
    )
    return gradients if has_bias else gradients[:2]


convolution = differentiable(convolution_forward, convolution_backward)


def max_pool_forward(x_BCHW: Tensor, window: Window) -> tuple[Tensor, Tensor]:
    """The greatest number of each window, and where it stands; a rest at the border is left out."""
    pooled: tuple[Tensor, Tensor] = torch.ops.aten.max_pool2d_with_indices(x_BCHW, window, window)
    return pooled


def max_pool_backward(
    grad_pooled_BCHW: Tensor, x_BCHW: Tensor, place_BCHW: Tensor, window: Window
) -> Tensor:
    """∂L/∂x is ∂L/∂pooled where the greatest stood, else 0."""
    grad_x: Tensor = torch.ops.aten.max_pool2d_with_indices_backward(
        grad_pooled_BCHW,
        x_BCHW,
        window,
        window,
        [0, 0],
        [1, 1],
        ceil_mode=False,
        indices=place_BCHW,
    )
    return grad_x


def batch_norm_forward(
    x_BCHW: Tensor, bias_C: Tensor, running_mean_C: Tensor, running_variance_C: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """y = (x − mean) / √(variance + ε) + b, of each channel over all pictures and places.

    Ioffe & Szegedy 2015, arXiv:1502.03167, without their factor: the convolution that follows has
    one for each channel already.

    Args:
        x_BCHW: Numbers.
        bias_C: b.
        running_mean_C: Running mean, moved on in place.
        running_variance_C: Likewise.

    Returns:
        y, the mean, and 1 / √(variance + ε).
    """
    normed: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.native_batch_norm(
        x_BCHW,
        None,
        bias_C,
        running_mean_C,
        running_variance_C,
        training=True,
        momentum=MOMENTUM,
        eps=EPSILON,
    )
    return normed


def batch_norm_backward(
    grad_y_BCHW: Tensor, x_BCHW: Tensor, mean_C: Tensor, factor_C: Tensor
) -> tuple[Tensor, Tensor]:
    """∂L/∂x = (g − mean g − x̂ · mean(g x̂)) / √(variance + ε), where x̂ is y − b; ∂L/∂b = Σ g.

    Args:
        grad_y_BCHW: g = ∂L/∂y.
        x_BCHW: As given to `batch_norm_forward`.
        mean_C: The mean that it gave.
        factor_C: The factor that it gave.
    """
    grad_x, _, grad_bias = torch.ops.aten.native_batch_norm_backward(
        grad_y_BCHW,
        x_BCHW,
        None,
        None,
        None,
        mean_C,
        factor_C,
        train=True,
        eps=EPSILON,
        output_mask=[True, False, True],
    )
    return grad_x, grad_bias
