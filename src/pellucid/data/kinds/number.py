"""Numbers: quantities that are scaled, clipped and put into bins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import polars as pl

from pellucid.data.bins import bin_edges, quantiles, robust_scale, write_edges
from pellucid.data.exact_names import exactly
from pellucid.data.few_cells import are_few
from pellucid.data.kinds.cell_bins import NumberBins
from pellucid.data.kinds.coarse import coarse_numbers
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.date_formats import describe_format, parse_times, seconds_of
from pellucid.data.kinds.date_judging import ASKED_DATE_RATE, find_dates
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.evidence import describe_missing
from pellucid.data.kinds.flat_columns import FlatColumn, as_floats
from pellucid.data.kinds.grid import Grid, ordered_grid
from pellucid.data.kinds.kind import Compact, Encoder, Floats, Kind
from pellucid.data.kinds.later_decimal_sign import check_undecided, notation_of, way_to_say
from pellucid.data.kinds.level_formats import TRUTH_VALUES
from pellucid.data.kinds.number_formats import (
    DECIMAL_SIGNS,
    GROUP_SIGNS,
    PLAIN,
    UNITS,
    Notation,
    finite,
    in_another_notation,
    read_numbers,
)
from pellucid.data.kinds.number_judging import (
    describe_no_numbers,
    find_numbers,
    number_column,
    read_as_numbers,
)
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.stored_fields import check_one_of, odd_field
from pellucid.data.kinds.surprise import Surprise, beyond, where_null
from pellucid.data.kinds.unread import refusal, warn_of_many
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

SOFT_CLIP = 3.0
GREATEST = float(np.finfo(np.float64).max)
BEYOND_LAST_BIN = 1.0


class NumberKind(Kind):
    """Numbers, converted to Float64."""

    name = "number"
    plural = "numbers"
    odd_cell = "no finite number"
    is_ordered = is_binned = is_additive = True
    bins = NumberBins

    def judge(self, raw: RawColumn) -> Column | None:
        """Text that is nearly all numbers; numbers, durations and times of day."""
        if raw.text:
            return find_numbers(raw.cells, raw.text, raw.table)
        return self._describe_typed(raw)

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """Text with some numbers or times of day in it; or the same."""
        if not raw.text:
            return self._describe_typed(raw)
        found = find_dates(raw.cells, raw.text, ASKED_DATE_RATE)
        if found and found.kind == self.name:  # times of day
            return found
        return read_as_numbers(raw.cells, raw.text, raw.table)

    def _describe_typed(self, raw: RawColumn) -> Column | None:
        """Say what a column with a type of its own is."""
        dtype = raw.cells.dtype
        if not raw.typed or not (dtype.is_numeric() or dtype in (pl.Duration, pl.Time)):
            return None
        if dtype.is_numeric():
            return number_column(raw.name, raw.typed, PLAIN)
        what = "durations" if dtype == pl.Duration else "times of day"
        reason = f"{what}, read as a number of seconds" + describe_missing(raw.typed)
        return Column(name=raw.name, kind="number", reason=reason)

    def may_be_other(self, raw: RawColumn, column: Column) -> bool:
        """Plain numbers may be timestamps, identifiers or codes."""
        are_plain = raw.facts is not None and raw.facts.numbers == raw.facts.present
        return are_plain and not column.date_format and not column.thousands

    def may_be_codes(self, column: Column) -> bool:
        """Numbers whose text is what a category makes of it."""
        is_plain = column.decimal == "." and not column.thousands and not column.unit
        return is_plain and not column.date_format

    def why_not(self, raw: RawColumn) -> str:
        """Count the numbers, and name a cell that is none."""
        return f": {describe_no_numbers(raw.cells, raw.table)}"

    def check_fields(self, column: Column) -> None:
        """Its signs are some that are found in tables."""
        if column.decimal not in DECIMAL_SIGNS:
            raise odd_field(column, "decimal", f"one of {', '.join(DECIMAL_SIGNS)}")
        check_one_of(column, "table_decimal", DECIMAL_SIGNS)
        check_one_of(column, "thousands", (",", ".", *GROUP_SIGNS))
        check_one_of(column, "unit", UNITS)
        check_one_of(column, "is_mixed", ("yes",))

    def check_before(self, table: Table, columns: Sequence[Column]) -> None:
        """Refuse numbers such as 8.520 where the table writes its numbers otherwise."""
        check_undecided(table, columns)

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Expr | pl.Series | None:
        """→ Float64, infinite ones missing."""
        dtype = cells.dtype
        if isinstance(dtype, pl.String):
            return _read_text(cells, column, notation_of(column, table))
        if dtype.is_numeric() or dtype == pl.Boolean:
            return finite(cells.cast(pl.Float64))
        if dtype == pl.Duration:
            return exactly(cells.name).dt.total_microseconds().cast(pl.Float64) / 1e6
        return seconds_of(exactly(cells.name)) if dtype == pl.Time else None

    def may_be_unread(self, dtype: pl.DataType) -> bool:
        """Text may be no number."""
        return isinstance(dtype, pl.String)

    def check_unread(self, table: Table, column: Column, unread: pl.Series) -> None:
        """Refuse cells, but where some were no numbers in training, only those in other notation.

        These say that the table is written otherwise, and so do too many others.
        """
        refused = unread = unread & ~_are_infinite(table, column, unread)
        if column.missing:
            refused = unread & False
            if not column.date_format and not column.is_mixed:
                places = unread.arg_true()
                cells = table.frame[column.name].gather(places)
                other = in_another_notation(cells, notation_of(column, table))
                refused = refused.scatter(places.filter(other), values=True)
        if refused.any():
            form = f" ({describe_format(column.date_format)})" if column.date_format else ""
            remedy = _remedy(table, column, refused)
            raise refusal(table, column, refused, f"a number{form}", remedy)
        warn_of_many(table, column, unread, "numbers")

    def holds(self, dtype: pl.DataType) -> bool:
        """Floats are numbers."""
        return dtype == pl.Float64

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> NumberEncoder:
        """Learn center, scale and bins."""
        return NumberEncoder.fit(cells, weights, plan.num_bins)

    def encoder_from(self, plain: Fields) -> NumberEncoder:
        """Its edges rise, and its range has two ends in order."""
        edges = plain.numbers("edges")
        with np.errstate(over="ignore"):
            rising = np.diff(np.array(edges, dtype=np.float32)) > 0.0
        if len(edges) == 1 or not rising.all():
            raise ModelFileError(f"The edges of the bins of {plain.what} do not rise.")
        low, high = (None if plain.is_null(end) else plain.number(end) for end in ("low", "high"))
        if low is not None and high is not None and low > high:
            raise ModelFileError(f"The range of {plain.what} ends before it begins.")
        return NumberEncoder(
            name=plain.text("name"),
            center=plain.number("center"),
            scale=plain.number("scale", at_least=0.0),
            edges=tuple(edges),
            has_missing=plain.flag("has_missing"),
            low=low,
            high=high,
        )

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """Numbers as they are."""
        yield FlatColumn(values=as_floats(cells))

    def coarsened(self, cells: pl.Series) -> pl.Series:
        """Rounded, without the lowest and the highest."""
        return coarse_numbers(cells)


@dataclass(frozen=True, kw_only=True)
class NumberEncoder(Encoder):
    """A number: scaled robustly, clipped softly, then placed among bins.

    v = s / √(1 + (s/3)²) with s = (x − center)·scale (Holzmüller et al. 2024, arXiv:2407.04491,
    "robust scale, smooth clip"). With `edges` b₀ < … < b_T its input is the position of v among
    them: t + (v − b_t) / (b_{t+1} − b_t) in the bin that begins at b_t. The network cuts it into T
    numbers (`pellucid.network.piecewise`).

    Attributes:
        name: The column.
        center: Training median, in the column's unit.
        scale: 1 / interquartile range.
        edges: Bin edges b in terms of v; empty for the plain scaled value.
        has_missing: Whether a 0/1 input says that the cell was missing.
        low: Smallest training value; None where it was not noted.
        high: Greatest training value; None where it was not noted.
    """

    kind: ClassVar[str] = "number"
    name: str
    center: float
    scale: float
    edges: tuple[float, ...] = ()
    has_missing: bool = False
    low: float | None = None
    high: float | None = None

    @classmethod
    def fit(cls, column: pl.Series, weights: Floats, num_bins: int) -> NumberEncoder:
        """Learn center, scale and bins.

        Args:
            column: Float64, null where missing.
            weights: Weight of each row.
            num_bins: Greatest number of bins; 0 for the plain value.
        """
        present = column.is_not_null().to_numpy()
        values = column.drop_nulls().to_numpy()
        if len(values) == 0:
            return cls(name=column.name, center=0.0, scale=0.0, has_missing=True)
        weights = weights[present]
        low, center, high = quantiles(values, np.array([0.25, 0.5, 0.75]), weights)
        scale = robust_scale(values, low, high)
        encoder = cls(name=column.name, center=float(center), scale=scale)
        edges = bin_edges(encoder._soft_clip(values), weights, num_bins) if num_bins else ()
        return cls(
            name=column.name,
            center=float(center),
            scale=scale,
            edges=edges,
            has_missing=not bool(present.all()),
            low=float(values.min()),
            high=float(values.max()),
        )

    @property
    def compact_width(self) -> int:
        """How many compact numbers a cell takes."""
        return 1

    def compact(self, column: pl.Series) -> Compact:
        """Float64 column → v, or its position among the bins, shape (n, 1), NaN where missing."""
        values = column.to_numpy()  # null becomes NaN
        return self._placed(self._soft_clip(values))[:, None].astype(np.float32)

    def _placed(self, v: Floats) -> Floats:
        """V → its position among the bins, if there are any.

        Beyond the training range the first and last bin go on in a line, but not for ever.
        """
        if not self.edges:
            return v
        starts, widths = self._bins
        place = starts[1:].searchsorted(v, side="right")
        part = (v - starts[place]) / widths[place]
        return np.asarray(place + part.clip(-BEYOND_LAST_BIN, 1.0 + BEYOND_LAST_BIN))

    @cached_property
    def _bins(self) -> tuple[Floats, Floats]:
        """Where each bin begins, and how wide it is, in terms of v."""
        edges = np.array(self.edges)
        return edges[:-1], np.diff(edges)

    def _soft_clip(self, values: Floats) -> Floats:
        # What overflows is far beyond the clip, and infinity is clipped like everything there.
        with np.errstate(over="ignore"):
            # Kept finite, for infinity times a scale of 0 is no number.
            distance = (values - self.center).clip(-GREATEST, GREATEST)
            scaled = (distance * self.scale).clip(-1e9, 1e9)
        return np.asarray(scaled / np.sqrt(1.0 + (scaled / SOFT_CLIP) ** 2))

    def expand(self, compact: Compact) -> Compact:
        """→ the inputs, shape (n, 1, or 2 if it has missing cells); those are at the median."""
        missing = np.isnan(compact)
        encoded = np.where(missing, self._median, compact)
        if not self.has_missing:
            return encoded
        return np.concatenate([encoded, missing.astype(np.float32)], axis=1)

    def nothing(self) -> Compact:
        """The median."""
        return self._median

    @cached_property
    def _median(self) -> Compact:
        """The median, which has v = 0, as a compact cell (1, 1)."""
        return self._placed(np.zeros((1, 1))).astype(np.float32)

    def input_names(self) -> list[str]:
        """A name for each input."""
        name = f"{self.name} (position among its bins)" if self.edges else self.name
        return [name, *self._name_of_missing]

    def input_bins(self) -> list[int]:
        """Its bins, and none for whether it is missing."""
        return [max(0, len(self.edges) - 1), *(0 for _ in self._name_of_missing)]

    def dense_names(self) -> list[str]:
        """A name for each number of x, bins in the column's own unit."""
        if not self.edges:
            return self.input_names()
        edges = write_edges([self._unclip(edge) for edge in self.edges])
        return [*(f"{self.name} {a}…{b}" for a, b in pairwise(edges)), *self._name_of_missing]

    @property
    def _name_of_missing(self) -> list[str]:
        return [f"{self.name} is missing"] if self.has_missing else []

    def surprises(self, column: pl.Series) -> list[Surprise]:
        """Missing cells where training had none, read as the median, and numbers out of range."""
        missing = where_null(column) & (not self.has_missing)
        words = f"{self.name}: missing, never in training; read as {self.center:.6g}"
        cell = f"{self.name} is missing, as never in training"
        found = [Surprise(words=words, rows=missing, cell=cell, odd=missing)]
        if self.low is not None and self.high is not None:
            outside, far = beyond(column.to_numpy(), self.low, self.high)
            reach = f"the training range {self.low:.6g} to {self.high:.6g}"
            words, cell = f"{self.name}: beyond {reach}", f"{self.name} {{}} is beyond {reach}"
            found.append(Surprise(words=words, rows=outside, cell=cell, odd=far))
        return found

    def grid(self, column: pl.Series) -> Grid:
        """Quantiles of the numbers."""
        return ordered_grid(column)

    def trial(self) -> Compact:
        """The median, a missing cell, and a number as far out as any."""
        far = self._placed(np.array([[SOFT_CLIP]]))
        return np.concatenate([self.nothing(), [[np.nan]], far]).astype(np.float32)

    def widened(self, column: pl.Series) -> NumberEncoder:
        """The same inputs, with a range that holds these numbers too."""
        if self.low is None or self.high is None:
            return self
        values = np.append(column.drop_nulls().to_numpy(), [self.low, self.high])
        return replace(self, low=float(values.min()), high=float(values.max()))

    def _unclip(self, v: float) -> float:
        scaled = v / np.sqrt(max(1e-12, 1.0 - (v / SOFT_CLIP) ** 2))
        return float(self.center + scaled / self.scale) if self.scale else self.center


def _read_text(cells: pl.Series, column: Column, notation: Notation) -> pl.Expr | pl.Series:
    if column.date_format:
        return parse_times(exactly(cells.name), column.date_format)
    if are_few(cells):
        return _read_numerals(cells, notation)
    read = partial(_read_numerals, notation=notation)
    return exactly(cells.name).map_batches(read, return_dtype=pl.Float64, is_elementwise=True)


def _read_numerals(cells: pl.Series, notation: Notation) -> pl.Series:
    """Read text as the column's numbers, infinite ones missing; a truth value is 1 or 0."""
    numbers = finite(read_numbers(cells, notation))
    if numbers.null_count() == cells.null_count():
        return numbers
    odd = (numbers.is_null() & cells.is_in(TRUTH_VALUES)).arg_true()
    if not len(odd):
        return numbers
    return numbers.scatter(odd, (cells.gather(odd).str.to_lowercase() == "true").cast(pl.Float64))


def _are_infinite(table: Table, column: Column, unread: pl.Series) -> pl.Series:
    """Which cells are numbers, though none that is kept: they are known to be missing."""
    if column.date_format:
        return unread & False
    places = unread.arg_true()
    numbers = read_numbers(table.frame[column.name].gather(places), notation_of(column, table))
    return (unread & False).scatter(places.filter(numbers.is_not_null()), values=True)


def _remedy(table: Table, column: Column, refused: pl.Series) -> str:
    """What to do about a cell that may be a number in another notation; "" if it is none."""
    if column.date_format:
        return ""
    cell = table.frame[column.name].filter(refused).head(1)
    notation = notation_of(column, table)
    other = replace(notation, decimal="," if notation.decimal == "." else ".")
    if read_numbers(cell, other).is_not_null().all():
        return way_to_say(other.decimal, is_given=table.is_decimal_given)
    if in_another_notation(cell, notation).all():
        return "It is a number in another notation: write both tables the same way."
    return ""


KIND = NumberKind()
