"""A trained model on new rows: the scores scikit-learn finds, and nothing counted in silence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, root_mean_squared_error

import pellucid
from pellucid import Classifier, DataError, OptionError, Regressor
from pellucid.comparison.evaluate import Evaluation
from pellucid.report.html import html_of
from pellucid.report.page import page_of


def scores(found: Evaluation, algorithm: str = "network") -> dict[str, float]:
    entry = next(each for each in found.leaderboard.entries if each.name == algorithm)
    return {score.name: score.value for score in entry.scores}


def test_the_scores_are_those_of_scikit_learn(buyer: Classifier, people: pl.DataFrame) -> None:
    found = pellucid.evaluate(buyer, people)
    assert scores(found)["accuracy"] == accuracy_score(people["buys"], buyer.predict(people))
    expected = log_loss(people["buys"], buyer.predict_proba(people))
    assert scores(found)["log-loss"] == pytest.approx(expected)
    parts = people["buys"].value_counts(normalize=True)["proportion"]
    assert scores(found, "majority class")["accuracy"] == pytest.approx(parts.max())
    assert scores(found, "majority class")["AUC"] == 0.5
    assert "the network is better than knowing nothing (the majority class" in found.verdict
    (coverage,) = found.coverages
    sets = buyer.predict_set(people, coverage=0.9)
    is_no, is_yes = (people["buys"].to_numpy() == name for name in ("no", "yes"))
    assert coverage.held == np.mean((sets[:, 0] & is_no) | (sets[:, 1] & is_yes))
    assert coverage.low <= coverage.held <= coverage.high
    assert coverage.size == sets.sum(axis=1).mean()
    assert found.unlike == buyer.unlike_training(people).is_unlike.sum()


def test_numbers_beside_the_training_mean(spender: Regressor, people: pl.DataFrame) -> None:
    found = pellucid.evaluate(spender, people)
    predicted = spender.predict(people)
    assert scores(found)["RMSE"] == pytest.approx(
        root_mean_squared_error(people["spends"], predicted)
    )
    assert scores(found)["MAE"] == pytest.approx(mean_absolute_error(people["spends"], predicted))
    spread = np.std(people["spends"].to_numpy())
    assert scores(found, "mean")["RMSE"] == pytest.approx(spread)
    _, bounds = spender.predict(people, interval=0.9)
    (coverage,) = found.coverages
    truth = people["spends"].to_numpy()
    inside = (bounds[:, 0] <= truth) & (truth <= bounds[:, 1])
    assert coverage.held == inside.mean()
    assert coverage.size == np.median(bounds[:, 1] - bounds[:, 0])


def test_what_comes_back_is_a_table_and_plain_data(buyer: Classifier, people: pl.DataFrame) -> None:
    found = pellucid.evaluate(buyer, people)
    frame = found.to_frame()
    assert frame["algorithm"].to_list() == ["network", "majority class"]
    assert frame["accuracy"].to_list() == [scores(found)["accuracy"], pytest.approx(0.5, abs=0.2)]
    assert frame["accuracy difference"].null_count() == 1
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (plain["rows"], plain["unknown"], plain["notes"]) == (240, {}, [])
    assert repr(found).startswith("Evaluation('DataFrame', 'buys', 240 rows): accuracy 0.")


def test_rows_without_a_target_are_left_out_and_counted(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    holes = people.with_columns(buys=pl.when(pl.int_range(pl.len()) >= 7).then("buys"))
    found = pellucid.evaluate(buyer, holes)
    assert len(found.judged.rows) == 233
    assert found.judged.rows.numbers[0] == 8
    assert found.notes == ("7 rows without a target left out",)


def test_a_class_the_model_does_not_know_counts_as_wrong(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    """As scikit-learn counts it; its probability is 0."""
    some = pl.int_range(pl.len()) < 24
    strange = people.with_columns(buys=pl.when(some).then(pl.lit("later")).otherwise("buys"))
    found = pellucid.evaluate(buyer, strange)
    assert found.unknown == {"later": 24}
    (note,) = found.notes
    assert note == "24 rows have the class 'later' that the model does not know, and count as wrong"
    expected = accuracy_score(strange["buys"], buyer.predict(people))
    assert scores(found)["accuracy"] == expected
    told = html_of(page_of(found))
    assert "later" in told
    assert "The most influential columns" in told
    with pytest.raises(DataError, match="No row of DataFrame has a class that the model knows"):
        pellucid.evaluate(buyer, people.with_columns(buys=pl.lit("YES")))


@pytest.mark.parametrize(
    ("learned", "new"),
    [
        (["1", "2", "x"], ["1", "2", "2"]),  # one file holds letters, the other only numbers
        ([1, 2, 3], ["1", "2", "3"]),
        ([1, 2, 3], [1.0, 2.0, 3.0]),
        ([True, False, True], ["True", "FALSE", "true"]),
        ([0, 1, 1], [False, True, True]),
        (["true", "false", "true"], [1, 0, 1]),
    ],
    ids=str,
)
def test_classes_are_the_same_however_they_are_typed(learned: list[Any], new: list[Any]) -> None:
    x = np.arange(60.0) % 3
    model = Classifier(max_epochs=1, validation_fraction=0.2).fit(
        pl.DataFrame({"x": x, "y": learned * 20}), "y"
    )
    found = pellucid.evaluate(model, pl.DataFrame({"x": x, "y": new * 20}))
    assert found.unknown == {}
    assert set(found.judged.rows.target.tolist()) <= set(model.classes_.tolist())


def test_targets_by_themselves_or_by_another_name(people: pl.DataFrame) -> None:
    X, y = people.select("age", "sex").to_pandas(), people["buys"].to_numpy()
    model = Classifier(max_epochs=1).fit(X, y)
    expected = scores(pellucid.evaluate(model, X, y))
    assert expected["accuracy"] == model.score(X, y)
    assert scores(pellucid.evaluate(model, people, "buys")) == expected
    with pytest.raises(OptionError, match="target must be given"):
        pellucid.evaluate(model, people)
    with pytest.raises(OptionError, match=r"target must be 1 column, .* but is 2"):
        pellucid.evaluate(model, people, ["buys", "sex"])
    with pytest.raises(DataError, match="240 rows and y has 7 targets"):
        pellucid.evaluate(model, X, y[:7])


def test_several_labels_and_several_numbers(people: pl.DataFrame) -> None:
    rows = people.select("age", "sex", old=pl.col("age") > 40, f=pl.col("sex") == "f").drop_nulls()
    labels = Classifier(max_epochs=2).fit(rows, ["old", "f"])
    found = pellucid.evaluate(labels, rows)
    expected = np.mean(labels.predict(rows) == rows.select("old", "f").to_numpy())
    assert scores(found)["accuracy of a label"] == pytest.approx(expected)
    assert [each.target for each in found.coverages] == ["old", "f"]
    assert found.verdict == ""
    assert "What it mistook for what" in html_of(page_of(found))
    rows = rows.with_columns(twice=2 * pl.col("age"))
    numbers = Regressor(max_epochs=2).fit(rows, ["age", "twice"])
    found = pellucid.evaluate(numbers, rows)
    assert [each.target for each in found.coverages] == ["age", "twice"]
    assert "mean" in [each.name for each in found.leaderboard.entries]
    assert "Residuals of twice" in html_of(page_of(found))


def test_a_missing_column_can_be_unknown(buyer: Classifier, people: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="allow_missing=True"):
        pellucid.evaluate(buyer, people.drop("town"))
    found = pellucid.evaluate(buyer, people.drop("town"), allow_missing=True)
    assert found.surprises["town: the column is missing, read as unknown"] == 240
    assert found.unlike == 240


def test_one_row_is_judged(buyer: Classifier, spender: Regressor, people: pl.DataFrame) -> None:
    for model in (buyer, spender):
        found = pellucid.evaluate(model, people[:1])
        assert found.verdict == "1 row is too few to tell how good the network is: give more."
        assert html_of(page_of(found))


def test_a_model_that_does_not_know_its_prior_is_judged_alone(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    """As older files do not; they have no promise of coverage either."""
    buyer.save(tmp_path / "old.pellucid")
    model = pellucid.load(tmp_path / "old.pellucid")
    model.model_.record = replace(model.model_.record, prior=None)
    model.model_.conformal = None
    model.model_.combinations = None
    found = pellucid.evaluate(model, people)
    assert [each.name for each in found.leaderboard.entries] == ["network"]
    assert (found.verdict, found.coverages, found.unlike) == ("", [], None)
    assert html_of(page_of(found))
