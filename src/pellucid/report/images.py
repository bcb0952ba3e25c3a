"""Pictures inside content: small ones, as PNG in the page itself, and as signs in a terminal."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

WHITE = 255.0
FOR, AGAINST = (213.0, 94.0, 0.0), (0.0, 114.0, 178.0)
"""Orange and blue, which nearly everyone can tell apart."""
FADED = 0.45
"""How much of a picture's contrast is left under what lies over it."""
SHADES = " ░▒▓█"
SIGNS_WIDE = 24
"""Signs of a picture in a terminal; a sign is twice as high as wide."""


def thumbnail(pixels: Pixels, most: int) -> Pixels:
    """A picture with so many pixels at most on its longer side, (H, W, C).

    Args:
        pixels: The picture, (H, W, C).
        most: In height and width.
    """
    height, width, _ = pixels.shape
    longer = max(height, width)
    if longer <= most:
        return pixels
    size = (max(1, round(width * most / longer)), max(1, round(height * most / longer)))
    return resized(pixels, size)


def resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """A picture of another width and height, each new pixel the mean of what it covers."""
    from PIL import Image

    plain = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    small = Image.fromarray(np.ascontiguousarray(plain)).resize(size, Image.Resampling.BOX)
    found: Pixels = np.asarray(small)
    return found if found.ndim == 3 else found[..., None]


def png_uri(pixels: Pixels) -> str:
    """A picture as a file that stands in the page itself: "data:image/png;base64,…"."""
    from PIL import Image

    written = io.BytesIO()
    plain = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(np.ascontiguousarray(plain)).save(written, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"


def dark_where_large(values: Floats, largest: float) -> Pixels:
    """Sizes in grey, (H, W) → (H, W, 1): white is 0 or less, black the largest.

    Args:
        values: What is shown.
        largest: Of all that is to be compared.
    """
    part = np.clip(values / (largest or 1.0), 0.0, 1.0)
    return np.rint(WHITE * (1.0 - part)).astype(np.uint8)[..., None]


def signed_grey(values: Floats) -> Pixels:
    """Numbers in grey or color, (H, W, C): 0 is the middle, the largest size black or white."""
    largest = float(np.abs(values).max()) or 1.0
    found = np.rint(WHITE / 2 * (1.0 + values / largest))
    return np.asarray(found.astype(np.uint8))


def with_shares(pixels: Pixels, shares: Floats, largest: float) -> Pixels:
    """A pale grey picture, with what speaks for the output in orange and against it in blue.

    Args:
        pixels: The picture, (H, W, C).
        shares: Of its pixels, (H, W).
        largest: The size that has the full color.
    """
    grey_HW = pixels.mean(axis=2)
    pale_HW1 = (WHITE - FADED * (WHITE - grey_HW))[..., None]
    part_HW1 = np.clip(np.abs(shares) / (largest or 1.0), 0.0, 1.0)[..., None]
    color_HW3 = np.where(shares[..., None] > 0.0, np.array(FOR), np.array(AGAINST))
    return np.rint(pale_HW1 * (1.0 - part_HW1) + color_HW3 * part_HW1).astype(np.uint8)


def signs_of(pixels: Pixels, *, is_map: bool = False) -> Sequence[str]:
    """A picture as lines of signs, for a terminal: the darker, the denser.

    Args:
        pixels: The picture, (H, W, C).
        is_map: Whether a sign is as dark as the darkest pixel it stands for, and not as their mean.
    """
    height, width, _ = pixels.shape
    wide = width * (SIGNS_WIDE // width) or SIGNS_WIDE
    lines = max(1, round(height * wide / width / 2))
    grey_HW = pixels.mean(axis=2)
    if is_map:
        rows = np.array_split(grey_HW, min(lines, height))
        parts = [np.array_split(row, min(wide, width), axis=1) for row in rows]
        grey_HW = np.array([[part.min() for part in row] for row in parts])
    grey = resized(grey_HW.astype(np.uint8)[..., None], (wide, lines))[..., 0]
    places = ((WHITE - grey) * len(SHADES) / (WHITE + 1.0)).astype(np.int64)
    return ["".join(SHADES[place] for place in line) for line in places]
