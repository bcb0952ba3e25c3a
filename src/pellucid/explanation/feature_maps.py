"""What each layer of the branch of pictures finds in one picture, and one of its sums in full.

Shape letters: C = channels, H, W = height and width, I = channels that come in, E = filters of the
whitening, K = pixels of a filter in height and width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.explanation.pixels import SeenPicture
from pellucid.network.picture_branch import PictureBranch

Floats = npt.NDArray[np.float64]

MOST_MAPS = 8
"""So many channels of a layer are written out."""
EXPLAINED_LAYER = "convolution_1"
"""The first layer that learns."""


@dataclass(frozen=True, kw_only=True)
class FeatureMaps:
    """What one layer finds in a picture.

    Attributes:
        layer: Its name, e.g. "whitening" or "convolution 1".
        maps: A map for each channel, (C, H, W).
        weight_on_output: |value · ∂output/∂value| of each channel, summed over its map: how much it
            matters, (C,).
    """

    layer: str
    maps: Floats
    weight_on_output: Floats

    @property
    def order(self) -> list[int]:
        """The channels, from 0, the most important first."""
        order: list[int] = np.argsort(-self.weight_on_output, kind="stable").tolist()
        return order

    def to_json(self) -> dict[str, Any]:
        """As plain data, with the maps of the most important channels, numbered from 1."""
        shown = self.order[:MOST_MAPS]
        return {
            "layer": self.layer,
            "shape": list(self.maps.shape),
            "weight_on_output": self.weight_on_output.tolist(),
            "channels": [channel + 1 for channel in shown],
            "maps": self.maps[shown].tolist(),
        }


@dataclass(frozen=True, kw_only=True)
class ConvolutionSum:
    """One neuron's z of a convolution, term by term.

    Attributes:
        layer: Name of the convolution.
        place: Channel, row and column of the neuron, from 1.
        x: What comes in, from the channels I of the layer below, (I, K, K); 0 beyond the border.
        weight: The filter's weights, with batch norm as part of them, (I, K, K).
        bias: b.
        z: Σ x · w + b.
    """

    layer: str
    place: tuple[int, int, int]
    x: Floats
    weight: Floats
    bias: float
    z: float

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        return {**vars(self), "x": self.x.tolist(), "weight": self.weight.tolist()}


@dataclass(frozen=True, kw_only=True)
class BranchTrace:
    """What the layers of a branch find in a picture as it is: not moved, nor mirrored.

    Attributes:
        size: Height and width at which the picture is seen, in pixels.
        filters: Weights of the first layer, which sees the pixels, (E, colors, K, K).
        layers: What each layer finds after its activation function, in order.
        neuron: The most important sum of the first layer that learns.
    """

    size: tuple[int, int]
    filters: Floats
    layers: list[FeatureMaps]
    neuron: ConvolutionSum

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data, but the maps of less important channels."""
        return {
            "size": list(self.size),
            "filters": self.filters.tolist(),
            "layers": [layer.to_json() for layer in self.layers],
            "neuron": self.neuron.to_json(),
        }


def trace_branch(seen: SeenPicture, branch: PictureBranch) -> BranchTrace:
    """Follow a picture through its branch, layer by layer.

    Args:
        seen: The picture and what is made of it.
        branch: The layer that sees it.
    """
    found = branch.trace(seen.pixels_HWC[None].clone().requires_grad_())
    output = seen.answers(found["features"])[0, seen.target]
    gradients = dict(zip(found, torch.autograd.grad(output, list(found.values())), strict=True))
    shown = [name for name in found if name.startswith(("whitening", "activation"))]
    importance = {name: (found[name] * gradients[name])[0].abs() for name in found}
    layers = [
        FeatureMaps(
            layer=name.replace("activation_", "convolution "),
            maps=_array(found[name][0]),
            weight_on_output=_array(importance[name].sum(dim=(1, 2))),
        )
        for name in shown
    ]
    return BranchTrace(
        size=(found["picture"].shape[2], found["picture"].shape[3]),
        filters=_array(branch.state["whitening"]),
        layers=layers,
        neuron=_sum_of(branch, found, importance[EXPLAINED_LAYER]),
    )


def _sum_of(
    branch: PictureBranch, found: dict[str, Tensor], importance_CHW: Tensor
) -> ConvolutionSum:
    """Take apart the z of the neuron that matters most."""
    weight_OIKK, bias_O = branch.blocks[EXPLAINED_LAYER].folded()
    kernel = weight_OIKK.shape[-1]
    place = np.unravel_index(int(importance_CHW.argmax()), importance_CHW.shape)
    channel, row, column = (int(each) for each in place)
    below_IHW = torch.nn.functional.pad(found["whitening"][0], [kernel // 2] * 4)
    return ConvolutionSum(
        layer=EXPLAINED_LAYER.replace("_", " "),
        place=(channel + 1, row + 1, column + 1),
        x=_array(below_IHW[:, row : row + kernel, column : column + kernel]),
        weight=_array(weight_OIKK[channel]),
        bias=bias_O[channel].item(),
        z=found[EXPLAINED_LAYER][0, channel, row, column].item(),
    )


def _array(tensor: Tensor) -> Floats:
    array: Floats = tensor.detach().cpu().double().numpy()
    return array
