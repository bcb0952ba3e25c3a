"""The teacher: a mixture of clusters in a space, whose soft answers the network learns.

Shape letters: N = rows, D = numbers of a row, K = clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pellucid.model.cluster_record import Teacher as TeacherName

Floats = npt.NDArray[np.float64]

STARTS = 5
SMALLEST_VARIANCE = 1e-3
"""Added to each variance, as part of the space's mean variance."""


class Teacher(Protocol):
    """What clusters a space."""

    def posteriors(self, space_ND: Floats) -> Floats:
        """The probability of each cluster for rows of the space, (N, K)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Mixture:
    """A Gaussian mixture, each cluster with a covariance matrix of its own.

    Attributes:
        model: scikit-learn's.
    """

    model: Any

    @classmethod
    def fit(cls, space_ND: Floats, num_clusters: int, seed: int) -> Mixture:
        """The likeliest of several starts by k-means."""
        from sklearn.mixture import GaussianMixture

        variance = float(space_ND.var(axis=0).mean())
        model = GaussianMixture(
            num_clusters,
            n_init=STARTS,
            reg_covar=max(1e-9, SMALLEST_VARIANCE * variance),
            random_state=seed,
            max_iter=200,
        )
        return cls(model=model.fit(space_ND))

    def posteriors(self, space_ND: Floats) -> Floats:
        """The probability of each cluster for rows of the space, (N, K)."""
        found: Floats = self.model.predict_proba(space_ND)
        return found


@dataclass(frozen=True, kw_only=True, eq=False)
class SphericalKMeans:
    """k-means of directions: each row brought to length 1.

    Attributes:
        centers: Of the clusters, each of length 1, (K, D).
        sharpness: By which the cosine of row and center is multiplied before the softmax.
    """

    centers: Floats
    sharpness: float

    @classmethod
    def fit(cls, space_ND: Floats, num_clusters: int, seed: int) -> SphericalKMeans:
        """The best of several starts."""
        from sklearn.cluster import KMeans

        unit_ND = _directions(space_ND)
        model = KMeans(num_clusters, n_init=2 * STARTS, random_state=seed).fit(unit_ND)
        centers = _directions(model.cluster_centers_)
        cosine_N = (unit_ND * centers[model.labels_]).sum(axis=1)
        # That of a von Mises–Fisher mixture (Banerjee et al. 2005, JMLR 6, eq. 4.4).
        mean, width = float(np.clip(cosine_N.mean(), 0.0, 1.0 - 1e-6)), space_ND.shape[1]
        return cls(centers=centers, sharpness=mean * (width - mean**2) / (1.0 - mean**2))

    def posteriors(self, space_ND: Floats) -> Floats:
        """The probability of each cluster for rows of the space, (N, K)."""
        from scipy.special import softmax

        found: Floats = softmax(self.sharpness * _directions(space_ND) @ self.centers.T, axis=1)
        return found


def _directions(rows_ND: Floats) -> Floats:
    return rows_ND / np.maximum(np.linalg.norm(rows_ND, axis=1, keepdims=True), 1e-12)


def fit_teacher(name: TeacherName, space_ND: Floats, num_clusters: int, seed: int) -> Teacher:
    """Fit the teacher of a name to a space."""
    kinds: dict[TeacherName, type[Mixture | SphericalKMeans]] = {
        "Gaussian mixture": Mixture,
        "spherical k-means": SphericalKMeans,
    }
    return kinds[name].fit(space_ND, num_clusters, seed)
