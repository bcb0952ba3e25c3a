"""What `Classifier`, `Regressor` and `fit` promise beyond scikit-learn's contract."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import pellucid
from pellucid import Classifier, Clusterer, DataError, NotFittedError, OptionError, Regressor
from pellucid.network import Activation, Linear

X, Y = load_iris(return_X_y=True)


# --- it learns ---------------------------------------------------------------------------------


def test_iris_is_learned() -> None:
    X_train, X_test, y_train, y_test = train_test_split(X, Y, random_state=0, stratify=Y)
    assert Classifier().fit(X_train, y_train).score(X_test, y_test) >= 0.92


def test_diabetes_is_predicted_about_as_well_as_by_a_line() -> None:
    X_train, X_test, y_train, y_test = train_test_split(
        *load_diabetes(return_X_y=True), test_size=0.2, random_state=0
    )
    network = Regressor().fit(X_train, y_train).score(X_test, y_test)
    line = LinearRegression().fit(X_train, y_train).score(X_test, y_test)
    assert network > line - 0.05


def test_a_curve_that_no_line_can_follow_is_learned() -> None:
    x = np.linspace(-3, 3, 1200)[:, None]
    y = np.sin(2 * x[:, 0])
    assert Regressor(max_epochs=30).fit(x[::2], y[::2]).score(x[1::2], y[1::2]) > 0.98


def test_truth_values_predict_as_zeros_and_ones_do() -> None:
    flags = np.random.default_rng(0).random((300, 4)) > 0.5
    model = Regressor(max_epochs=2).fit(flags, flags @ [1.0, 2.0, 3.0, 4.0])
    expected = model.predict(flags)
    for cells in (flags.astype(int), flags.astype("float32"), flags.astype(int).astype(object)):
        assert np.array_equal(model.predict(cells), expected)


def test_validation_judges_with_rows_that_were_not_learned_from() -> None:
    """Labels without any sense: whoever learned them by heart would look perfect."""
    generator = np.random.default_rng(0)
    noise, labels = generator.normal(size=(300, 10)), generator.integers(0, 2, 300)
    judged = Classifier().fit(noise, labels).model_.record.validation
    assert 0.35 < judged.score < 0.65
    assert judged.rows == 300  # each row by the members that left it out


def test_a_household_does_not_tell_on_its_other_member() -> None:
    """Two rows share a level and labels have no sense: judging must not find any in them."""
    generator = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "household": [f"H{i // 2}" for i in range(600)],
            "x": generator.normal(size=600),
            "y": generator.permutation(["no", "yes"] * 300),
        }
    )
    judged = Classifier(max_epochs=40).fit(frame, "y").model_.record.validation
    assert 0.42 < judged.score < 0.58


def test_frequencies_of_equal_rows_are_learned() -> None:
    """Four different rows, hundreds of each: their numbers are all there is to learn."""
    frame = pl.DataFrame({"x": ["a"] * 250 + ["b"] * 250, "z": ["u", "v"] * 250})
    frame = frame.with_columns(
        y=pl.Series(["yes"] * 230 + ["no"] * 20 + ["yes"] * 50 + ["no"] * 200)
    )
    model = Classifier().fit(frame, "y")
    probabilities = model.predict_proba(pl.DataFrame({"x": ["a", "b"], "z": ["u", "u"]}))[:, 1]
    assert probabilities == pytest.approx([0.92, 0.20], abs=0.05)
    assert model.model_.record.validation.rows == 500


# --- a network drawn by the caller -------------------------------------------------------------


def test_the_same_weight_for_all_rows_and_copies_of_all_change_nothing() -> None:
    """Copies of a row in several folds would judge what they taught: intervals of no use."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 3))
    y = x[:, 0] + generator.normal(size=60)
    quick = {"max_epochs": 3, "random_state": 0}
    expected = Regressor(**quick).fit(x, y).predict(x, interval=0.9)[1]
    twice = Regressor(**quick).fit(x, y, sample_weight=np.full(60, 2.0))
    copied = Regressor(**quick).fit(np.repeat(x, 2, axis=0), np.repeat(y, 2))
    assert np.array_equal(twice.predict(x, interval=0.9)[1], expected)
    assert np.array_equal(copied.predict(x, interval=0.9)[1], expected)


def test_with_everything_given_nothing_else_is_added_to_the_network() -> None:
    model = Classifier(
        hidden_layer_sizes=(7, 5),
        activation="tanh",
        optimizer="gradient_descent",
        learning_rate=0.1,
        batch_size=10,
        max_epochs=3,
        members=1,
        dropout=0.0,
        weight_decay=0.0,
        numeric_encoding="none",
        validation_fraction=0.2,
        device="cpu",
        precision="float32",
        random_state=1,
    ).fit(X, Y)
    layers = model.model_.network.layers
    assert [type(layer) for layer in layers] == [Linear, Activation, Linear, Activation, Linear]
    shapes = [layer.shapes["weight"] for layer in layers if isinstance(layer, Linear)]
    assert shapes == [(4, 7), (7, 5), (5, 3)]  # rows: from, columns: to
    assert model.model_.record.ended.epochs == 3


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "gradient_descent", "momentum", "nesterov"])
def test_every_optimizer_learns(optimizer: str) -> None:
    assert Classifier(optimizer=optimizer).fit(X, Y).score(X, Y) > 0.9


def test_no_hidden_layer_is_a_linear_model() -> None:
    model = Classifier(hidden_layer_sizes=(), members=1).fit(X, Y)
    assert [type(layer) for layer in model.model_.network.layers] == [Linear]
    assert model.score(X, Y) > 0.9


def test_a_time_budget_is_kept() -> None:
    model = Classifier(time_budget=1.0, max_epochs=100_000).fit(X, Y)
    ended = model.model_.record.ended
    assert ended.reason == "time budget spent"
    assert ended.epochs < 100_000


@pytest.mark.parametrize("number", [1, np.int64(1)])
def test_a_column_whose_name_is_a_number_goes_by_it_as_text(number: Any) -> None:
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)))
    assert pellucid.fit(frame, "1", max_epochs=1).target_ == ("1",)
    for fit in (pellucid.fit, Regressor(max_epochs=1).fit):
        with pytest.raises(OptionError, match=r'but is 1\. If .*, give it as text: "1"\.'):
            fit(frame, number)


def test_several_targets_are_named_in_a_data_frame_of_any_kind(people: pl.DataFrame) -> None:
    numbers = people.select("sex", "town", "age", "spends").drop_nulls()
    for frame in (numbers, numbers.to_pandas(), numbers.to_arrow()):
        model = Regressor(max_epochs=1).fit(frame, ["age", "spends"])
        assert model.target_ == ("age", "spends")
        assert model.predict(frame).shape == (numbers.height, 2)


@pytest.mark.parametrize("members", [1, 4])
def test_what_the_network_gets_and_what_becomes_of_it(people: pl.DataFrame, members: int) -> None:
    """softmax(z / temperature) of one member is the probability; of several it differs."""
    rows = people.drop("buys", "spends")
    model = Classifier(members=members, max_epochs=3).fit(rows, people["buys"])
    inputs = model.encode(rows)
    ports = inputs if isinstance(inputs, tuple) else (inputs,)
    assert [port.dtype for port in ports] == [torch.float32, torch.int64][: len(ports)]
    assert len(ports) == (2 if members == 1 else 1), "in folds, no vectors of towns are learned"
    assert sum(port.shape[1] for port in ports) == len(model.model_.encoder.input_names())
    z = model.model_.network.to_module()(*ports).detach()
    softmax = (z / model.model_.temperature).softmax(dim=1).numpy()
    difference = np.abs(softmax - model.predict_proba(rows)).max()
    assert difference < (1e-6 if members == 1 else 0.2)
    assert (difference > 1e-5) == (members > 1)


# --- the same seed -----------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [150, 1500])
def test_the_same_seed_gives_the_same_weights_bit_for_bit(rows: int, tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(rows, 6))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    one, two = (Classifier(max_epochs=3, random_state=5).fit(x, y) for _ in range(2))
    assert np.array_equal(one.model_.network.weights, two.model_.network.weights)
    one.save(tmp_path / "one.pellucid")
    loaded = pellucid.load(tmp_path / "one.pellucid")
    assert np.array_equal(one.model_.network.weights, loaded.model_.network.weights)
    assert np.array_equal(one.predict_proba(x), loaded.predict_proba(x))
    other = Classifier(max_epochs=3, random_state=6).fit(x, y)
    assert not np.array_equal(one.model_.network.weights, other.model_.network.weights)


def test_few_rows_in_another_order_give_the_same_network() -> None:
    order = np.random.default_rng(0).permutation(len(X))
    one = Classifier(max_epochs=3).fit(X, Y)
    two = Classifier(max_epochs=3).fit(X[order], Y[order])
    assert np.array_equal(one.model_.network.weights, two.model_.network.weights)


def test_a_fitted_estimator_can_be_copied_and_pickled(buyer: Any, people: pl.DataFrame) -> None:
    expected = buyer.predict_proba(people)
    assert np.array_equal(copy.deepcopy(buyer).predict_proba(people), expected)
    assert np.array_equal(pickle.loads(pickle.dumps(buyer)).predict_proba(people), expected)  # noqa: S301


# --- tables, files and frames ------------------------------------------------------------------


def test_fit_finds_out_what_the_target_is(people: pl.DataFrame, people_csv: Path) -> None:
    assert isinstance(pellucid.fit(people_csv, target="buys", max_epochs=2), Classifier)
    assert isinstance(pellucid.fit(people, target="spends", max_epochs=2), Regressor)
    assert isinstance(pellucid.fit(X, Y, max_epochs=2), Classifier)
    assert isinstance(pellucid.fit(X, X[:, 0] * 1.01, max_epochs=2), Regressor)
    assert isinstance(pellucid.fit(X, Y, task="regression", max_epochs=2), Regressor)


def test_the_guess_is_the_same_for_targets_that_come_as_they_are(people: pl.DataFrame) -> None:
    rows, progress = load_diabetes(return_X_y=True)
    for targets in (progress, progress.tolist(), pd.Series(progress), pl.Series(progress)):
        assert isinstance(pellucid.fit(rows, targets, max_epochs=1), Regressor)
    given = people.select("age", "sex")
    for targets in (people["buys"], people["buys"].to_list(), people["sex"].to_numpy() == "f"):
        assert isinstance(pellucid.fit(given, targets, max_epochs=1), Classifier)
    several = people.select("spends", twice=pl.col("spends") * 2)
    assert isinstance(pellucid.fit(given, several, max_epochs=1), Regressor)
    with pytest.raises(DataError, match=r"The targets have shape \("):
        pellucid.fit(given, [])
    assert isinstance(pellucid.fit(given, None, n_clusters=2), Clusterer)
    with pytest.raises(DataError, match="Did you mean 'buys'"):
        pellucid.fit(people, ["buyss"])


def test_a_file_and_the_same_table_in_memory_give_the_same_network(
    people: pl.DataFrame, people_csv: Path
) -> None:
    from_file = Classifier(max_epochs=2).fit(people_csv, "buys")
    from_polars = Classifier(max_epochs=2).fit(people, "buys")
    from_pandas = Classifier(max_epochs=2).fit(people.to_pandas(), "buys")
    for other in (from_polars, from_pandas):
        assert [c.kind for c in from_file.schema_.columns] == [
            c.kind for c in other.schema_.columns
        ]
        assert np.array_equal(from_file.predict_proba(people_csv), other.predict_proba(people))


def test_columns_are_matched_by_name_when_the_target_was_named(
    buyer: Any, people: pl.DataFrame
) -> None:
    expected = buyer.predict_proba(people)
    reordered = people.select(reversed(people.columns)).with_columns(more=pl.lit(1))
    assert np.array_equal(buyer.predict_proba(reordered), expected)
    with pytest.raises(DataError, match="'town'"):
        buyer.predict(people.drop("town"))


@pytest.mark.parametrize("kind", ["polars", "pandas", "named target"])
def test_an_array_goes_by_position(people: pl.DataFrame, kind: str) -> None:
    """With the training's types: a code of digits stays text, a truth value one."""
    codes = people.select("age", "sex", zip=pl.format("0{}", pl.col("age").fill_null(0) // 9))
    codes = codes.with_columns(old=pl.col("age") > 40)
    model = Classifier(max_epochs=1, columns={"zip": "category"})
    if kind == "named target":
        model.fit(codes.with_columns(people["buys"]), "buys")
    else:
        model.fit(codes.to_pandas() if kind == "pandas" else codes, people["buys"].to_numpy())
    expected = model.predict_proba(codes)
    for rows in (codes.to_pandas().to_numpy(), [list(row) for row in codes.rows()]):
        with pytest.warns(UserWarning, match="does not have valid feature names"):
            assert np.array_equal(model.predict_proba(rows), expected)
        with (
            pytest.warns(UserWarning, match="does not have valid feature names"),
            pytest.raises(ValueError, match="X has 3 features, but Classifier is expecting 4"),
        ):
            model.predict(np.array(rows)[:, :3])


def test_a_data_frame_goes_by_position_where_an_array_was_learned_from(
    people: pl.DataFrame, tmp_path: Path
) -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    model = Classifier(max_epochs=1).fit(X, Y)
    model.save(tmp_path / "m.pellucid")
    for fitted in (model, pellucid.load(tmp_path / "m.pellucid")):
        with pytest.warns(UserWarning, match="was fitted without feature names"):
            assert np.array_equal(fitted.predict_proba(frame), model.predict_proba(X))
        assert np.array_equal(fitted.predict_proba(pd.DataFrame(X)), model.predict_proba(X))


def test_other_names_and_another_order_are_refused() -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    model = Classifier(max_epochs=1).fit(frame, Y)
    for other in (frame.rename(columns={"a": "e"}), frame[["b", "a", "c", "d"]]):
        with pytest.raises(ValueError, match="The feature names should match"):
            model.predict(other)
    numbered = Classifier(max_epochs=1).fit(pd.DataFrame(X), Y)
    with pytest.raises(DataError, match="'0' of the training data is missing"):
        numbered.predict(pd.DataFrame(X, columns=[5, 1, 2, 3]))


def test_a_name_twice_is_refused_in_every_way_in() -> None:
    twice = pd.DataFrame(X, columns=["a", "b", "a", "d"])
    with pytest.raises(DataError, match="Two columns are called 'a'"):
        Classifier().fit(twice, Y)
    model = Classifier(max_epochs=1).fit(X, Y)
    with pytest.raises(DataError, match="Two columns are called 'a'"):
        model.predict(twice)


def test_missing_and_unseen_cells_are_ordinary(buyer: Any, people: pl.DataFrame) -> None:
    odd = people[:3].with_columns(
        age=pl.lit(None, pl.Float64),
        sex=pl.lit("x"),
        town=pl.lit(None, pl.String),
        joined=pl.lit(None, pl.Date),
    )
    probabilities = buyer.predict_proba(odd)
    assert np.allclose(probabilities.sum(axis=1), 1.0)
    surprises = buyer.model_.surprises(buyer._converted(odd))
    assert surprises["sex: levels not learned in training, read as unknown"] == 3


def test_a_table_with_its_target_is_scored_as_it_is(
    buyer: Any, spender: Any, people: pl.DataFrame, people_csv: Path
) -> None:
    assert buyer.score(people_csv) == buyer.score(people.drop("buys"), people["buys"].to_numpy())
    assert spender.score(people) == spender.score(people, "spends")


def test_weights_belong_to_the_rows_of_the_source(people: pl.DataFrame) -> None:
    """Even when some of these have no target."""
    is_known = pl.int_range(pl.len()) >= 7
    holes = people.with_columns(buys=pl.when(is_known).then("buys"))
    weights = np.arange(240) % 3
    one = Classifier(max_epochs=1).fit(holes, "buys", sample_weight=weights)
    two = Classifier(max_epochs=1).fit(people[7:], "buys", sample_weight=weights[7:])
    assert np.array_equal(one.predict_proba(people), two.predict_proba(people))


def test_the_schema_can_be_overridden(people: pl.DataFrame) -> None:
    model = Classifier(max_epochs=1, columns={"town": "left out", "id": "category"}).fit(
        people, "buys"
    )
    assert model.schema_["town"].kind == "left out"
    assert model.schema_["id"].kind == "category"


def test_rows_without_a_target_are_left_out_and_told(people: pl.DataFrame) -> None:
    holes = people.with_columns(
        buys=pl.when(pl.int_range(pl.len()) < 7).then(None).otherwise("buys")
    )
    model = Classifier(max_epochs=1).fit(holes, "buys")
    assert "7 rows without a target left out" in model.notes_


def test_several_targets(people: pl.DataFrame) -> None:
    numbers = people.with_columns(twice=pl.col("spends") * 2 + pl.col("age").fill_null(40))
    model = pellucid.fit(numbers, target=["spends", "twice"], max_epochs=2)
    assert model.predict(numbers).shape == (240, 2)
    labels = np.stack([Y == 0, Y == 2], axis=1).astype(int)
    both = Classifier(max_epochs=20).fit(X, labels)
    assert both.predict(X).shape == both.predict_proba(X).shape == (150, 2)
    assert (both.predict(X) == labels).mean() > 0.9


def test_classes_come_back_as_they_were_given() -> None:
    for names in (np.array(["a", "b", "c"]), np.array([10, 20, 30]), np.array([-1.5, 0.0, 2.5])):
        if names.dtype.kind == "f":
            continue  # scikit-learn: fractional labels are no classes
        model = Classifier(max_epochs=5).fit(X, names[Y])
        assert model.predict(X).dtype == names.dtype
        assert set(model.predict(X)) <= set(names)


def test_predictions_in_the_callers_own_kind(people: pl.DataFrame) -> None:
    frame = people.to_pandas().set_index("id")
    model = Classifier(max_epochs=1).fit(frame, "buys").set_output(transform="pandas")
    assert isinstance(model.predict(frame), pd.DataFrame)
    assert list(model.predict_proba(frame).columns) == ["no", "yes"]
    assert model.predict(frame).index.equals(frame.index)
    assert isinstance(model.set_output(transform="polars").predict(frame), pl.DataFrame)
    assert isinstance(model.set_output(transform="default").predict(frame), np.ndarray)


# --- weights -----------------------------------------------------------------------------------


def test_class_weight_moves_the_balance() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(600, 3))
    y = (x[:, 0] + generator.normal(size=600) > 1.8).astype(int)
    plain = Classifier(max_epochs=20).fit(x, y).predict(x).mean()
    balanced = Classifier(max_epochs=20, class_weight="balanced").fit(x, y).predict(x).mean()
    said = Classifier(max_epochs=20, class_weight={0: 1, 1: 10}).fit(x, y).predict(x).mean()
    assert plain < balanced
    assert plain < said


def test_rows_without_weight_do_not_count() -> None:
    wrong = np.concatenate([Y, np.roll(Y, 50)])
    weights = np.concatenate([np.ones(150), np.zeros(150)])
    doubled = np.concatenate([X, X])
    one = Classifier(max_epochs=3).fit(doubled, wrong, sample_weight=weights)
    two = Classifier(max_epochs=3).fit(X, Y)
    assert np.array_equal(one.predict_proba(X), two.predict_proba(X))


# --- more learning -----------------------------------------------------------------------------


def test_partial_fit_goes_on_learning() -> None:
    model = Classifier(max_epochs=1, learning_rate=0.02).fit(X, Y)
    before = model.model_.network.weights.clone()
    for _ in range(30):
        model.partial_fit(X, Y)
    assert not np.array_equal(before, model.model_.network.weights)
    assert model.score(X, Y) > 0.9


def test_partial_fit_must_know_the_classes_from_the_start() -> None:
    with pytest.raises(DataError, match="classes="):
        Classifier(max_epochs=1).partial_fit(X[:100], Y[:100]).partial_fit(X, Y)
    Classifier(max_epochs=1).partial_fit(X[:100], Y[:100], classes=[0, 1, 2]).partial_fit(X, Y)


def test_a_loaded_model_can_go_on_learning(tmp_path: Path) -> None:
    y = X[:, 0] * 2 + X[:, 3]
    model = Regressor(max_epochs=2).fit(X, y)
    model.save(tmp_path / "m.pellucid")
    loaded = pellucid.load(tmp_path / "m.pellucid")
    error = np.abs(loaded.predict(X) - y).mean()
    for _ in range(20):
        loaded.partial_fit(X, y)
    assert np.abs(loaded.predict(X) - y).mean() < error


# --- with scikit-learn -------------------------------------------------------------------------


def test_it_works_where_scikit_learn_wants_an_estimator() -> None:
    quick = Classifier(max_epochs=5)
    pipeline = make_pipeline(StandardScaler(), quick)
    assert len(cross_val_score(pipeline, X, Y, cv=3)) == 3
    search = GridSearchCV(quick, {"activation": ["tanh", "relu"]}, cv=3).fit(X, Y)
    assert search.best_params_["activation"] in ("tanh", "relu")
    calibrated = CalibratedClassifierCV(quick, cv=3).fit(X, Y)
    assert calibrated.predict_proba(X).shape == (150, 3)


def test_asked_before_it_learned() -> None:
    with pytest.raises(NotFittedError, match="Call fit first"):
        Classifier().encode(X)
    with pytest.raises(NotFittedError, match="Call fit first"):
        Classifier().predict(X)
    with pytest.raises(NotFittedError):
        Regressor().save("nothing.pellucid")


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 100.0, "members": 1},
        {"learning_rate": 1e4, "optimizer": "gradient_descent", "validation_fraction": 0.0},
    ],
)
def test_a_regressor_that_diverged_says_so(options: dict[str, Any]) -> None:
    """Its numbers are clamped to what training had, so they would look sane."""
    model = Regressor(max_epochs=6, **options)
    with pytest.raises(OptionError, match=r"diverged: in its best epoch .* below 100") as raised:
        model.fit(np.random.default_rng(0).normal(size=(300, 4)), np.arange(300.0) % 7)
    assert raised.value.option == "learning_rate"


def test_divergence_is_told() -> None:
    with pytest.raises(OptionError, match="Training diverged"):
        Regressor(optimizer="gradient_descent", learning_rate=1e30, max_epochs=3, members=1).fit(
            X, X[:, 0]
        )


def test_a_very_skewed_target_is_tried_as_its_logarithm() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(1500, 4))
    y = np.exp(2 * x[:, 0] + x[:, 1])
    assert Regressor(max_epochs=8).fit(x, y).model_.task.is_log
    assert not Regressor(max_epochs=8).fit(x, x[:, 0]).model_.task.is_log


def test_what_a_masked_array_hides_is_missing() -> None:
    hidden = np.arange(120.0).reshape(60, 2)
    rows = np.ma.MaskedArray(hidden, mask=hidden % 7 == 0)
    model = Classifier(max_epochs=1, members=1).fit(rows, np.arange(60) % 2)

    assert "9 of 60 missing" in model.schema_["x0"].reason
    expected = model.predict_proba(np.where(hidden % 7 == 0, np.nan, hidden))
    np.testing.assert_array_equal(model.predict_proba(rows), expected)


def test_a_fitted_estimator_shows_what_it_learned(
    buyer: Classifier, spender: Regressor, people: pl.DataFrame
) -> None:
    assert repr(Classifier(max_epochs=30)) == "Classifier(max_epochs=30)"
    first, second, third = repr(buyer).splitlines()
    assert first == "Classifier(max_epochs=30)"
    assert second == "  predicts 'buys' from 4 columns: 'age', 'sex', 'town', 'joined'"
    assert re.fullmatch(
        r"  accuracy 0\.\d+, log-loss 0\.\d+ on 240 rows that judged its training", third
    )
    assert re.search(r"  RMSE \d\.\d+ on 240 rows", repr(spender))
    assert repr(clone(buyer)) == first
    wide = Regressor(max_epochs=1).fit(np.random.default_rng(0).normal(size=(40, 9)), np.arange(40))
    assert "predicts y from 9 columns: 'x0', 'x1', 'x2', 'x3', …" in repr(wide)
    wide.partial_fit(np.zeros((3, 9)), np.zeros(3))
    assert "judged" not in repr(wide)
    in_a_pipeline = make_pipeline(buyer)
    assert repr(in_a_pipeline).startswith("Pipeline(steps=[('classifier', Classifier(")
    assert "Classifier" in in_a_pipeline._repr_html_()
