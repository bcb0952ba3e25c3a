"""Layers: what each computes, how its weights lie and start, and that its derivatives are right.

`assert_layer_computes` (in `conftest.py`) compares a layer with the same formula in plain torch,
in prediction, through the pair given to autograd, and in the training step with its buffers.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from pellucid.network import ACTIVATIONS, Activation, Dropout, Layer, Linear, Network
from pellucid.network.layers import linear

light = settings(max_examples=40, deadline=None)
sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32)


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


# --- Linear -----------------------------------------------------------------------------------


@light
@given(
    rows=sizes,
    inputs=sizes,
    outputs=sizes,
    bias=st.booleans(),
    wanted=st.booleans(),
    first=st.integers(0, 2),
    seed=seeds,
)
def test_linear_is_x_w_plus_b(
    rows: int,
    inputs: int,
    outputs: int,
    bias: bool,
    wanted: bool,
    first: int,
    seed: int,
    assert_layer_computes: Callable[..., None],
) -> None:
    def written(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        z = (x.unsqueeze(2) * weight).sum(dim=1)
        return z if bias is None else z + bias

    layer = Linear(inputs, outputs, bias=bias)

    assert_layer_computes(
        layer, normal(seed, rows, inputs), written, wanted=wanted, first=min(first, inputs - 1)
    )


def test_a_weight_matrix_has_shape_from_to() -> None:
    layer = Linear(2, 3)
    Network([layer])
    layer.parameters["weight"].copy_(torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]))
    layer.parameters["bias"].zero_()

    leaving_neuron_1 = layer(torch.tensor([[0.0, 1.0]]))

    assert leaving_neuron_1.tolist() == [[10.0, 20.0, 30.0]]


def test_a_weight_matrix_lies_in_memory_neuron_by_neuron() -> None:
    layer = Linear(2, 3)
    network = Network([layer])

    network.weights.copy_(torch.arange(9.0))

    assert layer.parameters["weight"].tolist() == [[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]
    assert layer.parameters["bias"].tolist() == [6.0, 7.0, 8.0]


def test_linear_starts_within_one_over_the_root_of_its_inputs() -> None:
    layer = Linear(100, 50)
    Network([layer], seed=1)

    for parameter in layer.parameters.values():
        assert parameter.abs().max() <= 0.1
        assert parameter.std().item() == pytest.approx(0.1 / math.sqrt(3), rel=0.15)


def test_autograd_accepts_the_linear_pair() -> None:
    x, weight, bias = (
        normal(i, *shape).requires_grad_() for i, shape in enumerate([(3, 2), (2, 4), (4,)])
    )

    assert torch.autograd.gradcheck(linear, (x, weight, bias))
    assert torch.autograd.gradcheck(linear, (x, weight))


# --- Activation -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ACTIVATIONS)
@light
@given(rows=sizes, width=sizes, seed=seeds)
def test_an_activation_applies_its_function_to_every_number(
    name: str,
    rows: int,
    width: int,
    seed: int,
    assert_layer_computes: Callable[..., None],
) -> None:
    x = normal(seed, rows, width)

    assert_layer_computes(Activation(name), x, ACTIVATIONS[name].forward, wanted=True)


# --- Dropout ----------------------------------------------------------------------------------


def dropout(rate: float, seed: int = 0) -> Dropout:
    """A dropout layer that is part of a network, which gives it its randomness."""
    layer = Dropout(rate)
    Network([layer], seed=seed, dtype=torch.float64)
    return layer


@light
@given(sizes, st.integers(1, 20), st.floats(0.0, 0.99), seeds)
def test_dropout_silences_and_scales_forward_and_backward_alike(
    rows: int, width: int, rate: float, seed: int
) -> None:
    layer = dropout(rate, seed)
    x, grad = normal(seed, rows, width), normal(seed + 1, rows, width)

    mask = layer.forward(x) / x

    kept = 256 / (256 - round(rate * 256))  # the rate is rounded to a multiple of 1/256
    torch.testing.assert_close(mask, torch.where(mask == 0.0, 0.0, kept).double())
    torch.testing.assert_close(layer.backward(grad, wanted=True), grad * mask)


def test_dropout_forgets_no_mask_when_the_batch_size_changes() -> None:
    layer, large, small = dropout(0.5), normal(1, 9, 8), normal(2, 4, 8)
    layer.forward(large)

    for x in (small, large, small):
        mask = layer.forward(x) / x
        torch.testing.assert_close(layer.backward(x, wanted=True), x * mask)


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_dropout_silences_its_rate_and_leaves_the_mean(rate: float) -> None:
    dropped = dropout(rate).forward(torch.ones(400, 250, dtype=torch.float64))

    assert (dropped == 0.0).double().mean().item() == pytest.approx(rate, abs=0.01)
    assert dropped.mean().item() == pytest.approx(1.0, abs=0.03)


def test_dropout_draws_anew_in_each_step_and_the_same_from_the_same_seed() -> None:
    layer, twin, x = dropout(0.5, seed=3), dropout(0.5, seed=3), normal(0, 10, 10)

    first, second = layer.forward(x).clone(), layer.forward(x).clone()

    assert not torch.equal(first, second)
    assert torch.equal(first, twin.forward(x))
    assert torch.equal(second, twin.forward(x))


def test_dropout_does_nothing_in_prediction() -> None:
    x = normal(0, 10, 10)

    assert torch.equal(dropout(0.9)(x), x)


# --- Every layer ------------------------------------------------------------------------------


def all_layers() -> list[Layer]:
    return [Linear(4, 3), Activation("tanh"), Dropout(0.5)]


@pytest.mark.parametrize("position", range(len(all_layers())))
def test_buffers_are_used_again_whatever_mode_they_were_made_in(position: int) -> None:
    layer, x = all_layers()[position], torch.ones(2, 4)
    Network([layer])
    with torch.inference_mode():  # as `pellucid.training.loop.train` does
        inside = layer.forward(x)
        layer.backward(inside, wanted=True)

    outside = layer.forward(x)
    layer.backward(outside, wanted=True)

    assert outside.data_ptr() == inside.data_ptr()
