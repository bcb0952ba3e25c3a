"""A network: layers in order, all their weights in one flat vector."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from operator import or_
from typing import Any

import torch
from torch import Generator, Tensor

from pellucid.inputs import Inputs
from pellucid.network.embedding import CategoryEmbedding
from pellucid.network.ensemble import MemberLinear
from pellucid.network.input_layer import InputLayer, PassThrough
from pellucid.network.layers import Activation, Dropout, Layer, Linear
from pellucid.network.layout import lay_out
from pellucid.network.modules import ModuleLayer, NetworkModule
from pellucid.network.picture_branch import PictureBranch
from pellucid.network.piecewise import PiecewiseLinear
from pellucid.network.precision import set_product_precision
from pellucid.network.scaled_linear import ScaledLinear
from pellucid.network.term_bag import TermBag
from pellucid.network.tiles import ROWS_AT_ONCE, filled_up, rows_of_a_tile

LAYERS: dict[str, Callable[..., Layer]] = {
    kind.__name__: kind
    for kind in (
        Linear,
        MemberLinear,
        ScaledLinear,
        Activation,
        Dropout,
        PassThrough,
        PiecewiseLinear,
        CategoryEmbedding,
        PictureBranch,
        TermBag,
        ModuleLayer,
    )
}


class Network:
    """An input layer, which makes the vector x of what comes in, and layers in order.

    It gets `Inputs`, a tensor for each branch of the input layer; or x itself, as a tensor.

    Every weight and every gradient is a number in one flat vector each, of which the layers hold
    views: an update, a norm or a copy is one operation on one tensor.

    Args:
        layers: From x to the output.
        branches: The layer of each port, in the order of their parts in x; with none the network
            gets x.
        members: Number of ensemble members K the output holds one after the other.
        seed: Of the first weights and of everything random in training.
        dtype: Type of the numbers.
        device: Where they live.
        reduced_precision: Run large products of a training step on the processor's bfloat16
            (or TensorFloat-32) units; sums stay in float32.

    Attributes:
        input_layer: The branches.
        layers: The layers above them.
        parts: Every layer, those of the branches first.
        weights: All parameters, shape (P,): the decayed ones, the others, and large tables. Change
            them by torch's own operations in place, which predictions follow, not through NumPy.
        gradients: Gradient of the loss with respect to each, shape (P,); with large tables only
            of the weights before them, which are the last.
        row_gradients: Gradients of large tables, kept for the rows that a batch touches.
        state: What layers keep beside weights, such as the running means of batch norm, flat.
        num_decayed: How many parameters, from the first, weight decay applies to.
        filters: Where those of each convolution lie among the weights.

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
        branches: Mapping[str, Layer] | None = None,
        members: int = 1,
        seed: int = 0,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        reduced_precision: bool = False,
    ) -> None:
        self.input_layer, self.layers = InputLayer(branches or {}), list(layers)
        self.parts = [*self.input_layer.branches.values(), *self.layers]
        if len(set(self.parts)) < len(self.parts):
            raise ValueError("a layer keeps what its place needs: it cannot stand in two")
        self.reduced_precision = reduced_precision
        self.members = members
        self.generator = Generator(device=device).manual_seed(seed)
        vectors = lay_out(self.parts, dtype, torch.device(device))
        self.weights, self.gradients, self.state = vectors.weights, vectors.gradients, vectors.state
        self.num_decayed, self.row_gradients = vectors.num_decayed, vectors.row_gradients
        self.filters = vectors.filters
        for layer in self.parts:
            layer.initialize(self.generator)
            layer.generator = self.generator
            layer.reduced_precision = reduced_precision
            # Where all members share a matrix, their rows are one product.
            shared = self.members if isinstance(layer, Linear) and layer in self.layers else 1
            layer.tile = layer.own_tile or shared * rows_of_a_tile(self.members)
        for below, layer in zip([None, *self.layers], self.layers, strict=False):
            layer.may_overwrite_input = below is not None and below.is_output_free
        self.layers[0].first_wanted = self.input_layer.first_learned
        if torch.device(device).type == "cpu":  # GPUs are quicker with a product of all
            self._keep_positions()
        self._prepared_at: tuple[int, int] | None = None
        self._sizes = [0] * len(self.layers)
        self._wanted = self._input_gradients_wanted()

    def _keep_positions(self) -> None:
        """Let numbers cut at bins come to the first layer as they are, if it can take them so."""
        first, cuts = self.layers[0], self.input_layer.cuts
        if cuts and isinstance(first, ScaledLinear) and first.scales_alike(cuts):
            first.take_cut_input(cuts)
            self.input_layer.keeps_positions = True

    def _input_gradients_wanted(self) -> list[bool]:
        """For each layer, whether something below it still learns."""
        learns = [self.input_layer.learns, *(bool(layer.shapes) for layer in self.layers[:-1])]
        return list(accumulate(learns, or_))

    def initialize_from(self, inputs: Inputs) -> None:
        """Find in some training rows what branches need to know of their input: its mean, say.

        Once, before the first step; not when a network goes on learning.

        Args:
            inputs: Some hundreds or thousands of encoded rows.
        """
        self.input_layer.initialize_from(inputs)

    def by_member(self, outputs_RO: Tensor) -> Tensor:
        """(R, O) → (K, B, O)."""
        return outputs_RO.view(self.members, -1, outputs_RO.shape[-1])

    def __call__(self, inputs: Inputs | Tensor) -> Tensor:
        """Forward propagation as a pure function, which autograd can differentiate.

        Args:
            inputs: Encoded rows, or the vector x (B, I).

        Returns:
            The last layer's z for each member, shape (K, B, O).
        """
        h = self.input_layer(inputs)
        for layer in self.layers:
            h = layer(h)
        return self.by_member(h)

    def predict(self, inputs: Inputs | Tensor) -> Tensor:
        """The same for prediction: the numbers of a row are, to the last bit, those in any company.

        So it is for float32 on a CPU; in float64 the last digit may differ.

        Args:
            inputs: Encoded rows, or the vector x (B, I).

        Returns:
            The last layer's z for each member, shape (K, B, O).
        """
        self._prepare_if_changed()
        if len(inputs) <= ROWS_AT_ONCE:
            return self._predict(inputs)
        blocks: Iterable[Inputs | Tensor]
        if isinstance(inputs, Tensor):
            blocks = inputs.split(ROWS_AT_ONCE)
        else:
            blocks = inputs.blocks(ROWS_AT_ONCE)
        return torch.cat([self._predict(block) for block in blocks], dim=1)

    @property
    def _version(self) -> tuple[int, int] | None:
        """Numbers that change with weights and state; None if torch does not count them."""
        if self.weights.is_inference():
            return None
        return self.weights._version, self.state._version  # noqa: SLF001

    def _prepare_if_changed(self) -> None:
        if self._prepared_at is None or self._prepared_at != self._version:
            for layer in self.parts:
                layer.prepare()
            self._prepared_at = self._version

    def features(self, port: str, given: Tensor) -> Tensor:
        """What the branch of a port makes of rows in a prediction, (B, its part of x).

        Args:
            port: The port.
            given: What enters there, rows first.
        """
        self._prepare_if_changed()
        branch = self.input_layer.branches[port]
        blocks = given.split(ROWS_AT_ONCE)
        return torch.cat([branch.predict(filled_up(b, branch.tile))[: len(b)] for b in blocks])

    def _predict(self, inputs: Inputs | Tensor) -> Tensor:
        """Outputs of one block."""
        # Only a first layer that takes it gets what is no tensor.
        h: Any = self.input_layer.predict(inputs, rows_of_a_tile(self.members))
        for layer in self.layers:
            h = layer.predict(h)
        return self.by_member(h)[:, : len(inputs)]

    def predict_at(self, inputs: Inputs | Tensor, places: Sequence[int]) -> list[Tensor]:
        """The same of any layers, such as hidden ones: a row's numbers as they are in any company.

        Args:
            inputs: Encoded rows, or the vector x (B, I).
            places: Of the layers.

        Returns:
            The output of each, (B, …) for a network of one member.
        """
        self._prepare_if_changed()
        h: Any = self.input_layer.predict(inputs, rows_of_a_tile(self.members))
        outputs = []
        for layer in self.layers:
            h = layer.predict(h)
            outputs.append(h)
        return [outputs[place][: len(inputs)] for place in places]

    def trace(self, inputs: Inputs | Tensor) -> list[Tensor]:
        """Forward propagation with everything in between: the output of each layer, in order."""
        h = self.input_layer(inputs)
        outputs = []
        for layer in self.layers:
            h = layer(h)
            outputs.append(h)
        return outputs

    def forward(self, inputs: Inputs | Tensor) -> Tensor:
        """Forward propagation for training: keeps what `backward` needs.

        Returns:
            The last layer's z, shape (R, O), rows of member 1 first. It is a buffer: the next
            `forward` or `backward` may overwrite it.
        """
        callers_precision = torch.get_float32_matmul_precision()
        try:
            if self.reduced_precision and self.input_layer.products:
                set_product_precision(self.input_layer.products * len(inputs))
            # Only a first layer that takes it gets what is no tensor.
            h: Any = self.input_layer.forward(inputs)
            for place, layer in enumerate(self.layers):
                if self.reduced_precision and layer.products:
                    products = layer.products if isinstance(h, Tensor) else layer.cut_products
                    self._sizes[place] = products * len(h)
                    set_product_precision(self._sizes[place])
                h = layer.forward(h)
        finally:
            torch.set_float32_matmul_precision(callers_precision)
        return h

    def backward(self, grad_RO: Tensor) -> None:
        """Backpropagation: fill `gradients` from the gradient with respect to the output.

        Once for each `forward`, whose buffers it uses up.
        """
        grad = grad_RO
        callers_precision = torch.get_float32_matmul_precision()
        try:
            for place in reversed(range(len(self.layers))):
                if self.reduced_precision and self._sizes[place]:
                    set_product_precision(self._sizes[place])
                below = self.layers[place].backward(grad, wanted=self._wanted[place])
                if below is None or not self._wanted[place]:
                    return
                grad = below
            if self.reduced_precision and self.input_layer.products:
                set_product_precision(self.input_layer.products * len(grad))
            self.input_layer.backward(grad)
        finally:
            torch.set_float32_matmul_precision(callers_precision)

    def to_module(self) -> NetworkModule:
        """An ordinary `torch.nn.Module` with a copy of the weights, for the torch ecosystem.

        It takes one tensor for each port, as an estimator's `encode` makes them, or the vector x if
        there are no branches, and gives outputs (B, O): the last layer's z, mean over the members.
        In whatever mode it is, nothing is dropped at random. Codes have no gradient: to attribute
        to what stands above them, give captum `NetworkModule({}, network.layers, network.members)`,
        whose input is `network.input_layer(inputs)`, the vector x.

        What an estimator predicts is more: the temperature divides z, and softmax or sigmoid makes
        it probabilities, member by member, before these are averaged; so with several members the
        softmax of this mean differs from the probabilities predicted. Numbers are put back into
        their unit, and clamped.
        """
        return NetworkModule(self.input_layer.branches, self.layers, self.members)

    def copy(self, *, dtype: torch.dtype | None = None) -> Network:
        """A network of its own with the same weights, in another precision if asked."""
        twin = Network(
            **parts_from(self.describe()),
            dtype=dtype or self.weights.dtype,
            device=self.weights.device,
            reduced_precision=self.reduced_precision,
        )
        twin.weights.copy_(self.weights)
        twin.state.copy_(self.state)
        twin.generator.set_state(self.generator.get_state())
        return twin

    def __getstate__(self) -> dict[str, object]:
        """For copying and storing, in arrays that any library stores; views are left behind."""
        return {
            "network": self.describe(),
            "reduced_precision": self.reduced_precision,
            "device": str(self.weights.device),
            "weights": self.weights.cpu().clone().numpy(),
            "state": self.state.cpu().clone().numpy(),
            "random": self.generator.get_state().numpy(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Build the network again."""
        weights = torch.from_numpy(state["weights"])
        self.__init__(  # type: ignore[misc]
            **parts_from(state["network"]),
            dtype=weights.dtype,
            device=state["device"],
            reduced_precision=state["reduced_precision"],
        )
        self.weights.copy_(weights)
        self.state.copy_(torch.from_numpy(state["state"]))
        self.generator.set_state(torch.from_numpy(state["random"]))

    def describe(self) -> dict[str, Any]:
        """The architecture as plain data, enough to build the network again."""
        branches = self.input_layer.branches.items()
        return {
            "members": self.members,
            "branches": [{"port": port, **_described(branch)} for port, branch in branches],
            "layers": [_described(layer) for layer in self.layers],
        }


def parts_from(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the network that `Network.describe` described, without its weights."""
    return {
        "branches": {branch["port"]: _layer_from(branch) for branch in plain["branches"]},
        "layers": [_layer_from(layer) for layer in plain["layers"]],
        "members": plain["members"],
    }


def _described(layer: Layer) -> dict[str, Any]:
    return {"layer": type(layer).__name__, **layer.describe()}


def _layer_from(plain: Mapping[str, Any]) -> Layer:
    arguments = {key: value for key, value in plain.items() if key not in ("port", "layer")}
    return LAYERS[plain["layer"]](**arguments)
