"""One neuron of a convolution in full: the sum is what the layer found there."""

from __future__ import annotations

import pytest
import torch
from torch import Generator

from pellucid.inputs import Inputs
from pellucid.network import Linear, Network, PictureBranch
from pellucid.network.neuron_sum import neuron_sum

BRANCH = PictureBranch(14, 12, 3, filters=[4, 5], kernel=4, stride=2)
X = torch.randint(256, (8, 14, 12, 3), generator=Generator().manual_seed(0)).to(torch.uint8)


def traced() -> dict[str, torch.Tensor]:
    network = Network([Linear(5, 1)], branches={"image": BRANCH}, dtype=torch.float64)
    network.initialize_from(Inputs({"image": X}))
    network.forward(Inputs({"image": X}))
    return BRANCH.trace(X)


@pytest.mark.parametrize("layer", ["convolution_1", "convolution_2", "convolution_4"])
def test_the_sum_is_what_the_convolution_found_there(layer: str) -> None:
    trace = traced()
    channels, rows, columns = trace[layer].shape[1:]

    for channel, row, column in [(0, 0, 0), (channels - 1, rows - 1, columns - 1), (2, 0, 1)]:
        found = neuron_sum(BRANCH, trace, layer, channel=channel, row=row, column=column, picture=3)
        assert found.z == pytest.approx(trace[layer][3, channel, row, column].item(), abs=1e-12)
        assert found.inputs_IKL.shape == found.weights_IKL.shape


def test_of_the_whitening_it_is_what_is_left_of_it() -> None:
    trace = traced()

    found = [neuron_sum(BRANCH, trace, "whitening", channel=c, row=4, column=2) for c in range(24)]

    expected = trace["whitening"][0, :, 4, 2].tolist()
    assert [max(0.0, each.z) for each in found] == pytest.approx(expected, abs=1e-12)
    assert all(each.bias == 0.0 for each in found)


def test_a_neuron_that_is_not_there_is_refused() -> None:
    trace = traced()

    with pytest.raises(IndexError, match=r"convolution_1 has \(4, 6, 5\) neurons"):
        neuron_sum(BRANCH, trace, "convolution_1", channel=0, row=6, column=0)
    with pytest.raises(KeyError):
        neuron_sum(BRANCH, trace, "convolution_9", channel=0, row=0, column=0)
