"""Ensembles in one network: K members that share a first matrix, or have each their own.

Shape letters: B = rows of the batch, K = members, R = K·B rows, member after member, I = inputs,
W = those inputs whose gradient is wanted, O = outputs (neurons), D = columns of the table.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from pellucid.network.autograd import differentiable
from pellucid.network.initializers import normal_, random_signs_, uniform_fan_in_
from pellucid.network.layers import Layer, Views, check_sizes

# --- k members, each with its own matrix -----------------------------------------------------


def member_linear_forward(
    x_KBI: Tensor, weight_KIO: Tensor, bias_K1O: Tensor, out: Tensor | None = None
) -> Tensor:
    """Each member its own z = xW + b."""
    return torch.baddbmm(bias_K1O, x_KBI, weight_KIO, out=out)


def member_linear_backward(
    grad_z_KBO: Tensor,
    x_KBI: Tensor,
    weight_KIO: Tensor,
    bias_K1O: Tensor,
    *,
    wanted: bool = True,
    first_wanted: int = 0,
    out: Sequence[Tensor | None] = (None, None, None),
) -> tuple[Tensor | None, Tensor, Tensor]:
    """The three gradients of `linear_backward`, member by member.

    ∂L/∂W is computed as the transpose of (∂L/∂z)ᵀ x, which is how W lies in memory.
    """
    grad_x_KBW = None
    if wanted:
        grad_x_KBW = torch.bmm(grad_z_KBO, weight_KIO[:, first_wanted:].mT, out=out[0])
    out_KOI = None if out[1] is None else out[1].mT
    grad_weight_KIO = torch.bmm(grad_z_KBO.mT, x_KBI, out=out_KOI).mT
    grad_bias_K1O = torch.sum(grad_z_KBO, 1, keepdim=True, out=out[2])
    return grad_x_KBW, grad_weight_KIO, grad_bias_K1O


member_linear = differentiable(member_linear_forward, member_linear_backward)


class MemberLinear(Layer):
    """K dense layers side by side, one for each member of the ensemble.

    Args:
        members: Number of members K.
        inputs: Number of inputs I of each.
        outputs: Number of neurons O of each.
        first: Whether the input is the batch (B, I), the same for all members, and not yet
            the rows of all members (R, I).
    """

    decayed = by_neuron = frozenset({"weight"})
    is_output_free = True

    def __init__(self, members: int, inputs: int, outputs: int, *, first: bool = False) -> None:
        check_sizes(members=members, inputs=inputs, outputs=outputs)
        shapes: dict[str, tuple[int, ...]] = {
            "weight": (members, inputs, outputs),
            "bias": (members, 1, outputs),
        }
        super().__init__(shapes)
        self.members, self.inputs, self.outputs, self.first = members, inputs, outputs, first
        self.products = inputs * outputs * (members if first else 1)

    def initialize(self, generator: Generator) -> None:
        """Weights and biases U(±1/√I)."""
        for parameter in self.parameters.values():
            uniform_fan_in_(parameter, self.inputs, generator)

    def _by_member(self, x: Tensor) -> Tensor:
        if self.first:
            return x.expand(self.members, -1, -1)
        return x.reshape(self.members, -1, self.inputs)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(R, I), or (B, I) if first → (R, O)."""
        return member_linear(self._by_member(x), *parameters).reshape(-1, self.outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(R, I), or (B, I) if first → (R, O)."""
        self._x_KBI = self._by_member(x)
        out = self._buffer("z", self.members, self._x_KBI.shape[1], self.outputs, like=x)
        weight_KIO, bias_K1O = self.parameters.values()
        member_linear_forward(self._x_KBI, weight_KIO, bias_K1O, out=out)
        return out.view(-1, self.outputs)

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """(R, O) → (R, wanted inputs), or (B, wanted inputs) if first."""
        weight_KIO, bias_K1O = self.parameters.values()
        grad_z_KBO = grad.view(self.members, -1, self.outputs)
        grad_x = None
        if wanted:
            width = self.inputs - self.first_wanted
            grad_x = self._buffer("grad_x", self.members, grad_z_KBO.shape[1], width, like=grad)
        out = (grad_x, *self.gradients.values())
        member_linear_backward(
            grad_z_KBO,
            self._x_KBI,
            weight_KIO,
            bias_K1O,
            wanted=wanted,
            first_wanted=self.first_wanted,
            out=out,
        )
        if grad_x is None:
            return None
        return grad_x.sum(dim=0) if self.first else grad_x.view(grad.shape[0], -1)

    def weights_of(self, neuron: int) -> Tensor:
        """One column of the first member's W."""
        return self.parameters["weight"][0, :, neuron]

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {
            "members": self.members,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "first": self.first,
        }


# --- k members that share one matrix and differ in a scaling of the inputs -------------------


def scaled_linear_forward(
    x_BI: Tensor,
    weight_IO: Tensor,
    bias_O: Tensor,
    scale_KD: Tensor,
    column_I: Tensor,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """z_k = (x ∘ s_k) W + b, computed as x (s_k ∘ W) + b: scaling W's rows costs less than x's."""
    weight_KOI = scale_KD[:, column_I].unsqueeze(1) * weight_IO.T
    return torch.baddbmm(bias_O, x_BI.expand(len(scale_KD), -1, -1), weight_KOI.mT, out=out)


def scaled_linear_backward(
    grad_z_KBO: Tensor,
    x_BI: Tensor,
    weight_IO: Tensor,
    bias_O: Tensor,
    scale_KD: Tensor,
    column_I: Tensor,
    *,
    wanted: bool = True,
    first_wanted: int = 0,
    out: Sequence[Tensor | None] = (None, None, None),
) -> tuple[Tensor | None, Tensor, Tensor, Tensor, None]:
    """With G_k = xᵀ ∂L/∂z_k: ∂L/∂W = Σ_k s_k ∘ G_k, and ∂L/∂s_k = Σ_O G_k ∘ W, summed by column.

    ∂L/∂x = Σ_k ∂L/∂z_k (s_k ∘ W)ᵀ, ∂L/∂b = Σ_KB ∂L/∂z.
    """
    scale_K1I = scale_KD[:, column_I].unsqueeze(1)
    grad_x_BW = None
    if wanted:
        weight_KOW = scale_K1I[:, :, first_wanted:] * weight_IO.T[:, first_wanted:]
        grad_x_BW = torch.bmm(grad_z_KBO, weight_KOW).sum(dim=0)
    grad_KOI = torch.bmm(grad_z_KBO.mT, x_BI.expand(len(scale_KD), -1, -1))
    grad_scale_KI = (grad_KOI * weight_IO.T).sum(dim=1)
    out_OI = None if out[0] is None else out[0].T
    grad_weight_IO = torch.sum(grad_KOI.mul_(scale_K1I), 0, out=out_OI).T
    grad_bias_O = torch.sum(grad_z_KBO, (0, 1), out=out[1])
    grad_scale_KD = torch.zeros_like(scale_KD) if out[2] is None else out[2].zero_()
    grad_scale_KD.index_add_(1, column_I, grad_scale_KI)
    return grad_x_BW, grad_weight_IO, grad_bias_O, grad_scale_KD, None


scaled_linear = differentiable(scaled_linear_forward, scaled_linear_backward)


class ScaledLinear(Layer):
    """A dense layer whose K members differ only in one learned factor for each column.

    The first layer of TabM-mini (Gorishniy et al. 2025, arXiv:2410.24210): an ensemble of K
    networks for the weights of one.

    Args:
        members: Number of members K.
        outputs: Number of neurons O.
        column_of_input: For each input, the number of the table's column it comes from.
        signs: Start the factors as random signs; otherwise N(0, 1).
    """

    decayed = by_neuron = frozenset({"weight"})
    is_output_free = True

    def __init__(
        self, members: int, outputs: int, column_of_input: Sequence[int], *, signs: bool = False
    ) -> None:
        check_sizes(members=members, outputs=outputs, inputs=len(column_of_input))
        for column in column_of_input:
            check_sizes(columns=column + 1)
        inputs, columns = len(column_of_input), max(column_of_input) + 1
        super().__init__(
            {"weight": (inputs, outputs), "bias": (outputs,), "scale": (members, columns)}
        )
        self.members, self.inputs, self.outputs, self.signs = members, inputs, outputs, signs
        self.products = members * inputs * outputs
        self.column_of_input = list(column_of_input)
        self._column_I = torch.tensor(self.column_of_input)

    def bind(self, views: Views) -> None:
        """Make the given views this layer's own, and follow them to their device."""
        super().bind(views)
        self._column_I = self._column_I.to(views.parameters["weight"].device)

    def initialize(self, generator: Generator) -> None:
        """Weights and biases U(±1/√I); factors N(0, 1) or ±1."""
        uniform_fan_in_(self.parameters["weight"], self.inputs, generator)
        uniform_fan_in_(self.parameters["bias"], self.inputs, generator)
        start = random_signs_ if self.signs else normal_
        start(self.parameters["scale"], generator)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, I) → (R, O)."""
        return scaled_linear(x, *parameters, self._column_I).reshape(-1, self.outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, I) → (R, O)."""
        self._x = x
        out = self._buffer("z", self.members, x.shape[0], self.outputs, like=x)
        weight_IO, bias_O, scale_KD = self.parameters.values()
        scaled_linear_forward(x, weight_IO, bias_O, scale_KD, self._column_I, out=out)
        return out.view(-1, self.outputs)

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """(R, O) → (B, wanted inputs)."""
        weight_IO, bias_O, scale_KD = self.parameters.values()
        return scaled_linear_backward(
            grad.view(self.members, -1, self.outputs),
            self._x,
            weight_IO,
            bias_O,
            scale_KD,
            self._column_I,
            wanted=wanted,
            first_wanted=self.first_wanted,
            out=tuple(self.gradients.values()),
        )[0]

    def weights_of(self, neuron: int) -> Tensor:
        """One column of W, scaled by the first member's factors."""
        factors_I = self.parameters["scale"][0, self._column_I]
        return factors_I * self.parameters["weight"][:, neuron]

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {
            "members": self.members,
            "outputs": self.outputs,
            "column_of_input": self.column_of_input,
            "signs": self.signs,
        }
