"""What flat algorithms find in the same rows without a network: k-means, and a Gaussian mixture."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.clustering.columns import ColumnSpace
from pellucid.clustering.k_means import k_means
from pellucid.clustering.mixtures import fit_mixture
from pellucid.clustering.stability import Labeler, stability_of
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.rows import FrameRows
from pellucid.data.table_encoder import TableEncoder
from pellucid.model.cost_clock import CostClock
from pellucid.model.record import Cost

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MOST_LEARNED = 20_000
"""Rows that flat algorithms learn from, as many as the network's teacher; all are labeled."""
STARTS = 10
MIXTURE_STARTS, MOST_COMPONENTS = 3, 20
ADDED = 1e-3
"""To each variance of a mixture, as a part of the mean one."""

K_MEANS, MIXTURE = "k-means", "Gaussian mixture"


@dataclass(frozen=True, kw_only=True, eq=False)
class FlatClustering:
    """What one flat algorithm finds.

    Attributes:
        name: "k-means" or "Gaussian mixture".
        labels: The cluster of each row, (n,), numbered in any order; None if it failed.
        agreement: How far they are the network's clusters (adjusted Rand index): 1 where they are
            the same, 0 where they agree as by chance. None where there is one cluster, or none.
        stability: How far two halves of the rows agree on the clusters of all, likewise; None where
            that cannot be told.
        cost: What it took, with what it shares with the others: preparing the columns.
        failure: Why there is no result; "" if there is one.
    """

    name: str
    labels: Places | None
    agreement: float | None
    stability: float | None
    cost: Cost
    failure: str = ""

    def to_json(self) -> dict[str, Any]:
        """All but the labels as plain data."""
        plain = {name: value for name, value in self.__dict__.items() if name != "labels"}
        return plain | {"cost": asdict(self.cost)}


class FlatRows:
    """Rows as flat algorithms get them, and those of them that they learn from.

    Args:
        frame: Converted rows.
        encoder: The network's: it weighs the terms of texts.
        seed: Of the sample.

    Attributes:
        space: All rows as numbers.
        learned: The rows that are learned from, 20,000 at most, (m, d).
        cost: What preparing them took.
    """

    def __init__(self, frame: pl.DataFrame, encoder: TableEncoder, seed: int) -> None:
        clock = CostClock()
        order = np.random.default_rng(seed).permutation(frame.height)
        places = np.sort(order[:MOST_LEARNED])
        rows = EncodedRows.of(encoder, FrameRows(frame))
        self.space = ColumnSpace.of(frame, rows, places)
        self.learned: Floats = self.space.take(places)
        self.cost = clock.cost

    def label(self, labeler: Labeler) -> Places:
        """The cluster of each row, block by block, (n,)."""
        return np.concatenate([labeler(block) for block in self.space.blocks()]).astype(np.int64)


def flat_clusterings(
    rows: FlatRows, clusters: Places, num_clusters: int, seed: int
) -> tuple[FlatClustering, ...]:
    """Let each flat algorithm find as many clusters as the network has.

    Args:
        rows: The rows.
        clusters: The network's cluster of each, the likeliest also of rows like none, (n,).
        num_clusters: How many clusters.
        seed: Of starts and halves.
    """
    return tuple(_run(name, rows, clusters, num_clusters, seed) for name in _ALGORITHMS)


def _run(
    name: str, rows: FlatRows, clusters: Places, num_clusters: int, seed: int
) -> FlatClustering:
    """One algorithm; whatever it refuses is told, for the network's clusters are there."""
    from sklearn.metrics import adjusted_rand_score

    fit, clock = _ALGORITHMS[name], CostClock()
    clock.begin_with(rows.cost)
    found = FlatClustering(name=name, labels=None, agreement=None, stability=None, cost=clock.cost)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of PCA, where all rows are equal
        try:
            labels = rows.label(fit(rows.learned, num_clusters, seed))
            found = replace(found, labels=labels, cost=clock.cost)
            stability = stability_of(
                rows.learned, lambda some, k: fit(some, k, seed), num_clusters, seed
            )
        except (ValueError, MemoryError, FloatingPointError, np.linalg.LinAlgError) as error:
            return replace(found, labels=None, failure=str(error) or type(error).__name__)
    agreement = float(adjusted_rand_score(clusters, labels)) if num_clusters > 1 else None
    return replace(found, agreement=agreement, stability=stability)


def _k_means(space: Floats, num_clusters: int, seed: int) -> Labeler:
    return k_means(space, num_clusters, seed, starts=STARTS).label


def _mixture(space: Floats, num_clusters: int, seed: int) -> Labeler:
    """Of the first principal components, each cluster with a covariance matrix of its own."""
    from sklearn.decomposition import PCA

    components = PCA(min(MOST_COMPONENTS, *space.shape), random_state=seed).fit(space)
    found = fit_mixture(
        components.transform(space), num_clusters, seed, added=ADDED, starts=MIXTURE_STARTS
    )
    return lambda rows: found.predict(components.transform(rows)).astype(np.int64)


_ALGORITHMS: Mapping[str, Callable[[Floats, int, int], Labeler]] = {
    K_MEANS: _k_means,
    MIXTURE: _mixture,
}
