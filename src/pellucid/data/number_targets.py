"""A target of numbers: read as its column writes them, or refused with the cells that are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from pellucid.data.conversion import convert
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.number_judging import first_different
from pellucid.data.schema import infer_schema
from pellucid.errors import DataError
from pellucid.wording import as_columns, show

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

LARGEST_NUMBER = 1e150
"""Squares of larger ones, which every score of numbers is made of, are not finite."""
TOO_LARGE = (
    f"is beyond ±{LARGEST_NUMBER:g}, and its squared errors are not finite. Give the target in a "
    "larger unit, or as its logarithm."
)


@dataclass(frozen=True, kw_only=True)
class CellNote:
    """A decision worth telling, in words that quote cells.

    Attributes:
        words: What was decided.
        without_cells: What of it a private model may tell; "" for nothing.
    """

    words: str
    without_cells: str = ""


def tell(notes: Iterable[CellNote], *, private: bool) -> list[str]:
    """Notes in words, without cells where these are private."""
    told = (note.without_cells if private else note.words for note in notes)
    return [words for words in told if words]


@dataclass(frozen=True, kw_only=True)
class NumberTarget:
    """A column of a table read as numbers to be predicted.

    Attributes:
        table: The table it stands in.
        column: How it was read.
        numbers: The numbers (rows,), null where a cell is missing or no finite number.
    """

    table: Table
    column: Column
    numbers: pl.Series

    @classmethod
    def read(cls, table: Table, name: str, kind: str) -> NumberTarget:
        """Read a column.

        Args:
            table: The table.
            name: The column.
            kind: The kind that reads numbers.

        Raises:
            DataError: Nearly none of its cells is a number.
        """
        alone = replace(table, frame=table.frame.select(name))
        schema = infer_schema(alone, kinds={name: kind})
        return cls(table=table, column=schema[name], numbers=convert(alone, schema)[name])

    @property
    def is_text(self) -> bool:
        """Whether the numbers are written as text."""
        return self.table.is_text(self.column.name)

    @property
    def odd(self) -> pl.Series:
        """Which cells are there, but are no finite numbers."""
        return self.table.frame[self.column.name].is_not_null() & self.numbers.is_null()

    def check(self, present: pl.Series) -> None:
        """Refuse a target with cells that are no numbers, or too large ones.

        Args:
            present: Which rows are wanted.

        Raises:
            DataError: There is such a cell.
        """
        if (odd := self.odd & present).any():
            raise self._refusal(odd, present)
        places = (present & (self.numbers.abs() > LARGEST_NUMBER)).arg_true()
        if len(places):
            row = self.table.row_number(places[0])
            raise self._error(
                f"The target {self.column.name!r} in row {row} of {self.table.name} {TOO_LARGE}",
                row,
            )

    def describe_undecided(self) -> Iterator[CellNote]:
        """Say how the numbers were read if nothing decides their decimal sign."""
        if self.column.undecided:
            yield CellNote(words=f"target {self.column.name!r}: {self.column.undecided}")

    def describe_odd(self, present: pl.Series) -> Iterator[CellNote]:
        """Say which rows are left out for want of a number."""
        odd = self.odd & present
        if odd.any():
            rows = "1 row" if odd.sum() == 1 else f"{odd.sum()} rows"
            words = f"{rows} left out where {self.column.name!r} is no number"
            yield CellNote(words=f"{words}: {self._shown(odd)}", without_cells=words)

    def _refusal(self, odd: pl.Series, present: pl.Series) -> DataError:
        name, rows = self.column.name, int(present.sum())
        return self._error(
            f"The target {name!r} of {self.table.name} is a number in {rows - int(odd.sum())} of "
            f"{rows} rows, but not in all ({self._shown(odd)}). Correct these cells, or leave them "
            "empty to leave their rows out; or say which cells are missing=, or "
            f"{as_columns([name], self.column.kind)} to leave such rows out, or "
            "task='classification' if all are classes.",
            self.table.row_number(int(odd.arg_max() or 0)),
        )

    def _shown(self, odd: pl.Series) -> str:
        """The first different cells that are no numbers, with their rows."""
        shown = [
            f"{show(cell)} in row {self.table.row_number(place)}"
            for cell, place in first_different(self.table.frame[self.column.name], odd)
        ]
        return ", ".join([*shown, "..."] if odd.sum() > len(shown) else shown)

    def _error(self, message: str, row: int) -> DataError:
        return DataError(message, file=self.table.name, column=self.column.name, row=row)
