"""Why a network predicts what it predicts for one row.

Its forward propagation with the real numbers, the columns' shares (`attribution.py`), and the
training rows it saw most like it (`neighbors.py`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pellucid.estimators.predictor import Predictor
from pellucid.estimators.row import Row, plain_cell, take_row
from pellucid.explanation.attribution import attribute
from pellucid.explanation.neighbors import Neighbors, find_neighbors
from pellucid.explanation.pictures import PictureExplanation, explain_picture
from pellucid.explanation.words import Terms, TextExplanation, explain_texts, terms_of_row
from pellucid.inputs import Inputs
from pellucid.model.model import Model
from pellucid.network.layers import Activation, Dropout, Layer
from pellucid.tasks.answers import Unit

Floats = npt.NDArray[np.float64]

COLUMNS_IN_REPR = 3
MATRIX = 2
"""Sides of what enters at most ports: rows and inputs. Pictures have more."""


@dataclass(frozen=True, kw_only=True)
class LayerTrace:
    """What one layer computed for one row.

    Attributes:
        name: E.g. "layer 1: z = xW + b".
        values: Its outputs for each member, shape (K, neurons); K is 1 before the members part.
        weight_on_output: |value · ∂output/∂value|: how much each neuron matters, same shape.
    """

    name: str
    values: Floats
    weight_on_output: Floats

    @property
    def mean(self) -> Floats:
        """The members' mean of each neuron, shape (neurons,).

        Where every member has matrices of its own, their neurons of one number have nothing in
        common but in the last layer.
        """
        return np.asarray(self.values.mean(axis=0))


@dataclass(frozen=True, kw_only=True)
class NeuronSum:
    """One neuron's z, term by term.

    The features of a text are opened up into its terms: x of a term is its weight in the text, w
    what its vector comes to with the weights of the neuron.

    Attributes:
        number: Which neuron of the first layer, from 1.
        terms: x · w of each input by its name, largest first.
        factors: x and w of each, in the same order.
        bias: b.
        z: Their sum.
    """

    number: int
    terms: dict[str, float]
    factors: dict[str, tuple[float, float]]
    bias: float
    z: float


@dataclass(frozen=True, kw_only=True, repr=False)
class Explanation:
    """Forward propagation of one row, and what pushed its prediction.

    Attributes:
        row: Number of the row, from 1.
        cells: The row as given, by column; of a picture what it is called.
        inputs: What the network got, by input name; pictures are not among them.
        layers: What each layer computed, in order.
        neuron: The sum in the first layer's neuron that matters most, of the first member.
        output: What is explained: the probability of the predicted class or of the one asked for,
            the probability of the first label, or the first number.
        prediction: Its value; a number before it is clamped to the training range ± 5 %.
        baseline: Its value for the baseline.
        columns: Share of each column in prediction − baseline, largest first.
        completeness_error: |Σ shares − (prediction − baseline)| in parts of the difference, or of
            0.001 units where this is larger (see `Attribution`).
        unit: How the last z becomes a number in the target's unit; None for classes and labels.
        probabilities: Of every class, by name; empty for numbers and for several labels.
        truth: The target's cell as given; None if the rows have none.
        absent: Columns that the rows do not have; they are unknown.
        neighbors: The training rows most like it; None if none were given.
        picture: What is seen in a picture of the row; None where none is looked into.
        texts: What each of its texts does, word by word, the one that pushed most first.
    """

    row: int
    cells: dict[str, Any]
    inputs: dict[str, float]
    layers: list[LayerTrace]
    neuron: NeuronSum
    output: str
    prediction: float
    baseline: float
    columns: dict[str, float]
    completeness_error: float
    unit: Unit | None
    probabilities: dict[str, float]
    truth: Any
    absent: list[str]
    neighbors: Neighbors | None
    picture: PictureExplanation | None
    texts: tuple[TextExplanation, ...]

    def __repr__(self) -> str:
        shares = list(self.columns.items())[:COLUMNS_IN_REPR]
        pushed = ", ".join(f"{name} {share:+.4g}" for name, share in shares)
        more = ", …" if len(self.columns) > COLUMNS_IN_REPR else ""
        return (
            f"Explanation(row {self.row}: {self.output} {self.prediction:.4g}, pushed from "
            f"{self.baseline:.4g} by {pushed}{more})"
        )

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        plain = dict(vars(self))
        plain["cells"] = {k: plain_cell(v) for k, v in self.cells.items()}
        plain["truth"] = plain_cell(self.truth)
        plain["layers"] = [
            {"name": t.name, "values": t.values.tolist(), "mean": t.mean.tolist()}
            for t in self.layers
        ]
        plain["neuron"] = asdict(self.neuron)
        plain["unit"] = None if self.unit is None else asdict(self.unit)
        plain["neighbors"] = None if self.neighbors is None else self.neighbors.to_json()
        plain["picture"] = None if self.picture is None else self.picture.to_json()
        plain["texts"] = [text.to_json() for text in self.texts]
        return plain


def explain(
    model: Predictor,
    rows: Any,
    row: int = 1,
    training: Any = None,
    *,
    target_class: Any = None,
    allow_missing: bool = False,
    inside: str | None = None,
) -> Explanation:
    """Explain the prediction for one row: the probability of its predicted class, or its number.

    Args:
        model: A fitted estimator.
        rows: Where the row stands: a file, a DataFrame, an array; or the row itself, as a dict of
            its cells or a pandas Series.
        row: Its number, 1 for the first.
        training: The rows it learned from, likewise, to find those most like it; None to leave
            that out. A model keeps no rows, so they must be given.
        target_class: Whose probability is explained, for a classifier; None for the predicted
            class. With several labels or numbers the first one is explained.
        allow_missing: Whether columns may be missing; they are unknown then.
        inside: The column whose picture is looked into; None for the one of a table that has no
            other column, else none.

    Returns:
        Its forward propagation, the columns' shares, its neighbors, and what is seen in a picture.

    Raises:
        OptionError: There is no such row, class or column of pictures, or `model` is none.
        NotFittedError: It has not learned yet.
        DataError: The rows do not fit the model.
    """
    found = take_row(model, rows, row, target_class, allow_missing=allow_missing)
    trained = model.model_
    attribution = attribute(trained, found.inputs, torch.tensor([found.target]))
    shares = zip(trained.encoder.columns, attribution.shares[0].tolist(), strict=True)
    layers = _trace(trained, found.inputs, found.target)
    return Explanation(
        row=row,
        cells=found.cells,
        inputs=_named(trained, found.inputs),
        layers=layers,
        neuron=_first_sum(trained, found.inputs, layers),
        output=found.output,
        prediction=float(attribution.prediction[0]),
        baseline=float(attribution.baseline[0]),
        columns=dict(sorted(((c.name, s) for c, s in shares), key=lambda item: -abs(item[1]))),
        completeness_error=float(attribution.completeness_error[0]),
        unit=trained.task.unit(
            found.target, float(layers[-1].mean[found.target]), float(found.answers[found.target])
        ),
        probabilities=_probabilities(trained, found),
        truth=found.truth,
        absent=found.absent,
        neighbors=None if training is None else find_neighbors(model, training, found),
        picture=explain_picture(trained, found, inside),
        texts=explain_texts(trained, found.converted, found.inputs, found.target, attribution),
    )


def _named(model: Model, inputs: Inputs) -> dict[str, float]:
    """The inputs of one row, port after port, as they are before anything learned; no pictures."""
    values: list[float | None] = []
    for port, branch in model.exact_network.input_layer.branches.items():
        if inputs[port].ndim > MATRIX:
            values.append(None)
            continue
        written = inputs[port] if branch.shapes else branch(inputs[port])
        values += written[0].tolist()
    names = zip(model.encoder.written_names(), values, strict=True)
    return {name: float(value) for name, value in names if value is not None}


def _probabilities(model: Model, row: Row) -> dict[str, float]:
    names = model.task.class_names
    return dict(zip(names, row.answers.tolist(), strict=True)) if names else {}


def _trace(model: Model, inputs: Inputs, target: int) -> list[LayerTrace]:
    """What each layer computes; dropout does nothing at prediction and is passed over."""
    network = model.exact_network
    x = network.input_layer(inputs.to(network.weights.device)).clone().requires_grad_()
    outputs = [x] if network.input_layer.learns else []
    names = [_name_of_x(model)] if network.input_layer.learns else []
    number = 0
    for layer, output in zip(network.layers, network.trace(x), strict=True):
        if isinstance(layer, Dropout):
            continue
        outputs.append(output)
        number += not isinstance(layer, Activation)
        names.append(_name_of(layer, number))
    explained = model.task.answers(network.by_member(outputs[-1]), model.temperature)[0, target]
    gradients = torch.autograd.grad(explained, outputs)
    return [
        LayerTrace(
            name=name,
            values=output.detach().cpu().numpy(),
            weight_on_output=(output * gradient).abs().detach().cpu().numpy(),
        )
        for name, output, gradient in zip(names, outputs, gradients, strict=True)
    ]


def _name_of_x(model: Model) -> str:
    """What x is where something learned makes it."""
    has_codes = any(each.embedding_size is not None for each in model.encoder.columns)
    has_pictures = any(each.picture_size is not None for each in model.encoder.columns)
    has_texts = any(each.vocabulary is not None for each in model.encoder.columns)
    words = ["categories as vectors"] if has_codes else []
    words += ["features of pictures"] if has_pictures else []
    return ", ".join([*words, *(["features of texts"] if has_texts else [])])


def _name_of(layer: Layer, number: int) -> str:
    if isinstance(layer, Activation):
        return f"layer {number}: h = {layer.function.formula}"
    return f"layer {number}: z = xW + b"


def _first_sum(model: Model, inputs: Inputs, layers: list[LayerTrace]) -> NeuronSum:
    """Take apart the z of the most important neuron of the first layer, for the first member."""
    network = model.exact_network
    x_I = network.input_layer(inputs.to(network.weights.device))[0].detach().cpu().numpy()
    trace = layers[1 if network.input_layer.learns else 0]
    neuron = int(trace.weight_on_output[0].argmax())
    w_I = network.layers[0].weights_of(neuron).detach().cpu().numpy()
    named = zip(model.encoder.dense_names(), x_I.tolist(), w_I.tolist(), strict=True)
    factors = [(name, (x, w)) for name, x, w in named]
    for found in _texts_from_the_last(model, inputs):
        factors[found.places] = _opened(found, w_I[found.places])
    factors.sort(key=lambda each: -abs(each[1][0] * each[1][1]))
    terms = {name: x * w for name, (x, w) in factors}
    z = float(trace.values[0, neuron])
    bias = z - sum(terms.values())
    return NeuronSum(number=neuron + 1, terms=terms, factors=dict(factors), bias=bias, z=z)


def _texts_from_the_last(model: Model, inputs: Inputs) -> list[Terms]:
    """The terms of each text, those of the last places in x first."""
    found = [terms_of_row(model, inputs, encoder) for encoder in model.encoder.columns]
    there = [terms for terms in found if terms is not None]
    return sorted(there, key=lambda terms: -terms.places.start)


def _opened(found: Terms, w_D: Floats) -> list[tuple[str, tuple[float, float]]]:
    """The terms of a text as inputs, each with x and w."""
    w_L = (found.features @ w_D) / found.weights
    named = zip(found.names, found.weights.tolist(), w_L.tolist(), strict=True)
    return [(f"{found.column}: {name}", (x, w)) for name, x, w in named]
