"""Whether clusters are apart: few rows lie between two of them.

k-means cuts anything into clusters, so that two of them differ proves nothing. Two are apart where
the rows along the line from one to the other have two modes: Hartigan's dip tells. The idea of
counting clusters so is that of UniForCE (Vardakas et al. 2023, arXiv:2312.11323); two things are
done otherwise, lest chance and the cutting itself make modes:

* A row is projected on a line that was found without it (in five folds): with many columns a line
  can be found along which any rows fall apart.
* Not the rows of both clusters are taken, but all rows near the line. Rows with one center of mass
  (a log-concave distribution: one Gaussian of whatever covariance, a uniform box) have one mode
  along any line within any tube around it; the rows of two of many cells need not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pellucid.clustering.dip import dip, dip_p_value
from pellucid.clustering.k_means import k_means

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FOLDS = 5
SHRINKAGE = 0.1
"""Part of the mean variance that is added in all directions: few rows do not show how many columns
vary together."""

SAME_PART = 0.5
"""A cluster is the same in other rows if both have so much of what either has in common."""

FEWEST_ROWS = 10
TUBE = 0.7
"""So large a part of the rows of both clusters are near the line between them."""

SMALLEST = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class Separations:
    """How sure it is that clusters are apart.

    Attributes:
        labels: The cluster of each row, (n,).
        p_values: Of each pair, (K, K), symmetric: how probable so few rows between them are if
            there is one mode; 1 for clusters that other rows do not show or that have hardly any
            rows.
    """

    labels: Places
    p_values: Floats

    def num_groups(self, level: float) -> int:
        """Count what is left when clusters that are not apart count as one.

        Args:
            level: Pairs are apart if their p-value is below.
        """
        groups = np.arange(len(self.p_values))
        for a, b in zip(*np.nonzero(self.p_values >= level), strict=True):
            groups[groups == groups[a]] = groups[b]
        return len(np.unique(groups))


def find_separations(space: Floats, num_clusters: int, seed: int = 0) -> Separations:
    """Cut rows into clusters by k-means and ask of each pair whether it is apart.

    Args:
        space: Rows, (n, d).
        num_clusters: K, at most n / 2.
        seed: Of k-means and of the folds.
    """
    fitted = k_means(space, num_clusters, seed)
    folds = np.random.default_rng(seed).permutation(len(space)) % FOLDS
    along, aside = (np.zeros((len(space), num_clusters, num_clusters)) for _ in range(2))
    found = np.zeros(len(space), dtype=np.int64)
    for fold in range(FOLDS):
        rest, own = space[folds != fold], space[folds == fold]
        others = k_means(rest, num_clusters, seed, centers=fitted.centers)
        found[folds == fold] = others.label(own)
        within = rest - others.centers[others.labels]
        along[folds == fold], aside[folds == fold] = _project(own, others.centers, within)
    labels = fitted.labels
    p_values = np.ones((num_clusters, num_clusters))
    shown = [c for c in range(num_clusters) if _is_shown(labels == c, found == c)]
    for a, b in combinations(shown, 2):
        near = aside[:, a, b] <= np.quantile(aside[(labels == a) | (labels == b), a, b], TUBE)
        p_value = dip_p_value(dip(along[near, a, b]), int(near.sum()))
        p_values[a, b] = p_values[b, a] = p_value
    return Separations(labels=labels, p_values=p_values)


def _is_shown(in_all: npt.NDArray[np.bool_], in_others: npt.NDArray[np.bool_]) -> bool:
    """Whether the rows of a cluster are those that it has if they are left out of finding it."""
    both, either = (in_all & in_others).sum(), (in_all | in_others).sum()
    return bool(in_all.sum() >= FEWEST_ROWS and both >= SAME_PART * either)


def _project(rows: Floats, centers: Floats, within: Floats) -> tuple[Floats, Floats]:
    """Where rows lie along the line between each pair of centers, and how far off the line.

    Distances are in units of the deviation within clusters, which other rows tell.

    Returns:
        Both (n, K, K), where the first cluster of a pair has the lower id.
    """
    covariance = np.cov(within, rowvar=False, bias=True).reshape(within.shape[1], -1)
    variance = max(SHRINKAGE * float(np.trace(covariance)) / len(covariance), SMALLEST)
    covariance += variance * np.eye(len(covariance))
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)).T
    rows, centers = rows @ whitening, centers @ whitening
    along, aside = (np.zeros((len(rows), len(centers), len(centers))) for _ in range(2))
    for a, b in combinations(range(len(centers)), 2):
        line = centers[b] - centers[a]
        line /= max(float(np.linalg.norm(line)), SMALLEST)
        from_middle = rows - (centers[a] + centers[b]) / 2
        along[:, a, b] = from_middle @ line
        aside[:, a, b] = np.linalg.norm(from_middle - along[:, a, b, None] * line, axis=1)
    return along, aside
