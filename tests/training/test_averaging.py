"""The running average of the weights: of the last part of a training, however long it is."""

from __future__ import annotations

import pytest
import torch

from pellucid.network import Linear, ModuleLayer, Network, PassThrough
from pellucid.training import averaging
from pellucid.training.averaging import DECAY, RunningAverage


def network() -> Network:
    return Network([Linear(2, 1)], dtype=torch.float64)


def learn(network: Network, weights: float) -> None:
    """What a step does to the weights, here to all the same."""
    network.weights.fill_(weights)


@pytest.mark.parametrize("updates", [1, 2, 7, 100])
def test_the_weights_of_an_update_count_as_a_power_of_how_late_it_was(updates: int) -> None:
    """(s / t)^γ, up to what vanishes with t: Γ(s + γ) / Γ(s) is a polynomial of degree γ."""
    learned = torch.randn(updates, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    s = torch.arange(1, updates + 1, dtype=torch.float64)
    counts = (torch.lgamma(s + DECAY) - torch.lgamma(s)).exp()
    subject = network()

    average = RunningAverage(subject)
    for weight in learned.tolist():
        learn(subject, weight)
        average.update()

    expected = (counts * learned).sum() / counts.sum()
    torch.testing.assert_close(average.weights, expected.expand_as(average.weights))


def test_the_first_weights_are_forgotten_with_the_first_update() -> None:
    subject = network()
    average = RunningAverage(subject)
    assert torch.equal(average.weights, subject.weights)

    learn(subject, 3.0)
    average.update()

    assert torch.equal(average.weights, subject.weights)


def test_most_of_it_is_of_the_last_ninth() -> None:
    subject = network()
    average = RunningAverage(subject)

    for step in range(900):
        learn(subject, 1.0 if step >= 800 else 0.0)
        average.update()

    assert average.weights.mean() > 1.0 - 0.37


@pytest.mark.parametrize("piece", [1, 2, 100])
def test_the_network_has_it_for_a_while_and_then_its_own_weights_again(
    piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(averaging, "NUMBERS_PER_EXCHANGE", piece)
    subject = network()
    average = RunningAverage(subject)
    learn(subject, 1.0)
    average.update()
    learn(subject, 5.0)

    with average.in_network():
        assert (subject.weights == 1.0).all()

    assert (subject.weights == 5.0).all()
    assert (average.weights == 1.0).all()


def test_running_means_are_averaged_with_the_weights() -> None:
    branches = {"dense": PassThrough(2), "image": ModuleLayer("convolution", channels=[1, 1])}
    subject = Network([Linear(3, 1)], branches=branches)
    average = RunningAverage(subject)
    states = [torch.rand(len(subject.state)) for _ in range(2)]
    assert len(subject.state)

    for state in states:
        subject.state.copy_(state)
        average.update()

    part = (DECAY + 1) / (DECAY + 2)
    torch.testing.assert_close(average.state, (1 - part) * states[0] + part * states[1])
