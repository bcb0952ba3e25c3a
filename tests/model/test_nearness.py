"""Rows like none in training are told by how far they are from those learned from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.model.nearness import NEIGHBOR, Nearness


def directions(count: int, seed: int) -> torch.Tensor:
    """Rows about one direction of eight numbers."""
    generator = torch.Generator().manual_seed(seed)
    return torch.eye(8)[0] + 0.2 * torch.randn(count, 8, generator=generator)


@pytest.fixture(scope="module")
def nearness() -> Nearness:
    return Nearness.fit(directions(500, 0), directions(2_000, 1), rate=0.05)


def test_the_stated_part_of_like_rows_is_beyond_the_limit(nearness: Nearness) -> None:
    beyond = (nearness.distances(directions(4_000, 2)) > nearness.limit).mean()
    assert beyond == pytest.approx(0.05, abs=0.02)


def test_rows_of_another_direction_are_beyond(nearness: Nearness) -> None:
    assert (nearness.distances(-directions(50, 3)) > nearness.limit).all()


def test_a_distance_is_the_same_in_any_company(nearness: Nearness) -> None:
    rows = directions(77, 4)
    together = nearness.distances(rows)
    for place in (0, 31, 76):
        assert nearness.distances(rows[place : place + 1])[0] == together[place]


def test_it_is_the_distance_to_the_tenth_nearest(nearness: Nearness) -> None:
    row = directions(1, 5)
    unit = row / row.norm()
    every = (torch.from_numpy(nearness.vectors).float() - unit).norm(dim=1).sort().values
    assert nearness.distances(row)[0] == pytest.approx(float(every[NEIGHBOR - 1]), abs=1e-3)


def test_without_other_rows_the_references_judge_each_other() -> None:
    rows = directions(60, 6)
    nearness = Nearness.fit(rows, rows[:0], rate=0.01)
    assert (nearness.distances(rows) <= nearness.limit).all()


@pytest.mark.parametrize(
    "change", [{"limit": 0.0}, {"rank": 0}, {"rank": 10_000}, {"rate": 2.0}, {"limit": "far"}]
)
def test_a_file_that_holds_none_is_refused(nearness: Nearness, change: dict[str, Any]) -> None:
    tensors, plain = nearness.to_plain()
    assert Nearness.from_plain(tensors, Fields(plain, "it"), 8).limit == nearness.limit
    with pytest.raises(ModelFileError):
        Nearness.from_plain(tensors, Fields({**plain, **change}, "it"), 8)
    for vectors in (nearness.vectors[:, :3], nearness.vectors.astype(np.float32)):
        broken, _ = replace(nearness, vectors=vectors).to_plain()
        with pytest.raises(ModelFileError):
            Nearness.from_plain(broken, Fields(plain, "it"), 8)
