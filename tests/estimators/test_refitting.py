"""`fit` is a transaction: what fails or is stopped leaves no mixture behind."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression

import pellucid
from pellucid import Classifier, DataError, OptionError, Regressor
from pellucid.training.events import EpochEnded, Event

generator = np.random.default_rng(0)
X = generator.normal(size=(200, 4))
Y = (X[:, 0] > 0).astype(int)


class Stopped(Exception):
    """What a caller raises who has seen enough."""


def stop_at_once(event: Event) -> None:
    if isinstance(event, EpochEnded):
        raise Stopped


def state_of(model: Any) -> dict[str, Any]:
    """Everything that stands on an estimator, each thing known by its identity."""
    return {name: id(value) for name, value in vars(model).items()}


FAILURES: dict[str, Callable[[Any], Any]] = {
    "stopped by its caller": lambda m: m.fit(
        X[:, :3], np.where(Y, "no", "yes"), on_event=stop_at_once
    ),
    "stopped in a table": lambda m: m.fit(
        pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(c=Y), "c", on_event=stop_at_once
    ),
    "one class": lambda m: m.fit(X[:, :2], np.zeros(200, dtype=int)),
    "a column less than targets": lambda m: m.fit(X[:50, :2], Y),
    "nothing to learn from": lambda m: m.fit(np.zeros((200, 2)), np.where(Y, "no", "yes")),
    "an option that is none": lambda m: m.set_params(max_epochs=-1).fit(X[:, :2], Y),
    "divergence": lambda m: m.set_params(
        optimizer="gradient_descent", learning_rate=1e30, members=1
    ).fit(X[:, :2], np.where(Y, "no", "yes")),
    "more rows with a class never heard of": lambda m: m.partial_fit(X, Y + 1),
    "more rows of other columns": lambda m: m.partial_fit(X[:, :3], Y),
    "calibration with a class never heard of": lambda m: m.calibrate(X, Y + 1),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_fails_leaves_a_fitted_estimator_as_it_was(failure: str) -> None:
    model = Classifier(max_epochs=2).fit(X, Y)
    before, state, options = model.predict_proba(X), state_of(model), model.get_params()
    with pytest.raises((Stopped, DataError, OptionError, ValueError)):
        FAILURES[failure](model)
    model.set_params(**options)
    assert state_of(model) == state
    assert np.array_equal(model.predict_proba(X), before)


@pytest.mark.parametrize("failure", list(FAILURES)[:7])
def test_what_fails_leaves_an_unfitted_estimator_unfitted(failure: str) -> None:
    model = Classifier(max_epochs=2)
    with pytest.raises((Stopped, DataError, OptionError, ValueError)):
        FAILURES[failure](model)
    assert set(vars(model)) == set(model.get_params())


def test_a_first_partial_fit_is_a_transaction_too() -> None:
    model = Classifier(max_epochs=2)
    with pytest.raises(DataError):
        model.partial_fit(X, Y, classes=[1, 2])
    assert set(vars(model)) == set(model.get_params())


def test_a_refit_leaves_nothing_of_the_first_behind(people: pl.DataFrame) -> None:
    model = Classifier(max_epochs=1).fit(people.drop("spends"), "buys")
    assert len(model.feature_names_in_) == 5
    model.fit(X, Y)
    assert not hasattr(model, "feature_names_in_")
    assert (model.target_, model.n_features_in_, model.classes_.tolist()) == ((), 4, [0, 1])
    assert model.predict(X).shape == (200,)


def test_the_output_once_set_stays(people: pl.DataFrame) -> None:
    model = Classifier(max_epochs=1).set_output(transform="polars").fit(X, Y)
    assert isinstance(model.fit(X, Y).predict(X), pl.DataFrame)


# --- Ctrl-C, and a caller that has seen enough -------------------------------------------------

INTERRUPTED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test may run in the background

import numpy as np
from sklearn.model_selection import GridSearchCV
from pellucid import Classifier, Regressor
from pellucid.training.events import StepsTaken, EpochEnded

x = np.random.default_rng(0).normal(size=(300, 3))
y = (x[:, 0] > 0).astype(int)

def press(event):
    if isinstance(event, EpochEnded) and event.epoch == 2:
        os.kill(os.getpid(), signal.SIGINT)

def interrupted(fit, *args, **kwargs):
    try:
        fit(*args, **kwargs)
    except KeyboardInterrupt:
        return True
    return False
"""


def in_a_process(code: str) -> str:
    """What a program prints."""
    program = INTERRUPTED + textwrap.dedent(code)
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_ctrl_c_is_raised_and_the_best_network_kept() -> None:
    told = in_a_process(
        """
        model = Classifier(max_epochs=1000)
        print(interrupted(model.fit, x, y, on_event=press))
        ended = model.model_.record.ended
        print(ended.reason, ended.epochs, len(model.predict(x)), model.classes_)
        print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)
        """
    )
    assert told.splitlines() == ["True", "interrupted 3 300 [0 1]", "True"]


def test_ctrl_c_in_a_refit_leaves_the_first_network() -> None:
    told = in_a_process(
        """
        model = Classifier(max_epochs=2).fit(x, y)
        before = model.predict_proba(x)
        model.max_epochs = 1000
        print(interrupted(model.fit, x[:, :2], np.where(y, "a", "b"), on_event=press))
        print(np.array_equal(model.predict_proba(x), before), model.classes_)
        """
    )
    assert told.splitlines() == ["True", "True [0 1]"]


def test_ctrl_c_ends_a_grid_search() -> None:
    told = in_a_process(
        """
        fits = []
        def count(event):
            if isinstance(event, EpochEnded) and event.epoch == 2:
                fits.append(1)
                press(event)
        search = GridSearchCV(Classifier(max_epochs=1000), {"dropout": [0.0, 0.1]}, cv=2)
        print(interrupted(search.fit, x, y, on_event=count), len(fits))
        """
    )
    assert told.splitlines() == ["True 1"]


def test_a_clean_stop_is_had_by_asking() -> None:
    told = in_a_process(
        """
        model = Regressor(max_epochs=1000)
        print(interrupted(model.fit, x, x[:, 0], on_event=press, on_interrupt="stop"))
        print(model.model_.record.ended.reason, len(model.predict(x)))
        """
    )
    raised, kept, _, announced = told.splitlines()
    assert (raised, kept) == ("False", "interrupted 300")
    assert announced == "Ending the training cleanly. Ctrl-C again: at once."


def test_a_second_ctrl_c_is_immediate_and_keeps_nothing() -> None:
    told = in_a_process(
        """
        def press_twice(event):
            press(event)
            press(event)
        model = Classifier(max_epochs=1000)
        print(interrupted(model.fit, x, y, on_event=press_twice), hasattr(model, "model_"))
        """
    )
    assert told.splitlines() == ["True False"]


def test_a_callable_stops_training_cleanly() -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 50

    model = Regressor(max_epochs=1000).fit(X, X[:, 0], stop=stop)
    assert model.model_.record.ended.reason == "stopped"
    assert model.model_.record.ended.steps == 51
    assert model.predict(X).shape == (200,)


@pytest.mark.parametrize("word", ["stop ", None, "ignore"])
def test_on_interrupt_is_one_of_two_words(word: Any) -> None:
    with pytest.raises(OptionError, match="on_interrupt must be 'raise' or 'stop', but is"):
        Classifier().fit(X, Y, on_interrupt=word)


# --- weights of classes ------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [150, 1500])
def test_a_class_without_weight_stays_and_is_hardly_ever_predicted(rows: int) -> None:
    x = np.random.default_rng(0).normal(size=(rows, 4))
    y = np.digitize(x[:, 0], [-0.5, 0.5])
    weights = np.where(y == 2, 0.0, 1.0)
    model = Classifier(max_epochs=60 if rows < 1000 else 10).fit(x, y, weights)
    theirs = LogisticRegression().fit(x, y, weights)
    assert model.classes_.tolist() == theirs.classes_.tolist() == [0, 1, 2]
    assert model.predict_proba(x)[:, 2].mean() < 0.02
    assert 2 not in model.predict(x)


def test_class_weight_of_zero_likewise() -> None:
    y = np.digitize(X[:, 0], [-0.5, 0.5])
    model = Classifier(max_epochs=60, class_weight={2: 0.0}).fit(X, y)
    assert model.classes_.tolist() == [0, 1, 2]
    assert 2 not in model.predict(X)


def test_class_weight_is_not_for_several_labels() -> None:
    labels = np.stack([Y, 1 - Y], axis=1)
    for said in ("balanced", {1: 3.0}):
        with pytest.raises(OptionError, match="class_weight weighs the classes of one column"):
            Classifier(class_weight=said).fit(X, labels)


# --- going on ----------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adamw", "momentum", "gradient_descent"])
@pytest.mark.parametrize("task", [Classifier, Regressor])
def test_going_on_after_a_file_or_a_copy_is_going_on_in_memory(
    task: Any, optimizer: str, tmp_path: Path
) -> None:
    y = Y if task is Classifier else X[:, 0]
    model = task(max_epochs=2, optimizer=optimizer, dropout=0.3).fit(X, y)
    model.partial_fit(X[:50], y[:50])
    model.save(tmp_path / "m.pellucid")
    others = [
        pellucid.load(tmp_path / "m.pellucid"),
        copy.deepcopy(model),
        copy.copy(model),
        pickle.loads(pickle.dumps(model)),  # noqa: S301
    ]
    for _ in range(3):
        model.partial_fit(X, y)
    for other in others:
        for _ in range(3):
            other.partial_fit(X, y)
        assert np.array_equal(other.model_.network.weights, model.model_.network.weights)


@pytest.mark.parametrize("optimizer", ["adamw", "momentum"])
def test_rows_of_which_the_loss_is_not_finite_change_nothing(
    optimizer: str, tmp_path: Path
) -> None:
    model = Regressor(max_epochs=1, optimizer=optimizer).fit(X, X[:, 0]).partial_fit(X, X[:, 0])
    before, answers = state_of(model), model.predict(X)

    with pytest.raises(DataError, match="diverged: the loss was not finite"):
        model.partial_fit(X, np.full(len(X), 1e60))

    assert state_of(model) == before
    assert np.array_equal(model.predict(X), answers)
    model.partial_fit(X, X[:, 0]).save(tmp_path / "m.pellucid")
    assert np.array_equal(pellucid.load(tmp_path / "m.pellucid").predict(X), model.predict(X))


def test_more_learning_widens_what_is_no_surprise(people: pl.DataFrame) -> None:
    rows = people.drop("buys", "id")
    model = Regressor(max_epochs=1).fit(rows, "spends")
    older = rows.with_columns(age=pl.col("age") + 100, joined=pl.col("joined").dt.offset_by("-9y"))
    assert model.unlike_training(older).is_unlike.mean() > 0.9
    model.partial_fit(older, "spends")
    assert model.unlike_training(older).is_unlike.mean() < 0.1
    assert model.unlike_training(rows).is_unlike.mean() < 0.1


def test_calibration_is_gone_after_more_learning_and_comes_back_from_new_rows(
    tmp_path: Path,
) -> None:
    x = generator.normal(size=(3_000, 3))
    y = x[:, 0] + generator.normal(size=3_000)
    model = Regressor(max_epochs=2).fit(x[:1000], y[:1000]).partial_fit(x[:1000], y[:1000])
    with pytest.raises(OptionError, match="went on learning with partial_fit"):
        model.predict(x, interval=0.9)
    weights = model.model_.network.weights.clone()
    model.calibrate(x[1000:2000], y[1000:2000])
    assert np.array_equal(model.model_.network.weights, weights)
    low, high = model.predict(x[2000:], interval=0.9)[1].T
    assert ((low <= y[2000:]) & (y[2000:] <= high)).mean() == pytest.approx(0.9, abs=0.03)
    model.save(tmp_path / "m.pellucid")
    loaded = pellucid.load(tmp_path / "m.pellucid")
    assert np.array_equal(loaded.predict(x, interval=0.9)[1], model.predict(x, interval=0.9)[1])


def test_probabilities_hold_again_after_calibration() -> None:
    x = generator.normal(size=(2_000, 3))
    y = (x[:, 0] > 0).astype(int)
    noisy = np.where(generator.random(2_000) < 0.3, 1 - y, y)  # the world became less sure
    model = Classifier(max_epochs=10).fit(x[:1000], y[:1000])
    surest = model.predict_proba(x[1000:]).max(axis=1).mean()
    model.calibrate(x[:1000], noisy[:1000])
    calmer = model.predict_proba(x[1000:]).max(axis=1).mean()
    assert surest > 0.95
    assert calmer == pytest.approx(0.7, abs=0.1)
    assert model.predict_set(x).shape == (2_000, 2)


def test_a_changed_weight_changes_predictions_and_explanations() -> None:
    x = X[:, :2]
    model = Classifier(max_epochs=2, random_state=1).fit(x, Y)
    before = model.predict_proba(x)
    told = pellucid.explain(model, x, 1).to_json()
    network = model.model_.network
    changes: list[Callable[[], object]] = [
        lambda: network.weights.mul_(1.5),
        lambda: network.layers[0].parameters["weight"].add_(0.5),
        lambda: network.weights.numpy().__imul__(0.5),  # no version counter sees this one
    ]
    for change in changes:
        change()
        after = model.predict_proba(x)
        assert not np.allclose(after, before)
        assert pellucid.explain(model, x, 1).to_json() != told
        before, told = after, pellucid.explain(model, x, 1).to_json()
