"""All columns of a table, encoded side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.compact_rows import CompactRows
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.kind import Encoder, kind_named, kind_of
from pellucid.data.kinds.registry import KINDS
from pellucid.errors import DataError, ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import CODES, DENSE, Inputs

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class TableEncoder:
    """All columns of a table, encoded side by side, each for its port, such as `dense` or `codes`.

    Attributes:
        columns: One encoder a column, in the schema's order.
    """

    columns: tuple[Encoder, ...]

    @cached_property
    def _places(self) -> tuple[tuple[bool, slice], ...]:
        """For each column, whether it keeps handles, and where there or among the numbers."""
        ends = {True: 0, False: 0}
        places = []
        for column in self.columns:
            start = ends[column.keeps_handles]
            ends[column.keeps_handles] = start + column.compact_width
            places.append((column.keeps_handles, slice(start, start + column.compact_width)))
        return tuple(places)

    def place_in(self, rows: CompactRows, position: int) -> npt.NDArray[Any]:
        """What is kept of the column at a position, a view (n, its compact width)."""
        keeps_handles, place = self._places[position]
        return (rows.handles if keeps_handles else rows.numbers)[:, place]

    def room_for(self, rows: int) -> CompactRows:
        """Compact rows to be written."""
        widths = {True: 0, False: 0}
        for column in self.columns:
            widths[column.keeps_handles] += column.compact_width
        return CompactRows.empty(rows, widths[False], widths[True])

    @classmethod
    def fit(cls, frame: pl.DataFrame, weights: Floats, plan: EncodingPlan) -> TableEncoder:
        """Learn from the training part.

        Args:
            frame: Converted columns.
            weights: Weight of each row, shape (n,).
            plan: What the recipe says.

        Raises:
            DataError: No column has an input.
        """
        counts = _as_counts(weights)
        encoder = cls(columns=tuple(kind_of(c).fit(c, counts, plan) for c in frame))
        if not encoder.positions_at:
            raise DataError(
                "No column has a cell to learn from: none is one that several rows have. Give more "
                "rows, or columns that say more."
            )
        return encoder

    @cached_property
    def positions_at(self) -> dict[str, list[int]]:
        """For each port, positions of the columns that enter there: numbers, codes, then others.

        A column without inputs, as one of lists that are all empty, enters at none.
        """
        ports: dict[str, list[int]] = {DENSE: [], CODES: []}
        for position, column in enumerate(self.columns):
            if column.input_names():
                ports.setdefault(column.port, []).append(position)
        return {port: positions for port, positions in ports.items() if positions}

    @property
    def by_port(self) -> dict[str, list[Encoder]]:
        """The columns that enter the network at each port."""
        return {
            port: [self.columns[position] for position in positions]
            for port, positions in self.positions_at.items()
        }

    def compact(self, frame: pl.DataFrame) -> CompactRows:
        """Columns → few numbers each, n rows."""
        return self._side_by_side(
            frame.height, [column.compact(frame.get_column(column.name)) for column in self.columns]
        )

    def _side_by_side(self, num_rows: int, parts: Iterable[npt.NDArray[Any]]) -> CompactRows:
        """What is kept of each column, (n, its compact width), as rows."""
        rows = self.room_for(num_rows)
        for position, part in enumerate(parts):
            self.place_in(rows, position)[...] = part
        return rows

    def expand(self, rows: CompactRows) -> Inputs:
        """Compact rows → the network's inputs.

        They are `dense` float32 (n, I), `codes` int64 (n, C), and what other ports take, such as
        pictures (n, H, W, C).
        """
        import torch

        parts = {
            port: [self.columns[place].expand(self.place_in(rows, place)) for place in positions]
            for port, positions in self.positions_at.items()
        }
        return Inputs(
            {port: torch.from_numpy(np.concatenate(part, axis=1)) for port, part in parts.items()}
        )

    def encode(self, frame: pl.DataFrame) -> Inputs:
        """Columns → the network's inputs."""
        return self.expand(self.compact(frame))

    def nothing(self) -> CompactRows:
        """The compact row about which as little is known as can be."""
        return self._side_by_side(1, [column.nothing() for column in self.columns])

    def trial(self) -> CompactRows:
        """Three compact rows to try a loaded model with: usual, missing and far out."""
        return self._side_by_side(3, [column.trial() for column in self.columns])

    def widened(self, frame: pl.DataFrame) -> TableEncoder:
        """The same inputs, with the ranges of more training rows: what is then no surprise."""
        return TableEncoder(columns=tuple(c.widened(frame[c.name]) for c in self.columns))

    def input_names(self) -> list[str]:
        """A name for each input, port after port in the order of `encode`, no two alike."""
        names = (self.columns[position].input_names() for position in self._entering)
        return _tell_apart(list(chain.from_iterable(names)))

    def column_of_input(self) -> list[int]:
        """For each input, port after port, the position of its column in `columns`."""
        return [place for place in self._entering for _ in self.columns[place].input_names()]

    def input_place(self, position: int) -> tuple[str, slice]:
        """At which port, and where there, the inputs of the column at a position stand.

        Those of a column without inputs are none, at the first port.
        """
        own = self.columns[position]
        if own.keeps_handles:  # a port of its own
            return own.port, slice(None)
        widths = {place: len(self.columns[place].input_names()) for place in self._entering}
        if position not in widths:
            return next(iter(self.positions_at)), slice(0, 0)
        port = self.columns[position].port
        start = sum(widths[before] for before in self.positions_at[port] if before < position)
        return port, slice(start, start + widths[position])

    def written_names(self) -> list[str]:
        """The same where positions among bins are written out: a name for each bin."""
        columns = (self.columns[position] for position in self._entering)
        names = (c.dense_names() if any(c.input_bins()) else c.input_names() for c in columns)
        return _tell_apart(list(chain.from_iterable(names)))

    def dense_names(self) -> list[str]:
        """A name for each number the first dense layer gets: codes have become vectors there.

        No two are alike.
        """
        names = (self.columns[position].dense_names() for position in self._entering)
        return _tell_apart(list(chain.from_iterable(names)))

    def column_of_dense(self) -> list[int]:
        """For each number the first dense layer gets, the position of its column."""
        return [place for place in self._entering for _ in self.columns[place].dense_names()]

    def dense_places(self, column: Encoder) -> slice:
        """Where the numbers of a column with a port of its own stand in what that layer gets."""
        position = self.columns.index(column)
        places = [i for i, own in enumerate(self.column_of_dense()) if own == position]
        return slice(places[0], places[-1] + 1)

    @property
    def _entering(self) -> Iterator[int]:
        """Positions of the columns that have inputs, port after port."""
        return chain.from_iterable(self.positions_at.values())

    def to_json(self) -> list[dict[str, Any]]:
        """Everything learned, as plain data."""
        return [column.to_json() for column in self.columns]

    @classmethod
    def from_json(cls, plain: Iterable[Fields]) -> TableEncoder:
        """The encoder that `to_json` described.

        Raises:
            ModelFileError: It describes none.
        """
        columns = [
            kind_named(column.text("kind", among=KINDS)).encoder_from(column) for column in plain
        ]
        if not columns or len({column.name for column in columns}) < len(columns):
            raise ModelFileError("The encoder has no column, or one of them twice.")
        return cls(columns=tuple(columns))


def _tell_apart(names: Sequence[str]) -> list[str]:
    """Number the names that came before: "a", "a (2)"; a column may be called as an input is."""
    told: dict[str, None] = {}
    for name in names:
        own, times = name, 1
        while own in told:
            times += 1
            own = f"{name} ({times})"
        told[own] = None
    return list(told)


def _as_counts(weights: Floats) -> Floats:
    """How many rows each counts for where it is asked how many have a level, or a term.

    One of weight two is two. Weights below 1 on average, such as those that add up to 1, are
    made 1 on average: else no level would have enough rows.
    """
    there = weights[weights > 0]
    return weights / min(1.0, float(there.mean())) if len(there) else weights
