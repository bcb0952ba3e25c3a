"""Features of pictures, computed once: a picture that comes again has them already."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from contextlib import closing
from pathlib import Path
from threading import Lock

import numpy as np
import polars as pl

from pellucid.data.pictures.decoding import pictures_in
from pellucid.data.pictures.picture import Pixels
from pellucid.data.pictures.vision_model import Features, VisionModel

MOST_BYTES_CACHED = 2**28
"""Of all features that are kept in this process; the oldest give way."""


class FeatureCache:
    """Features by model and pixels.

    Args:
        most_bytes: How many they may take.
    """

    def __init__(self, most_bytes: int = MOST_BYTES_CACHED) -> None:
        self._known: OrderedDict[bytes, Features] = OrderedDict()
        self._room, self._lock = most_bytes, Lock()

    def features(self, model: VisionModel, pixels: Pixels) -> Features:
        """Features of one picture, (F,), computed if they are not known.

        Args:
            model: The vision model.
            pixels: (H, W, 3), of the size that it wants.
        """
        key = hashlib.blake2b(pixels.tobytes(), key=model.digest.encode(), digest_size=16).digest()
        with self._lock:
            known = self._known.get(key)
        if known is not None:
            return known
        found = model.features(pixels)
        with self._lock:
            if key not in self._known:  # another thread may have been quicker
                self._known[key] = found
                self._room -= found.nbytes
            while self._room < 0:
                self._room += self._known.popitem(last=False)[1].nbytes
        return found


_CACHE = FeatureCache()


def features_of(
    model: VisionModel, cells: pl.Series, folder: Path | None, white: float | None
) -> pl.Series:
    """Features of a column of pictures, decoded some at a time.

    Args:
        model: The vision model.
        cells: Paths, bytes, structs {bytes, path}, or arrays of numbers.
        folder: Where relative paths start, before the working folder is tried.
        white: Of arrays: the number that means the brightest; None to find it.

    Returns:
        Array(Float32, F), null where a cell is missing or cannot be decoded.

    Raises:
        DataError: Arrays hold numbers that are no brightness.
    """
    features = np.zeros((len(cells), model.num_features), dtype=np.float32)
    is_there = np.zeros(len(cells), dtype=bool)
    with closing(pictures_in(cells, model.shape, folder, white, model.fit)) as decoded:
        for place, (pixels, _) in enumerate(decoded):
            if pixels is not None:
                features[place], is_there[place] = _CACHE.features(model, pixels), True
    column = pl.Series(cells.name, features, dtype=pl.Array(pl.Float32, model.num_features))
    return column if is_there.all() else column.zip_with(pl.Series(is_there), _nothing_of(column))


def _nothing_of(column: pl.Series) -> pl.Series:
    return pl.Series(column.name, [None] * len(column), dtype=column.dtype)
