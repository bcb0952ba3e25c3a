"""Arrays of numbers as pixels: what means white is told by all of a column together."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.pictures.picture import Pixels
from pellucid.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

WHITE = 255.0
COLORS = (1, 3, 4)
"""Numbers of a pixel: grey; red, green and blue; the same and how opaque it is."""

WHITE_PATTERN = r"(?:, white ([0-9.e+-]{1,20}))?"
"""How a notation ends that says which number means the brightest."""

_OVERSHOOT = 0.05
"""Part of the range by which resampling may have missed it."""
_CELLS_AT_ONCE = 1_024
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}

Fit = Callable[["Image", tuple[int, int, int]], Pixels]


def white_of(cells: pl.Series) -> float:
    """The number that means the brightest: 255 of bytes; of others 1 or 255, else the greatest.

    Args:
        cells: Arrays of numbers, (H, W) or (H, W, C) each.

    Raises:
        DataError: The numbers can be no brightness.
    """
    if leaf_of(cells.dtype) == pl.UInt8:
        return WHITE
    low, high = 0.0, 0.0
    for start, numbers in _blocks(cells):
        _check_finite(numbers, start, cells.name)
        low, high = min(low, float(numbers.min())), max(high, float(numbers.max()))
    white = next((white for white in (1.0, WHITE) if high <= white * (1 + _OVERSHOOT)), None)
    if white is None or low < -_OVERSHOOT * white:
        raise _wrong_range(cells.name, low, high)
    return white if white == 1.0 or high > WHITE / 2 else high


def white_in(text: str | None) -> float | None:
    """What `WHITE_PATTERN` found, as a number; None where a notation does not say it.

    Raises:
        ValueError: It is no number, or none that can be the brightest.
    """
    if text is None:
        return None
    white = float(text)
    if not 0.0 < white <= WHITE:
        raise ValueError(f"{white:g} cannot mean white")
    return white


def pixels_of_numbers(
    cells: pl.Series, shape: tuple[int, int, int], fitted: Fit, white: float | None
) -> Generator[list[tuple[Pixels | None, str]]]:
    """Yield the pixels of arrays, with names, which they do not have.

    Args:
        cells: Arrays of numbers, (H, W) or (H, W, C) each.
        shape: Height, width and colors of what is wanted.
        fitted: Makes it of a picture.
        white: The number that means the brightest; None to find it.
    """
    white = white_of(cells) if white is None else white
    there = iter(_fitted_blocks(cells, shape, fitted, white))
    for is_null in cells.is_null():
        yield [(None if is_null else next(there), "")]


def _fitted_blocks(
    cells: pl.Series, shape: tuple[int, int, int], fitted: Fit, white: float
) -> Iterator[Pixels]:
    from PIL import Image

    for start, numbers in _blocks(cells):
        _check_finite(numbers, start, cells.name)
        scaled = _scaled(numbers, white, cells.name)
        if scaled.shape[1:] == shape:
            yield from scaled
            continue
        mode = _MODES[scaled.shape[-1]]
        for pixels in scaled:
            plain = pixels[..., 0] if mode == "L" else pixels
            yield fitted(Image.fromarray(np.ascontiguousarray(plain), mode), shape)


def leaf_of(dtype: pl.DataType) -> pl.DataType:
    """The type of the numbers in nested arrays."""
    return leaf_of(dtype.inner) if isinstance(dtype, pl.Array) else dtype  # type: ignore[arg-type]


def _blocks(cells: pl.Series) -> Iterator[tuple[int, npt.NDArray[Any]]]:
    """Yield some arrays at a time, (n, H, W, C), and the place of the first in the column."""
    for start in range(0, len(cells), _CELLS_AT_ONCE):
        block = cells.slice(start, _CELLS_AT_ONCE).drop_nulls()
        if len(block):
            numbers = block.to_numpy()
            yield start, numbers[..., None] if numbers.ndim == 3 else numbers


def _check_finite(numbers: npt.NDArray[Any], start: int, name: str) -> None:
    """Refuse pictures of numbers that are none; the first of them stands behind `start` rows."""
    if np.isfinite(numbers).all():
        return
    row = start + 1 + int((~np.isfinite(numbers)).reshape(len(numbers), -1).any(1).argmax())
    raise DataError(
        f"Column {name!r} holds pictures as numbers, but one of those in row {row} is not finite. "
        "Give numbers from 0 to 1 or from 0 to 255.",
        column=name,
        row=row,
    )


def _scaled(numbers: npt.NDArray[Any], white: float, name: str) -> Pixels:
    """Numbers up to white → 0 … 255.

    Bytes are that if in training numbers up to 1 or 255 were; if others were, bytes are such too.
    """
    if numbers.dtype == np.uint8 and white in (1.0, WHITE):
        return numbers
    low, high = float(numbers.min()), float(numbers.max())
    if 0.0 < high <= 1.0 < white and (numbers != np.rint(numbers)).any():
        raise DataError(
            f"Column {name!r} holds pictures as parts of 1, but in training {white:g} was white. "
            "Give the numbers as they were there.",
            column=name,
        )
    if not (-_OVERSHOOT * white <= low and high <= white * (1 + _OVERSHOOT)):
        raise _wrong_range(name, low, high)
    scaled = numbers * (WHITE / white)
    return np.rint(scaled).clip(0, WHITE).astype(np.uint8)


def _wrong_range(name: str, low: float, high: float) -> DataError:
    return DataError(
        f"Column {name!r} holds pictures as numbers from {low:g} to {high:g}. Give the "
        "brightness of each pixel as a number from 0 to 1, or from 0 to 255, in all rows alike; "
        "or other numbers in columns of their own.",
        column=name,
    )
