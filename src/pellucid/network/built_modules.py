"""Modules of torch that are built from plain numbers, so that a model file can describe them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import Tensor, nn

from pellucid.network.layers import check_sizes

MOST_CONVOLUTIONS = 64


class Pixels(nn.Module):
    """Brightness 0 … 255 → 0 … 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape."""
        return x / 255.0


def convolution(channels: Sequence[int], kernel: int = 3) -> nn.Module:
    """Pictures (B, channels, height, width) → (B, last channels): what they show, wherever it is.

    Each convolution is followed by batch norm (Ioffe & Szegedy 2015, arXiv:1502.03167), ReLU and
    the greatest of 2 × 2 neighbors; in the end the mean over the picture is taken.

    Args:
        channels: Of the picture, then of each convolution.
        kernel: Pixels in height and width that a convolution looks at.

    Raises:
        ValueError: There is no convolution, or there are too many, or a size is none.
    """
    check_sizes(kernel=kernel)
    for size in channels:
        check_sizes(channels=size)
    if not 2 <= len(channels) <= MOST_CONVOLUTIONS + 1:
        raise ValueError(f"channels must be 2 to {MOST_CONVOLUTIONS + 1}, but are {len(channels)}")
    layers: list[nn.Module] = [Pixels()]
    for inputs, outputs in pairwise(channels):
        layers += [
            nn.Conv2d(inputs, outputs, kernel, padding="same", bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
        ]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


MODULES: dict[str, Callable[..., nn.Module]] = {"convolution": convolution}
"""How each is built, by name: a closed list, for no file shall name code."""
