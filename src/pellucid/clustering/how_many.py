"""How many clusters there are: no rule knows, so several are asked.

* *silhouette*: the number at which rows are nearest to their own cluster, compared with the next
  (Rousseeuw 1987), with k-means.
* *density*: how many dense regions HDBSCAN finds (Campello, Moulavi & Sander 2013) of 2.5 % of the
  rows or more.
* *apart*: how many clusters have few rows between them (`pellucid.clustering.modes`).

The median is taken (of two answers that of the silhouette), and least and greatest answer are the
range, with the next number where halves of the rows agree on it no less. All are computed in one
space: such numbers of different embeddings cannot be compared.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from pellucid.clustering.modes import find_separations
from pellucid.clustering.stability import Finder, stability
from pellucid.model.cluster_count import ClusterCount

Floats = npt.NDArray[np.float64]

MOST_ROWS = 2000
MOST_CLUSTERS = 16
ROWS_PER_CLUSTER = 20
"""So many clusters are tried at most: one for 20 rows."""

APART = 0.01
"""Clusters are apart below this p-value."""

SMALLEST_PART = 0.025
NEIGHBORS = 10
SILHOUETTE_ROWS = 1000


def how_many(space: Floats, find: Finder, seed: int = 0) -> ClusterCount:
    """Ask several rules for the number of clusters.

    Args:
        space: Rows, (n, d), in which Euclidean distance says how alike two are.
        find: Finds clusters as those in the end are found; its repeatability widens the range.
        seed: Of the sample of 2,000 rows at most, and of the rules.

    Returns:
        The count; 1, with no rule, where there are fewer than 40 rows or hardly any differ.
    """
    generator = np.random.default_rng(seed)
    rows = space[generator.permutation(len(space))[:MOST_ROWS]]
    num_distinct = len(np.unique(rows.astype(np.float32), axis=0))  # no finer than the network
    most = min(MOST_CLUSTERS, len(rows) // ROWS_PER_CLUSTER, num_distinct // 2)
    if most < 2:
        return _too_few(num_distinct)
    silhouettes, apart = _cut(rows, most, seed)
    best = max(silhouettes, key=lambda k: silhouettes[k])
    answers = {"silhouette": best, "density": _dense_regions(rows), "apart": apart}
    rules = {name: answer for name, answer in answers.items() if answer > 1}
    # Of two answers, that of the silhouette, which always has one.
    k = best if len(rules) == 2 else int(statistics.median(rules.values()))
    low, high = min(rules.values()), max(rules.values())
    curve = stability(rows, find, range(2, most + 1), seed)
    low, high = _widen(k, low, high, curve)
    return ClusterCount(
        k=k,
        low=low,
        high=high,
        rules=rules,
        silhouettes=silhouettes,
        stability=curve,
        reason=_told(k, low, high, rules),
    )


def _cut(rows: Floats, most: int, seed: int) -> tuple[dict[int, float], int]:
    """The silhouette for each number of clusters, and how many clusters are apart at most."""
    from sklearn.metrics import silhouette_score

    silhouettes, apart, some = {}, 1, SILHOUETTE_ROWS  # rows come in random order
    for k in range(2, most + 1):
        found = find_separations(rows, k, seed)
        labels = found.labels[:some]
        is_cut = labels.min() < labels.max()  # a small cluster may have none of these rows
        silhouettes[k] = float(silhouette_score(rows[:some], labels)) if is_cut else -1.0
        apart = max(apart, found.num_groups(APART))
    return silhouettes, apart


def _dense_regions(rows: Floats) -> int:
    from sklearn.cluster import HDBSCAN

    smallest = max(5, round(SMALLEST_PART * len(rows)))
    finder = HDBSCAN(min_cluster_size=smallest, min_samples=NEIGHBORS, copy=True)
    return int(finder.fit_predict(rows).max()) + 1


def _widen(k: int, low: int, high: int, curve: Mapping[int, float]) -> tuple[int, int]:
    """Take into the range what is next to it, if it is no less repeatable than the number taken."""
    low -= curve.get(low - 1, -1.0) >= curve[k]
    high += curve.get(high + 1, -1.0) >= curve[k]
    return low, high


def _told(k: int, low: int, high: int, rules: Mapping[str, int]) -> str:
    answers = ", ".join(f"{name} {answer}" for name, answer in rules.items())
    several = f"Several answers are reasonable: {low} to {high}. " if low < high else ""
    by = (
        "silhouette's answer, as no other rule sees several:",
        "silhouette's answer of",
        "median of",
    )
    return f"{several}{k} is the {by[len(rules) - 1]} {answers}."


def _too_few(num_distinct: int) -> ClusterCount:
    too_few = f"{num_distinct} different rows are too few to count clusters in them."
    return ClusterCount(
        k=1,
        low=1,
        high=1,
        rules={},
        silhouettes={},
        stability={},
        reason=too_few if num_distinct > 1 else "To the network all rows are the same.",
    )
