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
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt

from pellucid.clustering.columns import ColumnSpace
from pellucid.clustering.k_means import k_means
from pellucid.clustering.mixtures import Covariance, fit_mixture

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Sight = Literal["plain", "even", "tailless", "components", "embeddings"]

MOST_ROWS = 5_000
"""Clusters are found in so many rows at most, evenly spread."""
PART_OF_VARIANCE, MOST_COMPONENTS, MOST_NUMBERS = 0.9, 20, 100
HALF = 0.5**0.5
"""By which 0/1 of levels are multiplied, so that two levels are as far apart as two numbers."""
WEAK, STRONG, MIDDLE = 1e-3, 0.3, 1e-2
"""Added to each variance, as a part of the mean one."""
ROUNDS, STARTS = 10, 3
SMALLEST_WEIGHT, LEAST_AGREEMENT = 1e-3, 0.3


@dataclass(frozen=True, kw_only=True, eq=False)
class Sights:
    """Rows as voters see them, each in one of several ways.

    Attributes:
        plain: Numbers standardized, 0/1 for each level, (N, D).
        even: Two levels as far apart as two numbers one deviation apart, (N, D).
        tailless: The same, with the logarithm of numbers that have a long tail, (N, D).
        components: Of the last the first principal components, (N, C).
        embeddings: What a network makes of the rows, each of length 1, (N, E); None without one.
    """

    plain: Floats
    even: Floats
    tailless: Floats
    components: Floats
    embeddings: Floats | None

    @classmethod
    def of(cls, columns: ColumnSpace, embeddings_NE: Floats | None, seed: int) -> Sights:
        """Those of rows.

        Args:
            columns: The rows' columns.
            embeddings_NE: What a network makes of the rows, each of length 1; None without one.
            seed: Of the components.
        """
        scale_D = np.where(columns.are_levels, HALF, 1.0)
        even_ND = columns.values * scale_D
        tailless_ND = columns.without_tails.values * scale_D
        components_NC = _components(tailless_ND, seed)
        return cls(
            plain=columns.values,
            even=_narrow(even_ND, seed),
            tailless=_narrow(tailless_ND, seed),
            components=components_NC,
            embeddings=embeddings_NE,
        )

    def take(self, rows: Places) -> Sights:
        """The rows at some places."""
        found = self.embeddings
        return Sights(
            plain=self.plain[rows],
            even=self.even[rows],
            tailless=self.tailless[rows],
            components=self.components[rows],
            embeddings=None if found is None else found[rows],
        )


def consensus(
    sights: Sights, num_clusters: int, seed: int, learned: Places | None = None
) -> Floats:
    """The share of votes for each of so many clusters, (N, K).

    Where the voters hardly agree, k-means decides alone; and where a cluster gets lost between
    them, the one that agrees most with the others.

    Args:
        sights: The rows.
        num_clusters: K.
        seed: Of all that is random.
        learned: Places of the rows in which clusters are found; None for all.
    """
    learned = np.arange(len(sights.plain)) if learned is None else learned
    some = sights.take(learned[:: -(-len(learned) // MOST_ROWS)])
    voters = [way(some, num_clusters, seed) for way in _ways(sights)]
    votes_VN = np.stack([voter(some) for voter in voters])
    agreement_V = _agreement(votes_VN)
    weights_V = agreement_V.clip(SMALLEST_WEIGHT)
    if agreement_V.mean() < LEAST_AGREEMENT:
        weights_V = np.eye(len(voters))[0]  # the first is k-means of the columns as they are
    orders = _matched(votes_VN, weights_V, num_clusters)
    shares_NK = _shares(votes_VN, weights_V, orders)
    if np.bincount(shares_NK.argmax(axis=1), minlength=num_clusters).min() < _fewest(votes_VN):
        weights_V = np.eye(len(voters))[int(agreement_V.argmax())]
    return _shares(np.stack([voter(sights) for voter in voters]), weights_V, orders)


def _fewest(votes_VN: Places) -> int:
    """Of fewer rows a cluster is one that got lost between the voters."""
    smallest = min(int(np.bincount(vote_N).min()) for vote_N in votes_VN)
    return max(1, smallest // 2)


# --- Ways to cluster -----------------------------------------------------------------------------

Voter = Callable[[Sights], Places]
"""Gives rows the ids of clusters that were found in others, (N,)."""
Way = Callable[[Sights, int, int], Voter]
"""Finds so many clusters in rows, with a seed."""


def _ways(sights: Sights) -> list[Way]:
    ways = [
        _k_means("plain"),
        _k_means("even"),
        _mixture("even", "tied", WEAK),
        _mixture("components", "tied", WEAK),
        _mixture("components", "full", WEAK),
        _mixture("tailless", "full", STRONG),
        _ward("tailless"),
    ]
    if sights.embeddings is not None:
        ways += [
            _k_means("embeddings"),
            _mixture("embeddings", "tied", MIDDLE),
            _mixture("embeddings", "full", MIDDLE),
        ]
    return ways


def _k_means(sight: Sight) -> Way:
    def find(sights: Sights, num_clusters: int, seed: int) -> Voter:
        found = k_means(getattr(sights, sight), num_clusters, seed, starts=10)
        return lambda others: found.label(getattr(others, sight))

    return find


def _mixture(sight: Sight, covariance: Covariance, added: float) -> Way:
    def find(sights: Sights, num_clusters: int, seed: int) -> Voter:
        rows_ND = getattr(sights, sight)
        found = fit_mixture(
            rows_ND, num_clusters, seed, covariance=covariance, added=added, starts=STARTS
        )
        return lambda others: found.predict(getattr(others, sight)).astype(np.int64)

    return find


def _ward(sight: Sight) -> Way:
    """Ward's method; other rows belong to the nearest center."""

    def find(sights: Sights, num_clusters: int, _seed: int) -> Voter:
        from scipy.spatial.distance import cdist
        from sklearn.cluster import AgglomerativeClustering

        rows_ND = getattr(sights, sight)
        labels_N = AgglomerativeClustering(num_clusters).fit_predict(rows_ND)
        parts = [rows_ND[labels_N == cluster] for cluster in range(num_clusters)]
        centers = np.stack([part.mean(axis=0) for part in parts])
        return lambda others: cdist(getattr(others, sight), centers).argmin(axis=1)

    return find


def _components(rows_ND: Floats, seed: int) -> Floats:
    """The principal components that make up most of the variance."""
    from sklearn.decomposition import PCA

    found = PCA(min(MOST_COMPONENTS, *rows_ND.shape), random_state=seed)
    with np.errstate(invalid="ignore"):  # of equal rows the variance has no parts
        made_NC = found.fit_transform(rows_ND)
    parts = np.nan_to_num(found.explained_variance_ratio_).cumsum()
    return made_NC[:, : max(2, int(np.searchsorted(parts, PART_OF_VARIANCE)) + 1)]


def _narrow(rows_ND: Floats, seed: int) -> Floats:
    """No more numbers of a row than a covariance matrix is quickly made of."""
    from sklearn.decomposition import PCA

    if rows_ND.shape[1] <= MOST_NUMBERS:
        return rows_ND
    count = min(MOST_NUMBERS, len(rows_ND))
    made: Floats = PCA(count, random_state=seed).fit_transform(rows_ND)
    return made


# --- Votes ---------------------------------------------------------------------------------------


def _agreement(votes_VN: Places) -> Floats:
    """The mean adjusted Rand index of each voter with the others, (V,)."""
    from sklearn.metrics import adjusted_rand_score

    sums_V = np.zeros(len(votes_VN))
    for a, b in combinations(range(len(votes_VN)), 2):
        sums_V[[a, b]] += adjusted_rand_score(votes_VN[a], votes_VN[b])
    return sums_V / (len(votes_VN) - 1)


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
    weights_V = weights_V / weights_V.sum()
    rows = np.arange(votes_VN.shape[1])
    for vote_N, weight, order_K in zip(votes_VN, weights_V, orders, strict=True):
        shares_NK[rows, order_K[vote_N]] += weight
    return shares_NK
