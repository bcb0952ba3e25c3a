"""Pictures as cells of a column: a handle for each, and where the pixels of all are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.pictures.mapped_file import MappedFile

Pixels = npt.NDArray[np.uint8]
"""Brightness 0 … 255 of each color: (H, W, C) of one picture, (n, H, W, C) of several."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PictureStore:
    """The pixels of many pictures of one size.

    Attributes:
        pixels: (n, H, W, C) with one color (grey) or three (red, green, blue); in memory, or in a
            file that is mapped into it.
        names: What each is called in messages and pages; "" for a picture without a name.
        file: The file that is mapped; None where there is none.
    """

    pixels: Pixels = field(repr=False)
    names: Sequence[str] = field(repr=False)
    file: MappedFile | None = field(default=None, repr=False)

    def __getitem__(self, place: int) -> Picture:
        return Picture(store=self, place=place)

    def gather(self, places: Sequence[int]) -> Pixels:
        """The pixels of some, copied, (n, H, W, C)."""
        taken = self.pixels[places]
        if self.file is not None:
            self.file.let_go_after(taken.nbytes)
        return taken

    @cached_property
    def digests(self) -> npt.NDArray[np.uint64]:
        """A number for each picture by which equal ones are known, (n,)."""
        ones = (self.gather([place])[0] for place in range(len(self.names)))
        hashes = [blake2b(one.tobytes(), digest_size=8).digest() for one in ones]
        return np.frombuffer(b"".join(hashes), dtype=np.uint64)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture of a store: what a cell of a converted column of pictures holds."""

    store: PictureStore
    place: int

    @property
    def pixels(self) -> Pixels:
        """(H, W, C)."""
        return self.store.pixels[self.place]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.store.names[self.place]

    def __str__(self) -> str:
        """Its name, or what it is where it has none: "28 × 28 pixels"."""
        height, width, _ = self.store.pixels.shape[1:]
        return self.name or f"{height} × {width} pixels"

    def __hash__(self) -> int:
        """Equal pictures have the same: so rows with equal pictures are known as copies."""
        return int(self.store.digests[self.place])

    def __eq__(self, other: object) -> bool:
        """Whether all pixels are the same."""
        return isinstance(other, Picture) and hash(self) == hash(other)


def picture_cells(name: str, store: PictureStore, places: Sequence[int | None]) -> pl.Series:
    """A converted column of pictures: a handle in each cell, null where there is no picture.

    Args:
        name: Of the column.
        store: Where their pixels are.
        places: Place in the store of each cell's picture, None for a missing one.
    """
    cells = [None if place is None else store[place] for place in places]
    return pl.Series(name, cells, dtype=pl.Object)


def pixels_of(cells: npt.NDArray[Any], missing: Pixels) -> Pixels:
    """The pixels of pictures, copied side by side, (n, H, W, C).

    Args:
        cells: Handles, None where there is no picture, (n,) of objects.
        missing: What stands for a missing one, (H, W, C).
    """
    stores = {id(cell.store): cell.store for cell in cells if cell is not None}
    if len(stores) == 1 and not any(cell is None for cell in cells):  # nearly always
        (store,) = stores.values()
        return store.gather([cell.place for cell in cells])
    pixels = np.empty((len(cells), *missing.shape), dtype=np.uint8)
    for known, store in stores.items():
        rows = [
            row for row, cell in enumerate(cells) if cell is not None and id(cell.store) == known
        ]
        pixels[rows] = store.gather([cells[row].place for row in rows])
    pixels[[row for row, cell in enumerate(cells) if cell is None]] = missing
    return pixels
