"""A network: layers in order, all their weights in one flat vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Generator, Tensor

from pellucid.network.embedding import CategoryEmbedding
from pellucid.network.ensemble import MemberLinear, ScaledLinear
from pellucid.network.layers import ALL, Activation, Dropout, Layer, Linear
from pellucid.network.modules import NetworkModule
from pellucid.network.precision import set_product_precision

LAYERS: dict[str, Callable[..., Layer]] = {
    kind.__name__: kind
    for kind in (Linear, MemberLinear, ScaledLinear, Activation, Dropout, CategoryEmbedding)
}


class Network:
    """Layers in order.

    Every weight and every gradient is a number in one flat vector each, of which the layers hold
    views: an update, a norm or a copy is one operation on one tensor.

    Args:
        layers: From the input to the output.
        members: Number of ensemble members K the output holds one after the other.
        seed: Of the first weights and of everything random in training.
        dtype: Type of the numbers.
        device: Where they live.
        reduced_precision: Run large products of a training step on the processor's bfloat16
            (or TensorFloat-32) units; sums stay in float32.

    Attributes:
        layers: The layers.
        weights: All parameters, shape (P,): first the decayed ones, then the others.
        gradients: Gradient of the loss with respect to each, shape (P,).
        num_decayed: How many parameters, from the first, weight decay applies to.

    Example:
        >>> network = Network([Linear(2, 3), Activation("tanh"), Linear(3, 1)], seed=0)
        >>> network(torch.zeros(4, 2)).shape    # one member, 4 rows, 1 output
        torch.Size([1, 4, 1])
        >>> len(network.weights)                # 2·3 + 3 + 3·1 + 1
        13
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        members: int = 1,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        reduced_precision: bool = False,
    ) -> None:
        self.layers = list(layers)
        if len(set(self.layers)) < len(self.layers):
            raise ValueError("a layer keeps what its place needs: it cannot stand in two")
        self.reduced_precision = reduced_precision
        self.members = members
        self.generator = Generator(device=device).manual_seed(seed)
        self._lay_out(dtype, torch.device(device))
        for layer in self.layers:
            layer.initialize(self.generator)
            layer.generator = self.generator
        for below, layer in zip([None, *self.layers], self.layers, strict=False):
            layer.may_overwrite_input = below is not None and below.is_output_free
        self._sizes = [0] * len(self.layers)
        self._wanted = self._input_gradients_wanted()

    def _lay_out(self, dtype: torch.dtype, device: torch.device) -> None:
        """Place every parameter in the flat vector, the decayed ones first."""
        places = [(layer, name) for layer in self.layers for name in layer.shapes]
        decayed = [(layer, name) for layer, name in places if name in layer.decayed]
        others = [(layer, name) for layer, name in places if name not in layer.decayed]
        sizes = [torch.Size(layer.shapes[name]).numel() for layer, name in decayed + others]
        self.num_decayed = sum(sizes[: len(decayed)])
        self.weights = torch.zeros(sum(sizes), dtype=dtype, device=device)
        self.gradients = torch.zeros_like(self.weights)
        pieces = zip(
            decayed + others, self.weights.split(sizes), self.gradients.split(sizes), strict=True
        )
        views = {
            (layer, name): (_view(weight, layer, name), _view(grad, layer, name))
            for (layer, name), weight, grad in pieces
        }
        for layer in self.layers:
            layer.bind(
                {name: views[layer, name][0] for name in layer.shapes},
                {name: views[layer, name][1] for name in layer.shapes},
            )

    def _input_gradients_wanted(self) -> list[slice | None]:
        """For each layer, the part of its input through which something below still learns."""
        wanted: list[slice | None] = [None]
        for below, _ in pairwise(self.layers):
            passed_on = None if wanted[-1] is None else ALL
            wanted.append(below.trained_outputs if below.shapes else passed_on)
        return wanted

    def by_member(self, outputs_RO: Tensor) -> Tensor:
        """(R, O) → (K, B, O)."""
        return outputs_RO.view(self.members, -1, outputs_RO.shape[-1])

    def __call__(self, x_BI: Tensor) -> Tensor:
        """Forward propagation for prediction.

        Args:
            x_BI: Encoded inputs.

        Returns:
            The last layer's z for each member, shape (K, B, O).
        """
        for layer in self.layers:
            x_BI = layer(x_BI)
        return self.by_member(x_BI)

    def trace(self, x_BI: Tensor) -> list[Tensor]:
        """Forward propagation with everything in between: the output of each layer, in order."""
        outputs = []
        for layer in self.layers:
            x_BI = layer(x_BI)
            outputs.append(x_BI)
        return outputs

    def forward(self, x_BI: Tensor) -> Tensor:
        """Forward propagation for training: keeps what `backward` needs.

        Returns:
            The last layer's z, shape (R, O), rows of member 1 first. It is a buffer: the next
            `forward` or `backward` may overwrite it.
        """
        h = x_BI
        callers_precision = torch.get_float32_matmul_precision()
        try:
            for place, layer in enumerate(self.layers):
                if self.reduced_precision and layer.products:
                    self._sizes[place] = layer.products * len(h)
                    set_product_precision(self._sizes[place])
                h = layer.forward(h)
        finally:
            torch.set_float32_matmul_precision(callers_precision)
        return h

    def backward(self, grad_RO: Tensor) -> None:
        """Backpropagation: fill `gradients` from the gradient with respect to the output.

        Once for each `forward`, whose buffers it uses up.
        """
        grad: Tensor | None = grad_RO
        callers_precision = torch.get_float32_matmul_precision()
        try:
            for place in reversed(range(len(self.layers))):
                if grad is None:
                    return
                if self.reduced_precision and self._sizes[place]:
                    set_product_precision(self._sizes[place])
                grad = self.layers[place].backward(grad, self._wanted[place])
        finally:
            torch.set_float32_matmul_precision(callers_precision)

    def to_module(self) -> NetworkModule:
        """An ordinary `torch.nn.Module` with a copy of the weights, for the torch ecosystem.

        Inputs (B, I), as an estimator's `encode` makes them, become outputs (B, O): the last
        layer's z, mean over the members. In whatever mode it is, nothing is dropped at random.

        What an estimator predicts is more: the temperature divides z, and softmax or sigmoid makes
        it probabilities, member by member, before these are averaged; so with several members the
        softmax of this mean differs from the probabilities predicted. Numbers are put back into
        their unit, and clamped.
        """
        return NetworkModule(self.layers, self.members)

    def copy(self, *, dtype: torch.dtype | None = None) -> Network:
        """A network of its own with the same weights, in another precision if asked."""
        twin = Network(
            layers_from(self.describe()),
            members=self.members,
            dtype=dtype or self.weights.dtype,
            device=self.weights.device,
            reduced_precision=self.reduced_precision,
        )
        twin.weights.copy_(self.weights)
        twin.generator.set_state(self.generator.get_state())
        return twin

    def __getstate__(self) -> dict[str, object]:
        """For copying and storing, in arrays that any library stores; views are left behind."""
        return {
            "layers": self.describe(),
            "members": self.members,
            "reduced_precision": self.reduced_precision,
            "device": str(self.weights.device),
            "weights": self.weights.cpu().clone().numpy(),
            "random": self.generator.get_state().numpy(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the network again."""
        weights = torch.from_numpy(state["weights"])
        self.__init__(  # type: ignore[misc]
            layers_from(state["layers"]),
            members=state["members"],
            dtype=weights.dtype,
            device=state["device"],
            reduced_precision=state["reduced_precision"],
        )
        self.weights.copy_(weights)
        self.generator.set_state(torch.from_numpy(state["random"]))

    def describe(self) -> list[dict[str, object]]:
        """The architecture as plain data, enough to build the network again."""
        return [{"layer": type(layer).__name__, **layer.describe()} for layer in self.layers]


def layers_from(plain: Sequence[Mapping[str, Any]]) -> list[Layer]:
    """The layers that `Network.describe` described, without their weights."""
    return [
        LAYERS[layer["layer"]](**{key: value for key, value in layer.items() if key != "layer"})
        for layer in plain
    ]


def _view(flat: Tensor, layer: Layer, name: str) -> Tensor:
    shape = layer.shapes[name]
    if name not in layer.by_neuron:
        return flat.view(shape)
    return flat.view(*shape[:-2], shape[-1], shape[-2]).transpose(-1, -2)
