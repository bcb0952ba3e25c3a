"""A training that is taken up again ends as if it had never stopped, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from pellucid.data.batches import Batches
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import Inputs
from pellucid.network import (
    LOSSES,
    Activation,
    Adam,
    CategoryEmbedding,
    Dropout,
    GradientDescent,
    Layer,
    Linear,
    MemberLinear,
    ModuleLayer,
    Network,
    Optimizer,
    PassThrough,
    ScaledLinear,
)
from pellucid.network.row_gradients import LARGEST_DENSE_TABLE
from pellucid.training.checkpoint import restore, to_plain
from pellucid.training.events import (
    EpochEnded,
    Event,
    Reason,
    TrainingEnded,
    TrainingStarted,
    TrainingStopped,
    Validation,
)
from pellucid.training.loop import train
from pellucid.training.state import Course, TrainingState

STEPS_AN_EPOCH, EPOCHS = 4, 3
NUM_STEPS = STEPS_AN_EPOCH * EPOCHS
LOSS = LOSSES["cross_entropy"]
Kept = tuple[dict[str, Tensor], dict[str, Any]]

OPTIMIZERS: dict[str, Callable[[Network], Optimizer]] = {
    "adamw": lambda net: Adam(net.weights, net.num_decayed, 0.01),
    "gradient descent": lambda net: GradientDescent(net.weights),
    "momentum": lambda net: GradientDescent(net.weights, momentum=0.9),
    "nesterov": lambda net: GradientDescent(net.weights, momentum=0.9, nesterov=True),
}

LAYERS: dict[str, Callable[[], list[Layer]]] = {
    "plain": lambda: [Linear(6, 8), Activation("relu"), Linear(8, 3)],
    "dropout": lambda: [Linear(6, 8), Activation("tanh"), Dropout(0.5), Linear(8, 3)],
    "embedding": lambda: [Linear(8, 3)],
    "large embedding": lambda: [Linear(8, 3)],  # whose rows move only where a batch touches them
    "batch norm": lambda: [Linear(7, 3)],
    "scaled members": lambda: [ScaledLinear(2, 8, range(6)), MemberLinear(2, 8, 3)],
    "members": lambda: [
        MemberLinear(2, 6, 8, first=True), Activation("relu"), Dropout(0.3), MemberLinear(2, 8, 3),
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """These tensors are small: a second thread would only be in the way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def training(
    layers: str = "dropout", optimizer: str = "adamw", seed: int = 0, **course: Any
) -> TrainingState:
    """A training that is to begin."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(30, 6, generator=generator)
    x[:, 5] = torch.randint(4, (30,), generator=generator)
    y = torch.randint(3, (30,), generator=generator)
    members = 2 if layers.endswith("members") else 1
    branches: dict[str, Layer] = {"dense": PassThrough(6)}
    inputs = Inputs({"dense": x})
    if layers.endswith("embedding"):
        levels = 4 if layers == "embedding" else LARGEST_DENSE_TABLE // 3 + 1
        embedding = CategoryEmbedding([(levels, 3)], unknown_rate=0.2)
        branches = {"dense": PassThrough(5), "codes": embedding}
        inputs = Inputs({"dense": x[:, :5], "codes": x[:, 5:].long()})
    if layers == "batch norm":
        branches["image"] = ModuleLayer("convolution", channels=[1, 1])
        inputs = Inputs({"dense": x, "image": x.view(30, 1, 2, 3)})
    network = Network(LAYERS[layers](), branches=branches, members=members, seed=seed)
    device = torch.device("cpu")
    batches = Batches(inputs.take, y, None, members=members, batch_size=8, seed=seed, device=device)
    return TrainingState(
        network,
        LOSS,
        OPTIMIZERS[optimizer](network),
        batches,
        Course(**{"num_epochs": EPOCHS, "learning_rate": 0.1, **course}),
    )


def judge(state: TrainingState) -> Callable[[], Validation]:
    """A loss that falls and rises with the weights, so that the best epoch may be any."""
    return lambda: Validation(loss=float(state.network.weights.sum().sin()), score=0.5)


def run(state: TrainingState, stop_after: int | None = None) -> tuple[list[Event], Kept | None]:
    """Train; what was kept when it stopped after so many steps."""

    def stop() -> Reason | None:
        return "stopped" if state.step == stop_after else None

    events, kept = [], None
    for event in train(state, validate=judge(state), stop=stop):
        events.append(event)
        if isinstance(event, TrainingStopped):
            kept = to_plain(state)
    return events, kept


def taken_up(kept: Kept, state: TrainingState) -> TrainingState:
    """A new training, put where another one was; plain data by way of a file."""
    restore(state, kept[0], Fields(json.loads(json.dumps(kept[1])), "the training"))
    return state


def without_seconds(events: list[Event]) -> list[Event]:
    return [
        replace(event, seconds=0.0)
        for event in events
        if isinstance(event, EpochEnded | TrainingEnded)
    ]


@pytest.mark.parametrize("stop_after", [1, 2, 4, 7, 8, 11])
@pytest.mark.parametrize("layers", LAYERS)
def test_whenever_it_stops_it_goes_on_as_if_it_had_not(layers: str, stop_after: int) -> None:
    whole = training(layers)
    all_events, _ = run(whole)

    _, kept = run(training(layers), stop_after)
    resumed = taken_up(kept, training(layers))
    events, _ = run(resumed)

    assert torch.equal(resumed.network.weights, whole.network.weights)
    assert without_seconds(resumed.history) == without_seconds(whole.history)
    assert without_seconds(events) == without_seconds(all_events)[-len(without_seconds(events)) :]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_goes_on(optimizer: str) -> None:
    whole = training(optimizer=optimizer)
    run(whole)

    _, kept = run(training(optimizer=optimizer), 6)
    resumed = taken_up(kept, training(optimizer=optimizer))
    run(resumed)

    assert torch.equal(resumed.network.weights, whole.network.weights)


def test_it_may_be_taken_up_many_times() -> None:
    whole = training()
    run(whole)

    _, kept = run(training(), 1)
    for step in range(2, NUM_STEPS):
        _, kept = run(taken_up(kept, training()), step)
    resumed = taken_up(kept, training())
    run(resumed)

    assert torch.equal(resumed.network.weights, whole.network.weights)


def test_an_epochs_end_is_as_good_a_moment() -> None:
    whole, kept = training(), []
    for event in train(whole, validate=judge(whole)):
        kept += [to_plain(whole)] if isinstance(event, EpochEnded) else []

    for at_the_end in kept:
        resumed = taken_up(at_the_end, training())
        run(resumed)
        assert torch.equal(resumed.network.weights, whole.network.weights)


def test_it_says_where_it_goes_on_and_counts_the_time_spent() -> None:
    _, kept = run(training(), 5)
    kept[1]["seconds"] = 100.0

    events, _ = run(taken_up(kept, training()))

    assert isinstance(events[0], TrainingStarted)
    assert (events[0].step, events[0].num_steps, events[0].reason) == (5, NUM_STEPS, None)
    assert isinstance(events[-1], TrainingEnded)
    assert (events[-1].steps, events[-1].epochs) == (NUM_STEPS, EPOCHS)
    assert 100.0 <= events[-1].seconds < 200.0


def test_a_training_that_had_ended_takes_no_step() -> None:
    whole = training()
    run(whole)

    resumed = taken_up(to_plain(whole), training())
    events, _ = run(resumed)

    first, last = events
    assert isinstance(first, TrainingStarted)
    assert isinstance(last, TrainingEnded)
    assert first.reason == last.reason == "all epochs done"
    assert last.steps == NUM_STEPS
    assert torch.equal(resumed.network.weights, whole.network.weights)


def test_one_that_hardly_learns_anymore_is_complete_though_it_may_take_more_steps() -> None:
    """The last of its epochs is kept, but not yet that it is the last."""
    course = {"num_epochs": 200, "least_gain": 10.0}
    whole, kept = training(**course), []
    for event in train(whole, validate=judge(whole)):
        kept += [to_plain(whole)] if isinstance(event, EpochEnded) else []

    first, last = run(taken_up(kept[-1], training(**course)))[0]

    assert isinstance(first, TrainingStarted)
    assert first.step < first.num_steps
    assert isinstance(last, TrainingEnded)
    assert first.reason == last.reason == "validation hardly better"


def test_what_is_kept_does_not_change_when_the_training_goes_on() -> None:
    state = training()
    steps = train(state, validate=judge(state), stop=lambda: "stopped" if state.step == 5 else None)
    kept = next(to_plain(state) for event in steps if isinstance(event, TrainingStopped))
    before = {name: held.clone() for name, held in kept[0].items()}

    list(steps)

    assert all(torch.equal(held, before[name]) for name, held in kept[0].items())


def test_a_spent_budget_stays_spent() -> None:
    """With a budget the seconds count that were spent before."""
    _, kept = run(training(time_budget=1000.0), 5)
    kept[1]["seconds"] = 1000.0

    events, _ = run(taken_up(kept, training(time_budget=1000.0)))

    assert isinstance(events[-1], TrainingEnded)
    assert (events[-1].reason, events[-1].steps) == ("time budget spent", 6)


# --- What does not fit is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("step", -1), ("step", NUM_STEPS + 1), ("step", "many"), ("epoch", EPOCHS + 1),
        ("epoch_steps", STEPS_AN_EPOCH + 1), ("best_epoch", 2), ("seconds", -1.0),
        ("reason", "tired"), ("is_judged", 1),
    ],
)  # fmt: skip
def test_counts_that_no_training_has_are_refused(name: str, value: object) -> None:
    tensors, plain = run(training(), 5)[1]

    with pytest.raises(ModelFileError, match=name):
        taken_up((tensors, {**plain, name: value}), training())


@pytest.mark.parametrize(
    "name",
    ["weights", "random", "best_weights", "best_loss", "total_loss", "history", "optimizer.mean",
     "batches.order", "batches.given"],
)  # fmt: skip
@pytest.mark.parametrize("change", ["missing", "another size", "another type"])
def test_tensors_that_no_training_has_are_refused(name: str, change: str) -> None:
    tensors, plain = run(training(), 5)[1]
    held = tensors.pop(name)
    if change == "another size":
        tensors[name] = torch.cat([held.flatten(), held.flatten()])
    elif change == "another type":
        tensors[name] = held.to(torch.complex64)

    with pytest.raises(ModelFileError):
        taken_up((tensors, plain), training())
