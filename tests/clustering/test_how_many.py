"""How many clusters: several rules, a range, and how repeatable that is."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.clustering.how_many import how_many
from pellucid.clustering.k_means import k_means
from pellucid.clustering.stability import Labeler, stability, stability_in_words


def teacher(rows: np.ndarray, num_clusters: int) -> Labeler:
    return k_means(rows, num_clusters, seed=0).label


def blobs(seed: int, sizes: list[int]) -> np.ndarray:
    generator = np.random.default_rng(seed)
    centers = 8.0 * np.eye(len(sizes))[:, : len(sizes) - 1]
    return np.repeat(centers, sizes, axis=0) + generator.normal(size=(sum(sizes), len(sizes) - 1))


@pytest.mark.parametrize("sizes", [[60, 60, 60], [150, 80, 60, 40], [20, 40, 60, 30, 50]])
def test_made_blobs_are_counted(sizes: list[int]) -> None:
    count = how_many(blobs(0, sizes), teacher)
    assert count.k == len(sizes)
    assert count.low <= count.k <= count.high
    assert count.rules["silhouette"] == len(sizes)
    assert max(count.silhouettes, key=count.silhouettes.get) == len(sizes)
    assert count.stability[len(sizes)] > 0.99
    assert f"{count.k} is the median of silhouette" in count.reason


def test_a_wide_range_is_said() -> None:
    count = how_many(np.random.default_rng(0).uniform(size=(200, 2)), teacher)
    assert count.low < count.high
    assert count.reason.startswith(f"Several answers are reasonable: {count.low} to {count.high}.")


def test_few_rows_are_not_counted() -> None:
    count = how_many(np.random.default_rng(0).normal(size=(30, 2)), teacher)
    assert (count.k, count.low, count.high) == (1, 1, 1)
    assert count.reason == "30 different rows are too few to count clusters in them."


def test_equal_rows_are_not_counted() -> None:
    assert how_many(np.ones((100, 2)), teacher).k == 1
    rows = np.repeat(np.random.default_rng(0).normal(size=(5, 2)), 20, axis=0)
    assert how_many(rows, teacher).k <= 2


def test_clusters_that_halves_agree_on_are_stable() -> None:
    rows = blobs(1, [50, 50, 50])
    curve = stability(rows, teacher, [2, 3, 6])
    assert curve[3] == pytest.approx(1.0)
    assert curve[6] < 0.8
    assert stability_in_words(curve[3]).startswith("very repeatable")
    assert stability_in_words(0.2).startswith("not repeatable")


def test_rows_that_a_network_cannot_tell_apart_are_not_counted() -> None:
    count = how_many(1e-300 * np.random.default_rng(0).normal(size=(80, 2)), teacher)
    assert count.k == 1
    assert count.reason == "To the network all rows are the same."


def test_a_cluster_that_the_judged_rows_miss_is_no_error() -> None:
    rows = np.random.default_rng(0).normal(scale=1e-3, size=(2_000, 2))
    rows[-1] = 1e6
    assert how_many(rows, teacher).k >= 1
