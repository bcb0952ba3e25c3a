"""Optimizers: torch's own steps, the equations on paper, and what they leave alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from pellucid.network import (
    Adam,
    GradientDescent,
    Linear,
    Network,
    Optimizer,
    ScaledLinear,
)
from pellucid.network.optimizers import clip_gradient_norm_

STEPS = 20
MAKERS: dict[str, Callable[..., Optimizer]] = {
    "gradient descent": GradientDescent,
    "momentum": lambda *place: GradientDescent(*place, momentum=0.9),
    "nesterov": lambda *place: GradientDescent(*place, momentum=0.9, nesterov=True),
    "adam": Adam,
    "adam with other constants": lambda *place: Adam(*place, beta1=0.8, beta2=0.9, epsilon=0.1),
}
light = settings(max_examples=100, deadline=None)
every_optimizer = pytest.mark.parametrize("name", MAKERS)


def normal(generator: Generator, *shape: int) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def steps(seed: int, size: int) -> Iterator[tuple[Tensor, float]]:
    """Gradients of very different sizes, one of them always 0, and a changing learning rate."""
    generator = Generator().manual_seed(seed)
    for step in range(STEPS):
        gradient = normal(generator, size) * torch.logspace(-4, 2, size, dtype=torch.float64)
        gradient[0] = 0.0
        yield gradient, 0.1 / (1 + step)


# --- Against torch ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "theirs", "options"),
    [
        ("gradient descent", torch.optim.SGD, {}),
        ("momentum", torch.optim.SGD, {"momentum": 0.9}),
        ("nesterov", torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
        ("adam", torch.optim.Adam, {}),
        ("adam with other constants", torch.optim.Adam, {"betas": (0.8, 0.9), "eps": 0.1}),
    ],
)
def test_every_optimizer_takes_torchs_steps(
    name: str,
    theirs: Callable[..., torch.optim.Optimizer],
    options: dict[str, Any],
    assert_close: Callable[[object, object], None],
) -> None:
    weights = normal(Generator().manual_seed(1), 7)
    parameter = weights.clone().requires_grad_()
    ours, torchs = MAKERS[name](weights), theirs([parameter], lr=1.0, **options)

    for gradient, learning_rate in steps(2, 7):
        torchs.param_groups[0]["lr"] = learning_rate
        parameter.grad = gradient.clone()
        torchs.step()
        ours.step(gradient, learning_rate)
        assert_close(weights, parameter.detach())


def test_adam_with_weight_decay_is_adamw_that_leaves_biases_alone(
    assert_close: Callable[[object, object], None],
) -> None:
    weights = normal(Generator().manual_seed(1), 7)
    decayed, others = (part.clone().requires_grad_() for part in weights.split([4, 3]))
    torchs = torch.optim.AdamW(
        [{"params": [decayed], "weight_decay": 0.3}, {"params": [others], "weight_decay": 0.0}]
    )
    ours = Adam(weights, 4, 0.3)

    for gradient, learning_rate in steps(2, 7):
        for group in torchs.param_groups:
            group["lr"] = learning_rate
        decayed.grad, others.grad = (part.clone() for part in gradient.split([4, 3]))
        torchs.step()
        ours.step(gradient, learning_rate)
        assert_close(weights, torch.cat([decayed, others]).detach())


# --- Against the equations --------------------------------------------------------------------


def gradient_descent(w: Tensor) -> Iterator[Tensor]:
    for g, rate in steps(3, 5):
        w = w - rate * g
        yield w


def momentum(w: Tensor) -> Iterator[Tensor]:
    v = torch.zeros_like(w)
    for g, rate in steps(3, 5):
        v = 0.9 * v + g
        w = w - rate * v
        yield w


def nesterov(w: Tensor) -> Iterator[Tensor]:
    v = torch.zeros_like(w)
    for g, rate in steps(3, 5):
        v = 0.9 * v + g
        w = w - rate * (g + 0.9 * v)
        yield w


def adam(
    w: Tensor, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Iterator[Tensor]:
    m, v = torch.zeros_like(w), torch.zeros_like(w)
    for t, (g, rate) in enumerate(steps(3, 5), start=1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        w = w - rate * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)).sqrt() + eps)
        yield w


def adam_with_other_constants(w: Tensor) -> Iterator[Tensor]:
    return adam(w, 0.8, 0.9, 0.1)


@every_optimizer
def test_every_optimizer_follows_its_equations(
    name: str, assert_close: Callable[[object, object], None]
) -> None:
    weights = normal(Generator().manual_seed(4), 5)
    on_paper = globals()[name.replace(" ", "_")](weights.clone())
    optimizer = MAKERS[name](weights)

    for (gradient, learning_rate), expected in zip(steps(3, 5), on_paper, strict=True):
        optimizer.step(gradient, learning_rate)
        assert_close(weights, expected)


@every_optimizer
def test_weight_decay_shrinks_weights_by_a_part_of_the_learning_rate(name: str) -> None:
    """Where the gradient is 0, nothing else moves them."""
    weights = torch.ones(6, dtype=torch.float64)
    optimizer = MAKERS[name](weights, 4, 0.5)

    optimizer.step(torch.zeros_like(weights), 0.1)
    optimizer.step(torch.zeros_like(weights), 0.2)

    shrunk = (1 - 0.1 * 0.5) * (1 - 0.2 * 0.5)
    assert weights.tolist() == pytest.approx([shrunk] * 4 + [1.0] * 2)


@every_optimizer
def test_in_a_network_neither_biases_nor_factors_decay(name: str) -> None:
    network = Network([ScaledLinear(2, 3, [0, 1]), Linear(3, 2)], members=2)
    network.weights.fill_(1.0)
    optimizer = MAKERS[name](network.weights, network.num_decayed, 0.5)

    optimizer.step(torch.zeros_like(network.weights), 0.1)

    for layer in network.layers:
        for parameter_name, parameter in layer.parameters.items():
            expected = 0.95 if parameter_name == "weight" else 1.0
            torch.testing.assert_close(parameter, torch.full_like(parameter, expected))


@every_optimizer
def test_a_step_moves_the_weights_in_place_and_reads_the_gradient_only(name: str) -> None:
    weights, gradient = torch.ones(3), torch.tensor([1.0, -2.0, 0.0])
    before = weights.data_ptr(), gradient.clone()

    optimizer = MAKERS[name](weights, 2, 0.1)
    optimizer.step(gradient, 0.1)

    assert optimizer.weights is weights
    assert (weights.data_ptr(), gradient.tolist()) == (before[0], before[1].tolist())
    assert weights[0] < 1.0 < weights[1]
    assert weights[2] == 1.0


# --- Clipping ---------------------------------------------------------------------------------


@light
@given(
    gradients=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6),
    max_norm=st.floats(1e-3, 1e3),
)
def test_a_long_gradient_is_shortened_and_a_short_one_left(
    gradients: list[float], max_norm: float
) -> None:
    clipped = torch.tensor(gradients, dtype=torch.float64)
    given, parameter = clipped.clone(), torch.zeros(len(gradients), dtype=torch.float64)
    parameter.grad = given.clone()
    torch.nn.utils.clip_grad_norm_([parameter], max_norm)

    clip_gradient_norm_(clipped, max_norm)

    assert clipped.norm() <= max_norm
    if given.norm() < 0.99 * max_norm - 1e-5:
        assert torch.equal(clipped, given)
    torch.testing.assert_close(clipped * given.norm(), given * clipped.norm())
    torch.testing.assert_close(clipped, parameter.grad, rtol=1e-6, atol=1e-12)
