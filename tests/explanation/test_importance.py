"""Importance: what shuffling a column costs, as scikit-learn finds it, with honest intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.inspection import permutation_importance

from pellucid import Classifier, Regressor
from pellucid.data.conversion import convert
from pellucid.data.rows import Rows
from pellucid.explanation.attribution import attribute
from pellucid.explanation.importance import ColumnImportance, importance


def rows_of(model: Any, people: pl.DataFrame, weights: np.ndarray | None = None) -> Rows:
    target = people[model.target_[0]].to_numpy()
    return Rows(
        frame=convert(model.take_rows(people), model.schema_),
        target=target.astype(str) if hasattr(model, "classes_") else target[:, None],
        weights=np.ones(len(people)) if weights is None else weights,
        numbers=1 + np.arange(len(people)),
    )


def by_name(found: list[ColumnImportance]) -> dict[str, ColumnImportance]:
    return {column.name: column for column in found}


@pytest.mark.parametrize(
    ("fixture", "scoring", "kind"),
    [
        ("buyer", "accuracy", "score_drop"),
        ("buyer", "neg_log_loss", "loss_increase"),
        ("spender", "neg_root_mean_squared_error", "score_drop"),
    ],
)
def test_scikit_learn_finds_the_same(
    people: pl.DataFrame, fixture: str, scoring: str, kind: str, request: pytest.FixtureRequest
) -> None:
    model = request.getfixturevalue(fixture)
    target = model.target_[0]
    theirs = permutation_importance(
        model,
        people.drop(target).to_pandas(),
        people[target].to_numpy(),
        scoring=scoring,
        n_repeats=20,
        random_state=0,
    )
    names = [name for name in people.columns if name != target]
    found = by_name(importance(model.model_, rows_of(model, people)))
    assert set(found) <= set(names)
    for name, mean, spread in zip(
        names, theirs.importances_mean, theirs.importances_std, strict=True
    ):
        if name not in found:  # left out, so nothing is lost
            assert mean == 0.0
            continue
        ours = getattr(found[name], kind)
        # Five shuffles of ours against twenty of theirs.
        assert ours.value == pytest.approx(mean, abs=1e-9 + 4 * spread / np.sqrt(5))
        assert ours.low <= ours.value <= ours.high


def test_the_attribution_is_the_mean_size_of_integrated_gradients(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    rows = rows_of(buyer, people[:120])
    found = by_name(importance(buyer.model_, rows))
    inputs = buyer.model_.encode(rows.frame)
    target = torch.from_numpy(buyer.predict_proba(people[:120]).argmax(axis=1))
    sizes = np.abs(attribute(buyer.model_, inputs, target).shares)
    for place, column in enumerate(buyer.model_.encoder.columns):
        estimate = found[column.name].attribution
        assert estimate.value == pytest.approx(sizes[:, place].mean(), rel=0.05, abs=1e-4)
        half = 1.96 * sizes[:, place].std(ddof=1) / np.sqrt(120)
        assert estimate.high - estimate.value == pytest.approx(half, rel=0.1, abs=1e-4)


def test_what_decides_comes_first_and_what_does_not_has_nothing() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(900, 3))
    model = Regressor(max_epochs=30, random_state=0).fit(x[:600], (4 * x[:, 1] + x[:, 2])[:600])
    judging = Rows(
        frame=convert(model.take_rows(x[600:]), model.schema_),
        target=(4 * x[:, 1] + x[:, 2])[600:, None],
        weights=np.ones(300),
        numbers=1 + np.arange(300),
    )
    found = importance(model.model_, judging)
    assert [column.name for column in found] == ["x1", "x2", "x0"]
    assert found[0].loss_increase.low > found[1].loss_increase.high > 0.0
    assert found[0].attribution.low > found[1].attribution.high > found[2].attribution.high
    # Shuffling 4 x₁ adds a squared error of 2 · 16 Var(x₁) to the remaining one.
    added = 2 * 16 * x[600:, 1].var() / model.model_.task.scale[0] ** 2
    assert found[0].loss_increase.value == pytest.approx(added, rel=0.2)


def test_columns_that_tell_the_same_share_their_importance() -> None:
    generator = np.random.default_rng(1)
    x = generator.normal(size=(600, 1))
    options = {"max_epochs": 20, "numeric_encoding": "none", "random_state": 0}
    alone, shared = x, x + 0.01 * generator.normal(size=(600, 2))
    costs = []
    for columns in (alone, shared):
        model = Regressor(**options).fit(columns, x[:, 0])
        frame = convert(model.take_rows(columns), model.schema_)
        rows = Rows(frame=frame, target=x, weights=np.ones(600), numbers=1 + np.arange(600))
        costs.append(importance(model.model_, rows)[0].loss_increase.value)
    assert costs[1] < 0.8 * costs[0]


def test_intervals_hold_what_more_rows_say(buyer: Classifier, people: pl.DataFrame) -> None:
    """In about 95 of 100 samples; a dozen samples of 60 rows, two misses are usual enough."""
    whole = by_name(importance(buyer.model_, rows_of(buyer, people)))["age"].loss_increase.value
    generator = np.random.default_rng(0)
    samples = [people[generator.choice(240, 60, replace=False)] for _ in range(12)]
    found = [by_name(importance(buyer.model_, rows_of(buyer, s)))["age"] for s in samples]
    assert sum(c.loss_increase.low <= whole <= c.loss_increase.high for c in found) >= 10


def test_rows_without_weight_do_not_count(spender: Regressor, people: pl.DataFrame) -> None:
    wild = people.with_columns(
        spends=pl.when(pl.int_range(pl.len()) < 120).then("spends").otherwise(1e6)
    )
    weights = np.where(np.arange(240) < 120, 1.0, 0.0)
    found = importance(spender.model_, rows_of(spender, wild, weights))
    assert max(column.score_drop.high for column in found) < 1e3


def test_the_same_seed_finds_the_same(spender: Regressor, people: pl.DataFrame) -> None:
    rows = rows_of(spender, people)
    assert importance(spender.model_, rows, seed=3) == importance(spender.model_, rows, seed=3)
    assert importance(spender.model_, rows, seed=3) != importance(spender.model_, rows, seed=4)
