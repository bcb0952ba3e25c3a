"""How pictures of a column usually look: where they are light and dark, and how colored.

Each is seen in 8 × 8 places, and its distance from the mean picture is Mahalanobis's: what hardly
varies in training counts most. No network is needed for it, and no single picture is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from pellucid.data.pictures.picture import Pixels
from pellucid.data.pictures.shrinking import shrink
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

PLACES = 8
"""A side."""

LEAST_VARIANCE = 0.01
"""Of the mean variance: what varies less in training is taken to vary so much, for fewer pictures
than numbers leave directions in which nothing varies at all."""

FAR_BELOW = 0.5
"""A picture has oddly little contrast, or color, below this part of the least in training."""

LEAST_COLOR = 2.0
"""Of 255: where some pictures of training had less, a grey one is nothing new."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Looks:
    """What is seen of some pictures at a glance.

    Attributes:
        places: Brightness of each color in each place, 0 … 1, float32 (n, D).
        contrasts: Deviation of brightness over a picture, 0 … 255, (n,).
        colors: How far its colors are apart, mean over a picture, 0 … 255, (n,); 0 if it is grey.
    """

    MOST: ClassVar[int] = 3 * PLACES**2
    places: Singles
    contrasts: Floats
    colors: Floats

    @staticmethod
    def width_of(size: tuple[int, int, int]) -> int:
        """D of pictures of such height, width and colors."""
        height, width, colors = size
        return min(height, PLACES) * min(width, PLACES) * colors

    @classmethod
    def of(cls, pixels: Pixels) -> Looks:
        """Those of pictures (n, H, W, C)."""
        height, width = (min(side, PLACES) for side in pixels.shape[1:3])
        places = shrink(pixels, height, width).reshape(len(pixels), -1).astype(np.float32)
        places /= np.float32(255)
        spread = pixels.max(axis=3).astype(np.float32) - pixels.min(axis=3)
        return cls(
            places=places,
            contrasts=pixels.std(axis=(1, 2), dtype=np.float32).max(axis=1, initial=0.0),
            colors=spread.mean(axis=(1, 2)),
        )

    @classmethod
    def joined(cls, parts: Iterable[Looks]) -> Looks:
        """Those of several, one after the other."""
        several = list(parts)
        return cls(
            places=np.concatenate([part.places for part in several]),
            contrasts=np.concatenate([part.contrasts for part in several]),
            colors=np.concatenate([part.colors for part in several]),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Appearance:
    """How the pictures of training look.

    Attributes:
        mean: Of the brightness in each place, (D,).
        whitening: What makes all directions vary alike, (D, D).
        least_contrast: Of any of them.
        least_color: Likewise.
    """

    mean: Singles
    whitening: Singles
    least_contrast: float
    least_color: float

    @classmethod
    def fit(cls, looks: Looks) -> Appearance:
        """Learn from pictures of training."""
        mean = looks.places.mean(axis=0)
        covariance = np.cov(looks.places, rowvar=False, bias=True).reshape(len(mean), len(mean))
        variances, directions = np.linalg.eigh(covariance)
        least = max(LEAST_VARIANCE * float(variances.mean()), 1e-12)
        whitening = directions / np.sqrt(variances.clip(least))
        return cls(
            mean=mean,
            whitening=whitening.astype(np.float32),
            least_contrast=float(looks.contrasts.min()),
            least_color=float(looks.colors.min()),
        )

    def distances(self, looks: Looks) -> Floats:
        """Mahalanobis's distance of each picture from the mean, (n,)."""
        found = (looks.places - self.mean) @ self.whitening
        return np.linalg.norm(found, axis=1).astype(np.float64)

    def faults(self, looks: Looks) -> dict[int, str]:
        """What is odd about some pictures, whatever they show, in words, by their places."""
        has_color = self.least_color > LEAST_COLOR
        grey = has_color & (looks.colors < FAR_BELOW * self.least_color)
        flat = looks.contrasts < FAR_BELOW * self.least_contrast
        return {
            **dict.fromkeys(np.flatnonzero(grey).tolist(), "is grey; all in training had color"),
            **dict.fromkeys(np.flatnonzero(flat).tolist(), "is nearly all of one color"),
        }

    def to_plain(self) -> tuple[Singles, dict[str, Any]]:
        """The numbers, one after the other, and the rest as plain data."""
        flat = np.concatenate([self.mean, self.whitening.ravel()])
        least = {"least_contrast": self.least_contrast, "least_color": self.least_color}
        return flat, {"places": len(self.mean), **least}

    @classmethod
    def from_plain(cls, flat: npt.NDArray[Any], plain: Fields) -> Appearance:
        """What `to_plain` described.

        Raises:
            ModelFileError: It described none.
        """
        count = plain.whole("places", at_least=1, at_most=Looks.MOST)
        if flat.dtype != np.float32 or flat.shape != (count + count**2,):
            raise ModelFileError(f"The numbers of {plain.what} are {flat.dtype} {flat.shape}.")
        if not np.isfinite(flat).all():
            raise ModelFileError(f"The numbers of {plain.what} are not finite.")
        return cls(
            mean=flat[:count],
            whitening=flat[count:].reshape(count, count),
            least_contrast=plain.number("least_contrast", 0.0, 255.0),
            least_color=plain.number("least_color", 0.0, 255.0),
        )
