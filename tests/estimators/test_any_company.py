"""What is predicted for a row does not depend on the rows beside it, to the last bit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier, Regressor


def rows(count: int, seed: int) -> pl.DataFrame:
    """Numbers with holes, few and many levels, dates."""
    generator = np.random.default_rng(seed)
    number = generator.normal(size=count)
    holes = generator.random(count) < 0.1
    first = datetime(2024, 1, 1)
    return pl.DataFrame(
        {
            "number": [None if hole else x for x, hole in zip(number, holes, strict=True)],
            "skewed": np.exp(generator.normal(size=count)),
            "color": generator.choice(["red", "green", "blue"], count),
            "town": [f"town {code}" for code in generator.integers(0, 20, count)],
            "day": [first + timedelta(days=int(d)) for d in generator.integers(0, 500, count)],
        }
    )


LEARNED = rows(1_500, seed=0)
AMOUNT = np.nan_to_num(LEARNED["number"].to_numpy()) + LEARNED["skewed"].to_numpy()
ODD = np.asarray(LEARNED["town"].str.slice(5).cast(pl.Int64).to_numpy() % 2 == 1)
QUICK: dict[str, Any] = {"max_epochs": 2, "random_state": 0}


@pytest.mark.parametrize(
    ("estimator", "target", "count"),
    [
        (Classifier(**QUICK), np.where(ODD, "odd", "even"), 1_500),
        (Classifier(**QUICK), np.where(ODD, "odd", "even"), 300),  # folds, own matrices
        (Regressor(**QUICK), AMOUNT, 1_500),
        (Regressor(**QUICK, members=1, activation="tanh"), AMOUNT, 1_500),
        (Classifier(**QUICK, members=3, activation="gelu"), AMOUNT.astype(int).clip(0, 4), 1_500),
        (Classifier(**QUICK), np.stack([ODD, AMOUNT > 1.0, AMOUNT > 2.0], axis=1), 1_500),
        (Regressor(**QUICK), np.exp(AMOUNT), 1_500),
        (Regressor(**QUICK), np.stack([AMOUNT, ODD * 1.0], axis=1), 300),
    ],
    ids=[
        *("ensemble", "few rows", "numbers", "plain network", "five classes", "labels"),
        *("learned as its logarithm", "two numbers, few rows"),
    ],
)
def test_a_row_is_predicted_the_same_alone_in_any_order_and_in_any_company(
    estimator: Any, target: Any, count: int
) -> None:
    model = estimator.fit(LEARNED[:count], target[:count])
    predict = getattr(model, "predict_proba", model.predict)
    new = rows(600, seed=1)
    order = np.random.default_rng(2).permutation(len(new))

    together = predict(new)

    assert np.array_equal(predict(new[order.tolist()]), together[order])
    assert np.array_equal(predict(new[33:450]), together[33:450])
    for place in [0, 1, 31, 32, 599]:
        assert np.array_equal(predict(new[place : place + 1]), together[place : place + 1])
