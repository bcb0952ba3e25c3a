"""Layers: z = xW + b, and what stands between two of them.

Every formula is a pair of pure functions, forward above backward, written as the equation reads.
A weight matrix has shape (from, to): row i holds the connections that leave neuron i of the layer
before, column o those that arrive at neuron o.

A layer computes in two ways with the same pair. Called as a function it is pure (explanation,
autograd). In training, `forward` and `backward` write into buffers kept from step to step, and
`backward` leaves the gradients in the layer's views of the network's flat vector. What is predicted
comes from `predict`: the same products in tiles of rows (`pellucid.network.tiles`).

Shape letters: R = rows, I = inputs, W = those inputs whose gradient is wanted, O = outputs
(neurons).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import torch
from torch import Generator, Tensor

from pellucid.network.activations import ACTIVATIONS, ActivationFunction
from pellucid.network.autograd import differentiable
from pellucid.network.initializers import uniform_fan_in_
from pellucid.network.row_gradients import RowGradient
from pellucid.network.tiles import ROWS_OF_A_PRODUCT, by_number, product_in_tiles, widened


@dataclass(frozen=True, kw_only=True)
class Views:
    """A layer's places in the network's flat vectors, by the names of its parameters and state."""

    parameters: dict[str, Tensor]
    gradients: dict[str, Tensor]
    row_gradients: dict[str, RowGradient]
    state: dict[str, Tensor]


class Layer(ABC):
    """What every layer is: abstract here, final in each subclass.

    Attributes:
        shapes: Shape of each parameter by name, in order.
        decayed: Names of the parameters that weight decay pulls towards 0.
        by_neuron: Names of the matrices (from, to) kept in memory neuron by neuron, column after
            column: products with few outputs are up to 6 times quicker that way.
        by_row: Names of the tables whose gradient is kept, and stepped, row by row.
        row_rate: By which the learning rate of these is greater, and they are stepped as tables of
            which most rows are rare; None where they are not.
        filters: Names of the filters of convolutions, (filters, channels, height, width).
        products: Multiplications of one row with the weights, to judge whether reduced
            precision pays.
        cut_products: The same where numbers cut at bins come as they are.
        is_output_free: Whether the next layer may overwrite this one's output in training.
        may_overwrite_input: Whether it may; set by the network.
        generator: Source of randomness in training; set by the network.
        reduced_precision: Whether large products of a training step shall be in bfloat16, where a
            layer chooses it by itself; set by the network.
        own_tile: Rows that `predict` takes at once, where a few are enough work.
        tile: Those that it takes; set by the network.
        first_wanted: The first input whose gradient is wanted, if any is: before it stand given
            numbers, and a product need not be computed for them; set by the network.
        parameters: The parameters, views of the network's flat vector; set by `bind`.
        gradients: Their gradients, likewise; those `by_row` are among the next instead.
        row_gradients: Gradients of tables, kept for the rows touched.
        state_shapes: Shape of each further number it keeps, by name: running means.
        state: These, views of the network's flat `state`.
    """

    shapes: dict[str, tuple[int, ...]]
    decayed: frozenset[str] = frozenset()
    by_neuron: frozenset[str] = frozenset()
    by_row: frozenset[str] = frozenset()
    row_rate: float | None = None
    filters: frozenset[str] = frozenset()
    products: int = 0
    cut_products: int = 0
    is_output_free: bool = False
    may_overwrite_input: bool = False
    first_wanted: int = 0
    reduced_precision: bool = False
    own_tile: int | None = None
    tile: int = ROWS_OF_A_PRODUCT

    def __init__(self, shapes: dict[str, tuple[int, ...]]) -> None:
        self.shapes = shapes
        self.parameters: dict[str, Tensor] = {}
        self.gradients: dict[str, Tensor] = {}
        self.row_gradients: dict[str, RowGradient] = {}
        self.state_shapes: dict[str, tuple[int, ...]] = {}
        self.state: dict[str, Tensor] = {}
        self.generator: Generator | None = None
        self._buffers: dict[tuple[object, ...], Tensor] = {}

    def bind(self, views: Views) -> None:
        """Make the given views this layer's own."""
        self.parameters, self.gradients = views.parameters, views.gradients
        self.row_gradients, self.state = views.row_gradients, views.state
        self._buffers.clear()

    def initialize(self, generator: Generator) -> None:
        """Set the parameters, if there are any, to their first values."""
        return

    def initialize_from(self, x: Tensor) -> None:
        """Find in some training rows what it needs to know of its input, before the first step."""
        return

    @abstractmethod
    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """The layer as a pure, differentiable function of its input, parameters and state."""

    def __call__(self, x: Tensor) -> Tensor:
        """Compute the output: nothing is kept, nothing is dropped."""
        return self.compute(x, *self.parameters.values(), *self.state.values())

    def prepare(self) -> None:
        """Make of the parameters what `predict` takes; called whenever they have changed."""
        return

    def predict(self, x: Tensor) -> Tensor:
        """The same for whole tiles of rows, a row's numbers being as they are in any company.

        To the last bit: see `pellucid.network.tiles`. Layers that only move numbers, or look them
        up, are so by themselves.
        """
        return self(x)

    @abstractmethod
    def forward(self, x: Tensor) -> Tensor:
        """Compute the output for training, and keep what `backward` needs."""

    @abstractmethod
    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """Leave the gradients of the parameters, return that of the input.

        Args:
            grad: Gradient of the loss with respect to the output of the last `forward`.
            wanted: Whether that of the input is wanted; if nothing below learns it is not, and need
                not be computed.
        """

    def weights_of(self, neuron: int) -> Tensor:
        """The weights that arrive at one neuron of the first member, shape (I,)."""
        raise TypeError(f"{type(self).__name__} has no weights between its inputs and outputs")

    @abstractmethod
    def describe(self) -> dict[str, object]:
        """The constructor's arguments as plain data: what a model file keeps of this layer."""

    def _buffer(self, name: str, *shape: int, like: Tensor) -> Tensor:
        """A tensor kept from step to step (two batch sizes occur: full and last).

        Numbers of rows are asked for as `x.shape[0]`: `len(x)` takes torch ten times as long, 1 µs.
        """
        key = (name, *shape)
        held = self._buffers.get(key)
        if held is None:
            with torch.inference_mode(mode=False):  # else the buffer could be used nowhere else
                held = torch.empty(shape, dtype=like.dtype, device=like.device)
            self._buffers[key] = held
        return held


def check_sizes(**sizes: object) -> None:
    """Refuse what is no number of inputs, neurons or members.

    Raises:
        ValueError: One of them is no whole number of at least 1.
    """
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, but is {size!r:.40}")


def check_factor(name: str, factor: object) -> None:
    """Refuse what multiplies a learning rate and is no positive number.

    Raises:
        ValueError: It is none.
    """
    if isinstance(factor, bool) or not isinstance(factor, Real) or not 0.0 < float(factor) < 1e6:
        raise ValueError(f"{name} must be a number above 0, but is {factor!r:.40}")


def check_rate(name: str, rate: object) -> None:
    """Refuse what is no part of neurons or cells.

    Raises:
        ValueError: It is not at least 0 and below 1.
    """
    if isinstance(rate, bool) or not isinstance(rate, Real) or not 0.0 <= float(rate) < 1.0:
        raise ValueError(f"{name} must be at least 0 and below 1, but is {rate!r:.40}")


# --- z = xW + b ------------------------------------------------------------------------------


def linear_forward(
    x_RI: Tensor, weight_IO: Tensor, bias_O: Tensor | None = None, out: Tensor | None = None
) -> Tensor:
    """z = xW + b."""
    if bias_O is None:
        return torch.mm(x_RI, weight_IO, out=out)
    return torch.addmm(bias_O, x_RI, weight_IO, out=out)


def linear_backward(
    grad_z_RO: Tensor,
    x_RI: Tensor,
    weight_IO: Tensor,
    bias_O: Tensor | None = None,
    *,
    wanted: bool = True,
    first_wanted: int = 0,
    out: Sequence[Tensor | None] = (None, None, None),
) -> tuple[Tensor | None, ...]:
    """∂L/∂x = ∂L/∂z Wᵀ, ∂L/∂W = xᵀ ∂L/∂z, ∂L/∂b = Σ_R ∂L/∂z."""
    grad_x_RW = None
    if wanted:
        weight_WO = weight_IO[first_wanted:] if first_wanted else weight_IO
        grad_x_RW = torch.mm(grad_z_RO, weight_WO.T, out=out[0])
    grad_weight_IO = torch.mm(x_RI.T, grad_z_RO, out=out[1])
    if bias_O is None:
        return grad_x_RW, grad_weight_IO
    return grad_x_RW, grad_weight_IO, torch.sum(grad_z_RO, 0, out=out[2])


linear = differentiable(linear_forward, linear_backward)


class Linear(Layer):
    """A dense layer: every input connected to every neuron.

    Args:
        inputs: Number of inputs I.
        outputs: Number of neurons O.
        bias: Whether each neuron has a bias b.
    """

    decayed = by_neuron = frozenset({"weight"})
    is_output_free = True

    def __init__(self, inputs: int, outputs: int, *, bias: bool = True) -> None:
        check_sizes(inputs=inputs, outputs=outputs)
        shapes: dict[str, tuple[int, ...]] = {"weight": (inputs, outputs)}
        super().__init__({**shapes, "bias": (outputs,)} if bias else shapes)
        self.inputs, self.outputs = inputs, outputs
        self.products = inputs * outputs

    def initialize(self, generator: Generator) -> None:
        """Weights and biases U(±1/√I)."""
        for parameter in self.parameters.values():
            uniform_fan_in_(parameter, self.inputs, generator)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(R, I) → (R, O)."""
        return linear(x, *parameters)

    def prepare(self) -> None:
        """W and b, wide enough."""
        bias_O = self.parameters.get("bias")
        self._weight_IO = widened(self.parameters["weight"])
        self._bias_O = None if bias_O is None else widened(bias_O)

    def predict(self, x: Tensor) -> Tensor:
        """(R, I) → (R, O), in tiles."""
        z = product_in_tiles(x, self._weight_IO, self._bias_O, self.tile)
        return z[:, : self.outputs].contiguous()

    def forward(self, x: Tensor) -> Tensor:
        """(R, I) → (R, O)."""
        self._x = x
        out = self._buffer("z", x.shape[0], self.outputs, like=x)
        return linear_forward(x, self.parameters["weight"], self.parameters.get("bias"), out=out)

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """(R, O) → (R, wanted inputs)."""
        grad_x, first_wanted = None, self.first_wanted
        if wanted:
            grad_x = self._buffer("grad_x", grad.shape[0], self.inputs - first_wanted, like=grad)
        out = (grad_x, *self.gradients.values())
        weight_IO, bias_O = self.parameters["weight"], self.parameters.get("bias")
        return linear_backward(
            grad, self._x, weight_IO, bias_O, wanted=wanted, first_wanted=first_wanted, out=out
        )[0]

    def weights_of(self, neuron: int) -> Tensor:
        """One column of W."""
        return self.parameters["weight"][:, neuron]

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {"inputs": self.inputs, "outputs": self.outputs, "bias": "bias" in self.shapes}


# --- h = σ(z) --------------------------------------------------------------------------------


class Activation(Layer):
    """h = σ(z), elementwise.

    Args:
        function: Name of an activation function, a key of `ACTIVATIONS`.

    Raises:
        ValueError: There is no such function.
    """

    def __init__(self, function: str) -> None:
        super().__init__({})
        if function not in ACTIVATIONS:
            names = ", ".join(ACTIVATIONS)
            raise ValueError(f"there is no activation {function!r}; there are: {names}")
        self.name = function

    @property
    def function(self) -> ActivationFunction:
        """The pair of functions."""
        return ACTIVATIONS[self.name]

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """z → h, any shape."""
        return self.function(x)

    def predict(self, x: Tensor) -> Tensor:
        """z → h, each number in the same way."""
        function = self.function
        return function.forward(x) if function.is_exact else by_number(function.forward, x)

    def forward(self, x: Tensor) -> Tensor:
        """z → h."""
        function = self.function
        in_place = self.may_overwrite_input and not function.needs_z
        self._z = x
        out = x if in_place else self._buffer("h", *x.shape, like=x)
        self._h = function.forward(x, out=out)
        return self._h

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """∂L/∂h → ∂L/∂z."""
        # h has served: the layer above has used it, and its place holds ∂L/∂z from here on.
        return self.function.backward(grad, self._z, self._h, out=self._h)

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {"function": self.name}


# --- dropout ---------------------------------------------------------------------------------


class Dropout(Layer):
    """In training, silence a random part of the neurons (Srivastava et al. 2014).

    The kept ones are scaled by 1/(1 − rate), so nothing needs scaling at prediction.

    Args:
        rate: Part of the neurons silenced in each step, rounded to a multiple of 1/256.
    """

    def __init__(self, rate: float) -> None:
        check_rate("rate", rate)
        super().__init__({})
        self.rate = rate
        # One random byte decides for one neuron: 12 times quicker than a random float each.
        self._threshold = round(rate * 256)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """Prediction drops nothing."""
        return x

    def forward(self, x: Tensor) -> Tensor:
        """(R, O) → (R, O), randomly silenced."""
        mask = self._draw(self._buffer("mask", *x.shape, like=x))
        return torch.mul(x, mask, out=self._buffer("kept", *x.shape, like=x))

    def _draw(self, mask: Tensor) -> Tensor:
        words = self._words(mask)
        words.random_(-(2**63), None, generator=self.generator)
        random_bytes = words.view(torch.uint8)[: mask.numel()].view(mask.shape)
        torch.ge(random_bytes, self._threshold, out=mask)
        return mask.mul_(256.0 / (256 - self._threshold))

    def _words(self, mask: Tensor) -> Tensor:
        words = torch.empty(0, dtype=torch.int64, device=mask.device)
        return self._buffer("random", -(-mask.numel() // 8), like=words)

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """Silence and scale the gradient as the neurons were."""
        mask = self._buffer("mask", *grad.shape, like=grad)
        return torch.mul(grad, mask, out=self._buffer("grad_x", *grad.shape, like=grad))

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {"rate": self.rate}
