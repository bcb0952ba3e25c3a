"""Pictures made smaller: each new pixel is the mean of the area it covers.

Shape letters: n = pictures; H, W = height and width before; h, w = after; C = colors.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pellucid.data.pictures.picture import Pixels


def shrink(pixels: Pixels, height: int, width: int) -> Pixels:
    """Pictures (n, H, W, C) at a size that is no larger, (n, h, w, C).

    Args:
        pixels: Brightness 0 … 255.
        height: The new one, at most H.
        width: Likewise.
    """
    num_pictures, old_height, old_width, colors = pixels.shape
    if (old_height, old_width) == (height, width):
        return pixels
    rows_hH, columns_wW = _areas(old_height, height), _areas(old_width, width)
    values = pixels.reshape(num_pictures, old_height, -1).astype(np.float32)
    lower_nhWC = (rows_hH @ values).reshape(num_pictures, height, old_width, colors)
    small_nhwC = columns_wW @ lower_nhWC
    return np.asarray(small_nhwC.round().astype(np.uint8))


def _areas(before: int, after: int) -> npt.NDArray[np.float32]:
    """The part that each old pixel has in each new one, (after, before): rows sum to 1."""
    edges = np.linspace(0.0, before, after + 1)
    old = np.arange(before)
    low, high = edges[:-1, None], edges[1:, None]
    covered = np.minimum(high, old + 1) - np.maximum(low, old)
    return np.asarray(covered.clip(0.0) / (high - low), dtype=np.float32)
