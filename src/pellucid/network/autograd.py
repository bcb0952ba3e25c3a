"""The bridge between our pairs of functions and torch's autograd, in both directions.

`differentiable` gives a pair to autograd, so that a network of ours is an ordinary differentiable
function for captum, torch.export or anyone's training loop. The other direction, a
`torch.nn.Module` inside a network of ours, is `pellucid.network.modules.ModuleLayer`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def differentiable(
    forward: Callable[..., Tensor], backward: Callable[..., tuple[Tensor | None, ...]]
) -> Callable[..., Tensor]:
    """Join a function and its hand-written derivative into one that autograd can differentiate.

    Args:
        forward: (*inputs) → output, one tensor.
        backward: (gradient of the loss with respect to the output, *inputs) → the gradients with
            respect to each input, in order; `None` for an input without one.

    Returns:
        A function of the same inputs.
    """

    class Pair(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *inputs: Tensor) -> Tensor:
            ctx.save_for_backward(*inputs)
            return forward(*inputs)

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Any) -> Any:
            return backward(grad_outputs[0], *ctx.saved_tensors)

    apply: Callable[..., Tensor] = Pair.apply
    return apply
