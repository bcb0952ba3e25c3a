"""A bag of terms: a text is the weighted sum of the vectors of its terms."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from pellucid.inputs import Inputs
from pellucid.network import Activation, Network
from pellucid.network.term_bag import NO_TERM, TermBag, term_bag

TERMS, DIMENSIONS = 7, 3

light = settings(max_examples=40, deadline=None)


def texts_of(seed: int, rows: int, length: int) -> Tensor:
    """Texts of up to so many terms: numbers and weights, 0 where there is none."""
    generator = Generator().manual_seed(seed)
    number_BL = torch.randint(TERMS, (rows, length), generator=generator)
    weight_BL = torch.rand(rows, length, generator=generator, dtype=torch.float64)
    return torch.stack([number_BL.double(), weight_BL * (number_BL != NO_TERM)], dim=2)


def as_matrix(x_BL2: Tensor) -> Tensor:
    """The same as a dense row of weights for each text, (B, V), that autograd can follow."""
    one_hot_BLV = torch.nn.functional.one_hot(x_BL2[..., 0].long(), TERMS).to(x_BL2.dtype)
    one_hot_BLV = one_hot_BLV * (x_BL2[..., :1] != NO_TERM)
    return (one_hot_BLV * x_BL2[..., 1:]).sum(dim=1)


@light
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 6), length=st.integers(1, 8))
def test_a_text_is_the_product_of_its_weights_with_the_table(
    seed: int, rows: int, length: int, assert_close: Callable[..., None]
) -> None:
    layer, x_BL2 = TermBag(TERMS, DIMENSIONS), texts_of(seed, rows, length)
    network = Network([Activation("identity")], branches={"terms:a": layer}, dtype=torch.float64)
    table = layer.parameters["table"].clone().requires_grad_()

    expected = as_matrix(x_BL2) @ table
    grad = torch.linspace(-1.0, 2.0, expected.numel(), dtype=torch.float64).view(expected.shape)
    (gradient,) = torch.autograd.grad(expected, [table], grad)
    outputs = network.forward(Inputs({"terms:a": x_BL2})).clone()
    network.backward(grad)

    assert_close(outputs, expected.detach())
    assert_close(layer(x_BL2), expected.detach())
    found = layer.row_gradients["table"]
    assert_close(torch.zeros_like(table).index_add_(0, found.rows_U, found.values_UV), gradient)


@light
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 6))
def test_features_pass_as_they_are_behind_the_sum(
    seed: int, rows: int, assert_close: Callable[..., None]
) -> None:
    """They stand among the terms, in any order, with numbers that follow those of the terms."""
    layer, x_BL2 = TermBag(TERMS, DIMENSIONS, features=2), texts_of(seed, rows, 4)
    alone = TermBag(TERMS, DIMENSIONS)
    for each in (layer, alone):
        Network([Activation("identity")], branches={"terms:a": each}, dtype=torch.float64)
    alone.parameters["table"].copy_(layer.parameters["table"])
    feature_BF = torch.arange(2.0 * rows, dtype=torch.float64).view(rows, 2) - 3.0
    number_BF = torch.tensor([TERMS + 1, TERMS]).expand(rows, 2)
    features_BF2 = torch.stack([number_BF.double(), feature_BF.flip(1)], dim=2)
    both_BL2 = torch.cat([features_BF2, x_BL2], dim=1).requires_grad_()

    outputs = layer(both_BL2)
    assert_close(outputs.detach(), torch.cat([alone(x_BL2), feature_BF], dim=1))
    assert_close(layer.forward(both_BL2.detach()), outputs.detach())

    grad = torch.linspace(-1.0, 2.0, outputs.numel(), dtype=torch.float64).view(outputs.shape)
    layer.backward(grad, wanted=False)
    alone.forward(x_BL2)
    alone.backward(grad[:, :DIMENSIONS], wanted=False)
    assert_close(layer.row_gradients["table"].values_UV, alone.row_gradients["table"].values_UV)
    (found,) = torch.autograd.grad(outputs, [both_BL2], grad)
    assert_close(found[:, :2, 1], grad[:, DIMENSIONS:].flip(1))


def test_dropout_leaves_the_features_alone() -> None:
    layer = TermBag(TERMS, DIMENSIONS, dropout=0.9, features=1)
    Network([Activation("identity")], branches={"terms:a": layer})
    x_BL2 = torch.tensor([[[float(TERMS), 2.5], [3.0, 1.0]]]).expand(50, 2, 2)
    outputs = layer.forward(x_BL2)
    assert (outputs[:, -1] == 2.5).all()
    assert (outputs[:, :-1] == 0.0).all(dim=1).any()


def test_only_terms_of_the_batch_have_a_gradient() -> None:
    layer = TermBag(1_000_000, 2)
    Network([Activation("identity")], branches={"terms:a": layer})
    x_BL2 = torch.tensor([[[5.0, 0.5], [9.0, 1.0]], [[9.0, 2.0], [0.0, 0.0]]])

    layer.forward(x_BL2)
    layer.backward(torch.tensor([[1.0, 0.0], [10.0, 0.0]]), wanted=False)

    found = layer.row_gradients["table"]
    assert found.rows_U.tolist() == [5, 9]
    assert found.values_UV.tolist() == [[0.5, 0.0], [21.0, 0.0]]


def test_its_derivative_with_respect_to_the_weights_is_autograds() -> None:
    x_BL2 = texts_of(3, rows=4, length=5)
    table_VD = torch.rand(TERMS, DIMENSIONS, dtype=torch.float64, requires_grad=True)
    weight_BL = x_BL2[..., 1].clone().requires_grad_()

    def bag(weight_BL: Tensor, table_VD: Tensor) -> Tensor:
        return term_bag(torch.stack([x_BL2[..., 0], weight_BL], dim=2), table_VD)

    assert torch.autograd.gradcheck(bag, (weight_BL, table_VD))


def test_a_text_without_terms_is_nothing() -> None:
    layer = TermBag(TERMS, DIMENSIONS)
    Network([Activation("identity")], branches={"terms:a": layer}, seed=1)

    assert layer(torch.zeros(2, 3, 2)).tolist() == [[0.0] * DIMENSIONS] * 2


def test_a_text_has_the_same_numbers_in_any_company() -> None:
    layer = TermBag(200, 32)
    Network([Activation("identity")], branches={"terms:a": layer}, seed=1)
    generator = Generator().manual_seed(0)
    number_BL = torch.randint(200, (500, 40), generator=generator).float()
    x_BL2 = torch.stack([number_BL, torch.rand(500, 40, generator=generator)], dim=2)

    together = layer.predict(x_BL2)

    assert torch.equal(torch.cat([layer.predict(x_BL2[i : i + 1]) for i in range(500)]), together)
    longer = torch.cat([x_BL2[7:9], torch.zeros(2, 100, 2)], dim=1)
    assert torch.equal(layer.predict(longer), together[7:9])


def test_dropped_terms_are_made_up_for_by_those_that_are_left() -> None:
    layer = TermBag(4, 1, dropout=0.25)
    Network([Activation("identity")], branches={"terms:a": layer}, seed=2)
    layer.parameters["table"].fill_(1.0)
    x_BL2 = torch.tensor([[[2.0, 1.0], [3.0, 1.0]]]).expand(4_000, -1, -1)

    sums = layer.forward(x_BL2)

    assert {round(value, 4) for value in sums.flatten().tolist()} == {0.0, 1.3333, 2.6667}
    assert abs(sums.mean().item() - 2.0) < 0.05
    assert layer(x_BL2).eq(2.0).all()


@pytest.mark.parametrize("wrong", [{"terms": 0}, {"dimensions": 0}, {"dropout": 1.0}])
def test_what_is_no_bag_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TermBag(**{"terms": 5, "dimensions": 2, **wrong})  # type: ignore[arg-type]
