"""Batches: the training rows in a new random order each epoch, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from pellucid.inputs import Inputs


class Batches:
    """Seeded, shuffled batches for a network of K members.

    An epoch is cut into pieces whose sizes differ by one row at most, so there is no small last
    batch whose gradient counts as much as the others'.

    Args:
        take: Gives the inputs of the rows at some places, int64 (B,): `Inputs.take`, or a function
            that expands compact rows, for tables too large to keep expanded.
        targets: Encoded targets (n, …).
        weights: Weight of each row for each member (K, n), or None for 1.
        members: Number of members K.
        batch_size: Greatest number of rows B in a batch.
        seed: Of the order.
        device: Where batches are computed with.
    """

    def __init__(
        self,
        take: Callable[[Tensor], Inputs],
        targets: Tensor,
        weights: Tensor | None,
        *,
        members: int,
        batch_size: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self._take, self._targets, self._weights = take, targets, weights
        self._members, self._device = members, device
        self._generator = torch.Generator().manual_seed(seed)
        self.num_rows = len(targets)
        self.num_batches = -(-self.num_rows // batch_size)

    def __iter__(self) -> Iterator[tuple[Inputs, Tensor, Tensor | None]]:
        """One epoch of (inputs of B rows, targets (K·B, …), weights (K·B,) or None)."""
        order = torch.randperm(self.num_rows, generator=self._generator)
        for rows in order.tensor_split(self.num_batches):
            yield self._batch(rows)

    def _batch(self, rows: Tensor) -> tuple[Inputs, Tensor, Tensor | None]:
        inputs, y, weights = self._take(rows), self._targets.index_select(0, rows), self._weights
        y = y.repeat(self._members, *[1] * (y.ndim - 1))
        w = None if weights is None else weights.index_select(1, rows).flatten().to(self._device)
        return inputs.to(self._device), y.to(self._device), w
