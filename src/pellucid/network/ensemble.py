"""Ensembles in one network: K members, each with its own matrix.

Shape letters: B = rows of the batch, K = members, R = K·B rows, member after member, I = inputs,
W = those inputs whose gradient is wanted, O = outputs (neurons).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from pellucid.network.autograd import differentiable
from pellucid.network.initializers import uniform_fan_in_
from pellucid.network.layers import Layer, check_sizes
from pellucid.network.tiles import FEWEST_OUTPUTS, product_in_tiles, widened


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

    def prepare(self) -> None:
        """W and b of each member, wide enough; those of all side by side where these are few."""
        weight_KIO, bias_K1O = self.parameters.values()
        self._is_one_product = not self.first and self.members * self.outputs <= FEWEST_OUTPUTS
        if self._is_one_product:
            self._weights = widened(weight_KIO.transpose(0, 1).flatten(1))[None]
            self._biases = widened(bias_K1O.flatten())[None]
        else:
            self._weights, self._biases = widened(weight_KIO), widened(bias_K1O)[:, 0]

    def predict(self, x: Tensor) -> Tensor:
        """(R, I), or (B, I) if first → (R, O), in tiles."""
        members, outputs = self.members, self.outputs
        if self._is_one_product:
            tile = members * self.tile
            z = product_in_tiles(x, self._weights[0], self._biases[0], tile)
            z_KBKO = z[:, : members * outputs].view(members, -1, members, outputs)
            return (
                z_KBKO.diagonal(dim1=0, dim2=2).permute(2, 0, 1).reshape(-1, outputs).contiguous()
            )
        each = zip(self._by_member(x), self._weights, self._biases, strict=True)
        z = torch.cat([product_in_tiles(*member, self.tile) for member in each])
        return z[:, :outputs].contiguous()

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
