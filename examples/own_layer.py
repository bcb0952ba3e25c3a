"""A torch.nn.Module as one layer of a network, trained in the same step as ours."""

import torch

from pellucid.network import LOSSES, Activation, Adam, Linear, ModuleLayer, Network
from pellucid.training.loop import train_step

torch.manual_seed(0)
inputs = torch.randn(256, 10)
targets = (inputs[:, :5].sum(dim=1) > 0).long()

network = Network(
    [Linear(10, 16), ModuleLayer(torch.nn.LayerNorm(16)), Activation("silu"), Linear(16, 2)]
)
optimizer = Adam(network.weights, network.num_decayed, weight_decay=0.01)
with torch.inference_mode():
    for step in range(200):
        batch = (inputs, targets, None)
        value = train_step(network, LOSSES["cross_entropy"], optimizer, batch, learning_rate=0.01)
        if step % 50 == 0:
            print(f"step {step}: loss {value.item():.4f}")
    accuracy = (network(inputs)[0].argmax(dim=1) == targets).float().mean()
print(f"accuracy {accuracy:.3f}")
