"""What is said of a network: its layers with their sizes, and the network drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pellucid.report.elements import MISSING, Figure, Paragraph, Section, Table
from pellucid.report.figures import NetworkDiagram, Neurons
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.estimators.predictor import Predictor
    from pellucid.model.model import Model
    from pellucid.model.network_facts import DenseFacts, NetworkFacts

Floats = npt.NDArray[np.float64]

MOST_DRAWN = 10


def network_section(predictor: Predictor) -> Section:
    """The network drawn, and its sizes.

    Args:
        predictor: The model.
    """
    model = predictor.model_
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
        drawing=network_diagram(model, model.task.output_names(predictor.target_)),
        words=words,
        numbers=layers_table(model.facts, num_columns),
        is_wide=True,
    )
    size = Paragraph(text=f"{network_size(model.facts)}.")
    return Section(name="network", title="The network", elements=[size, figure])


def network_size(facts: NetworkFacts) -> str:
    """How many weights and members, e.g. "31,210 weights, 5 members"."""
    members = f", {facts.members} members" if facts.members > 1 else ""
    return f"{count_of(facts.weights, 'weight')}{members}"


def layers_table(facts: NetworkFacts, num_columns: int) -> Table:
    """The layers with their sizes and numbers of weights.

    Args:
        facts: The network.
        num_columns: Number of the table's columns it learns from.
    """
    first, embedded = facts.dense[0], facts.embedded
    rows = [
        [
            "input",
            f"{first.inputs:,}",
            f"{embedded:,}" if embedded else MISSING,
            f"from {count_of(num_columns, 'column')}",
        ],
        *(
            [name, f"{layer.outputs:,}", f"{layer.weights:,}", _words_on(layer)]
            for name, layer in zip(_names(facts), facts.dense, strict=True)
        ),
    ]
    return Table(
        caption="Numbers: layers of the network",
        headings=["layer", "neurons", "weights", "what it is"],
        short_headings=["layer", "neurons", "weights", ""],
        rows=rows,
        texts=(0, 3),
    )


def _names(facts: NetworkFacts) -> list[str]:
    """What the layers behind the input are called."""
    return [*(f"hidden {number}" for number in range(1, len(facts.dense))), "output"]


def _words_on(layer: DenseFacts) -> str:
    words = [layer.activation] if layer.activation else []
    if layer.is_shared:
        words.append(f"shared by {layer.members} members, each with a factor for every column")
    elif layer.members > 1:
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
    facts = model.facts
    titles = [
        (count_of(len(columns), "column"), count_of(facts.dense[0].inputs, "input")),
        *((name, f"{d.outputs:,}") for name, d in zip(_names(facts), facts.dense, strict=True)),
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
    from pellucid.network import Linear, MemberLinear, ScaledLinear

    weights = [
        np.stack([layer.weights_of(o).detach().cpu().numpy() for o in range(layer.outputs)], axis=1)
        for layer in model.exact_network.layers
        if isinstance(layer, Linear | MemberLinear | ScaledLinear)
    ]
    strengths = np.zeros((len(model.encoder.columns), weights[0].shape[1]))
    np.add.at(strengths, model.encoder.column_of_dense(), weights[0] ** 2)
    return [np.sqrt(strengths), *weights[1:]]


def _largest(matrices: Sequence[Floats]) -> list[npt.NDArray[np.int64]]:
    """The neurons to draw: those whose weights towards the next layer are largest, in order."""
    norms = [np.linalg.norm(matrix, axis=1) for matrix in matrices]
    norms.append(np.linalg.norm(matrices[-1], axis=0))
    return [np.sort(np.argsort(-norm, kind="stable")[:MOST_DRAWN]) for norm in norms]
