"""The neighbor embedding: its derivatives, its graph, and rows that belong together."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from sklearn.datasets import load_digits
from sklearn.mixture import GaussianMixture
from torch import Generator, Tensor

from pellucid.clustering.fuzzy_graph import FuzzyGraph, fuzzy_graph, memberships
from pellucid.clustering.nearest import nearest_neighbors
from pellucid.clustering.neighbor_embedding import (
    NO_HOLE,
    attraction,
    curve,
    embed,
    neighbor_embedding,
    principal_components,
    repulsion,
)


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def three_groups() -> tuple[Tensor, Tensor]:
    """60 rows about each of three far corners."""
    group = torch.arange(180) % 3
    return 10.0 * torch.eye(3, 5, dtype=torch.float64)[group] + drawn(180, 5), group


def graph_of(x: Tensor) -> FuzzyGraph:
    return fuzzy_graph(nearest_neighbors(x, 15))


# --- The curve, and the derivatives -------------------------------------------------------------


@pytest.mark.parametrize(("min_dist", "a", "b"), [(0.0, 1.932, 0.790), (0.1, 1.577, 0.895)])
def test_the_curve_is_that_of_umap(min_dist: float, a: float, b: float) -> None:
    assert curve(min_dist) == (pytest.approx(a, abs=1e-3), pytest.approx(b, abs=1e-3))


def nearness(y: Tensor, other: Tensor, a: float, b: float) -> Tensor:
    """q of section 3.2: how near two places are."""
    return 1.0 / (1.0 + a * ((y - other) ** 2).sum(dim=1) ** b)


@given(seed=st.integers(0, 1000), min_dist=st.sampled_from([0.0, 0.1, 0.5]))
def test_attraction_and_repulsion_go_down_the_cross_entropy(seed: int, min_dist: float) -> None:
    y, other = drawn(2, 7, 3, seed=seed)
    a, b = curve(min_dist)
    y.requires_grad_()
    (up_attracted,) = torch.autograd.grad(-nearness(y, other, a, b).log().sum(), y)
    (up_repelled,) = torch.autograd.grad(-(1.0 - nearness(y, other, a, b)).log().sum(), y)
    away = (y - other).detach().T
    square = (away * away).sum(dim=0)

    torch.testing.assert_close(attraction(away, a, b).T, -up_attracted)
    # The one thing that it does not share with the derivative is what keeps it finite at 0.
    torch.testing.assert_close(
        (repulsion(away, a, b) * (square + NO_HOLE) / square).T, -up_repelled
    )


def test_rows_at_one_place_neither_attract_nor_repel_each_other() -> None:
    away = torch.zeros(2, 3)

    assert attraction(away, 1.9, 0.8).tolist() == away.tolist()
    assert repulsion(away, 1.9, 0.8).tolist() == away.tolist()


# --- The graph ----------------------------------------------------------------------------------


@given(seed=st.integers(0, 1000), scale=st.sampled_from([1e-3, 1.0, 1e4]))
def test_each_row_has_a_unit_of_its_own(seed: int, scale: float) -> None:
    distance = scale * drawn(6, 15, seed=seed).abs().sort(dim=1).values

    found = memberships(distance)

    assert found[:, 0].tolist() == [1.0] * 6
    assert (found.diff(dim=1) <= 0.0).all()
    torch.testing.assert_close(found.sum(dim=1), torch.full_like(found[:, 0], math.log2(15)))
    torch.testing.assert_close(found, memberships(3.0 * distance))


def test_rows_are_near_if_one_of_them_says_so() -> None:
    x = drawn(40, 3)
    neighbors = nearest_neighbors(x, 5)
    one_way = torch.zeros(40, 40, dtype=torch.float64)
    one_way.scatter_(1, neighbors.places, memberships(neighbors.distances))
    expected = one_way + one_way.T - one_way * one_way.T

    graph = fuzzy_graph(neighbors)

    found = torch.zeros(40, 40).index_put((graph.heads, graph.tails), graph.weights)
    torch.testing.assert_close(found, expected.float())
    assert (graph.heads.diff() >= 0).all()
    assert (graph.weights > 0.0).all()


def test_copies_are_near_each_other_and_all_numbers_stay_finite() -> None:
    for x in (torch.zeros(30, 2), drawn(2, 3).repeat(15, 1), drawn(2, 3)):
        found = neighbor_embedding(x, 4, epochs=20, seed=0)

        assert found.shape == (len(x), 4)
        assert found.isfinite().all()


# --- The start ----------------------------------------------------------------------------------


@given(rows=st.integers(2, 20), width=st.integers(1, 8), seed=st.integers(0, 1000))
def test_principal_components_keep_most_of_what_differs(rows: int, width: int, seed: int) -> None:
    x = drawn(rows, width, seed=seed) + 5.0
    centered = x - x.mean(dim=0)

    found = principal_components(x, 3)

    lengths = torch.linalg.svdvals(centered)[:3]
    expected = torch.zeros(3, dtype=torch.float64)
    expected[: len(lengths)] = lengths
    torch.testing.assert_close(torch.linalg.vector_norm(found, dim=0), expected)


def test_principal_components_do_not_depend_on_the_order_of_rows() -> None:
    x = drawn(30, 4)

    torch.testing.assert_close(
        principal_components(x.flip(0), 2), principal_components(x, 2).flip(0)
    )


# --- The embedding ------------------------------------------------------------------------------


def test_rows_that_belong_together_come_together() -> None:
    x, group = three_groups()

    found = neighbor_embedding(x, 2, seed=0).double()

    middles = torch.stack([found[group == each].mean(dim=0) for each in range(3)])
    assert torch.equal(torch.cdist(found, middles).argmin(dim=1), group)
    within = torch.linalg.vector_norm(found - middles[group], dim=1).mean()
    assert torch.pdist(middles).min() > 4.0 * within


def test_it_is_seen_step_by_step_and_comes_to_rest() -> None:
    x, _ = three_groups()
    start = principal_components(x, 2)

    seen = [place.clone() for place in embed(graph_of(x), start, min_dist=0.1, epochs=50, seed=0)]

    moves = [float((after - before).abs().mean()) for before, after in pairwise(seen)]
    assert len(seen) == 50
    assert moves[-1] < 0.2 * max(moves)
    assert torch.equal(seen[-1], neighbor_embedding(x, 2, min_dist=0.1, epochs=50, seed=0))


def test_the_same_seed_gives_the_same_places() -> None:
    x, _ = three_groups()

    first, again, other = (neighbor_embedding(x, 2, epochs=5, seed=seed) for seed in (7, 7, 8))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_ten_dimensions_tell_handwritten_digits_apart() -> None:
    """k-means on the pixels gets .79 of them right."""
    pixels, digits = load_digits(return_X_y=True)

    found = neighbor_embedding(torch.from_numpy(pixels).float(), 10, seed=0)

    mixture = GaussianMixture(10, n_init=5, reg_covar=1e-4, random_state=0)
    counts = np.zeros((10, 10))
    np.add.at(counts, (digits, mixture.fit_predict(found.double().numpy())), 1)
    assert counts[linear_sum_assignment(-counts)].sum() / len(digits) >= 0.87
