"""The teacher: what finds clusters, whose soft answers the network learns.

Shape letters: N = rows, D = numbers of a row, K = clusters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from pellucid.clustering.columns import ColumnSpace
from pellucid.clustering.consensus import Sights, consensus
from pellucid.clustering.k_means import k_means
from pellucid.clustering.mixtures import fit_mixture
from pellucid.clustering.stability import Labeler, stability_of
from pellucid.model.nearness import unit_length

Floats = npt.NDArray[np.float64]

MIXTURE_STARTS, STARTS = 20, 10
SMALLEST_VARIANCE = 1e-3
"""Added to each variance, as part of the mean one."""
SHARPNESS = 10.0
"""By which cosines are multiplied before the softmax. That of a von Mises-Fisher mixture (Banerjee
et al. 2005, JMLR 6) is several times greater, and far too sure of topics."""


class Teacher(Protocol):
    """What finds clusters of some rows."""

    @property
    def space(self) -> Floats:
        """The rows as numbers whose distances say how alike two are, (N, D)."""

    def posteriors(self, num_clusters: int) -> Floats:
        """The probability of each of so many clusters for the rows, (N, K)."""

    def quickly(self, rows_ND: Floats, num_clusters: int) -> Labeler:
        """What labels rows as so many clusters of others, found from one start."""

    def stability(self, num_clusters: int) -> float | None:
        """How far two halves of the rows agree on so many clusters; None for too many, or one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class MixtureTeacher:
    """A Gaussian mixture, each cluster with a covariance matrix of its own.

    Attributes:
        space: As of each teacher.
        seed: Of the starts.
    """

    space: Floats
    seed: int

    def posteriors(self, num_clusters: int) -> Floats:
        """The probability of each cluster for the rows, (N, K): the likeliest of 20 starts."""
        return self._fit(self.space, num_clusters, MIXTURE_STARTS).predict_proba(self.space)

    def quickly(self, rows_ND: Floats, num_clusters: int) -> Labeler:
        """From one start."""
        found = self._fit(rows_ND, num_clusters, 1)
        return lambda others_ND: found.predict(others_ND).astype(np.int64)

    def stability(self, num_clusters: int) -> float | None:
        """From one start each."""
        return stability_of(self.space, self.quickly, num_clusters, self.seed)

    def _fit(self, rows_ND: Floats, num_clusters: int, starts: int) -> Any:
        return fit_mixture(rows_ND, num_clusters, self.seed, added=SMALLEST_VARIANCE, starts=starts)


@dataclass(frozen=True, kw_only=True, eq=False)
class SphericalTeacher:
    """k-means of directions: of each row only where it points to counts.

    Attributes:
        space: As of each teacher, each row of length 1.
        seed: Of the starts.
    """

    space: Floats
    seed: int

    def posteriors(self, num_clusters: int) -> Floats:
        """The probability of each cluster for the rows, (N, K)."""
        from scipy.special import softmax

        found = k_means(self.space, num_clusters, self.seed, starts=STARTS)
        cosines_NK = self.space @ unit_length(torch.from_numpy(found.centers)).numpy().T
        probabilities: Floats = softmax(SHARPNESS * cosines_NK, axis=1)
        return probabilities

    def quickly(self, rows_ND: Floats, num_clusters: int) -> Labeler:
        """From one start."""
        return k_means(rows_ND, num_clusters, self.seed, starts=1).label

    def stability(self, num_clusters: int) -> float | None:
        """From one start each."""
        return stability_of(self.space, self.quickly, num_clusters, self.seed)


@dataclass(frozen=True, kw_only=True, eq=False)
class ConsensusTeacher:
    """A consensus of several ways to cluster.

    Attributes:
        columns: The rows as they are.
        embeddings: What a network makes of them, each of length 1, (N, E); None without one.
        seed: Of the ways.
    """

    columns: ColumnSpace
    embeddings: Floats | None
    seed: int

    @property
    def space(self) -> Floats:
        """The columns: an embedding may part what is one."""
        return self.columns.values

    def posteriors(self, num_clusters: int) -> Floats:
        """The share of votes for each cluster, (N, K)."""
        return consensus(self._sights, num_clusters, self.seed)

    @cached_property
    def _sights(self) -> Sights:
        return Sights.of(self.columns, self.embeddings, self.seed)

    def quickly(self, rows_ND: Floats, num_clusters: int) -> Labeler:
        """By k-means."""
        return k_means(rows_ND, num_clusters, self.seed, starts=1).label

    def stability(self, num_clusters: int) -> float | None:
        """That of the consensus: of each half, as its voters find it."""
        sights, seed = self._sights, self.seed
        places = np.arange(len(self.space), dtype=np.float64)[:, None]

        def find(half: Floats, num_clusters: int) -> Labeler:
            learned = half[:, 0].astype(np.int64)
            labels = consensus(sights, num_clusters, seed, learned).argmax(axis=1)
            return lambda some: labels[some[:, 0].astype(np.int64)]

        return stability_of(places, find, num_clusters, seed)
