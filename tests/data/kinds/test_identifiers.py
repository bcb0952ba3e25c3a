"""Whole numbers that tell rows apart are left out, codes are categories, measurements stay."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.column_names import is_nameless, names_codes, numbers_rows, says_when
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table
from pellucid.tasks.choice import judge_task


def judged(name: str, cells: Sequence[object] | np.ndarray) -> Column:
    """What a column of that name is taken for, beside another one."""
    frame = pl.DataFrame({name: list(cells), "beside it": np.zeros(len(cells))}, strict=False)
    return infer_schema(Table(frame=frame, name="table.csv"))[name]


def drawn(most: int, count: int, *, seed: int = 0) -> np.ndarray:
    """Different whole numbers from 1 on, drawn by chance, sorted."""
    return np.sort(1 + np.random.default_rng(seed).choice(most, count, replace=False))


# --- Left out -------------------------------------------------------------------------------------


def test_a_counter_with_gaps_is_left_out_with_the_evidence() -> None:
    """Rows were removed after they had been numbered."""
    numbers = drawn(400, 301)
    by_one = (np.diff(numbers) == 1).mean()
    for cells in (numbers, numbers.astype(str), numbers.astype(float)):
        column = judged("rownames", cells)
        assert column.reason == (
            "counts the rows, with gaps: 301 whole numbers, "
            f"all different, each greater than the one before ({100 * by_one:.0f} % by 1)"
        )
        assert column.is_identifier


def test_a_counter_needs_no_name_where_rows_are_many() -> None:
    assert judged("c", drawn(400, 301)).kind == "left out"
    assert judged("c", drawn(34_000, 1_340)).kind == "left out"
    assert judged("c", drawn(34_000, 340)).kind == "number"


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "X", "column_1"])
def test_a_column_without_a_name_that_rises_is_a_row_name(name: str) -> None:
    assert is_nameless(name)
    if name:
        assert judged(name, drawn(10_000, 40)).is_identifier


@pytest.mark.parametrize(
    "name",
    ["id", "PassengerId", "customer_id", "CustomerID", "PID", "studyid", "order no.", "row_number"],
)
def test_numbers_named_like_identifiers_in_any_order(name: str) -> None:
    numbers = np.random.default_rng(0).permutation(drawn(10**6, 60))
    column = judged(name, numbers)
    assert column.reason == (
        "identifier: 60 of 60 whole numbers are different, and the name says that they tell rows "
        "apart"
    )
    assert judged(name, [*numbers[:-1], None]).is_identifier


def test_an_identifier_that_hardly_recurs_is_left_out() -> None:
    """Each person twice: too little to learn about each."""
    assert judged("patient", np.repeat(drawn(500, 40), 2)).is_identifier


# --- Kept as numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("year", [*range(1900, 2013)]),
        ("year", [y for y in range(1800, 2013) if y % 7]),
        ("day", drawn(400, 301)),
        ("minute", drawn(400, 301)),
        ("population", np.sort(np.random.default_rng(0).lognormal(12, 2, 3_000).astype(int))),
        ("pop", 144_126 + np.cumsum(np.random.default_rng(0).integers(1, 9_000, 42))),
        ("dose", np.arange(0, 5 * 2_000, 5)),
        ("income", drawn(10_000, 90)),
        ("price", np.random.default_rng(0).permutation(drawn(10**6, 2_000))),
        ("x", [*range(1, 30), 200]),
        ("temperature", np.arange(-150, 150) * 2),
        ("humid", np.random.default_rng(0).permutation(drawn(1_000, 60))),
        ("paid", np.random.default_rng(0).permutation(drawn(1_000, 60))),
        ("NO", np.random.default_rng(0).permutation(drawn(1_000, 60))),
        ("num_rooms", np.random.default_rng(0).permutation(drawn(1_000, 60))),
    ],
)
def test_measurements_stay_numbers_even_if_sorted_and_different(
    name: str, cells: Sequence[int]
) -> None:
    assert judged(name, cells).kind == "number"


# --- Codes by their name --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["zip", "user_id", "userId", "shop", "Clothing ID", "Subject"])
def test_numbers_named_like_codes_are_categories(name: str) -> None:
    column = judged(name, [30, 10, 20, 40] * 10)
    assert column.kind == "category"
    assert column.reason == (
        "codes, not quantities, as the name says; 4 different values: '30', '10', '20', ..."
    ).replace("'", "")


@pytest.mark.parametrize("name", ["users", "items", "n_id_cards", "rapid", "kid", "age"])
def test_other_names_say_nothing(name: str) -> None:
    assert not names_codes(name)
    assert judged(name, [30, 10, 20, 40] * 10).kind == "number"


def test_codes_are_whole_and_never_negative() -> None:
    assert judged("zip", [0.5, 1.5, 2.5] * 10).kind == "number"
    assert judged("cyngkid", [-1, 0, 1] * 10).kind == "number"


def test_a_target_is_never_left_out() -> None:
    rows = Table(frame=pl.DataFrame({"order_id": range(90), "x": range(90)}), name="table.csv")
    assert judge_task(rows, ["order_id"]) == (
        "regression",
        (
            "90 different whole numbers from 0 to 89, taken for a number; for classes say "
            "task='classification'"
        ),
    )


def test_names_are_read_word_by_word() -> None:
    assert numbers_rows("orderNo")
    assert not numbers_rows("number of rooms")
    assert says_when("created_at")
    assert not says_when("rate")
