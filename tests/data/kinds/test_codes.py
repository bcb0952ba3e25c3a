"""Codes are told from quantities by what they say of the target: no false alarm, no look ahead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier, Regressor
from pellucid.comparison.parts import split_rows
from pellucid.data.conversion import convert
from pellucid.data.kinds.codes import FEWEST_ROWS_FOR_CODES, find_code, targets_as_numbers
from pellucid.data.sources.table import read_table

ROWS = 12_000


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


def is_code(values: Any, target: Any) -> bool:
    target = np.asarray(target)
    target = target[:, None] if target.dtype.kind == "f" else target
    return find_code(np.asarray(values, dtype=float), targets_as_numbers(target)) is not None


@pytest.fixture
def shops() -> pl.DataFrame:
    """Sales in 100 shops whose numbers mean nothing, by a size that means something."""
    random = generator()
    shop, size = random.integers(0, 100, ROWS), random.integers(10, 200, ROWS)
    effect = random.normal(0, 1, 100)
    sales = effect[shop] + size / 50 + random.normal(0, 1, ROWS)
    return pl.DataFrame({"branch": 7 * shop, "size": size, "sales": sales})


def test_numbers_of_shops_are_codes(shops: pl.DataFrame) -> None:
    estimator = Regressor(max_epochs=1, members=1, hidden_layer_sizes=(4,)).fit(shops, "sales")

    column = estimator.schema_["branch"]

    assert column.kind == "category"
    assert column.reason.startswith("codes, not quantities: each value by itself tells ")
    assert "100 different values: " in column.reason
    assert estimator.schema_["size"].kind == "number"
    later = pl.DataFrame({"branch": ["7", "14", "7000"], "size": ["1", "2", "3"]})
    assert convert(read_table(later), estimator.schema_)["branch"].to_list() == ["7", "14", "7000"]
    assert estimator.predict(later).shape == (3,)


def test_a_person_may_know_better(shops: pl.DataFrame) -> None:
    kinds = {"branch": "number"}
    estimator = Regressor(max_epochs=1, members=1, columns=kinds, hidden_layer_sizes=(4,))
    assert estimator.fit(shops, "sales").schema_["branch"].kind == "number"


def test_classes_tell_codes_too() -> None:
    random = generator()
    user, rating = random.integers(0, 300, ROWS), random.integers(0, 5, 300)
    rated = (rating[user] + random.integers(-1, 2, ROWS)).clip(0, 4)
    assert is_code(user, rated)
    assert is_code(user, np.where(rated > 2, "good", "bad"))


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize(
    "quantity",
    [
        generator().poisson(60, ROWS),
        np.round(np.exp(generator().normal(3, 1, ROWS))),
        generator().geometric(0.02, ROWS),
        generator().integers(1900, 2020, ROWS),
    ],
)
def test_quantities_are_none_however_exactly_they_tell(quantity: Any, power: int) -> None:
    assert not is_code(quantity, quantity.astype(float) ** power)
    assert not is_code(quantity, quantity > np.median(quantity))
    assert not is_code(quantity, generator().normal(size=ROWS))


def test_a_wave_is_no_code() -> None:
    hour = generator().integers(0, 168, ROWS)
    assert not is_code(hour, np.sin(hour / 24 * 2 * np.pi) + generator().normal(size=ROWS))


def test_an_amount_that_is_mostly_zero_is_no_code() -> None:
    """As capital gains in the census: rare amounts tell much, each by itself."""
    random = generator()
    kinds = random.choice(5_000, 100, replace=False)
    amount = np.where(random.random(ROWS) < 0.6, 0, random.choice(kinds, ROWS))
    assert not is_code(amount, (amount % 3 == 0) & (amount > 0))


def test_few_rows_say_nothing() -> None:
    shop = generator().integers(0, 100, FEWEST_ROWS_FOR_CODES - 1)
    assert not is_code(shop, generator().normal(size=100)[shop])


@pytest.mark.parametrize("folds", [None, 2])
def test_rows_that_judge_have_no_say(shops: pl.DataFrame, folds: int | None) -> None:
    """What branches mean shows in the judging rows only; they must not make it a code."""
    compared = split_rows(Regressor(), read_table(shops), "sales", None, folds)
    assert compared.reading.schema["branch"].kind == "category"
    judging = compared.parts[0][1]
    noise = generator().normal(size=shops.height)
    effect = 10 * (shops["sales"] - shops["size"] / 50)
    sales = np.where(np.isin(np.arange(shops.height), judging), effect, noise)

    compared = split_rows(
        Regressor(), read_table(shops.with_columns(sales=sales)), "sales", None, folds
    )

    np.testing.assert_array_equal(compared.parts[0][1], judging)
    assert is_code(shops["branch"], sales)  # all rows together would say so
    assert compared.reading.schema["branch"].kind == "number"
    assert compared.rows.frame["branch"].dtype == pl.Float64


def test_columns_of_an_array_stay_numbers(shops: pl.DataFrame) -> None:
    array = shops.to_numpy()
    estimator = Regressor(max_epochs=1, members=1, hidden_layer_sizes=(4,))
    assert {c.kind for c in estimator.fit(array[:, :2], array[:, 2]).schema_} == {"number"}


def test_users_and_movies_are_codes(shared_data: Path) -> None:
    ratings = read_table(shared_data / "movielens_100k" / "u.data", header=False)
    compared = split_rows(Classifier(), ratings, "column_3", None, None)
    assert [column.kind for column in compared.reading.schema] == [
        "category",
        "category",
        "date",
    ]


@pytest.mark.parametrize(
    ("file", "target"),
    [
        ("adult/adult_train.csv.gz", "income"),
        ("california/housing.csv", "median_house_value"),
        ("bike_sharing/hour.csv", "cnt"),
        ("taxis/taxis.csv", "tip"),
        ("petfinder_mini/petfinder-mini.csv", "AdoptionSpeed"),
        ("birthdays/Birthdays.parquet", "births"),
    ],
)
def test_no_false_alarm(shared_data: Path, file: str, target: str) -> None:
    table = read_table(shared_data / file)
    estimator = Classifier() if target in ("income", "AdoptionSpeed") else Regressor()
    reading = estimator.read(table, target)
    judged = estimator.judge_codes(reading, [np.arange(len(reading.rows))])
    assert judged.schema == reading.schema
