"""How repeatable clusters are: two halves of the rows learn them, and label all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

Labeler = Callable[[Floats], Places]
Finder = Callable[[Floats, int], Labeler]
"""Finds k clusters in rows, and returns what labels others."""

REPEATS = 2
MOST_ROWS = 2_000
VERY, FAIRLY, HARDLY = 0.9, 0.7, 0.5
"""Agreement from which on clusters are called so."""


def stability(
    space: Floats, find: Finder, counts: Iterable[int], seed: int = 0
) -> dict[int, float]:
    """Measure how far two halves of the rows agree, for several numbers of clusters.

    Args:
        space: Rows, (n, d).
        find: Finds clusters in a half, and labels all rows.
        counts: Numbers of clusters, each at most n / 2.
        seed: Of the halves.

    Returns:
        By number of clusters, the adjusted Rand index of both labelings, mean over two pairs of
        halves: 1 where they agree on every row, 0 where they agree as by chance.
    """
    from sklearn.metrics import adjusted_rand_score

    generator = np.random.default_rng(seed)
    halves = [np.array_split(generator.permutation(len(space)), 2) for _ in range(REPEATS)]
    curve = {}
    for num_clusters in counts:
        agreements = []
        for half, other in halves:
            labelings = [find(space[part], num_clusters)(space) for part in (half, other)]
            agreements.append(adjusted_rand_score(*labelings))
        curve[num_clusters] = float(np.mean(agreements))
    return curve


def stability_of(space: Floats, find: Finder, num_clusters: int, seed: int) -> float | None:
    """How far two halves of a sample of 2,000 rows at most agree on one number of clusters.

    Args:
        space: Rows, (n, d).
        find: As for `stability`.
        num_clusters: How many clusters.
        seed: Of sample and halves.

    Returns:
        As `stability` gives it; None for one cluster, and for more than there are rows in a half.
    """
    some = np.random.default_rng(seed).permutation(len(space))[:MOST_ROWS]
    if not 1 < num_clusters <= len(some) // 2:
        return None
    return stability(space[some], find, [num_clusters], seed)[num_clusters]


def stability_in_words(agreement: float) -> str:
    """What an agreement of two halves says: "very repeatable (…)"."""
    words = ((VERY, "very"), (FAIRLY, "fairly"), (HARDLY, "hardly"))
    found = next((word for least, word in words if agreement >= least), "not")
    return (
        f"{found} repeatable: two halves of the rows agree to {agreement:.2f} (1 is full agreement)"
    )
