"""Prediction in tiles: a row's numbers do not depend on the rows beside it, to the last bit.

A matrix product of a hundred rows is summed in another order than that of one row, and tanh is
computed otherwise for the last few of many numbers: so predictions would differ in their last
digits with the company of a row. Here all rows are filled up to whole tiles, products are of one
tile each, and functions of numbers are applied to whole vector registers. That holds for float32 on
a CPU.

Shape letters: R = rows, whole tiles of them, I = inputs, O = outputs (neurons), N = tiles, T = rows
of a tile.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

ROWS_OF_A_PRODUCT = 32
"""Of 8 to 256 the smallest that costs large products little (measured: a sixth at most)."""

ROWS_AT_ONCE = 512
"""Predicted one block after the other: what a layer hands to the next stays in the cache."""

FEWEST_OUTPUTS = 16
"""A product of fewer neurons is summed differently at different places of a tile (Intel's MKL)."""

NUMBERS_AT_ONCE = 2**14
"""Of which torch gives none to a second thread, and which are whole vector registers."""

REGISTERS = 32
"""Numbers that torch's vector code takes in one turn, at most; it takes the last few one by one."""


def rows_of_a_tile(members: int) -> int:
    """Rows of the table in a tile, so that those of all K members make a large enough product."""
    return max(8, ROWS_OF_A_PRODUCT // members)


def filled_up(x: Tensor, tile: int) -> Tensor:
    """Whole tiles of rows, the last one filled up with zeros."""
    missing = -x.shape[0] % tile
    return torch.cat([x, x.new_zeros(missing, *x.shape[1:])]) if missing else x


def widened(weight_IO: Tensor) -> Tensor:
    """A matrix, or a bias, with the fewest outputs at least, filled up with zeros."""
    missing = FEWEST_OUTPUTS - weight_IO.shape[-1]
    if missing <= 0:
        return weight_IO
    return torch.cat([weight_IO, weight_IO.new_zeros(*weight_IO.shape[:-1], missing)], dim=-1)


def product_in_tiles(x_RI: Tensor, weight_IO: Tensor, bias_O: Tensor | None, tile: int) -> Tensor:
    """z = xW + b, tile by tile, shape (R, O).

    Args:
        x_RI: Whole tiles of rows.
        weight_IO: W, with the fewest outputs at least.
        bias_O: B, or none.
        tile: Rows of a tile T.
    """
    x_NTI = x_RI.reshape(-1, tile, x_RI.shape[1])
    weight_NIO = weight_IO.expand(x_NTI.shape[0], -1, -1)
    if bias_O is None:
        z_NTO = torch.bmm(x_NTI, weight_NIO)
    else:
        z_NTO = torch.baddbmm(bias_O, x_NTI, weight_NIO)
    return z_NTO.view(x_RI.shape[0], weight_IO.shape[1])


def by_tile(function: Callable[[Tensor], Tensor], x: Tensor, tile: int) -> Tensor:
    """What a function of rows gives for whole tiles, tile after tile, shape (R, …)."""
    return torch.cat([function(rows) for rows in x.split(tile)])


def by_number(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """What a function of single numbers gives, for all of them in the same way; shape as x.

    Autograd can differentiate it, if it can the function.
    """
    numbers = filled_up(x.reshape(-1), REGISTERS)
    found = torch.cat([function(some) for some in numbers.split(NUMBERS_AT_ONCE)])
    return found[: x.numel()].view(x.shape)


def mean_over_members(x_KBO: Tensor) -> Tensor:
    """The mean (B, O), summed member after member: torch's own order depends on how many B are."""
    total_BO = x_KBO[0]
    for member_BO in x_KBO[1:]:
        total_BO = total_BO + member_BO
    return total_BO / len(x_KBO)
