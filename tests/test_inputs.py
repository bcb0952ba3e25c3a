"""Inputs: named tensors with the same rows, taken, cut in blocks and moved together."""

from __future__ import annotations

import pytest
import torch

from pellucid.inputs import Inputs


def some(rows: int = 5) -> Inputs:
    codes = torch.arange(rows)[:, None]
    return Inputs({"dense": codes / 10 + torch.zeros(rows, 2), "codes": codes})


def test_rows_are_taken_at_every_port_alike() -> None:
    taken = some().take(torch.tensor([4, 0, 4]))

    assert len(taken) == 3
    assert taken["codes"].tolist() == [[4], [0], [4]]
    assert torch.equal(taken["dense"][:, 0], taken["codes"][:, 0] / 10)


def test_blocks_put_together_are_the_whole_again() -> None:
    blocks = list(some().blocks(2))

    assert [len(block) for block in blocks] == [2, 2, 1]
    for port, tensor in some().tensors.items():
        assert torch.equal(torch.cat([block[port] for block in blocks]), tensor)


def test_no_rows_are_one_empty_block() -> None:
    """So that a network still says how many outputs it has."""
    (block,) = some(0).blocks(2)

    assert block["dense"].shape == (0, 2)


def test_numbers_change_their_precision_and_codes_stay_whole() -> None:
    precise = some().double()

    assert (precise["dense"].dtype, precise["codes"].dtype) == (torch.float64, torch.int64)
    assert precise.float()["dense"].dtype == torch.float32


@pytest.mark.parametrize("tensors", [{}, {"a": torch.zeros(2, 1), "b": torch.zeros(3, 1)}])
def test_ports_with_different_rows_are_refused(tensors: dict[str, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match="the same rows"):
        Inputs(tensors)
