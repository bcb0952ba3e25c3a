"""Flat algorithms on pictures: they get pixels, 32 a side at most, and samples if slow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.comparison.algorithms import ALGORITHMS, PICTURE_BASELINES, algorithms_for
from pellucid.comparison.flat import FlatTable, algorithms_on
from pellucid.comparison.leakage import find_leaks
from pellucid.comparison.pipelines import PrincipalComponents
from pellucid.comparison.runs import FlatTrainer
from pellucid.data.kinds.kind import kind_named
from pellucid.data.pictures.picture import PictureStore, Pixels, picture_cells
from pellucid.data.rows import Rows
from pellucid.model.leaderboard import ComparedPictures
from pellucid.tasks.classification import Classification
from pellucid.tasks.regression import Regression

N = 120
TRAINING, JUDGING = np.arange(90), np.arange(90, N)
HALVES = Classification(np.array(["left", "right"]))
ON_PIXELS = {
    "majority class",
    "mean",
    "decision tree",
    "k-nearest neighbors",
    "logistic regression",
    "ridge regression",
    "SVM (RBF)",
    "random forest",
}


def bright_halves(side: int = 8, colors: int = 1) -> tuple[Pixels, np.ndarray]:
    """Noise that is brighter on the left of every second picture, on the right of the others."""
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 128, (N, side, side, colors), dtype=np.uint8)
    is_left = np.arange(N) % 2 == 0
    pixels[is_left, :, : side // 2] += 100
    pixels[~is_left, :, side // 2 :] += 100
    return pixels, np.where(is_left, "left", "right")


def cells_of(pixels: Pixels, missing: tuple[int, ...] = ()) -> pl.Series:
    store = PictureStore(pixels=pixels, names=[""] * len(pixels))
    return picture_cells("image", store, [None if i in missing else i for i in range(len(pixels))])


def rows_of(cells: pl.Series, target: np.ndarray, **others: np.ndarray) -> Rows:
    n = len(target)
    frame = pl.DataFrame([cells, *(pl.Series(name, values) for name, values in others.items())])
    return Rows(frame=frame, target=target, weights=np.ones(n), numbers=1 + np.arange(n))


def matrix_of_pixels(table: FlatTable) -> np.ndarray:
    return np.hstack([np.concatenate(list(each.blocks())) for each in table.pixels])


@pytest.fixture(scope="module")
def trainer() -> Iterator[FlatTrainer]:
    pixels, halves = bright_halves()
    with FlatTrainer(rows_of(cells_of(pixels), halves), HALVES, time_limit=60.0) as trainer:
        yield trainer


def test_pictures_are_no_columns_but_pixels() -> None:
    pixels, halves = bright_halves()
    table = FlatTable(rows_of(cells_of(pixels), halves), HALVES)
    assert table.matrix.shape == (N, 0)
    assert table.shape.num_pixels == 64
    assert (matrix_of_pixels(table) == pixels.reshape(N, -1)).all()


def test_large_pictures_are_shrunk_to_32_a_side() -> None:
    pixels, halves = bright_halves(side=64, colors=3)
    table = FlatTable(rows_of(cells_of(pixels), halves), HALVES)
    assert [each.size for each in table.pixels] == [(32, 32, 3)]
    found = matrix_of_pixels(table)
    assert found.shape == (N, 3_072)
    assert found.dtype == np.uint8
    corner = pixels[:, :2, :2].mean(axis=(1, 2)).round()
    assert np.abs(found[:, :3] - corner).max() <= 1


def test_a_missing_picture_is_of_the_middle_grey() -> None:
    pixels, halves = bright_halves()
    table = FlatTable(rows_of(cells_of(pixels, missing=(3,)), halves), HALVES)
    assert (matrix_of_pixels(table)[3] == 128).all()


def test_who_learns_from_pixels() -> None:
    """Neither boosting nor naive Bayes: the one for its time, the other for its bins."""
    pixels, halves = bright_halves()
    alone = rows_of(cells_of(pixels), halves)
    beside = rows_of(cells_of(pixels), halves, price=np.ones(N))
    both = {*algorithms_on(alone.frame, "classifier"), *algorithms_on(alone.frame, "regressor")}
    assert both == ON_PIXELS
    assert algorithms_on(beside.frame, "classifier") == algorithms_for("classifier")
    assert set(PICTURE_BASELINES) >= {"SVM (RBF)", "k-nearest neighbors", "random forest"}


@pytest.mark.parametrize(
    "name", ["decision tree", "k-nearest neighbors", "logistic regression", "SVM (RBF)"]
)
def test_they_tell_bright_halves_apart(trainer: FlatTrainer, name: str) -> None:
    run = trainer.run(name, TRAINING, JUDGING)
    assert run.failure == ""
    assert run.predictions.shape == (len(JUDGING), 2)
    assert (run.predictions.argmax(axis=1) == JUDGING % 2).mean() > 0.9


def test_regression_on_pictures() -> None:
    pixels, _ = bright_halves()
    brightness = np.random.default_rng(1).permutation(N).astype(np.float64)[:, None]
    pixels = pixels // 2 + brightness.astype(np.uint8)[:, :, None, None]
    rows = rows_of(cells_of(pixels), brightness)
    task = Regression.fit(brightness, np.ones(N))
    with FlatTrainer(rows, task, time_limit=60.0) as trainer:
        for name in ("ridge regression", "k-nearest neighbors", "random forest", "SVM (RBF)"):
            run = trainer.run(name, TRAINING, JUDGING)
            assert run.failure == ""
            assert run.predictions.shape == (30, 1)
            assert np.abs(run.predictions - brightness[JUDGING]).mean() < 15.0


def test_beside_other_columns_both_are_learned_from() -> None:
    """The number is of both; boosting gets the other column alone, and so is half right."""
    pixels, halves = bright_halves()
    sign = np.random.default_rng(2).choice([-1.0, 1.0], N)
    number = (sign + np.where(halves == "left", 10.0, -10.0))[:, None]
    rows = rows_of(cells_of(pixels), number, sign=sign)
    missed = {}
    with FlatTrainer(rows, Regression.fit(number, np.ones(N)), time_limit=60.0) as trainer:
        for name in ("ridge regression", "gradient boosting"):
            run = trainer.run(name, TRAINING, JUDGING)
            assert run.failure == ""
            missed[name] = np.abs(run.predictions - number[JUDGING]).mean()
    assert missed["ridge regression"] < 3.0
    assert missed["gradient boosting"] > 8.0


def test_many_pixels_are_learned_from_in_a_sample(
    trainer: FlatTrainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifty = replace(ALGORITHMS["decision tree"], most_pixels=50 * 64)
    monkeypatch.setitem(ALGORITHMS, "decision tree", fifty)
    assert trainer.most_rows("decision tree") == 50
    assert trainer.run("decision tree", TRAINING, JUDGING).rows == 50


def test_without_pixels_only_the_slowest_takes_a_sample() -> None:
    assert {name for name, each in ALGORITHMS.items() if each.most_rows_of(0)} == {"SVM (RBF)"}


def test_an_svm_sees_as_many_components_as_there_are() -> None:
    few = np.random.default_rng(0).random((5, 12))
    assert PrincipalComponents().fit(few).transform(few).shape == (5, 5)
    many = np.random.default_rng(0).random((200, 150))
    assert PrincipalComponents().fit(many).transform(many).shape == (200, 100)


def test_compare_lets_everyone_learn_from_more_pictures() -> None:
    pixels, halves = bright_halves()
    table = pl.DataFrame({"image": pixels[:, :, :, 0], "half": halves})
    found = pellucid.compare(table, "half", grow=True, max_epochs=1, filters=(4,))
    assert found.growth is not None
    assert [curve.name for curve in found.growth.curves] == [
        "network",
        *(name for name in algorithms_for("classifier") if name in ON_PIXELS),
    ]
    assert all(len(curve.points) == 2 for curve in found.growth.curves)
    assert found.leaderboard.pictures == ComparedPictures(size=(8, 8, 1), flat_size=(8, 8, 1))
    assert "got the pixels, 8 × 8 and grey. Features made by hand" in found.verdict


def test_fit_on_pictures_has_more_baselines_and_none_that_boosts() -> None:
    pixels, halves = bright_halves()
    table = pl.DataFrame({"image": pixels[:, :, :, 0], "half": halves})
    found = pellucid.fit_and_evaluate(table, "half", max_epochs=1, filters=(4,))
    names = [entry.name for entry in found.leaderboard.entries]
    assert names == [
        "network",
        "majority class",
        "k-nearest neighbors",
        "logistic regression",
        "SVM (RBF)",
        "random forest",
    ]
    assert all(entry.scores for entry in found.leaderboard.entries)
    assert "boosting" not in found.leaderboard.rows
    assert "they also calibrated the network" in found.leaderboard.rows


def test_that_pictures_tell_the_target_is_no_leak() -> None:
    pixels, halves = bright_halves()
    pixels[halves == "left"], pixels[halves == "right"] = 10, 200
    pixels[:, 0, 0, 0] = np.arange(N)  # no two are copies
    rows = rows_of(cells_of(pixels), halves)
    assert find_leaks(rows, [(TRAINING, JUDGING)], "half", are_classes=True).leaks == []


def test_the_kind_says_so_itself() -> None:
    pixels, _ = bright_halves()
    image = kind_named("image")
    assert list(image.flat(cells_of(pixels))) == []
    assert image.flat_pixels(cells_of(pixels[:0])) is None
    assert kind_named("number").flat_pixels(pl.Series([1.0])) is None
