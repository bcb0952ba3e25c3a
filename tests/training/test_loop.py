"""The loop: what it tells, what it leaves behind, and every way in which it can end."""

from __future__ import annotations

import inspect
import math
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

import pellucid
from pellucid import Classifier
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
    ModuleLayer,
    Network,
    Optimizer,
    PassThrough,
    layers,
)
from pellucid.network.row_gradients import RowGradient
from pellucid.training import state, stopping
from pellucid.training.events import (
    EpochEnded,
    Event,
    Reason,
    StepsTaken,
    TrainingEnded,
    TrainingStarted,
    Validation,
)
from pellucid.training.loop import train, train_step
from pellucid.training.state import Course, TrainingState
from pellucid.training.stopping import Interruption

PACKAGE = Path(pellucid.__file__).parent
Batch = tuple[Inputs | Tensor, Tensor, Tensor | None]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """These tensors are small: a second thread would only be in the way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


class Batches:
    """The same batches each epoch; before the n-th of all, from 1, `before(n)` happens."""

    def __init__(
        self, batches: Sequence[Batch], before: Callable[[int], object] = lambda _: None
    ) -> None:
        self.batches, self.before = batches, before
        self.num_batches = len(batches)
        self.num_rows = sum(len(inputs) for inputs, _, _ in batches)
        self.given = 0

    def __iter__(self) -> Iterator[Batch]:
        for batch in self.batches:
            self.given += 1
            self.before(self.given)
            yield batch


class Recorder(GradientDescent):
    """Gradient descent that notes its learning rates."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.weights)
        self.rates: list[float] = []

    def step(
        self, gradients: Tensor, learning_rate: float, row_gradients: Sequence[RowGradient] = ()
    ) -> None:
        self.rates.append(learning_rate)
        super().step(gradients, learning_rate, row_gradients)


LOSS = LOSSES["mean_squared_error"]
X = torch.linspace(-1, 1, 24).view(12, 2).sin()
Y = (X * torch.tensor([1.0, -2.0])).sum(dim=1, keepdim=True)


def batches(num_batches: int = 3, before: Callable[[int], object] = lambda _: None) -> Batches:
    pieces = zip(X.tensor_split(num_batches), Y.tensor_split(num_batches), strict=True)
    return Batches([(x, y, None) for x, y in pieces], before)


def line(seed: int = 0) -> Network:
    return Network([Linear(2, 1)], seed=seed)


def start(
    network: Network, source: Batches, course: Course, optimizer: Optimizer | None = None
) -> TrainingState:
    """A training that is to begin, by gradient descent if nothing else is said."""
    return TrainingState(
        network, LOSS, optimizer or GradientDescent(network.weights), source, course
    )


def run(
    network: Network,
    source: Batches,
    course: Course,
    losses: Sequence[float] | None = None,
) -> list[Event]:
    """Train by gradient descent; `losses` are those of the validation rows, one an epoch."""
    remaining = iter(losses or ())
    validate = (lambda: Validation(loss=next(remaining), score=0.5)) if losses else None
    with Interruption() as interruption:

        def stop() -> Reason | None:
            return "interrupted" if interruption.asked else None

        return list(train(start(network, source, course), validate=validate, stop=stop))


def ended(events: list[Event]) -> TrainingEnded:
    assert isinstance(events[-1], TrainingEnded)
    return events[-1]


def epochs_of(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


COURSE = Course(num_epochs=4, learning_rate=0.1)


# --- A step -----------------------------------------------------------------------------------


def test_a_step_is_forward_loss_backward_update() -> None:
    network, expected = line(), line()
    leaf = expected.to_module()
    loss = nn.functional.mse_loss(leaf(X), Y)
    loss.backward()

    value = train_step(
        network, LOSS, GradientDescent(network.weights), (X, Y, None), learning_rate=0.1
    )

    assert value.item() == pytest.approx(loss.item())
    for name, parameter in network.layers[0].parameters.items():
        copied = leaf.copies[f"0_{name}"]
        torch.testing.assert_close(parameter, (copied - 0.1 * copied.grad).detach())


def test_a_step_shortens_the_gradient_before_the_update() -> None:
    network = line()
    before = network.weights.clone()
    optimizer = GradientDescent(network.weights)

    train_step(network, LOSS, optimizer, (X, Y, None), learning_rate=1.0, max_gradient_norm=0.01)

    assert (network.weights - before).norm().item() == pytest.approx(0.01, rel=1e-3)


def test_weights_of_rows_count() -> None:
    first, second = line(), line()
    doubled = torch.tensor([2.0] * 6 + [0.0] * 6)

    for network, batch in [(first, (X, Y, doubled)), (second, (X[:6], Y[:6], None))]:
        train_step(network, LOSS, GradientDescent(network.weights), batch, learning_rate=0.1)

    torch.testing.assert_close(first.weights, second.weights)


# --- The stream of events ---------------------------------------------------------------------


def test_training_is_told_from_start_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "SECONDS_BETWEEN_REPORTS", math.inf)
    network = line()

    events = run(network, batches(), COURSE, [0.4, 0.3, 0.2, 0.1])

    assert [type(event) for event in events] == [TrainingStarted, *[EpochEnded] * 4, TrainingEnded]
    assert isinstance(events[0], TrainingStarted)
    assert events[0].network is network
    assert [event.epoch for event in epochs_of(events)] == [1, 2, 3, 4]
    assert epochs_of(events)[1].validation == Validation(loss=0.3, score=0.5)
    seconds = [event.seconds for event in epochs_of(events)] + [ended(events).seconds]
    assert seconds == sorted(seconds)
    end = ended(events)
    assert (end.reason, end.epochs, end.steps, end.best_epoch) == ("all epochs done", 4, 12, 4)


def test_nothing_has_happened_when_the_start_is_told() -> None:
    network = line()
    before, source = network.weights.clone(), batches()

    first = next(iter(train(start(network, source, COURSE))))

    assert isinstance(first, TrainingStarted)
    assert torch.equal(network.weights, before)
    assert source.given == 0


def test_an_epochs_loss_is_the_mean_of_its_steps_losses() -> None:
    twin = line()
    optimizer = GradientDescent(twin.weights)

    events = run(line(), batches(), Course(num_epochs=2, learning_rate=0.1))
    by_hand = [
        train_step(twin, LOSS, optimizer, batch, learning_rate=0.1, max_gradient_norm=1.0).item()
        for batch in [*batches().batches, *batches().batches]
    ]

    assert [event.loss for event in epochs_of(events)] == pytest.approx(
        [sum(by_hand[:3]) / 3, sum(by_hand[3:]) / 3]
    )


def test_steps_are_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: now.seconds))

    def a_tenth_of_a_second_passes(_: int) -> None:
        now.seconds += 0.1001

    course = Course(num_epochs=2, learning_rate=0.1)
    events = run(line(), batches(6, a_tenth_of_a_second_passes), course)

    told = [event for event in events if isinstance(event, StepsTaken)]
    assert [(event.epoch, event.step) for event in told] == [
        (1, 2), (1, 4), (1, 6), (2, 8), (2, 10), (2, 12)
    ]  # fmt: skip
    assert {event.num_steps for event in told} == {12}
    assert told[0].rows_per_second == pytest.approx(4 / 0.2002)
    assert told[2].remaining_seconds == pytest.approx(0.6006)
    assert told[5].remaining_seconds == 0.0
    assert all(event.loss > 0.0 for event in told)


# --- What is kept -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ([0.3, 0.1, 0.2, 0.4], 2),
        ([0.2, 0.2, 0.2, 0.2], 4),
        ([0.2, 0.1, 0.1, 0.3], 3),
        ([math.nan, 0.5, math.nan, math.nan], 2),
    ],
)
def test_the_weights_of_the_best_epoch_are_kept_the_later_of_equals(
    losses: list[float], best: int
) -> None:
    network = line()
    after_epoch = [network.weights.clone()]

    def validate() -> Validation:
        after_epoch.append(network.weights.clone())
        return Validation(loss=losses[len(after_epoch) - 2], score=0.0)

    events = list(train(start(network, batches(), COURSE), validate=validate))

    assert torch.equal(network.weights, after_epoch[best])
    assert ended(events).best_epoch == best
    so_far = [epoch.epoch for epoch in epochs_of(events) if epoch.is_best]
    assert so_far[-1] == best
    assert all(not torch.equal(network.weights, w) for i, w in enumerate(after_epoch) if i != best)


def test_without_validation_the_last_average_is_kept() -> None:
    training = start(line(), batches(), COURSE)
    averages = []

    for event in train(training):
        if isinstance(event, EpochEnded):
            assert event.validation is None
            assert event.is_best
            averages.append(training.average.weights.clone())

    assert torch.equal(training.network.weights, averages[-1])
    assert not torch.equal(training.network.weights, averages[-2])


def test_the_average_is_judged_while_the_weights_themselves_learn_on() -> None:
    network = line()
    training = start(network, batches(), COURSE)
    judged = []

    def validate() -> Validation:
        judged.append(network.weights.clone())
        return Validation(loss=0.0, score=0.0)

    for event in train(training, validate=validate):
        if isinstance(event, EpochEnded):
            assert torch.equal(judged[-1], training.average.weights)
            assert not torch.equal(judged[-1], network.weights)

    assert torch.equal(judged[-1], network.weights), "in the end the average is all that is left"


@pytest.mark.parametrize(
    ("num_batches", "averaged"), [(1, 1), (3, 3), (31, 31), (32, 16), (50, 17)]
)
def test_the_average_is_taken_some_times_an_epoch_and_at_its_end(
    num_batches: int, averaged: int
) -> None:
    x, y = X.repeat(5, 1), Y.repeat(5, 1)
    pieces = zip(x.tensor_split(num_batches), y.tensor_split(num_batches), strict=True)
    source = Batches([(rows, truth, None) for rows, truth in pieces])
    training = start(line(), source, Course(num_epochs=2, learning_rate=0.1))

    list(train(training))

    assert training.average.count == 2 * averaged


# --- When it has learned ----------------------------------------------------------------------


def ends_of(
    losses: Sequence[float], least_gain: float = 0.0, num_batches: int = 12
) -> TrainingEnded:
    """How a training ends whose rows that judge have these losses, epoch by epoch."""
    course = Course(num_epochs=len(losses), learning_rate=0.1, least_gain=least_gain)
    return ended(run(line(), batches(num_batches), course, losses))


def test_it_ends_when_the_last_third_has_not_lowered_the_loss_of_the_rows_that_judge() -> None:
    falls, rises = [1.0 - 0.01 * n for n in range(40)], [0.8] * 60

    end = ends_of(falls + rises)

    # 100 steps, which are 8⅓ epochs, come on top of the third: ⅔ · 73 − 8⅓ > 40.
    assert (end.reason, end.epochs, end.best_epoch) == ("validation hardly better", 73, 40)


def test_it_goes_on_while_the_loss_falls() -> None:
    end = ends_of([1.0 / n for n in range(1, 101)])

    assert (end.reason, end.epochs, end.best_epoch) == ("all epochs done", 100, 100)


def test_what_falls_too_little_does_not_count_but_the_best_is_kept() -> None:
    losses = [max(1.0 - 0.1 * n, 0.5 - 0.0001 * n) for n in range(100)]

    end = ends_of(losses, least_gain=0.01)

    assert end.reason == "validation hardly better"
    assert end.best_epoch == end.epochs == 22


def test_a_few_steps_are_no_evidence() -> None:
    losses = [0.1, *[0.2] * 30]

    assert ends_of(losses, num_batches=3).reason == "all epochs done"
    assert ends_of(losses, num_batches=12).epochs == 14


def test_without_rows_that_judge_all_epochs_are_done() -> None:
    course = Course(num_epochs=50, learning_rate=0.1, least_gain=1.0)

    assert ended(run(line(), batches(12), course)).reason == "all epochs done"


@pytest.mark.parametrize("strange", [math.nan, math.inf])
def test_losses_that_are_not_finite_do_not_end_it(strange: float) -> None:
    assert ends_of([strange] * 30).reason == "all epochs done"
    assert ends_of([*[strange] * 15, *[0.5 / n for n in range(1, 16)]]).best_epoch == 30


# --- The learning rate ------------------------------------------------------------------------


def test_the_learning_rate_warms_up_in_a_line_and_stays() -> None:
    network = line()
    optimizer = Recorder(network)
    course = Course(num_epochs=300, learning_rate=0.2)

    list(train(start(network, batches(4), course, optimizer)))

    assert optimizer.rates[:100] == pytest.approx([0.002 * step for step in range(1, 101)])
    assert optimizer.rates[100:] == [0.2] * 1100


@pytest.mark.parametrize(("num_epochs", "warm_up"), [(2, 1), (100, 30)])
def test_a_short_training_warms_up_in_a_tenth_of_it(num_epochs: int, warm_up: int) -> None:
    network = line()
    optimizer = Recorder(network)

    course = Course(num_epochs=num_epochs, learning_rate=0.2)
    list(train(start(network, batches(), course, optimizer)))

    assert [rate < 0.2 for rate in optimizer.rates].index(False) == warm_up - 1
    assert optimizer.rates == sorted(optimizer.rates)


def test_a_linear_schedule_lets_the_rate_down_to_0_over_all_steps() -> None:
    network = line()
    optimizer = Recorder(network)
    course = Course(num_epochs=10, learning_rate=0.2, schedule="linear")

    list(train(start(network, batches(4), course, optimizer)))

    down = [0.2 * (1 - step / 40) for step in range(40)]
    up = [0.25, 0.5, 0.75]
    assert optimizer.rates[:3] == pytest.approx([a * b for a, b in zip(up, down, strict=False)])
    assert optimizer.rates[3:] == pytest.approx(down[3:])


def test_a_linear_schedule_takes_all_steps_however_little_validation_gains() -> None:
    course = Course(num_epochs=100, learning_rate=0.1, schedule="linear", least_gain=1.0)

    assert ended(run(line(), batches(), course, [0.5] * 100)).reason == "all epochs done"


def test_with_a_linear_schedule_the_last_weights_are_kept_as_they_are() -> None:
    network, twin = line(), line()
    course = Course(num_epochs=4, learning_rate=0.1, schedule="linear")

    events = run(network, batches(), course, [0.1, 0.2, 0.3, 0.4])
    optimizer = GradientDescent(twin.weights)
    for step, batch in enumerate([*batches().batches] * 4):
        rate = 0.1 * min(1.0, 10 * (step + 1) / 12) * (1 - step / 12)
        train_step(twin, LOSS, optimizer, batch, learning_rate=rate, max_gradient_norm=1.0)

    assert ended(events).best_epoch == 4
    torch.testing.assert_close(network.weights, twin.weights)


# --- A clock ----------------------------------------------------------------------------------


def test_within_a_time_budget_a_linear_schedule_comes_to_0_when_it_is_spent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: now.seconds))

    def a_second_passes(_: int) -> None:
        now.seconds += 1.0

    course = Course(num_epochs=10**6, learning_rate=0.2, schedule="linear", time_budget=50.0)
    network = line()
    optimizer = Recorder(network)
    end = ended(list(train(start(network, batches(4, a_second_passes), course, optimizer))))

    assert (end.reason, end.steps) == ("time budget spent", 50)
    # A batch is asked for before its rate is: a second has passed before the first step.
    assert optimizer.rates[5:] == pytest.approx([0.2 * (1 - s / 50) for s in range(6, 51)])


@pytest.mark.parametrize("num_batches", [1, 4, 12])
def test_a_spent_time_budget_ends_training_with_the_best_average_so_far(
    num_batches: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SimpleNamespace(seconds=1000.0)
    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: now.seconds))

    def a_second_passes(_: int) -> None:
        now.seconds += 1.0

    course = Course(num_epochs=10**6, learning_rate=0.2, time_budget=50.0)
    network = line()
    optimizer = Recorder(network)
    training = start(network, batches(num_batches, a_second_passes), course, optimizer)
    end = ended(list(train(training)))

    assert (end.reason, end.steps, end.seconds) == ("time budget spent", 50, 50.0)
    assert end.epochs == math.ceil(50 / num_batches)
    assert torch.equal(network.weights, training.average.weights)
    assert optimizer.rates[:6] == pytest.approx([0.04, 0.08, 0.12, 0.16, 0.2, 0.2])
    assert optimizer.rates[5:] == [0.2] * 45, "warmed up in a tenth of the time"


@pytest.mark.parametrize("seconds_a_step", [0.001, 0.13, 1e6])
def test_without_a_time_budget_no_clock_changes_a_step(
    seconds_a_step: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(stopping, "time", SimpleNamespace(monotonic=lambda: now.seconds))

    def time_passes(_: int) -> None:
        now.seconds += seconds_a_step

    network, twin = line(), line()
    optimizer, usual = Recorder(network), Recorder(twin)
    list(train(start(network, batches(3, time_passes), COURSE, optimizer)))
    list(train(start(twin, batches(3), COURSE, usual)))

    assert optimizer.rates == usual.rates
    assert torch.equal(network.weights, twin.weights)


def test_a_time_budget_that_is_not_spent_changes_nothing() -> None:
    network, twin = line(), line()

    end = ended(run(network, batches(), COURSE))
    budgeted = ended(run(twin, batches(), Course(num_epochs=4, learning_rate=0.1, time_budget=1e9)))

    assert torch.equal(network.weights, twin.weights)
    assert end.reason == budgeted.reason == "all epochs done"


# --- Ctrl-C -----------------------------------------------------------------------------------


def interrupt_at(*numbers: int) -> Callable[[int], None]:
    """Press Ctrl-C before these batches, counted from 1 through all epochs."""

    def before(number: int) -> None:
        for _ in range(numbers.count(number)):
            signal.raise_signal(signal.SIGINT)

    return before


@pytest.fixture
def handler() -> Iterator[object]:
    """The caller's own answer to Ctrl-C, which must be in place afterwards."""
    before = signal.getsignal(signal.SIGINT)
    yield before
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.usefixtures("handler")
@pytest.mark.parametrize(
    ("number", "epochs", "steps"), [(1, 1, 1), (5, 2, 5), (6, 2, 6), (11, 4, 11)]
)
def test_ctrl_c_ends_training_after_the_step(number: int, epochs: int, steps: int) -> None:
    network = line()
    before = network.weights.clone()

    events = run(network, batches(3, interrupt_at(number)), COURSE, [0.4, 0.3, 0.2, 0.1])

    end = ended(events)
    assert (end.reason, end.epochs, end.steps) == ("interrupted", epochs, steps)
    assert end.best_epoch == epochs, "what was learned so far is judged, and kept if it is best"
    assert len(epochs_of(events)) == epochs
    assert steps == 1 or not torch.equal(network.weights, before)


def test_the_loss_of_an_interrupted_epoch_is_that_of_the_steps_taken() -> None:
    network = line()
    x, y, _ = batches(3).batches[0]
    expected = LOSS.forward(network.forward(x), y, None)[0].item()

    event = epochs_of(run(network, batches(3, interrupt_at(1)), COURSE))[0]

    assert event.loss == pytest.approx(expected)


@pytest.mark.usefixtures("handler")
def test_ctrl_c_at_the_last_step_interrupts_nothing() -> None:
    end = ended(run(line(), batches(3, interrupt_at(12)), COURSE))

    assert (end.reason, end.steps) == ("all epochs done", 12)


@pytest.mark.usefixtures("handler")
def test_a_second_ctrl_c_is_immediate() -> None:
    source = batches(3, interrupt_at(5, 5))

    with pytest.raises(KeyboardInterrupt):
        run(line(), source, COURSE)

    assert source.given == 5


@pytest.mark.parametrize(("asked", "epochs"), [(2, 1), (3, 1), (5, 2)])
def test_a_caller_can_stop_after_any_step(asked: int, epochs: int) -> None:
    network, source = line(), batches(3)
    optimizer = GradientDescent(network.weights)

    def stop() -> Reason | None:
        return "stopped" if source.given == asked else None

    end = ended(list(train(start(network, source, COURSE, optimizer), stop=stop)))

    assert (end.reason, end.epochs, end.steps) == ("stopped", epochs, asked)


@pytest.mark.usefixtures("handler")
def test_an_error_in_the_batches_comes_through() -> None:
    def fail(number: int) -> None:
        if number == 5:
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        run(line(), batches(3, fail), COURSE)


def test_training_works_in_any_thread() -> None:
    """Signals reach only the main thread; elsewhere nothing can interrupt."""
    network, reasons = line(), []

    thread = threading.Thread(
        target=lambda: reasons.append(ended(run(network, batches(), COURSE)).reason)
    )
    thread.start()
    thread.join()

    assert reasons == ["all epochs done"]


# --- Not finite -------------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_ends_training_with_the_best_weights_so_far() -> None:
    source = batches()
    inputs, targets, _ = source.batches[1]
    poisoned = targets.clone()

    def poison(number: int) -> None:
        if number == 8:  # the second batch of the third epoch
            poisoned.fill_(math.inf)

    source.batches = [source.batches[0], (inputs, poisoned, None), source.batches[2]]
    source.before = poison
    network, kept = line(), []
    optimizer = GradientDescent(network.weights)
    events = []
    training = start(network, source, COURSE, optimizer)
    for event in train(training):
        events.append(event)
        kept += [training.average.weights.clone()] if isinstance(event, EpochEnded) else []

    end = ended(events)
    assert (end.reason, end.epochs, end.best_epoch) == ("loss is not finite", 3, 2)
    assert len(epochs_of(events)) == 2
    assert network.weights.isfinite().all()
    assert torch.equal(network.weights, kept[1])


def test_a_first_epoch_that_is_not_finite_leaves_the_first_weights() -> None:
    network = line()
    before = network.weights.clone()

    end = ended(run(network, Batches([(X, Y * math.nan, None)]), COURSE))

    assert (end.reason, end.epochs, end.best_epoch) == ("loss is not finite", 1, 0)
    assert torch.equal(network.weights, before)


@pytest.mark.parametrize("num_epochs", [1, 5])
def test_a_last_step_that_goes_too_far_counts_as_not_finite(num_epochs: int) -> None:
    """The loss of the step was measured before it."""
    network = line()
    before = network.weights.clone()
    course = Course(num_epochs=num_epochs, learning_rate=3e38, max_gradient_norm=None)

    end = ended(run(network, Batches([(X, 100.0 * Y, None)]), course))

    assert (end.reason, end.epochs, end.best_epoch) == ("loss is not finite", 1, 0)
    assert torch.equal(network.weights, before)


def test_no_epochs_are_no_training() -> None:
    network = line()
    before = network.weights.clone()

    end = ended(run(network, batches(), Course(num_epochs=0, learning_rate=0.1)))

    assert (end.reason, end.epochs, end.steps, end.best_epoch) == ("all epochs done", 0, 0, 0)
    assert torch.equal(network.weights, before)


# --- The same again ---------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2])
def test_the_same_seed_and_threads_give_the_same_weights_bit_for_bit(threads: int) -> None:
    """Large enough that two threads share the work, and few steps, since they may be in a jam."""
    torch.set_num_threads(threads)

    def learned() -> Tensor:
        generator = torch.Generator().manual_seed(7)
        codes = torch.randint(5, (512, 1), generator=generator)
        x = Inputs({"dense": torch.randn(512, 63, generator=generator), "codes": codes})
        y = torch.randint(3, (512,), generator=generator)
        layers: list[Layer] = [
            Linear(96, 256),
            Activation("gelu"),
            Dropout(0.3),
            Linear(256, 3),
        ]
        embedding = CategoryEmbedding([(5, 33)], unknown_rate=0.1)
        branches: dict[str, Layer] = {"dense": PassThrough(63), "codes": embedding}
        network = Network(layers, branches=branches, seed=3)
        optimizer = Adam(network.weights, network.num_decayed, 0.01)
        pieces = zip(x.blocks(300), y.split(300), strict=True)
        source = Batches([(rows, truth, None) for rows, truth in pieces])
        course = Course(num_epochs=2, learning_rate=0.1)
        list(train(TrainingState(network, LOSSES["cross_entropy"], optimizer, source, course)))
        return network.weights

    first = learned()

    assert first.isfinite().all()
    assert torch.equal(learned(), first)


# --- Together with torch.nn -------------------------------------------------------------------


def test_a_module_of_torch_learns_like_any_other_layer() -> None:
    """Training runs in inference mode, where autograd does nothing unless told to."""
    torch.manual_seed(0)
    convolution = nn.Conv1d(1, 4, kernel_size=2)
    before = convolution.weight.detach().clone()
    module = nn.Sequential(nn.Unflatten(1, (1, 2)), convolution, nn.Flatten())
    network = Network(
        [ModuleLayer(module), Activation("tanh"), ModuleLayer(nn.LayerNorm(4)), Linear(4, 1)]
    )
    optimizer = Adam(network.weights)

    source = batches(3, lambda _: modes.append(torch.is_inference_mode_enabled()))
    course, modes = Course(num_epochs=100, learning_rate=0.05), list[bool]()
    events = list(train(start(network, source, course, optimizer)))

    assert all(modes)
    losses = [event.loss for event in epochs_of(events)]
    assert losses[-1] < 0.05 * losses[0]
    assert not torch.equal(convolution.weight, before)
    assert convolution.weight.data_ptr() == network.layers[0].parameters["1.weight"].data_ptr()


def test_a_trained_network_can_be_trained_on_by_hand() -> None:
    """Buffers that were made in training work outside of it."""
    network = Network([Linear(2, 3), Activation("relu"), Dropout(0.1), Linear(3, 1)])
    run(network, batches(), COURSE)

    value = train_step(
        network, LOSS, GradientDescent(network.weights), batches().batches[0], learning_rate=0.1
    )

    assert value.isfinite()


# --- How far it is to the arithmetic ------------------------------------------------------------


def test_from_fit_to_the_matrix_product_is_nine_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops in z = xW + b sees how it came there on one screen."""
    stacks = []

    def linear_forward(*arguments: Tensor, **places: Tensor) -> Tensor:
        ours = (f for f in inspect.stack() if str(PACKAGE) in f.filename)
        stacks.append([frame.function for frame in ours][::-1])
        return arithmetic(*arguments, **places)

    arithmetic = layers.linear_forward
    monkeypatch.setattr(layers, "linear_forward", linear_forward)
    options = {"members": 1, "max_epochs": 1, "batch_size": 16}
    Classifier(**options).fit([[float(n)] for n in range(40)], [0, 1] * 20)

    longest = max((stack for stack in stacks if "train_step" in stack), key=len)
    assert [*longest, "linear_forward"] == [
        "fit", "learn_from", "learn", "run", "train", "train_step", "forward", "forward",
        "linear_forward",
    ]  # fmt: skip
