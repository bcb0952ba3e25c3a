"""After each training: the same rows for everyone, and nothing lost when one fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import Classifier, Regressor
from pellucid.comparison.runs import FlatTrainer, Run
from pellucid.comparison.scoring import compare_with_baselines
from pellucid.data.rows import Rows
from pellucid.data.splits import Split
from pellucid.estimators.arguments import as_table
from pellucid.model.leaderboard import Leaderboard


def by_name(report: Leaderboard, name: str) -> dict[str, float]:
    found = next(j for j in report.entries if j.name.startswith(name))
    return {score.name: score.value for score in found.scores}


def fitted(model: Any, X: Any, y: Any) -> tuple[Any, tuple[Rows, Split]]:
    reading, split = model.part(model.read(X, y))
    return model.learn_from(reading, split), (reading.rows, split)


@pytest.fixture
def buying(people: pl.DataFrame) -> tuple[Any, tuple[Rows, Split]]:
    return fitted(Classifier(max_epochs=5), people.drop("spends"), "buys")


def test_few_rows_are_all_judged_by_folds(buying: Any, people: pl.DataFrame) -> None:
    model, parted = buying
    report, judged = compare_with_baselines(model, parted)
    assert report.num_rows == len(judged.rows) == 240
    validation = model.model_.record.validation
    assert by_name(report, "network")["accuracy"] == pytest.approx(validation.score)
    most_frequent = (people["buys"] == people["buys"].mode()[0]).mean()
    assert by_name(report, "majority")["accuracy"] == pytest.approx(most_frequent, abs=0.01)


def test_knowing_nothing_ranks_nothing_though_its_shares_differ_by_fold(buying: Any) -> None:
    report, _ = compare_with_baselines(*buying)
    assert by_name(report, "majority")["AUC"] == 0.5


def test_everyone_has_costs(buying: Any) -> None:
    report, _ = compare_with_baselines(*buying)
    for judgement in report.entries:
        assert judgement.size > 0
        assert judgement.rows_per_second > 0.0
        assert judgement.cpu_seconds is not None


def test_equal_rows_count_as_often_as_they_stand(people: pl.DataFrame) -> None:
    few = pl.concat([people.select("sex", "buys")] * 2)
    report, _ = compare_with_baselines(*fitted(Classifier(max_epochs=2), few, "buys"))
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
    table = pl.DataFrame({"a": x[:, 0], "b": x[:, 1], "c": x[:, 2], "y": y})
    model, parted = fitted(Regressor(max_epochs=1), table[:1100], "y")
    report, _ = compare_with_baselines(model, parted, model.rows_of(as_table(table[1100:])))
    line = make_pipeline(StandardScaler(), Ridge()).fit(x[:1100], y[:1100])
    expected = np.sqrt(((line.predict(x[1100:]) - y[1100:]) ** 2).mean())
    assert by_name(report, "ridge")["RMSE"] == pytest.approx(expected)
    assert report.rows == "200 test rows"


def test_one_that_fails_says_why_and_the_others_go_on(
    buying: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = FlatTrainer.run

    def fail(self: FlatTrainer, name: str, *part: Any) -> Run:
        if name == "logistic regression":
            return Run(rows=1, failure="no solution")
        return run(self, name, *part)

    monkeypatch.setattr(FlatTrainer, "run", fail)
    report, _ = compare_with_baselines(*buying)
    linear = next(j for j in report.entries if j.name.startswith("logistic"))
    assert (linear.scores, linear.failure) == ([], "no solution")
    assert len(report.entries) == 5
