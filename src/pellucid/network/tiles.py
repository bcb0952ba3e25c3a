"""Products for prediction, in which a row's numbers do not depend on the rows beside it.

A matrix product of a hundred rows is summed in another order than that of one row: so predictions
would differ in their last digits with the company of a row. In products of always the same number
of rows, a tile, they are the same to the last bit.

Shape letters: R = rows, I = inputs, O = outputs (neurons), N = tiles, T = rows of a tile.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

ROWS_OF_A_TILE = 32
"""Of 8 to 256 the smallest that costs large products little (measured: a sixth at most)."""

FEWEST_OUTPUTS = 16
"""A product of fewer neurons is summed differently at different places of a tile (Intel's MKL)."""


def in_tiles(x: Tensor) -> Tensor:
    """(R, …) → (N, T, …), the last tile filled up with zeros."""
    missing = -x.shape[0] % ROWS_OF_A_TILE
    if missing:
        x = torch.cat([x, x.new_zeros(missing, *x.shape[1:])])
    return x.view(-1, ROWS_OF_A_TILE, *x.shape[1:])


def product_in_tiles(x_RI: Tensor, weight_IO: Tensor, bias_O: Tensor | None = None) -> Tensor:
    """z = xW + b, tile by tile, shape (R, O)."""
    rows, outputs = x_RI.shape[0], weight_IO.shape[1]
    missing = FEWEST_OUTPUTS - outputs
    if missing > 0:
        weight_IO = torch.cat([weight_IO, weight_IO.new_zeros(len(weight_IO), missing)], dim=1)
        bias_O = None if bias_O is None else torch.cat([bias_O, bias_O.new_zeros(missing)])
    x_NTI = in_tiles(x_RI)
    weight_NIO = weight_IO.expand(len(x_NTI), -1, -1)
    if bias_O is None:
        z_NTO = torch.bmm(x_NTI, weight_NIO)
    else:
        z_NTO = torch.baddbmm(bias_O, x_NTI, weight_NIO)
    return z_NTO.view(-1, weight_IO.shape[1])[:rows, :outputs]


def by_tile(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """What a function of rows gives, tile after tile, shape (R, …)."""
    return torch.cat([function(tile) for tile in in_tiles(x)])[: x.shape[0]]
