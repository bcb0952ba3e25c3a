"""What idx files hold, packed or not.

The format: two bytes 0, one for the type of the numbers, one for how many dimensions they have;
the length of each, 4 bytes; the numbers, the first byte the highest (LeCun, Cortes & Burges, "The
MNIST database of handwritten digits").
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid.data.sources.idx_files import IdxPair
from pellucid.data.sources.unpacking import CHUNK_BYTES, Content, find_content
from pellucid.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from pellucid.data.sources.unpacking import Unpacked

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_PICTURE_DIMENSIONS = (3, 4)


def read_idx_pair(pair: IdxPair) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
    """Pictures (n, H, W) or (n, H, W, C), and their labels (n,); None for none.

    Raises:
        DataError: A file is none of this format, is cut off, or they do not go together.
    """
    images = read_idx(pair.images)
    if images.ndim not in _PICTURE_DIMENSIONS:
        raise DataError(
            f"{pair.images.name} holds numbers of {images.ndim} dimensions, but pictures have 3 "
            "(how many, height, width) or 4. Give the file of the pictures.",
            file=pair.images.name,
        )
    if pair.labels is None:
        return images, None
    labels = read_idx(pair.labels)
    if labels.shape != images.shape[:1]:
        raise DataError(
            f"{pair.images.name} holds {len(images):,} pictures, but {pair.labels.name} holds "
            f"labels of shape {labels.shape}. Give files that belong together, a label for each "
            "picture.",
            file=pair.labels.name,
        )
    return images, labels


def read_idx(path: Path) -> npt.NDArray[Any]:
    """The numbers of one file, of the shape that it says.

    Raises:
        DataError: It is none of this format, or cut off.
    """
    content = find_content(path)
    with content.open() as file:
        start = file.read(4)
        dtype, rank = _TYPES.get(start[2:3][0] if len(start) == 4 else 0), start[-1] if start else 0
        if dtype is None or start[:2] != b"\0\0" or not 1 <= rank <= 4:
            raise DataError(
                f"{path.name} is called like an idx file but does not begin like one. Get it "
                "again.",
                file=path.name,
            )
        shape = np.frombuffer(file.read(4 * rank).ljust(4 * rank, b"\0"), dtype=">u4")
        return _numbers(content, file, np.dtype(dtype), tuple(int(each) for each in shape))


def _numbers(
    content: Content, file: Unpacked, dtype: np.dtype[Any], shape: tuple[int, ...]
) -> npt.NDArray[Any]:
    """Read what the header announced, piece by piece: it may announce more than there is."""
    expected = math.prod(shape) * dtype.itemsize
    pieces, num_bytes = [], 0
    while piece := file.read(CHUNK_BYTES):
        pieces.append(piece)
        num_bytes += len(piece)
        if num_bytes > expected:
            break
    if num_bytes != expected:
        has = "more" if num_bytes > expected else f"{num_bytes:,}"
        raise DataError(
            f"{content.path.name} announces {' × '.join(f'{n:,}' for n in shape)} numbers, which "
            f"are {expected:,} bytes, but has {has}. It is damaged or cut off; get it again.",
            file=content.path.name,
        )
    if not expected:
        raise DataError(f"{content.path.name} holds no numbers. Get it again.")
    numbers = np.frombuffer(b"".join(pieces), dtype=dtype).reshape(shape)
    return numbers.astype(dtype.newbyteorder("="), copy=False)
