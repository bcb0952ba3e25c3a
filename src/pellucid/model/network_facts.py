"""A network's layers and how many weights each has, told by its description alone: no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import CODES, DENSE
from pellucid.model.picture_facts import PictureFacts, picture_facts
from pellucid.model.text_facts import TextFacts, text_facts


@dataclass(frozen=True, kw_only=True)
class DenseFacts:
    """A layer that holds weights between neurons.

    Attributes:
        inputs: Numbers it gets of a row.
        outputs: Neurons it has, for each member.
        weights: Weights and biases, of all members.
        activation: Function that follows; "" for none.
        members: Whose neurons it holds; 1 where there is no ensemble.
        is_shared: Whether the members share one matrix, and have but a factor for every column.
    """

    inputs: int
    outputs: int
    weights: int
    activation: str
    members: int = 1
    is_shared: bool = False


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """What there is to be said of a network.

    Attributes:
        members: Of the ensemble; 1 for a plain network.
        weights: All there are.
        dense: The layers that hold weights between neurons, in order.
        seen: The branches that see pictures.
        read: The branches that sum up the terms of texts.
    """

    members: int
    weights: int
    dense: tuple[DenseFacts, ...]
    seen: tuple[PictureFacts, ...] = ()
    read: tuple[TextFacts, ...] = ()

    @property
    def embedded(self) -> int:
        """Weights of the other branches below the layers: of the vectors of categories."""
        seen = sum(branch.weights for branch in self.seen)
        read = sum(branch.weights for branch in self.read)
        return self.weights - seen - read - sum(layer.weights for layer in self.dense)

    @classmethod
    def of(cls, plain: Mapping[str, Any], weights: int) -> NetworkFacts:
        """The facts of a network that `Network.describe` described.

        Args:
            plain: The description.
            weights: How many it has.

        Raises:
            ModelFileError: There is no such network.
        """
        described = Fields(plain, "the network")
        layers = list(described.inner_list("layers"))
        dense = []
        for layer, after in zip(layers, [*layers[1:], None], strict=True):
            read = _READ.get(layer.text("layer"))
            if read is not None:
                dense.append(read(layer, _activation(after)))
        facts = cls(
            members=described.whole("members", at_least=1),
            weights=weights,
            dense=tuple(dense),
            seen=picture_facts(plain),
            read=text_facts(plain),
        )
        if not dense or facts.embedded < 0:
            raise ModelFileError(f"The network has {weights} weights, which its layers have not.")
        return facts


def _activation(layer: Fields | None) -> str:
    is_one = layer is not None and layer.text("layer") == "Activation"
    return layer.text("function") if layer is not None and is_one else ""


def _linear(layer: Fields, activation: str) -> DenseFacts:
    inputs, outputs = layer.whole("inputs", at_least=1), layer.whole("outputs", at_least=1)
    biases = outputs if layer.flag("bias", default=True) else 0
    return DenseFacts(
        inputs=inputs, outputs=outputs, weights=inputs * outputs + biases, activation=activation
    )


def _member_linear(layer: Fields, activation: str) -> DenseFacts:
    members = layer.whole("members", at_least=1)
    inputs, outputs = layer.whole("inputs", at_least=1), layer.whole("outputs", at_least=1)
    return DenseFacts(
        inputs=inputs,
        outputs=outputs,
        weights=members * (inputs + 1) * outputs,
        activation=activation,
        members=members,
    )


def _scaled_linear(layer: Fields, activation: str) -> DenseFacts:
    members, outputs = layer.whole("members", at_least=1), layer.whole("outputs", at_least=1)
    columns = layer.wholes("column_of_input")
    return DenseFacts(
        inputs=len(columns),
        outputs=outputs,
        weights=(len(columns) + 1) * outputs + members * (1 + max(columns, default=0)),
        activation=activation,
        members=members,
        is_shared=True,
    )


_READ: Mapping[str, Callable[[Fields, str], DenseFacts]] = {
    "Linear": _linear,
    "MemberLinear": _member_linear,
    "ScaledLinear": _scaled_linear,
}
"""How each layer with weights between neurons says what it is."""


def with_branches(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A network's description as it is today.

    In formats 1 and 2 codes stood behind the numbers, and had a layer of their own first.
    """
    if "branches" in plain:
        return dict(plain)
    first, *others = plain["layers"]
    branches: list[dict[str, Any]] = []
    if first["layer"] == "CategoryEmbedding":
        if first["dense"]:
            branches.append({"port": DENSE, "layer": "PassThrough", "width": first["dense"]})
        branches.append({"port": CODES, **{k: v for k, v in first.items() if k != "dense"}})
    else:
        width = first["inputs"] if "inputs" in first else len(first["column_of_input"])
        branches.append({"port": DENSE, "layer": "PassThrough", "width": width})
        others.insert(0, first)
    return {"members": plain["members"], "branches": branches, "layers": others}
