"""What every kind of column answers for itself.

Whoever needs to know something of a column asks its kind, or its encoder, and never which kind it
is: so a new kind is one file with one subclass of each.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.cell_bins import Bins
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.flat_columns import FlatColumn, FlatPixels, FlatTerms
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.registry import KINDS
from pellucid.data.kinds.surprise import Surprise
from pellucid.data.kinds.traits import Quantity, Trait, missing_trait, ordered_traits
from pellucid.data.kinds.unread import refusal
from pellucid.files.fields import Fields
from pellucid.inputs import CODES, DENSE

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table
    from pellucid.data.texts.vocabulary import Vocabulary

Floats = npt.NDArray[np.float64]
Compact = npt.NDArray[Any]
"""Few numbers a cell, float32 (n, compact width); or an object a cell, (n, 1)."""


class Encoder(ABC):
    """How the cells of one column become inputs: what was learned from the training part.

    Encoding has two halves. `compact` turns cells into few numbers a row (a scaled value, a level's
    code), which is small enough to keep; `expand` turns those into the network's inputs and is
    quick enough to run batch by batch.

    Each is a frozen dataclass of plain data. Missing cells and levels never seen are ordinary
    facts: every encoder has an answer to them.

    Attributes:
        kind: Name of its kind.
        keeps_handles: Whether what it keeps of a cell is an object instead of numbers.
        is_ragged: Whether of some cells it makes as many inputs as the longest of them needs.
        is_picture: Whether its cells are pictures: those unlike any in training are told by what
            the network makes of them.
        name: The column.
    """

    kind: ClassVar[str]
    keeps_handles: ClassVar[bool] = False
    is_ragged: ClassVar[bool] = False
    is_picture: ClassVar[bool] = False
    name: str

    @property
    def embedding_size(self) -> tuple[int, int] | None:
        """How many codes it has, and of how many numbers the network learns a vector for each.

        None if its inputs are numbers already.
        """
        return None

    @property
    def port(self) -> str:
        """Where its inputs enter the network: "dense", "codes", or one with a branch of its own."""
        return DENSE if self.embedding_size is None else CODES

    @property
    def picture_size(self) -> tuple[int, int, int] | None:
        """Height, width and number of colors of the pictures it gives; None if it gives none."""
        return None

    @property
    def num_terms(self) -> int | None:
        """How many numbers of terms there are in the texts that it gives; None if it gives none."""
        return None

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The terms of these texts."""
        return None

    @property
    @abstractmethod
    def compact_width(self) -> int:
        """How many compact numbers a cell takes."""

    @abstractmethod
    def compact(self, cells: pl.Series) -> Compact:
        """Converted cells → few numbers each, (n, compact width)."""

    @abstractmethod
    def expand(self, compact: Compact) -> npt.NDArray[Any]:
        """Few numbers → the network's inputs, (n, inputs), of the type that their port takes."""

    @abstractmethod
    def input_names(self) -> list[str]:
        """A name for each input."""

    def input_bins(self) -> list[int]:
        """For each input, among how many bins it is a position, at which the network cuts it.

        0 if it is none: it enters as it is.
        """
        return [0] * len(self.input_names())

    def dense_names(self) -> list[str]:
        """A name for each number that the branch of its port makes of its inputs."""
        if self.embedding_size is None:
            return self.input_names()
        return [f"{self.name} [{place + 1}]" for place in range(self.embedding_size[1])]

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

    def __getstate__(self) -> dict[str, Any]:
        """For copying and storing, without what is made of it when needed."""
        return {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]

    def to_json(self) -> dict[str, Any]:
        """Everything learned, as plain data."""
        return {"kind": self.kind, **asdict(self)}  # type: ignore[call-overload]


class Kind(ABC):
    """A kind of column, such as numbers: how its cells are read and encoded.

    Attributes:
        name: What it is called.
        plural: What several such columns are called.
        takes_rest: Whether it is asked last, for it takes what no other kind does.
        odd_cell: What a cell that is not of this kind, read as missing, is called; "" for none.
        is_ordered: Whether its values lie on a line, so that one may be near another.
        is_time: Whether its values say when.
        is_binned: Whether its encoder has as many bins as the recipe says.
        is_additive: Whether its values can be summed.
        holds_several: Whether one cell holds several values.
        is_picture: Whether its cells are pictures.
        is_seen: Whether they are, and the network itself learns what to see in them.
        is_encoded: Whether a model in a folder that somebody has trained makes features of them.
        is_text: Whether its cells are texts of which the network learns what their terms say.
        learns_features: Whether a branch that all members share learns what to make of its cells.
        medium: The column of a source that consists of such cells alone, as a folder; "" for none.
        bins: How its cells are sorted into bins to count which occur together; None if they are
            not.
    """

    name: ClassVar[str]
    plural: ClassVar[str]
    takes_rest: ClassVar[bool] = False
    odd_cell: ClassVar[str] = ""
    is_ordered: ClassVar[bool] = False
    is_time: ClassVar[bool] = False
    is_binned: ClassVar[bool] = False
    is_additive: ClassVar[bool] = False
    holds_several: ClassVar[bool] = False
    is_picture: ClassVar[bool] = False
    is_seen: ClassVar[bool] = False
    is_encoded: ClassVar[bool] = False
    is_text: ClassVar[bool] = False
    learns_features: ClassVar[bool] = False
    medium: ClassVar[str] = ""
    bins: ClassVar[type[Bins] | None] = None

    # --- What a column is ---------------------------------------------------------------------

    @abstractmethod
    def judge(self, raw: RawColumn) -> Column | None:
        """Describe a column that is of this kind, with the reason; None if it is not.

        Kinds are asked in the order of `KINDS`, the one that takes the rest last. The column that
        is returned may also be left out, or of another kind.
        """

    @abstractmethod
    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """Describe a column that a person says is of this kind; None if it cannot be read so.

        Not all of its cells are missing.
        """

    def encoded(self, column: Column, cells: pl.Series, encoders: Mapping[str, str]) -> Column:
        """The column where a model in a folder makes features of its cells, by option.

        Raises:
            OptionError: The folder holds none.
        """
        return column

    def may_be_other(self, raw: RawColumn, column: Column) -> bool:
        """Whether a column that was judged to be of this kind may be another by its numbers."""
        return False

    def may_be_codes(self, column: Column) -> bool:
        """Whether a column of this kind may turn out to hold codes, each as good as a word."""
        return False

    def judge_whole_numbers(self, raw: RawColumn) -> Column | None:
        """Describe a column of plain numbers that are rather of this kind; None if they are not."""
        return None

    def why_not(self, raw: RawColumn) -> str:
        """What stands against reading text as this kind, to follow "cannot be"."""
        return ""

    @abstractmethod
    def check_fields(self, column: Column) -> None:
        """Check the fields of this kind in any column from a model file.

        Raises:
            ModelFileError: One of them has a value that it cannot have.
        """

    def fits(self, column: Column, encoder: Encoder) -> bool:
        """Whether a column and its encoder from a model file, both of this kind, go together."""
        return True

    # --- Reading later tables -----------------------------------------------------------------

    def check_needs(self, column: Column) -> None:  # noqa: B027
        """Look at what is needed to read a column, and is in no model file.

        Raises:
            OptionError: It is not there, or has changed since training.
        """

    def check_before(self, table: Table, columns: Sequence[Column]) -> None:  # noqa: B027
        """Look at all columns of this kind before any is read.

        Raises:
            DataError: A cell could be read in two ways.
        """

    @abstractmethod
    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Expr | pl.Series | None:
        """Read a column as training's was read; cells that cannot be become null.

        Args:
            column: How it was read in training.
            cells: Its cells, without those that are read as missing.
            table: The table.

        Returns:
            The converted cells, or an expression for a frame that has `cells`: many cells are read
            beside those of other columns, few without the start of a query. None if cells of this
            type cannot be read.
        """

    def may_be_unread(self, dtype: pl.DataType) -> bool:
        """Whether a cell of this type can be one that cannot be read."""
        return False

    def check_unread(self, table: Table, column: Column, unread: pl.Series) -> None:
        """Refuse cells that could not be read, or warn of them.

        Raises:
            DataError: One of them must not be taken for missing.
        """
        raise refusal(table, column, unread, f"a {self.name}", remedy="")

    # --- What the network gets ----------------------------------------------------------------

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

    def flat_pixels(self, cells: pl.Series) -> FlatPixels | None:
        """Converted cells as the pixels that flat algorithms get; None if they are no pictures."""
        return None

    def flat_terms(self, cells: pl.Series) -> FlatTerms | None:
        """Converted cells as the terms that flat algorithms get; None if they are no texts."""
        return None

    def traits(self, column: Column, cells: pl.Series) -> Iterator[Quantity | Trait]:
        """What can be said of converted cells in few words, to compare some rows with others."""
        if self.is_ordered:
            yield from ordered_traits(column, cells)
        yield from missing_trait(cells)

    def coarsened(self, cells: pl.Series) -> pl.Series:
        """Converted cells from which an encoder learns nothing of one row alone."""
        return cells

    def readable(self, cells: pl.Series) -> pl.Series:
        """Converted cells as a person reads them."""
        return cells


def kinds() -> list[Kind]:
    """All kinds, in the order in which they are named."""
    return [kind_named(name) for name in KINDS]


def by_judging() -> list[Kind]:
    """All kinds, in the order in which they are asked what a column is."""
    return sorted(kinds(), key=lambda kind: kind.takes_rest)


def rest_kind() -> Kind:
    """The kind that takes what no other does: any cells can be told apart as levels."""
    return by_judging()[-1]


def kind_named(name: str) -> Kind:
    """The kind that a column's or an encoder's `kind` names.

    Raises:
        KeyError: There is none, or the column is left out.
    """
    return _kind_in(KINDS[name])


@cache  # it is asked for every column of tables that may have ten thousand
def _kind_in(module: str) -> Kind:
    kind: Kind = import_module(module).KIND
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
