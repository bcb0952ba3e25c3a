"""Nearest neighbors: those of scikit-learn, whatever is equal, and however many at a time."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors
from torch import Generator

from pellucid.clustering import nearest
from pellucid.clustering.nearest import nearest_neighbors


@given(
    rows=st.integers(2, 200),
    width=st.integers(1, 6),
    count=st.integers(1, 20),
    seed=st.integers(0, 1000),
)
def test_distances_are_those_of_scikit_learn(rows: int, width: int, count: int, seed: int) -> None:
    count = min(count, rows - 1)
    x = torch.randn(rows, width, generator=Generator().manual_seed(seed), dtype=torch.float64)

    found = nearest_neighbors(x, count)

    expected, places = NearestNeighbors(n_neighbors=count).fit(x.numpy()).kneighbors()
    torch.testing.assert_close(found.distances, torch.from_numpy(expected))
    assert torch.equal(found.places, torch.from_numpy(places))


def test_many_rows_come_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randn(1500, 3, generator=Generator().manual_seed(0))
    at_once = nearest_neighbors(x, 15)

    monkeypatch.setattr(nearest, "MOST_DISTANCES", 100_000)
    in_pieces = nearest_neighbors(x, 15)

    assert torch.equal(in_pieces.places, at_once.places)
    assert torch.equal(in_pieces.distances, at_once.distances)


def test_equal_rows_are_at_no_distance_and_none_is_its_own_neighbor() -> None:
    x = (1e4 + torch.rand(50, 4, generator=Generator().manual_seed(0))).repeat(3, 1)

    found = nearest_neighbors(x, 2)

    assert found.distances.eq(0.0).all()
    assert found.places[7].tolist() == [57, 107]
    assert found.places[57].tolist() == [7, 107]


def test_no_more_neighbors_than_there_are() -> None:
    with pytest.raises(ValueError, match="a row has 2 others, so count must be 1 … 2, not 3"):
        nearest_neighbors(torch.zeros(3, 1), 3)
