"""The loss of a student: torch's own cross-entropy and smooth L1, and their slopes by autograd."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.nn import functional

from pellucid.network.distillation import distillation_loss

light = settings(max_examples=40, deadline=None)


class Case(NamedTuple):
    outputs: Tensor
    targets: Tensor
    weights: Tensor | None


@st.composite
def cases(draw: st.DrawFn) -> Case:
    rows, clusters = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    generator = Generator().manual_seed(draw(st.integers(0, 2**32)))

    def drawn(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    scale = draw(st.sampled_from([0.1, 1.0, 20.0]))
    probabilities = torch.softmax(3.0 * drawn(rows, clusters), dim=1)
    targets = torch.cat([probabilities, drawn(rows, 2)], dim=1)
    weights = draw(st.sampled_from([None, drawn(rows).abs()]))
    return Case(scale * drawn(rows, clusters + 2), targets, weights)


def written(outputs: Tensor, targets: Tensor, map_weight: float) -> Tensor:
    """The loss of each row in torch's words."""
    of_clusters = functional.cross_entropy(outputs[:, :-2], targets[:, :-2], reduction="none")
    of_map = functional.smooth_l1_loss(outputs[:, -2:], targets[:, -2:], reduction="none")
    return of_clusters + map_weight * of_map.mean(dim=1)


@light
@given(case=cases(), map_weight=st.sampled_from([0.0, 0.5, 3.0]))
def test_forward_and_backward_are_those_of_torch(
    case: Case, map_weight: float, assert_close: Callable[[object, object], None]
) -> None:
    loss, (outputs, targets, weights) = distillation_loss(map_weight), case
    leaf = outputs.clone().requires_grad_()
    rows = written(leaf, targets, map_weight)
    expected = (rows if weights is None else rows * weights).mean()
    (expected_grad,) = torch.autograd.grad(expected, leaf)

    value, kept = loss.forward(outputs, targets, weights)

    assert_close(value, expected.detach())
    assert_close(loss.backward(kept, targets, weights), expected_grad)


@light
@given(case=cases())
def test_the_pair_is_pure(case: Case) -> None:
    loss, (outputs, targets, weights) = distillation_loss(), case
    before = outputs.clone(), targets.clone()

    value, kept = loss.forward(outputs, targets, weights)
    grad = loss.backward(kept, targets, weights).clone()

    assert torch.equal(grad, loss.backward(kept, targets, weights))
    assert torch.equal(value, loss.forward(outputs, targets, weights)[0])
    assert torch.equal(outputs, before[0])
    assert torch.equal(targets, before[1])


def test_a_student_that_answers_as_its_teacher_does_has_nothing_to_learn() -> None:
    targets = torch.tensor([[0.9, 0.1, 3.0, -4.0]])
    outputs = torch.cat([targets[:, :2].log(), targets[:, 2:]], dim=1)

    _, kept = distillation_loss().forward(outputs, targets, None)

    assert distillation_loss().backward(kept, targets, None).abs().max() < 1e-7


def test_a_place_far_off_pulls_no_harder_than_one_that_is_one_off() -> None:
    targets, loss = torch.tensor([[1.0, 0.0, 0.0]]), distillation_loss(2.0)

    slopes = []
    for place in (0.5, 1.0, 100.0):
        _, kept = loss.forward(torch.tensor([[0.0, place, 0.0]]), targets, None)
        slopes.append(loss.backward(kept, targets, None)[0, 1].item())

    assert slopes == [0.5, 1.0, 1.0]


def test_what_does_not_fit_is_refused() -> None:
    loss = distillation_loss()
    with pytest.raises(ValueError, match=r"shape \(3, 4\) and targets \(3, 5\)"):
        loss.forward(torch.zeros(3, 4), torch.zeros(3, 5), None)
    with pytest.raises(ValueError, match="one for each cluster, then the coordinates"):
        loss.forward(torch.zeros(3, 2), torch.zeros(3, 2), None)
    for weight in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="map_weight must be a number from 0 up"):
            distillation_loss(weight)
