"""Flat algorithms in a process of their own: it may be slow, fail or vanish, and all goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingRegressor

from pellucid.comparison import flat_process, runs
from pellucid.comparison.algorithms import Shape, algorithms_for
from pellucid.comparison.flat import FlatTable
from pellucid.comparison.pipelines import MAKERS
from pellucid.comparison.runs import FlatTrainer
from pellucid.comparison.worker import quickest_threads
from pellucid.data.rows import Rows
from pellucid.tasks.answers import FlatFamily
from pellucid.tasks.classification import Classification
from pellucid.tasks.regression import Regression

N = 120


def rows_of(frame: pl.DataFrame, target: Any) -> Rows:
    n = frame.height
    return Rows(
        frame=frame, target=np.asarray(target), weights=np.ones(n), numbers=1 + np.arange(n)
    )


def flowers(counts: dict[str, int]) -> Rows:
    """Two numbers and a category; classes as often as asked."""
    generator = np.random.default_rng(0)
    target = np.repeat(list(counts), list(counts.values()))
    codes = np.unique(target, return_inverse=True)[1]
    frame = pl.DataFrame(
        {
            "x": codes + generator.normal(size=len(target)),
            "y": generator.normal(size=len(target)),
            "c": generator.choice(["u", "v", None], len(target)),
        }
    )
    order = generator.permutation(len(target))
    return rows_of(frame[order], target[order])


TRAINING, JUDGING = np.arange(100), np.arange(100, N)


@pytest.fixture(scope="module")
def open_trainer() -> Iterator[FlatTrainer]:
    rows = flowers({"a": 60, "b": 60})
    with FlatTrainer(rows, Classification(np.array(["a", "b"])), time_limit=60.0) as trainer:
        yield trainer


def processes_of(trainer: FlatTrainer) -> int:
    assert trainer._process is not None
    return trainer._process._process.pid


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_slow_fit_is_stopped_and_the_next_one_runs(open_trainer: FlatTrainer) -> None:
    assert open_trainer.run("decision tree", TRAINING, JUDGING).failure == ""
    slow = processes_of(open_trainer)
    open_trainer._time_limit, before = 0.0, open_trainer._time_limit
    try:
        stopped = open_trainer.run("random forest", TRAINING, JUDGING)
    finally:
        open_trainer._time_limit = before
    assert (stopped.failure, stopped.was_stopped) == ("stopped at its time limit of 0 s", True)
    assert not is_alive(slow)
    after = open_trainer.run("decision tree", TRAINING, JUDGING)
    assert after.failure == ""
    assert after.predictions.shape == (20, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_process_killed_by_the_system_is_said_to_have_been(open_trainer: FlatTrainer) -> None:
    open_trainer.run("decision tree", TRAINING, JUDGING)
    assert open_trainer._process is not None
    os.kill(processes_of(open_trainer), signal.SIGKILL)
    open_trainer._process._process.wait()
    killed = open_trainer.run("naive Bayes", TRAINING, JUDGING)
    assert killed.failure == (
        "its process ended before it was done (exit status -9), as happens when memory runs out"
    )
    assert open_trainer.run("naive Bayes", TRAINING, JUDGING).failure == ""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_ctrl_c_does_not_reach_the_process(open_trainer: FlatTrainer) -> None:
    """At a terminal it is sent to all processes; the one that asks decides what ends."""
    open_trainer.run("decision tree", TRAINING, JUDGING)
    before = processes_of(open_trainer)
    os.kill(before, signal.SIGINT)
    assert open_trainer.run("decision tree", TRAINING, JUDGING).failure == ""
    assert processes_of(open_trainer) == before


def test_an_interruption_leaves_neither_process_nor_files() -> None:
    class Interrupted(Exception):
        pass

    def interrupt(seconds: float) -> None:
        if trainer._process is not None:
            raise Interrupted

    rows = flowers({"a": 60, "b": 60})
    task = Classification(np.array(["a", "b"]))
    trainer = FlatTrainer(rows, task, time_limit=60.0, on_tick=interrupt)
    folder = trainer._folder.path
    with trainer:
        with pytest.raises(Interrupted):
            trainer.run("random forest", TRAINING, JUDGING)
        process = processes_of(trainer)
    assert not is_alive(process)
    assert not folder.exists()


def test_a_process_that_cannot_start_is_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat_process, "PROGRAM", "raise SystemExit(3)")
    rows = flowers({"a": 60, "b": 60})
    with FlatTrainer(rows, Classification(np.array(["a", "b"])), time_limit=60.0) as trainer:
        run = trainer.run("decision tree", TRAINING, JUDGING)
    assert "exit status 3" in run.failure


def test_the_process_imports_nothing_from_the_folder_one_works_in(tmp_path: Any) -> None:
    """A person's own random.py must not be taken for Python's."""
    (tmp_path / "random.py").write_text("raise RuntimeError('the wrong one')")
    program = (
        "import sys; sys.path[:] = [p for p in sys.path if p]\n"
        "import numpy as np, polars as pl\n"
        "from pellucid.comparison.runs import FlatTrainer\n"
        "from pellucid.data.rows import Rows\n"
        "from pellucid.tasks.classification import Classification\n"
        "rows = Rows(frame=pl.DataFrame({'x': [0.0, 1.0] * 20}), target=np.array([0, 1] * 20),\n"
        "            weights=np.ones(40), numbers=np.arange(40))\n"
        "with FlatTrainer(rows, Classification(np.array([0, 1])), time_limit=60.0) as trainer:\n"
        "    print(repr(trainer.run('majority class', np.arange(30), np.arange(30, 40)).failure))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "''", done.stderr


def test_no_algorithm_has_more_threads_than_the_network() -> None:
    def never(*_: Any) -> Any:
        raise AssertionError

    many = np.zeros((5_000, 1)), np.zeros(5_000)
    assert quickest_threads(never, never, many, 1) == 1  # type: ignore[arg-type]
    assert torch.get_num_threads() == 1  # conftest's: so the contests here ask for one


@pytest.fixture(scope="module")
def rare() -> Iterator[FlatTrainer]:
    rows = flowers({"a": 60, "b": 54, "one": 1, "two": 2, "three": 3})
    task = Classification(np.array(["a", "b", "one", "three", "two"]))
    with FlatTrainer(rows, task, time_limit=60.0) as trainer:
        yield trainer


@pytest.mark.parametrize("name", algorithms_for("classifier"))
def test_classes_of_one_to_three_rows_keep_nobody_from_learning(
    name: str, rare: FlatTrainer
) -> None:
    """The SVM's probabilities want three rows of each class: it does not learn smaller ones."""
    judging = np.arange(0, N, 10)
    training = np.setdiff1d(np.arange(N), judging)
    run = rare.run(name, training, judging, [(training[::2], training[1::2])])
    assert run.failure == ""
    assert run.predictions.shape == (12, 5)
    assert run.predictions.sum(axis=1) == pytest.approx(1.0)


def test_boosting_learns_many_rows_with_a_class_of_one() -> None:
    """Its early stopping, from 10 000 rows on, wants two rows of each class: one is left out."""
    target = np.array(["a", "b"] * 5_050)
    target[0] = "once"
    rows = rows_of(pl.DataFrame({"x": (target == "a").astype(float)}), target)
    task = Classification(np.array(["a", "b", "once"]))
    with FlatTrainer(rows, task, time_limit=60.0) as trainer:
        run = trainer.run("gradient boosting", np.arange(10_050), np.arange(10_050, 10_100))
    assert (run.failure, run.rows) == ("", 10_049)
    assert (run.predictions[:, 2] == 0.0).all()


def test_boosting_stops_where_the_rows_held_out_say() -> None:
    """As scikit-learn's own with X_val does; of several pairs, the mean."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(400, 2))
    y = x[:, 0] + generator.normal(size=400)
    rows = rows_of(pl.DataFrame({"a": x[:, 0], "b": x[:, 1]}), y[:, None])
    places = np.arange(300)
    pairs = [(places[places % 3 != k], places[places % 3 == k]) for k in (0, 1)]
    with FlatTrainer(rows, Regression.fit(y[:, None], np.ones(400)), time_limit=60.0) as trainer:
        run = trainer.run("early-stopped boosting", places, np.arange(300, 400), pairs)
    expected = []
    for learning, stopping in pairs:
        boosting = HistGradientBoostingRegressor(
            learning_rate=0.05,
            max_iter=1_000,
            early_stopping=True,
            n_iter_no_change=20,
            random_state=0,
        ).fit(x[learning], y[learning], X_val=x[stopping], y_val=y[stopping])
        assert boosting.n_iter_ < 200
        expected.append(boosting.predict(x[300:]))
    assert run.predictions[:, 0] == pytest.approx(np.mean(expected, axis=0))
    assert run.cpu_seconds > 0.0


def test_several_numbers_are_boosted_one_by_one() -> None:
    generator = np.random.default_rng(0)
    target = generator.normal(size=(120, 2))
    rows = rows_of(pl.DataFrame({"x": target[:, 0]}), target)
    with FlatTrainer(rows, Regression.fit(target, np.ones(120)), time_limit=60.0) as trainer:
        run = trainer.run("early-stopped boosting", TRAINING, JUDGING, [(TRAINING, JUDGING)])
    assert run.predictions.shape == (20, 2)
    errors = ((run.predictions - target[JUDGING]) ** 2).mean(axis=0)
    assert errors[0] < errors[1]


def test_boosting_passes_over_folds_of_one_class_and_averages_over_classes() -> None:
    rows = flowers({"a": 60, "b": 57, "c": 3})
    codes = np.unique(rows.target, return_inverse=True)[1]
    without = np.flatnonzero(codes != 2)
    pairs = [
        (np.flatnonzero(codes == 0), np.flatnonzero(codes == 1)),  # nothing to learn
        (without[::2], np.arange(N)[1::2]),  # rows of c cannot tell it when to stop
        (np.arange(N)[::2], without[1::2]),
    ]
    with FlatTrainer(rows, Classification(np.array(["a", "b", "c"])), time_limit=60.0) as trainer:
        run = trainer.run("early-stopped boosting", TRAINING, JUDGING, pairs)
    assert run.failure == ""
    assert run.predictions.sum(axis=1) == pytest.approx(1.0)


def test_without_rows_held_out_nobody_tells_when_to_stop(open_trainer: FlatTrainer) -> None:
    run = open_trainer.run("early-stopped boosting", TRAINING, JUDGING, [])
    assert run.failure == "no rows are held out to tell when to stop"


def test_of_what_is_left_of_a_budget_each_fit_may_take_its_share() -> None:
    rows = flowers({"a": 60, "b": 60})
    task = Classification(np.array(["a", "b"]))
    now = time.monotonic()
    with FlatTrainer(rows, task, time_limit=60.0, deadline=now + 80.0, num_fits=4) as trainer:
        limit, words = trainer._next_limit()
        assert limit == pytest.approx(20.0, abs=2.0)
        assert words.startswith("stopped at its share of the time budget, ")
        trainer.skip(2)
        assert trainer._next_limit() == (60.0, "stopped at its time limit of 60 s")
    with FlatTrainer(rows, task, time_limit=60.0, deadline=now) as late:
        run = late.run("decision tree", TRAINING, JUDGING)
    assert run.was_stopped


def test_once_a_budget_is_spent_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def start() -> None:
        raise AssertionError

    monkeypatch.setattr(runs, "FlatProcess", start)
    rows, task = flowers({"a": 60, "b": 60}), Classification(np.array(["a", "b"]))
    spent = time.monotonic()
    with FlatTrainer(rows, task, time_limit=60.0, deadline=spent, num_fits=2) as trainer:
        late = [trainer.run(name, TRAINING, JUDGING) for name in ("decision tree", "naive Bayes")]
    assert {run.failure for run in late} == {"the time budget was spent before it began"}
    assert all(run.was_stopped for run in late)


@pytest.mark.parametrize("family", ["classifier", "regressor"])
def test_every_algorithm_can_be_made_and_none_else(family: FlatFamily) -> None:
    assert algorithms_for(family, with_texts=True) == list(MAKERS[family])


def test_one_class_is_nothing_to_learn_for_anybody(open_trainer: FlatTrainer) -> None:
    """scikit-learn's algorithms differ: some fail, some answer, boosting gives two columns."""
    rows = flowers({"a": 60, "b": 60})
    ones = np.flatnonzero(rows.target == "a")
    for name in algorithms_for("classifier"):
        run = open_trainer.run(name, ones[:50], ones[50:], [(ones[:30], ones[30:50])])
        assert run.failure in (
            "all rows it would learn from have the same class",
            "no rows are held out to tell when to stop",
        )
        assert not run.was_stopped


def test_numbers_beyond_all_bounds_are_stated() -> None:
    target = np.geomspace(1.0, 1e308, N)[:, None]
    rows = rows_of(pl.DataFrame({"x": np.arange(float(N))}), target)
    with FlatTrainer(rows, Regression.fit(target, np.ones(N)), time_limit=60.0) as trainer:
        pairs = [(TRAINING[::2], TRAINING[1::2])]
        names = algorithms_for("regressor")
        found = [trainer.run(name, TRAINING, JUDGING, pairs) for name in names]
    assert all(run.failure or np.isfinite(run.predictions).all() for run in found)


def test_a_flat_table_keeps_missing_cells_and_the_alphabet() -> None:
    frame = pl.DataFrame({"c": ["b", None, "a"], "x": [1.0, None, 3.0], "d": ["é", "z", "é"]})
    flat = FlatTable(rows_of(frame, ["u", "v", "u"]), Classification(np.array(["u", "v"])))
    expected = [[1.0, 1.0, 1.0], [np.nan, np.nan, 0.0], [0.0, 3.0, 1.0]]
    np.testing.assert_array_equal(flat.matrix, expected)
    assert flat.shape == Shape(
        family="classifier",
        num_classes=2,
        num_targets=2,
        numbers=[1],
        categories=[0, 2],
        num_levels=[2, 2],
        num_rows=3,
    )
    assert flat.target.tolist() == [0, 1, 0]
