"""What is said of a network: its layers with their sizes, and the network drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from pellucid.estimators.predictor import Predictor
from pellucid.model.model import Model
from pellucid.network.ensemble import MemberLinear
from pellucid.network.layers import Activation, Layer, Linear
from pellucid.network.network import Network
from pellucid.network.scaled_linear import ScaledLinear
from pellucid.report.elements import MISSING, Figure, Paragraph, Section, Table
from pellucid.report.figures import NetworkDiagram, Neurons
from pellucid.wording import count_of

Floats = npt.NDArray[np.float64]

DENSE = (Linear, MemberLinear, ScaledLinear)
MOST_DRAWN = 10


def network_section(estimator: Predictor) -> Section:
    """The network drawn, and its sizes.

    Args:
        estimator: Fitted.
    """
    model = estimator.model_
    words = (
        "Every column becomes one or several inputs. Each neuron adds up what arrives, each times "
        "its weight, and passes the sum through its activation function. Drawn are the columns and "
        "neurons with the largest weights; a thick line is a large weight, a dashed one a "
        "negative one. From the columns, a line is the size of all weights of the column's inputs."
    )
    if model.network.members > 1:
        words += (
            f" {model.network.members} such networks (members) predict together, and their mean "
            "counts; the first one is drawn."
        )
    num_columns = len(model.encoder.columns)
    figure = Figure(
        name="network",
        title="The network: columns, layers of neurons, output",
        drawing=network_diagram(model, model.task.output_names(estimator.target_)),
        words=words,
        numbers=layers_table(model.network, num_columns),
        is_wide=True,
    )
    size = Paragraph(text=f"{network_size(model.network)}.")
    return Section(name="network", title="The network", elements=[size, figure])


def network_size(net: Network) -> str:
    """How many weights and members, e.g. "31,210 weights, 5 members"."""
    members = f", {net.members} members" if net.members > 1 else ""
    return f"{count_of(len(net.weights), 'weight')}{members}"


def layers_table(net: Network, num_columns: int) -> Table:
    """The layers with their sizes and numbers of weights.

    Args:
        net: The network.
        num_columns: Number of the table's columns it learns from.
    """
    return Table(
        caption="Numbers: layers of the network",
        headings=["layer", "neurons", "weights", "what it is"],
        short_headings=["layer", "neurons", "weights", ""],
        rows=[
            [
                fact.name,
                f"{fact.neurons:,}",
                MISSING if fact.weights is None else f"{fact.weights:,}",
                fact.words,
            ]
            for fact in layer_facts(net, num_columns)
        ],
        texts=(0, 3),
    )


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """One row of neurons.

    Attributes:
        name: "input", "hidden 1", …, "output".
        neurons: How many it has.
        weights: How many weights and biases lead to it; None where there are none.
        words: What else is to be said.
    """

    name: str
    neurons: int
    weights: int | None
    words: str


def layer_facts(net: Network, num_columns: int) -> list[LayerFacts]:
    """The layers with their sizes and numbers of weights.

    Args:
        net: The network.
        num_columns: Number of the table's columns it learns from.
    """
    dense = _dense_layers(net)
    facts = [
        LayerFacts(
            name="input",
            neurons=dense[0].inputs,
            weights=_num_embedded(net),
            words=f"from {count_of(num_columns, 'column')}",
        )
    ]
    for number, layer in enumerate(dense, start=1):
        facts.append(
            LayerFacts(
                name="output" if layer is dense[-1] else f"hidden {number}",
                neurons=layer.outputs,
                weights=sum(parameter.numel() for parameter in layer.parameters.values()),
                words=_words_on(layer, net.layers),
            )
        )
    return facts


def _dense_layers(net: Network) -> list[Linear | MemberLinear | ScaledLinear]:
    """The layers that hold weights between neurons, in order."""
    return [layer for layer in net.layers if isinstance(layer, DENSE)]


def _num_embedded(net: Network) -> int | None:
    """Weights of the vectors of categories, which are part of the input."""
    branches = net.input_layer.branches.values()
    sizes = [parameter.numel() for branch in branches for parameter in branch.parameters.values()]
    return sum(sizes) or None


def _words_on(layer: Layer, layers: Sequence[Layer]) -> str:
    place = list(layers).index(layer)
    following = layers[place + 1] if place + 1 < len(layers) else None
    words = [following.name] if isinstance(following, Activation) else []
    if isinstance(layer, ScaledLinear):
        words.append(f"shared by {layer.members} members, each with a factor for every column")
    elif isinstance(layer, MemberLinear):
        words.append(f"one matrix for each of {layer.members} members")
    return ", ".join(words)


def network_diagram(model: Model, outputs: Sequence[str]) -> NetworkDiagram:
    """The network of the first member: columns, layers, outputs.

    Args:
        model: The trained model.
        outputs: What each output neuron stands for.
    """
    matrices = _matrices(model)
    sizes = [matrices[0].shape[0], *(matrix.shape[1] for matrix in matrices)]
    drawn = _largest(matrices)
    columns = [column.name for column in model.encoder.columns]
    facts = layer_facts(model.network, len(columns))
    titles = [
        (count_of(len(columns), "column"), count_of(facts[0].neurons, "input")),
        *((fact.name, f"{fact.neurons:,}") for fact in facts[1:]),
    ]
    names = [columns, *[[]] * (len(sizes) - 2), outputs]
    return NetworkDiagram(
        layers=[
            Neurons(
                title=title,
                size=size,
                total=total,
                drawn=places.tolist(),
                names=[known[place] for place in places] if known else [],
            )
            for (title, size), total, places, known in zip(titles, sizes, drawn, names, strict=True)
        ],
        weights=[
            matrix[np.ix_(below, above)].tolist()
            for matrix, below, above in zip(matrices, drawn[:-1], drawn[1:], strict=True)
        ],
    )


def _matrices(model: Model) -> list[Floats]:
    """How strongly each layer is joined to the next: columns first, then W (from, to)."""
    dense = _dense_layers(model.exact_network)
    with torch.no_grad():
        weights = [
            torch.stack([layer.weights_of(o) for o in range(layer.outputs)], dim=1).cpu().numpy()
            for layer in dense
        ]
    strengths = np.zeros((len(model.encoder.columns), weights[0].shape[1]))
    np.add.at(strengths, model.encoder.column_of_dense(), weights[0] ** 2)
    return [np.sqrt(strengths), *weights[1:]]


def _largest(matrices: Sequence[Floats]) -> list[npt.NDArray[np.int64]]:
    """The neurons to draw: those whose weights towards the next layer are largest, in order."""
    norms = [np.linalg.norm(matrix, axis=1) for matrix in matrices]
    norms.append(np.linalg.norm(matrices[-1], axis=0))
    return [np.sort(np.argsort(-norm, kind="stable")[:MOST_DRAWN]) for norm in norms]
