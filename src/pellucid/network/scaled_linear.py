"""Ensembles in one network: K members that share a matrix and differ in a scaling of the inputs.

Shape letters: B = rows of the batch, K = members, R = K·B rows, member after member, I = inputs,
W = those inputs whose gradient is wanted, O = outputs (neurons), D = columns of the table, C =
numbers cut at bins, J = inputs that are not.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from pellucid.network.autograd import differentiable
from pellucid.network.initializers import normal_, random_signs_, uniform_fan_in_
from pellucid.network.layers import Layer, Views, check_sizes
from pellucid.network.piecewise import (
    CutInput,
    Cuts,
    collect_gradients,
    interpolated_forward,
    sum_of_interpolated,
)
from pellucid.network.precision import usual_products
from pellucid.network.tiles import product_in_tiles, widened


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


MOST_NUMBERS_AT_ONCE = 2**21
"""In each of two places for what columns give: 8 MiB in float32, which a cache still holds."""


class CutProduct:
    """z_k = (x ∘ s_k) W + b, where x holds numbers cut at bins that are not written out.

    It computes what the pair above does: as the members differ in a factor for each column, what a
    cut number gives, u_C, is found once for all of them: z_k = Σ_C s_kC u_C + (the rest) + b.

    Args:
        cuts: Which numbers of x come from bins.
        column_I: For each number of x, its column.
    """

    def __init__(self, cuts: Cuts, column_I: Tensor) -> None:
        is_cut_I = torch.zeros(len(column_I), dtype=torch.bool)
        is_cut_I[cuts.cut_P] = True
        self._cuts = cuts
        self._rest_J = torch.nonzero(~is_cut_I)[:, 0]
        self._column_C, self._column_J = column_I[cuts.first_C], column_I[self._rest_J]
        # Where each row of W stands among those of the bins, padded, and the rest behind them.
        padded = len(cuts.first_C) * cuts.most_bins
        self._place_I = torch.zeros(len(column_I), dtype=torch.int64)
        self._place_I[cuts.cut_P] = cuts.padded_P
        self._place_I[self._rest_J] = padded + torch.arange(len(self._rest_J))
        self._room_SO = [torch.empty(0)] * 2

    def forward(
        self, x: CutInput, weight_IO: Tensor, bias_O: Tensor, scale_KD: Tensor, *, out: Tensor
    ) -> None:
        """Leave the outputs (K, B, O) in `out`; what `backward` needs is kept."""
        self._make_room(len(x), like=out)
        z_K_BO = out.view(len(out), -1)
        self._scale_KC = scale_KD.index_select(1, self._column_C)
        with usual_products():
            self._knots_NO = self._cuts.knots(weight_IO)
            self._row_CB, self._part_CB = self._cuts.between(x.position_BC)
            for columns in self._blocks:
                between, room = self._of(columns)
                u_SO = interpolated_forward(self._knots_NO, *between, out=room)
                u_C_BO = u_SO.view(-1, z_K_BO.shape[1])
                if columns.start == 0:
                    torch.mm(self._scale_KC[:, columns], u_C_BO, out=z_K_BO)
                else:
                    z_K_BO.addmm_(self._scale_KC[:, columns], u_C_BO)
        out.add_(bias_O)
        if len(self._rest_J):
            self._weight_JO = self._rest_of(weight_IO)
            rest = (x.rest_BJ, self._weight_JO)
            scaled_linear_forward(*rest, out, scale_KD, self._column_J, out=out)

    def _make_room(self, rows: int, *, like: Tensor) -> None:
        """Places for what some columns give: as many as keep them small."""
        outputs, columns = like.shape[2], len(self._column_C)
        at_once = min(columns, max(1, MOST_NUMBERS_AT_ONCE // (rows * outputs)))
        self._blocks = [slice(start, start + at_once) for start in range(0, columns, at_once)]
        shape = (at_once * rows, outputs)
        if self._room_SO[0].shape != shape or self._room_SO[0].dtype != like.dtype:
            with torch.inference_mode(mode=False):  # else they could be used nowhere else
                self._room_SO = [torch.empty(shape, dtype=like.dtype) for _ in range(2)]

    def _of(self, columns: slice) -> tuple[tuple[Tensor, Tensor], list[Tensor]]:
        """Where the numbers of some columns lie between knots, and room for what they give."""
        row_S, part_S = (each[columns].view(-1) for each in (self._row_CB, self._part_CB))
        return (row_S, part_S), [room_SO[: len(row_S)] for room_SO in self._room_SO]

    def backward(
        self,
        grad_z_KBO: Tensor,
        x: CutInput,
        bias_O: Tensor,
        scale_KD: Tensor,
        *,
        wanted: bool,
        out: tuple[Tensor, ...],
    ) -> Tensor | None:
        """Leave the gradients of the parameters in `out`, return that of what was learned below.

        Args:
            grad_z_KBO: ∂L/∂z.
            x: As given to `forward`.
            bias_O: Likewise.
            scale_KD: Likewise.
            wanted: Whether anything below learns.
            out: Places of the gradients of W, b and s.
        """
        grad_weight_IO, grad_bias_O, grad_scale_KD = out
        grad_x = None
        grad_rows_OC_T, grad_scale_KC = self._backward_of_cut(grad_z_KBO)
        grad_rows = [grad_rows_OC_T]
        if len(self._rest_J):
            grad_x, grad_weight_JO, *_ = scaled_linear_backward(
                grad_z_KBO,
                x.rest_BJ,
                self._weight_JO,
                bias_O,
                scale_KD,
                self._column_J,
                wanted=wanted,
                first_wanted=len(self._cuts.plain_J),
                out=(None, grad_bias_O, grad_scale_KD),
            )
            grad_rows.append(grad_weight_JO.T)
        else:
            torch.sum(grad_z_KBO, (0, 1), out=grad_bias_O)
            grad_scale_KD.zero_()
        torch.index_select(torch.cat(grad_rows, dim=1), 1, self._place_I, out=grad_weight_IO.T)
        grad_scale_KD.index_add_(1, self._column_C, grad_scale_KC)
        return grad_x

    def _backward_of_cut(self, grad_z_KBO: Tensor) -> tuple[Tensor, Tensor]:
        """The gradients of the bins' rows of W, (O, C · T), and of the factors, (K, C)."""
        grad_K_BO = grad_z_KBO.reshape(len(grad_z_KBO), -1)
        grad_knots_NO = torch.zeros_like(self._knots_NO)
        grad_scales = []
        with usual_products():
            for columns in self._blocks:
                between, room = self._of(columns)
                u_SO = room[0]
                if len(self._blocks) > 1:  # a single one still has from `forward` what it gave
                    interpolated_forward(self._knots_NO, *between, out=room)
                u_C_BO = u_SO.view(-1, grad_K_BO.shape[1])
                grad_scales.append(grad_K_BO @ u_C_BO.T)
                # From here on it is ∂L/∂u.
                torch.mm(self._scale_KC[:, columns].T, grad_K_BO, out=u_C_BO)
                collect_gradients(grad_knots_NO, u_SO, *between, room=room)
            grad_rows_OC_T = self._cuts.gradient_of_rows(grad_knots_NO)
        return grad_rows_OC_T, torch.cat(grad_scales, dim=1)

    def prepare(self, weight_IO: Tensor, bias_O: Tensor, scale_KD: Tensor) -> None:
        """Knots (N, K · O), the rest of W (J, K · O) and b (K · O), as all members have them."""
        members, outputs = len(scale_KD), len(bias_O)
        scale_CK, scale_JK = scale_KD.T[self._column_C], scale_KD.T[self._column_J]
        knots_CSO = self._cuts.knots(weight_IO).view(len(scale_CK), -1, outputs)
        knots_CSKO = scale_CK[:, None, :, None] * knots_CSO[:, :, None]
        self._knots_N_KO = knots_CSKO.view(-1, members * outputs)
        weight_JKO = scale_JK[:, :, None] * self._rest_of(weight_IO)[:, None]
        self._weight_J_KO = widened(weight_JKO.flatten(1))
        self._bias_KO = bias_O.repeat(members)

    def predict(self, x: CutInput, members: int, tile: int) -> Tensor:
        """The outputs (K, B, O), whatever rows stand beside a row."""
        z_B_KO = sum_of_interpolated(self._knots_N_KO, *self._cuts.between_by_row(x.position_BC))
        z_B_KO.add_(self._bias_KO)
        if len(self._rest_J):
            rest = product_in_tiles(x.rest_BJ, self._weight_J_KO, None, tile)
            z_B_KO.add_(rest[:, : len(self._bias_KO)])
        return z_B_KO.unflatten(1, (members, -1)).transpose(0, 1)

    def _rest_of(self, weight_IO: Tensor) -> Tensor:
        return weight_IO.T.index_select(1, self._rest_J).T


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
        self._cut: CutProduct | None = None

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

    def scales_alike(self, cuts: Cuts) -> bool:
        """Whether all bins of each number are of one column."""
        first_P = cuts.first_P
        return bool((self._column_I[cuts.cut_P] == self._column_I[first_P]).all())

    def take_cut_input(self, cuts: Cuts) -> None:
        """Multiply numbers cut at bins as they are: from now on a `CutInput` may come."""
        self._cut = CutProduct(cuts, self._column_I)
        self.cut_products = self.members * self.outputs * (self.inputs - len(cuts.cut_P))

    @property
    def _cut_product(self) -> CutProduct:
        if self._cut is None:
            raise TypeError("numbers cut at bins come only after take_cut_input")
        return self._cut

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, I) → (R, O)."""
        return scaled_linear(x, *parameters, self._column_I).reshape(-1, self.outputs)

    def prepare(self) -> None:
        """What the product of cut numbers takes."""
        weight_IO, bias_O, scale_KD = self.parameters.values()
        if self._cut is not None:
            self._cut.prepare(weight_IO, bias_O, scale_KD)

    def predict(self, x: Tensor | CutInput) -> Tensor:
        """(B, I) → (R, O), in tiles."""
        if isinstance(x, CutInput):
            z_KBO = self._cut_product.predict(x, self.members, self.tile)
            return z_KBO.reshape(-1, self.outputs)
        weight_IO, bias_O, scale_KD = self.parameters.values()
        weights_KIO = widened(scale_KD[:, self._column_I, None] * weight_IO)
        each = [product_in_tiles(x, w_IO, widened(bias_O), self.tile) for w_IO in weights_KIO]
        return torch.cat(each)[:, : self.outputs].contiguous()

    def forward(self, x: Tensor | CutInput) -> Tensor:
        """(B, I) → (R, O)."""
        self._x = x
        weight_IO, bias_O, scale_KD = self.parameters.values()
        if isinstance(x, CutInput):
            out = self._buffer("z", self.members, len(x), self.outputs, like=weight_IO)
            self._cut_product.forward(x, weight_IO, bias_O, scale_KD, out=out)
        else:
            out = self._buffer("z", self.members, x.shape[0], self.outputs, like=x)
            scaled_linear_forward(x, weight_IO, bias_O, scale_KD, self._column_I, out=out)
        return out.view(-1, self.outputs)

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """(R, O) → (B, wanted inputs)."""
        weight_IO, bias_O, scale_KD = self.parameters.values()
        grad_z_KBO = grad.view(self.members, -1, self.outputs)
        out = tuple(self.gradients.values())
        if isinstance(self._x, CutInput):
            given = (self._x, bias_O, scale_KD)
            return self._cut_product.backward(grad_z_KBO, *given, wanted=wanted, out=out)
        return scaled_linear_backward(
            grad_z_KBO,
            self._x,
            weight_IO,
            bias_O,
            scale_KD,
            self._column_I,
            wanted=wanted,
            first_wanted=self.first_wanted,
            out=out,
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
