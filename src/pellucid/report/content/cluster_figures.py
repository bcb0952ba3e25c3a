"""Figures of clusters: the map, the tree in which they merge, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pellucid.model.cluster_count import ClusterCount
from pellucid.model.cluster_names import NO_CLUSTER
from pellucid.model.merge_tree import MergeTree
from pellucid.report.elements import MISSING, Figure, Table, cut
from pellucid.report.figures import ClusterMap, CountCurve, MapGroup, MergeDiagram, MergeJoint
from pellucid.report.numbers import alike

if TYPE_CHECKING:
    from pellucid.comparison.clustering import ClusteringResult

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MOST_POINTS = 2_000
LONGEST_NAME = 40
FAR_OUT, MARGIN = 0.01, 0.25
"""Beyond the edge of the map may lie so large a part of the rows at either end; it is farther out
than the others by this part of their width and height."""


def map_figure(found: ClusteringResult) -> Figure:
    """Where rows lie on the map.

    Args:
        found: The clusters.
    """
    positions, labels = found.assigned.positions, found.assigned.labels
    chosen = _some(len(labels), found.estimator.model_.seed)
    shown, of = _within(positions[chosen]), labels[chosen]
    middles = {j: _middle(positions[labels == j]) for j in range(len(found.names)) if j in labels}
    groups = [
        MapGroup(name=str(j), points=_pairs(shown[of == j]), middle=_pair(middle))
        for j, middle in middles.items()
    ]
    part = f"{len(chosen):,} of the {len(labels):,}" if len(chosen) < len(labels) else "The"
    words = (
        f"{part} rows, each cluster with a mark of its own and its id in its midst; small crosses "
        "are rows like none. What lies beyond the edge is drawn at it. Near rows are alike. Far "
        "distances, and how large or dense a cluster is drawn, mean little: the network learned to "
        "lay near rows near each other, and no more."
    )
    return Figure(
        name="map",
        title="The map: where rows lie",
        drawing=ClusterMap(groups=groups, others=_pairs(shown[of < 0])),
        words=words,
        numbers=_map_numbers(found, of, middles),
        is_wide=True,
    )


def _some(count: int, seed: int) -> Places:
    return np.sort(np.random.default_rng(seed).permutation(count)[:MOST_POINTS])


def _middle(points: Floats) -> Floats:
    """Of some points the one that is nearest to their median."""
    distances = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    middle: Floats = points[distances.argmin()]
    return middle


def _within(points: Floats) -> Floats:
    """Points of which the few that lie far out are brought to the edge of the others."""
    low, high = np.quantile(points, [FAR_OUT, 1.0 - FAR_OUT], axis=0)
    margin = MARGIN * (high - low)
    return np.clip(points, low - margin, high + margin)


def _pairs(points: Floats) -> list[tuple[float, float]]:
    return [_pair(point) for point in points]


def _pair(point: Floats) -> tuple[float, float]:
    x, y = point.tolist()
    return x, y


def _map_numbers(found: ClusteringResult, shown: Places, middles: dict[int, Floats]) -> Table:
    rows = []
    for j, middle in middles.items():
        others = {k: float(np.linalg.norm(middle - o)) for k, o in middles.items() if k != j}
        near = min(others, key=lambda k: others[k], default=None)
        beside = [MISSING, MISSING]
        if near is not None:
            beside = [cut(found.names[near], LONGEST_NAME), f"{others[near]:.2f}"]
        name = cut(found.names[j], LONGEST_NAME)
        place = [f"{value:.2f}" for value in middle.tolist()]
        rows.append([name, str(j), f"{(shown == j).sum():,}", *place, *beside])
    if (shown < 0).any():
        rows.append([NO_CLUSTER, MISSING, f"{(shown < 0).sum():,}", *[MISSING] * 4])
    return Table(
        caption="Numbers: the midst of each cluster on the map",
        headings=["cluster", "id", "rows drawn", "x", "y", "nearest other", "how far"],
        rows=rows,
        texts=(0, 5),
    )


def merge_figures(tree: MergeTree, num_clusters: int, names: Sequence[str]) -> list[Figure]:
    """The tree in which clusters merge, and where it is cut; none of a single leaf.

    Args:
        tree: The tree.
        num_clusters: Into how many clusters it is cut.
        names: What these are called, by their ids.
    """
    if tree.num_leaves == 1:
        return []
    joints = list(tree.joints())
    places = {leaf: float(place) for place, leaf in enumerate(tree.order())}
    for joint in joints:
        kept, other = joint.clusters
        if other >= num_clusters:
            places[kept] = sum(joint.places) / 2.0
    words = (
        "From the left: parts become one, the most alike first; the farther right, the less alike. "
        f"The dashed line cuts the tree into {num_clusters}; with another number of clusters it "
        "lies elsewhere, so that clusters only split or merge, and an id stays with the larger "
        "part. The ids at the left are those where all parts are clusters of their own."
    )
    figure = Figure(
        name="merges",
        title="The tree: which clusters split or merge next",
        drawing=MergeDiagram(
            joints=[
                MergeJoint(places=each.places, heights=each.heights, height=each.height)
                for each in joints
            ],
            leaves=[str(leaf) for leaf in tree.order()],
            cut=_cut_height(tree, num_clusters),
            clusters=[(places[cluster], str(cluster)) for cluster in range(num_clusters)],
        ),
        words=words,
        numbers=splits_table(tree, names),
        is_wide=True,
    )
    return [figure]


def _cut_height(tree: MergeTree, num_clusters: int) -> float:
    """Halfway between the last split that counts and the next one."""
    heights = tree.heights.tolist()
    below = heights[num_clusters - 1] if num_clusters < tree.num_leaves else 0.0
    above = heights[num_clusters - 2] if num_clusters > 1 else 1.1 * heights[0]
    return (below + above) / 2.0


def splits_table(tree: MergeTree, names: Sequence[str], most: int | None = None) -> Table:
    """With each further cluster: what splits, into what.

    Args:
        tree: The tree.
        names: What clusters are called, as far as there are so many.
        most: Up to how many clusters are told of; None for all.
    """
    last = min(most or tree.num_leaves, tree.num_leaves)
    different = alike(tree.heights.tolist(), fewer=2)
    rows = []
    for count in range(2, last + 1):
        kept, new = int(tree.split_from[count - 2]), count - 1
        sizes = tree.sizes_of(count)
        parts = [f"{_called(each, names)}: about {sizes[each]:,.0f}" for each in (kept, new)]
        rows.append([f"{count}", _called(kept, names), "; ".join(parts), different[count - 2]])
    more = tree.num_leaves - last
    return Table(
        caption="Numbers: what splits with each further cluster",
        headings=["clusters", "what splits", "its parts, with their rows", "how different"],
        rows=rows,
        texts=(0, 1, 2),
        rest=f"… and so on, up to {tree.num_leaves} clusters" if more else "",
    )


def _called(cluster: int, names: Sequence[str]) -> str:
    return cut(names[cluster], LONGEST_NAME) if cluster < len(names) else f"cluster {cluster}"


def count_figures(count: ClusterCount | None) -> list[Figure]:
    """What speaks for each number of clusters; nothing where no number was looked into.

    Args:
        count: What rules said.
    """
    counts = [] if count is None else sorted(set(count.stability) & set(count.silhouettes))
    if count is None or not counts:
        return []
    stability = [count.stability[k] for k in counts]
    silhouettes = [count.silhouettes[k] for k in counts]
    words = (
        "Solid: how far two halves of the rows, each clustered by itself, agree on the clusters of "
        "all rows (adjusted Rand index: 1 is on every row, 0 by chance). Dashed: the silhouette, "
        "how much nearer rows are to their own cluster than to the next (at most 1). The shaded "
        "numbers are plausible."
    )
    numbers = zip(counts, stability, silhouettes, strict=True)
    return [
        Figure(
            name="counts",
            title="What speaks for each number of clusters",
            drawing=CountCurve(
                counts=counts,
                stability=stability,
                silhouettes=silhouettes,
                plausible=(count.low, count.high),
                taken=count.k,
            ),
            words=words,
            numbers=Table(
                caption="Numbers: what speaks for each number of clusters",
                headings=["clusters", "two halves agree", "silhouette"],
                rows=[[f"{k}", f"{agree:.2f}", f"{near:.2f}"] for k, agree, near in numbers],
                strong=[place for place, k in enumerate(counts) if k == count.k],
            ),
            is_wide=True,
        )
    ]
