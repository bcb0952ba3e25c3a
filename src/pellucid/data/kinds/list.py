"""Lists: several values in one cell, a 0/1 for each that many of them hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.exact_names import exactly
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.flat_columns import FlatColumn, as_floats
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.kind import Encoder, Kind
from pellucid.data.kinds.level_formats import counted_rows, fewest_rows_of_level
from pellucid.data.kinds.list_formats import (
    BRACKETS,
    DELIMITERS,
    as_lists,
    find_lists,
    find_typed_lists,
    plain_lists,
    read_lists,
)
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.stored_fields import check_one_of
from pellucid.data.kinds.surprise import MOST_UNKNOWN, Surprise, where_null
from pellucid.data.kinds.traits import Quantity, Trait, missing_trait
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

Floats = npt.NDArray[np.float64]
Compact = npt.NDArray[np.float32]

MOST_VALUES = 200
CELL = pl.List(pl.String)


class ListKind(Kind):
    """Lists, converted to List(String)."""

    name = "list"
    plural = "lists"
    holds_several = True

    def judge(self, raw: RawColumn) -> Column | None:
        """Text whose pieces recur, and lists of text or numbers that do."""
        if raw.text:
            return find_lists(raw.cells, raw.text)
        return find_typed_lists(raw.cells)

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """The same where nothing recurs."""
        if raw.facts:
            return as_lists(raw.cells, raw.facts)
        return find_typed_lists(raw.cells, is_asked=True)

    def check_fields(self, column: Column) -> None:
        """Its delimiter is one that is found in tables."""
        check_one_of(column, "delimiter", DELIMITERS)

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Expr | None:
        """→ List(String), each value once, in alphabetical order."""
        cell, dtype = exactly(cells.name), cells.dtype
        if isinstance(dtype, pl.List) and not dtype.inner.is_nested():
            return plain_lists(cell)
        if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
            return None
        return read_lists(cell.cast(pl.String), column.delimiter or BRACKETS)

    def holds(self, dtype: pl.DataType) -> bool:
        """Lists of text are lists."""
        return dtype == CELL

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> ListEncoder:
        """Learn the frequent values."""
        return ListEncoder.fit(cells, weights, is_private=plan.is_private)

    def encoder_from(self, plain: Fields) -> ListEncoder:
        """No value stands there twice, and they are not too many."""
        values = plain.texts("values")
        if len(set(values)) < len(values) or len(values) > MOST_VALUES:
            raise ModelFileError(
                f"A value of {plain.what} stands there twice, or there are too many."
            )
        return ListEncoder(
            name=plain.text("name"),
            values=tuple(values),
            has_missing=plain.flag("has_missing"),
            unknown_part=plain.number("unknown_part", 0.0, 1.0),
        )

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """A 0/1 for each frequent value, as the network gets it."""
        inputs = ListEncoder.fit(cells, np.ones(len(cells))).compact(cells)
        for values in inputs.astype(np.float64).T:
            yield FlatColumn(values=as_floats(pl.Series(values)))

    def traits(self, column: Column, cells: pl.Series) -> Iterator[Quantity | Trait]:
        """That it holds one of the frequent values."""
        name = column.name
        encoder = ListEncoder.fit(cells, np.ones(len(cells)))
        for value, has in zip(encoder.values, encoder.compact(cells).T, strict=False):
            yield Trait(name=f"{name} has {value}", opposite=f"{name} lacks {value}", rows=has > 0)
        yield from missing_trait(cells)


@dataclass(frozen=True, kw_only=True)
class ListEncoder(Encoder):
    """A list: one 0/1 input for each frequent value, so that any combination is known.

    Attributes:
        name: The column.
        values: Those with an input each, in alphabetical order; others are left aside.
        has_missing: Whether a 0/1 input says that the cell was missing.
        unknown_part: Part of the training cells that hold a value without an input.
    """

    kind: ClassVar[str] = "list"
    name: str
    values: tuple[str, ...]
    has_missing: bool = False
    unknown_part: float = 0.0

    @classmethod
    def fit(cls, column: pl.Series, weights: Floats, *, is_private: bool = False) -> ListEncoder:
        """Learn the values: at most 200, of max(2, n/10 000) rows at least.

        Where none would be left, the most frequent are learned, except for a private model.

        Args:
            column: Lists of text, null where missing.
            weights: Weight of each row.
            is_private: Whether values of too few rows are left aside whatever is left.
        """
        counts = (
            pl.DataFrame({"value": column, "weight": counted_rows(weights, is_private=is_private)})
            .explode("value")
            .drop_nulls()
            .group_by("value")
            .agg(pl.col("weight").sum())
            .sort("weight", "value", descending=[True, False])
        )
        frequent = counts.filter(pl.col("weight") >= fewest_rows_of_level(len(column)))
        known = frequent if frequent.height or is_private else counts
        values = tuple(sorted(known["value"].head(MOST_VALUES)))
        encoder = cls(name=column.name, values=values, has_missing=column.null_count() > 0)
        unknown_part = float(encoder._holds_unknown(column).mean())
        return cls(
            name=column.name,
            values=values,
            has_missing=encoder.has_missing,
            unknown_part=unknown_part,
        )

    @property
    def compact_width(self) -> int:
        """How many compact numbers a cell takes."""
        return len(self.values) + self.has_missing

    def compact(self, column: pl.Series) -> Compact:
        """Lists → 0/1 for each value, and one for missing if there was some: (n, width)."""
        inputs = np.zeros((len(column), self.compact_width), dtype=np.float32)
        found = self._coded(column).drop_nulls()
        inputs[found["row"].to_numpy(), found["code"].to_numpy()] = 1.0
        if self.has_missing:
            inputs[:, -1] = column.is_null().to_numpy()
        return inputs

    def expand(self, compact: Compact) -> Compact:
        """The inputs are what is kept."""
        return compact

    def input_names(self) -> list[str]:
        """A name for each input."""
        names = [f"{self.name} has {value}" for value in self.values]
        return [*names, f"{self.name} is missing"] if self.has_missing else names

    def grid(self, column: pl.Series) -> Grid:
        """Each value by itself, and a missing cell if there was one in training."""
        held = self.compact(column).sum(axis=0).astype(int).tolist()
        values: list[str | None] = [*self.values, None] if self.has_missing else [*self.values]
        alone = [None if value is None else [value] for value in values]
        chosen = pl.Series(column.name, alone, dtype=pl.List(pl.String))
        return Grid(cells=chosen, values=values, counts=held)

    def surprises(self, column: pl.Series) -> list[Surprise]:
        """Values never seen in training, or too rare there to be learned, and missing cells."""
        missing = where_null(column) & (not self.has_missing)
        new = self._holds_unknown(column)
        return [
            Surprise(
                words=f"{self.name}: values not learned in training, left aside",
                rows=new,
                cell=f"{self.name} '{{}}' has a value never seen in training, or hardly ever",
                odd=new & (self.unknown_part <= MOST_UNKNOWN),
            ),
            Surprise(
                words=f"{self.name}: missing, never in training; read as an empty list",
                rows=missing,
                cell=f"{self.name} is missing, as never in training",
                odd=missing,
            ),
        ]

    def _coded(self, column: pl.Series) -> pl.DataFrame:
        """Row and code of each value in the lists; the code is null where it has no input."""
        rows = pl.DataFrame({"row": np.arange(len(column)), "value": column})
        code = pl.col("value").replace_strict(
            list(self.values), list(range(len(self.values))), default=None, return_dtype=pl.Int64
        )
        return rows.explode("value").filter(pl.col("value").is_not_null()).with_columns(code=code)

    def _holds_unknown(self, column: pl.Series) -> npt.NDArray[np.bool_]:
        """Which lists hold a value without an input."""
        found = np.zeros(len(column), dtype=bool)
        found[self._coded(column).filter(pl.col("code").is_null())["row"].to_numpy()] = True
        return found


KIND = ListKind()
