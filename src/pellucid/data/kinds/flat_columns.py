"""Columns as flat algorithms want them: of plain numbers, of pixels, or of counted terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatColumn:
    """A column of the one matrix that scikit-learn's algorithms want.

    Attributes:
        values: Numbers or codes, (n,); NaN where missing.
        num_levels: How many codes there are; None if they are numbers.
    """

    values: Floats
    num_levels: int | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatPixels:
    """The pictures of a column as rows of pixels, made block by block: all together are large.

    Attributes:
        size: Height, width and number of colors of each picture, as flat algorithms get it.
        read_size: The same as it was read.
        blocks: Gives all rows, (some rows, height · width · colors) at a time, each 0 … 255.
    """

    size: tuple[int, int, int]
    read_size: tuple[int, int, int]
    blocks: Callable[[], Iterator[npt.NDArray[np.uint8]]]

    @property
    def num_pixels(self) -> int:
        """Numbers in a row."""
        height, width, colors = self.size
        return height * width * colors


@dataclass(frozen=True, kw_only=True, eq=False)
class CountedTerms:
    """How often some texts have each term, one text after the other.

    Attributes:
        ends: Where each text ends among them, (n,).
        terms: Number of each term, int32 (terms,).
        counts: How often the text has it, int32 (terms,).
    """

    ends: npt.NDArray[np.int64]
    terms: npt.NDArray[np.int32]
    counts: npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatTerms:
    """The texts of a column as counted terms: which of them are learned, each fit says for itself.

    Attributes:
        num_terms: How many terms stand in two texts at least, numbered in the alphabet's order:
            pieces of words after all others.
        first_piece: Number of the first piece of a word.
        blocks: Gives all texts, some at a time.
    """

    num_terms: int
    first_piece: int
    blocks: Callable[[], Iterator[CountedTerms]]


def as_floats(cells: pl.Series) -> Floats:
    """Numbers (n,), NaN where missing; the trees of scikit-learn take none beyond float32's."""
    limit = float(np.finfo(np.float32).max)
    return cells.cast(pl.Float64).clip(-limit, limit).fill_null(float("nan")).to_numpy()
