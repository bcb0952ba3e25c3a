"""The seconds of a whole command, and who gets how many of them."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

import pellucid
from pellucid.comparison import budget as budgets
from pellucid.comparison.budget import Budget
from pellucid.comparison.scoring import unfinished
from pellucid.errors import OptionError
from pellucid.model.record import RowCounts
from pellucid.training.events import Reason, TrainingEnded


def test_shares_add_up_to_the_whole() -> None:
    before = time.monotonic()
    budget = Budget(20.0)
    assert budget.training == pytest.approx(10.0, abs=1.0)
    assert budget.deadline is not None
    assert budget.deadline - before == pytest.approx(15.0, abs=1.0)
    assert budget.words == (
        "20 s in all: 10 s at most to train, 5 s and what training leaves to compare, 5 s for "
        "calibration, intervals and the report"
    )


def test_the_flat_ones_keep_their_share_where_training_took_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(budgets, "time", SimpleNamespace(monotonic=lambda: clock.now))
    budget = Budget(20.0)
    clock.now += 12.0  # 10 were meant
    assert budget.deadline == pytest.approx(117.0)
    clock.now += 4.0  # intervals and the report need their time too
    assert budget.deadline == pytest.approx(118.0)


def test_without_a_limit_there_are_no_shares() -> None:
    budget = Budget(None)
    assert (budget.training, budget.deadline, budget.words) == (None, None, "")


def record(reason: Reason, *, epochs: int, steps: int) -> Any:
    ended = {"reason": reason, "epochs": epochs, "steps": steps, "best_epoch": 0, "seconds": 1.0}
    return SimpleNamespace(
        ended=TrainingEnded(**ended),
        plan=SimpleNamespace(batch_size=100, max_epochs=28),
        rows=RowCounts(training=1_950, validation=50),
    )


def test_how_a_training_ended_before_its_time() -> None:
    whole = record("all epochs done", epochs=28, steps=560)
    learned = record("validation hardly better", epochs=12, steps=240)
    assert unfinished([whole, learned]) == ""
    assert unfinished([whole, record("time budget spent", epochs=3, steps=41)]) == (
        "it ended in epoch 3 of at most 28, time budget spent"
    )
    assert unfinished([record("time budget spent", epochs=1, steps=5)]) == (
        "it ended before one pass over the rows (25 % of them), time budget spent"
    )
    assert unfinished([record("time budget spent", epochs=1, steps=20)]) == (
        "it ended in epoch 1 of at most 28, time budget spent"
    )


def test_everyone_in_a_comparison_shares_one_budget(shop: pl.DataFrame) -> None:
    """So small a budget that nobody can finish: all is said, and nothing advised."""
    found = pellucid.compare(shop.drop("stars"), "sold", folds=2, time_budget=0.01)
    assert found.estimator.time_budget <= 0.0025
    assert found.leaderboard.unfinished.startswith("it ended before one pass over the rows")
    network, *flat = found.leaderboard.entries
    assert network.scores
    assert all("time budget" in j.failure for j in flat)
    assert found.verdict.startswith("The network's training was not finished: it ended before one")


def test_a_budget_is_no_measure_for_learning_curves(shop: pl.DataFrame) -> None:
    with pytest.raises(OptionError, match="time_limit, the seconds of each"):
        pellucid.compare(shop.drop("stars"), "sold", grow=True, time_budget=60.0)
    with pytest.raises(OptionError, match="time_budget must be a number of seconds above 0"):
        pellucid.compare(shop.drop("stars"), "sold", time_budget=-1.0)
