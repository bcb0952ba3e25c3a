"""Rows and splits: who learns, who judges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data.batches import Batches
from pellucid.data.rows import Rows, merge_equal_rows
from pellucid.data.splits import Split, hold_out, make_folds
from pellucid.inputs import Inputs


def rows_of(values: list[int], weights: list[float] | None = None) -> Rows:
    n = len(values)
    frame = pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)})
    return Rows(
        frame=frame,
        target=np.array(values) % 2,
        weights=np.ones(n) if weights is None else np.array(weights),
        numbers=1 + np.arange(n),
    )


def parted(n: int, part: float, strata: np.ndarray) -> Split:
    rows = rows_of(list(range(n)))
    return hold_out(part, rows, strata, np.random.default_rng(0))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_merging_depends_on_content_only(values: list[int], random: object) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = merge_equal_rows(rows_of(values)), merge_equal_rows(rows_of(shuffled))
    assert one.frame.equals(two.frame)
    assert one.weights.tolist() == two.weights.tolist()
    assert one.weights.sum() == len(values)
    assert len(one) == len(set(values))


def test_a_column_may_have_any_name() -> None:
    rows = rows_of([1, 2, 3, 4, 5])
    named = replace(rows, frame=rows.frame.rename({"x": "target 0"}))
    assert len(merge_equal_rows(named)) == 5


def test_rows_without_weight_are_dropped() -> None:
    assert len(merge_equal_rows(rows_of([1, 2, 3], [1, 0, 2]))) == 2


@given(st.integers(2, 60), st.floats(0, 0.9), st.integers(1, 4))
def test_holding_out_takes_the_same_part_of_each_class(n: int, part: float, classes: int) -> None:
    groups = np.arange(n) % classes
    split = parted(n, part, groups)
    both = np.concatenate([split.training, split.validation])
    assert sorted(both.tolist()) == list(range(n))
    for group in range(min(classes, n)):
        size = (groups == group).sum()
        assert (groups[split.validation] == group).sum() == np.round(part * size)


def test_a_class_with_one_row_learns() -> None:
    split = parted(11, 0.2, np.array([0] * 10 + [1]))
    assert 10 in split.training


@given(st.integers(5, 40), st.integers(2, 5))
def test_folds_are_even_and_each_member_leaves_out_its_own(n: int, members: int) -> None:
    split = make_folds(members, rows_of([*range(n)]), np.arange(n) % 3, np.random.default_rng(0))
    assert split.folds is not None
    sizes = np.bincount(split.folds, minlength=members)
    assert sizes.max() - sizes.min() <= 1
    weights = split.member_weights(np.ones(n), members)
    assert weights is not None
    assert weights.mean() == pytest.approx(1.0)
    for member in range(members):
        left_out = np.isin(np.arange(n), split.validation[split.folds == member])
        assert (weights[member] == 0).tolist() == left_out.tolist()
    outputs = np.arange(members)[:, None, None] * np.ones((members, n, 1))
    assert split.unseen(outputs)[0, :, 0].tolist() == split.folds.tolist()


def test_a_row_that_stands_for_many_goes_to_the_folds_as_they_would() -> None:
    """Else a member that leaves it out would know nothing of it, and learn other frequencies."""
    rows = rows_of([1, 2, 3], [10, 5, 1])
    split = make_folds(5, rows, None, np.random.default_rng(0))
    assert np.bincount(split.validation).tolist() == [10, 5, 1]
    weights = split.member_weights(np.array([10.0, 5.0, 1.0]), 5)
    assert weights is not None
    shares = weights / weights.sum(axis=1, keepdims=True)
    assert np.allclose(shares[:, 0], 10 / 16, atol=0.06)


def test_an_epoch_has_every_row_once_in_pieces_of_nearly_one_size() -> None:
    batches = Batches(
        Inputs({"dense": torch.arange(10.0)[:, None]}).take,
        torch.arange(10),
        torch.stack([torch.arange(10.0), 10 + torch.arange(10.0)]),
        members=2,
        batch_size=4,
        seed=0,
        device=torch.device("cpu"),
    )
    first, second = list(batches), list(batches)
    assert [len(x) for x, _, _ in first] == [4, 3, 3]
    seen = torch.cat([x["dense"] for x, _, _ in first]).flatten()
    assert sorted(seen.tolist()) == list(range(10))
    assert not torch.equal(seen, torch.cat([x["dense"] for x, _, _ in second]).flatten())
    for inputs, y, w in first:
        x = inputs["dense"]
        assert w is not None
        assert y.tolist() == [*x.flatten().tolist()] * 2  # member after member
        assert w.tolist() == [*x.flatten().tolist(), *(10 + x.flatten()).tolist()]
