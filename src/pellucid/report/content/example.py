"""What is said of the one-neuron example of gradient descent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pellucid.example import Step, loss_at
from pellucid.report.elements import Figure, Paragraph, Table
from pellucid.report.figures import Descent, Tangent

MOST_TANGENTS = 4
POINTS_OF_CURVE = 300
FORMULAS = (
    "One neuron: ŷ = weight · 2, and the label is y = 6",
    "Loss    L = ½(ŷ − y)², so its slope over the weight is (ŷ − y) · 2",
    "Step    next weight = weight − 0.1 · slope",
)


def formulas() -> list[Paragraph]:
    """What the neuron computes, and how it learns."""
    return [Paragraph(text=text) for text in FORMULAS]


def descent_figure(steps: Sequence[Step]) -> Figure:
    """The loss over the weight with the tangent and the step at each weight, and its numbers.

    Args:
        steps: As `descend` returns them.
    """
    weights = np.linspace(*_range_of(steps), POINTS_OF_CURVE)
    path = [(step.weight, step.loss) for step in steps]
    last = steps[-1].next_weight
    return Figure(
        name="descent",
        title="Gradient descent: each step goes the learning rate down the slope",
        drawing=Descent(
            curve=[(float(weight), loss_at(weight, steps[0])) for weight in weights],
            curve_label="L = ½(ŷ − y)²",
            steps=[*path, (last, loss_at(last, steps[0]))],
            tangents=[_tangent(step) for step in steps[:MOST_TANGENTS]],
            x_label="weight",
            y_label="loss",
        ),
        words="The weight goes to 3, where 3 · 2 = 6.",
        numbers=Table(
            caption="Numbers: each step",
            headings=["step", "weight", "prediction", "loss", "slope", "next weight"],
            rows=[_row(step) for step in steps],
            texts=(),
        ),
    )


def _range_of(steps: Sequence[Step]) -> tuple[float, float]:
    """Weights to draw: as far beyond the goal as the start lies before it."""
    start, end = steps[0].weight, steps[-1].next_weight
    return end - 0.6 * abs(start - end), end + 1.15 * abs(start - end)


def _tangent(step: Step) -> Tangent:
    ends = (step.next_weight, step.weight + 0.2)
    low, high = (step.loss + step.slope * (weight - step.weight) for weight in ends)
    return Tangent(
        label=f"slope {step.slope:.3g}",
        at=(step.weight, step.loss),
        ends=((ends[0], low), (ends[1], high)),
    )


def _row(step: Step) -> list[str]:
    numbers = (step.weight, step.prediction, step.loss, step.slope, step.next_weight)
    return [str(step.number), *(f"{number:.6g}" for number in numbers)]
