"""Which rows learn and which judge: copies, groups and time, in estimators, `fit` and `compare`."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier, Regressor
from pellucid.contract import Estimator

QUICK: dict[str, Any] = {"max_epochs": 3, "random_state": 0}


def sides(estimator: Estimator, *given: Any, **said: Any) -> list[tuple[set[int], set[int]]]:
    """Numbers of the rows that learn and of those that judge, part by part."""
    rows, split = estimator.part(estimator.read(*given, **said))
    numbers = split.judging(rows).numbers if split.has_folds else rows.numbers
    return [(set(numbers[one]), set(numbers[two])) for one, two in split.parts]


# --- Copies of a row ----------------------------------------------------------------------------


@pytest.mark.parametrize("times", [2, 5])
@pytest.mark.parametrize("rows", [300, 700, 1_500])
def test_copies_of_noise_teach_nothing_about_it(rows: int, times: int) -> None:
    """A network that is judged on copies of what it learned looks as if it knew noise."""
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(rows, 5)), generator.integers(0, 2, rows)
    model = Classifier(random_state=0, max_epochs=20).fit(np.tile(X, (times, 1)), np.tile(y, times))
    assert model.model_.record["validation"]["score"] < 0.6
    assert model.model_.temperature > 0.8
    copies = (times - 1) * rows
    assert model.notes_[-1].startswith(f"{copies:,} of the {times * rows:,} rows are copies")


@pytest.mark.parametrize("kind", ["array", "frame", "file"])
@pytest.mark.parametrize("estimator", [Classifier(**QUICK), Regressor(**QUICK)])
def test_copies_stay_on_one_side_however_they_come(
    kind: str, estimator: Estimator, tmp_path: Any
) -> None:
    """Each of 1,100 rows is measured twice, with different results."""
    generator = np.random.default_rng(0)
    frame = pl.DataFrame(generator.normal(size=(1_100, 3)).round(4), schema=["a", "b", "c"])
    frame = pl.concat([frame, frame]).with_columns(y=pl.Series(generator.integers(0, 2, 2_200)))
    given: tuple[Any, Any] = (frame, "y")
    if kind == "array":
        given = (frame.drop("y").to_numpy(), frame["y"].to_numpy())
    if kind == "file":
        frame.write_csv(tmp_path / "t.csv")
        given = (tmp_path / "t.csv", "y")
    ((learning, judging),) = sides(estimator, *given)
    assert len(judging) > 200
    assert {(number - 1) % 1_100 for number in learning}.isdisjoint(
        (number - 1) % 1_100 for number in judging
    )


def test_columns_that_are_left_out_do_not_tell_copies_apart() -> None:
    """A table pasted together twice, its rows numbered afterwards."""
    generator = np.random.default_rng(0)
    cells = np.tile(generator.normal(size=(1_500, 3)), (2, 1))
    frame = pl.DataFrame(cells).with_columns(
        id=pl.Series([f"R{i}" for i in range(3_000)]), y=pl.Series(np.tile(np.arange(1_500), 2) % 2)
    )
    ((learning, judging),) = sides(Classifier(), frame, "y")
    assert {number % 1_500 for number in learning}.isdisjoint(number % 1_500 for number in judging)


def test_rows_equal_by_chance_are_no_copies() -> None:
    generator = np.random.default_rng(0)
    X = generator.integers(0, 3, (3_000, 3))
    model = Classifier(**QUICK).fit(X, generator.integers(0, 2, 3_000))
    assert model.notes_ == ()
    assert model.model_.record["validation"]["rows"] == 450
