"""What every kind of column answers for itself.

Whoever needs to know something of a column asks its kind, or its encoder, and never which kind it
is: so a new kind is one file with one subclass of each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.cell_bins import Bins
from pellucid.data.kinds.flat_columns import FlatColumn
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.registry import KINDS
from pellucid.data.kinds.surprise import Surprise
from pellucid.files.fields import Fields
from pellucid.inputs import CODES, DENSE

Floats = npt.NDArray[np.float64]
Compact = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class EncodingPlan:
    """What the recipe says of encoders.

    Attributes:
        num_bins: Greatest number of bins of a number; 0 for the plain value.
        most_one_hot: Greatest number of levels that get an input each.
    """

    num_bins: int
    most_one_hot: int


class Encoder(ABC):
    """How the cells of one column become inputs: what was learned from the training part.

    Encoding has two halves. `compact` turns cells into few numbers a row (a scaled value, a level's
    code), which is small enough to keep; `expand` turns those into the network's inputs and is
    quick enough to run batch by batch.

    Each is a frozen dataclass of plain data. Missing cells and levels never seen are ordinary
    facts: every encoder has an answer to them.

    Attributes:
        kind: Name of its kind.
        name: The column.
    """

    kind: ClassVar[str]
    name: str

    @property
    def embedding_size(self) -> tuple[int, int] | None:
        """How many codes it has, and of how many numbers the network learns a vector for each.

        None if its inputs are numbers already.
        """
        return None

    @property
    def port(self) -> str:
        """Where its inputs enter the network: "dense" or "codes"."""
        return DENSE if self.embedding_size is None else CODES

    @property
    @abstractmethod
    def compact_width(self) -> int:
        """How many compact numbers a cell takes."""

    @abstractmethod
    def compact(self, cells: pl.Series) -> Compact:
        """Converted cells → few numbers each, (n, compact width)."""

    @abstractmethod
    def expand(self, compact: Compact) -> Compact:
        """Few numbers → the network's inputs, (n, inputs)."""

    @abstractmethod
    def input_names(self) -> list[str]:
        """A name for each input."""

    @abstractmethod
    def surprises(self, cells: pl.Series) -> list[Surprise]:
        """Cells unlike any in training."""

    @abstractmethod
    def grid(self, cells: pl.Series) -> Grid:
        """Cells to try for a response curve, and how many of some rows' cells are near each.

        Raises:
            DataError: These rows' cells give nothing to try.
        """

    def nothing(self) -> Compact:
        """The compact cell that says as little as one can, (1, compact width).

        Explanations start from it: a number is at its training median, a level is unknown.
        """
        return np.zeros((1, self.compact_width), dtype=np.float32)

    def trial(self) -> Compact:
        """Compact cells to try a loaded model with: usual, missing and far out, (3, width)."""
        return np.zeros((3, self.compact_width), dtype=np.float32)

    def widened(self, cells: pl.Series) -> Encoder:
        """The same inputs, where more training rows make less surprising."""
        return self

    def to_json(self) -> dict[str, Any]:
        """Everything learned, as plain data."""
        return {"kind": self.kind, **asdict(self)}  # type: ignore[call-overload]


class Kind(ABC):
    """A kind of column, such as numbers: how its cells are read and encoded.

    Attributes:
        name: What it is called.
        plural: What several such columns are called.
        is_ordered: Whether its values lie on a line, so that one may be near another.
        is_binned: Whether its encoder has as many bins as the recipe says.
        is_additive: Whether its values can be summed.
        holds_several: Whether one cell holds several values.
        bins: How its cells are sorted into bins to count which occur together; None if they are
            not.
    """

    name: ClassVar[str]
    plural: ClassVar[str]
    is_ordered: ClassVar[bool] = False
    is_binned: ClassVar[bool] = False
    is_additive: ClassVar[bool] = False
    holds_several: ClassVar[bool] = False
    bins: ClassVar[type[Bins] | None] = None

    @abstractmethod
    def holds(self, dtype: pl.DataType) -> bool:
        """Whether converted cells of this type are of this kind: each kind has types of its own."""

    @abstractmethod
    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> Encoder:
        """Learn an encoder from training cells.

        Args:
            cells: Converted cells, null where missing.
            weights: Weight of each row, (n,).
            plan: What the recipe says.
        """

    @abstractmethod
    def encoder_from(self, plain: Fields) -> Encoder:
        """The encoder that `Encoder.to_json` described, every field checked.

        Raises:
            ModelFileError: A field is none that such an encoder can have.
        """

    @abstractmethod
    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """Converted cells as the columns that flat algorithms get."""

    def coarsened(self, cells: pl.Series) -> pl.Series:
        """Converted cells from which an encoder learns nothing of one row alone."""
        return cells


def kinds() -> list[Kind]:
    """All kinds, in the order in which they are named."""
    return [kind_named(name) for name in KINDS]


def kind_named(name: str) -> Kind:
    """The kind that a column's or an encoder's `kind` names.

    Raises:
        KeyError: There is none, or the column is left out.
    """
    kind: Kind = import_module(KINDS[name]).KIND
    return kind


def kind_of(cells: pl.Series) -> Kind:
    """The kind of converted cells.

    Raises:
        TypeError: No kind holds such cells.
    """
    for kind in kinds():
        if kind.holds(cells.dtype):
            return kind
    raise TypeError(f"no kind of column holds cells of type {cells.dtype}")
