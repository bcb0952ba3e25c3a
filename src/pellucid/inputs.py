"""What a network gets: named tensors with the same rows, one for each port.

A port is a place where numbers of one kind come in: `dense` takes numbers (B, I), `codes` whole
numbers that stand for levels (B, C), `pixels:NAME` the pictures of one column (B, H, W, colors), of
brightness 0 … 255, `terms:NAME` the texts of one (B, L, 2), for each of at most L terms its number
and its weight; others may take what a branch of the network can read. In
`pellucid.network.input_layer` every port has a branch of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor

DENSE, CODES, PIXELS, TERMS = "dense", "codes", "pixels", "terms"

MOST_FEATURES, LARGEST_SIDE, SMALLEST_CROP = 4096, 256, 0.01
"""What a branch of pictures or texts makes of one at most, the largest side it sees, and the least
part of its area in a crop: a file must not ask for more memory than there is."""


class InputSource(Protocol):
    """Encoded rows, wherever they are kept: `Inputs`, or what becomes such block by block."""

    def __len__(self) -> int:
        """Number of rows."""

    def blocks(self, size: int) -> Iterator[Inputs]:
        """All rows in order, so many at a time; no rows are one empty block."""


class Inputs:
    """Named tensors with the same rows.

    Args:
        tensors: One for each port, rows first.

    Raises:
        ValueError: There is none, or their numbers of rows differ.

    Example:
        >>> import torch
        >>> inputs = Inputs({"dense": torch.zeros(3, 2), "codes": torch.tensor([[4], [1], [0]])})
        >>> len(inputs), inputs.take(torch.tensor([2, 0]))["codes"].tolist()
        (3, [[0], [4]])
    """

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self.tensors = dict(tensors)
        lengths = {len(tensor) for tensor in self.tensors.values()}
        if len(lengths) != 1:
            raise ValueError(f"inputs need the same rows at every port, not {sorted(lengths)}")
        (self._length,) = lengths

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, port: str) -> Tensor:
        return self.tensors[port]

    def take(self, rows: Tensor) -> Inputs:
        """The rows at these places, in their order; places are int64 (n,)."""
        return self._each(lambda tensor: tensor.index_select(0, rows))

    def blocks(self, size: int) -> Iterator[Inputs]:
        """Blocks of so many rows; the last may have fewer. No rows are one empty block."""
        pieces = zip(*(tensor.split(size) for tensor in self.tensors.values()), strict=True)
        return (Inputs(dict(zip(self.tensors, block, strict=True))) for block in pieces)

    def to(self, device: torch.device | str) -> Inputs:
        """The same on another device."""
        return self._each(lambda tensor: tensor.to(device))

    def double(self) -> Inputs:
        """Numbers in float64; whole numbers stay as they are."""
        return self._each(lambda t: t.double() if t.is_floating_point() else t)

    def float(self) -> Inputs:
        """Numbers in float32; whole numbers stay as they are."""
        return self._each(lambda t: t.float() if t.is_floating_point() else t)

    def _each(self, change: Callable[[Tensor], Tensor]) -> Inputs:
        return Inputs({port: change(tensor) for port, tensor in self.tensors.items()})
