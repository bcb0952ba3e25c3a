"""Rows as the network takes them, kept in few numbers each until they are needed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from pellucid.data.compact_rows import CompactRows
from pellucid.data.grouping import Places
from pellucid.data.rows import ROWS_PER_BLOCK, RowSource
from pellucid.data.table_encoder import TableEncoder
from pellucid.inputs import Inputs

MOST_KEPT_BYTES = 2**27
"""Inputs of more bytes are made anew each time: that takes a small part of a training step."""


class EncodedRows:
    """Encoded rows: a source of the network's inputs.

    What is kept of a row is what its encoders' `compact` makes of it. The inputs, of which a
    category has one for each level, are made of that for some rows at a time. Only those of small
    tables, gone through hundreds of times, are kept.

    Args:
        encoder: What makes inputs of compact rows.
        compact: All compact rows, m of them.
        places: Which of them these are, in their order; None for all.
    """

    def __init__(
        self, encoder: TableEncoder, compact: CompactRows, places: Places | None = None
    ) -> None:
        self._encoder, self._compact, self._places = encoder, compact, places

    @classmethod
    def of(cls, encoder: TableEncoder, rows: RowSource) -> EncodedRows:
        """Encode converted rows, block by block."""
        compact = encoder.room_for(len(rows))
        start = 0
        for block in rows.blocks(ROWS_PER_BLOCK):
            compact.put(start, encoder.compact(block))
            start += block.height
        return cls(encoder, compact)

    def __len__(self) -> int:
        return len(self._compact if self._places is None else self._places)

    @property
    def ports(self) -> Collection[str]:
        """Where they enter the network."""
        return self._encoder.positions_at.keys()

    def take(self, places: Places) -> EncodedRows:
        """The rows at the given places, in their order; nothing is copied."""
        chosen = places if self._places is None else self._places[places]
        return EncodedRows(self._encoder, self._compact, chosen)

    def inputs(self, places: Tensor) -> Inputs:
        """The inputs of the rows at the given places, int64 (B,)."""
        return self._expand(places.numpy()) if self._kept is None else self._kept.take(places)

    def blocks(self, size: int) -> Iterator[Inputs]:
        """The inputs of all rows in order, so many rows at a time; no rows are one empty block."""
        for start in range(0, max(1, len(self)), size):
            yield self.inputs(torch.arange(start, min(start + size, len(self))))

    @cached_property
    def _kept(self) -> Inputs | None:
        """The inputs of all rows, where these are few."""
        if any(column.is_ragged for column in self._encoder.columns):
            return None
        of_one_row = self._encoder.expand(self._encoder.nothing()).tensors.values()
        num_bytes = len(self) * sum(tensor.nbytes for tensor in of_one_row)
        return self._expand(np.arange(len(self))) if num_bytes <= MOST_KEPT_BYTES else None

    def _expand(self, places: Places) -> Inputs:
        chosen = places if self._places is None else self._places[places]
        return self._encoder.expand(self._compact.take(chosen))
