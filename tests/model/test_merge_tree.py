"""Any number of clusters is one cut of a tree: nested, with ids that stay."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import cut_tree, linkage

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.model.merge_tree import MergeTree


@st.composite
def linkages(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Merges of 1 … 9 leaves in any order, their heights, and sizes of the leaves."""
    num_leaves = draw(st.integers(1, 9))
    alive, merges = list(range(num_leaves)), []
    for merge in range(num_leaves - 1):
        a = alive.pop(draw(st.integers(0, len(alive) - 1)))
        b = alive.pop(draw(st.integers(0, len(alive) - 1)))
        merges.append((a, b))
        alive.append(num_leaves + merge)
    positive = st.floats(0.1, 1000.0)
    heights = sorted(draw(st.lists(positive, min_size=len(merges), max_size=len(merges))))
    sizes = draw(st.lists(positive, min_size=num_leaves, max_size=num_leaves))
    return np.array(merges, dtype=np.int64).reshape(-1, 2), np.array(heights), np.array(sizes)


@given(linkages())
def test_one_more_cluster_splits_one_and_the_larger_part_keeps_its_id(given: Any) -> None:
    tree, _ = MergeTree.of(*given)
    assert tree.labels_of(1).tolist() == [0] * tree.num_leaves
    assert tree.labels_of(tree.num_leaves).tolist() == list(range(tree.num_leaves))
    for k in range(1, tree.num_leaves):
        before, after = tree.labels_of(k), tree.labels_of(k + 1)
        moved = before != after
        assert set(after[moved]) == {k}
        (split,) = set(before[moved])
        assert split == tree.split_from[k - 1]
        assert (after[~moved] < k).all()
        kept, new = tree.sizes_of(k + 1)[[split, k]]
        assert kept >= new * (1 - 1e-9)


@given(linkages(), st.integers(0, 2**32 - 1))
def test_probabilities_of_any_cut_sum_to_one_row_by_row(given: Any, seed: int) -> None:
    tree, _ = MergeTree.of(*given)
    leaves = np.random.default_rng(seed).dirichlet(np.ones(tree.num_leaves), size=5)
    for k in range(1, tree.num_leaves + 1):
        summed = tree.sum_probabilities(leaves, k)
        assert summed.shape == (5, k)
        np.testing.assert_allclose(summed.sum(axis=1), 1.0)
        np.testing.assert_array_equal(summed[2:3], tree.sum_probabilities(leaves[2:3], k))
        np.testing.assert_allclose(tree.sizes_of(k).sum(), tree.sizes.sum())


@given(linkages())
def test_a_file_brings_the_same_tree_back(given: Any) -> None:
    tree, _ = MergeTree.of(*given)
    plain = json.loads(json.dumps(tree.to_json()))
    assert MergeTree.from_json(Fields(plain, "the tree")).to_json() == tree.to_json()


def test_cuts_are_those_of_scipy() -> None:
    points = np.random.default_rng(0).normal(size=(12, 3))
    merged = linkage(points, "ward")
    tree, leaves = MergeTree.of(merged[:, :2].astype(np.int64), merged[:, 2], np.ones(12))
    for k in range(1, 13):
        ours = np.empty(12, dtype=np.int64)
        ours[leaves] = tree.labels_of(k)
        theirs = cut_tree(merged, k)[:, 0]
        assert len(set(zip(ours.tolist(), theirs.tolist(), strict=True))) == k


def example() -> MergeTree:
    """Three leaves: 0 and 1 merge first; then with 2, which is the smallest."""
    tree, leaves = MergeTree.of(
        np.array([[0, 1], [2, 3]]), np.array([1.0, 4.0]), np.array([5.0, 6.0, 2.0])
    )
    assert leaves.tolist() == [1, 2, 0]
    return tree


def test_a_small_tree_by_hand() -> None:
    tree = example()
    assert tree.split_from.tolist() == [0, 0]
    assert tree.labels_of(2).tolist() == [0, 1, 0]
    assert tree.sizes_of(2).tolist() == [11.0, 2.0]


def test_a_drawn_tree_has_no_crossing_lines() -> None:
    tree = example()
    assert tree.order() == [0, 2, 1]
    low, high = tree.joints()
    assert (low.places, low.heights, low.height, low.clusters) == ((0, 1), (0, 0), 1, (0, 2))
    assert (high.places, high.heights, high.height, high.clusters) == ((0.5, 2), (1, 0), 4, (0, 1))


@given(linkages())
def test_joints_of_any_tree_rise(given: Any) -> None:
    tree, _ = MergeTree.of(*given)
    assert sorted(tree.order()) == list(range(tree.num_leaves))
    for joint in tree.joints():
        assert joint.places[0] < joint.places[1]
        assert max(joint.heights) <= joint.height


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"sizes": []}, "0 leaves, 2 splits and 2 heights"),
        ({"sizes": [1.0, 2.0]}, "2 leaves, 2 splits"),
        ({"sizes": [6.0, 2.0, -5.0]}, "not those of leaves"),
        ({"sizes": [0, 0, 0]}, "not those of leaves"),
        ({"sizes": [1e308, 1e308, 1e308]}, "not those of leaves"),
        ({"sizes": "many"}, "should be a list of finite numbers"),
        ({"split_from": [0, 2]}, "splits from none that is there before it"),
        ({"split_from": [-1, 0]}, "splits from none that is there before it"),
        ({"split_from": [0, 0.5]}, "should be a list of whole numbers"),
        ({"heights": [1.0, 4.0]}, "do not fall"),
        ({"heights": [4.0, -1.0]}, "do not fall"),
        ({"sizes": [6.0, 20.0, 5.0]}, "smaller part keeps the id"),
    ],
)
def test_a_file_that_holds_no_tree_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ModelFileError, match=told):
        MergeTree.from_json(Fields(example().to_json() | change, "the tree"))
