"""Scores agree with scikit-learn's, and their intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from pellucid.metrics import class_scores, confidence_bins, label_scores, number_scores


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


def test_no_interval_of_a_loss_reaches_below_zero() -> None:
    """One sure mistake among ten rows: the spread is wider than the mean is high."""
    probabilities = np.array([[0.99, 0.01]] * 10)
    loss = class_scores(probabilities, np.array([0] * 9 + [1]))[1]
    assert (loss.name, loss.low) == ("log-loss", 0.0)


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
