"""What is said of a network without building it is what it is."""

from __future__ import annotations

import pytest

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
    ScaledLinear,
)


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
    assert facts.embedded == sum(p.numel() for b in branches for p in b.parameters.values())
    assert facts.members == network.members


def test_a_description_that_does_not_fit_its_weights_is_refused() -> None:
    with pytest.raises(ModelFileError, match="5 weights"):
        NetworkFacts.of(Network([Linear(3, 2)]).describe(), 5)
