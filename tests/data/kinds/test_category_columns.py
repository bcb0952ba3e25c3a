"""Texts that recur are levels of a category; names and titles that do not are left out."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pellucid.data.kinds.column import Column
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table

WORDS = ["some", "major", "design", "flaws", "love", "this", "dress", "so", "soft", "nice"]


def judged(name: str, cells: list[str]) -> Column:
    return infer_schema(Table(frame=pl.DataFrame({name: cells}), name="table.csv"))[name]


def phrases(count: int, words: int) -> list[str]:
    """Short texts, some of which happen to be equal."""
    generator = np.random.default_rng(0)
    return [" ".join(generator.choice(WORDS, words)) for _ in range(count)]


def test_titles_that_hardly_recur_are_left_out() -> None:
    titles = phrases(500, 3) + ["love it"] * 60

    column = judged("c", titles)

    assert column.kind == "left out"
    assert column.reason == (
        f"names or the like, {len(set(titles))} of 560 different and "
        f"{sum(titles.count(title) == 1 for title in titles)} of them in one row only; no free "
        "text: 3.0 words a cell; columns={'c': 'text'} reads it as such"
    )


def test_a_name_needs_less_evidence_in_a_column_of_names() -> None:
    names = [f"guest{n}" for n in [*range(100), *range(60, 160)]]
    assert judged("c", names).kind == "category"
    assert judged("guest name", names).kind == "left out"


@pytest.mark.parametrize(
    "cells",
    [
        [f"New {place}" for place in range(48)] * 2,  # each state twice
        [f"PC {n}" for n in [*range(50), *range(25, 60)]],  # shared tickets
        [f"north {n}" for n in range(60)] * 5,
        phrases(40, 3),  # too few to say
    ],
)
def test_levels_that_recur_stay(cells: list[str]) -> None:
    assert judged("c", cells + ["west"] * 6).kind == "category"


def test_it_is_said_what_many_levels_mean() -> None:
    column = judged("c", [f"town{n}" for n in [*range(60)] * 3 + [*range(60, 70)]])
    assert column.reason == (
        "70 different values: 'town0', 'town1', 'town2', ...; 2.7 rows a value, those of fewer "
        "than 2 rows (10 rows) are read as unknown"
    )
    assert "rows a value" not in judged("c", [f"town{n}" for n in range(40)] * 3).reason
