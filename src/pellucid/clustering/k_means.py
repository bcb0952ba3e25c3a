"""k-means as all of this room call it: quiet where rows are too much alike for so many clusters."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Centers:
    """Clusters that k-means found.

    Attributes:
        centers: Of each cluster, (K, d).
        labels: The cluster of each row that it was found in, (n,).
        spread: Mean squared distance of these rows to their own center.
    """

    centers: Floats
    labels: Places
    spread: float

    def label(self, rows: Floats) -> Places:
        """The cluster whose center is nearest to each row, (n,)."""
        from sklearn.metrics import pairwise_distances_argmin

        return pairwise_distances_argmin(rows, self.centers).astype(np.int64)


def k_means(
    rows: Floats, num_clusters: int, seed: int, *, starts: int = 3, centers: Floats | None = None
) -> Centers:
    """Find clusters by k-means.

    Args:
        rows: (n, d).
        num_clusters: K, at most n.
        seed: Of the starts.
        starts: From how many starts; the best is taken.
        centers: Where to start instead, (K, d).
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    finder = KMeans(
        num_clusters,
        init="k-means++" if centers is None else centers,
        n_init=starts if centers is None else 1,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than clusters
        finder.fit(rows)
    return Centers(
        centers=finder.cluster_centers_,
        labels=finder.labels_.astype(np.int64),
        spread=float(finder.inertia_) / len(rows),
    )
