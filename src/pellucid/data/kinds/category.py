"""Categories: levels, each with an input or a learned vector of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.exact_names import exactly
from pellucid.data.few_cells import are_few, may_any
from pellucid.data.kinds.category_judging import category_column, text_column
from pellucid.data.kinds.cell_bins import LevelBins
from pellucid.data.kinds.column import Column, left_out
from pellucid.data.kinds.encoding_plan import MOST_DIMENSIONS, MOST_ONE_HOT_LEVELS, EncodingPlan
from pellucid.data.kinds.flat_columns import FlatColumn, as_floats
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.identifiers import code_reason, identifier_reason
from pellucid.data.kinds.kind import Encoder, Kind
from pellucid.data.kinds.known_levels import MISSING, KnownLevels
from pellucid.data.kinds.level_formats import (
    FALSE_LEVELS,
    NUMBERS,
    as_truth,
    counted_rows,
    fewest_rows_of_level,
    level_of,
    may_be_respelled,
    shortest,
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


class CategoryKind(Kind):
    """Categories, converted to String."""

    name = "category"
    plural = "categories"
    takes_rest = True
    bins = LevelBins

    def judge(self, raw: RawColumn) -> Column | None:
        """Truth values, and any text: a category, or left out where it says nothing."""
        if raw.text:
            return text_column(raw.cells, raw.text)
        if raw.typed and raw.cells.dtype == pl.Boolean:
            return category_column(raw.cells, raw.typed)
        return None

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """Any cells that can be counted."""
        return category_column(raw.cells, raw.facts) if raw.facts else None

    def judge_whole_numbers(self, raw: RawColumn) -> Column | None:
        """Identifiers, which are left out, and codes."""
        if raw.facts is None:
            return None
        reason = identifier_reason(raw.cells, raw.facts)
        if reason:
            return left_out(raw.name, reason, is_identifier=True)
        reason = code_reason(raw.cells, raw.facts)
        if not reason:
            return None
        column = category_column(raw.cells, raw.facts)
        return replace(column, reason=f"{reason}; {column.reason}")

    def check_fields(self, column: Column) -> None:
        """Its levels are written in a way that is known."""
        check_one_of(column, "true_level", FALSE_LEVELS)
        check_one_of(column, "levels", (NUMBERS,))

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Expr | pl.Series | None:
        """→ String, one level whatever its type and spelling."""
        dtype = cells.dtype
        text = cells.cast(pl.String) if dtype.is_integer() and are_few(cells) else cells
        if isinstance(text.dtype, pl.String) and not may_any(
            text, partial(may_be_respelled, column=column)
        ):
            return text
        if dtype.is_nested() or dtype in (pl.Object, pl.Binary):
            return None
        level = level_of(exactly(cells.name), dtype)
        if column.levels == NUMBERS and dtype == pl.String:
            level = shortest(level)
        return as_truth(level, column.true_level) if column.true_level else level

    def holds(self, dtype: pl.DataType) -> bool:
        """Texts are levels."""
        return dtype == pl.String

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> CategoryEncoder:
        """Learn the levels."""
        return CategoryEncoder.fit(
            cells,
            weights,
            plan.most_one_hot,
            most_dimensions=plan.most_dimensions,
            is_private=plan.is_private,
        )

    def encoder_from(self, plain: Fields) -> CategoryEncoder:
        """No level stands there twice, and a missing cell has no level's code."""
        levels = plain.texts("levels")
        if len(set(levels)) < len(levels):
            raise ModelFileError(f"A level of {plain.what} stands there twice.")
        missing_code = plain.whole("missing_code", at_most=len(levels) + 1)
        if missing_code not in (0, len(levels) + 1):
            raise ModelFileError(f"The code of a missing cell of {plain.what} is that of a level.")
        return CategoryEncoder(
            name=plain.text("name"),
            levels=tuple(levels),
            missing_code=missing_code,
            most_one_hot=plain.whole("most_one_hot", default=MOST_ONE_HOT_LEVELS),
            most_dimensions=plain.whole("most_dimensions", at_least=1, default=MOST_DIMENSIONS),
            unknown_part=plain.number("unknown_part", 0.0, 1.0, default=0.0),
        )

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """Codes in the alphabetical order of the levels."""
        levels = cells.drop_nulls().unique().sort()
        codes = cells.replace_strict(levels, range(len(levels)), default=None)
        yield FlatColumn(values=as_floats(codes), num_levels=len(levels))

    def traits(self, column: Column, cells: pl.Series) -> Iterator[Quantity | Trait]:
        """That it is one of the most frequent levels."""
        name = column.name
        bins = LevelBins.fit(cells)
        places = bins.place(cells)
        for place, level in enumerate(bins.levels):
            yield Trait(
                name=f"{name} is {level}", opposite=f"{name} is not {level}", rows=places == place
            )
        yield from missing_trait(cells)


@dataclass(frozen=True, kw_only=True)
class CategoryEncoder(Encoder):
    """A category: ±1 with two levels, one input a level up to nine, else a code to embed.

    Attributes:
        name: The column.
        levels: The known levels, codes 1, 2, …; code 0 is "unknown".
        missing_code: Code of a missing cell; 0 if there was none in training.
        most_one_hot: With more levels than this the network learns a vector for each.
        most_dimensions: Greatest number of numbers in such a vector.
        unknown_part: Part of the training cells whose level stayed unknown. It is also how often a
            new cell has a new level (Good 1953).
    """

    kind: ClassVar[str] = "category"
    name: str
    levels: tuple[str, ...]
    missing_code: int = 0
    most_one_hot: int = MOST_ONE_HOT_LEVELS
    most_dimensions: int = MOST_DIMENSIONS
    unknown_part: float = 0.0

    @classmethod
    def fit(
        cls,
        column: pl.Series,
        weights: Floats,
        most_one_hot: int = MOST_ONE_HOT_LEVELS,
        *,
        most_dimensions: int = MOST_DIMENSIONS,
        is_private: bool = False,
    ) -> CategoryEncoder:
        """Learn the levels; those of fewer than max(2, n/10 000) rows stay unknown.

        Where less than two levels would be left, all are learned, except for a private model.

        Args:
            column: String, null where missing.
            weights: Weight of each row.
            most_one_hot: Greatest number of levels that get an input each.
            most_dimensions: Greatest number of numbers in the vector of a level.
            is_private: Whether levels of too few rows stay unknown whatever is left.
        """
        counts = (
            pl.DataFrame({"level": column, "weight": counted_rows(weights, is_private=is_private)})
            .group_by("level")
            .agg(pl.col("weight").sum())
            .sort("level")
        )
        fewest = fewest_rows_of_level(len(column))
        known = counts.filter((pl.col("weight") >= fewest) & pl.col("level").is_not_null())
        if known.height < 2 and not is_private:
            known = counts.filter(pl.col("level").is_not_null())
        has_missing = column.null_count() > 0
        levels = tuple(known["level"].to_list())
        return cls(
            name=column.name,
            levels=levels,
            missing_code=len(levels) + 1 if has_missing else 0,
            most_one_hot=most_one_hot,
            most_dimensions=most_dimensions,
            unknown_part=float((column.is_not_null() & ~column.is_in(levels)).to_numpy().mean()),
        )

    @property
    def num_codes(self) -> int:
        """Number of codes: unknown, the levels, missing if it occurred."""
        return 1 + len(self.levels) + bool(self.missing_code)

    @property
    def is_embedded(self) -> bool:
        """Whether the network learns a vector for each level."""
        return self.num_codes - 1 > self.most_one_hot

    @property
    def embedding_size(self) -> tuple[int, int] | None:
        """(levels, dimensions): round(1.6 n^0.56) dimensions (fastai's rule), within limits."""
        if not self.is_embedded:
            return None
        return self.num_codes, min(self.most_dimensions, round(1.6 * self.num_codes**0.56))

    @property
    def compact_width(self) -> int:
        """How many compact numbers a cell takes."""
        return 1

    def compact(self, column: pl.Series) -> Compact:
        """String column → code, shape (n, 1)."""
        places = self._known_levels.places(column)
        codes = (places + 1).astype(np.float32)
        codes[places == MISSING] = self.missing_code
        return codes.reshape(-1, 1)

    @cached_property
    def _known_levels(self) -> KnownLevels:
        return KnownLevels(self.levels)

    def expand(self, compact: Compact) -> npt.NDArray[Any]:
        """Code → ±1, or one 0/1 input a level, or the code itself as a whole number."""
        if self.is_embedded:
            return compact.astype(np.int64)
        if self.num_codes == 3:
            return np.where(compact == 0.0, np.float32(0.0), 2.0 * compact - 3.0)
        return (compact == np.arange(1, self.num_codes, dtype=np.float32)).astype(np.float32)

    def trial(self) -> Compact:
        """Unknown, unknown, and the last code: a table that lacks its row does not fit."""
        return np.array([[0.0], [0.0], [self.num_codes - 1]], dtype=np.float32)

    def input_names(self) -> list[str]:
        """A name for each input."""
        if self.is_embedded:
            return [f"{self.name} (code)"]
        if self.num_codes == 3:
            first, second = [*self.levels, "missing"][:2]
            return [f"{self.name}: −1 = {first}, +1 = {second}"]
        names = [f"{self.name} = {level}" for level in self.levels]
        return [*names, f"{self.name} is missing"] if self.missing_code else names

    def surprises(self, column: pl.Series) -> list[Surprise]:
        """Levels never seen in training, or too rare there to be learned, and missing cells."""
        is_missing = where_null(column)
        new = self._known_levels.where_unknown(column)
        odd_missing = is_missing & (self.missing_code == 0)
        return [
            Surprise(
                words=f"{self.name}: levels not learned in training, read as unknown",
                rows=new,
                cell=f"{self.name} '{{}}' was never seen in training, or hardly ever",
                odd=new & (self.unknown_part <= MOST_UNKNOWN),
            ),
            Surprise(
                words=f"{self.name}: missing, never in training; read as unknown",
                rows=odd_missing,
                cell=f"{self.name} is missing, as never in training",
                odd=odd_missing,
            ),
        ]

    def grid(self, column: pl.Series) -> Grid:
        """Every level, and a missing cell if there was one in training."""
        levels = [*self.levels, None] if self.missing_code else list(self.levels)
        counts = [int(column.eq_missing(level).sum()) for level in levels]
        chosen = pl.Series(column.name, levels, dtype=pl.String)
        return Grid(cells=chosen, values=levels, counts=counts)


KIND = CategoryKind()
