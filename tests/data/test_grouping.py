"""Rows that belong together stay together, and later rows judge."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data.grouping import Groups, Times, keep_together
from pellucid.data.rows import Rows, first_of_equal, join_rows
from pellucid.data.splits import hold_out, make_folds


def rows_of(
    count: int,
    *,
    groups: list[int] | None = None,
    copies: list[int] | None = None,
    weights: list[float] | None = None,
) -> Rows:
    cells = np.arange(count) if copies is None else np.array(copies)
    return Rows(
        frame=pl.DataFrame({"x": cells.astype(float)}),
        target=np.arange(count) % 2,
        weights=np.ones(count) if weights is None else np.array(weights),
        numbers=1 + np.arange(count),
        split_by=None if groups is None else Groups(codes=np.array(groups), name="patient"),
    )


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


# --- Whole bundles on one side ------------------------------------------------------------------

Bundles = st.lists(st.integers(0, 9), min_size=4, max_size=60)


@given(Bundles, st.floats(0.05, 0.9), st.integers(0, 5))
def test_groups_are_never_on_both_sides(groups: list[int], part: float, seed: int) -> None:
    rows = rows_of(len(groups), groups=groups)
    split = hold_out(part, rows, rows.target, np.random.default_rng(seed))
    assert sorted([*split.training, *split.validation]) == list(range(len(groups)))
    codes = np.array(groups)
    if split.basis.by == "group":
        assert not set(codes[split.training]) & set(codes[split.validation])
        assert split.basis.judging == len(set(codes[split.validation]))
        assert set(rows.target[split.training]) == set(rows.target)


@given(Bundles, st.integers(2, 5))
def test_a_group_lies_in_one_fold(groups: list[int], folds: int) -> None:
    split = make_folds(folds, rows_of(len(groups), groups=groups), None, generator())
    assert split.folds is not None
    assert sorted(split.validation.tolist()) == list(range(len(groups)))
    codes = np.array(groups)[split.validation]
    if len(set(groups)) > 1:
        for code in set(groups):
            assert len(set(split.folds[codes == code])) == 1
    num_groups = len(set(groups))  # one alone cannot be parted but by chance
    assert len(set(split.folds)) == min(folds, num_groups if num_groups > 1 else len(groups))


@given(st.lists(st.floats(0.1, 9), min_size=80, max_size=99), st.integers(0, 9))
def test_copies_lie_in_one_fold_whatever_their_weight(weights: list[float], seed: int) -> None:
    """Else members would be judged on rows they learned from."""
    n = len(weights)
    copies = np.random.default_rng(seed).integers(n // 2, size=n)
    split = make_folds(5, rows_of(n, copies=copies.tolist(), weights=weights), None, generator())
    assert split.folds is not None
    assert sorted(split.validation.tolist()) == list(range(n))
    for one in np.unique(copies):
        assert len(set(split.folds[copies[split.validation] == one].tolist())) == 1


def test_copies_are_held_out_in_the_classes_proportions() -> None:
    """40 rows of one class five times, 400 of another once."""
    copies = [*np.repeat(np.arange(40), 5).tolist(), *range(40, 440)]
    rows = rows_of(600, copies=copies)
    strata = np.array([0] * 200 + [1] * 400)
    split = hold_out(0.2, rows, strata, generator())
    held = np.array(copies)[split.validation]
    assert not set(held) & set(np.array(copies)[split.training])
    assert np.bincount(strata[split.validation]).tolist() == [40, 80]


def test_a_class_of_one_group_learns() -> None:
    rows = rows_of(60, groups=[0] * 20 + [1] * 20 + [2] * 20)
    strata = np.array(["a"] * 40 + ["b"] * 20)
    for seed in range(10):
        split = hold_out(0.34, rows, strata, np.random.default_rng(seed))
        assert set(strata[split.training]) == {"a", "b"}
        assert split.basis.words == "1 of 3 groups of patient"


def test_one_group_larger_than_the_part_wanted_still_judges() -> None:
    split = hold_out(0.2, rows_of(40, groups=[0] * 20 + [1] * 20), None, generator())
    assert len(split.validation) == 20


def test_groups_and_copies_that_tie_rows_together_go_the_same_way() -> None:
    """Rows 1 and 2 are copies of different patients, so these patients stay together."""
    groups = Groups(codes=np.array([0, 0, 1, 1, 2, 3, 4, 5, 6]), name="patient")
    together = keep_together(np.array([0, 1, 1, 2, 3, 4, 5, 6, 7]), groups)
    assert together is not None
    assert len(set(together[:4])) == 1
    assert len(set(together)) == 6


def test_groups_go_before_copies_that_tie_nearly_all_of_them_together() -> None:
    groups = Groups(codes=np.repeat(np.arange(10), 4), name="patient")
    copies = np.arange(40)
    copies[::4] = 0
    together = keep_together(copies, groups)
    assert together is not None
    assert len(set(together)) == 10


# --- Time ---------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 20), min_size=2, max_size=60), st.floats(0.05, 0.95))
def test_every_row_that_judges_is_later_than_every_row_that_learns(
    years: list[int], part: float
) -> None:
    times = Times(values=np.array(years, dtype=float), name="year", are_dates=False)
    late = times.is_late(part)
    if len(set(years)) == 1:
        assert not late.any()
        return
    assert times.values[late].min() > times.values[~late].max()


def test_of_equal_times_all_judge_or_none() -> None:
    times = Times(values=np.array([1.0, 2, 2, 2, 2, np.nan]), name="year", are_dates=False)
    assert times.is_late(0.2).tolist() == [False, True, True, True, True, False]
    assert times.is_late(0.0).tolist() == [False] * 6


def test_times_are_shown_as_a_person_writes_them() -> None:
    days = Times(values=np.zeros(1), name="day", are_dates=True)
    assert days.show(86_400 * 365) == "1971-01-01"
    assert days.show(3_600) == "1970-01-01 01:00"
    assert days.show(-1) == "1969-12-31 23:59:59"
    assert Times(values=np.zeros(1), name="year", are_dates=False).show(2012.0) == "2012"


# --- Rows ---------------------------------------------------------------------------------------


def test_rows_behind_others_belong_to_none_of_their_groups() -> None:
    joined = join_rows(rows_of(4, groups=[0, 0, 1, 1]), rows_of(2))
    assert joined.split_by is not None
    assert joined.split_by.codes.tolist() == [0, 0, 1, 1, 2, 3]


def test_of_repeated_rows_the_first_is_kept_and_one_without_weight_replaces_none() -> None:
    rows = rows_of(4, weights=[0, 1, 1, 1])
    rows = Rows(
        frame=pl.DataFrame({"x": [1.0, 1.0, 1.0, 2.0]}),
        target=np.zeros(4),
        weights=rows.weights,
        numbers=rows.numbers,
    )
    assert first_of_equal(rows).tolist() == [0, 1, 3]


def test_a_row_of_another_group_repeats_nothing() -> None:
    rows = rows_of(2, groups=[0, 1])
    equal = Rows(
        frame=pl.DataFrame({"x": [1.0, 1.0]}),
        target=np.zeros(2),
        weights=rows.weights,
        numbers=rows.numbers,
        split_by=rows.split_by,
    )
    assert len(first_of_equal(equal)) == 2
