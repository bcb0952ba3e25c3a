"""Why a network predicts what it predicts for one row: its forward propagation, and its columns.

The columns' shares are integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365): the
gradient of the output, summed along the straight line from a baseline to the row. They add up to
the difference between the two outputs; the baseline has every number at its training median and
every category unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.contract import Estimator
from pellucid.data.schema import convert
from pellucid.errors import OptionError
from pellucid.model import Model
from pellucid.network.embedding import CategoryEmbedding
from pellucid.network.layers import Activation, Dropout, Layer
from pellucid.tasks import Classification, Multilabel

Floats = npt.NDArray[np.float64]

COMPLETENESS_ERROR = 0.01
STEPS = (64, 256, 1_024, 4_096)


@dataclass(frozen=True, kw_only=True)
class LayerTrace:
    """What one layer computed for one row.

    Attributes:
        name: E.g. "layer 1: z = xW + b".
        values: Its outputs for each member, shape (K, neurons).
        weight_on_output: |value · ∂output/∂value|: how much each neuron matters, same shape.
    """

    name: str
    values: Floats
    weight_on_output: Floats


@dataclass(frozen=True, kw_only=True)
class NeuronSum:
    """One neuron's z, term by term.

    Attributes:
        number: Which neuron of the first layer, from 1.
        terms: x · w of each input by its name, largest first.
        bias: b.
        z: Their sum.
    """

    number: int
    terms: dict[str, float]
    bias: float
    z: float


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Forward propagation of one row, and what pushed its prediction.

    Attributes:
        row: Number of the row, from 1.
        cells: The row as given, by column.
        inputs: What the network got, by input name.
        layers: What each layer computed, in order.
        neuron: The sum in the first layer's neuron that matters most, of the first member.
        output: What is explained: a class's probability, or the number.
        prediction: Its value.
        baseline: Its value for the baseline.
        columns: Share of each column in prediction − baseline, largest first.
        completeness_error: |Σ shares − (prediction − baseline)| in parts of the difference.
        probabilities: Of every class, by name; empty for numbers.
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
    probabilities: dict[str, float]

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data."""
        plain = dict(vars(self))
        plain["cells"] = {k: _plain_cell(v) for k, v in self.cells.items()}
        plain["layers"] = [{"name": t.name, "values": t.values.tolist()} for t in self.layers]
        plain["neuron"] = vars(self.neuron)
        return plain


def explain(model: Estimator, rows: Any, row: int = 1) -> Explanation:
    """Explain the prediction for one row.

    Args:
        model: A fitted estimator.
        rows: Where the row stands: a file, a DataFrame, or an array.
        row: Its number, 1 for the first.

    Returns:
        Its forward propagation and the columns' shares.

    Raises:
        OptionError: There is no such row.
        DataError: The rows do not fit the model.
    """
    table = model.take_rows(rows)
    if row not in range(1, table.frame.height + 1):
        raise OptionError(
            f"row must be between 1 and {table.frame.height}, the rows of {table.name}, but is "
            f"{row!r}.",
            option="row",
        )
    frame = convert(table, model.schema_)[row - 1 : row]
    inputs = model.model_.encode(frame)
    target, name = _target(model, inputs)
    shares, prediction, baseline, error = attribute(model.model_, inputs, target)
    by_column = {
        c.name: float(s) for c, s in zip(model.model_.encoder.columns, shares, strict=True)
    }
    layers = _trace(model.model_, inputs, target)
    return Explanation(
        row=row,
        cells=table.frame.row(row - 1, named=True),
        inputs=dict(zip(model.model_.encoder.input_names(), inputs[0].tolist(), strict=True)),
        layers=layers,
        neuron=_first_sum(model.model_, inputs, layers),
        output=name,
        prediction=prediction,
        baseline=baseline,
        columns=dict(sorted(by_column.items(), key=lambda item: -abs(item[1]))),
        completeness_error=error,
        probabilities=_probabilities(model, inputs),
    )


def _plain_cell(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _target(model: Estimator, inputs: Tensor) -> tuple[int, str]:
    """Which output is explained: the likeliest class or label, or the first number."""
    task = model.model_.task
    name = model.target_[0] if model.target_ else "y"
    if isinstance(task, Classification):
        decoded = task.decode(model.model_.exact_network(inputs), model.model_.temperature)
        place = int(decoded[0].argmax())
        return place, f"probability of {task.classes[place]}"
    if isinstance(task, Multilabel):
        return 0, f"probability of {name}"
    return 0, name


def _probabilities(model: Estimator, inputs: Tensor) -> dict[str, float]:
    task = model.model_.task
    if not isinstance(task, Classification):
        return {}
    decoded = task.decode(model.model_.exact_network(inputs), model.model_.temperature)
    return {str(c): float(p) for c, p in zip(task.classes, decoded[0], strict=True)}


def _trace(model: Model, inputs: Tensor, target: int) -> list[LayerTrace]:
    """What each layer computes; dropout does nothing at prediction and is passed over."""
    network = model.exact_network
    h = inputs.clone().requires_grad_()
    outputs: list[Tensor] = []
    names: list[str] = []
    for layer in network.layers:
        if isinstance(layer, Dropout):
            continue
        h = layer(h)
        outputs.append(h)
        names.append(_name_of(layer, number=sum("xW" in name for name in names)))
    explained = model.task.answers(network.by_member(h), model.temperature)[0, target]
    gradients = torch.autograd.grad(explained, outputs)
    return [
        LayerTrace(
            name=name,
            values=output.detach().numpy(),
            weight_on_output=(output * gradient).abs().detach().numpy(),
        )
        for name, output, gradient in zip(names, outputs, gradients, strict=True)
    ]


def _name_of(layer: Layer, number: int) -> str:
    if isinstance(layer, CategoryEmbedding):
        return "categories as vectors"
    if isinstance(layer, Activation):
        return f"layer {number}: h = {layer.function.formula}"
    return f"layer {number + 1}: z = xW + b"


def _first_sum(model: Model, inputs: Tensor, layers: list[LayerTrace]) -> NeuronSum:
    """Take apart the z of the most important neuron of the first layer, for the first member."""
    names = model.encoder.dense_names()
    x, (first, *_) = inputs[0], model.exact_network.layers
    place = 0
    if isinstance(first, CategoryEmbedding):
        x, place = first(inputs)[0], 1
        first = model.exact_network.layers[1]
    trace = layers[place]
    neuron = int(trace.weight_on_output[0].argmax())
    terms = (x * first.weights_of(neuron)).tolist()
    ordered = sorted(zip(names, terms, strict=True), key=lambda term: -abs(term[1]))
    z = float(trace.values[0, neuron])
    return NeuronSum(number=neuron + 1, terms=dict(ordered), bias=z - sum(terms), z=z)


def attribute(model: Model, inputs: Tensor, target: int) -> tuple[Floats, float, float, float]:
    """Integrated gradients of one output, summed by column.

    Args:
        model: The trained model.
        inputs: Encoded row (1, I).
        target: Which output.

    Returns:
        Shares of the columns (D,), prediction, baseline, completeness error.
    """
    start, end = _baseline(model, inputs), inputs
    layers = model.exact_network.layers
    if isinstance(layers[0], CategoryEmbedding):
        # Codes have no straight line between them; their vectors do.
        start, end, layers = layers[0](start), layers[0](end), layers[1:]
    groups = model.encoder.column_of_dense()

    def output(x: Tensor) -> Tensor:
        for layer in layers:
            x = layer(x)
        outputs_KBO = model.exact_network.by_member(x)
        return model.task.answers(outputs_KBO, model.temperature)[:, target]

    with torch.no_grad():
        baseline, prediction = float(output(start)[0]), float(output(end)[0])
    for steps in STEPS:
        shares_I = _integrate(output, start, end, steps)
        missed = abs(float(shares_I.sum()) - (prediction - baseline))
        error = missed / max(abs(prediction - baseline), 1e-12)
        if error < COMPLETENESS_ERROR:
            break
    shares = np.zeros(len(model.encoder.columns))
    np.add.at(shares, groups, shares_I.numpy())
    return shares, prediction, baseline, error


def _integrate(output: Any, start: Tensor, end: Tensor, steps: int) -> Tensor:
    """(end − start) ∘ mean gradient at the middles of equal pieces of the line, shape (I,)."""
    middles = (torch.arange(steps, dtype=start.dtype) + 0.5) / steps
    points = (start + middles[:, None] * (end - start)).requires_grad_()
    (gradients,) = torch.autograd.grad(output(points).sum(), points)
    return (gradients.mean(dim=0) * (end - start)[0]).detach()


def _baseline(model: Model, inputs: Tensor) -> Tensor:
    """The encoded row about which nothing is known: medians, and unknown categories."""
    width = sum(model.encoder.compact_widths)
    nothing = np.zeros((1, width), dtype=np.float32)
    return torch.from_numpy(model.encoder.expand(nothing)).to(inputs.dtype)
