"""The input layer: one branch for each port, side by side; what they give is the vector x.

Shape letters: B = rows of the batch, I = numbers of the vector x.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import takewhile

import torch
from torch import Tensor

from pellucid.inputs import Inputs
from pellucid.network.layers import Layer, check_sizes
from pellucid.network.piecewise import CutInput, Cuts, PiecewiseLinear
from pellucid.network.tiles import filled_up

FEWEST_ROWS_TO_CUT = 128
"""Of fewer rows in a training step, the product with x written out is as quick, or quicker."""


class PassThrough(Layer):
    """The branch of numbers that need nothing: they are part of x as they are.

    Args:
        width: How many numbers a row has.
    """

    def __init__(self, width: int) -> None:
        check_sizes(width=width)
        super().__init__({})
        self.outputs = width

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, width) → itself."""
        return x

    def forward(self, x: Tensor) -> Tensor:
        """(B, width) → itself."""
        return x

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """Itself."""
        return grad

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {"width": self.outputs}


class InputLayer:
    """Runs the branch of each port and concatenates what they give: x, the network's first vector.

    A branch is a layer: it turns its port's tensor into numbers (B, its part of x). Below a branch
    nothing learns. A network may also be given x itself, for which no branch runs.

    Args:
        branches: A layer for each port, in the order of their parts in x.

    Attributes:
        branches: The same.
        learns: Whether any branch has parameters.
        products: Multiplications of one row with weights in the branch that has most of them.
        first_learned: The first number of x that has something learned behind it; before it stand
            given numbers, whose gradient nobody needs.
        keeps_positions: Whether numbers cut at bins are left as they came: `CutInput` is given
            instead of x, in training only for large batches; set by the network.
    """

    def __init__(self, branches: Mapping[str, Layer]) -> None:
        self.branches = dict(branches)
        given = takewhile(lambda branch: isinstance(branch, GIVEN), self.branches.values())
        self.first_learned = sum(branch.outputs for branch in given if isinstance(branch, GIVEN))
        self.learns = any(branch.shapes for branch in self.branches.values())
        self.products = max((branch.products for branch in self.branches.values()), default=0)
        self._widths: list[int] = []
        self.keeps_positions = False

    @cached_property
    def cuts(self) -> Cuts | None:
        """Which numbers of the first branch are cut at bins; None if none are."""
        first = next(iter(self.branches.values()), None)
        if isinstance(first, PiecewiseLinear) and any(first.bins):
            return Cuts(first.bins)
        return None

    def initialize_from(self, inputs: Inputs) -> None:
        """Let each branch find in some training rows what it needs to know of its input."""
        for port, branch in self.branches.items():
            branch.initialize_from(inputs[port])

    def __call__(self, inputs: Inputs | Tensor) -> Tensor:
        """Compute x (B, I), written out, with nothing dropped; x itself stays what it is.

        Raises:
            TypeError: Inputs are given where there is no branch.
        """
        if isinstance(inputs, Tensor):
            return inputs
        return _joined([branch(inputs[port]) for port, branch in self.branches.items()])

    def predict(self, inputs: Inputs | Tensor, tile: int) -> Tensor | CutInput:
        """Compute x (R, I) for prediction, of whole tiles of rows, the last one filled up.

        Args:
            inputs: Encoded rows, or x itself.
            tile: Rows of a tile of the layers above.

        Raises:
            TypeError: Inputs are given where there is no branch.
        """
        if isinstance(inputs, Tensor):
            return filled_up(inputs, tile)
        if self.cuts is None or not self.keeps_positions:
            return _joined([_whole(b, inputs[port], tile) for port, b in self.branches.items()])
        numbers, others = self._first_and_others(inputs)
        parts = [_whole(branch, given, tile) for branch, given in others]
        return self.cuts.split(filled_up(numbers, tile), parts)

    def forward(self, inputs: Inputs | Tensor) -> Tensor | CutInput:
        """Compute x (B, I) for training.

        Raises:
            TypeError: Something would learn in a branch, but x itself is given; or Inputs are,
                and there is no branch.
        """
        if isinstance(inputs, Tensor):
            if self.learns:
                raise TypeError("a network with branches that learn is trained on Inputs, not on x")
            return inputs
        if self.cuts is None or not self.keeps_positions or len(inputs) < FEWEST_ROWS_TO_CUT:
            parts = [branch.forward(inputs[port]) for port, branch in self.branches.items()]
            self._widths = [part.shape[1] for part in parts]
            return _joined(parts)
        numbers, others = self._first_and_others(inputs)
        parts = [branch.forward(given) for branch, given in others]
        self._widths = [self.first_learned, *(part.shape[1] for part in parts)]
        return self.cuts.split(numbers, parts)

    def _first_and_others(self, inputs: Inputs) -> tuple[Tensor, list[tuple[Layer, Tensor]]]:
        """What enters the first branch, which has the cut numbers, and the others with theirs."""
        first, *others = self.branches
        return inputs[first], [(self.branches[port], inputs[port]) for port in others]

    def backward(self, grad: Tensor) -> None:
        """Leave the gradients of the branches' parameters.

        Args:
            grad: ∂L/∂x (B, I), or only its columns from `first_learned` on.
        """
        ends = [sum(self._widths[place:]) for place in range(len(self._widths))]
        for branch, width, end in zip(self.branches.values(), self._widths, ends, strict=True):
            if branch.shapes:
                start = grad.shape[1] - end
                branch.backward(grad[:, start : start + width], wanted=False)


GIVEN = (PassThrough, PiecewiseLinear)
"""Branches that learn nothing."""


def _whole(branch: Layer, given: Tensor, tile: int) -> Tensor:
    """What a branch, which may have smaller tiles, gives for whole tiles of the layers above."""
    found = branch.predict(filled_up(given, branch.tile))
    return found if branch.tile == tile else filled_up(found[: given.shape[0]], tile)


def _joined(parts: list[Tensor]) -> Tensor:
    if not parts:
        raise TypeError("a network without branches gets the vector x, not Inputs")
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
