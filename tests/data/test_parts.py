"""A source may say what its rows are for, as folders called train, val and test do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid import Classifier, DataError, OptionError
from pellucid.data.parts import judging_part, part_table
from pellucid.data.sources.table import Table, read_table

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
