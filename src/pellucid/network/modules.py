"""Both ways between our networks and `torch.nn`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor, nn

from pellucid.network.built_modules import MODULES
from pellucid.network.initializers import uniform_fan_in_
from pellucid.network.layers import Layer, Views
from pellucid.network.tiles import by_tile


class ModuleLayer(Layer):
    """A `torch.nn.Module` as a layer of ours: it runs under autograd inside the same step.

    The module's parameters become views of the network's flat vector of weights, and what it counts
    in numbers beside them (the running means of batch norm) of the flat `state`: so the optimizer,
    the best epoch, copies and files treat them as those of every other layer. Whole numbers that it
    counts, on which no prediction depends, stay its own.

    Args:
        module: Takes one tensor, returns one tensor; rows first. The name of one that is built from
            plain numbers, a key of `MODULES`, so that it can be described; or a module of your own,
            which starts as it is and can be trained, but neither copied nor saved.
        arguments: Of the builder, as plain data.

    Raises:
        ValueError: There is no such builder, or it takes no such arguments.
    """

    def __init__(self, module: nn.Module | str, **arguments: Any) -> None:
        self._built = {"module": module, **arguments} if isinstance(module, str) else None
        if isinstance(module, str):
            if module not in MODULES:
                raise ValueError(f"there is no module {module!r}; there are: {', '.join(MODULES)}")
            with torch.device("meta"):  # shapes are known before anything is allocated
                module = MODULES[module](**arguments)
        named, kept = dict(module.named_parameters()), dict(module.named_buffers())
        super().__init__({name: tuple(parameter.shape) for name, parameter in named.items()})
        self.state_shapes = {n: tuple(b.shape) for n, b in kept.items() if b.is_floating_point()}
        self.module = module
        self.decayed = frozenset(name for name, parameter in named.items() if parameter.ndim > 1)
        # A row meets each weight once at least, and that of a convolution once for every place.
        self.products = sum(named[name].numel() for name in self.decayed)

    def bind(self, views: Views) -> None:
        """Make the given views the module's own; one of a caller's keeps its values."""
        super().bind(views)
        held = {**views.parameters, **views.state}
        for like in list(held.values())[:1]:
            if self._built:
                self.module.to_empty(device=like.device)
            self.module.to(like)
        if not self._built:
            for name, value in self.module.state_dict(keep_vars=True).items():
                if name in held:
                    held[name].copy_(value.detach())
        for name, parameter in self.module.named_parameters():
            parameter.data, parameter.grad = views.parameters[name], views.gradients[name]
        for name, view in views.state.items():
            owner, _, leaf = name.rpartition(".")
            setattr(self.module.get_submodule(owner), leaf, view)

    def initialize(self, generator: Generator) -> None:
        """Matrices and kernels U(±1/√I), factors and variances 1, the rest 0."""
        if not self._built:
            return
        for name, view in {**self.parameters, **self.state}.items():
            if view.ndim > 1:
                uniform_fan_in_(view, view[0].numel(), generator)
            else:
                view.fill_(1.0 if name.endswith(("weight", "var")) else 0.0)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """The module in evaluation mode; it is given back in the mode it was in."""
        modes = [(module, module.training) for module in self.module.modules()]
        self.module.eval()
        named = dict(zip([*self.shapes, *self.state_shapes], parameters, strict=True))
        try:
            output: Tensor = torch.func.functional_call(
                self.module, named, (_numbers(x, parameters),)
            )
        finally:
            for module, mode in modes:
                module.training = mode
        return output

    def predict(self, x: Tensor) -> Tensor:
        """The module in evaluation mode, tile by tile."""
        return by_tile(self, x, self.tile)

    def forward(self, x: Tensor) -> Tensor:
        """The module in training mode, recorded by autograd."""
        self.module.train()
        # Training runs in inference mode, whose tensors autograd refuses: hence the copy.
        with torch.inference_mode(mode=False), torch.enable_grad():
            self._x = _numbers(x.clone(), tuple(self.parameters.values())).requires_grad_()
            self._output: Tensor = self.module(self._x)
        return self._output.detach()

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """Autograd through the module; it adds, so the gradients start from 0."""
        for gradient in self.gradients.values():
            gradient.zero_()
        leaves = [*self.module.parameters(), *([self._x] if wanted else [])]
        if leaves:
            with torch.inference_mode(mode=False):
                torch.autograd.backward(self._output, grad.clone(), inputs=leaves)
        return self._x.grad

    def describe(self) -> dict[str, object]:
        """How to build it again.

        Raises:
            TypeError: It is a module of the caller's own.
        """
        if self._built is None:
            name = type(self.module).__name__
            raise TypeError(
                f"A torch.nn.Module of your own ({name}) is code, and a model file never holds "
                f"code: it can be trained, but neither copied nor saved. Those that can are built "
                f"by name: {', '.join(MODULES)}."
            )
        return dict(self._built)


def _numbers(x: Tensor, parameters: Sequence[Tensor]) -> Tensor:
    """Pixels and other whole numbers in the parameters' type."""
    return x if x.is_floating_point() or not parameters else x.to(parameters[0].dtype)


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
        parts = [*self.branches.items(), *enumerate(layers)]
        self.copies = nn.ParameterDict(  # pairs, since a dict would be sorted by name
            [
                (f"{place}_{name}".replace(".", "_"), nn.Parameter(view.clone()))
                for place, layer in parts
                for name, view in layer.parameters.items()
            ]
        )
        for place, layer in parts:
            for name, view in layer.state.items():
                self.register_buffer(f"{place}_{name}".replace(".", "_"), view.clone())

    def forward(self, *inputs: Tensor) -> Tensor:
        """Mean output of the members (B, O), from one tensor for each port, in order."""
        parameters, state = iter(self.copies.values()), self.buffers()

        def compute(layer: Layer, x: Tensor) -> Tensor:
            own = [next(parameters) for _ in layer.shapes]
            return layer.compute(x, *own, *(next(state) for _ in layer.state_shapes))

        if self.branches:
            pairs = zip(self.branches.values(), inputs, strict=True)
            inputs = (torch.cat([compute(*pair) for pair in pairs], dim=1),)
        (h,) = inputs
        for layer in self.layers:
            h = compute(layer, h)
        return h.view(self.members, -1, h.shape[-1]).mean(dim=0)
