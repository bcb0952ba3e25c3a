"""How much each column pushed a prediction: integrated gradients.

Integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365) are the gradient of the output,
integrated along the straight line from a baseline to the row, times the way gone. They add up to
the difference between the two outputs ("completeness"). The baseline has every number and every
date at its training median, no time of year, week or day, and every category unknown.

The integral is found piece by piece. On each piece the gradient in the middle says how much the
output should change from one end to the other; where it changes differently, because a ReLU bends
within the piece, the piece is cut in two. So work goes where the bends are.

Shape letters: n = rows, I = numbers the first dense layer gets, O = outputs, P = pieces.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.inputs import Inputs
from pellucid.model.model import Model

Floats = npt.NDArray[np.float64]
Output = Callable[[Tensor], Tensor]
"""(P, I) → (P, O), differentiable."""

COMPLETENESS_ERROR = 0.01
SMALLEST_DIFFERENCE = 1e-3
"""In units of the output: for a smaller difference, errors are measured against this one."""

FIRST_PIECES = 8
MOST_BISECTIONS = 30
ROWS_ATTRIBUTED_AT_ONCE = 256
POINTS_PER_BLOCK = 1_024


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """What pushed the predictions of n rows.

    Attributes:
        shares: Share of each column in prediction − baseline, shape (n, columns).
        prediction: The explained output of each row, shape (n,).
        baseline: The same output for the baseline, shape (n,).
        gradient: Of the output with respect to each number of the vector x, its mean along the line
            from the baseline; 0 where the line does not go, (n, I).
        completeness_error: |Σ shares − (prediction − baseline)| in parts of
            max(|prediction − baseline|, 0.001 units), shape (n,). The unit is 1 for a probability
            and the target's training standard deviation for a number (its range where the network
            learns the logarithm): where the outputs hardly differ, an error in parts of their
            difference would say nothing.
    """

    shares: Floats
    prediction: Floats
    baseline: Floats
    gradient: Floats
    completeness_error: Floats


def attribute(
    model: Model, inputs: Inputs, target: Tensor, *, tolerance: float = COMPLETENESS_ERROR
) -> Attribution:
    """Integrated gradients of one output of each row, summed by column.

    Args:
        model: The trained model.
        inputs: n encoded rows, numbers in float64.
        target: Which output of each row is explained, int64 (n,).
        tolerance: Greatest completeness error. The work grows with its inverse.

    Returns:
        The shares, complete within the tolerance.
    """
    network = model.exact_network
    device = network.weights.device
    # From x to x: codes have no straight line between them, but their vectors do.
    start, end = (network.input_layer(rows.to(device)) for rows in (baseline_of(model), inputs))

    def output(x: Tensor) -> Tensor:
        return model.task.answers(network(x), model.temperature)

    target = target.to(device)
    smallest = SMALLEST_DIFFERENCE * model.task.units.to(device)[target]
    shares_nI, before, after = integrated_gradients(
        output, start, end, target, smallest, tolerance=tolerance
    )
    shares = np.zeros((len(inputs), len(model.encoder.columns)))
    np.add.at(shares.T, model.encoder.column_of_dense(), shares_nI.T.cpu().numpy())
    difference = after - before
    way_nI = end - start
    gradient_nI = torch.where(way_nI == 0.0, 0.0, shares_nI / way_nI)
    missed = (shares_nI.sum(dim=1) - difference).abs()
    return Attribution(
        shares=shares,
        prediction=after.cpu().numpy(),
        baseline=before.cpu().numpy(),
        gradient=gradient_nI.cpu().numpy(),
        completeness_error=(missed / torch.maximum(difference.abs(), smallest)).cpu().numpy(),
    )


def baseline_of(model: Model) -> Inputs:
    """The encoded row about which nothing is known: medians, unknown categories."""
    return model.encoder.expand(model.encoder.nothing()).double()


def integrated_gradients(
    output: Output,
    start_1I: Tensor,
    end_nI: Tensor,
    target_n: Tensor,
    smallest_n: Tensor,
    *,
    tolerance: float = COMPLETENESS_ERROR,
    points_at_once: int = POINTS_PER_BLOCK,
) -> tuple[Tensor, Tensor, Tensor]:
    """Integrate the gradient of an output along the lines from a start to n ends.

    Args:
        output: What is explained.
        start_1I: Where all lines start.
        end_nI: Where they end.
        target_n: Which output counts on each line, int64.
        smallest_n: Least difference of outputs against which errors are measured.
        tolerance: The errors of a line's pieces, taken as positive, add up to this part of the
            difference of outputs at most.
        points_at_once: For how many points the output is computed together.

    Returns:
        Shares of the inputs (n, I), the output at the start (n,) and at the end (n,).
    """
    pieces = zip(
        *(whole.split(ROWS_ATTRIBUTED_AT_ONCE) for whole in (end_nI, target_n, smallest_n)),
        strict=True,
    )
    found = [
        _integrate(
            _Lines(output, start_1I, end - start_1I, target, points_at_once), smallest, tolerance
        )
        for end, target, smallest in pieces
    ]
    shares, before, after = (torch.cat(parts) for parts in zip(*found, strict=True))
    return shares, before, after


@dataclass(frozen=True)
class _Pieces:
    """Pieces of lines: of which line, from where, how long, and the output at both ends."""

    line_P: Tensor
    left_P: Tensor
    width_P: Tensor
    output_left_P: Tensor
    output_right_P: Tensor

    def __len__(self) -> int:
        return len(self.line_P)

    def take(self, places: Tensor) -> _Pieces:
        return _Pieces(*(values[places] for values in vars(self).values()))

    def halves(self, output_middle_P: Tensor) -> _Pieces:
        half = self.width_P / 2
        return _Pieces(
            self.line_P.repeat(2),
            torch.cat([self.left_P, self.left_P + half]),
            half.repeat(2),
            torch.cat([self.output_left_P, output_middle_P]),
            torch.cat([output_middle_P, self.output_right_P]),
        )


@dataclass(frozen=True)
class _Lines:
    """The lines from one start, and the output along them."""

    output: Output
    start_1I: Tensor
    way_nI: Tensor
    target_n: Tensor
    points_at_once: int

    @torch.no_grad()
    def cut(self, count: int) -> _Pieces:
        """Each line in equal pieces."""
        num_lines = len(self.way_nI)
        line = torch.arange(num_lines, device=self.way_nI.device)
        knots = torch.arange(count + 1).to(self.way_nI) / count
        lines, places = line.repeat_interleave(count + 1), knots.repeat(num_lines)
        size = self.points_at_once
        blocks = zip(lines.split(size), places.split(size), strict=True)
        outputs = torch.cat([self._at(*block)[1] for block in blocks]).view(num_lines, -1)
        return _Pieces(
            line.repeat_interleave(count),
            knots[:-1].repeat(num_lines),
            torch.full_like(knots[:-1], 1 / count).repeat(num_lines),
            outputs[:, :-1].flatten(),
            outputs[:, 1:].flatten(),
        )

    def middle(self, pieces: _Pieces) -> tuple[Tensor, Tensor]:
        """The output in the middle of each piece (P,), and gradient times way (P, I)."""
        points, outputs = self._at(pieces.line_P, pieces.left_P + pieces.width_P / 2)
        (gradients,) = torch.autograd.grad(outputs.sum(), points)
        return outputs.detach(), gradients * self.way_nI[pieces.line_P] * pieces.width_P[:, None]

    def _at(self, line_P: Tensor, place_P: Tensor) -> tuple[Tensor, Tensor]:
        points = self.start_1I + place_P[:, None] * self.way_nI[line_P]
        points.requires_grad_()
        return points, self.output(points).gather(1, self.target_n[line_P][:, None])[:, 0]


def _integrate(
    lines: _Lines, smallest_n: Tensor, tolerance: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Bisect pieces until their errors, taken as positive, add up to what is allowed at most."""
    pieces = lines.cut(FIRST_PIECES)
    before = pieces.output_left_P.view(-1, FIRST_PIECES)[:, 0]
    after = pieces.output_right_P.view(-1, FIRST_PIECES)[:, -1]
    left_n = tolerance * torch.maximum((after - before).abs(), smallest_n)
    shares_nI = torch.zeros_like(lines.way_nI)
    for bisections in range(MOST_BISECTIONS + 1):
        # Half of what is left goes to this round, equally to its pieces.
        count_n = torch.bincount(pieces.line_P, minlength=len(left_n))
        allowed_P = (left_n / 2 / count_n.clamp_min(1))[pieces.line_P]
        if bisections == MOST_BISECTIONS:
            allowed_P = torch.full_like(allowed_P, torch.inf)
        rest = []
        for places in torch.arange(len(pieces), device=left_n.device).split(lines.points_at_once):
            block = pieces.take(places)
            outputs, changes_PI = lines.middle(block)
            error = changes_PI.sum(dim=1) - (block.output_right_P - block.output_left_P)
            is_good = error.abs() <= allowed_P[places]
            shares_nI.index_add_(0, block.line_P[is_good], changes_PI[is_good])
            left_n.index_add_(0, block.line_P[is_good], error[is_good].abs(), alpha=-1.0)
            rest.append(block.take(~is_good).halves(outputs[~is_good]))
        pieces = _joined(rest)
        if not len(pieces):
            break
    return shares_nI, before, after


def _joined(blocks: list[_Pieces]) -> _Pieces:
    values = (vars(block).values() for block in blocks)
    return _Pieces(*(torch.cat(parts) for parts in zip(*values, strict=True)))
