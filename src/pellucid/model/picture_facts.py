"""The layers of a branch that sees pictures, told by its description alone: no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.files.fields import Fields
from pellucid.inputs import PIXELS

BRANCH = "PictureBranch"
KERNEL, FEWEST_TO_POOL = 3, 4
"""As in `pellucid.network.convolution_block` and `picture_branch`, which need torch."""


@dataclass(frozen=True, kw_only=True)
class ConvolutionFacts:
    """One convolution, with the pooling that follows it.

    Attributes:
        name: E.g. "convolution 1".
        channels: It gives.
        height: Of what it gives, in pixels.
        width: Likewise.
        kernel: Pixels of a filter in height and width.
        filters: How many it has: fewer than channels where each also gives its negative.
        weights: It learns: filters and biases; 0 where they are found in the data.
        pooled: Height and width of which the greatest is taken.
    """

    name: str
    channels: int
    height: int
    width: int
    kernel: int
    filters: int
    weights: int
    pooled: tuple[int, int] = (1, 1)


@dataclass(frozen=True, kw_only=True)
class PictureFacts:
    """What there is to be said of a branch that sees pictures.

    Attributes:
        column: The column of the pictures.
        height: In pixels, as they are seen.
        width: Likewise.
        colors: 1 for grey, 3 for red, green and blue.
        layers: Its convolutions, in order.
    """

    column: str
    height: int
    width: int
    colors: int
    layers: tuple[ConvolutionFacts, ...]

    @property
    def weights(self) -> int:
        """All that are learned."""
        return sum(layer.weights for layer in self.layers)


def picture_facts(network: Mapping[str, Any]) -> tuple[PictureFacts, ...]:
    """The facts of each branch that sees pictures.

    Args:
        network: What `Network.describe` described.

    Raises:
        ModelFileError: There is no such network.
    """
    branches = Fields(network, "the network").inner_list("branches")
    return tuple(_facts_of(each) for each in branches if each.text("layer") == BRANCH)


def _facts_of(branch: Fields) -> PictureFacts:
    come = [branch.whole(side, at_least=1) for side in ("height", "width")]
    has_size = "size" in branch and not branch.is_null("size")
    height, width = branch.wholes("size") if has_size else come
    colors, kernel = branch.whole("colors", at_least=1), branch.whole("kernel", at_least=1)
    stride, count = branch.whole("stride", at_least=1), branch.whole("eigenvectors", at_least=1)
    high, wide = (height - kernel) // stride + 1, (width - kernel) // stride + 1
    layers = [
        ConvolutionFacts(
            name="whitening",
            channels=2 * count,
            height=high,
            width=wide,
            kernel=kernel,
            filters=count,
            weights=0,
        )
    ]
    below = 2 * count
    for above in branch.wholes("filters"):
        for window in ((_window(high), _window(wide)), (1, 1)):
            high, wide = high // window[0], wide // window[1]
            layers.append(
                ConvolutionFacts(
                    name=f"convolution {len(layers)}",
                    channels=above,
                    height=high,
                    width=wide,
                    kernel=KERNEL,
                    filters=above,
                    weights=above * (below * KERNEL**2 + 1),
                    pooled=window,
                )
            )
            below = above
    column = branch.text("port").removeprefix(f"{PIXELS}:")
    return PictureFacts(
        column=column, height=height, width=width, colors=colors, layers=tuple(layers)
    )


def _window(pixels: int) -> int:
    return 2 if pixels >= FEWEST_TO_POOL else 1
