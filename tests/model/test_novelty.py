"""Rows unlike training: which are flagged, and what is said about them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier, DataError, NotFittedError


def reasons(model: Classifier, rows: pl.DataFrame) -> tuple[str, ...]:
    return model.unlike_training(rows).reasons


@pytest.fixture(scope="module")
def townsman() -> Classifier:
    """Ages 17 to 90, towns with a street of their own, a family name hardly ever twice."""
    generator = np.random.default_rng(0)
    n = 600
    town = generator.choice(["Ulm", "Bonn", "Trier"], n)
    block = generator.integers(3, size=n)
    frame = pl.DataFrame(
        {
            "age": [17.0, 90.0, *generator.uniform(17, 90, n - 2).tolist()],
            "town": town,
            "street": [f"{t} street {i}" for t, i in zip(town, block, strict=True)],
            "name": [f"N{i}" for i in generator.integers(400, size=n)],
            "since": pl.Series(np.linspace(17_000, 18_000, n).astype(int)).cast(pl.Date),
            "y": generator.choice(["no", "yes"], n),
        }
    )
    return Classifier(max_epochs=1, columns={"name": "category"}).fit(frame, "y")


def row(**cells: object) -> pl.DataFrame:
    usual = {"age": 40.0, "town": "Ulm", "street": "Ulm street 1", "name": "N7"}
    return pl.DataFrame({**usual, "since": "2018-01-01", **cells})


def test_an_ordinary_row_is_not_flagged(townsman: Classifier) -> None:
    found = townsman.unlike_training(row())
    assert found.reasons == ("",)
    assert found.is_unlike.tolist() == [False]
    assert found.scores[0] < 0.0 <= found.limit


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"age": 130.0}, "age 130 is beyond the training range 17 to 90"),
        ({"age": -20.0}, "age -20 is beyond the training range 17 to 90"),
        ({"age": None}, "age is missing, as never in training"),
        ({"town": None}, "town is missing, as never in training"),
        ({"town": "Zzz"}, "town 'Zzz' was never seen in training, or hardly ever"),
        ({"since": "2040-01-01"}, "since 2040-01-01 00:00:00 is beyond the training range 2016-"),
    ],
)
def test_one_odd_cell_is_told(townsman: Classifier, cells: dict[str, object], words: str) -> None:
    assert words in reasons(townsman, row(**cells))[0]


def test_a_little_beyond_the_range_and_a_new_name_are_everyday(townsman: Classifier) -> None:
    """A tenth of the range; and names were new so often that one more is no surprise."""
    assert reasons(townsman, row(age=95.0, name="New", since="2019-05-01")) == ("",)
    assert reasons(townsman, row(age=98.0)) != ("",)


def test_ordinary_cells_in_an_unheard_combination_are_told(townsman: Classifier) -> None:
    told = reasons(townsman, row(street="Bonn street 1"))[0]
    assert told.startswith("no one cell is odd, but together they are: ")
    assert "town 'Ulm'" in told
    assert "street 'Bonn street 1'" in told
    assert "so or nearly so in 0 of 600 training rows, where chance would" in told


def test_several_reasons_stand_side_by_side(townsman: Classifier) -> None:
    first, second = reasons(townsman, row(age=300.0, street="Bonn street 1"))[0].split("; ")
    assert first == "age 300 is beyond the training range 17 to 90"
    assert second.startswith(("town", "street"))


def test_a_cell_that_is_odd_alone_is_told_once() -> None:
    """A missing cell, never missing in training, came together with no other cell either."""
    generator = np.random.default_rng(0)
    status = generator.choice(["married", "single"], 600)
    frame = pl.DataFrame(
        {
            "status": status,
            "age": np.where(status == "married", 60.0, 30.0) + generator.uniform(0, 9, 600),
            "children": np.where(status == "married", 3.0, 0.0) + generator.uniform(0, 1, 600),
            "y": generator.choice(["no", "yes"], 600),
        }
    )
    model = Classifier(max_epochs=1).fit(frame, "y")
    rows = pl.DataFrame({"status": ["single"] * 2, "age": [None, 65.0], "children": [0.5] * 2})
    found = model.unlike_training(rows)
    assert found.scores[1] > found.limit
    assert found.reasons[0] == "age is missing, as never in training"
    assert found.reasons[1].startswith("no one cell is odd, but together they are: ")


def test_each_row_has_its_own_reason(townsman: Classifier) -> None:
    rows = pl.concat([row(), row(age=130.0), row(), row(town="Zzz")])
    found = townsman.unlike_training(rows)
    assert found.is_unlike.tolist() == [False, True, False, True]
    assert [bool(text) for text in found.reasons] == found.is_unlike.tolist()


def test_few_training_rows_are_unlike_themselves(people: pl.DataFrame, buyer: Classifier) -> None:
    assert buyer.unlike_training(people).is_unlike.mean() < 0.02


def test_what_cannot_be_judged_is_refused(townsman: Classifier) -> None:
    with pytest.raises(NotFittedError):
        Classifier().unlike_training(row())
    with pytest.raises(DataError, match="town"):
        townsman.unlike_training(row().drop("town"))
