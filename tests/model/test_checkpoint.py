"""A checkpoint: the same call goes on from it, and comes to the same model."""

from __future__ import annotations

import itertools
import json
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid import CheckpointError, Classifier, OptionError, Regressor
from pellucid.estimators.estimator import Estimator
from pellucid.model import checkpoint as checkpoints
from pellucid.model.file import packed, unpacked
from pellucid.training.events import (
    EpochEnded,
    Event,
    StepsTaken,
    TrainingEnded,
    TrainingStarted,
    TrainingStopped,
)

RANDOM = np.random.default_rng(0)
ROWS = 150
FRAME = pl.DataFrame(
    {
        "number": RANDOM.normal(size=ROWS),
        "skewed": RANDOM.exponential(size=ROWS) ** 3,
        "color": [f"color {n}" for n in RANDOM.integers(40, size=ROWS)],
    }
)
CLASSES = np.where(FRAME["number"] + RANDOM.normal(size=ROWS) > 0, "yes", "no")
NUMBERS = np.exp(3.0 * FRAME["number"].to_numpy())
FEW = {"max_epochs": 3, "hidden_layer_sizes": (8,), "batch_size": 50}
HELD_OUT = {**FEW, "validation_fraction": 0.2, "members": 2}

Make = Callable[[], Estimator]
TRAININGS: dict[str, tuple[Make, Any, int]] = {
    # how it is made, what it learns, steps in all its trainings together
    "folds, two ways": (lambda: Classifier(**FEW), CLASSES, 18),
    "held out, embeddings": (lambda: Classifier(**HELD_OUT, dropout=0.3), CLASSES, 9),
    "no validation": (lambda: Classifier(**{**FEW, "validation_fraction": 0}), CLASSES, 9),
    "logarithm too": (lambda: Regressor(**HELD_OUT), NUMBERS, 18),
    "gradient descent": (lambda: Classifier(**HELD_OUT, optimizer="gradient_descent"), CLASSES, 9),
    "momentum": (lambda: Classifier(**HELD_OUT, optimizer="momentum"), CLASSES, 9),
    "nesterov": (lambda: Classifier(**HELD_OUT, optimizer="nesterov"), CLASSES, 9),
    "adam": (lambda: Classifier(**HELD_OUT, optimizer="adam"), CLASSES, 9),
    "muon": (lambda: Classifier(**HELD_OUT, optimizer="muon"), CLASSES, 9),
    "weights of classes": (lambda: Classifier(**FEW, class_weight="balanced"), CLASSES, 18),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run.checkpoint"


def stop_after(steps: int) -> Callable[[], bool]:
    """Stop after so many steps of all trainings together."""
    counted = itertools.count(1)
    return lambda: next(counted) == steps


def told(model: Estimator) -> tuple[dict[str, bytes], str]:
    """All that a model file would hold, without seconds."""
    tensors, plain = model.model_.to_plain()
    text = re.sub(r'"\w*seconds": [\d.e-]+', "", json.dumps(plain))
    return {name: tensor.tobytes() for name, tensor in tensors.items()}, text


@pytest.mark.parametrize("name", TRAININGS)
@pytest.mark.parametrize("part", [0.1, 0.34, 0.6, 0.85])
def test_the_same_call_goes_on_and_comes_to_the_same_model(
    name: str, part: float, file: Path
) -> None:
    make, target, steps = TRAININGS[name]
    whole = make().fit(FRAME, target)
    before: list[Event] = []
    after: list[Event] = []

    stop = stop_after(max(1, int(part * steps)))
    make().fit(FRAME, target, stop=stop, on_event=before.append, checkpoint=file)
    assert file.exists(), "whichever of two ways is the better so far"
    resumed = make().fit(FRAME, target, on_event=after.append, checkpoint=file)

    assert told(resumed) == told(whole)
    assert not file.exists(), "a complete training needs none"
    taken = [event.steps for event in before if isinstance(event, TrainingEnded)]
    gone_on_from = [event.step for event in after if isinstance(event, TrainingStarted)]
    assert gone_on_from[: len(taken)] == taken, "no step is taken twice"
    assert not any(gone_on_from[len(taken) :])


def test_what_the_second_way_has_learned_stays_in_the_file(file: Path) -> None:
    """Also while it is told of the first way, which had ended, that it ended."""
    make, target, steps = TRAININGS["folds, two ways"]
    make().fit(FRAME, target, stop=stop_after(steps - 4), checkpoint=file)
    kept: list[list[int]] = []
    starts: list[TrainingStarted] = []

    def look(event: Event) -> None:
        if isinstance(event, TrainingStarted):
            _, plain = unpacked(checkpoints.CHECKPOINT, str(file), file.read_bytes())
            kept.append([training["step"] for training in plain["trainings"]])
            starts.append(event)

    make().fit(FRAME, target, on_event=look, checkpoint=file)

    first, second = starts
    assert (first.step, first.reason) == (9, "all epochs done")
    assert 0 < second.step < 9
    assert second.reason is None
    assert kept == [[9, second.step]] * 2


def test_it_may_be_interrupted_again_and_again(file: Path) -> None:
    make, target, steps = TRAININGS["folds, two ways"]
    whole = make().fit(FRAME, target)

    for _ in range(steps // 5):
        make().fit(FRAME, target, stop=stop_after(5), checkpoint=file)
    resumed = make().fit(FRAME, target, checkpoint=file)

    assert told(resumed) == told(whole)


def fit(file: Path, **changes: Any) -> Estimator:
    """A training in one way, of nine steps."""
    options = {**HELD_OUT, **changes.pop("options", {})}
    return Classifier(**options).fit(**{"X": FRAME, "y": CLASSES, "checkpoint": file, **changes})


def test_where_it_goes_on_is_told(file: Path) -> None:
    events: list[Event] = []
    fit(file, stop=stop_after(4))
    fit(file, on_event=events.append)

    assert isinstance(events[0], TrainingStarted)
    assert (events[0].step, events[0].num_steps) == (4, 9)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [2, 3]
    assert isinstance(events[-1], TrainingEnded)
    assert events[-1].steps == 9


def test_it_is_kept_every_so_often(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "SECONDS_BETWEEN_SAVES", 0.0)
    whole, kept = fit(file.with_name("another")), []

    def keep(event: Event) -> None:
        if isinstance(event, StepsTaken | EpochEnded):
            kept.append(file.read_bytes())

    fit(file, on_event=keep)

    assert len(kept) >= 3
    for content in kept:
        file.write_bytes(content)
        assert told(fit(file)) == told(whole)


def test_what_had_ended_is_not_trained_again(file: Path) -> None:
    """Whatever came between the training and the saved model, such as a full disk."""
    kept: list[bytes] = []
    whole = fit(file, on_event=lambda event: kept.append(file.read_bytes())
                if isinstance(event, TrainingEnded) else None)  # fmt: skip
    file.write_bytes(kept[0])
    events: list[Event] = []

    again = fit(file, on_event=events.append)

    assert [type(event) for event in events] == [TrainingStarted, TrainingEnded]
    assert told(again) == told(whole)


@pytest.mark.parametrize("learning_rate", [1e30, 1e4])
def test_one_that_diverged_does_not_bar_the_way_to_its_remedy(
    learning_rate: float, file: Path
) -> None:
    """The message says to give a lower learning rate, which is another training."""
    options = {**FEW, "optimizer": "gradient_descent", "random_state": 0}
    with pytest.raises(OptionError, match="Give a learning_rate below"):
        Regressor(**options, learning_rate=learning_rate).fit(FRAME, NUMBERS, checkpoint=file)

    assert not file.exists()
    Regressor(**options, learning_rate=0.01).fit(FRAME, NUMBERS, checkpoint=file)


@pytest.mark.parametrize("on_interrupt", ["raise", "stop"])
def test_ctrl_c_keeps_it(on_interrupt: str, file: Path) -> None:
    whole = fit(file)

    def press(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    try:
        fit(file, on_event=press, on_interrupt=on_interrupt)
    except KeyboardInterrupt:
        assert on_interrupt == "raise"

    assert file.exists()
    assert told(fit(file)) == told(whole)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_end_waits_until_the_step_is_complete_and_kept(name: str, file: Path) -> None:
    whole, number = fit(file), getattr(signal, name)
    happened: list[str] = []

    def end(_number: int, _frame: object) -> None:
        happened.append("ended")
        raise SystemExit(128 + number)

    def send(event: Event) -> None:
        happened.append(type(event).__name__)
        if isinstance(event, EpochEnded):
            signal.raise_signal(number)

    before = signal.signal(number, end)
    try:
        with pytest.raises(SystemExit):
            fit(file, on_event=send)
        assert signal.getsignal(number) is end
    finally:
        signal.signal(number, before)

    assert happened[-2:] == [TrainingStopped.__name__, "ended"]
    assert told(fit(file)) == told(whole)


def test_with_a_time_budget_the_seconds_spent_count(file: Path) -> None:
    fit(file, options={"time_budget": 1000.0}, stop=stop_after(4))
    spend(file, 999.9999)

    ended = fit(file, options={"time_budget": 1000.0}).model_.record.ended

    assert (ended.reason, ended.steps) == ("time budget spent", 5)


def test_the_cost_is_that_of_all_processes_together(file: Path) -> None:
    fit(file, stop=stop_after(4))
    kept = unpacked(checkpoints.CHECKPOINT, str(file), file.read_bytes())[1]["cost"]
    assert 0.0 < kept["seconds"] < 1000.0
    rewrite(file, lambda _, plain: plain.update(cost={"seconds": 1000.0, "cpu_seconds": 2000.0}))

    fit(file, stop=stop_after(2))
    cost = fit(file).model_.record.cost

    assert cost is not None
    assert 1000.0 < cost.seconds < 2000.0 < cost.cpu_seconds < 3000.0


def test_a_full_disk_does_not_end_a_training(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise pellucid.DataError("run.checkpoint cannot be written: No space left on device.")

    whole = fit(file)
    monkeypatch.setattr(checkpoints, "written_whole", full)

    with pytest.warns(RuntimeWarning, match="No checkpoint was kept this time: .*No space left"):
        assert told(fit(file)) == told(whole)


# --- Another training, or no checkpoint -----------------------------------------------------------


CHANGES: dict[str, dict[str, Any]] = {
    "learning_rate was 'auto' and is 0.1": {"options": {"learning_rate": 0.1}},
    "random_state was 0 and is 1": {"options": {"random_state": 1}},
    "time_budget was None and is given": {"options": {"time_budget": 60}},
    "class_weight was None and is 'balanced'": {"options": {"class_weight": "balanced"}},
    "columns was None and is {'color': 'left out'}": {
        "options": {"columns": {"color": "left out"}}
    },
    "the column 'skewed' was Float64 and is not there": {"X": FRAME.drop("skewed")},
    "its rows, their targets or their weights were others": {"X": FRAME.reverse()},
    "other rows of the same table learned and judged": {"groups": np.arange(ROWS) // 2},
}  # fmt: skip


@pytest.mark.parametrize("difference", CHANGES)
def test_another_training_is_refused_and_the_file_stays(difference: str, file: Path) -> None:
    fit(file, stop=stop_after(4))
    before = file.read_bytes()

    with pytest.raises(CheckpointError, match=re.escape(difference)) as raised:
        fit(file, **CHANGES[difference])

    assert "delete it to begin anew" in str(raised.value)
    assert file.read_bytes() == before


def test_other_targets_and_weights_are_another_training(file: Path) -> None:
    fit(file, stop=stop_after(4))

    for change in ({"y": CLASSES[::-1]}, {"sample_weight": np.arange(1, ROWS + 1)}):
        with pytest.raises(CheckpointError, match="their targets or their weights"):
            fit(file, **change)


def test_another_version_of_a_library_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(file, stop=stop_after(4))
    others = {**checkpoints.versions(), "torch": "99.0"}
    monkeypatch.setattr(checkpoints, "versions", lambda: others)

    with pytest.raises(CheckpointError, match=r"the version of torch was .* and is 99\.0"):
        fit(file)


@pytest.mark.parametrize("random_state", [None, np.random.default_rng(0)])
def test_a_seed_that_nobody_would_have_again_is_refused(random_state: object, file: Path) -> None:
    with pytest.raises(OptionError, match="random_state must be a whole number"):
        fit(file, options={"random_state": random_state})


def test_a_model_file_is_no_checkpoint_and_stays(file: Path) -> None:
    fit(file.with_name("other")).save(file)
    before = file.read_bytes()

    with pytest.raises(CheckpointError, match="is not a Pellucid checkpoint"):
        fit(file)

    assert file.read_bytes() == before


def test_a_checkpoint_is_no_model(file: Path) -> None:
    fit(file, stop=stop_after(4))

    with pytest.raises(pellucid.ModelFileError, match="is not a Pellucid model file"):
        pellucid.load(file)


@pytest.mark.parametrize("cut", [0, 4, 100, -1])
def test_a_damaged_file_is_refused(cut: int, file: Path) -> None:
    fit(file, stop=stop_after(4))
    file.write_bytes(file.read_bytes()[:cut])

    with pytest.raises(CheckpointError, match=re.escape(str(file))):
        fit(file)


def rewrite(file: Path, change: Callable[[dict[str, Any], dict[str, Any]], object]) -> None:
    """Change tensors and plain data, and sign the file again."""
    tensors, plain = unpacked(checkpoints.CHECKPOINT, str(file), file.read_bytes())
    change(tensors, plain)
    file.write_bytes(packed(checkpoints.CHECKPOINT, tensors, plain))


def spend(file: Path, seconds: float) -> None:
    rewrite(file, lambda _, plain: plain["trainings"][0].update(seconds=seconds))


FORGED: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "no identity": lambda _, plain: plain.pop("identity"),
    "no columns": lambda _, plain: plain["identity"].pop("columns"),
    "a number for a text": lambda _, plain: plain["identity"]["options"].update(dropout=1),
    "no cost": lambda _, plain: plain.pop("cost"),
    "less than no cost": lambda _, plain: plain["cost"].update(seconds=-1.0),
    "no trainings": lambda _, plain: plain.update(trainings=None),
    "a text for a training": lambda _, plain: plain.update(trainings=["one"]),
    "too many steps": lambda _, plain: plain["trainings"][0].update(step=10**9),
    "no threads": lambda _, plain: plain["trainings"][0].update(threads=0),
    "other weights": lambda tensors, _: tensors.update({"0.weights": np.zeros(3, np.float32)}),
    "no weights": lambda tensors, _: tensors.pop("0.weights"),
    "a half generator": lambda tensors, _: tensors.update({"0.random": np.zeros(9, np.uint8)}),
    "another optimizer": lambda tensors, _: tensors.pop("0.optimizer.mean"),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_file_is_refused_field_by_field(what: str, file: Path) -> None:
    fit(file, stop=stop_after(4))
    rewrite(file, FORGED[what])

    with pytest.raises(CheckpointError, match=r"is damaged: .*Delete it to begin"):
        fit(file)
