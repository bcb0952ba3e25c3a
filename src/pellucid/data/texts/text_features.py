"""Features of a column of texts, each computed once."""

from __future__ import annotations

from functools import partial

import numpy as np
import polars as pl

from pellucid.data.pretrained.feature_cache import CACHE
from pellucid.data.pretrained.feature_scales import feature_cells
from pellucid.data.texts.language_model import LanguageModel

MOST_LOOKED_AT = 1_000


def features_of(model: LanguageModel, texts: pl.Series) -> pl.Series:
    """Features of a column of texts.

    Args:
        model: The language model.
        texts: String.

    Returns:
        Array(Float32, F), null where a text is missing or has no token.
    """
    features = np.zeros((len(texts), model.num_features), dtype=np.float32)
    is_there = texts.is_not_null().to_numpy().copy()
    for place in np.flatnonzero(is_there):
        text = texts[int(place)]
        compute = partial(model.features, text)
        features[place] = CACHE.features(model.digest, text.encode(), compute)
        is_there[place] = not np.isnan(features[place, 0])
    return feature_cells(texts.name, features, is_there)


def share_of_cut(model: LanguageModel, texts: pl.Series) -> float:
    """Which part of texts is longer than the model reads, as some of them tell.

    Args:
        model: The language model.
        texts: String, not all missing.
    """
    some = texts.drop_nulls()
    some = some.gather_every(max(1, len(some) // MOST_LOOKED_AT))
    return sum(map(model.is_cut, some)) / len(some)
