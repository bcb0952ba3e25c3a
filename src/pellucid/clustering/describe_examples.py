"""Rows and pictures that stand for a cluster: the most typical, the least certain, the mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.clustering.describe_columns import FEWEST_ROWS, Grouping
from pellucid.data.kinds.kind import kind_of
from pellucid.model.cluster_facts import Example, MeanPicture

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MOST_EXAMPLES = 8
LOOKED_AT = 10 * MOST_EXAMPLES
CERTAIN = 0.9
"""A row with so high a probability is not doubtful."""


def typical_rows(
    ids: Places, embedding: Floats, probabilities: Floats, cluster: int
) -> tuple[Example, ...]:
    """The rows of a cluster nearest to its center, the mean; of rows at the same place the first.

    Args:
        ids: Cluster of each row, (n,).
        embedding: Where each row is, (n, D).
        probabilities: Of each row and cluster, (n, K).
        cluster: Its id.
    """
    places = np.flatnonzero(ids == cluster)
    if not len(places):
        return ()
    distances = np.linalg.norm(embedding[places] - embedding[places].mean(axis=0), axis=1)
    nearest = places[np.argsort(distances, kind="stable")[:LOOKED_AT]]
    _, first = np.unique(embedding[nearest], axis=0, return_index=True)
    return _examples(nearest[np.sort(first)[:MOST_EXAMPLES]], probabilities, cluster)


def doubtful_rows(ids: Places, probabilities: Floats, cluster: int) -> tuple[Example, ...]:
    """The rows of a cluster of which it is least certain that they are; none if all are certain.

    Args:
        ids: Cluster of each row, (n,).
        probabilities: Of each row and cluster, (n, K).
        cluster: Its id.
    """
    own = probabilities[:, cluster]
    places = np.flatnonzero((ids == cluster) & (own < CERTAIN))
    order = np.argsort(own[places], kind="stable")
    return _examples(places[order][:MOST_EXAMPLES], probabilities, cluster)


def _examples(places: Places, probabilities: Floats, cluster: int) -> tuple[Example, ...]:
    others = np.array(probabilities[places])
    others[:, cluster] = -1.0
    likeliest: Sequence[int] = others.argmax(axis=1).tolist()
    return tuple(
        Example(
            row=int(place) + 1,
            probability=float(np.clip(probabilities[place, cluster], 0.0, 1.0)),
            other=None if other == cluster else other,
        )
        for place, other in zip(places, likeliest, strict=True)
    )


def mean_pictures(frame: pl.DataFrame, grouping: Grouping) -> list[tuple[MeanPicture, ...]]:
    """The mean picture of each cluster, for each column of pictures.

    Args:
        frame: Converted columns.
        grouping: The clusters.
    """
    found: list[list[MeanPicture]] = [[] for _ in range(grouping.num_clusters)]
    for cells in frame.get_columns():
        is_there = cells.is_not_null()
        pictures = kind_of(cells).flat_pixels(cells.filter(is_there))
        if pictures is None:
            continue
        ids = grouping.ids[is_there.to_numpy()]
        sums, start = np.zeros((grouping.num_clusters, pictures.num_pixels)), 0
        for block in pictures.blocks():
            own = ids[start : start + len(block)]
            start += len(block)
            np.add.at(sums, own[own >= 0], block[own >= 0])
        for cluster, count in enumerate(np.bincount(ids + 1, minlength=len(found) + 1)[1:]):
            if count >= (FEWEST_ROWS if grouping.is_private else 1):
                mean = np.rint(sums[cluster] / count).astype(np.uint8)
                picture = MeanPicture(column=cells.name, size=pictures.size, pixels=mean.tobytes())
                found[cluster].append(picture)
    return [tuple(pictures) for pictures in found]
