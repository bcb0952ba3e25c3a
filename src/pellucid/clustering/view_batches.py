"""Batches of views: what a contrastive training learns from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Generator, Tensor

from pellucid.clustering.views import Views
from pellucid.data.batches import Batches
from pellucid.data.encoded_rows import EncodedRows
from pellucid.inputs import Inputs


class ViewBatches:
    """Seeded, shuffled batches of two views of each row, drawn anew in each epoch.

    Args:
        rows: Encoded rows.
        views: What makes views of them.
        batch_size: Greatest number of rows B in a batch, which has 2 B views.
        seed: Of the order, and of the views.
        device: Where batches are computed with.
    """

    def __init__(
        self,
        rows: EncodedRows,
        views: Views,
        *,
        batch_size: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self._batches = Batches(
            rows.inputs,
            torch.zeros(len(rows)),
            None,
            members=1,
            batch_size=batch_size,
            seed=seed,
            device=device,
        )
        self._views = views
        self._generator = Generator(device).manual_seed(seed)
        self.num_rows, self.num_batches = self._batches.num_rows, self._batches.num_batches

    def __iter__(self) -> Iterator[tuple[Inputs, Tensor, None]]:
        """One epoch of (first views of B rows, then second ones; 2 B zeros; None)."""
        for inputs, nothing, _ in self._batches:
            yield self._views.of(inputs, self._generator), nothing.repeat(2), None

    def state(self) -> dict[str, Tensor]:
        """Where it is within which epoch, and the generator of views."""
        return {**self._batches.state(), "views": self._generator.get_state()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on within the epoch another one was in, with the views that would have come next.

        Args:
            state: What its `state()` gave.

        Raises:
            ValueError: It is none that these batches could have.
        """
        self._batches.restore(state)
        try:
            self._generator.set_state(state["views"].clone())
        except (RuntimeError, TypeError) as error:
            raise ValueError("the generator of views has no such state") from error
