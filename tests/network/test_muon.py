"""Muon: torch's own orthogonalization and steps, the equations on paper, and what is no filter."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Generator, Tensor
from torch.optim._muon import _zeropower_via_newtonschulz

from pellucid.network import Adam
from pellucid.network.muon import COEFFICIENTS, NEWTON_SCHULZ_STEPS, Filters, Muon, orthogonalized
from pellucid.network.row_gradients import RowGradient

OUTPUTS = 6
FIRST, SECOND = slice(4, 4 + OUTPUTS * 18), slice(120, 120 + OUTPUTS * 3)
"""A bank of more weights than filters, and one of more filters than weights, among others."""
BANKS = [Filters(place=FIRST, outputs=OUTPUTS), Filters(place=SECOND, outputs=OUTPUTS)]
SIZE = 145
OTHERS = torch.ones(SIZE, dtype=torch.bool)
OTHERS[FIRST] = OTHERS[SECOND] = False


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)


def on_paper(matrix: Tensor) -> Tensor:
    """The iteration as it is published, on the matrix itself."""
    a, b, c = COEFFICIENTS
    x = matrix / matrix.norm()
    for _ in range(NEWTON_SCHULZ_STEPS):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x


# --- Orthogonalization ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 40), (40, 5), (8, 8), (1, 9)])
def test_a_matrix_is_orthogonalized_as_it_is_published(
    shape: tuple[int, int], assert_close: Callable[[object, object], None]
) -> None:
    matrix = normal(1, *shape)

    assert_close(orthogonalized(matrix), on_paper(matrix))


@pytest.mark.parametrize("shape", [(5, 40), (40, 5), (8, 8)])
def test_torch_which_computes_in_bfloat16_comes_to_nearly_the_same(shape: tuple[int, int]) -> None:
    matrix = normal(1, *shape)

    torchs = _zeropower_via_newtonschulz(matrix, COEFFICIENTS, NEWTON_SCHULZ_STEPS, 1e-7)

    torch.testing.assert_close(orthogonalized(matrix), torchs.double(), atol=0.02, rtol=0.02)


def test_the_directions_of_a_matrix_stay_and_become_about_as_long() -> None:
    matrix = normal(1, 8, 50)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)

    lengths = left.T @ orthogonalized(matrix, steps=5) @ right.T

    assert ((lengths.diagonal() > 0.6) & (lengths.diagonal() < 1.3)).all()
    torch.testing.assert_close(lengths, lengths.diagonal().diag(), atol=1e-12, rtol=0.0)


def test_a_gradient_that_is_0_moves_nothing() -> None:
    assert orthogonalized(torch.zeros(3, 5)).count_nonzero() == 0


# --- Steps ------------------------------------------------------------------------------------


def test_filters_take_torchs_steps_from_where_their_length_is_given_anew() -> None:
    """Torch's step is scaled where a matrix is higher than it is wide; ours is not."""
    weights = normal(1, OUTPUTS * 18)
    parameter = torch.nn.Parameter(weights.view(OUTPUTS, 18).clone())
    ours = Muon(
        weights, filters=[Filters(place=slice(0, OUTPUTS * 18), outputs=OUTPUTS)], filter_rate=1.0
    )
    torchs = torch.optim.Muon(
        [parameter], lr=0.1, weight_decay=0.0, momentum=0.6, ns_steps=NEWTON_SCHULZ_STEPS
    )

    for step in range(5):
        parameter.grad = normal(10 + step, OUTPUTS, 18)
        with torch.no_grad():
            parameter.mul_(OUTPUTS**0.5 / parameter.norm())
        torchs.step()
        ours.step(parameter.grad.flatten(), 0.1)

    torch.testing.assert_close(weights.view(OUTPUTS, 18), parameter.detach(), atol=0.01, rtol=0.01)


def test_filters_follow_their_equations(assert_close: Callable[[object, object], None]) -> None:
    weights = normal(1, SIZE)
    filters, momentum = weights[SECOND].view(OUTPUTS, -1).clone(), 0.0
    optimizer = Muon(weights, filters=BANKS, momentum=0.5, filter_rate=3.0)

    for step, rate in enumerate((0.1, 0.05, 0.2)):
        gradients = normal(10 + step, SIZE)
        optimizer.step(gradients, rate)
        gradient = gradients[SECOND].view(OUTPUTS, -1)
        momentum = 0.5 * momentum + gradient
        filters = OUTPUTS**0.5 * filters / filters.norm()
        filters = filters - 3.0 * rate * on_paper_of_any_shape(gradient + 0.5 * momentum)
        assert_close(weights[SECOND].view(OUTPUTS, -1), filters)


def on_paper_of_any_shape(matrix: Tensor) -> Tensor:
    return on_paper(matrix.T).T if matrix.shape[0] > matrix.shape[1] else on_paper(matrix)


def test_what_is_no_filter_moves_by_adamw() -> None:
    weights, twin = normal(1, SIZE), normal(1, SIZE)
    optimizer, adam = Muon(weights, 100, 0.3, filters=BANKS), Adam(twin, 100, 0.3)

    for step in range(3):
        gradients = normal(10 + step, SIZE)
        optimizer.step(gradients, 0.1)
        adam.step(gradients, 0.1)

    assert torch.equal(weights[OTHERS], twin[OTHERS])
    assert not (weights == twin)[~OTHERS].any()


def test_without_filters_it_is_adamw() -> None:
    weights, twin = normal(1, 9), normal(1, 9)

    Muon(weights, 4, 0.3).step(normal(2, 9), 0.1)
    Adam(twin, 4, 0.3).step(normal(2, 9), 0.1)

    assert torch.equal(weights, twin)


def test_the_rows_of_a_table_move_by_adam_where_a_batch_touched_them() -> None:
    weights, twin = normal(1, SIZE + 12), normal(1, SIZE + 12)
    optimizer, adam = Muon(weights, filters=BANKS), Adam(twin)
    table = RowGradient(SIZE, (4, 3), like=weights)

    for step in range(3):
        table.collect(torch.tensor([1, 3, 1]), normal(20 + step, 3, 3))
        for each in (optimizer, adam):
            each.step(normal(10 + step, SIZE), 0.1, [table])

    assert torch.equal(weights[SIZE:], twin[SIZE:])
    assert (weights[SIZE:].view(4, 3) != normal(1, SIZE + 12)[SIZE:].view(4, 3)).any(
        1
    ).tolist() == [
        False,
        True,
        False,
        True,
    ]


# --- Going on ---------------------------------------------------------------------------------


def test_it_goes_on_from_where_another_one_was() -> None:
    weights = normal(1, SIZE)
    optimizer = Muon(weights, filters=BANKS)
    gradients = [normal(10 + step, SIZE) for step in range(4)]
    for gradient in gradients[:2]:
        optimizer.step(gradient, 0.1)

    twin = weights.clone()
    other = Muon(twin, filters=BANKS)
    other.restore(optimizer.state())
    for each, gradient in itertools.product((optimizer, other), gradients[2:]):
        each.step(gradient, 0.1)

    assert torch.equal(weights, twin)
