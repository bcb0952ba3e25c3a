"""What is said of a network: its layers with their sizes, and the network drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pellucid.report.elements import MISSING, Figure, Paragraph, Section, Table, cut
from pellucid.report.figures import NetworkDiagram, Neurons
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.model.network_facts import DenseFacts, NetworkFacts
    from pellucid.model.picture_facts import ConvolutionFacts, PictureFacts
    from pellucid.model.text_facts import TextFacts
    from pellucid.model.trained_network import TrainedNetwork

Floats = npt.NDArray[np.float64]

MOST_DRAWN = 10


def network_section(model: TrainedNetwork, outputs: Sequence[str], more: str = "") -> Section:
    """The network drawn, and its sizes.

    Args:
        model: The trained network.
        outputs: What each output neuron stands for.
        more: What else is to be said of this one; "" for nothing.
    """
    words = (
        "Every column becomes one or several inputs. Each neuron adds up what arrives, each times "
        "its weight, and passes the sum through its activation function. Drawn are the columns and "
        "neurons with the largest weights; a thick line is a large weight, a dashed one a "
        "negative one. From the columns, a line is the size of all weights of the column's inputs."
    )
    if _alone(model) is not None:
        words += (
            " Of pictures it has maps in place of neurons; drawn are those behind each group of "
            "two convolutions, and a line is the size of all weights between two of them."
        )
    if model.facts.read:
        words += (
            " A text is the weighted sum of a vector of numbers for each of its terms; the line "
            "from its column is the size of all weights of these numbers."
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
        drawing=network_diagram(model, outputs),
        words=f"{words} {more}".strip(),
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
        *(row for each in facts.seen for row in _seen_rows(each, several=len(facts.seen) > 1)),
        *(_read_row(each, several=len(facts.read) > 1) for each in facts.read),
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


def _seen_rows(seen: PictureFacts, *, several: bool) -> list[list[str]]:
    """The layers of a branch that sees pictures."""
    lead = f"{cut(seen.column, 20)}: " if several else ""
    return [
        [
            f"{lead}{layer.name}",
            f"{layer.channels:,} × {layer.height} × {layer.width}",
            f"{layer.weights:,}" if layer.weights else MISSING,
            _words_on_convolution(layer),
        ]
        for layer in seen.layers
    ]


def _read_row(read: TextFacts, *, several: bool) -> list[str]:
    """The vectors of the terms of texts."""
    lead = f"{cut(read.column, 20)}: " if several else ""
    what = f"a vector for each of {count_of(read.terms, 'term')}, summed over those of a text"
    return [f"{lead}terms", f"{read.features:,}", f"{read.weights:,}", what]


def _words_on_convolution(layer: ConvolutionFacts) -> str:
    filters = f"{count_of(layer.filters, 'filter')} of {layer.kernel} × {layer.kernel}"
    if not layer.weights:
        return f"{filters} found in the pictures, and their negatives"
    pooled = f", greatest of {layer.pooled[0]} × {layer.pooled[1]}" if max(layer.pooled) > 1 else ""
    return f"{filters}{pooled}, batch norm, relu"


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


def network_diagram(model: TrainedNetwork, outputs: Sequence[str]) -> NetworkDiagram:
    """The network of the first member: columns, layers, outputs.

    Args:
        model: The trained model.
        outputs: What each output neuron stands for.
    """
    seen = _alone(model)
    groups = [] if seen is None else _groups(model, seen)
    weights = _weights(model)
    matrices = [*groups, *weights] if groups else [_from_columns(model, weights[0]), *weights[1:]]
    sizes = [matrices[0].shape[0], *(matrix.shape[1] for matrix in matrices)]
    drawn = _largest(matrices)
    columns = [column.name for column in model.encoder.columns]
    facts = model.facts
    first = f"{seen.height} × {seen.width}" if seen else count_of(facts.dense[0].inputs, "input")
    titles = [
        (count_of(len(columns), "column"), first),
        *(
            (f"group {number}", f"{size} maps")
            for number, size in enumerate(sizes[1:][: len(groups)], 1)
        ),
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
        num_unsigned=len(groups) or 1,
    )


def _alone(model: TrainedNetwork) -> PictureFacts | None:
    """The branch that sees pictures, where there is no other."""
    seen = model.facts.seen
    return seen[0] if len(seen) == len(model.encoder.columns) == 1 else None


def _groups(model: TrainedNetwork, seen: PictureFacts) -> list[Floats]:
    """How strongly the channels behind each two convolutions are joined to those before them."""
    (branch,) = model.exact_network.input_layer.branches.values()
    sizes = [
        np.sqrt((weight.detach().cpu().numpy() ** 2).sum(axis=(2, 3))).T
        for weight in (
            branch.parameters[f"convolution_{k}.weight"] for k in range(1, len(seen.layers))
        )
    ]
    groups = [first @ second for first, second in zip(sizes[::2], sizes[1::2], strict=True)]
    return [groups[0].sum(axis=0, keepdims=True), *groups[1:]]


def _weights(model: TrainedNetwork) -> list[Floats]:
    """W of each layer of neurons, (from, to)."""
    from pellucid.network import Linear, MemberLinear, ScaledLinear

    return [
        np.stack([layer.weights_of(o).detach().cpu().numpy() for o in range(layer.outputs)], axis=1)
        for layer in model.exact_network.layers
        if isinstance(layer, Linear | MemberLinear | ScaledLinear)
    ]


def _from_columns(model: TrainedNetwork, first: Floats) -> Floats:
    """How strongly each column is joined to the neurons of the first layer."""
    strengths = np.zeros((len(model.encoder.columns), first.shape[1]))
    np.add.at(strengths, model.encoder.column_of_dense(), first**2)
    return np.asarray(np.sqrt(strengths))


def _largest(matrices: Sequence[Floats]) -> list[npt.NDArray[np.int64]]:
    """The neurons to draw: those whose weights towards the next layer are largest, in order."""
    norms = [np.linalg.norm(matrix, axis=1) for matrix in matrices]
    norms.append(np.linalg.norm(matrices[-1], axis=0))
    return [np.sort(np.argsort(-norm, kind="stable")[:MOST_DRAWN]) for norm in norms]
