"""One neuron of a convolution in full: z = Σ x · w + b, with every x and every w.

Shape letters: I = channels that come in, K, L = height and width of a filter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor
from torch.nn.functional import pad

from pellucid.network.picture_branch import PictureBranch


@dataclass(frozen=True, kw_only=True)
class NeuronSum:
    """The sum of which a neuron of a convolution is made.

    Attributes:
        inputs_IKL: What it looks at: x, 0 beyond the border of the picture.
        weights_IKL: Its filter w, batch norm being part of it.
        bias: Its bias b, likewise.
        z: Σ x · w + b.
    """

    inputs_IKL: Tensor
    weights_IKL: Tensor
    bias: float
    z: float


def neuron_sum(
    branch: PictureBranch,
    trace: Mapping[str, Tensor],
    layer: str,
    *,
    channel: int,
    row: int,
    column: int,
    picture: int = 0,
) -> NeuronSum:
    """The sum of one neuron, before pooling and ReLU; of `whitening`, before ReLU.

    Args:
        branch: What sees.
        trace: What it finds in some pictures, as its `trace` gives it.
        layer: `whitening`, or a convolution.
        channel: Which filter.
        row: Where in height.
        column: Where in width.
        picture: Which of the pictures.

    Raises:
        IndexError: There is no such neuron.
        KeyError: There is no such layer.
    """
    weights_OIKL, bias_O = branch.filters_of(layer)
    shape = tuple(trace[layer].shape[1:])
    if not all(0 <= at < size for at, size in zip((channel, row, column), shape, strict=True)):
        raise IndexError(f"{layer} has {shape} neurons, and none at {(channel, row, column)}")
    names = list(trace)
    below_IHW = trace[names[names.index(layer) - 1]][picture]
    kernel, stride = weights_OIKL.shape[-1], branch.stride if layer == "whitening" else 1
    if layer != "whitening":
        below_IHW = pad(below_IHW, (kernel // 2,) * 4)
    top, left = row * stride, column * stride
    inputs_IKL = below_IHW[:, top : top + kernel, left : left + kernel]
    weights_IKL, bias = weights_OIKL[channel], bias_O[channel].item()
    z = (inputs_IKL * weights_IKL).sum().item() + bias
    return NeuronSum(inputs_IKL=inputs_IKL, weights_IKL=weights_IKL, bias=bias, z=z)
