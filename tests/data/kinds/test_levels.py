"""Levels of categories: one level, whatever its type and spelling."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from pellucid.data.conversion import convert
from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.level_formats import find_number_levels, find_true_level
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table
from pellucid.data.stored_schema import schema_from_json

WHOLE = ([1, 2, 3], [1.0, 2.0, 3.0], ["1", "2", "3"], ["1.0", "2.0", "3.0"], ["1", "2.0", "3."])
PARTS = ([0.5, 2.0, 3.25], ["0.5", "2", "3.25"], ["0.50", "2.00", "3.25"])


def table_of(cells: Sequence[object]) -> Table:
    return Table(frame=pl.DataFrame({"c": pl.Series(cells, strict=False)}), name="table.csv")


def as_category(cells: Sequence[object]) -> Schema:
    return infer_schema(table_of(cells), kinds={"c": "category"})


@pytest.mark.parametrize("cells", WHOLE, ids=str)
@pytest.mark.parametrize("trained", WHOLE, ids=str)
def test_a_whole_number_is_one_level_with_and_without_a_point(
    trained: list[object], cells: list[object]
) -> None:
    schema = as_category([*trained, None])

    assert convert(table_of([*cells, None]), schema)["c"].to_list() == ["1", "2", "3", None]


@pytest.mark.parametrize("cells", PARTS, ids=str)
@pytest.mark.parametrize("trained", PARTS, ids=str)
def test_a_fraction_is_one_level_with_and_without_zeros(
    trained: list[object], cells: list[object]
) -> None:
    assert convert(table_of(cells), as_category(trained))["c"].to_list() == ["0.5", "2", "3.25"]


@pytest.mark.parametrize(
    "cells",
    [
        ["007", "012", "100"],
        ["1.1", "1.10", "1.2"],
        ["1", "2", "x"],
        ["1e3", "2"],
        ["12345678901234567", "2"],
        ["+1", "2"],
    ],
)
def test_codes_and_words_stay_as_they_are(cells: list[str]) -> None:
    schema = as_category(cells)

    assert convert(table_of([*cells, "7.0"]), schema)["c"].to_list() == [*cells, "7.0"]
    assert schema["c"].levels == ""


def test_numbers_with_a_hole_in_them_are_known_levels() -> None:
    """As pandas writes them: 3.0 where the column of whole numbers has a hole."""
    assert find_number_levels(pl.Series(["3", "3.0", "12"])) == "numbers"
    assert find_number_levels(pl.Series([3.5])) == "numbers"
    assert find_number_levels(pl.Series([True])) == ""


@pytest.mark.parametrize(
    ("cells", "true_level"),
    [
        (["True", "FALSE"], "true"),
        (["1.0", "0"], "1"),
        ([1.0, 0.0], "1"),
        (["True", "0", "1.0"], "true"),
        (["true", "unknown"], ""),
        (["1", "2"], ""),
        (["yes", "no"], ""),
    ],
)
def test_truth_values_are_known_from_all_levels(cells: list[object], true_level: str) -> None:
    assert find_true_level(pl.Series(cells)) == true_level


def test_truth_values_of_several_spellings_in_one_column_are_two_levels() -> None:
    cells = ["True", "FALSE", "1", "0.0", "true"]

    assert convert(table_of(cells), as_category(cells))["c"].to_list() == [
        *("true", "false", "true", "false", "true")
    ]


def test_levels_of_an_older_model_are_texts() -> None:
    columns = as_category(["1", "2", "3"]).to_json()
    del columns[0]["levels"]

    old = schema_from_json(columns)

    assert convert(table_of(["3", "3.0"]), old)["c"].to_list() == ["3", "3.0"]
    assert isinstance(old["c"], Column)
