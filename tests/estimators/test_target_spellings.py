"""Targets written otherwise than in training are the same classes, wherever they are taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import pellucid
from pellucid import Classifier, DataError
from pellucid.comparison.scoring import read_test

X = np.random.default_rng(0).normal(size=120)
IS_TRUE = X > 0.0
SPELLINGS: dict[str, Any] = {
    "bool": IS_TRUE,
    "int": IS_TRUE.astype(int),
    "float": IS_TRUE.astype(float),
    "Python's": np.where(IS_TRUE, "True", "False"),
    "R's": np.where(IS_TRUE, "TRUE", "FALSE"),
    "SQL's": np.where(IS_TRUE, "true", "false"),
    "text": np.where(IS_TRUE, "1", "0"),
    "text of floats": np.where(IS_TRUE, "1.0", "0.0"),
}
ENDS = pd.DataFrame({"x": [-3.0, 3.0]})
QUICK: dict[str, Any] = {"max_epochs": 40, "hidden_layer_sizes": (4,), "random_state": 0}


def table(spelling: str) -> pd.DataFrame:
    return pd.DataFrame({"x": X, "y": SPELLINGS[spelling]})


def learned(spelling: str, folder: Path, *, as_file: bool) -> tuple[Classifier, Any]:
    """A model of one spelling, from a file or a DataFrame, and what it learned from."""
    source: Any = table(spelling)
    if as_file:
        source.to_csv(folder / "train.csv", index=False)
        source = folder / "train.csv"
    return Classifier(**QUICK).fit(source, "y"), source


@pytest.mark.parametrize("as_file", [True, False], ids=["file", "DataFrame"])
@pytest.mark.parametrize("trained", ["bool", "int", "float", "R's", "text of floats"])
def test_truth_values_are_the_same_classes_however_written(
    trained: str, as_file: bool, tmp_path: Path
) -> None:
    model, source = learned(trained, tmp_path, as_file=as_file)
    expected = model.score(source)
    classes = model.predict(ENDS).tolist()

    for spelling in SPELLINGS:
        new = table(spelling)
        new.to_csv(tmp_path / "new.csv", index=False)
        assert model.score(new) == expected
        assert model.score(tmp_path / "new.csv") == expected
        assert model.score(new[["x"]], new["y"]) == expected
        assert model.score(new[["x"]], new["y"].tolist()) == expected
        accuracy = pellucid.evaluate(model, tmp_path / "new.csv").leaderboard.entries[0].scores[0]
        assert accuracy.value == pytest.approx(expected)
    for target in SPELLINGS.values():
        model.partial_fit(table("int")[["x"]], target)
    assert model.predict(ENDS).tolist() == classes
    assert set(classes) <= set(model.classes_.tolist())


def test_classes_given_to_partial_fit_say_how_they_are_written() -> None:
    new = table("R's")
    model = Classifier(**QUICK).partial_fit(new[["x"]], new["y"], classes=[False, True])

    assert model.classes_.dtype == bool
    assert model.score(new[["x"]], new["y"]) == model.score(new[["x"]], IS_TRUE)


def test_a_test_table_may_write_its_classes_otherwise(tmp_path: Path) -> None:
    table("int").to_csv(tmp_path / "train.csv", index=False)
    table("Python's").to_csv(tmp_path / "test.csv", index=False)

    model = Classifier(**QUICK)
    reading = model.read(tmp_path / "train.csv", "y")

    rows, _ = read_test(model, reading, pellucid.read_table(tmp_path / "test.csv"))

    assert rows.target.tolist() == reading.rows.target.tolist()


def test_whole_numbers_beside_a_hole_are_the_same_classes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": X, "y": np.digitize(X, [-0.5, 0.5])})
    frame.to_csv(tmp_path / "train.csv", index=False)
    holes = frame.astype({"y": float})
    holes.loc[3, "y"] = np.nan
    holes.to_csv(tmp_path / "holes.csv", index=False)

    model = Classifier(**QUICK).fit(tmp_path / "train.csv", "y")
    same = Classifier(**QUICK).fit(tmp_path / "holes.csv", "y")

    assert same.classes_.tolist() == model.classes_.tolist() == [0, 1, 2]
    assert model.score(tmp_path / "holes.csv") == model.score(frame.drop(index=3))


def test_a_class_that_is_none_of_training_is_named() -> None:
    model = Classifier(**QUICK).fit(table("int"), "y")

    with pytest.raises(DataError, match=r"row 120 is the class maybe, which is none of \[0, 1\]"):
        model.score(table("int")[["x"]], [*SPELLINGS["text"][:-1], "maybe"])


def test_class_weight_names_classes_however_they_are_written(tmp_path: Path) -> None:
    table("Python's").to_csv(tmp_path / "t.csv", index=False)
    weighed = [
        Classifier(class_weight={name: 5.0}, **QUICK).fit(tmp_path / "t.csv", "y")
        for name in ("True", True, 1)
    ]
    plain = Classifier(**QUICK).fit(tmp_path / "t.csv", "y")

    expected = weighed[0].predict_proba(ENDS).tolist()
    assert all(model.predict_proba(ENDS).tolist() == expected for model in weighed)
    assert plain.predict_proba(ENDS).tolist() != expected
