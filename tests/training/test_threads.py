"""Threads: as many as make a step quicker, and afterwards as many as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from pellucid.training import threads
from pellucid.training.events import EpochEnded, StepsTaken
from pellucid.training.threads import STEPS_PER_PROBE, Threads, quickest_threads


@pytest.fixture(autouse=True)
def callers_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


STEPS = StepsTaken(
    epoch=1, step=10, num_steps=99, loss=0.0, rows_per_second=1.0, remaining_seconds=1.0
)
EPOCH = EpochEnded(epoch=1, loss=0.0, validation=None, is_best=True, seconds=1.0)


class Work:
    """A step that takes its time, which depends on the number of threads."""

    def __init__(self, seconds: dict[int, float]) -> None:
        self.seconds, self.now = seconds, 0.0
        self.ran_with: list[int] = []

    def __call__(self) -> None:
        count = torch.get_num_threads()
        first = count not in self.ran_with
        self.ran_with.append(count)
        self.now += 100.0 if first else self.seconds[count]  # the first one warms up


@pytest.mark.parametrize(
    ("seconds", "quickest"), [({1: 0.02, 2: 0.03}, 1), ({1: 0.03, 2: 0.02}, 2)]
)
def test_the_quicker_number_is_chosen_and_the_callers_restored(
    seconds: dict[int, float], quickest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(seconds)
    monkeypatch.setattr(threads, "time", SimpleNamespace(perf_counter=lambda: work.now))

    with quickest_threads(work, 100) as chosen:
        assert chosen.count == quickest
        assert torch.get_num_threads() == quickest

    assert torch.get_num_threads() == 2
    assert work.ran_with == [1] * (1 + STEPS_PER_PROBE) + [2] * (1 + STEPS_PER_PROBE)


def test_long_steps_are_timed_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work({1: 0.75, 2: 0.5})
    monkeypatch.setattr(threads, "time", SimpleNamespace(perf_counter=lambda: work.now))

    with quickest_threads(work, 100) as chosen:
        assert chosen.count == 2

    assert work.ran_with == [1] * 3 + [2] * 3


def test_one_goes_on_alone_when_the_machine_becomes_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(threads, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    choice = Threads(2, seconds_alone=0.01)

    def ten_steps_later(step: int, seconds: float) -> int:
        clock.now += seconds
        choice.watch(replace(STEPS, step=step))
        return torch.get_num_threads()

    assert ten_steps_later(10, 9.0) == 2  # the first report says nothing yet
    assert ten_steps_later(20, 0.06) == 2
    assert ten_steps_later(30, 0.20) == 1
    assert choice.count == 1


def test_what_happens_between_two_epochs_is_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(threads, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    choice = Threads(2, seconds_alone=0.01)

    choice.watch(STEPS)
    clock.now += 100.0  # the validation rows are judged
    choice.watch(EPOCH)
    choice.watch(replace(STEPS, epoch=2, step=STEPS.step + 10))

    assert torch.get_num_threads() == 2


@pytest.mark.parametrize(
    ("size", "convolves"), [(threads.MOST_WEIGHTS_ALIKE + 1, False), (100, True)]
)
def test_a_network_whose_sums_depend_on_it_keeps_its_first_choice(
    size: int, monkeypatch: pytest.MonkeyPatch, *, convolves: bool
) -> None:
    """A large one, or one with convolutions: the same seed must give the same."""
    work = Work({1: 0.3, 2: 0.2})
    monkeypatch.setattr(threads, "time", SimpleNamespace(perf_counter=lambda: work.now))
    monkeypatch.setattr(threads, "_chosen", {})
    with quickest_threads(work, size, convolves=convolves) as chosen:
        assert chosen.count == 2
    work.seconds = {1: 0.2, 2: 9.0}
    with quickest_threads(work, size, convolves=convolves) as chosen:
        assert chosen.count == 2


def test_a_single_thread_needs_no_probe() -> None:
    torch.set_num_threads(1)
    work = Work({})

    with quickest_threads(work, 100) as chosen:
        assert chosen.count == 1

    assert not work.ran_with
    assert torch.get_num_threads() == 1


def test_the_number_is_restored_when_the_work_fails() -> None:
    with suppress(ArithmeticError), quickest_threads(lambda: None, 100):
        torch.set_num_threads(1)
        raise ArithmeticError

    assert torch.get_num_threads() == 2


def test_the_number_is_restored_when_the_probe_fails() -> None:
    def step() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError), quickest_threads(step, 100):
        pass

    assert torch.get_num_threads() == 2


def test_what_is_taken_up_again_keeps_its_number_where_sums_depend_on_it() -> None:
    work = Work({1: 0.3, 2: 0.2})

    with quickest_threads(work, threads.MOST_WEIGHTS_ALIKE + 1, kept=1) as chosen:
        assert (chosen.count, torch.get_num_threads()) == (1, 1)
    torch.set_num_threads(1)
    with quickest_threads(work, threads.MOST_WEIGHTS_ALIKE + 1, kept=2) as chosen:
        assert (chosen.count, torch.get_num_threads()) == (2, 2)

    assert torch.get_num_threads() == 1
    assert not work.ran_with, "there is nothing to choose"


def test_what_is_taken_up_again_chooses_anew_where_sums_do_not_depend_on_it() -> None:
    torch.set_num_threads(1)

    with quickest_threads(Work({1: 0.3}), threads.MOST_WEIGHTS_ALIKE, kept=2) as chosen:
        assert chosen.count == 1
