"""Losses: the mean over the rows that everybody knows, and its slope as autograd finds it.

Everything here runs over all of `LOSSES`, so a new loss is tested by existing; it only has to be
written once more, in plain torch and for one row at a time, in `WRITTEN`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.nn import functional

from pellucid.network import LOSSES, Loss


def _classes(outputs: Tensor, generator: Generator) -> Tensor:
    return torch.randint(outputs.shape[1], (len(outputs),), generator=generator)


def _answers(outputs: Tensor, generator: Generator) -> Tensor:
    return torch.randint(2, outputs.shape, generator=generator).to(outputs.dtype)


def _numbers(outputs: Tensor, generator: Generator) -> Tensor:
    return torch.randn(outputs.shape, generator=generator, dtype=outputs.dtype)


class Written(NamedTuple):
    """A loss in plain torch: the loss of each row, and the kind of target it is about."""

    of_rows: Callable[[Tensor, Tensor], Tensor]
    targets: Callable[[Tensor, Generator], Tensor]


WRITTEN: dict[str, Written] = {
    "cross_entropy": Written(
        lambda z, y: functional.cross_entropy(z, y, reduction="none"), _classes
    ),
    "binary_cross_entropy": Written(
        lambda z, y: functional.binary_cross_entropy_with_logits(z, y, reduction="none").sum(dim=1),
        _answers,
    ),
    "mean_squared_error": Written(lambda z, y: ((z - y) ** 2).mean(dim=1), _numbers),
    "quadratic": Written(lambda z, y: (0.5 * (z - y) ** 2).sum(dim=1), _numbers),
}

every_loss = pytest.mark.parametrize("name", LOSSES)
light = settings(max_examples=40, deadline=None)


class Case(NamedTuple):
    outputs: Tensor
    weights: Tensor | None
    generator: Generator


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rows, width = draw(st.integers(1, 7)), draw(st.integers(1, 5))
    generator = Generator().manual_seed(draw(st.integers(0, 2**32)))
    outputs = torch.randn(rows, width, generator=generator, dtype=torch.float64)
    weights = torch.rand(rows, generator=generator, dtype=torch.float64) * 3.0
    weights[0] = draw(st.sampled_from([0.0, 2.0]))
    scale = draw(st.sampled_from([0.1, 1.0, 20.0]))
    return Case(outputs * scale, draw(st.sampled_from([None, weights])), generator)


def test_every_loss_is_written_here() -> None:
    assert set(WRITTEN) == set(LOSSES)
    assert all(loss.name == name for name, loss in LOSSES.items())


@every_loss
@light
@given(case=cases())
def test_forward_and_backward_are_those_of_torch(
    name: str, case: Case, assert_close: Callable[[object, object], None]
) -> None:
    loss, (outputs, weights, generator) = LOSSES[name], case
    targets = WRITTEN[name].targets(outputs, generator)
    leaf = outputs.clone().requires_grad_()
    rows = WRITTEN[name].of_rows(leaf, targets)
    expected = (rows if weights is None else rows * weights).sum() / len(outputs)
    (expected_grad,) = torch.autograd.grad(expected, leaf)

    value, kept = loss.forward(outputs, targets, weights)
    grad = loss.backward(kept, targets, weights)

    assert_close(value, expected.detach())
    assert_close(grad, expected_grad)


@every_loss
@light
@given(case=cases())
def test_a_pair_is_pure(name: str, case: Case) -> None:
    loss, (outputs, weights, generator) = LOSSES[name], case
    targets = WRITTEN[name].targets(outputs, generator)
    before = outputs.clone(), targets.clone()

    value, kept = loss.forward(outputs, targets, weights)
    grad = loss.backward(kept, targets, weights).clone()

    assert torch.equal(grad, loss.backward(kept, targets, weights))
    assert torch.equal(value, loss.forward(outputs, targets, weights)[0])
    assert torch.equal(before[0], outputs)
    assert torch.equal(before[1], targets)


@every_loss
def test_a_weight_of_one_is_no_weight_and_of_zero_no_row(name: str) -> None:
    generator = Generator().manual_seed(0)
    outputs = torch.randn(6, 3, generator=generator)
    targets = WRITTEN[name].targets(outputs, generator)
    loss, weights = LOSSES[name], torch.tensor([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])

    _, kept = loss.forward(outputs, targets, None)
    _, kept_half = loss.forward(outputs, targets, weights)
    plain = loss.backward(kept, targets, None)
    weighted = loss.backward(kept_half, targets, weights)

    assert torch.equal(plain[:3], weighted[:3])
    assert torch.equal(weighted[3:], torch.zeros(3, 3))


@pytest.mark.parametrize("name", ["cross_entropy", "binary_cross_entropy"])
def test_confident_and_wrong_is_a_large_loss_not_an_infinite_one(name: str) -> None:
    outputs = torch.tensor([[1e4, -1e4], [-1e4, 1e4]])
    wrong = torch.tensor([1, 0])
    targets = wrong if name == "cross_entropy" else functional.one_hot(wrong, 2).float()

    value, kept = LOSSES[name].forward(outputs, targets, None)
    grad = LOSSES[name].backward(kept, targets, None)

    assert value.item() == pytest.approx(2e4)
    assert grad.tolist() == [[0.5, -0.5], [-0.5, 0.5]]


@pytest.mark.parametrize(
    ("name", "loss", "slope"), [("quadratic", 8.0, 4.0), ("mean_squared_error", 16.0, 8.0)]
)
def test_the_quadratic_loss_is_half_the_squared_error(name: str, loss: float, slope: float) -> None:
    prediction, label = torch.tensor([[10.0]]), torch.tensor([[6.0]])

    value, kept = LOSSES[name].forward(prediction, label, None)

    assert value.item() == loss
    assert LOSSES[name].backward(kept, label, None).item() == slope


def test_a_network_that_knows_nothing_is_as_surprised_as_by_a_fair_die() -> None:
    value, kept = LOSSES["cross_entropy"].forward(torch.zeros(1, 6), torch.tensor([2]), None)

    assert value.item() == pytest.approx(1.791759)  # log 6
    sixth = 1 / 6
    expected = torch.tensor([[sixth, sixth, sixth - 1, sixth, sixth, sixth]])
    torch.testing.assert_close(
        LOSSES["cross_entropy"].backward(kept, torch.tensor([2]), None), expected
    )


@pytest.mark.parametrize("loss", LOSSES.values(), ids=lambda loss: loss.name)
def test_shapes_that_do_not_match_are_refused(loss: Loss) -> None:
    """Stretched to fit, (K, B, O) with (B, O) would be a number, and a wrong one."""
    targets = {"cross_entropy": torch.zeros(4, dtype=torch.int64)}.get(loss.name, torch.zeros(4, 1))
    with pytest.raises(ValueError, match=r"shape \(3, 4, 1\) and targets \(4"):
        loss.forward(torch.zeros(3, 4, 1), targets, None)
    with pytest.raises(ValueError, match=r"shape \(12, 1\) and targets \(4"):
        loss.forward(torch.zeros(12, 1), targets, None)
    if loss.name != "cross_entropy":
        with pytest.raises(ValueError, match=r"targets \(4,\), but a loss takes"):
            loss.forward(torch.zeros(4, 1), torch.zeros(4), None)
