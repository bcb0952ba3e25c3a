"""Batches: the training rows in a new random order each epoch, some at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

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
        self._order = self._generator.get_state()
        self._first = self._given = 0
        self.num_rows = len(targets)
        self.num_batches = -(-self.num_rows // batch_size)

    def __iter__(self) -> Iterator[tuple[Inputs, Tensor, Tensor | None]]:
        """One epoch of (inputs of B rows, targets (K·B, …), weights (K·B,) or None)."""
        self._order = self._generator.get_state()
        order = torch.randperm(self.num_rows, generator=self._generator)
        first, self._first = self._first, 0
        for place, rows in enumerate(order.tensor_split(self.num_batches)[first:], start=first):
            self._given = place + 1
            yield self._batch(rows)
        self._order, self._given = self._generator.get_state(), 0

    def state(self) -> dict[str, Tensor]:
        """Where it is: the generator before the running epoch, and the batches given of it."""
        return {"order": self._order, "given": torch.tensor(self._given)}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on within the epoch another one was in; the next iteration gives what is left of it.

        Args:
            state: What its `state()` gave.

        Raises:
            ValueError: It is none that these batches could have.
        """
        given, order = state["given"].item(), state["order"].clone()
        if not isinstance(given, int) or not 0 <= given <= self.num_batches:
            raise ValueError(f"{given} batches were given of {self.num_batches}")
        try:
            self._generator.set_state(order)
        except (RuntimeError, TypeError) as error:
            raise ValueError("the order of the rows has no such state") from error
        self._order, self._given, self._first = order, given, given

    def _batch(self, rows: Tensor) -> tuple[Inputs, Tensor, Tensor | None]:
        inputs, y, weights = self._take(rows), self._targets.index_select(0, rows), self._weights
        y = y.repeat(self._members, *[1] * (y.ndim - 1))
        w = None if weights is None else weights.index_select(1, rows).flatten().to(self._device)
        return inputs.to(self._device), y.to(self._device), w
