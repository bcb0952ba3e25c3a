"""Pictures of any kind to pixels of one size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.pictures.picture import PictureStore, picture_cells


@dataclass(frozen=True, kw_only=True, eq=False)
class PictureSizes:
    """How large pictures are.

    Attributes:
        heights: In pixels, (n,).
        widths: In pixels, (n,).
        are_grey: Whether none has a color.
    """

    heights: npt.NDArray[np.int64]
    widths: npt.NDArray[np.int64]
    are_grey: bool

    def describe(self) -> str:
        """In words."""
        color = "grey" if self.are_grey else "color"
        return f"{int(np.median(self.heights))} × {int(np.median(self.widths))} pixels, {color}"


def are_pictures(cells: pl.Series, folder: Path | None) -> bool:  # noqa: ARG001
    """Whether cells are pictures, or the paths of some."""
    return isinstance(cells.dtype, pl.Array) and len(cells.dtype.shape) in (2, 3)


def sizes_of(cells: pl.Series, folder: Path | None) -> PictureSizes | None:
    """How large they are; None if none is a picture."""
    if not are_pictures(cells, folder) or not isinstance(cells.dtype, pl.Array):
        return None
    shape = cells.dtype.shape
    return PictureSizes(
        heights=np.array([shape[0]]), widths=np.array([shape[1]]), are_grey=len(shape) == 2
    )


def read_pictures(
    cells: pl.Series,
    *,
    height: int,
    width: int,
    colors: int,
    folder: Path | None,  # noqa: ARG001
) -> pl.Series:
    """Decode each picture once."""
    pixels = cells.to_numpy().reshape(len(cells), height, width, colors)
    store = PictureStore(pixels=pixels, names=[""] * len(cells))
    return picture_cells(cells.name, store, list(range(len(cells))))
