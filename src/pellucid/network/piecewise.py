"""Numbers cut at bins: their piecewise linear encoding, written out, or multiplied as it is.

The position p of a number among its T bins says in which bin it lies (its whole part) and how far
into it (its fraction). Its encoding (Gorishniy et al. 2022, arXiv:2203.05556) is T numbers of the
vector x: x_t = clip(p − t, 0, 1), the part of bin t that lies below. Before the first bin and
beyond the last one they go on in a line.

All but one of the T are 0 or 1, so x W is piecewise linear in p: at an edge between two bins it is
the sum of W's rows before it, its value there (the "knot"), and within a bin it lies between two
knots. Two rows of a table of knots do for a number what the written-out product takes T for.

Shape letters: B = rows of the batch, K = members, C = cut numbers, T = most bins of one, I =
numbers of the vector x, P = those that come from bins, J = the others, O = outputs (neurons),
N = knots of all numbers: C · (T + 1), S = C · B.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from pellucid.network.autograd import differentiable
from pellucid.network.layers import Layer, check_sizes


@dataclass(frozen=True)
class CutInput:
    """The vector x of some rows, its cut numbers not written out.

    Attributes:
        position_BC: Positions of the cut numbers.
        rest_BJ: The other numbers of x, in their order.
    """

    position_BC: Tensor
    rest_BJ: Tensor

    def __len__(self) -> int:
        return self.position_BC.shape[0]


class PiecewiseLinear(Layer):
    """The branch of numbers of which some are positions among bins, and others are as they are.

    Args:
        bins: For each number that comes in, into how many numbers of x it is cut; 0 for none: it is
            one number of x, as it is.

    Attributes:
        outputs: Numbers of x that it gives.

    Example:
        >>> PiecewiseLinear([3, 0])(torch.tensor([[1.25, 7.0]])).tolist()
        [[1.0, 0.25, 0.0, 7.0]]
    """

    def __init__(self, bins: Sequence[int]) -> None:
        check_sizes(numbers=len(bins))
        for count in bins:
            check_sizes(bins=count + 1)
        super().__init__({})
        self.bins = list(bins)
        places = [(j, t) for j, count in enumerate(bins) for t in range(max(1, count))]
        self.outputs = len(places)
        self._number_I = torch.tensor([j for j, _ in places])
        self._bin_I = torch.tensor([t for _, t in places])
        # The first bin is open below, the last one above, and an uncut number has no limits.
        low = [0.0 if t else -math.inf for _, t in places]
        high = [1.0 if t + 1 < bins[j] else math.inf for j, t in places]
        self._limits_2I = torch.tensor([low, high])

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, numbers) → (B, outputs)."""
        number_I, bin_I, limits_2I = (
            constant.to(x.device) for constant in (self._number_I, self._bin_I, self._limits_2I)
        )
        distance_BI = x.index_select(1, number_I) - bin_I
        return torch.clamp(distance_BI, *limits_2I.to(x.dtype))

    def forward(self, x: Tensor) -> Tensor:
        """(B, numbers) → (B, outputs)."""
        return self.compute(x)

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """Nothing below it learns."""
        return None

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {"bins": self.bins}


class Cuts:
    """Where the cut numbers of a branch stand, and the constants of their product.

    Args:
        bins: As given to `PiecewiseLinear`.

    Attributes:
        numbers_C: Which numbers that come in are cut.
        plain_J: Which are not.
        cut_P: Places in x of what comes from bins, those of the first cut number first.
        padded_P: Places of the same among C · T, where each number has T.
        first_P: For each of them, the place of its number's first bin.
        first_C: That place for each cut number.
        most_bins: T.
    """

    def __init__(self, bins: Sequence[int]) -> None:
        cut = [j for j, count in enumerate(bins) if count]
        starts = list(accumulate((max(1, count) for count in bins), initial=0))
        plain = [j for j, count in enumerate(bins) if not count]
        self.numbers_C, self.plain_J = torch.tensor(cut), torch.tensor(plain, dtype=torch.int64)
        self.first_C = torch.tensor([starts[j] for j in cut])
        self.first_P = torch.tensor([starts[j] for j in cut for _ in range(bins[j])])
        self.most_bins = most = max(bins[j] for j in cut)
        own = [(c, t) for c, j in enumerate(cut) for t in range(bins[j])]
        self.cut_P = torch.tensor([starts[cut[c]] + t for c, t in own])
        self.padded_P = torch.tensor([c * most + t for c, t in own])
        # Numbers of fewer bins are padded with rows that no position ever points to.
        self._row_CT = torch.zeros(len(cut) * most, dtype=torch.int64)
        self._row_CT[self.padded_P] = self.cut_P
        self._last_bin_C1 = torch.tensor([[bins[j] - 1.0] for j in cut])
        self._first_knot_C1 = torch.arange(len(cut))[:, None] * (most + 1)
        # Knot t is the sum of the rows before bin t.
        self._sums_ST = torch.ones(most + 1, most).tril(-1)

    def split(self, numbers: Tensor, others: list[Tensor]) -> CutInput:
        """What enters the branch, and the parts of x behind it, as an input.

        Args:
            numbers: All that enter, (B, numbers).
            others: Parts of x that other branches give.
        """
        rest = [numbers.index_select(1, self.plain_J)] if len(self.plain_J) else []
        rest_BJ = torch.cat([*rest, *others], dim=1) if rest or others else numbers[:, :0]
        return CutInput(numbers.index_select(1, self.numbers_C), rest_BJ)

    def knots(self, weight_IO: Tensor) -> Tensor:
        """What x W is at the edges of the bins of each cut number, (N, O)."""
        outputs = weight_IO.shape[1]
        own_OCT = weight_IO.T.index_select(1, self._row_CT).view(outputs, -1, self.most_bins)
        sums_CST = self._sums_ST.to(weight_IO.dtype).expand(own_OCT.shape[1], -1, -1)
        return torch.bmm(sums_CST, own_OCT.permute(1, 2, 0)).view(-1, outputs)

    def gradient_of_rows(self, grad_knots_NO: Tensor) -> Tensor:
        """∂L/∂W of each bin's row, by column and padded to T bins, transposed: (O, C · T)."""
        outputs = grad_knots_NO.shape[1]
        grad_CSO = grad_knots_NO.view(-1, self.most_bins + 1, outputs)
        sums_CST = self._sums_ST.to(grad_knots_NO.dtype).expand(len(grad_CSO), -1, -1)
        return torch.bmm(grad_CSO.mT, sums_CST).permute(1, 0, 2).reshape(outputs, -1)

    def between(self, position_BC: Tensor) -> tuple[Tensor, Tensor]:
        """Between which two knots each number lies: the row of the first, and how far behind it.

        Returns:
            Rows and parts of the way to the next knot, (C, B) each.
        """
        return _between(position_BC.T.contiguous(), self._last_bin_C1, self._first_knot_C1)

    def between_by_row(self, position_BC: Tensor) -> tuple[Tensor, Tensor]:
        """The same row after row, both knots with what is taken of each: (B, 2C) each."""
        row_BC, part_BC = _between(position_BC, self._last_bin_C1[:, 0], self._first_knot_C1[:, 0])
        rows_BC2 = torch.stack([row_BC, row_BC + 1], dim=2)
        return rows_BC2.flatten(1), torch.stack([1.0 - part_BC, part_BC], dim=2).flatten(1)


def _between(position: Tensor, last_bin: Tensor, first_knot: Tensor) -> tuple[Tensor, Tensor]:
    number = position.clamp_min(0.0).floor_().minimum(last_bin.to(position))
    return number.long().add_(first_knot), position - number


def interpolated_forward(
    knots_NO: Tensor, row_S: Tensor, part_S: Tensor, *, out: Sequence[Tensor | None] = (None, None)
) -> Tensor:
    """u = knot + part · (next knot − knot), shape (S, O).

    Args:
        knots_NO: The knots.
        row_S: Which of them each number lies behind.
        part_S: How far it is on the way to the next.
        out: Where u goes, and a place for numbers on the way.
    """
    knot_SO = torch.index_select(knots_NO, 0, row_S, out=out[0])
    next_SO = torch.index_select(knots_NO, 0, row_S + 1, out=out[1])
    return torch.lerp(knot_SO, next_SO, part_S[:, None], out=out[0])


def interpolated_backward(
    grad_u_SO: Tensor, knots_NO: Tensor, row_S: Tensor, part_S: Tensor
) -> tuple[Tensor, None, None]:
    """∂L/∂knot is the sum of ∂L/∂u where it was taken, as much as it was taken: (N, O)."""
    grad_knots_NO = torch.zeros_like(knots_NO)
    room = (torch.empty_like(grad_u_SO), torch.empty_like(grad_u_SO))
    collect_gradients(grad_knots_NO, grad_u_SO, row_S, part_S, room=room)
    return grad_knots_NO, None, None


def collect_gradients(
    grad_knots_NO: Tensor,
    grad_u_SO: Tensor,
    row_S: Tensor,
    part_S: Tensor,
    *,
    room: Sequence[Tensor],
) -> None:
    """Add to ∂L/∂knot what some numbers have of it.

    Args:
        grad_knots_NO: Where it is added.
        grad_u_SO: ∂L/∂u.
        row_S: As given to `interpolated_forward`.
        part_S: Likewise.
        room: Two places for numbers on the way; the first may be that of `grad_u_SO`, which is then
            used up.
    """
    to_next_SO = torch.mul(grad_u_SO, part_S[:, None], out=room[1])
    grad_knots_NO.index_add_(0, row_S + 1, to_next_SO)
    to_knot_SO = torch.sub(grad_u_SO, to_next_SO, out=room[0])
    grad_knots_NO.index_add_(0, row_S, to_knot_SO)


interpolated = differentiable(interpolated_forward, interpolated_backward)


def sum_of_interpolated(knots_NO: Tensor, rows_BE: Tensor, parts_BE: Tensor) -> Tensor:
    """Σ_E part · knot of each row, shape (B, O), for prediction.

    Each sum is taken in the same order, whatever rows stand beside it.
    """
    starts = torch.arange(0, rows_BE.numel(), rows_BE.shape[1])
    return torch.embedding_bag(
        knots_NO, rows_BE.view(-1), starts, mode=0, per_sample_weights=parts_BE.view(-1)
    )[0]
