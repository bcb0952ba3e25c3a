"""Features of a column of pictures, each computed once."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

from pellucid.data.pictures.decoding import pictures_in
from pellucid.data.pictures.vision_model import VisionModel
from pellucid.data.pretrained.feature_cache import CACHE
from pellucid.data.pretrained.feature_scales import feature_cells


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
                compute = partial(model.features, pixels)
                features[place] = CACHE.features(model.digest, pixels.tobytes(), compute)
                is_there[place] = True
    return feature_cells(cells.name, features, is_there)
