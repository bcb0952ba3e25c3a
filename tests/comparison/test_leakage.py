"""The leakage alarm: planted leaks are found, honest tables are left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid.comparison.leakage import find_leaks
from pellucid.comparison.parts import split_rows
from pellucid.data.rows import Rows
from pellucid.data.sources.table import read_table
from pellucid.data.splits import hold_out
from pellucid.estimators.fit import make_estimator
from pellucid.tasks.choice import judge_task


def alarms(frame: pl.DataFrame, target: Any, *, are_classes: bool) -> list[str]:
    target = np.asarray(target)
    n = frame.height
    rows = Rows(frame=frame, target=target, weights=np.ones(n), numbers=1 + np.arange(n))
    # By chance alone: `hold_out` would keep copies of a row together.
    places = np.random.default_rng(0).permutation(n)
    parts = [(places[n // 5 :], places[: n // 5])]
    return find_leaks(rows, parts, "y", are_classes=are_classes).leaks


def questions(frame: pl.DataFrame, target: Any, *, are_classes: bool) -> list[str]:
    """The columns that are asked about."""
    target = np.asarray(target)
    n = frame.height
    rows = Rows(frame=frame, target=target, weights=np.ones(n), numbers=1 + np.arange(n))
    parts = hold_out(0.2, rows, None, np.random.default_rng(0)).parts
    found = find_leaks(rows, parts, "y", are_classes=are_classes)
    assert found.leaks == []
    return [each.column for each in found.questions]


@pytest.fixture
def noise() -> pl.DataFrame:
    generator = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "a": generator.normal(size=500),
            "b": generator.normal(size=500),
            "c": generator.choice(["u", "v", "w"], 500),
        }
    )


def test_an_honest_table_raises_no_alarm(noise: pl.DataFrame) -> None:
    assert alarms(noise, np.where(noise["a"] > 0, "yes", "no"), are_classes=True) != []
    honest = noise["a"] + np.random.default_rng(1).normal(size=500)
    assert alarms(noise, np.where(honest > 0, "yes", "no"), are_classes=True) == []
    assert alarms(noise, honest.to_numpy()[:, None], are_classes=False) == []


def test_the_target_written_in_another_way(noise: pl.DataFrame) -> None:
    target = np.random.default_rng(1).choice(["paid", "open"], 500)
    leaky = noise.with_columns(state=pl.Series(target).replace({"paid": "P", "open": "O"}))
    (alarm,) = alarms(leaky, target, are_classes=True)
    assert alarm == (
        "Column 'state' alone is right about 'y' in 100.0 % of the rows. If it is known only once "
        "the target is, leave it out: columns={'state': 'left out'}."
    )


def test_the_target_in_another_unit(noise: pl.DataFrame) -> None:
    """Any monotone change, not only a straight line."""
    target = np.random.default_rng(1).lognormal(size=500)
    (alarm,) = alarms(noise.with_columns(log=np.log(target)), target[:, None], are_classes=False)
    assert "Column 'log' alone explains 99" in alarm


def test_a_rare_class_is_not_told_by_always_saying_no(noise: pl.DataFrame) -> None:
    """99 % right is nothing if 99 % of the rows say no."""
    target = np.array(["no"] * 495 + ["yes"] * 5)
    assert alarms(noise, target, are_classes=True) == []


def test_the_parts_of_a_sum(noise: pl.DataFrame) -> None:
    generator = np.random.default_rng(1)
    casual, registered = generator.poisson(20.0, 500), generator.poisson(90.0, 500)
    leaky = noise.with_columns(casual=casual * 1.0, registered=registered * 1.0)
    (alarm,) = alarms(leaky, (casual + registered)[:, None] * 1.0, are_classes=False)
    assert alarm == (
        "'y' is a weighted sum of 'casual', 'registered'. If they are known only once the target "
        "is, leave them out: columns={'casual': 'left out', 'registered': 'left out'}."
    )


def test_a_column_that_tells_most_of_a_number_is_asked_about() -> None:
    """A grade is made from the rate it should predict, in steps; or it is a good predictor."""
    generator = np.random.default_rng(1)
    rate = generator.normal(12.0, 4.0, 2_000)
    grade = np.round((rate + 0.5 * generator.normal(size=2_000)) / 2)
    frame = pl.DataFrame({"grade": grade, "other": generator.normal(size=2_000)})
    assert questions(frame, rate[:, None], are_classes=False) == ["grade"]
    blurred = pl.DataFrame({"grade": np.round((rate + 3 * generator.normal(size=2_000)) / 3)})
    assert questions(blurred, rate[:, None], are_classes=False) == []


def test_a_column_that_tells_most_of_a_class_is_asked_about() -> None:
    generator = np.random.default_rng(1)
    target = generator.choice(["yes", "no"], 2_000)
    flipped = np.where(target == "yes", "no", "yes")
    told = np.where(generator.random(2_000) < 0.03, flipped, target)
    assert questions(pl.DataFrame({"state": told}), target, are_classes=True) == ["state"]
    few = slice(0, 100)  # of so few rows nobody knows
    assert questions(pl.DataFrame({"state": told[few]}), target[few], are_classes=True) == []


def test_rows_on_both_sides_of_the_split(noise: pl.DataFrame) -> None:
    generator = np.random.default_rng(1)
    target = generator.choice(["yes", "no"], 500)
    twice = pl.concat([noise, noise[:200]])
    (alarm,) = alarms(twice, np.concatenate([target, target[:200]]), are_classes=True)
    assert "stand in the training part too, cell for cell" in alarm
    assert alarm.endswith("leave them out: drop_repeated=True.")


def test_rows_that_coincide_by_chance_are_no_copies() -> None:
    """Three columns of yes and no: every row has many that look alike."""
    generator = np.random.default_rng(0)
    frame = pl.DataFrame({name: generator.choice(["yes", "no"], 400) for name in "abc"})
    assert alarms(frame, generator.choice(["up", "down"], 400), are_classes=True) == []


def test_few_rows_say_nothing(noise: pl.DataFrame) -> None:
    target = np.where(noise["a"][:40] > 0, "yes", "no")
    assert alarms(noise[:40], target, are_classes=True) == []


@pytest.mark.parametrize(
    ("file", "target", "words", "asked"),
    [
        ("iris/iris.csv", "species", None, []),
        ("titanic/titanic_train.csv", "Survived", None, []),
        ("german_credit/credit.csv", "default", None, []),
        ("california/housing.csv", "median_house_value", None, []),
        ("ames/ames.csv", "price", None, []),
        ("abalone/abalone-noheader.csv", "column_9", None, []),
        (
            "bike_sharing/hour.csv",
            "cnt",
            "'cnt' is a weighted sum of 'casual', 'registered'",
            ["registered"],
        ),
        # Its rows repeat, but all copies of one are on one side.
        ("wine_quality/winequality-white.csv", "quality", None, []),
        # A true property: what smells foul is poisonous.
        ("mushroom/mushrooms.csv", "type", None, ["odor"]),
        # What is paid in all is known once the fare is.
        ("taxis/taxis.csv", "fare", None, ["total"]),
    ],
)
def test_real_tables(
    shared_data: Path, file: str, target: str, words: str | None, asked: list[str]
) -> None:
    table = read_table(shared_data / file, header="noheader" not in file)
    kind, _ = judge_task(table, [target])
    compared = split_rows(make_estimator(kind, {}), table, target, None, None)
    found = find_leaks(compared.rows, compared.parts, target, are_classes=kind == "classification")
    assert len(found.leaks) == (words is not None)
    assert words is None or words in found.leaks[0]
    assert [each.column for each in found.questions] == asked
