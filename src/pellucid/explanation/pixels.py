"""How much each pixel of a picture pushed a prediction, and what is lost when it is covered.

Integrated gradients (`attribution.py`) go along the straight line from a picture of nothing but the
mean color to the picture, while the row's other columns stay as they are. Occlusion (Zeiler &
Fergus 2014, arXiv:1311.2901, section 2.1) needs no gradient: a square of the mean color is moved
over the picture, and the output with it is compared with the output without.

Shape letters: B = pictures of a block, P = points on the line, H, W, C = height, width and colors,
I = numbers of the vector x, O = outputs, S = squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from torch import Tensor

from pellucid.data.kinds.kind import Encoder
from pellucid.explanation.attribution import (
    COMPLETENESS_ERROR,
    SMALLEST_DIFFERENCE,
    integrated_gradients,
)
from pellucid.inputs import Inputs
from pellucid.model.model import Model
from pellucid.tasks.metrics import Z95

Floats = npt.NDArray[np.float64]

PICTURES_AT_ONCE = 16
"""In float64, with all that a gradient needs, a large one takes ten megabytes."""
SQUARES_A_SIDE, MOST_SQUARES_A_SIDE = 4, 12
"""So many squares lie side by side along the shorter side, and at most along the longer."""
FEWEST_APART = 5
"""Of fewer squares that lie apart, nothing can be said about how well two measures agree."""


@dataclass(frozen=True, kw_only=True)
class PixelShares:
    """Integrated gradients over one picture.

    Attributes:
        shares: Share of each pixel in prediction − baseline, its colors together, (H, W).
        prediction: The explained output.
        baseline: The same with the mean color in place of the picture.
        completeness_error: As in `Attribution`.
    """

    shares: Floats
    prediction: float
    baseline: float
    completeness_error: float


@dataclass(frozen=True, kw_only=True)
class Occlusion:
    """What is lost when a square of a picture is covered.

    Attributes:
        side: Of the square, in pixels.
        tops: Upper edges of the squares, from 0.
        lefts: Left edges of the squares, from 0.
        losses: Output − output with the square covered, (tops, lefts).
        correlation: Rank correlation of the losses with the integrated gradients in the same
            squares, after Spearman; None where it cannot be told.
        low: Lower end of its 95 % interval, counting as many squares as lie apart; Bonett & Wright
            2000, "Sample size requirements".
        high: Upper end.
        num_apart: How many squares lie apart.
    """

    side: int
    tops: list[int]
    lefts: list[int]
    losses: Floats
    correlation: float | None
    low: float | None
    high: float | None
    num_apart: int


class SeenPicture:
    """One output of a row as a function of one of its pictures, all else as it is.

    Args:
        model: The trained model.
        inputs: The row, encoded, numbers in float64.
        encoder: Of the picture's column.
        target: Which output is explained.

    Attributes:
        pixels_HWC: The picture, in float64.
        nothing_HWC: The picture of the mean color that stands for none.
        branch: The layer that sees it.
    """

    def __init__(self, model: Model, inputs: Inputs, encoder: Encoder, target: int) -> None:
        self._model, self._network, self.target = model, model.exact_network, target
        device = self._network.weights.device
        places = model.encoder.dense_places(encoder)
        self._before, self._after = places.start, places.stop
        self.branch = self._network.input_layer.branches[encoder.port]
        with torch.no_grad():
            self._x_1I = self._network.input_layer(inputs.to(device))
        self.pixels_HWC = inputs[encoder.port][0].to(device).double()
        nothing = torch.from_numpy(encoder.expand(encoder.nothing()))
        self.nothing_HWC = nothing[0].to(device).double()

    def answers(self, features_BF: Tensor) -> Tensor:
        """What the branch found in B pictures → the outputs (B, O)."""
        rows = len(features_BF)
        before, after = self._x_1I[:, : self._before], self._x_1I[:, self._after :]
        x_BI = torch.cat([before.expand(rows, -1), features_BF, after.expand(rows, -1)], dim=1)
        return self._model.task.answers(self._network(x_BI), self._model.temperature)

    def __call__(self, pixels_BHWC: Tensor) -> Tensor:
        """B pictures in place of the row's own → the outputs (B, O), differentiable."""
        return self.answers(self.branch(pixels_BHWC))

    @property
    def smallest_difference(self) -> Tensor:
        """Below it, errors are measured against it."""
        units = self._model.task.units.to(self.pixels_HWC)
        return SMALLEST_DIFFERENCE * units[self.target]


def pixel_shares(seen: SeenPicture, *, tolerance: float = COMPLETENESS_ERROR) -> PixelShares:
    """Integrated gradients of a picture.

    Args:
        seen: The picture and what is made of it.
        tolerance: Greatest completeness error.
    """
    shape = seen.pixels_HWC.shape

    def output(flat_PI: Tensor) -> Tensor:
        return seen(flat_PI.view(-1, *shape))

    smallest_1 = seen.smallest_difference[None]
    shares_1I, before_1, after_1 = integrated_gradients(
        output,
        seen.nothing_HWC.reshape(1, -1),
        seen.pixels_HWC.reshape(1, -1),
        torch.tensor([seen.target], device=smallest_1.device),
        smallest_1,
        tolerance=tolerance,
        points_at_once=PICTURES_AT_ONCE,
    )
    difference = after_1 - before_1
    error = (shares_1I.sum() - difference).abs() / torch.maximum(difference.abs(), smallest_1)
    return PixelShares(
        shares=shares_1I.view(shape).sum(dim=2).cpu().numpy(),
        prediction=float(after_1),
        baseline=float(before_1),
        completeness_error=float(error),
    )


@torch.no_grad()
def occlusion(seen: SeenPicture, shares: Floats) -> Occlusion:
    """Cover a square of a picture after the other, and compare with integrated gradients.

    Args:
        seen: The picture and what is made of it.
        shares: Of each pixel, (H, W).
    """
    height, width = shares.shape
    side = max(
        1,
        round(min(height, width) / SQUARES_A_SIDE),
        -(-max(height, width) // MOST_SQUARES_A_SIDE),
    )
    side = min(side, height, width)
    tops, lefts = _starts(height, side), _starts(width, side)
    places = [(top, left) for top in tops for left in lefts]
    pixels_HWC, nothing_HWC = seen.pixels_HWC, seen.nothing_HWC
    outputs = [seen(pixels_HWC[None])[:, seen.target]]
    for start in range(0, len(places), PICTURES_AT_ONCE):
        block = places[start : start + PICTURES_AT_ONCE]
        covered_BHWC = pixels_HWC.repeat(len(block), 1, 1, 1)
        for covered_HWC, (top, left) in zip(covered_BHWC, block, strict=True):
            square = slice(top, top + side), slice(left, left + side)
            covered_HWC[square] = nothing_HWC[square]
        outputs.append(seen(covered_BHWC)[:, seen.target])
    whole, *covered = torch.cat(outputs).tolist()
    losses_S = whole - np.array(covered)
    sums_S = np.array([shares[top : top + side, left : left + side].sum() for top, left in places])
    num_apart = (height // side) * (width // side)
    correlation, low, high = _rank_correlation(losses_S, sums_S, num_apart)
    return Occlusion(
        side=side,
        tops=tops,
        lefts=lefts,
        losses=losses_S.reshape(len(tops), len(lefts)),
        correlation=correlation,
        low=low,
        high=high,
        num_apart=num_apart,
    )


def _starts(length: int, side: int) -> list[int]:
    """Where squares start, half of each upon the one before; the last ends at the border."""
    starts = list(range(0, length - side + 1, max(1, side // 2)))
    return starts if starts[-1] == length - side else [*starts, length - side]


def _rank_correlation(
    a: Floats, b: Floats, num_apart: int
) -> tuple[float | None, float | None, float | None]:
    """Spearman's, and its 95 % interval as of so many pairs; None where it cannot be told."""
    if num_apart < FEWEST_APART or np.ptp(a) == 0.0 or np.ptp(b) == 0.0:
        return None, None, None
    first, second = (pl.Series(values).rank().to_numpy() for values in (a, b))
    found = float(np.corrcoef(first, second)[0, 1])
    z = np.arctanh(np.clip(found, -0.999999, 0.999999))
    half = Z95 * np.sqrt((1.0 + found**2 / 2.0) / (num_apart - 3))
    return found, float(np.tanh(z - half)), float(np.tanh(z + half))
