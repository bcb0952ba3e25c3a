"""Pictures decoded, each once: turned upright, in grey or color, all of one size.

The whole picture is kept: it is squashed to the size and not cropped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.pictures.numbers import Fit, pixels_of_numbers
from pellucid.data.pictures.opening import Cell, UnreadableError, is_missing, name_of, opened
from pellucid.data.pictures.picture import Pixels, picture_cells
from pellucid.data.pictures.pixel_writer import PixelWriter
from pellucid.data.pictures.quiet import without_warnings

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_THREADS = 8
CELLS_AT_ONCE, CELLS_A_TURN = 1_024, 16
"""Cells that are in memory together, and that a thread takes at a time."""

_Size = tuple[int, int, bool]
"""Width, height, and whether it is grey."""
_GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16B", "I;16L", "F")
_SIDEWAYS = (5, 6, 7, 8)
_ORIENTATION = 0x0112
"""EXIF: how the camera was held. From 5 on, height and width change places."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What the headers of some pictures say, of those that could be read.

    Attributes:
        widths: In pixels, upright, (n,).
        heights: In pixels, upright, (n,).
        are_grey: Which have no color, (n,).
    """

    widths: npt.NDArray[np.int64]
    heights: npt.NDArray[np.int64]
    are_grey: npt.NDArray[np.bool_]


def read_pictures(
    cells: pl.Series,
    *,
    height: int,
    width: int,
    colors: int,
    folder: Path | None,
    white: float | None = None,
) -> pl.Series:
    """Decode pictures into one new store.

    Args:
        cells: Paths, bytes, structs {bytes, path}, or arrays of numbers (H, W) or (H, W, C).
        height: Of what is kept, in pixels.
        width: Likewise.
        colors: 1 for grey, 3 for red, green and blue.
        folder: Where relative paths start, before the working folder is tried.
        white: Of arrays: the number that means the brightest; None to find it in these cells
            (`white_of`).

    Returns:
        Handles, null where a cell is missing or cannot be decoded.

    Raises:
        DataError: Arrays hold numbers that are no brightness.
    """
    shape = (height, width, colors)
    writer = PixelWriter(len(cells) - cells.null_count(), shape)
    with closing(pictures_in(cells, shape, folder, white, fitted)) as decoded:
        places = [writer.add(pixels, name) for pixels, name in decoded]
    return picture_cells(cells.name, writer.store(), places)


def pictures_in(
    cells: pl.Series,
    shape: tuple[int, int, int],
    folder: Path | None,
    white: float | None,
    fit: Fit,
) -> Generator[tuple[Pixels | None, str]]:
    """Decode pictures one after the other, of which only some are in memory at a time.

    Close it where it may not be read to its end: threads wait for it.

    Args:
        cells: As for `read_pictures`.
        shape: Height, width and colors.
        folder: As for `read_pictures`.
        white: As for `read_pictures`.
        fit: Makes pixels of that shape of a picture, as `fitted` does.

    Yields:
        The pixels of each cell, None where it is missing or cannot be decoded, and its name.

    Raises:
        DataError: Arrays hold numbers that are no brightness.
    """
    if isinstance(cells.dtype, pl.Array):
        blocks = pixels_of_numbers(cells, shape, fit, white)
    else:
        blocks = _decoded(cells, folder, lambda picture: fit(picture, shape))
    with closing(blocks):
        yield from chain.from_iterable(blocks)


def sizes_of(cells: pl.Series, folder: Path | None, most: int = 2_000) -> Sizes:
    """Look at the headers of pictures, evenly spread over a column.

    What a header says counts if the picture can be decoded; only the smallest and the largest are.

    Args:
        cells: As for `read_pictures`.
        folder: As for `read_pictures`.
        most: How many to look at.
    """
    if isinstance(cells.dtype, pl.Array):
        height, width, *channels = cells.dtype.shape
        return Sizes(
            widths=np.array([width]),
            heights=np.array([height]),
            are_grey=np.array([channels in ([], [1])]),
        )
    known = cells.drop_nulls()
    places = np.unique(np.linspace(0, len(known) - 1, min(most, len(known))).astype(np.int64))
    some = known.gather(places).to_list()
    with without_warnings():
        found = [_size_of(cell, folder) for cell in some]
    sized = [(size, cell) for size, cell in zip(found, some, strict=True) if size is not None]
    facts = [size for size, _ in _between_whole(sized, folder)]
    return Sizes(
        widths=np.array([width for width, _, _ in facts], dtype=np.int64),
        heights=np.array([height for _, height, _ in facts], dtype=np.int64),
        are_grey=np.array([is_grey for _, _, is_grey in facts], dtype=bool),
    )


def why_unreadable(cell: Cell, folder: Path | None) -> str:
    """Why a cell cannot be decoded, to follow its name: "is empty"; "" if it can."""
    with without_warnings():
        try:
            with opened(cell, folder) as picture:
                fitted(picture, (8, 8, 3))
        except UnreadableError as error:
            return error.reason
    return ""


def fitted(
    picture: Image, shape: tuple[int, int, int], crop: float = 0.0, resampling: int | None = None
) -> Pixels:
    """A picture in a size, in grey or color, upright, (H, W, C).

    Args:
        picture: Of any mode. What is transparent shows white below it, as on a page.
        shape: Height, width and colors.
        crop: Part of the shorter side that the square in the middle has which is kept; 0 for the
            whole picture, squashed.
        resampling: Number of Pillow's way to resize; None for bilinear.

    Raises:
        UnreadableError: Its numbers have no range that is known, as those of 32 bits.
    """
    from PIL import Image

    height, width, colors = shape
    mode = "L" if colors == 1 else "RGB"
    turn = _turn_of(picture)
    size = (height, width) if turn in _SIDEWAYS else (width, height)
    if picture.format in ("JPEG", "MPO"):
        # 240 lines are halved for 128: a side suffers.
        few = [max(1, int(side / (crop or 1.0) * 7 / 8)) for side in size]
        picture.draft(mode, (few[0], few[1]))  # the decoder leaves out what would be averaged away
    plain = _in_mode(picture, mode)
    box = _middle_of(plain.size, crop) if crop else (0.0, 0.0, *plain.size)
    if plain.size != size or crop:
        way = Image.Resampling(Image.Resampling.BILINEAR if resampling is None else resampling)
        plain = plain.resize(size, way, box=box, reducing_gap=2.0)
    if turn > 1:
        plain = plain.transpose(_turns()[turn])
    return np.asarray(plain).reshape(shape)


def _middle_of(size: tuple[int, int], crop: float) -> tuple[float, float, float, float]:
    """The square in the middle that has such a part of the shorter side: left, top, right, low."""
    width, height = size
    half = min(size) * crop / 2.0
    return width / 2.0 - half, height / 2.0 - half, width / 2.0 + half, height / 2.0 + half


def _decoded(
    cells: pl.Series, folder: Path | None, fit: Callable[[Image], Pixels]
) -> Generator[list[tuple[Pixels | None, str]]]:
    """Decode cells in order, some at a time on every core."""
    decode = partial(_decode_some, fit=fit, folder=folder)
    if len(cells) <= CELLS_A_TURN:
        yield decode(cells.to_list())
        return
    pool = ThreadPoolExecutor(_num_threads())
    try:
        for start in range(0, len(cells), CELLS_AT_ONCE):
            block = cells.slice(start, CELLS_AT_ONCE).to_list()
            turns = range(0, len(block), CELLS_A_TURN)
            # All of them at once: while others go on, no thread holds back warnings of theirs.
            yield from list(pool.map(decode, [block[at : at + CELLS_A_TURN] for at in turns]))
    finally:
        pool.shutdown(cancel_futures=True)


def _decode_some(
    cells: Sequence[Cell | None], fit: Callable[[Image], Pixels], folder: Path | None
) -> list[tuple[Pixels | None, str]]:
    with without_warnings():
        return [(_pixels_or_none(cell, folder, fit), name_of(cell)) for cell in cells]


def _pixels_or_none(
    cell: Cell | None, folder: Path | None, fit: Callable[[Image], Pixels]
) -> Pixels | None:
    if cell is None or is_missing(cell):
        return None
    try:
        with opened(cell, folder) as picture:
            return fit(picture)
    except UnreadableError:
        return None


def _size_of(cell: Cell, folder: Path | None) -> _Size | None:
    try:
        with opened(cell, folder) as picture:
            width, height = picture.size
            is_grey = picture.mode in _GREY_MODES or _has_grey_palette(picture)
            if _turn_of(picture) in _SIDEWAYS:
                width, height = height, width
            return width, height, is_grey
    except UnreadableError:
        return None


def _between_whole(
    sized: Sequence[tuple[_Size, Cell]], folder: Path | None
) -> Sequence[tuple[_Size, Cell]]:
    """Sizes without the smallest and largest that only broken pictures claim."""
    ordered = sorted(sized, key=lambda each: each[0][0] * each[0][1])
    while ordered and why_unreadable(ordered[-1][1], folder):
        ordered.pop()
    while ordered and why_unreadable(ordered[0][1], folder):
        ordered.pop(0)
    return ordered


def _has_grey_palette(picture: Image) -> bool:
    palette = picture.getpalette("RGB") if picture.mode in ("P", "PA") else None
    if not palette:
        return False
    return all(len(set(palette[at : at + 3])) == 1 for at in range(0, len(palette), 3))


def _turn_of(picture: Image) -> int:
    """The orientation its EXIF tells; 1 if it is upright or Pillow turns it itself."""
    if "exif" not in picture.info or picture.format == "TIFF":
        return 1
    turn = picture.getexif().get(_ORIENTATION, 1)
    return turn if turn in _turns() else 1


def _turns() -> dict[int, Any]:
    from PIL.Image import Transpose

    return {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }


def _in_mode(picture: Image, mode: str) -> Image:
    """Grey or color of 8 bits."""
    from PIL import Image

    if picture.mode == "F":
        raise UnreadableError("has numbers with decimals as brightness, of no known range")
    if picture.mode == "I" and picture.format == "TIFF":
        raise UnreadableError("has whole numbers of 32 bits as brightness, of no known range")
    if picture.mode.startswith("I"):
        return _of_16_bits(picture).convert(mode)
    if "transparency" in picture.info or picture.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        shown = picture.convert("RGBA")
        paper = Image.new("RGBA", shown.size, "white")
        paper.alpha_composite(shown)
        return paper.convert(mode)
    return picture if picture.mode == mode else picture.convert(mode)


def _of_16_bits(picture: Image) -> Image:
    """The upper 8 bits of grey; the one shade that is transparent shows white below it."""
    from PIL import Image

    numbers = np.asarray(picture)
    shades = (numbers >> 8).clip(0, 255).astype(np.uint8)
    if "transparency" in picture.info:
        shades[numbers == picture.info["transparency"]] = 255
    return Image.fromarray(shades)


def _num_threads() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(MOST_THREADS, cores or 1))
