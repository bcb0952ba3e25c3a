"""Prediction in tiles: a row gives the same numbers wherever it stands, to the last bit."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from pellucid.network import ACTIVATIONS
from pellucid.network.tiles import (
    NUMBERS_AT_ONCE,
    by_number,
    by_tile,
    filled_up,
    product_in_tiles,
    rows_of_a_tile,
    widened,
)

SIZES = [1, 2, 3, 5, 8, 11, 12, 15, 16, 17, 31, 32, 33, 64, 100, 128, 257, 512]
TILES = sorted({shared * rows_of_a_tile(k) for k in range(1, 9) for shared in (1, k)})


@pytest.mark.parametrize("tile", TILES)
@pytest.mark.parametrize("by_neuron", [True, False])
def test_a_row_gives_the_same_at_every_place(tile: int, *, by_neuron: bool) -> None:
    generator = Generator().manual_seed(0)
    for inputs in SIZES:
        x = torch.randn(inputs, generator=generator).expand(3 * tile, -1).contiguous()
        for outputs in SIZES:
            shape = (outputs, inputs) if by_neuron else (inputs, outputs)
            weight = torch.randn(shape, generator=generator)
            weight = weight.T if by_neuron else weight
            for bias in (None, torch.randn(outputs, generator=generator)):
                wide = widened(weight), None if bias is None else widened(bias)
                z = product_in_tiles(x, *wide, tile)
                alone = product_in_tiles(x[:tile], *wide, tile)[:1]
                assert torch.equal(z, alone.expand_as(z)), (inputs, outputs)


def test_they_are_the_product() -> None:
    x, weight, bias = torch.randn(64, 5), torch.randn(5, 3), torch.randn(3)

    with_bias = product_in_tiles(x, widened(weight), widened(bias), 16)[:, :3]
    without = product_in_tiles(x, widened(weight), None, 16)[:, :3]
    torch.testing.assert_close(with_bias, x @ weight + bias)
    torch.testing.assert_close(without, x @ weight)


def test_rows_are_filled_up_to_whole_tiles() -> None:
    assert filled_up(torch.ones(5, 2), 4).sum(dim=1).tolist() == [2, 2, 2, 2, 2, 0, 0, 0]
    assert len(filled_up(torch.ones(8, 2), 4)) == 8
    assert len(filled_up(torch.ones(0, 2), 4)) == 0


def test_a_function_of_rows_gets_one_tile_after_the_other() -> None:
    x = torch.arange(8.0)[:, None]

    assert by_tile(lambda tile: tile.sum(dim=0, keepdim=True), x, 4).tolist() == [[6.0], [22.0]]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_number_gives_the_same_at_every_place(name: str, threads: int) -> None:
    number = torch.randn(200, generator=Generator().manual_seed(0))
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for count in (1, 31, 33, NUMBERS_AT_ONCE + 7):
            repeated = number[:, None].expand(-1, count).contiguous()
            found = by_number(ACTIVATIONS[name].forward, repeated)
            assert torch.equal(found, found[:, :1].expand_as(found))
            torch.testing.assert_close(found[:, 0], ACTIVATIONS[name](number))
    finally:
        torch.set_num_threads(before)
