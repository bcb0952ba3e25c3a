"""The description's one-neuron example of gradient descent, with the library's own parts.

Weight 5, input 2, label 6, learning rate 0.1: the prediction is 10, the slope of the loss is 8,
the next weight 4.2, and so on to 3.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    import torch

    from pellucid.network import LOSSES, GradientDescent, Linear, Network

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


def loss_at(weight: float, step: Step) -> float:
    """The loss of the same neuron with any weight.

    Args:
        weight: The weight.
        step: Any of its steps, whose numbers tell input and label.
    """
    value = step.prediction / step.weight
    label = step.prediction - step.slope / value
    return float(0.5 * (weight * value - label) ** 2)
