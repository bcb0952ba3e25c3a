"""Scores agree with scikit-learn's, and their intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from pellucid.tasks.metrics import class_scores, confidence_bins, label_scores, number_scores


def test_class_scores_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    for num_classes in (2, 4):
        codes = generator.integers(0, num_classes, 300)
        p = generator.dirichlet(np.ones(num_classes), 300)
        accuracy, loss, area, _ = class_scores(p, codes)
        assert accuracy.value == pytest.approx(sk.accuracy_score(codes, p.argmax(1)))
        assert loss.value == pytest.approx(sk.log_loss(codes, p))
        expected = sk.roc_auc_score(codes, p[:, 1] if num_classes == 2 else p, multi_class="ovr")
        assert area.value == pytest.approx(expected)


def test_number_scores_are_those_of_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(200, 2))
    guess = truth + generator.normal(size=(200, 2))
    rmse, mae, r2 = number_scores(guess, truth)
    assert rmse.value == pytest.approx(np.sqrt(sk.mean_squared_error(truth, guess)))
    assert mae.value == pytest.approx(sk.mean_absolute_error(truth, guess))
    one = number_scores(guess[:, :1], truth[:, :1])[2]
    assert one.value == pytest.approx(sk.r2_score(truth[:, 0], guess[:, 0]))
    assert r2.low < r2.value < r2.high


def test_label_scores() -> None:
    right, loss = label_scores(np.array([[0.9, 0.2], [0.4, 0.6]]), np.array([[1, 0], [1, 1]]))
    assert right.value == 0.75
    assert loss.value == pytest.approx(-np.log([0.9 * 0.8, 0.4 * 0.6]).mean())


def test_intervals_hold_the_truth_about_95_times_in_100() -> None:
    generator = np.random.default_rng(0)
    held = {"accuracy": 0, "log-loss": 0, "RMSE": 0}
    rate, rounds = 0.8, 300
    expected_loss = -(rate * np.log(rate) + (1 - rate) * np.log(1 - rate))
    for _ in range(rounds):
        codes = (generator.random(150) > rate).astype(int)
        accuracy, loss, *_ = class_scores(np.tile([rate, 1 - rate], (150, 1)), codes)
        rmse = number_scores(np.zeros((150, 1)), generator.normal(size=(150, 1)))[0]
        held["accuracy"] += accuracy.low <= rate <= accuracy.high
        held["log-loss"] += loss.low <= expected_loss <= loss.high
        held["RMSE"] += rmse.low <= 1.0 <= rmse.high
    assert all(0.90 <= times / rounds <= 0.99 for times in held.values()), held


def test_an_absent_class_has_no_area() -> None:
    names = [score.name for score in class_scores(np.array([[0.4, 0.6]]), np.array([1]))]
    assert names == ["accuracy", "log-loss", "calibration error"]


def test_calibration_error_is_the_mean_gap_between_confidence_and_accuracy() -> None:
    """Two bins by hand: .9 sure and right in 1 of 2 rows, .6 sure and right in 1 of 1."""
    probabilities = np.array([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4]])
    error = class_scores(probabilities, np.array([0, 0, 0]))[-1]
    assert error.name == "calibration error"
    assert error.value == pytest.approx(2 / 3 * abs(0.9 - 0.5) + 1 / 3 * abs(0.6 - 1.0))


def test_certain_predictions_lie_in_the_last_bin() -> None:
    (last,) = confidence_bins(np.array([[1.0, 0.0]]), np.array([0]))
    assert (last.rows, last.high, last.accuracy) == (1, 1.0, 1.0)


def test_no_interval_of_an_error_reaches_zero() -> None:
    """One sure mistake among ten rows: the spread is wider than the mean is high."""
    probabilities = np.array([[0.99, 0.01]] * 10)
    loss = class_scores(probabilities, np.array([0] * 9 + [1]))[1]
    assert 0.0 < loss.low < loss.value < loss.high
    truth = np.array([[0.1]] * 39 + [[3.0]])
    rmse, mae, r2 = number_scores(np.zeros((40, 1)), truth)
    assert rmse.value == pytest.approx(0.485, abs=1e-3)
    assert rmse.low > rmse.value / 3
    assert mae.low > 0.0
    assert r2.high < 1.0


def test_intervals_hold_the_truth_where_few_rows_are_missed_by_far() -> None:
    """Errors with heavy tails (Student's t, 4 degrees): the plain one holds it in 83 of 100."""
    generator = np.random.default_rng(0)
    rounds, held = 400, 0
    for _ in range(rounds):
        errors = generator.standard_t(4, size=(100, 1))
        rmse = number_scores(np.zeros((100, 1)), errors)[0]
        held += rmse.low <= np.sqrt(2.0) <= rmse.high
    assert held / rounds > 0.85


def test_a_label_is_never_right_more_often_than_always() -> None:
    truth = np.ones((30, 2))
    truth[0, 0] = 0.0
    right = label_scores(np.full((30, 2), 0.9), truth)[0]
    assert right.low < right.value < right.high <= 1.0


def test_the_interval_of_an_area_lies_between_none_and_all() -> None:
    codes = np.repeat([0, 1], 15)
    for score in (np.linspace(0.0, 1.0, 30), np.linspace(0.0, 1.0, 30)[::-1] * codes):
        area = class_scores(np.stack([1 - score, score], axis=1), codes)[2]
        assert 0.0 <= area.low < area.value <= area.high <= 1.0


def test_a_constant_of_each_fold_tells_nothing() -> None:
    """Shares of the other folds' classes fall where the own fold's rise: pooled, that misleads."""
    generator = np.random.default_rng(0)
    codes = generator.integers(0, 2, 90)
    folds = np.arange(90) % 5
    share = np.array([codes[folds != fold].mean() for fold in range(5)])[folds]
    known = np.stack([1 - share, share], axis=1)
    assert class_scores(known, codes)[2].value < 0.5
    area = class_scores(known, codes, folds)[2]
    assert (area.value, area.low, area.high) == (0.5, 0.5, 0.5)
    truth = generator.normal(size=(90, 1))
    mean = np.stack([truth[folds != fold].mean(axis=0) for fold in range(5)])[folds]
    assert number_scores(mean, truth)[2].value < 0.0
    r2 = number_scores(mean, truth, reference=mean)[2]
    assert (r2.value, r2.low, r2.high) == (0.0, pytest.approx(0.0), pytest.approx(0.0))


def test_an_area_of_folds_is_that_of_pairs_within_them() -> None:
    generator = np.random.default_rng(0)
    codes, folds = generator.integers(0, 2, 120), np.repeat([0, 1, 2], [20, 40, 60])
    score = generator.random(120) + 0.3 * codes + folds
    probabilities = np.stack([-score, score], axis=1)
    won = pairs = 0.0
    for fold in range(3):
        own = folds == fold
        here = codes[own].sum() * (1 - codes[own]).sum()
        won += here * sk.roc_auc_score(codes[own], score[own])
        pairs += here
    area = class_scores(np.abs(probabilities), codes, folds)[2]
    assert area.value == pytest.approx(won / pairs)


def test_a_constant_explains_nothing_in_any_draw_of_the_rows() -> None:
    truth = np.random.default_rng(0).normal(size=(200, 1))
    r2 = number_scores(np.full_like(truth, truth.mean()), truth)[-1]
    assert (r2.name, r2.value) == ("R²", pytest.approx(0.0))
    assert (r2.low, r2.high) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.0, abs=1e-9))


def test_the_interval_of_r2_is_that_of_drawing_rows_again() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(500, 1))
    guesses = truth + generator.normal(size=truth.shape) / 2
    r2 = number_scores(guesses, truth)[-1]
    draws = generator.integers(500, size=(2_000, 500))
    again = [number_scores(guesses[draw], truth[draw])[-1].value for draw in draws]
    assert (r2.low, r2.high) == pytest.approx(tuple(np.quantile(again, [0.025, 0.975])), abs=0.01)
