"""Training rows as they were given, and as they were read: what each step of `fit` hands on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.data.grouping import Places
from pellucid.data.kinds.column import Schema
from pellucid.data.kinds.of_columns import picture_columns
from pellucid.data.number_targets import CellNote, tell
from pellucid.data.rows import Rows
from pellucid.data.sources.table import Table

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class TrainingRows:
    """What `fit` was given.

    Attributes:
        table: The columns to learn from.
        target: Classes, labels or numbers.
        weights: Weight of each row (n,).
        present: Which rows of the source these are, shape (rows of the source,).
        column_names: Names of the columns; None if they have none.
        target_names: Names of the targets; none if they have none.
        is_by_name: Whether the target was named, as a column of the table.
        is_flat: Whether a target of shape (n,) was given.
        notes: Decisions worth telling.
        cell_notes: More of them, which quote cells.
        target_decimal: Decimal mark of a target of numbers; "" where it says nothing.
    """

    table: Table
    target: Array
    weights: npt.NDArray[np.float64]
    present: npt.NDArray[np.bool_]
    column_names: Array | None
    target_names: tuple[str, ...]
    is_by_name: bool
    is_flat: bool
    notes: tuple[str, ...]
    target_decimal: str = ""
    cell_notes: tuple[CellNote, ...] = ()

    def take(self, places: Places) -> TrainingRows:
        """The rows at the given places."""
        return replace(
            self,
            table=self.table.take(places),
            target=self.target[places],
            weights=self.weights[places],
        )

    def told(self, *, private: bool) -> list[str]:
        """What was noticed, in words; of a private model without cells and names of files."""
        # What is noticed of a folder names single files.
        noticed = () if private and self.table.consists_of else self.notes
        return [*noticed, *tell(self.cell_notes, private=private)]


@dataclass(frozen=True, kw_only=True)
class Known:
    """How rows were read: all that is needed to read others alike.

    Attributes:
        schema: What each column is.
        num_columns: How many columns there were.
        column_names: Their names; None if they have none.
        target_names: Names of the targets; none if they have none.
        target_decimal: Decimal mark of a target of numbers; "" where it says nothing.
        is_by_name: Whether the target was named, as a column of the table.
        is_flat: Whether a target of shape (n,) was given.
        classes: All classes; None where numbers are learned.
        notes: Decisions worth telling.
    """

    schema: Schema
    num_columns: int
    column_names: Array | None
    target_names: tuple[str, ...]
    target_decimal: str
    is_by_name: bool
    is_flat: bool
    classes: Array | None
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Reading(Known):
    """Training rows as they were read.

    Attributes:
        rows: The rows; each step may hand on fewer, or the same ones read better.
        seed: Of everything random from here on.
    """

    rows: Rows
    seed: int

    @property
    def unit(self) -> str:
        """What is learned from, in one word: rows, or pictures."""
        return "pictures" if picture_columns(self.schema) else "rows"

    def take(self, places: Places) -> Reading:
        """The rows at the given places."""
        return replace(self, rows=self.rows.take(places))

    def noting(self, *notes: str) -> Reading:
        """With further decisions worth telling."""
        return replace(self, notes=(*self.notes, *notes))


def came_as_array(schema: Schema, num_columns: int) -> bool:
    """Whether so many columns came without names."""
    return [column.name for column in schema] == [f"x{place}" for place in range(num_columns)]
