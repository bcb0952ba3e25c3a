"""Ensembles in one network: K members in one tensor, each as if it were alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from pellucid.network import Activation, Linear, MemberLinear, Network, ScaledLinear
from pellucid.network.ensemble import member_linear
from pellucid.network.scaled_linear import scaled_linear

light = settings(max_examples=40, deadline=None)
sizes = st.integers(1, 5)
seeds = st.integers(0, 2**32)
firsts = st.integers(0, 2)


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


# --- MemberLinear -----------------------------------------------------------------------------


@pytest.mark.parametrize("first", [True, False])
@light
@given(members=sizes, rows=sizes, inputs=sizes, outputs=sizes, skipped=firsts, seed=seeds)
def test_member_linear_is_one_linear_layer_for_each_member(
    first: bool,
    members: int,
    rows: int,
    inputs: int,
    outputs: int,
    skipped: int,
    seed: int,
    assert_layer_computes: Callable[..., None],
) -> None:
    def written(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        rows_of_member = [x] * members if first else x.chunk(members)
        return torch.cat([x @ w + b for x, w, b in zip(rows_of_member, weight, bias, strict=True)])

    layer = MemberLinear(members, inputs, outputs, first=first)
    x = normal(seed, rows if first else members * rows, inputs)

    skipped = min(skipped, inputs - 1)

    assert_layer_computes(layer, x, written, wanted=True, first=skipped)
    assert_layer_computes(layer, x, written, wanted=False)


def test_a_member_is_the_linear_layer_with_its_weights() -> None:
    layer, alone, x = MemberLinear(3, 4, 2, first=True), Linear(4, 2), normal(0, 5, 4)
    Network([layer], dtype=torch.float64)
    Network([alone], dtype=torch.float64)
    alone.parameters["weight"].copy_(layer.parameters["weight"][1])
    alone.parameters["bias"].copy_(layer.parameters["bias"][1, 0])

    torch.testing.assert_close(layer(x).view(3, 5, 2)[1], alone(x))


def test_autograd_accepts_the_member_linear_pair() -> None:
    shapes = [(2, 3, 2), (2, 2, 4), (2, 1, 4)]
    inputs = tuple(normal(i, *shape).requires_grad_() for i, shape in enumerate(shapes))

    assert torch.autograd.gradcheck(member_linear, inputs)


# --- ScaledLinear -----------------------------------------------------------------------------


@light
@given(
    members=sizes,
    rows=sizes,
    outputs=sizes,
    column_of_input=st.lists(st.integers(0, 3), min_size=1, max_size=6),
    skipped=firsts,
    seed=seeds,
)
def test_scaled_linear_scales_the_columns_and_shares_the_matrix(
    members: int,
    rows: int,
    outputs: int,
    column_of_input: list[int],
    skipped: int,
    seed: int,
    assert_layer_computes: Callable[..., None],
) -> None:
    def written(x: Tensor, weight: Tensor, bias: Tensor, scale: Tensor) -> Tensor:
        members = []
        for factors in scale:
            factor_of_input = torch.stack([factors[column] for column in column_of_input])
            members.append((x * factor_of_input) @ weight + bias)
        return torch.cat(members)

    layer = ScaledLinear(members, outputs, column_of_input)
    x = normal(seed, rows, len(column_of_input))

    skipped = min(skipped, len(column_of_input) - 1)

    assert_layer_computes(layer, x, written, wanted=True, first=skipped)
    assert_layer_computes(layer, x, written, wanted=False)


def test_members_with_factors_of_one_are_one_and_the_same_linear_layer() -> None:
    layer, alone, x = ScaledLinear(3, 2, [0, 1, 1]), Linear(3, 2), normal(0, 5, 3)
    Network([layer], dtype=torch.float64)
    Network([alone], dtype=torch.float64)
    layer.parameters["scale"].fill_(1.0)
    for name in ("weight", "bias"):
        alone.parameters[name].copy_(layer.parameters[name])

    for member in layer(x).view(3, 5, 2):
        torch.testing.assert_close(member, alone(x))


def test_factors_start_as_normal_numbers_or_as_signs() -> None:
    normal_factors, signs = (
        ScaledLinear(50, 1, range(40)),
        ScaledLinear(50, 1, range(40), signs=True),
    )
    for layer in (normal_factors, signs):
        Network([layer])

    scale = normal_factors.parameters["scale"]
    assert scale.mean().item() == pytest.approx(0.0, abs=0.1)
    assert scale.std().item() == pytest.approx(1.0, abs=0.1)
    assert signs.parameters["scale"].unique().tolist() == [-1.0, 1.0]
    assert signs.parameters["scale"].mean().item() == pytest.approx(0.0, abs=0.1)


def test_autograd_accepts_the_scaled_linear_pair() -> None:
    column_of_input = torch.tensor([2, 0, 2, 1])
    shapes = [(3, 4), (4, 2), (2,), (5, 3)]
    inputs = tuple(normal(i, *shape).requires_grad_() for i, shape in enumerate(shapes))

    assert torch.autograd.gradcheck(scaled_linear, (*inputs, column_of_input))


# --- For explanations -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layer",
    [
        Linear(4, 3),
        MemberLinear(2, 4, 3, first=True),
        ScaledLinear(2, 3, [0, 1, 1, 2]),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_the_weights_of_a_neuron_are_the_slopes_of_its_sum(
    layer: Linear | MemberLinear | ScaledLinear,
) -> None:
    """Those of the first member, where there are several."""
    Network([layer], dtype=torch.float64)
    x = normal(0, 1, 4).requires_grad_()

    for neuron in range(3):
        (slopes,) = torch.autograd.grad(layer(x)[0, neuron], x)
        torch.testing.assert_close(layer.weights_of(neuron), slopes[0])


def test_a_layer_without_a_matrix_has_no_weights_of_a_neuron() -> None:
    with pytest.raises(TypeError, match="Activation has no weights"):
        Activation("relu").weights_of(0)
