"""A source may say what its rows are for, as folders called train, val and test do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid import Classifier, DataError, OptionError
from pellucid.data.parts import calibrating_part, judging_part, part_table, values_of
from pellucid.data.sources.table import Table, read_table
from pellucid.explanation.neighbors import nearest_rows

SIZE = np.tile([1.5, 2.5, 8.0, 9.5], 30)


def parted(*parts: str) -> Table:
    """A table of 120 rows whose parts come in turns of four rows."""
    frame = pl.DataFrame({"size": SIZE, "y": np.where(SIZE < 5, "low", "high")})
    told = np.resize(np.repeat(parts, 4), len(frame))
    return replace(read_table(frame), parts=told)


def test_each_part_is_a_table_whose_rows_keep_their_numbers() -> None:
    found = part_table(parted("train", "validation", "test"))

    assert found.training.numbers[:5].tolist() == [1, 2, 3, 4, 13]
    assert found.validation.numbers[:5].tolist() == [5, 6, 7, 8, 17]
    assert found.test is not None
    assert found.test.name == "DataFrame (test)"
    assert found.training.notes == (
        "40 rows of its validation part and 40 rows of its test part judge and do not learn",
    )


def test_a_table_that_says_nothing_is_left_as_it_is() -> None:
    table = read_table(pl.DataFrame({"x": [1, 2]}))

    assert part_table(table, validation="given").training is table
    assert part_table(table, validation="given").validation == "given"


@pytest.mark.parametrize("given", [{"validation": 1}, {"test": pl.DataFrame({"x": [1]})}])
def test_rows_to_judge_are_not_told_twice(given: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=r"has .* rows of its own, but others were given too"):
        part_table(parted("train", "validation", "test"), **given)


def test_a_part_whose_targets_are_not_told_is_left_aside() -> None:
    table = parted("train", "validation", "test")
    known = pl.when(pl.Series(table.parts != "test")).then(pl.col("y"))
    table = replace(table, frame=table.frame.with_columns(known), declared=("y",))

    found = part_table(table)

    assert found.test is None
    assert found.training.notes[0] == (
        "40 rows of its test part left aside: none says what is to be predicted"
    )
    assert judging_part(table).name == "DataFrame (validation)"


def test_parts_that_only_judge_are_not_learned_from() -> None:
    with pytest.raises(DataError, match="has a test and a validation part, but none to learn from"):
        part_table(parted("validation", "test"))


def test_only_rows_of_the_training_part_learn() -> None:
    model = Classifier(max_epochs=2).fit(parted("train", "validation", "test"), "y")

    assert model.model_.record.rows.training == 40
    assert model.model_.record.rows.validation == 40


def test_scores_are_those_of_the_test_part() -> None:
    found = pellucid.fit_and_evaluate(
        parted("train", "train", "test"), "y", baselines=False, max_epochs=2
    )

    assert found.leaderboard.num_rows == 40
    assert set(found.judged.rows.numbers % 12) == {9, 10, 11, 0}


def test_a_comparison_is_judged_by_it_too() -> None:
    found = pellucid.compare(parted("train", "train", "validation"), "y", max_epochs=2)

    assert found.leaderboard.rows == "the 40 rows of DataFrame (validation)"


def test_an_evaluation_leaves_training_rows_aside() -> None:
    table = parted("train", "train", "test")
    model = Classifier(max_epochs=2).fit(table, "y")

    found = pellucid.evaluate(model, table)

    assert len(found.judged.rows) == 40
    assert "only its test part judges; 80 other rows left aside" in found.notes


def test_a_score_is_that_of_the_part_that_judges() -> None:
    table = parted("train", "train", "test")
    wrong = np.where(table.parts == "train", "low", table.frame["y"])
    model = Classifier(max_epochs=20).fit(parted("train", "train", "test"), "y")

    spoiled = replace(table, frame=table.frame.with_columns(y=pl.Series(wrong)))

    assert model.score(spoiled) == 1.0


def test_only_rows_of_the_training_part_are_learned_further() -> None:
    table = parted("train", "validation", "test")
    spoiled = table.frame.with_columns(size=pl.Series(np.where(table.parts == "train", SIZE, 1e6)))
    models = [Classifier(max_epochs=2, random_state=0).fit(table, "y") for _ in range(2)]

    models[0].partial_fit(replace(table, frame=spoiled))
    models[1].partial_fit(table.frame.filter(pl.Series(table.parts == "train")))

    probabilities = [model.predict_proba(table.frame) for model in models]
    np.testing.assert_allclose(probabilities[0], probabilities[1], rtol=1e-5)


def test_the_first_call_of_partial_fit_keeps_to_the_parts_too() -> None:
    model = Classifier(max_epochs=2).partial_fit(parted("train", "validation", "test"), "y")

    assert model.model_.record.rows.training == 40
    assert model.model_.record.rows.validation == 40


def test_predictions_are_measured_on_the_validation_part() -> None:
    assert calibrating_part(parted("train", "validation", "test")).name == "DataFrame (validation)"
    assert calibrating_part(parted("train", "train", "test")).name == "DataFrame (test)"


def test_neighbors_are_rows_of_the_training_part() -> None:
    table = parted("validation", "test", "train")
    model = Classifier(max_epochs=2).fit(table, "y")

    found = nearest_rows(model, table, table.frame, row=1, count=40)

    assert found.num_rows == 40
    assert {neighbor.row % 12 for neighbor in found.rows} == {9, 10, 11, 0}


def test_a_comparison_leaves_validation_rows_aside_where_test_rows_judge() -> None:
    found = part_table(parted("train", "validation", "test"), is_comparison=True)

    assert found.validation is None
    assert found.training.notes == (
        "40 rows of its validation part left aside: its test rows judge",
        "40 rows of its test part judge and do not learn",
    )


def test_what_has_rows_to_judge_needs_no_other_way_to_choose_them() -> None:
    table = parted("train", "validation", "test")
    words = "DataFrame has {} rows of its own, which judge, so that {}= has none to choose"

    with pytest.raises(OptionError, match=words.format("test", "folds")):
        pellucid.compare(table, "y", folds=3)
    with pytest.raises(OptionError, match=words.format("validation", "validation_fraction")):
        Classifier(validation_fraction=0.2).fit(table, "y")
    with pytest.raises(OptionError, match=words.format("validation", "group")):
        Classifier().fit(table, "y", groups="size")
    with pytest.raises(OptionError, match=words.format("validation", "validation_fraction")):
        pellucid.fit_and_evaluate(table, "y", validation_fraction=0.2)


def test_weights_and_groups_are_parted_with_the_rows() -> None:
    table = parted("train", "train", "test")
    numbers = np.arange(120)
    weights = np.where(table.parts == "train", 1.0, np.nan)

    model = Classifier(max_epochs=2).fit(table, "y", weights, groups=pl.Series(numbers // 12))

    assert model.model_.record.split.groups == 10
    model.partial_fit(table, sample_weight=weights.tolist())
    pellucid.fit_and_evaluate(table, "y", group=numbers, baselines=False, max_epochs=2)


@pytest.mark.parametrize(
    "form", [list, np.array, pl.Series, pd.Series], ids=["list", "array", "polars", "pandas"]
)
def test_values_of_a_part_come_in_any_form(form: Any) -> None:
    table = parted("train", "test")
    part = part_table(table).training

    assert list(values_of(part, table, form(range(120)))[:5]) == [0, 1, 2, 3, 8]
    assert values_of(part, table, "size") == "size"
    assert values_of(part, table, None) is None
