"""The comparison: the same rows for everyone, and nothing lost when one of them fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression

from pellucid import Classifier, Regressor
from pellucid.data.dataset import Rows
from pellucid.data.schema import convert
from pellucid.evaluation.report import Report, judge


def by_name(report: Report, name: str) -> dict[str, float]:
    found = next(j for j in report.judgements if j.name.startswith(name))
    return {score.name: score.value for score in found.scores}


def test_few_rows_are_all_judged_by_folds(buyer: Classifier, people: pl.DataFrame) -> None:
    report = judge(buyer, buyer.rows_and_split(people.drop("spends"), "buys"))
    assert report.num_rows == 240
    validation = buyer.model_.record["validation"]
    assert by_name(report, "network")["accuracy"] == pytest.approx(validation["score"])
    most_frequent = (people["buys"] == people["buys"].mode()[0]).mean()
    assert by_name(report, "majority")["accuracy"] == pytest.approx(most_frequent, abs=0.01)


def test_equal_rows_count_as_often_as_they_stand(people: pl.DataFrame) -> None:
    few = pl.concat([people.select("sex", "buys")] * 2)
    model = Classifier(max_epochs=2).fit(few, "buys")
    report = judge(model, model.rows_and_split(few, "buys"))
    assert report.num_rows == 480
    expected = (
        DummyClassifier()
        .fit(np.zeros((480, 1)), few["buys"])
        .score(np.zeros((480, 1)), few["buys"])
    )
    assert by_name(report, "majority")["accuracy"] == pytest.approx(expected)


def test_with_a_test_table_the_linear_model_is_scikit_learns_own() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(1300, 3))
    y = x @ [1.0, -2.0, 0.5] + generator.normal(size=1300)
    model = Regressor(max_epochs=1).fit(x[:1100], y[:1100])
    frame = convert(model.take_rows(x[1100:]), model.schema_)
    test = Rows(frame=frame, target=y[1100:, None], weights=np.ones(200))
    report = judge(model, model.rows_and_split(x[:1100], y[:1100]), test)
    line = LinearRegression().fit(x[:1100], y[:1100])
    expected = np.sqrt(((line.predict(x[1100:]) - y[1100:]) ** 2).mean())
    assert by_name(report, "linear")["RMSE"] == pytest.approx(expected)
    assert report.rows == "200 test rows"


def test_one_that_fails_says_why_and_the_others_go_on(
    buyer: Classifier, people: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise ValueError("no solution")

    monkeypatch.setattr("sklearn.linear_model.LogisticRegression.fit", fail)
    report = judge(buyer, buyer.rows_and_split(people.drop("spends"), "buys"))
    linear = next(j for j in report.judgements if j.name.startswith("logistic"))
    assert (linear.scores, linear.failure) == ([], "no solution")
    assert len(report.judgements) == 4
