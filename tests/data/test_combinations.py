"""Rows whose cells are ordinary and whose whole is not."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from pellucid import ModelFileError
from pellucid.data.combinations import Combinations
from pellucid.data.kinds.cell_bins import LevelBins, NumberBins
from pellucid.files.fields import Fields


def again_from(flat: np.ndarray, plain: dict[str, Any]) -> Combinations:
    """What a model file gives back."""
    return Combinations.from_plain(flat, Fields(json.loads(json.dumps(plain)), "the file"))


def couples(n: int, seed: int = 0) -> pl.DataFrame:
    """Husbands are men, age and school years go together, the town is anything."""
    generator = np.random.default_rng(seed)
    sex = generator.choice(["f", "m"], n)
    married = generator.random(n) < 0.6
    role = np.where(married, np.where(sex == "m", "husband", "wife"), "single")
    age = generator.uniform(18, 80, n)
    return pl.DataFrame(
        {
            "sex": sex,
            "age": age,
            "town": generator.choice([f"t{i}" for i in range(9)], n),
            "role": role,
            "years": age - 18 + generator.normal(size=n),
        }
    )


def test_a_score_by_hand() -> None:
    frame = pl.DataFrame({"a": ["x"] * 6 + ["y"] * 4, "b": ["u"] * 5 + ["v"] * 5})  # 5 1 0 4
    counted = Combinations.fit(frame)
    row = pl.DataFrame({"a": ["y"], "b": ["u"]})  # never together; a: 2 levels, others, missing
    first = counted.columns[counted.pairs[0][1]]
    told = {"a": (4, 5, "b"), "b": (5, 4, "a")}[first.name]  # rows with this cell, with the other
    part = (told[0] + 1 / 4) / 11
    expected = np.log(part / ((0 + part) / (told[1] + 1)))
    assert counted.score(row)[0] == pytest.approx(expected)
    name, other, times, chance = counted.oddest_pairs(row)[0]
    assert {name, other} == {"a", "b"}
    assert (times, chance) == (0, 2.0)


def test_the_tree_is_the_strongest_of_all() -> None:
    """All 125 trees of 5 columns (Cayley), weighed with scikit-learn's mutual information.

    The town, which depends on nothing, is joined to nothing.
    """
    frame = couples(3_000)
    counted = Combinations.fit(frame)
    places = [c.place(frame[c.name]) for c in counted.columns]

    def weight(a: int, b: int) -> float:
        sizes = [len(np.unique(places[p])) - 1 for p in (a, b)]
        penalty = np.prod(sizes) * np.log(3_000) / (2 * 3_000)
        return float(mutual_info_score(places[a], places[b]) - penalty)

    def is_tree(edges: tuple[tuple[int, int], ...]) -> bool:
        joined = {0}
        for _ in edges:
            joined |= {p for e in edges if joined & set(e) for p in e}
        return len(joined) == 5

    edges = list(combinations(range(5), 2))
    trees = [tree for tree in combinations(edges, 4) if is_tree(tree)]
    assert len(trees) == 125
    best = max(trees, key=lambda tree: sum(weight(*edge) for edge in tree))
    believed = {frozenset(edge) for edge in best if weight(*edge) > 0}
    assert {frozenset(pair) for pair in counted.pairs} == believed
    assert len(believed) == 2
    assert frame.columns.index("town") not in {place for pair in believed for place in pair}


def test_the_limit_is_that_of_rows_left_out_one_by_one() -> None:
    """Counted again without each row, with the same tree."""
    frame = couples(300)
    counted = Combinations.fit(frame)
    scores = []
    for place in range(frame.height):
        rest = frame.filter(pl.int_range(pl.len()) != place)
        places = [c.place(rest[c.name]) for c in counted.columns]
        counts = []
        for (a, b), old in zip(counted.pairs, counted.counts, strict=True):
            new = np.zeros_like(old)
            np.add.at(new, (places[a], places[b]), 1)
            counts.append(new)
        without = Combinations(
            columns=counted.columns,
            pairs=counted.pairs,
            counts=tuple(counts),
            num_rows=rest.height,
            limit=0.0,
        )
        scores.append(without.score(frame[place : place + 1])[0])
    assert counted.limit == pytest.approx(max(0.0, np.sort(scores)[299]))  # ⌈0.995 · 301⌉ = 300


def test_new_rows_are_seldom_odd_and_shuffled_ones_often() -> None:
    counted = Combinations.fit(couples(4_000))
    new = couples(20_000, seed=1)
    assert 0.002 < (counted.score(new) > counted.limit).mean() < 0.008
    generator = np.random.default_rng(2)
    shuffled = pl.DataFrame([c.gather(generator.permutation(20_000)) for c in new])
    assert (counted.score(shuffled) > counted.limit).mean() > 0.8
    for a, b, times, chance in counted.oddest_pairs(new.filter(counted.score(new) > counted.limit)):
        assert {a, b} != {"town", "sex"}
        assert times < chance


CELLS = st.lists(
    st.tuples(st.none() | st.floats(-5, 5), st.none() | st.sampled_from("abc"), st.booleans()),
    min_size=1,
    max_size=40,
)


@settings(deadline=None)
@given(cells=CELLS)
def test_any_table_is_counted_and_survives_its_file(cells: list[tuple[float, str, bool]]) -> None:
    frame = pl.DataFrame(
        cells,
        orient="row",
        schema={"number": pl.Float64, "level": pl.String, "other": pl.Boolean},
    ).with_columns(pl.col("other").cast(pl.String))
    counted = Combinations.fit(frame)
    scores = counted.score(frame)
    assert np.isfinite(scores).all()
    assert (scores <= counted.limit).all()  # fewer than 200 rows: none exceeds the greatest
    again = again_from(*counted.to_plain())
    assert np.array_equal(again.score(frame), scores)
    blocks = [counted.score(frame[start : start + 7]) for start in range(0, frame.height, 7)]
    assert np.array_equal(np.concatenate(blocks), scores)


def test_bins_hold_about_equally_many_rows_and_missing_cells_have_their_own() -> None:
    column = pl.Series("x", [None, *np.random.default_rng(0).normal(size=1_200).tolist()])
    bins = NumberBins.fit(column)
    assert bins.num_bins == 11 + 1  # ³√1201 and one for missing cells
    sizes = np.bincount(bins.place(column), minlength=bins.num_bins)
    assert sizes.tolist() == [pytest.approx(1_200 / 11, abs=1)] * 11 + [1]
    few = NumberBins.fit(pl.Series("x", [1.0, 1.0, 2.0, 4.0]))
    assert few.edges == (1.5, 3.0)
    levels = LevelBins.fit(pl.Series("x", ["b", "a", "b", "rare", "b", "a", None]))
    assert levels.levels == ("b", "a")
    assert levels.place(pl.Series("x", ["a", "b", "rare", "new", None])).tolist() == [1, 0, 2, 2, 3]


def test_a_single_column_has_no_combination() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0, 3.0]})
    counted = Combinations.fit(frame)
    assert counted.score(frame).tolist() == [0.0] * 3
    assert counted.oddest_pairs(frame) == []
    assert again_from(*counted.to_plain()).pairs == ()


def test_columns_of_dates_take_part() -> None:
    days = pl.Series("day", range(18_000, 18_400)).cast(pl.Date).cast(pl.Datetime("us"))
    frame = pl.DataFrame({"day": days, "x": np.arange(400.0)})
    counted = Combinations.fit(frame)
    odd = pl.DataFrame({"day": days[:1], "x": [399.0]})
    assert counted.score(odd)[0] > counted.limit


@pytest.mark.parametrize(
    "senseless",
    [
        {"rows": 3},
        {"pairs": [[0, 1]]},
        {"pairs": [[0, 99], [1, 2]]},
        {"limit": float("nan")},
        {"columns": [{"kind": "number", "name": "x", "edges": list(range(99))}] * 5},
        {"columns": [{"kind": "number", "name": "x", "edges": []}] * 101},
    ],
)
def test_senseless_counts_in_a_file_are_refused(senseless: dict[str, Any]) -> None:
    flat, plain = Combinations.fit(couples(2_000)).to_plain()
    assert len(plain["pairs"]) == 2
    with pytest.raises(ModelFileError, match=r"."):
        again_from(flat, {**plain, **senseless})
    with pytest.raises(ModelFileError, match=r"."):
        again_from(-flat, plain)
