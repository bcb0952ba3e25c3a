"""Numbers cut at bins: written out, and multiplied without being written out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor

from pellucid.network import PiecewiseLinear
from pellucid.network.piecewise import Cuts, interpolated, interpolated_forward, sum_of_interpolated

light = settings(max_examples=60, deadline=None)


def written(position: float, bins: int) -> list[float]:
    """The equation: x_t = clip(p − t, 0, 1), the first open below and the last above."""
    parts = [min(1.0, max(0.0, position - t)) for t in range(bins)]
    if position < 0.0:
        parts[0] = position
    if position > bins:
        parts[-1] = position - (bins - 1)
    return parts


@light
@given(
    position=st.floats(-3.0, 9.0, width=32),
    bins=st.integers(1, 6),
    other=st.floats(-9.0, 9.0, width=32),
)
def test_bins_fill_up_one_after_the_other(position: float, bins: int, other: float) -> None:
    branch = PiecewiseLinear([bins, 0])

    (found,) = branch(torch.tensor([[position, other]], dtype=torch.float64)).tolist()

    assert found == [*written(position, bins), other]
    assert branch.outputs == bins + 1


@light
@given(
    bins=st.lists(st.integers(0, 5), min_size=1, max_size=5).filter(any),
    rows=st.integers(1, 5),
    seed=st.integers(0, 2**32),
)
def test_between_two_knots_lies_what_the_written_out_product_gives(
    bins: list[int], rows: int, seed: int, assert_close: Callable[[object, object], None]
) -> None:
    generator = Generator().manual_seed(seed)
    position = 6.0 * torch.rand(rows, len(bins), generator=generator, dtype=torch.float64) - 1.0
    branch, cuts = PiecewiseLinear(bins), Cuts(bins)
    weight = torch.randn(branch.outputs, 3, generator=generator, dtype=torch.float64)
    x = torch.zeros(rows, branch.outputs, dtype=torch.float64)
    x[:, cuts.cut_P] = branch(position)[:, cuts.cut_P]

    knots, (row, part) = cuts.knots(weight), cuts.between(position[:, cuts.numbers_C])

    shape = (len(cuts.numbers_C), rows)
    each = interpolated_forward(knots, row.view(-1), part.view(-1)).view(*shape, 3)
    assert_close(each.sum(dim=0), x @ weight)
    by_row = cuts.between_by_row(position[:, cuts.numbers_C])
    assert_close(sum_of_interpolated(knots, *by_row), x @ weight)


def test_autograd_accepts_the_pair() -> None:
    knots = torch.randn(6, 2, dtype=torch.float64, requires_grad=True)
    row, part = torch.tensor([0, 4, 0, 2]), torch.tensor([0.5, 1.25, -0.5, 0.0]).double()

    assert torch.autograd.gradcheck(lambda k: interpolated(k, row, part), (knots,))


def test_the_gradient_of_the_rows_is_that_of_the_knots_they_are_summed_in(
    assert_close: Callable[[object, object], None],
) -> None:
    cuts = Cuts([2, 0, 3])
    weight = torch.randn(6, 4, dtype=torch.float64, requires_grad=True)
    knots = cuts.knots(weight)
    grad = torch.randn_like(knots)
    grad[3] = 0.0  # the first number has three knots: nobody takes its fourth

    (expected,) = torch.autograd.grad(knots, weight, grad)

    rows: Tensor = cuts.gradient_of_rows(grad).T
    assert_close(rows[cuts.padded_P], expected[cuts.cut_P])


@pytest.mark.parametrize("bins", [[], [-1], [2.5]])
def test_what_are_no_bins_is_refused(bins: list[int]) -> None:
    with pytest.raises(ValueError, match="must be a whole number"):
        PiecewiseLinear(bins)
