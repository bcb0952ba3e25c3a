"""The comparison: the same rows for everyone, and figures that scikit-learn agrees with."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, roc_auc_score
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, OrdinalEncoder, StandardScaler

import pellucid
from pellucid.comparison.baselines import join_runs
from pellucid.comparison.compare import Comparison
from pellucid.comparison.network_run import run_network, stopping_parts
from pellucid.comparison.parts import ComparedRows, split_rows
from pellucid.comparison.runs import FlatTrainer, Run
from pellucid.comparison.stages import LeaksSought, RowsRead, Stage, Working
from pellucid.estimators.arguments import as_table
from pellucid.estimators.fit import make_estimator
from pellucid.model.leaderboard import Entry
from pellucid.tasks.classification import Classification

NUMBERS, CATEGORIES = ["price", "weight"], ["color", "maker"]


def scores_of(comparison: Comparison, name: str) -> dict[str, float]:
    judgement = next(j for j in comparison.leaderboard.entries if j.name == name)
    assert judgement.failure == ""
    return {score.name: score.value for score in judgement.scores}


def preparation() -> Any:
    return make_column_transformer(
        (
            make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()),
            NUMBERS,
        ),
        (
            make_pipeline(
                SimpleImputer(strategy="constant", fill_value=""),
                OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist"),
            ),
            CATEGORIES,
        ),
        sparse_threshold=0.0,
    )


@pytest.fixture(scope="module")
def cells(shop_csv: Path, sold: Comparison) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and judging rows of the raw CSV, by the numbers the comparison gives."""
    raw = pd.read_csv(shop_csv)
    (parts,) = sold.parts
    return raw.iloc[parts[0] - 1], raw.iloc[parts[1] - 1]


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        ("logistic regression", LogisticRegression(max_iter=1_000)),
        ("random forest", RandomForestClassifier(min_samples_leaf=3, random_state=0)),
        ("gradient boosting", HistGradientBoostingClassifier(random_state=0)),
    ],
)
def test_figures_are_those_of_scikit_learn_on_the_raw_table(
    name: str, algorithm: Any, cells: tuple[pd.DataFrame, pd.DataFrame], sold: Comparison
) -> None:
    x, x_judging = (part[NUMBERS + CATEGORIES] for part in cells)
    y, truth = (part["sold"] for part in cells)
    if name == "gradient boosting":
        levels = {c: sorted(pd.concat([x, x_judging])[c].dropna().unique()) for c in CATEGORIES}
        kinds = {c: pd.CategoricalDtype(levels[c]) for c in CATEGORIES}
        x, x_judging = x.astype(kinds), x_judging.astype(kinds)
    else:
        algorithm = make_pipeline(preparation(), algorithm)
    probabilities = algorithm.fit(x, y).predict_proba(x_judging)
    found = scores_of(sold, name)
    assert found["accuracy"] == accuracy_score(truth, algorithm.predict(x_judging))
    assert found["log-loss"] == pytest.approx(log_loss(truth, probabilities), rel=1e-9)
    assert found["AUC"] == pytest.approx(roc_auc_score(truth, probabilities[:, 1]), rel=1e-9)


def test_the_networks_figures_are_those_of_its_predictions(
    cells: tuple[pd.DataFrame, pd.DataFrame], sold: Comparison
) -> None:
    truth = cells[1]["sold"]
    assert sold.judged.rows.target.tolist() == truth.tolist()
    # The raw rows through the fitted estimator give the predictions that were judged.
    again = sold.estimator.predict_proba(pl.from_pandas(cells[1].drop(columns="sold")))
    np.testing.assert_array_equal(again, sold.judged.predictions)
    found = scores_of(sold, "network")
    assert found["log-loss"] == pytest.approx(log_loss(truth, again))
    assert found["AUC"] == pytest.approx(roc_auc_score(truth, again[:, 1]))


def test_the_report_as_a_frame(sold: Comparison) -> None:
    report = sold.leaderboard
    failed = Entry(name="too slow", scores=[], seconds=60.0, failure="stopped")
    frame = replace(report, entries=[*report.entries, failed]).to_frame()
    assert frame[:-1].equals(sold.to_frame())
    for row, judgement in zip(frame.iter_rows(named=True), report.entries, strict=False):
        assert row["algorithm"] == judgement.name
        accuracy = judgement.scores[0]
        assert (row["accuracy"], row["accuracy low"], row["accuracy high"]) == (
            accuracy.value,
            accuracy.low,
            accuracy.high,
        )
        assert row["calibration error low"] is None
        for difference in judgement.differences[:1]:
            assert row["accuracy difference high"] == difference.high
    assert frame[0, "accuracy difference"] is None
    assert frame[-1, "accuracy"] is None
    assert frame[-1, "failure"] == "stopped"
    assert frame.columns[-5:] == ["seconds", "rows per second", "size", "rows", "failure"]


def test_it_shows_itself_in_a_line(sold: Comparison) -> None:
    rows = f"{sold.leaderboard.num_rows:,} rows judged"
    assert repr(sold) == f"Comparison('shop.csv', 'sold', 10 algorithms, {rows}): {sold.verdict}"


def test_naive_bayes_is_that_of_categories() -> None:
    """Multinomial on one column a level: Bayes' rule on binned numbers, as CategoricalNB has it."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(3_000, 3))
    y = (x[:, 0] + 0.5 * x[:, 1] ** 2 + generator.normal(size=3_000) > 0.5).astype(int)
    frame = pl.DataFrame({f"x{i}": x[:, i] for i in range(3)})
    compared = split_rows(
        make_estimator("classification", {}), as_table(frame.with_columns(y=y)), "y", None, None
    )
    training, judging = compared.parts[0]
    with FlatTrainer(compared.rows, Classification(np.array([0, 1])), time_limit=60.0) as trainer:
        run = trainer.run("naive Bayes", training, judging)
    bins = KBinsDiscretizer(10, encode="ordinal", quantile_method="averaged_inverted_cdf")
    theirs = make_pipeline(bins, OrdinalEncoder(), CategoricalNB())
    expected = theirs.fit(x[training], y[training]).predict_proba(x[judging])
    np.testing.assert_allclose(run.predictions, expected, rtol=1e-9)


def test_the_split_is_stratified_and_the_same_for_all(shop: pl.DataFrame, sold: Comparison) -> None:
    (parts,) = sold.parts
    training, judging = parts
    assert (len(training), len(judging)) == (320, 80)
    assert sorted([*training, *judging]) == list(range(1, 401))
    yes = (shop["sold"] == "yes").to_numpy()
    assert yes[judging - 1].sum() == round(0.2 * yes.sum())
    assert {j.rows for j in sold.leaderboard.entries} == {320}


def test_the_fingerprint_names_the_split(shop: pl.DataFrame, sold: Comparison) -> None:
    def split(frame: pl.DataFrame, folds: int | None = None) -> ComparedRows:
        estimator = make_estimator("classification", {})
        return split_rows(estimator, as_table(frame), "sold", None, folds)

    raw = shop.drop("stars")
    assert split(raw).fingerprint == sold.fingerprint
    assert split(raw.drop("maker")).fingerprint == sold.fingerprint
    assert split(raw[:-5]).fingerprint != sold.fingerprint
    assert split(raw, 3).fingerprint != sold.fingerprint


def test_judging_rows_influence_nothing_that_is_learned(
    shop: pl.DataFrame, sold: Comparison
) -> None:
    """Other cells in half the judging rows: predictions for the other half stay, bit for bit."""
    raw = shop.drop("stars")
    _, judging = sold.parts[0]
    changed, kept = judging[::2] - 1, np.arange(1, len(judging), 2)
    cells = raw.with_row_index()
    is_changed = pl.col("index").is_in(changed.tolist())
    altered = cells.with_columns(
        price=pl.when(is_changed).then(9_999.0 + pl.col("index")).otherwise("price"),
        weight=pl.when(is_changed).then(None).otherwise("weight"),
        color=pl.when(is_changed).then(pl.lit("a color never seen")).otherwise("color"),
        maker=pl.when(is_changed).then(pl.lit("M0")).otherwise("maker"),
    ).drop("index")
    predictions = []
    for frame in (raw, altered):
        estimator = make_estimator("classification", {"max_epochs": 2, "members": 1})
        compared = split_rows(estimator, as_table(frame), "sold", None, None)
        network, _ = run_network(estimator, compared.reading, compared.parts[0])
        found = {"network": network}
        task = Classification(np.array(["no", "yes"]))
        with FlatTrainer(compared.rows, task, time_limit=60.0) as trainer:
            for name in ("naive Bayes", "k-nearest neighbors", "SVM (RBF)", "gradient boosting"):
                found[name] = trainer.run(name, *compared.parts[0])
        predictions.append({name: run.predictions[kept] for name, run in found.items()})
    for name in predictions[0]:
        np.testing.assert_array_equal(predictions[0][name], predictions[1][name], err_msg=name)


def test_in_folds_every_row_is_judged_by_who_did_not_learn_from_it(
    shop: pl.DataFrame, stars: Comparison
) -> None:
    assert len(stars.parts) == 3
    for training, judging in stars.parts:
        assert sorted([*training, *judging]) == list(range(1, 401))
    assert sorted(np.concatenate([judging for _, judging in stars.parts])) == list(range(1, 401))
    raw = shop.to_pandas()
    expected = np.empty(400)
    for training, judging in stars.parts:
        one, two = raw.iloc[training - 1], raw.iloc[judging - 1]
        line = make_pipeline(preparation(), Ridge()).fit(one, one["stars"])
        expected[judging - 1] = line.predict(two)
    rmse = np.sqrt(mean_squared_error(raw["stars"], expected))
    assert scores_of(stars, "ridge regression")["RMSE"] == pytest.approx(rmse, rel=1e-9)
    assert stars.judged.rows.target[:, 0].tolist() == shop["stars"].to_list()


def test_the_rows_that_stop_the_network_stop_boosting(
    shop: pl.DataFrame,
) -> None:
    """One network: one boosting. Its validation rows tell both when to stop."""
    many = pl.concat([shop.drop("sold")] * 3).with_columns(
        weight=pl.col("weight") + pl.Series(np.random.default_rng(0).random(1_200))
    )
    found = pellucid.compare(many, "stars", max_epochs=2, members=1)
    training = found.parts[0][0] - 1
    estimator = make_estimator("regression", {"members": 1})
    compared = split_rows(estimator, as_table(many), "stars", None, None)
    _, split = estimator.part(compared.reading.take(training))
    x = compared.rows.frame.select("price", "weight").to_numpy()
    codes = compared.rows.frame.select(pl.col("color", "maker").rank("dense") - 1).to_numpy()
    x, y = np.column_stack([x, codes]), compared.rows.target[:, 0]
    learning, stopping = training[split.training], training[split.validation]
    boosting = HistGradientBoostingRegressor(
        categorical_features=[2, 3],
        learning_rate=0.05,
        max_iter=1_000,
        early_stopping=True,
        n_iter_no_change=20,
        random_state=0,
    ).fit(x[learning], y[learning], X_val=x[stopping], y_val=y[stopping])
    judging = found.parts[0][1] - 1
    expected = np.sqrt(mean_squared_error(y[judging], boosting.predict(x[judging])))
    assert scores_of(found, "early-stopped boosting")["RMSE"] == pytest.approx(expected)


def test_members_that_leave_out_a_fold_each_face_as_many_boostings(shop: pl.DataFrame) -> None:
    estimator = make_estimator("classification", {})
    compared = split_rows(estimator, as_table(shop.drop("stars")), "sold", None, None)
    training = compared.parts[0][0]
    pairs = stopping_parts(estimator, compared.reading, training)
    assert len(pairs) == 5
    for learning, stopping in pairs:
        assert sorted([*learning, *stopping]) == training.tolist()
    assert sorted(np.concatenate([stopping for _, stopping in pairs])) == training.tolist()


def test_in_folds_those_who_know_nothing_tell_nothing(
    shop: pl.DataFrame, stars: Comparison
) -> None:
    """What they predict differs a little from fold to fold."""
    assert scores_of(stars, "mean")["R²"] == 0.0
    found = pellucid.compare(shop.drop("stars"), "sold", folds=5, max_epochs=1, members=1)
    ignorant = next(j for j in found.leaderboard.entries if j.name == "majority class")
    area = next(score for score in ignorant.scores if score.name == "AUC")
    assert (area.value, area.low, area.high) == (0.5, 0.5, 0.5)


def test_joined_runs_stand_in_the_order_of_the_rows() -> None:
    parts = [(np.array([1, 3]), np.array([0, 2])), (np.array([0, 2]), np.array([3, 1]))]
    runs = [
        Run(rows=2, predictions=np.array([[0.0], [2.0]]), fit_seconds=1.0),
        Run(rows=2, predictions=np.array([[3.0], [1.0]]), fit_seconds=2.0),
    ]
    joined = join_runs(runs, parts)
    assert joined.predictions[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0]
    assert joined.fit_seconds == 3.0


@pytest.fixture(scope="module")
def on_test(shop: pl.DataFrame) -> tuple[Comparison, list[Stage]]:
    """Another table judges: it has a color, a maker and no weight that the training rows lack."""
    stages: list[Stage] = []
    raw = shop.drop("stars")
    test = raw[300:].with_columns(
        color=pl.lit("a color never seen"), weight=pl.lit(None, dtype=pl.Float64)
    )
    found = pellucid.compare(
        raw[:300], "sold", test=test, max_epochs=2, members=1, on_stage=stages.append
    )
    return found, stages


def test_another_table_judges(on_test: tuple[Comparison, list[Stage]]) -> None:
    """Unknown categories and missing cells in it are facts of life for everyone."""
    found, _ = on_test
    assert found.leaderboard.num_rows == 100
    assert all(j.failure == "" and j.rows == 300 for j in found.leaderboard.entries)
    assert [len(rows) for rows in found.parts[0]] == [300, 100]
    assert found.parts[0][1].tolist() == list(range(1, 101))


def test_it_is_told_as_it_happens(on_test: tuple[Comparison, list[Stage]]) -> None:
    _, stages = on_test
    first, second, *others = stages
    rest = [stage for stage in others if isinstance(stage, Working)]
    assert isinstance(first, RowsRead)
    assert first.words.startswith("the 100 rows of ")
    assert isinstance(second, LeaksSought)
    assert len(rest) == len(others)
    assert rest[0].name == "network"
    assert rest[-1].name == "early-stopped boosting"
    done = [stage.done for stage in rest]
    assert done == sorted(done)
    assert 0.0 == done[0] <= done[-1] < 1.0


def test_everything_but_rows_and_network_is_plain_data(sold: Comparison) -> None:
    plain = json.loads(json.dumps(sold.to_json()))
    assert plain["verdict"] == sold.verdict != ""
    names = [judgement["name"] for judgement in plain["report"]["judgements"]]
    assert names[0] == "network"
    assert len(names) == 10
    assert [curve["name"] for curve in plain["growth"]["curves"]] == names


def test_ctrl_c_during_the_networks_training_ends_the_comparison(shop: pl.DataFrame) -> None:
    """Half a network is not compared; there is no model to be saved either."""
    import signal

    def interrupt(stage: Stage) -> None:
        if isinstance(stage, Working) and stage.seconds > 0:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        pellucid.compare(shop.drop("stars"), "sold", on_stage=interrupt)
