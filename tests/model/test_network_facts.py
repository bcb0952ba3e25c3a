"""What is said of a network without building it is what it is."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from pellucid.errors import ModelFileError
from pellucid.model.network_facts import NetworkFacts
from pellucid.network import (
    Activation,
    CategoryEmbedding,
    Dropout,
    Layer,
    Linear,
    MemberLinear,
    Network,
    PassThrough,
    PictureBranch,
    ScaledLinear,
)
from pellucid.network.term_bag import TermBag


def dense_layers(network: Network) -> list[Layer]:
    return [layer for layer in network.layers if "weight" in layer.shapes]


@pytest.mark.parametrize(
    "network",
    [
        Network([Linear(3, 2)]),
        Network([Linear(3, 4, bias=False), Activation("tanh"), Dropout(0.1), Linear(4, 1)]),
        Network(
            [MemberLinear(5, 3, 4, first=True), Activation("relu"), MemberLinear(5, 4, 2)],
            members=5,
        ),
        Network(
            [ScaledLinear(4, 6, [0, 0, 1, 2]), Activation("relu"), MemberLinear(4, 6, 1)],
            branches={"dense": PassThrough(2), "codes": CategoryEmbedding([(7, 2)])},
            members=4,
        ),
    ],
)
def test_they_are_those_of_the_network_itself(network: Network) -> None:
    facts = NetworkFacts.of(network.describe(), len(network.weights))
    dense = dense_layers(network)
    weights = [sum(p.numel() for p in layer.parameters.values()) for layer in dense]
    assert [layer.weights for layer in facts.dense] == weights
    assert [(layer.inputs, layer.outputs) for layer in facts.dense] == [
        (layer.inputs, layer.outputs)  # type: ignore[attr-defined]
        for layer in dense
    ]
    branches = network.input_layer.branches.values()
    below = sum(p.numel() for b in branches for p in b.parameters.values())
    assert facts.embedded + sum(each.weights for each in facts.seen) == below
    assert facts.members == network.members


def test_a_description_that_does_not_fit_its_weights_is_refused() -> None:
    with pytest.raises(ModelFileError, match="5 weights"):
        NetworkFacts.of(Network([Linear(3, 2)]).describe(), 5)


@pytest.mark.parametrize(
    "size",
    [
        {"height": 28, "width": 28, "colors": 1, "filters": [5, 6, 7]},
        {"height": 9, "width": 14, "colors": 3, "filters": [3, 4]},
        {"height": 64, "width": 50, "colors": 3, "filters": [3, 3, 3], "size": [48, 44]},
        {"height": 1, "width": 1, "colors": 1, "filters": [3]},
    ],
)
def test_layers_that_see_pictures_are_those_of_the_branch_itself(size: dict[str, Any]) -> None:
    branch = PictureBranch(**size)
    network = Network([Linear(branch.outputs, 2)], branches={"pixels:photo": branch})
    facts = NetworkFacts.of(network.describe(), len(network.weights))
    (seen,) = facts.seen
    assert (seen.column, facts.embedded) == ("photo", 0)
    assert (seen.height, seen.width) == tuple(branch.size)
    assert seen.weights == sum(p.numel() for p in branch.parameters.values())
    found = branch.trace(torch.zeros(1, size["height"], size["width"], size["colors"]))
    shapes = [(each.channels, each.height, each.width) for each in seen.layers]
    names = ["whitening", *(f"activation_{place}" for place in range(1, len(seen.layers)))]
    assert shapes == [tuple(found[name].shape[1:]) for name in names]
    assert [each.weights for each in seen.layers[1:]] == [
        sum(p.numel() for p in block.views.parameters.values()) for block in branch.blocks.values()
    ]


def test_vectors_of_terms_are_those_of_the_branch_itself() -> None:
    branches: dict[str, Layer] = {"dense": PassThrough(2), "terms:review": TermBag(102, 8)}
    network = Network([Linear(10, 2)], branches=branches)
    facts = NetworkFacts.of(network.describe(), len(network.weights))
    (read,) = facts.read
    assert (read.column, read.terms, read.features) == ("review", 100, 8)
    assert (read.weights, facts.embedded) == (102 * 8, 0)


def test_no_terms_are_less_than_none() -> None:
    network = Network([Linear(8, 2)], branches={"terms:review": TermBag(1, 8)})
    with pytest.raises(ModelFileError, match="vectors of terms"):
        NetworkFacts.of(network.describe(), len(network.weights))
