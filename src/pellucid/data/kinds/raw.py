"""A column as it came, before anyone has judged what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from pellucid.data.kinds.evidence import Facts

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table


@dataclass(frozen=True, kw_only=True, eq=False)
class RawColumn:
    """A column of the training table.

    Attributes:
        cells: Its cells.
        facts: What was counted about them; None if their type is none that can be counted.
        table: The table it stands in.
        is_target: Whether it is to be predicted.
    """

    cells: pl.Series
    facts: Facts | None
    table: Table
    is_target: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return self.cells.name

    @property
    def text(self) -> Facts | None:
        """What was counted, if the cells are text."""
        return self.facts if self.cells.dtype == pl.String else None

    @property
    def typed(self) -> Facts | None:
        """What was counted, if the cells are something else than text."""
        return self.facts if self.cells.dtype != pl.String else None
