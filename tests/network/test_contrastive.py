"""The contrastive loss: the equation of its paper, and its slope as autograd finds it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.nn import functional

from pellucid.network.contrastive import contrastive_loss

NO_TARGET = torch.zeros(0)

light = settings(max_examples=40, deadline=None)


def written(output_VP: Tensor, temperature: float) -> Tensor:
    """Equation 1 of the paper, view by view: cosines, and a sum over all views but one."""
    num_views = len(output_VP)
    losses = []
    for view in range(num_views):
        other = (view + num_views // 2) % num_views
        cosines = functional.cosine_similarity(output_VP[view], output_VP, dim=1) / temperature
        rest = torch.cat([cosines[:view], cosines[view + 1 :]])
        losses.append(torch.logsumexp(rest, dim=0) - cosines[other])
    return torch.stack(losses).mean()


@st.composite
def outputs(draw: st.DrawFn) -> Tensor:
    rows, width = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    generator = Generator().manual_seed(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([0.01, 1.0, 50.0]))
    return scale * torch.randn(2 * rows, width, generator=generator, dtype=torch.float64)


@light
@given(output_VP=outputs(), temperature=st.sampled_from([0.05, 0.3, 1.0]))
def test_it_is_the_equation_of_the_paper_and_its_slope(
    output_VP: Tensor, temperature: float, assert_close: Callable[[object, object], None]
) -> None:
    loss = contrastive_loss(temperature)
    leaf = output_VP.clone().requires_grad_()
    expected = written(leaf, temperature)
    (expected_grad,) = torch.autograd.grad(expected, leaf)

    value, kept = loss.forward(output_VP, NO_TARGET, None)
    grad = loss.backward(kept, NO_TARGET, None)

    assert_close(value, expected.detach())
    # One output has only the directions ±1: its slope is 0 up to rounding of large numbers.
    torch.testing.assert_close(grad, expected_grad, rtol=1e-6, atol=1e-9)


@light
@given(output_VP=outputs())
def test_the_pair_is_pure(output_VP: Tensor) -> None:
    loss, before = contrastive_loss(0.3), output_VP.clone()

    value, kept = loss.forward(output_VP, NO_TARGET, None)
    grad = loss.backward(kept, NO_TARGET, None).clone()

    assert torch.equal(grad, loss.backward(kept, NO_TARGET, None))
    assert torch.equal(value, loss.forward(output_VP, NO_TARGET, None)[0])
    assert torch.equal(output_VP, before)


@light
@given(output_VP=outputs(), seed=st.integers(0, 100), factor=st.floats(0.1, 10.0))
def test_neither_the_order_of_rows_nor_length_nor_which_view_is_first_matters(
    output_VP: Tensor, seed: int, factor: float, assert_close: Callable[[object, object], None]
) -> None:
    loss = contrastive_loss(0.5)
    first, second = output_VP.chunk(2)
    order = torch.randperm(len(first), generator=Generator().manual_seed(seed))

    value, _ = loss.forward(output_VP, NO_TARGET, None)

    other = torch.cat([factor * second[order], first[order]])
    assert_close(loss.forward(other, NO_TARGET, None)[0], value)


def test_views_that_agree_and_are_unlike_all_others_lose_least() -> None:
    loss, apart = contrastive_loss(0.1), torch.eye(4)

    agreeing, _ = loss.forward(torch.cat([apart, apart]), NO_TARGET, None)
    mixed_up, _ = loss.forward(torch.cat([apart, apart.roll(1, 0)]), NO_TARGET, None)

    assert agreeing.item() < 0.01
    assert mixed_up.item() > 9.0


def test_where_all_are_equal_the_loss_is_that_of_a_guess() -> None:
    value, kept = contrastive_loss(0.3).forward(torch.ones(6, 2), NO_TARGET, None)

    assert value.item() == pytest.approx(torch.tensor(5.0).log().item())
    assert contrastive_loss(0.3).backward(kept, NO_TARGET, None).abs().max() < 1e-6


def test_an_output_without_a_direction_is_like_no_other_and_has_no_slope() -> None:
    output_VP = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])

    value, kept = contrastive_loss(0.01).forward(output_VP, NO_TARGET, None)
    grad = contrastive_loss(0.01).backward(kept, NO_TARGET, None)

    assert value.isfinite()
    assert grad.isfinite().all()
    assert grad[0].tolist() == [0.0, 0.0]


def test_what_cannot_be_compared_is_refused() -> None:
    loss = contrastive_loss(0.3)
    with pytest.raises(ValueError, match=r"shape \(3, 2\), but a contrastive loss takes"):
        loss.forward(torch.zeros(3, 2), NO_TARGET, None)
    with pytest.raises(ValueError, match=r"shape \(0, 2\)"):
        loss.forward(torch.zeros(0, 2), NO_TARGET, None)
    with pytest.raises(ValueError, match="takes no weights of rows"):
        loss.forward(torch.zeros(4, 2), NO_TARGET, torch.ones(4))
    for temperature in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="temperature must be a positive number"):
            contrastive_loss(temperature)
