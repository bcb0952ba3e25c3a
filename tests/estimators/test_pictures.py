"""Pictures go wherever rows of tables go: saved, copied, searched, calibrated, continued."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import polars as pl
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

import pellucid
from pellucid import Classifier, DataError, OptionError, Regressor
from pellucid.model.references import FEWEST

SIDE = 8


def stripes(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy pictures (n, 8, 8) with two dark stripes, and which way they run."""
    generator = np.random.default_rng(seed)
    ways = np.arange(rows) % 2
    pixels = generator.integers(150, 250, (rows, SIDE, SIDE))
    for picture, way in zip(pixels, ways, strict=True):
        turned = picture.T if way else picture
        turned[generator.integers(1, 3) :: 4] //= 4
    return pixels.astype(np.uint8), np.array(["across", "down"])[ways]


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    """Pictures beside a number that says nothing."""
    X, y = stripes(240)
    number = np.random.default_rng(1).normal(size=len(X))
    return pl.DataFrame({"picture": X, "number": number, "way": y})


@pytest.fixture(scope="module")
def trained(table: pl.DataFrame) -> Classifier:
    return Classifier(max_epochs=4, members=1).fit(table, "way")


@pytest.fixture
def later(table: pl.DataFrame) -> pl.DataFrame:
    X, y = stripes(60, seed=9)
    return pl.DataFrame({"picture": X, "number": np.zeros(len(X)), "way": y})


def saved_and_loaded(model: Any) -> Any:
    file = io.BytesIO()
    model.save(file)
    return pellucid.load(file.getvalue())


def pickled(model: Any) -> Any:
    return pickle.loads(pickle.dumps(model))  # noqa: S301 - our own


def dumped(model: Any) -> Any:
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize("copied", [saved_and_loaded, pickled, dumped, copy.deepcopy])
def test_a_copy_predicts_the_same(copied: Any, trained: Classifier, later: pl.DataFrame) -> None:
    again = copied(trained)
    np.testing.assert_array_equal(again.predict_proba(later), trained.predict_proba(later))
    mine, its = trained.unlike_training(later), again.unlike_training(later)
    np.testing.assert_array_equal(mine.distances["picture"], its.distances["picture"])


def test_arrays_of_pictures_go_through_scikit_learn() -> None:
    X, y = stripes(120)
    model = Classifier(max_epochs=3)
    search = GridSearchCV(model, {"max_epochs": [1, 3]}, cv=2).fit(X, y)
    assert search.best_score_ > 0.9
    assert cross_val_score(clone(model), X, y, cv=2).mean() > 0.9
    assert search.best_estimator_.n_features_in_ == 1


def test_sets_temperature_and_intervals(trained: Classifier, later: pl.DataFrame) -> None:
    held = trained.predict_set(later, 0.9)
    truth = trained.classes_ == later["way"].to_numpy()[:, None]
    assert held[truth].mean() >= 0.8
    assert trained.model_.temperature != 1.0
    mistaken = later.with_columns(way=pl.col("way").reverse())
    assert copy.deepcopy(trained).calibrate(mistaken).model_.temperature > 1.0
    X, _ = stripes(120)
    regressor = Regressor(max_epochs=2).fit(X, X.mean(axis=(1, 2)))
    _, bounds = regressor.predict(X[:9], interval=0.8)
    assert (bounds[:, 0] < bounds[:, 1]).all()


def test_it_goes_on_learning(trained: Classifier, table: pl.DataFrame, later: pl.DataFrame) -> None:
    model = copy.deepcopy(trained).partial_fit(table)
    assert not np.array_equal(model.predict_proba(later), trained.predict_proba(later))
    again = saved_and_loaded(model).partial_fit(table)
    np.testing.assert_array_equal(
        again.predict_proba(later), model.partial_fit(table).predict_proba(later)
    )


def test_a_training_that_was_cut_comes_to_the_same_weights(
    trained: Classifier, table: pl.DataFrame, tmp_path: Path
) -> None:
    steps = iter(range(1_000))
    file = tmp_path / "training"
    Classifier(max_epochs=4, members=1).fit(
        table, "way", checkpoint=file, stop=lambda: next(steps) > 8
    )
    assert file.is_file()
    again = Classifier(max_epochs=4, members=1).fit(table, "way", checkpoint=file)
    assert not file.is_file()
    assert torch.equal(again.model_.network.weights, trained.model_.network.weights)


def test_a_time_budget_ends_it(table: pl.DataFrame, later: pl.DataFrame) -> None:
    model = Classifier(time_budget=0.5).fit(table, "way")
    assert model.predict(later).shape == (60,)


def test_it_is_explained(trained: Classifier, table: pl.DataFrame, later: pl.DataFrame) -> None:
    found = pellucid.explain(trained, later, 1, table)
    assert abs(found.columns["picture"]) > abs(found.columns["number"])
    assert found.neighbors is not None
    nearest = pellucid.nearest_rows(trained, table, table, 3)
    assert nearest.rows[0].row == 3
    with pytest.raises(DataError, match="no curve can be drawn over pictures"):
        pellucid.response_curve(trained, later, "picture")
    with pytest.raises(OptionError, match="Columns with a curve: number"):
        pellucid.response_curve(
            Classifier(max_epochs=1, columns={"other": "left out"}).fit(
                table.with_columns(other=pl.col("number") * 2), "way"
            ),
            later.with_columns(other=1.0),
            "other",
        )


def test_its_network_is_a_module_that_torch_exports() -> None:
    X, y = stripes(80)
    model = Classifier(max_epochs=1, members=1).fit(X, y)
    inputs, module = model.encode(X), model.model_.network.to_module().eval()
    assert inputs.shape == (80, SIDE, SIDE, 1)
    probabilities = (module(inputs) / model.model_.temperature).softmax(dim=1)
    np.testing.assert_allclose(probabilities.detach(), model.predict_proba(X), atol=1e-5)
    rows = torch.export.Dim("rows", min=2)
    exported = torch.export.export(module, (inputs,), dynamic_shapes=(({0: rows},),))
    torch.testing.assert_close(exported.module()(inputs[:7]), module(inputs[:7]))


def test_equal_pictures_are_copies_and_stay_together(table: pl.DataFrame) -> None:
    twice = pl.concat([table, table.head(50)])
    model = Classifier(max_epochs=1).fit(twice, "way", drop_repeated=True)
    assert "repeated rows dropped: 50" in model.notes_
    model = Classifier(max_epochs=1).fit(twice.drop("number"), "way")
    assert any("50 of the 290 rows are copies" in note for note in model.notes_)


# --- Unlike any in training ---------------------------------------------------------------------


def test_pictures_like_those_of_training_are_ordinary(
    trained: Classifier, later: pl.DataFrame
) -> None:
    found = trained.unlike_training(later)
    assert found.is_unlike.mean() <= 0.1
    assert found.distances["picture"].shape == (60,)


@pytest.mark.parametrize("rows", [60, 200])
def test_few_pictures_that_judge_raise_no_false_alarms(rows: int) -> None:
    """The farthest of 10 is a limit that every sixth is beyond; 30 give two, and say so."""
    X, y = stripes(rows)
    model = Classifier(max_epochs=2).fit(X, y)
    alarms = model.unlike_training(stripes(300, seed=9)[0]).is_unlike.mean()
    assert alarms <= (0.0 if rows == 60 else 0.13)
    (reason,) = model.unlike_training(255 - stripes(1)[0]).reasons
    assert ("as all 30 compared are at most" in reason) is (rows == 200)
    assert model.unlike_training(np.full((1, SIDE, SIDE), 190)).is_unlike.all()


def frame_of(pixels: np.ndarray) -> pl.DataFrame:
    return pl.DataFrame({"picture": pixels.astype(np.uint8), "number": np.zeros(len(pixels))})


def test_others_are_told_with_the_reason(trained: Classifier, later: pl.DataFrame) -> None:
    inverted = trained.unlike_training(frame_of(255 - stripes(20)[0]))
    assert inverted.is_unlike.all()
    assert "picture is " in inverted.reasons[0]
    assert (inverted.distances["picture"] > 1.0).all()
    flat = trained.unlike_training(frame_of(np.full((3, SIDE, SIDE), 190)))
    assert flat.reasons == ("picture is nearly all of one color",) * 3
    missing = later.with_columns(picture=pl.lit(None, dtype=later["picture"].dtype)).head(2)
    assert trained.unlike_training(missing).reasons[0] == "picture is missing, or no picture"


def test_grey_ones_are_told_where_training_had_color() -> None:
    X, y = stripes(100)
    X = np.stack([X, X // 2, X // 3], axis=3)
    model = Classifier(max_epochs=1).fit(X, y)
    found = model.unlike_training(np.repeat(X[:5, ..., :1], 3, axis=3))
    assert found.reasons == ("image is grey; all in training had color",) * 5


def test_a_private_model_keeps_no_picture(table: pl.DataFrame, later: pl.DataFrame) -> None:
    model = Classifier(max_epochs=1, private=True).fit(table, "way")
    assert model.model_.references == ()
    assert model.calibrate(later).model_.references == ()


def test_after_more_learning_pictures_are_compared_again_once_calibrated(
    trained: Classifier, table: pl.DataFrame, later: pl.DataFrame
) -> None:
    model = copy.deepcopy(trained).partial_fit(table)
    inverted = frame_of(255 - stripes(20)[0])
    assert model.unlike_training(inverted).distances == {}
    assert model.calibrate(later).unlike_training(inverted).is_unlike.all()


def test_few_pictures_are_no_measure() -> None:
    X, y = stripes(FEWEST - 2)
    model = Classifier(max_epochs=1).fit(X, y)
    assert model.model_.references == ()


def test_what_is_kept_is_bounded(trained: Classifier) -> None:
    (kept,) = trained.model_.references
    assert kept.vectors.nbytes <= 2**20
    assert kept.vectors.dtype == np.float16
