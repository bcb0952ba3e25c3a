"""Clusters within clusters: how leaves merge, so that any number of clusters is one cut of a tree.

At k = 1 all leaves are one cluster, 0. From k to k + 1 one cluster splits in two: the larger part
keeps its id, the other gets the id k. So with more clusters ids are only added, with fewer only the
last are taken away, and a leaf's cluster is found by walking back from its own id: while the id is
k or greater, the leaf belongs to the cluster that this one split from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

ROUNDING = 1e-9
"""Sizes are sums, and these differ by so much (a part) where they are added in another order."""


@dataclass(frozen=True, kw_only=True)
class Joint:
    """Where two branches of a drawn tree become one.

    Attributes:
        places: Of both branches, side by side: 0, 1, 2 … are leaves, between them their parents.
        heights: At which both branches begin; 0 is a leaf's.
        height: At which they become one.
        clusters: The id that both parts have together, and the one that the smaller has alone.
    """

    places: tuple[float, float]
    heights: tuple[float, float]
    height: float
    clusters: tuple[int, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class MergeTree:
    """A tree of M leaves. Leaf j is the cluster j where there are M clusters.

    Attributes:
        sizes: How much of the rows each leaf has, (M,): a count, or a sum of probabilities.
        split_from: The cluster that each but the first splits from, (M − 1,): of cluster j, at
            j − 1, an id below j.
        heights: How different both parts of each split are, (M − 1,): never more than the split
            before.
    """

    sizes: Floats
    split_from: Places
    heights: Floats

    @classmethod
    def of(cls, merges: Places, heights: Floats, sizes: Floats) -> tuple[MergeTree, Places]:
        """Make one of merges, as SciPy's `linkage` numbers them.

        Args:
            merges: The two nodes of each merge, (M − 1, 2): leaves are 0 … M − 1, and merge i
                makes the node M + i.
            heights: Of each merge, (M − 1,), never less than the merge before.
            sizes: Of each leaf, (M,).

        Returns:
            The tree, and which of the leaves given each of its leaves is, (M,).
        """
        num_leaves = len(sizes)
        totals = np.concatenate([sizes, np.zeros(num_leaves - 1)])
        for merge, (a, b) in enumerate(merges):
            totals[num_leaves + merge] = totals[a] + totals[b]
        ids = np.zeros(2 * num_leaves - 1, dtype=np.int64)
        split_from = np.zeros(num_leaves - 1, dtype=np.int64)
        for new, merge in enumerate(range(num_leaves - 2, -1, -1), start=1):
            kept, other = sorted(merges[merge].tolist(), key=lambda node: (-totals[node], node))
            split_from[new - 1] = ids[kept] = ids[num_leaves + merge]
            ids[other] = new
        leaves = np.argsort(ids[:num_leaves])
        tree = cls(sizes=sizes[leaves], split_from=split_from, heights=heights[::-1].copy())
        return tree, leaves

    @property
    def num_leaves(self) -> int:
        """The greatest number of clusters, M."""
        return len(self.sizes)

    def labels_of(self, num_clusters: int) -> Places:
        """The cluster of each leaf, (M,), ids 0 … k − 1, where there are k clusters (1 … M)."""
        labels = np.arange(self.num_leaves)
        for cluster in range(self.num_leaves - 1, num_clusters - 1, -1):
            labels[labels == cluster] = self.split_from[cluster - 1]
        return labels

    def sum_probabilities(self, probabilities: npt.NDArray[Any], num_clusters: int) -> Floats:
        """Add up the probabilities of each cluster's leaves.

        Args:
            probabilities: Of the leaves, (n, M).
            num_clusters: Number of clusters k, 1 … M.

        Returns:
            Of the clusters, (n, k). Leaves are added one after the other, so a row's numbers do not
            depend on the rows beside it.
        """
        summed = np.zeros((len(probabilities), num_clusters))
        for leaf, cluster in enumerate(self.labels_of(num_clusters).tolist()):
            summed[:, cluster] += probabilities[:, leaf]
        return summed

    def sizes_of(self, num_clusters: int) -> Floats:
        """The size of each of k clusters, (k,)."""
        return self.sum_probabilities(self.sizes[None], num_clusters)[0]

    def order(self) -> list[int]:
        """The leaves side by side, so that a drawn tree has no crossing lines."""
        beside = [0]
        for cluster, origin in enumerate(self.split_from.tolist(), start=1):
            beside.insert(beside.index(origin) + 1, cluster)
        return beside

    def joints(self) -> Iterator[Joint]:
        """Where branches become one, from the leaves up: all that is needed to draw the tree."""
        places = {leaf: float(place) for place, leaf in enumerate(self.order())}
        heights = dict.fromkeys(places, 0.0)
        for cluster in range(self.num_leaves - 1, 0, -1):
            kept, height = int(self.split_from[cluster - 1]), float(self.heights[cluster - 1])
            yield Joint(
                places=(places[kept], places[cluster]),
                heights=(heights[kept], heights[cluster]),
                height=height,
                clusters=(kept, cluster),
            )
            places[kept], heights[kept] = (places[kept] + places[cluster]) / 2, height

    def to_json(self) -> dict[str, Any]:
        """The tree as plain data."""
        return {
            "sizes": self.sizes.tolist(),
            "split_from": self.split_from.tolist(),
            "heights": self.heights.tolist(),
        }

    @classmethod
    def from_json(cls, plain: Fields) -> MergeTree:
        """What `to_json` described.

        Raises:
            ModelFileError: The numbers are those of no tree.
        """
        sizes, heights = plain.numbers("sizes"), plain.numbers("heights")
        split_from = plain.wholes("split_from")
        if not sizes or len(split_from) != len(sizes) - 1 or len(heights) != len(sizes) - 1:
            raise ModelFileError(
                f"{plain.what} has {len(sizes)} leaves, {len(split_from)} splits and "
                f"{len(heights)} heights: a tree has one split fewer than leaves."
            )
        if min(sizes) < 0.0 or not 0.0 < sum(sizes) < np.inf:
            raise ModelFileError(f"The sizes of {plain.what} are not those of leaves.")
        if any(not 0 <= origin <= place for place, origin in enumerate(split_from)):
            raise ModelFileError(
                f"{plain.what} has a cluster that splits from none that is there before it."
            )
        if heights != sorted(heights, reverse=True) or (heights and heights[-1] < 0.0):
            raise ModelFileError(f"The heights of {plain.what} do not fall from split to split.")
        if not _larger_parts_stay(sizes, split_from):
            raise ModelFileError(f"{plain.what} has a split whose smaller part keeps the id.")
        return cls(
            sizes=np.array(sizes),
            split_from=np.array(split_from, dtype=np.int64),
            heights=np.array(heights),
        )


def _larger_parts_stay(sizes: Sequence[float], split_from: Sequence[int]) -> bool:
    totals = list(sizes)
    for cluster in range(len(sizes) - 1, 0, -1):
        kept = split_from[cluster - 1]
        if totals[cluster] > totals[kept] * (1.0 + ROUNDING):
            return False
        totals[kept] += totals[cluster]
    return True
