"""A consensus of several ways to cluster the rows of a table: each has a vote on every row.

No one way suits all tables: what finds the species of penguins mistakes the kinds of mushrooms. So
several are asked, some of the columns as they are, some of what a network makes of them; their
clusters are matched, and the share of votes is the probability of a cluster (Strehl & Ghosh 2002,
"Cluster ensembles", JMLR 3; voting as Dimitriadou, Weingessel & Hornik 2002, "A combination scheme
for fuzzy clustering"). Who agrees more with the others has more of a vote.

Shape letters: N = rows, D = numbers of a row, K = clusters, V = voters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.clustering.columns import ColumnSpace
from pellucid.clustering.k_means import k_means
from pellucid.clustering.mixtures import Covariance, fit_mixture

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Labeler = Callable[[Floats], Places]
"""Gives rows the ids of clusters that were found in others: (N, D) → (N,)."""

MOST_ROWS = 5_000
"""Clusters are found in so many rows at most, evenly spread."""
PART_OF_VARIANCE, MOST_COMPONENTS = 0.9, 20
HALF = 0.5**0.5
"""By which 0/1 of levels are multiplied, so that two levels are as far apart as two numbers."""
WEAK, STRONG, MIDDLE = 1e-3, 0.3, 1e-2
"""Added to each variance, as a part of the mean one."""
ROUNDS, STARTS = 10, 3
SMALLEST_WEIGHT = 1e-3


@dataclass(frozen=True, kw_only=True, eq=False)
class Consensus:
    """Several ways to cluster, matched.

    Attributes:
        voters: What labels rows: some look at the columns, some at the embedding.
        weights: How much each vote counts, (V,); together 1.
        orders: Which of the common clusters each of a voter's is, (V, K).
        num_of_columns: Numbers of a row that are of columns; the embedding follows.
    """

    voters: tuple[Labeler, ...]
    weights: Floats
    orders: Places
    num_of_columns: int

    @classmethod
    def fit(
        cls,
        rows_ND: Floats,
        are_levels: npt.NDArray[np.bool_],
        num_clusters: int,
        seed: int,
    ) -> Consensus:
        """Find clusters in several ways, and match them.

        Args:
            rows_ND: Rows as `joined` makes them: of columns, and perhaps an embedding.
            are_levels: Which numbers of columns are 0/1 for a level; the embedding follows.
            num_clusters: K.
            seed: Of all that is random.
        """
        width = len(are_levels)
        some_ND = rows_ND[:: -(-len(rows_ND) // MOST_ROWS)]
        voters = [
            _of_columns(way(some_ND[:, :width], num_clusters, seed), width)
            for way in _ways_for_columns(are_levels)
        ]
        if rows_ND.shape[1] > width:
            voters += [
                _of_embedding(way(directions(some_ND[:, width:]), num_clusters, seed), width)
                for way in WAYS_FOR_EMBEDDINGS
            ]
        votes_VN = np.stack([voter(some_ND) for voter in voters])
        weights_V = _weights(votes_VN)
        orders = _matched(votes_VN, weights_V, num_clusters)
        return cls(voters=tuple(voters), weights=weights_V, orders=orders, num_of_columns=width)

    def posteriors(self, rows_ND: Floats) -> Floats:
        """The share of votes for each cluster, (N, K).

        Args:
            rows_ND: Rows as `joined` makes them.
        """
        votes_VN = np.stack([voter(rows_ND) for voter in self.voters])
        return _shares(votes_VN, self.weights, self.orders)


def joined(columns: ColumnSpace, embeddings_NE: Floats | None) -> Floats:
    """Columns and embedding side by side, (N, D)."""
    if embeddings_NE is None:
        return columns.values
    return np.concatenate([columns.values, embeddings_NE], axis=1)


# --- Ways to cluster -----------------------------------------------------------------------------

Way = Callable[[Floats, int, int], Labeler]
"""Finds so many clusters in rows, with a seed, and returns what labels others."""


def _k_means(rows_ND: Floats, num_clusters: int, seed: int, *, scale: Any = 1.0) -> Labeler:
    """k-means of numbers that are multiplied first."""
    found = k_means(rows_ND * scale, num_clusters, seed, starts=10)
    return lambda others_ND: found.label(others_ND * scale)


def mixture(
    rows_ND: Floats,
    num_clusters: int,
    seed: int,
    *,
    covariance: Covariance,
    added: float,
    of_components: bool = False,
) -> Labeler:
    """A Gaussian mixture, of the principal components if asked."""
    seen = _components(rows_ND, seed) if of_components else np.asarray
    found = fit_mixture(
        seen(rows_ND), num_clusters, seed, covariance=covariance, added=added, starts=STARTS
    )
    return lambda others_ND: found.predict(seen(others_ND)).astype(np.int64)


def _components(rows_ND: Floats, seed: int) -> Callable[[Floats], Floats]:
    """What gives of rows the principal components that make up most of the variance."""
    from sklearn.decomposition import PCA

    found = PCA(min(MOST_COMPONENTS, *rows_ND.shape), random_state=seed).fit(rows_ND)
    parts = np.nan_to_num(found.explained_variance_ratio_).cumsum()
    count = max(2, int(np.searchsorted(parts, PART_OF_VARIANCE)) + 1)
    return lambda others_ND: found.transform(others_ND)[:, :count]


def _ward(rows_ND: Floats, num_clusters: int, _seed: int) -> Labeler:
    """Ward's method; other rows belong to the nearest center."""
    from scipy.spatial.distance import cdist
    from sklearn.cluster import AgglomerativeClustering

    labels_N = AgglomerativeClustering(num_clusters).fit_predict(rows_ND)
    centers = np.stack(
        [rows_ND[labels_N == cluster].mean(axis=0) for cluster in range(num_clusters)]
    )
    return lambda others_ND: cdist(others_ND, centers).argmin(axis=1)


def _ways_for_columns(are_levels: npt.NDArray[np.bool_]) -> tuple[Way, ...]:
    halved_D = np.where(are_levels, HALF, 1.0)
    return (
        _k_means,
        partial(_k_means, scale=halved_D),
        partial(mixture, covariance="tied", added=WEAK),
        partial(mixture, covariance="tied", added=WEAK, of_components=True),
        partial(mixture, covariance="full", added=WEAK, of_components=True),
        partial(mixture, covariance="full", added=STRONG),
        _ward,
    )


WAYS_FOR_EMBEDDINGS: tuple[Way, ...] = (
    _k_means,
    partial(mixture, covariance="tied", added=MIDDLE),
    partial(mixture, covariance="full", added=MIDDLE),
)


def _of_columns(labeler: Labeler, width: int) -> Labeler:
    return lambda rows_ND: labeler(rows_ND[:, :width])


def _of_embedding(labeler: Labeler, width: int) -> Labeler:
    return lambda rows_ND: labeler(directions(rows_ND[:, width:]))


def directions(rows_NE: Floats) -> Floats:
    """Each row brought to length 1, (N, E); a row of zeros stays."""
    return rows_NE / np.maximum(np.linalg.norm(rows_NE, axis=1, keepdims=True), 1e-12)


# --- Votes ---------------------------------------------------------------------------------------


def _weights(votes_VN: Places) -> Floats:
    """How far each voter agrees with the others, as a part of all agreement, (V,)."""
    from sklearn.metrics import adjusted_rand_score

    agreement_V = np.full(len(votes_VN), SMALLEST_WEIGHT)
    for a, b in combinations(range(len(votes_VN)), 2):
        agreement_V[[a, b]] += max(0.0, adjusted_rand_score(votes_VN[a], votes_VN[b]))
    return agreement_V / agreement_V.sum()


def _matched(votes_VN: Places, weights_V: Floats, num_clusters: int) -> Places:
    """Which of the common clusters each of a voter's is, (V, K).

    First those of the voter that agrees most with the others are the common ones; then those for
    which most vote, until nothing changes.
    """
    common_N = votes_VN[int(weights_V.argmax())]
    for _ in range(ROUNDS):
        orders = np.stack([_order(vote_N, common_N, num_clusters) for vote_N in votes_VN])
        before_N, common_N = common_N, _shares(votes_VN, weights_V, orders).argmax(axis=1)
        if (before_N == common_N).all():
            break
    return orders


def _order(vote_N: Places, common_N: Places, num_clusters: int) -> Places:
    """Which common cluster each of a voter's is, one to one, so that most rows agree, (K,)."""
    from scipy.optimize import linear_sum_assignment

    both = np.zeros((num_clusters, num_clusters))
    np.add.at(both, (vote_N, common_N), 1.0)
    order_K: Places = linear_sum_assignment(-both)[1]
    return order_K


def _shares(votes_VN: Places, weights_V: Floats, orders: Places) -> Floats:
    """The share of votes for each common cluster, (N, K)."""
    shares_NK = np.zeros((votes_VN.shape[1], orders.shape[1]))
    rows = np.arange(votes_VN.shape[1])
    for vote_N, weight, order_K in zip(votes_VN, weights_V, orders, strict=True):
        shares_NK[rows, order_K[vote_N]] += weight
    return shares_NK
