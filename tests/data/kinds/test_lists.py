"""Lists in a cell are several values: found, encoded, learned from, saved and explained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid import Classifier, DataError
from pellucid.comparison.leakage import find_leaks
from pellucid.data.conversion import convert
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.list import MOST_VALUES, ListEncoder
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table
from pellucid.explanation.importance import importance
from pellucid.model.file import read_model_file

GENRES = ["Action", "Adventure", "Comedy", "Drama", "Fantasy", "Sci-Fi"]
ROWS = 300


def genres(count: int = ROWS) -> list[list[str]]:
    generator = np.random.default_rng(0)
    return [
        generator.choice(GENRES, generator.integers(1, 4), replace=False).tolist()
        for _ in range(count)
    ]


def table(cells: list[str | None]) -> Table:
    return Table(frame=pl.DataFrame({"c": cells}), name="table.csv")


def judged(cells: list[str | None]) -> Column:
    return infer_schema(table(cells))["c"]


WRITTEN: dict[str, Callable[[list[str]], str]] = {
    "'|'": "|".join,
    "','": ", ".join,
    "';'": ";".join,
    "'/'": " / ".join,
    "brackets": str,
}


# --- Finding them ---------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", WRITTEN)
def test_lists_are_found_however_parted(sign: str) -> None:
    cells = table([*map(WRITTEN[sign], genres()), None])

    schema = infer_schema(cells)

    assert schema["c"].kind == "list"
    assert f"lists, parted by {sign}: 6 different values in " in schema["c"].reason
    assert convert(cells, schema)["c"].to_list() == [*map(sorted, genres()), None]


def test_lists_of_other_languages_are_read() -> None:
    cells = ["{a,b}", '["b", "c"]', "['c']", "[]", "(a, c)"] * 10
    schema = infer_schema(table(cells), kinds={"c": "list"})
    assert convert(table(cells), schema)["c"].to_list()[:5] == [
        ["a", "b"],
        ["b", "c"],
        ["c"],
        [],
        ["a", "c"],
    ]


@pytest.mark.parametrize(
    "cells",
    [
        [f"It was the {n}th of May, cold and bright, and clocks struck {n}" for n in range(99)],
        [f"Town{n % 60}, {state}" for n, state in enumerate(["TX", "NY", "OH"] * 60)],
        [f"Smith{n}, Ann" for n in range(90)],
        ["yes, always", "yes, at times", "no"] * 30,
        ["3,5 kg", "2,7 kg", "4,5 kg", "2,5 kg", "3,7 kg", "4,7 kg", "9,9 kg"] * 10,
        ["1/2 cup", "1/4 cup", "3/4 cup", "1 cup"] * 20,
        ["a|b", "b|a", "a"] * 3,  # too few
    ],
)
def test_other_text_with_signs_is_no_list(cells: list[str | None]) -> None:
    assert judged(cells).kind != "list"


def test_a_person_may_know_better() -> None:
    cells = table(["a;b", "b", "a"] * 3)
    schema = infer_schema(cells, kinds={"c": "list"})
    assert schema["c"].reason.startswith("as asked; lists, parted by ';': 2 different values")
    assert convert(cells, schema)["c"][0].to_list() == ["a", "b"]
    many = table(list(map("|".join, genres())))
    assert infer_schema(many, kinds={"c": "category"})["c"].kind == "category"


def test_typed_lists_are_read_where_text_was_learned() -> None:
    schema = infer_schema(table(list(map("|".join, genres()))))
    typed = Table(frame=pl.DataFrame({"c": [["Drama", "Action", "Drama"], []]}), name="new")
    assert convert(typed, schema)["c"].to_list() == [["Action", "Drama"], []]
    nested = Table(frame=pl.DataFrame({"c": [[["Drama"]]]}), name="new")
    with pytest.raises(DataError, match="was list in training, but is of type"):
        convert(nested, schema)


# --- Encoding them --------------------------------------------------------------------------------


def encoder_of(*lists: list[str] | None) -> ListEncoder:
    column = pl.Series("c", lists, dtype=pl.List(pl.String))
    return ListEncoder.fit(column, np.ones(len(lists)))


def test_each_frequent_value_is_an_input() -> None:
    encoder = encoder_of(["a", "b"], ["b"], ["a", "rare"], None, [])
    assert encoder.input_names() == ["c has a", "c has b", "c is missing"]
    new = pl.Series("c", [["a"], ["b", "new"], [], None], dtype=pl.List(pl.String))
    assert encoder.compact(new).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]
    assert encoder.unknown_part == 0.2


def test_inputs_are_not_without_number() -> None:
    encoder = encoder_of(*([f"v{n}", f"v{n + 1}"] for n in range(2 * MOST_VALUES)))
    assert len(encoder.values) == MOST_VALUES


def test_values_never_seen_and_cells_missing_are_told() -> None:
    encoder = encoder_of(["a", "b"], ["b"], ["a"])
    new, missing = encoder.surprises(pl.Series("c", [["a"], ["new"], None]))
    assert new.odd.tolist() == [False, True, False]
    assert missing.odd.tolist() == [False, False, True]
    assert new.told(pl.Series([["a", "new"]]), 0) == (
        "c 'a, new' has a value never seen in training, or hardly ever"
    )


# --- The whole way --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def movies() -> pl.DataFrame:
    lists = genres()
    return pl.DataFrame(
        {
            "genres": [None if n % 50 == 7 else "|".join(held) for n, held in enumerate(lists)],
            "length": np.random.default_rng(1).normal(100, 20, ROWS).round(),
            "liked": np.where([("Drama" in held) for held in lists], "yes", "no"),
        }
    )


@pytest.fixture(scope="module")
def critic(movies: pl.DataFrame) -> Classifier:
    return Classifier(max_epochs=40).fit(movies, "liked")


def test_a_network_learns_from_lists(
    critic: Classifier, movies: pl.DataFrame, tmp_path: Path
) -> None:
    assert critic.score(movies) > 0.95
    critic.save(tmp_path / "critic.pellucid")
    again = pellucid.load(tmp_path / "critic.pellucid")
    np.testing.assert_array_equal(again.predict_proba(movies), critic.predict_proba(movies))
    _, plain = read_model_file(tmp_path / "critic.pellucid")
    assert plain["estimator"]["schema"][0]["delimiter"] == "|"


def test_a_row_is_explained(critic: Classifier, movies: pl.DataFrame) -> None:
    found = pellucid.explain(critic, movies, row=2, training=movies)
    assert set(found.columns) == {"genres", "length"}
    assert "genres has Drama" in found.inputs


def test_a_response_goes_through_each_value(critic: Classifier, movies: pl.DataFrame) -> None:
    curve = pellucid.response_curve(critic, movies, "genres", target_class="yes")
    assert (curve.kind, curve.grid) == ("list", [*GENRES, None])
    assert curve.counts[-1] == 6
    assert curve.grid[int(curve.mean.argmax())] == "Drama"
    assert curve.to_json()["grid"][0] == "Action"


def test_rows_unlike_any_are_told(critic: Classifier, movies: pl.DataFrame) -> None:
    odd = movies.head(1).with_columns(genres=pl.lit("Western|Drama"))
    assert critic.unlike_training(odd).reasons == (
        "genres 'Drama, Western' has a value never seen in training, or hardly ever",
    )


def test_a_list_has_importance_and_may_leak(critic: Classifier, movies: pl.DataFrame) -> None:
    rows = critic.rows_of(Table(frame=movies.drop_nulls(), name="movies"))
    assert importance(critic.model_, rows)[0].name == "genres"
    places = np.arange(len(rows))
    told = find_leaks(rows, [(places[:200], places[200:])], "liked", are_classes=True)
    assert "Column 'genres' alone" in str(told)


def test_flat_algorithms_get_the_same_values(movies: pl.DataFrame) -> None:
    found = pellucid.compare(movies, "liked", max_epochs=5, members=1)
    scores = found.to_frame().select("algorithm", "accuracy", "failure")
    assert set(scores["failure"]) == {""}
    assert scores.filter(pl.col("algorithm") == "logistic regression")["accuracy"][0] > 0.9


def test_a_table_of_nothing_but_lists_is_learned_from(tmp_path: Path) -> None:
    """No two columns have bins, so no combination of cells can be odd."""
    cells = pl.DataFrame({"tags": list(map(";".join, genres()))})
    y = np.where(cells["tags"].str.contains("Drama").to_numpy(), "yes", "no")

    model = Classifier(max_epochs=2).fit(cells, y)
    path = tmp_path / "model.pellucid"
    model.save(path)
    again = pellucid.load(path)

    assert (again.predict_proba(cells) == model.predict_proba(cells)).all()
    assert not again.unlike_training(cells).is_unlike.any()
    assert again.partial_fit(cells, y).predict(cells).shape == (ROWS,)


def test_a_column_without_inputs_enters_the_network_nowhere(tmp_path: Path) -> None:
    """Lists hold something in the later rows only, which do not learn; towns are embedded."""
    place = np.arange(1_200)
    tags = [["a", "b"] if late else [] for late in place >= 1_100]
    cells = pl.DataFrame({"tags": tags, "town": [f"t{one % 40}" for one in place]})
    y = np.where(place % 40 > 19, "yes", "no")

    options = {"max_epochs": 2, "members": 1, "columns": {"tags": "list"}}
    table = cells.with_columns(y=y)
    model = pellucid.fit(table, "y", by_time=place, **options)
    path = tmp_path / "model.pellucid"
    model.save(path)
    again = pellucid.load(path)

    codes = model.encode(cells)
    assert codes.shape == (1_200, 1)
    assert model.model_.network.to_module()(codes).shape == (1_200, 2)
    assert (again.predict_proba(cells) == model.predict_proba(cells)).all()
    assert pellucid.explain(again, cells).columns["tags"] == 0.0
    rows = again.rows_of(Table(frame=table, name="towns"))
    assert [each.name for each in importance(again.model_, rows)] == ["town", "tags"]
