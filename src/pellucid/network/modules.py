"""Both ways between our networks and `torch.nn`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from pellucid.network.layers import Layer
from pellucid.network.row_gradients import RowGradient


class ModuleLayer(Layer):
    """Any `torch.nn.Module` as a layer of ours: it runs under autograd inside the same step.

    The module's parameters become views of the network's flat vector, so the optimizer, the
    clipping and the saving are the same as for every other layer. They start as the module has
    them.

    Args:
        module: Takes one tensor, returns one tensor; rows first.
    """

    def __init__(self, module: nn.Module) -> None:
        named = dict(module.named_parameters())
        super().__init__({name: tuple(parameter.shape) for name, parameter in named.items()})
        self.module = module
        self.decayed = frozenset(name for name, parameter in named.items() if parameter.ndim > 1)

    def bind(
        self,
        parameters: dict[str, Tensor],
        gradients: dict[str, Tensor],
        row_gradients: dict[str, RowGradient],
    ) -> None:
        """Move the module's parameters, with their values, into the given views."""
        super().bind(parameters, gradients, row_gradients)
        if parameters:
            self.module.to(next(iter(parameters.values())))  # its buffers, which stay its own
        for name, parameter in self.module.named_parameters():
            parameters[name].copy_(parameter.detach())
            parameter.data, parameter.grad = parameters[name], gradients[name]

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """The module in evaluation mode."""
        self.module.eval()
        named = dict(zip(self.shapes, parameters, strict=True))
        output: Tensor = torch.func.functional_call(self.module, named, (x,))
        return output

    def forward(self, x: Tensor) -> Tensor:
        """The module in training mode, recorded by autograd."""
        self.module.train()
        # Training runs in inference mode, whose tensors autograd refuses: hence the copy.
        with torch.inference_mode(mode=False), torch.enable_grad():
            self._x = x.clone().requires_grad_()
            self._output: Tensor = self.module(self._x)
        return self._output.detach()

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """Autograd through the module; it adds, so the gradients start from 0."""
        for gradient in self.gradients.values():
            gradient.zero_()
        with torch.inference_mode(mode=False):
            torch.autograd.backward(self._output, grad.clone())
        return self._x.grad if wanted else None

    def describe(self) -> dict[str, object]:
        """A module is code, and a model file never holds code."""
        msg = "a torch.nn.Module cannot be written as plain data"
        raise TypeError(msg)


class NetworkModule(nn.Module):
    """Layers of ours as an ordinary `torch.nn.Module`, with its own copy of the weights.

    Its derivatives are our pairs, given to autograd. For captum, torch.export, or another loop.

    Args:
        branches: The layer of each port; without any it gets the vector x itself.
        layers: From x to the output.
        members: Number of ensemble members K whose outputs stand one after the other.
    """

    def __init__(
        self, branches: Mapping[str, Layer], layers: Sequence[Layer], members: int
    ) -> None:
        super().__init__()
        self.branches, self.layers, self.members = dict(branches), layers, members
        self.copies = nn.ParameterDict(  # pairs, since a dict would be sorted by name
            [
                (f"{index}_{name}".replace(".", "_"), nn.Parameter(view.clone()))
                for index, layer in [*self.branches.items(), *enumerate(layers)]
                for name, view in layer.parameters.items()
            ]
        )

    def forward(self, *inputs: Tensor) -> Tensor:
        """Mean output of the members (B, O), from one tensor for each port, in order."""
        parameters = iter(self.copies.values())

        def compute(layer: Layer, x: Tensor) -> Tensor:
            return layer.compute(x, *(next(parameters) for _ in layer.shapes))

        if self.branches:
            pairs = zip(self.branches.values(), inputs, strict=True)
            inputs = (torch.cat([compute(*pair) for pair in pairs], dim=1),)
        (h,) = inputs
        for layer in self.layers:
            h = compute(layer, h)
        return h.view(self.members, -1, h.shape[-1]).mean(dim=0)
