"""Pixels of many pictures put side by side: in memory, or in a file where they are too many."""

from __future__ import annotations

import math
import weakref
from typing import BinaryIO

import numpy as np

from pellucid.data.pictures.mapped_file import MappedFile
from pellucid.data.pictures.picture import PictureStore, Pixels
from pellucid.files.scratch import ScratchFolder

MOST_BYTES_IN_MEMORY = 2**29
"""Beyond that, pixels lie in a file that is mapped into memory."""


class PixelWriter:
    """Takes pictures one by one.

    Args:
        most: How many there will be at most.
        shape: Height, width and colors of each.
    """

    def __init__(self, most: int, shape: tuple[int, int, int]) -> None:
        self._shape = shape
        self._names: list[str] = []
        self._folder: ScratchFolder | None = None
        if most * math.prod(shape) <= MOST_BYTES_IN_MEMORY:
            self._pixels: Pixels = np.empty((most, *shape), dtype=np.uint8)
        else:
            self._folder = ScratchFolder()
            self._file: BinaryIO = (self._folder.path / "pixels").open("wb")

    def add(self, pixels: Pixels | None, name: str) -> int | None:
        """Put in a picture, (H, W, C), and return its place; None if it is none."""
        if pixels is None:
            return None
        place = len(self._names)
        if self._folder is not None:
            self._file.write(np.ascontiguousarray(pixels).data)
        else:
            self._pixels[place] = pixels
        self._names.append(name)
        return place

    def store(self) -> PictureStore:
        """All that were put in; their file lasts as long as the store."""
        shape = (len(self._names), *self._shape)
        if self._folder is None:
            return PictureStore(pixels=self._pixels[: len(self._names)], names=self._names)
        self._file.close()
        if not self._names:  # nothing can be mapped
            return PictureStore(pixels=np.empty(shape, dtype=np.uint8), names=[])
        file = MappedFile(self._folder.path / "pixels")
        pixels = file.bytes.reshape(shape)
        store = PictureStore(pixels=pixels, names=self._names, file=file)
        weakref.finalize(store, self._folder.close)
        return store
