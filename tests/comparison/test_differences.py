"""Paired bootstrap, against a plain loop with scikit-learn's metrics."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    roc_auc_score,
)

from pellucid.comparison.differences import _resamples, differences
from pellucid.model.leaderboard import Difference
from pellucid.tasks.classification import Classification
from pellucid.tasks.metrics import areas
from pellucid.tasks.multilabel import Multilabel
from pellucid.tasks.regression import Regression

CLASSES = np.array(["a", "b", "c"])


def guesses(n: int, num_classes: int, seed: int, skill: float) -> tuple[np.ndarray, np.ndarray]:
    """Truth, and probabilities that know something of it."""
    generator = np.random.default_rng(seed)
    codes = generator.integers(num_classes, size=n)
    z = generator.normal(size=(n, num_classes))
    z[np.arange(n), codes] += skill
    return codes, np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


def test_every_resample_scores_as_a_loop_with_scikit_learn() -> None:
    n = 60
    codes, mine = guesses(n, 3, 0, 1.0)
    noise = np.random.default_rng(1).dirichlet(np.ones(3), n)
    others = (mine + noise) / 2
    found = differences(Classification(CLASSES), mine, {"other": others}, CLASSES[codes])["other"]

    def scores(probabilities: np.ndarray, rows: np.ndarray) -> list[float]:
        truth, seen = codes[rows], probabilities[rows]
        return [
            accuracy_score(truth, seen.argmax(axis=1)),
            log_loss(truth, seen, labels=[0, 1, 2]),
            roc_auc_score(truth, seen, multi_class="ovr"),
        ]

    gaps = []
    for counts in np.concatenate(list(_resamples(n)))[:300]:
        rows = np.repeat(np.arange(n), counts.astype(int))
        gaps.append(np.subtract(scores(others, rows), scores(mine, rows)))
    # The quantiles of 300 draws are near those of all 2 000; the values are the same.
    low, high = np.quantile(gaps, [0.025, 0.975], axis=0)
    whole = np.subtract(scores(others, np.arange(n)), scores(mine, np.arange(n)))
    assert [d.name for d in found] == ["accuracy", "log-loss", "AUC"]
    for place, difference in enumerate(found):
        assert difference.value == pytest.approx(whole[place], abs=1e-12)
        spread = high[place] - low[place]
        assert difference.low == pytest.approx(low[place], abs=0.15 * spread)
        assert difference.high == pytest.approx(high[place], abs=0.15 * spread)


def test_numbers_are_judged_by_rmse_and_mae() -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(80, 1))
    mine, other = (truth + s * generator.normal(size=(80, 1)) for s in (0.5, 1.0))
    found = differences(Regression.fit(truth, np.ones(80)), mine, {"other": other}, truth)["other"]
    rmse = [np.sqrt(mean_squared_error(truth, p)) for p in (other, mine)]
    mae = [mean_absolute_error(truth, p) for p in (other, mine)]
    assert [d.name for d in found] == ["RMSE", "MAE"]
    assert [d.value for d in found] == pytest.approx([rmse[0] - rmse[1], mae[0] - mae[1]])
    assert all(d.is_clear for d in found)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=2),
)
def test_the_area_with_ties_and_repeated_rows_is_scikit_learns(
    rows: list[tuple[int, bool, int]],
) -> None:
    score, positive, counts = (np.array(column) for column in zip(*rows, strict=True))
    area = areas(score.astype(float), positive, counts[None].astype(float))[0]
    if min(counts[positive].sum(), counts[~positive].sum()) == 0:
        assert np.isnan(area)
    else:
        kept = counts > 0
        expected = roc_auc_score(positive[kept], score[kept], sample_weight=counts[kept])
        assert area == pytest.approx(expected)


def test_95_in_100_intervals_hold_the_true_difference() -> None:
    """400 judging tables drawn from a world in which the true difference of accuracy is known."""
    generator = np.random.default_rng(0)
    task, held = Classification(np.array([0, 1])), 0
    for _ in range(400):
        truth = np.zeros(120, dtype=int)
        hard = generator.random(120)
        # Right where a row is easy: the network on 80 % of all rows, the other one on 70 %; paired.
        network = np.where(hard < 0.8, 0.1, 0.9)
        other = np.where(hard + 0.02 * generator.normal(size=120) < 0.7, 0.1, 0.9)
        both = [np.stack([1 - p, p], axis=1) for p in (network, other)]
        found = differences(task, both[0], {"o": both[1]}, truth)["o"][0]
        held += found.low <= -0.1 <= found.high
    assert 0.91 <= held / 400 <= 0.98


def test_the_same_predictions_do_not_differ() -> None:
    codes, mine = guesses(50, 2, 0, 1.0)
    found = differences(Classification(np.array([0, 1])), mine, {"twin": mine}, codes)["twin"]
    assert [(d.value, d.low, d.high, d.is_clear) for d in found] == [(0.0, 0.0, 0.0, False)] * 3


def test_an_interval_that_is_none_is_not_clear() -> None:
    nothing = Difference(name="AUC", value=0.1, low=float("nan"), high=float("nan"))
    assert not nothing.is_clear


def test_a_class_of_few_judging_rows_has_no_area() -> None:
    """Most draws would lack it."""
    codes = np.array([0] * 30 + [1] * 4)
    probabilities = np.full((34, 2), 0.5)
    found = differences(
        Classification(np.array([0, 1])), probabilities, {"o": probabilities}, codes
    )
    assert [d.name for d in found["o"]] == ["accuracy", "log-loss"]


def test_several_labels_have_no_differences() -> None:
    labels = np.zeros((5, 2))
    assert differences(Multilabel(2), labels, {"o": labels}, labels) == {"o": []}


def test_memory_stays_small_whatever_the_rows() -> None:
    blocks = _resamples(3_000_000)
    counts = next(blocks)
    assert counts.shape == (1, 3_000_000)
    assert counts.sum() == 3_000_000
