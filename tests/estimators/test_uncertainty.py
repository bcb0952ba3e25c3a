"""Intervals and sets of the estimators: what is promised, what is computed, what is refused."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.special import softmax

import pellucid
from pellucid import Classifier, OptionError, Regressor
from pellucid.data.conversion import convert
from pellucid.data.rows import FrameRows
from pellucid.model.file import read_model_file, write_model_file
from pellucid.tasks.regression import Regression

QUICK: dict[str, Any] = {
    "max_epochs": 8,
    "hidden_layer_sizes": (16,),
    "validation_fraction": 0.4,
    "members": 4,
}


def wedge(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A line with noise that grows along it."""
    generator = np.random.default_rng(seed)
    x = generator.uniform(0, 1, (n, 2))
    return x, 3 * x[:, 0] + (0.1 + 2 * x[:, 1]) * generator.normal(size=n)


@pytest.fixture(scope="module")
def liner() -> Regressor:
    """A regressor with a part held out and four members."""
    return Regressor(**QUICK, random_state=0).fit(*wedge(400, 0))


def ranked(scores: np.ndarray, level: float) -> np.ndarray:
    """The ⌈(n + 1)·level⌉-th smallest, computed apart."""
    rank = int(np.ceil(round((len(scores) + 1) * level, 9)))
    return np.asarray(np.sort(scores, axis=0)[rank - 1])


def validation(estimator: Any, X: Any, y: Any) -> tuple[Any, np.ndarray]:
    """Validation rows and the outputs for them, of the members that did not learn from them."""
    reading, split = estimator.part(estimator.read(X, y))
    judging = split.judging(reading.rows)
    return judging, split.unseen(estimator.model_.outputs(judging)).numpy()


# --- intervals ---------------------------------------------------------------------------------


def test_intervals_are_what_the_formula_says(liner: Regressor) -> None:
    X, y = wedge(400, 0)
    judging, outputs = validation(liner, X, y)
    task = liner.model_.task
    spread = outputs.std(axis=0) * task.scale
    typical = np.median(spread)
    predicted = liner.predict(judging.frame.to_numpy())
    scores = np.abs(judging.target[:, 0] - predicted) / (spread[:, 0] + 2 * typical)
    new, _ = wedge(50, 1)
    rows = FrameRows(convert(liner.take_rows(new), liner.schema_))
    own = liner.model_.outputs(rows).numpy().std(axis=0)[:, 0] * task.scale + 2 * typical
    values, bounds = liner.predict(new, interval=0.8)
    assert np.array_equal(values, liner.predict(new))
    radius = ranked(scores, 0.8) * own
    expected = np.stack([values - radius, values + radius], axis=1)
    assert np.allclose(bounds, np.clip(expected, task.low, task.high), atol=1e-5)


def test_folds_have_scores_of_unseen_rows_and_equal_widths() -> None:
    X, y = wedge(200, 0)
    model = Regressor(max_epochs=8, random_state=0).fit(X, y)
    assert model.model_.record.folds == 5
    judging, outputs = validation(model, X, y)
    task = model.model_.task
    unseen = np.clip(outputs[0] * task.scale + task.mean, task.low, task.high)
    radius = ranked(np.abs(judging.target - unseen)[:, 0], 0.9)
    values, bounds = model.predict(X, interval=0.9)
    expected = np.stack([values - radius, values + radius], axis=1)
    assert np.allclose(bounds, np.clip(expected, task.low, task.high), atol=1e-5)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_new_rows_are_covered_as_promised(level: float) -> None:
    """Averaged over trainings; one alone varies by the chance of its 160 validation rows."""
    new, truth = wedge(2_000, 99)
    covered = []
    for seed in range(12):
        model = Regressor(**QUICK, random_state=seed).fit(*wedge(400, seed))
        low, high = model.predict(new, interval=level)[1].T
        covered.append(((low <= truth) & (truth <= high)).mean())
    assert np.mean(covered) == pytest.approx(level, abs=0.025)


def test_a_greater_promise_is_a_wider_interval(liner: Regressor) -> None:
    new, _ = wedge(50, 1)
    bounds = [liner.predict(new, interval=level)[1] for level in (0.5, 0.8, 0.9, 0.99)]
    values = liner.predict(new)
    for inner, outer in pairwise(bounds):
        assert (outer[:, 0] <= inner[:, 0]).all()
        assert (inner[:, 1] <= outer[:, 1]).all()
    assert (bounds[0][:, 0] <= values).all()
    assert (values <= bounds[0][:, 1]).all()


def test_a_target_learned_as_logarithm_has_bounds_by_factors_and_none_below_zero() -> None:
    y = np.array([[0.0], [1.0], [3.0], [100.0]])
    task = Regression.fit(y, np.ones(4), is_log=True)
    outputs = task.encode(np.array([[0.5], [4.0], [10.0]]))[None]
    decoded = task.decode(outputs, 1.0)
    conformal = task.calibrate(outputs, decoded, np.array([[2.0], [9.0], [32.0]]))
    assert conformal.scores[:, 0] == pytest.approx(np.log([2, 2, 3]))  # log(1 + y) − log(1 + ŷ)
    low, high = task.regions(outputs, decoded, np.log([3.0]), conformal.spread)[:, 0].T
    assert 1 + high == pytest.approx([4.5, 15, 33])
    assert 1 + low == pytest.approx([1, 5 / 3, 11 / 3])  # the first would be 0.5


def test_a_truth_that_bounds_cannot_reach_is_counted_as_missed() -> None:
    task = Regression.fit(np.array([[0.0], [10.0]]), np.ones(2))
    outputs = task.encode(np.array([[5.0], [5.0], [5.0]]))[None]
    conformal = task.calibrate(
        outputs, task.decode(outputs, 1.0), np.array([[6.0], [99.0], [-0.1]])
    )
    assert conformal.scores[:, 0].tolist() == [pytest.approx(1.0), np.inf, np.inf]
    region = task.regions(outputs, task.decode(outputs, 1.0), np.array([np.inf]), np.zeros(1))
    assert region[0, 0].tolist() == [-np.inf, np.inf]


def test_several_numbers_each_have_their_own_interval() -> None:
    X, y = wedge(300, 0)
    both = np.stack([y, 100 * y], axis=1)
    model = Regressor(**QUICK, random_state=0).fit(X, both)
    values, bounds = model.predict(X, interval=0.9)
    assert (values.shape, bounds.shape) == ((300, 2), (300, 2, 2))
    covered = (bounds[:, :, 0] <= both) & (both <= bounds[:, :, 1])
    assert (covered.mean(axis=0) > 0.8).all()
    frame = model.set_output(transform="polars").predict(X, interval=0.9)
    assert frame.columns == ["y0", "y0 low", "y0 high", "y1", "y1 low", "y1 high"]
    assert np.array_equal(frame["y1 high"].to_numpy(), bounds[:, 1, 1])


def test_frames_name_the_bounds(spender: Regressor, people: pl.DataFrame) -> None:
    values, bounds = spender.predict(people, interval=0.9)
    try:
        frame = spender.set_output(transform="pandas").predict(people, interval=0.9)
    finally:
        spender.set_output(transform="default")
    assert list(frame.columns) == ["spends", "spends low", "spends high"]
    assert np.array_equal(frame.to_numpy(), np.column_stack([values, bounds]))


# --- sets --------------------------------------------------------------------------------------


def three_classes(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    y = generator.integers(3, size=n)
    return y[:, None] + 0.6 * generator.normal(size=(n, 2)), np.array(["a", "b", "c"])[y]


def test_sets_are_what_the_formula_says() -> None:
    X, y = three_classes(400, 0)
    model = Classifier(**QUICK, random_state=0).fit(X, y)
    judging, outputs = validation(model, X, y)
    p = softmax(outputs / model.model_.temperature, axis=2).mean(axis=0)
    limit = ranked(1 - p[np.arange(len(p)), np.searchsorted(["a", "b", "c"], judging.target)], 0.9)
    new, _ = three_classes(300, 1)
    probabilities = model.predict_proba(new)
    expected = probabilities >= 1 - limit
    expected[np.arange(300), probabilities.argmax(axis=1)] = True
    assert np.array_equal(model.predict_set(new), expected)
    assert np.array_equal(model.predict_set(new, coverage=0.9), expected)


def test_sets_cover_as_promised_and_are_never_empty() -> None:
    new, truth = three_classes(2_000, 99)
    covered = []
    for seed in range(12):
        model = Classifier(**QUICK, random_state=seed).fit(*three_classes(400, seed))
        sets = model.predict_set(new, coverage=0.95)
        assert sets.any(axis=1).all()
        covered.append(sets[np.arange(2_000), np.searchsorted(model.classes_, truth)].mean())
    assert np.mean(covered) == pytest.approx(0.95, abs=0.02)


def test_labels_have_a_set_each() -> None:
    X, y = wedge(300, 0)
    labels = np.stack([y > 1, X[:, 0] > 0.5], axis=1).astype(int)
    model = Classifier(**QUICK, random_state=0).fit(X, labels)
    sets = model.predict_set(X, coverage=0.9)
    assert sets.shape == (300, 2, 2)
    assert sets.any(axis=2).all()
    held = np.take_along_axis(sets, labels[:, :, None], axis=2)[:, :, 0]
    assert (held.mean(axis=0) > 0.85).all()
    frame = model.set_output(transform="polars").predict_set(X)
    assert frame.columns == ["y0 0", "y0 1", "y1 0", "y1 1"]
    assert frame.dtypes == [pl.Boolean] * 4


# --- what cannot be promised -------------------------------------------------------------------


def test_levels_and_too_few_rows_are_refused(
    liner: Regressor, buyer: Classifier, people: pl.DataFrame
) -> None:
    new, _ = wedge(5, 1)
    with pytest.raises(OptionError, match="interval must be the part of the rows"):
        liner.predict(new, interval=90)
    with pytest.raises(OptionError, match=r"999 validation rows are needed.* has 160"):
        liner.predict(new, interval=0.999)
    with pytest.raises(OptionError, match="coverage must be the part of the rows"):
        buyer.predict_set(people, coverage=1.0)


def test_without_validation_rows_nothing_is_promised() -> None:
    X, y = wedge(60, 0)
    model = Regressor(max_epochs=1, validation_fraction=0).fit(X, y)
    with pytest.raises(OptionError, match="validation_fraction=0"):
        model.predict(X, interval=0.9)
    assert model.predict(X).shape == (60,)
    model = Regressor(max_epochs=1).fit(X, y)
    model.predict(X, interval=0.9)
    with pytest.raises(OptionError, match="partial_fit"):
        model.partial_fit(X, y).predict(X, interval=0.9)


# --- files -------------------------------------------------------------------------------------


def test_a_file_keeps_intervals_sets_and_flags_bit_for_bit(
    spender: Regressor, buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    odd = people.with_columns(age=pl.col("age") + 500.0)
    for model in (spender, buyer):
        model.save(tmp_path / "model")
        again: Any = pellucid.load(tmp_path / "model")
        novelty = model.unlike_training(odd)
        assert again.unlike_training(odd).reasons == novelty.reasons
        assert np.array_equal(again.unlike_training(odd).scores, novelty.scores)
        if isinstance(model, Regressor):
            bounds = model.predict(people, interval=0.9)[1]
            assert np.array_equal(again.predict(people, interval=0.9)[1], bounds)
        else:
            assert np.array_equal(again.predict_set(people), model.predict_set(people))


def test_a_file_of_format_1_predicts_but_promises_nothing(
    spender: Regressor, people: pl.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "old"
    spender.save(path)
    tensors, plain = read_model_file(path)
    plain.pop("conformal")
    plain.pop("combinations")
    for column in plain["encoder"]:
        for name in ("low", "high", "unknown_part"):
            column.pop(name, None)
            column.get("days", {}).pop(name, None)
    write_model_file(
        path,
        {name: tensors[name] for name in ("weights", "conformal_scores")},
        {**plain, "format": 1},
    )
    old = pellucid.load(path)
    assert np.array_equal(old.predict(people), spender.predict(people))
    with pytest.raises(OptionError, match=r"an older Pellucid\. Train it again"):
        old.predict(people, interval=0.9)
    with pytest.raises(pellucid.ModelFileError, match="Train it again"):
        old.unlike_training(people)
