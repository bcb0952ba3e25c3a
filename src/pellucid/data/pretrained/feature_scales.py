"""Features of a model as the network gets them: centered, scaled, clipped softly as numbers are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

Floats = npt.NDArray[np.float64]

SOFT_CLIP = 3.0
SMALLEST_SCALE = 1e-6


@dataclass(frozen=True, kw_only=True)
class FeatureScales:
    """How features are scaled: v = s / √(1 + (s/3)²) with s = (x − mean)·scale.

    Attributes:
        mean: Training mean of each feature.
        scale: 1 / their deviations; 0 of one that is always the same.
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @classmethod
    def fit(cls, cells: pl.Series, weights: Floats) -> FeatureScales:
        """Learn mean and deviation of each feature.

        Args:
            cells: Array(Float32, F), null where there are none.
            weights: Weight of each, (n,).
        """
        features = as_numbers(cells.drop_nulls())
        weights = weights[cells.is_not_null().to_numpy()]
        if not len(features):
            nothing = (0.0,) * features.shape[1]
            return cls(mean=nothing, scale=nothing)
        mean = np.average(features, axis=0, weights=weights)
        variance = np.average((features - mean) ** 2, axis=0, weights=weights)
        scale = np.where(variance > SMALLEST_SCALE**2, 1.0 / np.sqrt(variance.clip(1e-30)), 0.0)
        return cls(mean=tuple(mean.tolist()), scale=tuple(scale.tolist()))

    @classmethod
    def from_json(cls, plain: Fields) -> FeatureScales:
        """As many means as scales.

        Raises:
            ModelFileError: They are not.
        """
        mean, scale = tuple(plain.numbers("mean")), tuple(plain.numbers("scale"))
        if not mean or len(mean) != len(scale) or min(scale) < 0.0:
            raise ModelFileError(f"The scales of {plain.what} are none.")
        return cls(mean=mean, scale=scale)

    def scaled(self, cells: pl.Series) -> npt.NDArray[np.float32]:
        """Features → v, float32 (n, F), 0 where there are none."""
        scaled = (as_numbers(cells) - np.array(self.mean)) * np.array(self.scale)
        return np.nan_to_num(scaled / np.sqrt(1.0 + (scaled / SOFT_CLIP) ** 2)).astype(np.float32)


def as_numbers(cells: pl.Series) -> Floats:
    """Features (n, F), NaN where there are none."""
    width = cells.dtype.size if isinstance(cells.dtype, pl.Array) else 0
    features = np.full((len(cells), width), np.nan)
    present = cells.is_not_null().to_numpy()
    if present.any():
        features[present] = cells.drop_nulls().to_numpy()
    return features


def feature_cells(
    name: str, features: npt.NDArray[np.float32], is_there: npt.NDArray[np.bool_]
) -> pl.Series:
    """Features as a converted column: Array(Float32, F).

    Args:
        name: Of the column.
        features: (n, F).
        is_there: Which rows have some; the others are null, (n,).
    """
    column = pl.Series(name, features, dtype=pl.Array(pl.Float32, features.shape[1]))
    if is_there.all():
        return column
    nothing = pl.Series(name, [None] * len(column), dtype=column.dtype)
    return column.zip_with(pl.Series(is_there), nothing)
