"""Gradient descent of one neuron, with the library's own parts: weight 5 learns to be 3."""

import torch

from pellucid.network import LOSSES, GradientDescent, Linear, Network

neuron = Network([Linear(1, 1, bias=False)])
neuron.weights.fill_(5.0)
loss, optimizer = LOSSES["quadratic"], GradientDescent(neuron.weights)
x, y = torch.tensor([[2.0]]), torch.tensor([[6.0]])

for _ in range(5):
    value, error = loss.forward(neuron.forward(x), y, None)  # ½(ŷ − y)²
    neuron.backward(loss.backward(error, y, None))
    print(f"weight {neuron.weights.item():.4g}, slope {neuron.gradients.item():.4g}")
    optimizer.step(neuron.gradients, learning_rate=0.1)
