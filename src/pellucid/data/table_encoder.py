"""All columns of a table, encoded side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import torch

from pellucid.data.kinds.encoders import (
    MOST_ONE_HOT_LEVELS,
    CategoryEncoder,
    DateEncoder,
    NumberEncoder,
)
from pellucid.data.kinds.list_encoder import ListEncoder
from pellucid.data.kinds.stored_encoders import STORED_ENCODERS
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import CODES, DENSE, Inputs

Floats = npt.NDArray[np.float64]
Compact = npt.NDArray[np.float32]

ColumnEncoder = NumberEncoder | CategoryEncoder | DateEncoder | ListEncoder


@dataclass(frozen=True, kw_only=True)
class TableEncoder:
    """All columns of a table, encoded side by side, each for its port: `dense` or `codes`.

    Attributes:
        columns: One encoder a column, in the schema's order.
    """

    columns: tuple[ColumnEncoder, ...]

    @cached_property
    def compact_widths(self) -> tuple[int, ...]:
        """How many compact numbers each column takes."""
        return tuple(column.compact_width for column in self.columns)

    def compact_place(self, position: int) -> slice:
        """Where the compact numbers of the column at a position stand."""
        start = sum(self.compact_widths[:position])
        return slice(start, start + self.compact_widths[position])

    @classmethod
    def fit(
        cls,
        frame: pl.DataFrame,
        weights: Floats,
        num_bins: int,
        most_one_hot: int = MOST_ONE_HOT_LEVELS,
    ) -> TableEncoder:
        """Learn from the training part.

        Args:
            frame: Converted columns: Float64, String, Datetime and List(String).
            weights: Weight of each row, shape (n,).
            num_bins: Greatest number of bins of a number; 0 for none.
            most_one_hot: Greatest number of levels of a category that get an input each.
        """
        return cls(columns=tuple(_fit_column(c, weights, num_bins, most_one_hot) for c in frame))

    @property
    def embedded(self) -> list[CategoryEncoder]:
        """The columns whose codes the network embeds."""
        return [c for c in self.columns if isinstance(c, CategoryEncoder) and c.is_embedded]

    def compact(self, frame: pl.DataFrame) -> Compact:
        """Columns → few numbers each, shape (n, compact width)."""
        return np.concatenate([c.compact(frame[c.name]) for c in self.columns], axis=1)

    def expand(self, compact: Compact) -> Inputs:
        """Few numbers → the network's inputs: `dense` float32 (n, I), `codes` int64 (n, C)."""
        pieces = np.split(compact, np.cumsum(self.compact_widths)[:-1], axis=1)
        parts: dict[str, list[Compact]] = {DENSE: [], CODES: []}
        for column, piece in zip(self.columns, pieces, strict=True):
            parts[_port_of(column)].append(column.expand(piece))
        whole = {port: np.concatenate(part, axis=1) for port, part in parts.items() if part}
        return Inputs(
            {
                port: torch.from_numpy(part.astype(np.int64) if port == CODES else part)
                for port, part in whole.items()
            }
        )

    def encode(self, frame: pl.DataFrame) -> Inputs:
        """Columns → the network's inputs."""
        return self.expand(self.compact(frame))

    def widened(self, frame: pl.DataFrame) -> TableEncoder:
        """The same inputs, with the ranges of more training rows: what is then no surprise."""
        return TableEncoder(columns=tuple(c.widened(frame[c.name]) for c in self.columns))

    def input_names(self) -> list[str]:
        """A name for each input, port after port in the order of `encode`, no two alike."""
        dense = [n for c in self.columns if not _is_embedded(c) for n in c.input_names()]
        return _tell_apart(dense + [n for c in self.embedded for n in c.input_names()])

    def column_of_input(self) -> list[int]:
        """For each input, port after port, the position of its column in `columns`."""
        dense = [
            i
            for i, column in enumerate(self.columns)
            if not _is_embedded(column)
            for _ in column.input_names()
        ]
        return dense + [i for i, column in enumerate(self.columns) if _is_embedded(column)]

    def input_place(self, position: int) -> tuple[str, slice]:
        """At which port, and where there, the inputs of the column at a position stand."""
        port = _port_of(self.columns[position])
        before = [column for column in self.columns[:position] if _port_of(column) == port]
        start = sum(len(column.input_names()) for column in before)
        return port, slice(start, start + len(self.columns[position].input_names()))

    def dense_names(self) -> list[str]:
        """A name for each number the first dense layer gets: codes have become vectors there.

        No two are alike.
        """
        names = [name for c in self.columns if not _is_embedded(c) for name in c.input_names()]
        for column in self.embedded:
            names += [f"{column.name} [{i + 1}]" for i in range(column.embedding_size[1])]
        return _tell_apart(names)

    def column_of_dense(self) -> list[int]:
        """For each number the first dense layer gets, the position of its column."""
        columns = self.column_of_input()
        dense = len(columns) - len(self.embedded)
        codes = zip(columns[dense:], self.embedded, strict=True)
        return columns[:dense] + [c for c, e in codes for _ in range(e.embedding_size[1])]

    def to_json(self) -> list[dict[str, Any]]:
        """Everything learned, as plain data."""
        return [{"kind": c.kind, **asdict(c)} for c in self.columns]

    @classmethod
    def from_json(cls, plain: Iterable[Fields]) -> TableEncoder:
        """The encoder that `to_json` described.

        Raises:
            ModelFileError: It describes none.
        """
        columns = [
            STORED_ENCODERS[column.text("kind", among=STORED_ENCODERS)](column) for column in plain
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


def _is_embedded(column: ColumnEncoder) -> bool:
    return isinstance(column, CategoryEncoder) and column.is_embedded


def _port_of(column: ColumnEncoder) -> str:
    return CODES if _is_embedded(column) else DENSE


def _fit_column(
    column: pl.Series, weights: Floats, num_bins: int, most_one_hot: int
) -> ColumnEncoder:
    if column.dtype == pl.Float64:
        return NumberEncoder.fit(column, weights, num_bins)
    if column.dtype == pl.String:
        return CategoryEncoder.fit(column, weights, most_one_hot)
    if isinstance(column.dtype, pl.List):
        return ListEncoder.fit(column, weights)
    return DateEncoder.fit(column, weights, num_bins)
