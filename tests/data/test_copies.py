"""What is a copy of another row, and what is equal by chance."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data.copies import originals_of


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def levels(rows: int, columns: int, num_levels: int) -> pl.DataFrame:
    """Categories of noise."""
    return pl.DataFrame(generator().integers(num_levels, size=(rows, columns)))


def test_equal_rows_are_copies_unless_chance_makes_rows_equal() -> None:
    continuous = pl.DataFrame(generator().normal(size=(60, 2)))
    copied = originals_of(pl.concat([continuous, continuous]))
    assert copied is not None
    assert (copied[:60] == copied[60:]).all()
    assert sorted(copied[:60].tolist()) == list(range(1, 61))  # numbered without gaps
    few_cells = pl.DataFrame(generator().integers(6, size=(120, 3)))
    assert originals_of(few_cells) is None
    assert originals_of(continuous[:10]) is None


@given(st.permutations(range(120)))
def test_what_is_a_copy_does_not_depend_on_the_order_of_the_rows(order: list[int]) -> None:
    """Cells so few that shuffling them makes about as many rows equal as still pass for copies."""
    cells = generator().integers(28, size=(60, 2)).astype(float)
    frame = pl.DataFrame(np.concatenate([cells, cells]))
    one, two = originals_of(frame), originals_of(frame[order])
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert two.tolist() == one[order].tolist()


def test_missing_cells_and_signs_of_zero_do_not_tell_copies_apart() -> None:
    x = generator().normal(size=50)
    frame = pl.DataFrame({"x": [*x, 0.0, -0.0], "y": [*x, None, None]})
    copies = originals_of(frame)
    assert copies is not None
    assert copies[-1] == copies[-2]


def test_equal_texts_are_copies() -> None:
    texts = pl.Series([f"text {n} of many".encode() for n in range(60)], dtype=pl.Binary)
    copied = originals_of(pl.DataFrame({"text": [*texts, *texts]}))
    assert copied is not None
    assert (copied[:60] == copied[60:]).all()
    assert originals_of(pl.DataFrame({"text": [b"good", b"bad", None] * 60})) is None


# --- Few possible cells -------------------------------------------------------------------------


@pytest.mark.parametrize("times", [2, 5])
@pytest.mark.parametrize(("columns", "num_levels"), [(6, 4), (5, 5), (4, 8), (8, 3), (3, 10)])
def test_rows_of_few_cells_are_copies_where_chance_makes_far_more_of_them_different(
    columns: int, num_levels: int, times: int
) -> None:
    frame = levels(700, columns, num_levels)
    copies = originals_of(pl.concat([frame] * times))
    assert copies is not None
    assert len(np.unique(copies)) == frame.n_unique()


def test_a_weight_is_as_many_equal_rows() -> None:
    frame = levels(700, 6, 4)
    classes = generator().integers(2, size=700)
    by_weight = originals_of(frame, np.full(700, 5.0), classes)
    repeated = originals_of(pl.concat([frame] * 5), classes=np.tile(classes, 5))
    assert by_weight is not None
    assert repeated is not None
    assert by_weight.tolist() == repeated[:700].tolist()


def test_copies_of_one_class_are_found_beside_another_that_has_none() -> None:
    frame = levels(3_000, 6, 4)
    classes = (np.arange(3_000) < 150).astype(int)
    copied = generator().integers(150, size=2_700)
    frame = pl.concat([frame, frame[copied]])
    assert originals_of(frame, classes=np.r_[classes, classes[copied]]) is not None


def test_very_few_different_rows_are_copies_where_chance_makes_all_different() -> None:
    frame = pl.DataFrame(generator().normal(size=(19, 5)))
    assert originals_of(pl.concat([frame] * 200)) is not None


def test_columns_that_depend_on_each_other_make_rows_equal_without_copies() -> None:
    """Each column follows the one before in four of five rows."""
    columns = [generator().integers(8, size=3_000)]
    for seed in range(1, 4):
        numbers = np.random.default_rng(seed)
        follows = numbers.uniform(size=3_000) < 0.8
        columns.append(np.where(follows, columns[-1], numbers.integers(8, size=3_000)))
    assert originals_of(pl.DataFrame(np.array(columns).T)) is None


def test_a_table_of_counts_holds_no_copies() -> None:
    """Each possible row once, with how often it was seen."""
    cells = pl.DataFrame({"sex": [0, 1]}).join(pl.DataFrame({"age": range(12)}), how="cross")
    counts = generator().integers(1, 200, size=24).astype(float)
    assert originals_of(cells, counts) is None
