"""Clusters split further and merged: every number of clusters is one cut of a tree."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from pellucid.clustering.tree import grow_tree

GENERATOR = np.random.default_rng(0)
CENTERS = np.array([[0, 0], [4, 0], [20, 0], [24, 0], [0, 30]], dtype=np.float64)
OF = np.repeat(np.arange(5), [90, 60, 70, 50, 40])
ROWS = CENTERS[OF] + 0.6 * GENERATOR.normal(size=(len(OF), 2))
PAIRS = np.array([0, 0, 1, 1, 2])[OF]
"""Five blobs: two pairs that lie together, and one."""


def posteriors(labels: np.ndarray) -> np.ndarray:
    """Nearly sure of a label."""
    sure = np.eye(labels.max() + 1)[labels]
    return 0.98 * sure + 0.02 / sure.shape[1]


def test_clusters_split_where_they_have_two_parts_and_merge_where_they_are_near() -> None:
    grown = grow_tree(ROWS, posteriors(PAIRS), num_leaves=5)
    leaves = grown.leaf_probabilities(ROWS, posteriors(PAIRS))
    for k, truth in ((5, OF), (3, PAIRS), (2, np.array([0, 0, 0, 0, 1])[OF])):
        found = grown.tree.sum_probabilities(leaves, k).argmax(axis=1)
        assert adjusted_rand_score(truth, found) > 0.98, k


def test_the_parts_of_a_cluster_sum_to_it_on_any_rows() -> None:
    mixture = GaussianMixture(3, random_state=0).fit(ROWS)
    grown = grow_tree(ROWS, mixture.predict_proba(ROWS), num_leaves=7)
    others = GENERATOR.uniform(-10, 40, size=(50, 2))
    given = mixture.predict_proba(others)
    leaves = grown.leaf_probabilities(others, given)
    assert leaves.shape == (50, 7)
    assert (leaves >= 0.0).all()
    found = grown.tree.sum_probabilities(leaves, 3)
    order = [int(np.abs(given - column[:, None]).sum(axis=0).argmin()) for column in found.T]
    assert sorted(order) == [0, 1, 2]
    np.testing.assert_allclose(found, given[:, order], atol=1e-12)


def test_sizes_are_those_of_the_rows_and_heights_fall_from_split_to_split() -> None:
    given = posteriors(PAIRS)
    tree = grow_tree(ROWS, given, num_leaves=6).tree
    assert tree.sizes.sum() == pytest.approx(len(ROWS))
    assert sorted(tree.sizes_of(3)) == pytest.approx(sorted(given.sum(axis=0)))
    assert (np.diff(tree.heights) <= 0).all()
    # The first split parts the lone blob from all: Ward's rule, by hand.
    share = given.sum(axis=0) / len(ROWS)
    centers = (given.T @ ROWS) / given.sum(axis=0)[:, None]
    rest = (share[:2] @ centers[:2]) / share[:2].sum()
    by_hand = share[2] * share[:2].sum() * ((centers[2] - rest) ** 2).sum()
    assert tree.heights[0] == pytest.approx(by_hand)


def test_there_are_fewer_leaves_where_rows_are_few_or_alike() -> None:
    assert grow_tree(ROWS[:15], np.ones((15, 1)), num_leaves=8).tree.num_leaves == 1
    assert grow_tree(np.ones((90, 2)), np.ones((90, 1)), num_leaves=8).tree.num_leaves == 1
    grown = grow_tree(ROWS, np.ones((len(ROWS), 1)), num_leaves=100)
    leaves = grown.leaf_probabilities(ROWS, np.ones((len(ROWS), 1)))
    assert 5 <= grown.tree.num_leaves <= len(ROWS) // 10
    assert np.bincount(leaves.argmax(axis=1)).min() >= 5


def test_a_cluster_without_rows_is_a_leaf_like_any_other() -> None:
    empty = np.append(posteriors(PAIRS), np.zeros((len(ROWS), 1)), axis=1)
    tree = grow_tree(ROWS, empty, num_leaves=5).tree
    assert tree.num_leaves == 5
    assert np.isfinite(tree.heights).all()


def test_the_same_seed_grows_the_same_tree() -> None:
    trees = [grow_tree(ROWS, posteriors(PAIRS), 6, seed=2).tree.to_json() for _ in range(2)]
    assert trees[0] == trees[1]


def test_rows_of_few_values_split_without_a_warning() -> None:
    rows = np.repeat(np.arange(5.0)[:, None], 100, axis=0)
    given = posteriors(np.repeat([0, 0, 0, 1, 1], 100))
    assert grow_tree(rows, given, num_leaves=8).tree.num_leaves == 5
    nearly_equal = 1.0 + 1e-16 * np.arange(100.0)[:, None]
    assert grow_tree(nearly_equal, np.ones((100, 1)), num_leaves=8).tree.num_leaves == 1
