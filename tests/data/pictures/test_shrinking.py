"""Pictures made smaller for flat algorithms: each new pixel is the mean of what it covers."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from pellucid.data.pictures.shrinking import shrink


def test_a_pixel_of_four_is_their_mean() -> None:
    pixels = np.array([[0, 100, 7, 7], [100, 200, 7, 7]], dtype=np.uint8)[None, :, :, None]
    assert shrink(pixels, 1, 2)[0, :, :, 0].tolist() == [[100, 7]]


def test_sides_need_not_divide() -> None:
    """Three pixels in two: the middle one belongs to both by halves."""
    row = np.array([[0, 90, 180]], dtype=np.uint8)[None, :, :, None]
    assert shrink(row, 1, 2)[0, 0, :, 0].tolist() == [30, 150]


@pytest.mark.parametrize("size", [(4, 3), (64, 66), (128, 96)])
def test_it_is_what_pillow_calls_reducing(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, *size, 3), dtype=np.uint8)
    height, width = size[0] // 2, size[1] // 3
    found = shrink(pixels, height, width)
    assert found.shape == (2, height, width, 3)
    assert found.dtype == np.uint8
    for small, large in zip(found, pixels, strict=True):
        by_pillow = np.asarray(Image.fromarray(large).reduce((3, 2)))
        assert np.abs(small.astype(int) - by_pillow).max() <= 1


def test_pictures_of_the_size_stay_as_they_are() -> None:
    pixels = np.zeros((2, 8, 8, 1), dtype=np.uint8)
    assert shrink(pixels, 8, 8) is pixels
