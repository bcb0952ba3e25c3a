"""What can be said of cells in few words: each kind says it of its own."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from pellucid.data.conversion import convert
from pellucid.data.kinds.kind import kind_of
from pellucid.data.kinds.traits import Quantity, Trait
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import read_table


def traits_of(cells: list[object], kind: str = "") -> list[Quantity | Trait]:
    """What is said of a column that is read from a table."""
    table = read_table(pl.DataFrame({"x": cells, "other": range(len(cells))}))
    schema = infer_schema(table, kinds={"x": kind} if kind else None)
    converted = convert(table, schema)["x"]
    return list(kind_of(converted).traits(schema["x"], converted))


@pytest.mark.parametrize(
    ("cells", "value", "written"),
    [
        ([f"{n * n}" for n in range(50)], 1234.0, "1234"),
        ([f"{n}.50" for n in range(50)], 3.0, "3.0"),
        ([f"{n},5" for n in range(50)], -3.5, "−3,5"),
        ([f"{n}%" for n in range(50)], 12.0, "12%"),
        ([f"${n + 1},000" for n in range(50)], 12000.0, "$12,000"),
        ([n / 7 for n in range(50)], 1 / 7, "0.1429"),
        ([f"{n % 24:02d}:30" for n in range(50)], 8.5 * 3600, "08:30"),
    ],
)
def test_numbers_are_written_as_their_column_writes_them(
    cells: list[object], value: float, written: str
) -> None:
    (quantity,) = traits_of(cells)
    assert isinstance(quantity, Quantity)
    assert quantity.write(value) == written


def test_dates_are_days_and_of_near_ones_the_time_is_told() -> None:
    day = dt.datetime(2024, 1, 31, 8, 30)
    for step, written in ((dt.timedelta(days=1), "2024-01-31"), (dt.timedelta(minutes=7), "08:30")):
        (quantity,) = traits_of([day + n * step for n in range(50)])
        assert isinstance(quantity, Quantity)
        assert written in quantity.write(quantity.values[0])


def test_a_number_of_two_values_has_no_median_that_tells_anything() -> None:
    """A share says more: 30 % have 1."""
    zero, one = traits_of([n % 3 // 2 for n in range(60)], "number")
    assert isinstance(zero, Trait)
    assert isinstance(one, Trait)
    assert (one.name, one.opposite) == ("x is 1", "x is not 1")
    assert one.rows.tolist() == [n % 3 == 2 for n in range(60)]


def test_a_category_is_one_of_its_levels_or_missing() -> None:
    traits = traits_of([["red", "blue", None][n % 3] for n in range(60)])
    assert [each.name for each in traits] == ["x is blue", "x is red", "x is missing"]
    rows = [each.rows for each in traits if isinstance(each, Trait)]
    assert np.sum(rows, axis=0).tolist() == [1] * 60


def test_a_list_has_its_values() -> None:
    traits = traits_of([["a;b", "a;c", "c"][n % 3] for n in range(60)], "list")
    assert [each.name for each in traits] == ["x has a", "x has b", "x has c"]
    assert isinstance(traits[0], Trait)
    assert traits[0].opposite == "x lacks a"
    assert traits[0].rows.tolist() == [n % 3 < 2 for n in range(60)]


def test_of_texts_it_is_only_said_whether_they_are_missing() -> None:
    texts = [f"a note about {n} things, and more" if n else None for n in range(60)]
    assert [each.name for each in traits_of(texts, "text")] == ["x is missing"]
