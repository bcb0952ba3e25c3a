"""How much each column and the clusters say of each other.

That is their mutual information in bits (Shannon 1948). It is never negative, so that chance alone
gives some: what shuffled clusters give is taken away.

Shape letters: B = bins, K = clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.kind import kind_of
from pellucid.data.kinds.traits import Trait

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FEWEST_ROWS = 5
"""What fewer rows have is not told of rows that are private."""
PERMUTATIONS = 5
BINS = 10
MOST_BINS = 2 * BINS
"""With those of values that many have."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouping:
    """Which cluster each row is in.

    Attributes:
        ids: Of each row, (n,); −1 for none.
        num_clusters: K.
        is_private: Whether nothing of single rows may be told.
    """

    ids: Places
    num_clusters: int
    is_private: bool

    def counts(self, places: Places, num_bins: int) -> Floats:
        """Rows by bin and cluster, (B, K + 1); the last is for rows of no cluster.

        Args:
            places: Bin of each row, (n,); −1 for rows to leave aside.
            num_bins: B.
        """
        width = self.num_clusters + 1
        cells = places * width + self.ids % width
        found = np.bincount(cells[places >= 0], minlength=num_bins * width)
        return found.reshape(num_bins, width).astype(np.float64)


def rank_columns(
    frame: pl.DataFrame, schema: Schema, grouping: Grouping, generator: np.random.Generator
) -> dict[str, float]:
    """How many bits each column says of the clusters, less what it says of shuffled ones.

    Args:
        frame: Converted columns; those of which nothing can be said in few words are left aside.
        schema: How they are read.
        grouping: The clusters; rows of none are left aside.
        generator: Shuffles clusters.

    Returns:
        Bits by name, the most telling column first.
    """
    is_in = grouping.ids >= 0
    ids = grouping.ids[is_in]
    shuffled = [generator.permutation(ids) for _ in range(PERMUTATIONS)]
    found = {}
    for cells in frame.get_columns():
        binned = [places[is_in] for places in _bins_of(schema[cells.name], cells)]
        if binned:
            bits = max(information_of(each, ids) for each in binned)
            by_chance = [max(information_of(each, other) for each in binned) for other in shuffled]
            found[cells.name] = float(bits - np.mean(by_chance))
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _bins_of(column: Column, cells: pl.Series) -> list[Places]:
    """Bin of each row, (n,): one for each trait, and some for a quantity.

    Where one cell holds several values, a row has several traits, and each is asked by itself.
    """
    kind = kind_of(cells)
    traits = list(kind.traits(column, cells))
    if kind.holds_several:
        return [each.rows.astype(np.int64) for each in traits if isinstance(each, Trait)]
    places = np.zeros(len(cells), dtype=np.int64)
    for number, trait in enumerate(traits, start=1):
        if isinstance(trait, Trait):
            places[trait.rows] = MOST_BINS + number
        else:
            places = bins_of_quantity(trait.values)[0] + 1
    return [places] if traits else []


def bins_of_quantity(values: Floats) -> tuple[Places, int]:
    """Numbers in bins of about equally many; a value that many have is in a bin of its own.

    Args:
        values: (n,); NaN where missing.

    Returns:
        Bin of each, (n,), −1 where it is missing; and how many bins there are.
    """
    present = values[~np.isnan(values)]
    parts = np.arange(1, BINS) / BINS
    edges, times = np.unique(np.quantile(present, parts, method="inverted_cdf"), return_counts=True)
    below = [present[present < edge].max(initial=-np.inf) for edge in edges[times > 1]]
    edges = np.union1d(edges, below)
    places = np.searchsorted(edges, values, side="left")  # a bin ends with its edge
    return np.where(np.isnan(values), -1, places), len(edges) + 1


def entropy_of(parts: Floats, axis: int | None = None) -> Floats:
    """−Σ p log₂ p, where 0 log 0 is 0."""
    logs = np.log2(parts, out=np.zeros_like(parts), where=parts > 0.0)
    return -(parts * logs).sum(axis=axis)


def information_of(places: Places, ids: Places) -> float:
    """Mutual information of bins and clusters, in bits.

    Args:
        places: Bin of each row, (n,).
        ids: Cluster of each row, (n,).
    """
    width = int(ids.max(initial=0)) + 1
    size = (int(places.max(initial=0)) + 1) * width
    counts = np.bincount(places * width + ids, minlength=size)
    joint_BK = counts.reshape(-1, width) / max(1, len(ids))
    alone = entropy_of(joint_BK.sum(axis=1)) + entropy_of(joint_BK.sum(axis=0))
    return float(alone - entropy_of(joint_BK))
