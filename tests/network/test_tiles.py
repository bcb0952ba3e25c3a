"""Products in tiles: a row gives the same numbers wherever it stands, to the last bit."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from pellucid.network.tiles import ROWS_OF_A_TILE, by_tile, in_tiles, product_in_tiles

SIZES = [1, 2, 3, 5, 8, 11, 12, 15, 16, 17, 31, 32, 33, 64, 100, 128, 257, 512]


@pytest.mark.parametrize("rows", [1, ROWS_OF_A_TILE, 3 * ROWS_OF_A_TILE + 5])
@pytest.mark.parametrize("by_neuron", [True, False])
def test_a_row_gives_the_same_at_every_place(rows: int, *, by_neuron: bool) -> None:
    generator = Generator().manual_seed(0)
    for inputs in SIZES:
        x = torch.randn(inputs, generator=generator).expand(rows, -1).contiguous()
        for outputs in SIZES:
            shape = (outputs, inputs) if by_neuron else (inputs, outputs)
            weight = torch.randn(shape, generator=generator)
            weight = weight.T if by_neuron else weight
            for bias in (None, torch.randn(outputs, generator=generator)):
                z = product_in_tiles(x, weight, bias)
                alone = product_in_tiles(x[:1], weight, bias)
                assert torch.equal(z, alone.expand_as(z)), (inputs, outputs)


def test_they_are_the_product() -> None:
    x, weight, bias = torch.randn(70, 5), torch.randn(5, 3), torch.randn(3)

    torch.testing.assert_close(product_in_tiles(x, weight, bias), x @ weight + bias)
    torch.testing.assert_close(product_in_tiles(x, weight), x @ weight)


def test_no_rows_give_none() -> None:
    assert product_in_tiles(torch.empty(0, 5), torch.randn(5, 3)).shape == (0, 3)
    assert by_tile(lambda tile: tile, torch.empty(0, 5)).shape == (0, 5)


def test_the_last_tile_is_filled_up_and_what_fills_it_is_left_out() -> None:
    x = torch.arange(40.0)[:, None]

    assert in_tiles(x).shape == (2, ROWS_OF_A_TILE, 1)
    assert torch.equal(by_tile(lambda tile: 2.0 * tile, x), 2.0 * x)
