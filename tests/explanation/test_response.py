"""Response curves: the predictions made when one column is set to a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.inspection import partial_dependence

from pellucid import Classifier, DataError, OptionError, Regressor, explain, response_curve
from pellucid.report.content.response import response_figure
from pellucid.report.picture_file import save_figure


def by_hand(model: Any, people: pl.DataFrame, column: str, value: Any) -> np.ndarray:
    """Predictions for all rows with one column replaced in the table itself."""
    changed = people.with_columns(pl.lit(value, dtype=people[column].dtype).alias(column))
    return (
        model.predict_proba(changed)[:, -1]
        if hasattr(model, "classes_")
        else model.predict(changed)
    )


@pytest.mark.parametrize("column", ["age", "sex", "town", "joined"])
def test_the_mean_is_that_of_changed_tables(
    buyer: Classifier, people: pl.DataFrame, column: str
) -> None:
    """For every kind of column."""
    found = response_curve(buyer, people, column)
    assert (found.output, found.num_rows) == ("probability of yes", 240)
    for place in (0, len(found.grid) // 2, -1):
        expected = by_hand(buyer, people, column, found.grid[place]).mean()
        assert found.mean[place] == pytest.approx(expected)


def test_numbers_agree_with_scikit_learn(spender: Regressor, people: pl.DataFrame) -> None:
    found = response_curve(spender, people, "age")
    theirs = partial_dependence(
        spender,
        people.drop("spends").to_pandas(),
        ["age"],
        kind="both",
        custom_values={"age": np.array(found.grid)},
    )
    assert np.allclose(found.mean, theirs["average"][0])
    ours, all_lines = np.sort(found.lines[:, 0]), theirs["individual"][0][:, 0]
    assert found.lines.shape == (50, len(found.grid))
    assert all(np.isclose(all_lines, value).any() for value in ours)


def test_the_grid_of_a_number_holds_its_own_values_between_the_outer_quantiles(
    spender: Regressor, people: pl.DataFrame
) -> None:
    found = response_curve(spender, people, "age")
    ages = people["age"].drop_nulls()
    assert set(found.grid) <= set(ages)
    assert found.grid == sorted(set(found.grid))
    low, high = np.quantile(ages, [0.01, 0.99])
    assert found.grid[0] == pytest.approx(low, abs=1.0)
    assert found.grid[-1] == pytest.approx(high, abs=1.0)
    assert sum(found.counts) == len(ages)
    nearest = [min(found.grid, key=lambda point: abs(point - age)) for age in ages]
    assert found.counts == pytest.approx([nearest.count(point) for point in found.grid], abs=2)


def test_the_grid_of_a_category_is_its_levels(buyer: Classifier, people: pl.DataFrame) -> None:
    gaps = people.with_columns(sex=pl.when(pl.int_range(pl.len()) % 5 > 0).then("sex"))
    model = Classifier(max_epochs=2).fit(gaps.drop("spends"), "buys")
    found = response_curve(model, gaps, "sex")
    assert found.grid == ["f", "m", None]
    assert found.counts == [(gaps["sex"] == "f").sum(), (gaps["sex"] == "m").sum(), 48]
    dates = response_curve(buyer, people, "joined")
    assert set(dates.grid) <= set(people["joined"].cast(pl.Datetime("us")))


def test_dates_are_those_of_the_clock_in_their_zone() -> None:
    mondays = pd.date_range("2021-01-04", periods=60, freq="7D", tz="Asia/Tokyo")
    frame = pd.DataFrame({"when": mondays, "x": np.arange(60) % 7, "y": np.arange(60.0) % 5})
    model = Regressor(max_epochs=1).fit(frame, "y")
    assert model.model_.encoder.columns[0].cycles == ("month",)  # always Monday, always 0 o'clock
    grid = response_curve(model, frame, "when").grid
    assert {(day.strftime("%A"), day.hour) for day in grid} == {("Monday", 0)}
    assert str(explain(model, frame, row=1).cells["when"]) == "2021-01-04 00:00:00+09:00"


def test_a_class_can_be_asked_for(buyer: Classifier, people: pl.DataFrame) -> None:
    yes, no = (response_curve(buyer, people, "age", target_class=c) for c in ("yes", "no"))
    assert np.allclose(yes.mean + no.mean, 1.0)
    digits = Classifier(max_epochs=1).fit(people.select("age", "sex"), people["town"].to_numpy())
    assert response_curve(digits, people.select("age", "sex"), "age").output == (
        f"probability of {digits.classes_[-1]}"
    )
    by_number = Classifier(max_epochs=1).fit(people[["age", "sex"]], np.arange(240) % 3)
    found = response_curve(by_number, people[["age", "sex"]], "age", target_class=1)
    assert found.output == "probability of 1"


def test_a_network_of_a_line_answers_with_a_line() -> None:
    """y = 3 x₀ − x₁: the curve of x₀ rises by 3 a unit, whatever x₁ is."""
    x = np.random.default_rng(0).uniform(-1, 1, size=(600, 2))
    model = Regressor(activation="identity", numeric_encoding="none", max_epochs=40)
    found = response_curve(model.fit(x, 3 * x[:, 0] - x[:, 1]), x, "x0")
    slopes = np.diff(found.mean) / np.diff(found.grid)
    assert np.allclose(slopes, 3.0, atol=0.5)


def test_many_rows_are_sampled(spender: Regressor, people: pl.DataFrame) -> None:
    found = response_curve(spender, pl.concat([people] * 6), "age")
    assert (found.num_rows, len(found.lines), sum(found.counts)) == (
        1000,
        50,
        6 * people["age"].count(),
    )


@pytest.mark.parametrize("column", ["age", "town", "joined"])
def test_it_can_be_drawn_and_written(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path, column: str
) -> None:
    found = response_curve(buyer, people, column)
    assert len(json.loads(json.dumps(found.to_json()))["mean"]) == len(found.grid)
    save_figure(response_figure(found), tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text().startswith("<?xml")
    with pytest.raises(OptionError, match="must end with one of"):
        save_figure(response_figure(found), tmp_path / "curve.doc")


@pytest.mark.parametrize(
    ("column", "target_class", "message"),
    [
        ("agee", None, "no column 'agee'. Did you mean 'age'"),
        ("weight", None, "no column 'weight'. It has: age, sex"),
        ("id", None, r"'id' was left out \(identifier"),
        ("buys", None, "no column 'buys'"),
        ("age", "maybe", "one of no, yes, but is 'maybe'"),
    ],
)
def test_what_cannot_be_drawn(
    buyer: Classifier, people: pl.DataFrame, column: str, target_class: Any, message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        response_curve(buyer, people, column, target_class=target_class)


def test_numbers_have_no_classes(spender: Regressor, people: pl.DataFrame) -> None:
    with pytest.raises(OptionError, match="must be left out, but is 'yes'"):
        response_curve(spender, people, "age", target_class="yes")


def test_rows_that_show_nothing(spender: Regressor, people: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="has no rows"):
        response_curve(spender, people[:0], "age")
    with pytest.raises(DataError, match="missing in every row"):
        response_curve(spender, people.with_columns(age=pl.lit(None, pl.Float64)), "age")
