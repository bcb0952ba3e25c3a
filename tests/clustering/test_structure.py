"""Whether there are clear clusters: not in one of any shape, and in those that are apart."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

from pellucid.clustering.modes import find_separations
from pellucid.clustering.structure import is_there_structure


def made_blobs(generator: np.random.Generator, centers: list[list[float]], each: int = 60):
    middle = np.repeat(np.array(centers), each, axis=0)
    return middle + generator.normal(size=middle.shape)


ONE_CLUSTER = {
    "uniform": lambda g: g.uniform(size=(200, 3)),
    "Gaussian": lambda g: g.normal(size=(200, 4)),
    "Gaussian, strongly correlated": lambda g: g.multivariate_normal(
        [0, 0], [[1, 0.95], [0.95, 1]], 200
    ),
    "as many columns as rows": lambda g: g.normal(size=(80, 80)),
    "heavy tails": lambda g: g.standard_t(3, (200, 4)),
    "one column": lambda g: g.normal(size=(200, 1)),
}


@pytest.mark.parametrize("name", ONE_CLUSTER)
def test_one_cluster_of_any_shape_is_no_clear_clusters(name: str) -> None:
    found = is_there_structure(ONE_CLUSTER[name](np.random.default_rng(0)))
    assert not found.is_clear
    assert found.p_value > 0.05
    assert found.reason.startswith("No two clusters are apart")


def test_clusters_that_are_apart_are_clear() -> None:
    generator = np.random.default_rng(0)
    found = is_there_structure(made_blobs(generator, [[0, 0, 0], [6, 6, 0], [0, 6, 6]]))
    assert found.is_clear
    assert found.reason.startswith("Between some clusters there are hardly any rows (p ≤ 0.00")
    one_column = np.append(generator.normal(size=90), generator.normal(9.0, 1.0, 60))
    assert is_there_structure(one_column[:, None]).is_clear


def test_a_real_table_has_clusters_and_its_shuffled_columns_have_none() -> None:
    rows = load_iris().data
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    assert is_there_structure(rows).is_clear
    generator = np.random.default_rng(0)
    shuffled = np.stack([generator.permutation(column) for column in rows.T], axis=1)
    found = is_there_structure(shuffled)
    assert not found.is_clear


def test_columns_that_fall_apart_each_by_itself_are_no_clusters() -> None:
    generator = np.random.default_rng(0)
    found = is_there_structure(
        generator.integers(0, 2, (200, 4)) + generator.normal(0, 0.1, (200, 4))
    )
    assert found.p_value < 0.01
    assert not found.is_clear
    assert found.reason.startswith("Columns do not go together in clusters")


def test_levels_of_one_column_are_shuffled_together() -> None:
    """Levels exclude each other; shuffled each by itself, they would not."""
    generator = np.random.default_rng(0)
    levels = [np.eye(4)[generator.integers(0, 4, 200)] for _ in range(3)]
    rows = np.hstack(levels)
    assert not is_there_structure(rows, columns=[0] * 4 + [1] * 4 + [2] * 4).is_clear
    assert is_there_structure(rows).is_clear


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (np.ones((100, 3)), "All rows are equal."),
        (np.random.default_rng(0).normal(size=(10, 3)), "10 rows are too few to tell"),
    ],
)
def test_rows_without_any_information(rows: np.ndarray, reason: str) -> None:
    found = is_there_structure(rows)
    assert not found.is_clear
    assert reason in found.reason


def test_the_same_seed_says_the_same() -> None:
    rows = np.random.default_rng(0).uniform(size=(200, 3))
    assert is_there_structure(rows, seed=3) == is_there_structure(rows, seed=3)


def test_clusters_without_rows_between_them_are_counted() -> None:
    generator = np.random.default_rng(0)
    rows = made_blobs(generator, [[0, 0], [8, 0], [0, 8]])
    assert find_separations(rows, 3).num_groups(0.01) == 3
    # Two halves of one cluster are not apart, whatever k-means is asked for.
    assert find_separations(rows, 6).num_groups(0.01) == 3
    assert find_separations(generator.normal(size=(200, 2)), 4).num_groups(0.01) == 1


def test_clusters_of_a_few_outliers_are_not_apart() -> None:
    rows = np.append(np.random.default_rng(0).normal(size=(200, 2)), np.full((5, 2), 50.0), axis=0)
    assert find_separations(rows, 2).num_groups(0.01) == 1
