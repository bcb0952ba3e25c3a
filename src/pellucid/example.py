"""The description's one-neuron example of gradient descent, with the library's own parts.

Weight 5, input 2, label 6, learning rate 0.1: the prediction is 10, the slope of the loss is 8,
the next weight 4.2, and so on to 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pellucid.files.writing import save_picture
from pellucid.network import LOSSES, GradientDescent, Linear, Network


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of the descent.

    Attributes:
        number: From 0.
        weight: Before the step.
        prediction: ŷ = weight · input.
        loss: ½(ŷ − y)².
        slope: ∂L/∂weight = (ŷ − y) · input.
        next_weight: weight − learning rate · slope.
    """

    number: int
    weight: float
    prediction: float
    loss: float
    slope: float
    next_weight: float


def descend(
    *,
    weight: float = 5.0,
    value: float = 2.0,
    label: float = 6.0,
    learning_rate: float = 0.1,
    num_steps: int = 12,
) -> list[Step]:
    """Let one neuron without bias learn one example by gradient descent on ½(ŷ − y)².

    Args:
        weight: Where it starts.
        value: Its input x.
        label: What it should predict.
        learning_rate: η.
        num_steps: Number of steps.

    Example:
        >>> first = descend()[0]
        >>> first.prediction, first.slope, round(first.next_weight, 4)
        (10.0, 8.0, 4.2)
    """
    neuron = Network([Linear(1, 1, bias=False)], dtype=torch.float64)
    neuron.weights.fill_(weight)
    loss, optimizer = LOSSES["quadratic"], GradientDescent(neuron.weights)
    x, y = torch.tensor([[value]]).double(), torch.tensor([[label]]).double()
    steps = []
    for number in range(num_steps):
        before = neuron.weights.item()
        prediction = neuron.forward(x)
        value_of_loss, error = loss.forward(prediction, y, None)
        neuron.backward(loss.backward(error, y, None))
        optimizer.step(neuron.gradients, learning_rate)
        steps.append(
            Step(
                number=number,
                weight=before,
                prediction=prediction.item(),
                loss=value_of_loss.item(),
                slope=neuron.gradients.item(),
                next_weight=neuron.weights.item(),
            )
        )
    return steps


def draw(steps: list[Step], path: Path) -> None:
    """Save a picture: the loss over the weight, with the tangent and the step at each weight.

    Args:
        steps: As `descend` returns them.
        path: Where to, as PNG, SVG or PDF by its ending.

    Raises:
        OptionError: The ending is none of these.
        DataError: The file cannot be written there.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 5.0), layout="constrained")
    axes = figure.add_subplot()
    weights = np.linspace(*_range_of(steps), 300)
    axes.plot(weights, _parabola(steps, weights), color="0.35", linewidth=2, label="L = ½(ŷ − y)²")
    for step in steps[:4]:
        reach = np.array([step.next_weight, step.weight + 0.2])
        tangent = step.loss + step.slope * (reach - step.weight)
        axes.plot(reach, tangent, color="#d55e00", linewidth=1.2)
        axes.annotate(
            f"slope {step.slope:.3g}",
            (step.weight, step.loss),
            xytext=(-10, 8),
            textcoords="offset points",
            horizontalalignment="right",
            color="#d55e00",
        )
    for step in steps:
        after = _parabola(steps, np.array([step.next_weight]))[0]
        axes.annotate(
            "",
            (step.next_weight, after),
            xytext=(step.weight, step.loss),
            arrowprops={"arrowstyle": "->", "color": "#0072b2", "linewidth": 1.4},
        )
    axes.plot(
        [s.weight for s in steps], [s.loss for s in steps], "o", color="#0072b2", label="steps"
    )
    axes.set_xlabel("weight")
    axes.set_ylabel("loss")
    axes.set_title("Gradient descent: each step goes the learning rate down the slope", loc="left")
    axes.set_ylim(bottom=-0.6)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    save_picture(figure, path)


def _range_of(steps: list[Step]) -> tuple[float, float]:
    """Weights to draw: as far beyond the goal as the start lies before it."""
    start, end = steps[0].weight, steps[-1].next_weight
    return end - 0.6 * abs(start - end), end + 1.15 * abs(start - end)


def _parabola(steps: list[Step], weights: np.ndarray) -> np.ndarray:
    """The loss at any weight, from the numbers of the first step."""
    first = steps[0]
    value = first.prediction / first.weight
    label = first.prediction - first.slope / value
    return np.asarray(0.5 * (weights * value - label) ** 2)
