"""Seconds since 1970 are dates, in training and at prediction; other large numbers are not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from pellucid.data.conversion import convert
from pellucid.data.kinds.column import Column
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table
from pellucid.errors import DataError

START = datetime(2021, 1, 4, 9, 30)
MOMENTS = [START + timedelta(hours=7 * place % 1_000, seconds=place) for place in range(60)]
SECONDS = [round((moment - datetime(1970, 1, 1)).total_seconds()) for moment in MOMENTS]


def table(name: str, cells: Sequence[object] | pl.Series) -> Table:
    return Table(frame=pl.DataFrame({name: cells}, strict=False), name="table.csv")


def judged(name: str, cells: Sequence[object]) -> Column:
    return infer_schema(table(name, cells))[name]


@pytest.mark.parametrize("name", ["timestamp", "c"])
@pytest.mark.parametrize("unit", [1, 1_000])
@pytest.mark.parametrize("as_cell", [int, float, str])
def test_they_are_dates_whatever_their_type(name: str, unit: int, as_cell: type) -> None:
    cells = [as_cell(unit * second) for second in SECONDS]
    given = table(name, cells)

    schema = infer_schema(given)

    words = "Unix seconds" if unit == 1 else "Unix milliseconds"
    told = ", as the name says" if name == "timestamp" else ""
    assert schema[name].kind == "date"
    assert schema[name].reason == (
        f"dates, {words} (since 1970, UTC){told}: from 2021-01-04 to 2021-01-21"
    )
    assert convert(given, schema)[name].to_list() == MOMENTS


def test_later_rows_are_read_the_same_way() -> None:
    schema = infer_schema(table("timestamp", SECONDS))
    for cells in (
        [0, 4_102_444_800],
        ["0", "4102444800"],
        pl.Series([datetime(1970, 1, 1), datetime(2100, 1, 1)]),
    ):
        new = convert(table("timestamp", cells), schema)
        assert new["timestamp"].to_list() == [datetime(1970, 1, 1), datetime(2100, 1, 1)]


ABROAD = pl.Series(MOMENTS).dt.replace_time_zone("UTC").dt.convert_time_zone("America/New_York")


@pytest.mark.parametrize("unit", [1, 1_000])
@pytest.mark.parametrize(
    "cells",
    [
        ABROAD,
        ABROAD.dt.to_string("iso:strict"),
        ABROAD.dt.to_string("%Y-%m-%d %H:%M:%S%z"),
        [f"{moment.isoformat()}Z" for moment in MOMENTS],
        [f"{moment} UTC" for moment in MOMENTS],
        [str(SECONDS[0]), *(f"{moment}+00" for moment in MOMENTS[1:])],
    ],
)
def test_dates_with_a_zone_are_read_in_utc(unit: int, cells: Sequence[object]) -> None:
    schema = infer_schema(table("timestamp", [unit * second for second in SECONDS]))
    if unit == 1_000:
        cells = [f"{cell}000" if cell == str(SECONDS[0]) else cell for cell in cells]

    assert convert(table("timestamp", cells), schema)["timestamp"].to_list() == MOMENTS


def test_text_that_does_not_tell_its_zone_is_refused_with_what_to_write() -> None:
    schema = infer_schema(table("timestamp", SECONDS))

    with pytest.raises(DataError) as refused:
        convert(table("timestamp", ["2021-01-04T09:30:00"]), schema)
    assert str(refused.value) == (
        "Column 'timestamp' was date in training, but row 1 of table.csv has "
        "'2021-01-04T09:30:00', which is not a date (unix seconds). Write the number, or the date "
        "with its zone, such as 2024-01-31T17:45:00+00:00."
    )


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("account_id", SECONDS),
        ("c", SECONDS[:10]),  # few, and nothing says when
        ("c", range(1_400_000_000, 1_400_000_060)),  # one by one
        ("c", [1_000_000_000 + 37 * n for n in range(60)]),  # numbered from a round number on
        ("time", [600_000_000, *SECONDS]),  # before 1990
        ("c", [second + 0.5 for second in SECONDS]),
        ("amount", np.random.default_rng(0).permutation(range(10**8, 16 * 10**8, 25 * 10**6))),
    ],
)
def test_other_large_numbers_are_no_dates(name: str, cells: Sequence[object]) -> None:
    assert judged(name, list(cells)).kind != "date"


def test_a_person_may_know_better() -> None:
    few = table("c", [86_400, 0, 172_800])
    schema = infer_schema(few, kinds={"c": "date"})
    assert schema["c"].reason.startswith("as asked; dates, Unix seconds")
    assert convert(few, schema)["c"][0] == datetime(1970, 1, 2)
    assert infer_schema(table("time", SECONDS), kinds={"time": "number"})["time"].kind == "number"
    with pytest.raises(DataError, match="was to be read as date, but cannot be"):
        infer_schema(table("c", [-1, 10**15]), kinds={"c": "date"})
