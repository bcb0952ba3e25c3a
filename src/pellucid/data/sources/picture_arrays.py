"""Arrays with three or four dimensions: pictures, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.pictures.numbers import COLORS, WHITE
from pellucid.data.sources.media import IMAGE
from pellucid.errors import DataError

_DIMENSIONS = (3, 4)


def are_picture_arrays(source: object) -> bool:
    """Whether an object is an array of pictures, or a list of those of single ones."""
    if isinstance(source, list | tuple):
        return bool(source) and all(_is_array(one) and one.ndim in (2, 3) for one in source)
    return _is_array(source) and source.ndim in _DIMENSIONS  # type: ignore[attr-defined]


def pictures_frame(source: Any) -> pl.DataFrame:
    """Arrays of pictures as a frame with one column.

    Args:
        source: Shape (n, H, W) for grey, (n, H, W, C), or, as PyTorch has it, (n, C, H, W); C is 1,
            3 or 4. Or a list of the pictures.

    Raises:
        DataError: The shape is none of these, or the cells are no numbers.
    """
    array = _stacked(source) if isinstance(source, list | tuple) else np.asarray(source)
    array = _colors_last(array)
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"The array has shape {array.shape}, as pictures have, but cells of type "
            f"{array.dtype}. Give the brightness of each pixel as a number."
        )
    if array.dtype.kind == "b":
        array = array * np.uint8(WHITE)
    if array.dtype.kind == "f" and array.dtype.itemsize not in (4, 8):
        array = array.astype(np.float32)
    return pl.DataFrame([pl.Series(IMAGE, np.ascontiguousarray(array))])


def _is_array(source: object) -> bool:
    """Whether NumPy can take it as an array as it is, such as a tensor of PyTorch; no frame."""
    return hasattr(source, "__array__") and hasattr(source, "ndim") and not hasattr(source, "iloc")


def _stacked(pictures: Sequence[Any]) -> npt.NDArray[Any]:
    arrays = [np.asarray(picture) for picture in pictures]
    shapes = list(dict.fromkeys(array.shape for array in arrays))
    if len(shapes) > 1:
        raise DataError(
            f"The pictures of the list have different shapes, such as {shapes[0]} and {shapes[1]}. "
            "Give arrays of one shape; or files, which are made one size."
        )
    return np.stack(arrays)


def _colors_last(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(n, H, W) or (n, H, W, C) from whatever order the array has."""
    shape = array.shape
    if array.ndim == 3 and shape[-1] in COLORS:
        raise DataError(
            f"The array has shape {shape}, which is that of one picture (height, width, colors). "
            "Give several, (n, height, width, colors); for one alone add [None]."
        )
    if 0 in shape:
        raise DataError(f"The array has shape {shape}: no pixels. Give pictures.")
    if array.ndim == 3 or shape[-1] in COLORS:
        return array
    if shape[1] in COLORS:
        return np.moveaxis(array, 1, -1)
    raise DataError(
        f"The array has shape {shape}, but pictures have (n, height, width), or (n, height, width, "
        "colors) with 1, 3 or 4 colors. For other numbers, give columns: "
        "array.reshape(len(array), -1)."
    )
