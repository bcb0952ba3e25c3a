"""Activation functions: h = σ(z) as everybody knows it, and σ′ as autograd finds it.

Everything here runs over all of `ACTIVATIONS`, so a new function is tested by existing; it only
has to be written once more, in plain torch, in `WRITTEN`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional

from pellucid.network import ACTIVATIONS

WRITTEN: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "identity": lambda z: z * 1.0,
}

every_activation = pytest.mark.parametrize("name", ACTIVATIONS)
light = settings(max_examples=40, deadline=None)


@st.composite
def tensors(draw: st.DrawFn) -> Tensor:
    """A tensor of any shape; small and large numbers, and 0, where ReLU has its corner."""
    shape = draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32)))
    z = torch.randn(shape, generator=generator, dtype=torch.float64)
    z *= draw(st.sampled_from([0.01, 1.0, 5.0]))
    z.view(-1)[0] = draw(st.sampled_from([0.0, -1.0, 7.0]))
    return z


def test_every_activation_is_written_here() -> None:
    assert set(WRITTEN) == set(ACTIVATIONS)
    assert all(function.name == name for name, function in ACTIVATIONS.items())


@every_activation
@light
@given(z=tensors())
def test_forward_and_backward_are_those_of_torch(
    name: str, z: Tensor, assert_close: Callable[[object, object], None]
) -> None:
    function = ACTIVATIONS[name]
    leaf = z.clone().requires_grad_()
    expected_h = WRITTEN[name](leaf)
    grad_h = torch.linspace(-1.0, 2.0, z.numel(), dtype=torch.float64).view(z.shape)
    (expected_grad_z,) = torch.autograd.grad(expected_h, leaf, grad_h)

    h = function.forward(z)
    grad_z = function.backward(grad_h, z, h)

    assert_close(h, expected_h.detach())
    assert_close(grad_z, expected_grad_z)


@every_activation
@light
@given(z=tensors())
def test_out_receives_the_same_numbers_and_nothing_else_is_written(name: str, z: Tensor) -> None:
    function = ACTIVATIONS[name]
    grad_h = torch.cos(z)
    h = function.forward(z).clone()
    grad_z = function.backward(grad_h, z, h).clone()
    given = [tensor.clone() for tensor in (z, grad_h, h)]
    out_h, out_z = torch.empty_like(z), torch.empty_like(z)

    assert function.forward(z, out=out_h) is out_h
    assert function.backward(grad_h, z, h, out=out_z) is out_z

    assert torch.equal(out_h, h)
    assert torch.equal(out_z, grad_z)
    assert all(map(torch.equal, (z, grad_h, h), given))


@every_activation
@light
@given(z=tensors())
def test_h_may_take_the_place_of_z_and_its_gradient_that_of_h(name: str, z: Tensor) -> None:
    """As in training, where fewer places in memory are quicker."""
    function, grad_h = ACTIVATIONS[name], torch.cos(z)
    h = function.forward(z).clone()
    grad_z = function.backward(grad_h, z, h).clone()

    place = z.clone()
    function.forward(place, out=place)
    kept_z = z if function.needs_z else torch.full_like(z, torch.nan)

    assert torch.equal(place, h)
    assert torch.equal(function.backward(grad_h, kept_z, place, out=place), grad_z)
    assert torch.equal(place, grad_z)


@every_activation
def test_autograd_accepts_the_pair(name: str) -> None:
    z = torch.tensor([[-2.0, -0.4, 0.3], [0.9, 1.7, 4.0]], dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(ACTIVATIONS[name], z)


@every_activation
def test_far_out_nothing_overflows(name: str) -> None:
    z = torch.tensor([-1e30, -1e4, -100.0, 100.0, 1e4, 1e30])
    function = ACTIVATIONS[name]

    h = function.forward(z)
    slope = function.backward(torch.ones_like(z), z, h)

    assert h.isfinite().all()
    assert torch.equal(h, WRITTEN[name](z))
    assert set(slope.tolist()) <= {0.0, 1.0}


def test_the_corner_of_relu_counts_as_flat() -> None:
    zero = torch.zeros(1)

    assert ACTIVATIONS["relu"].backward(torch.ones(1), zero, zero).item() == 0.0
