"""Questions about few cells, asked in Python: of such, the query engine takes longest to begin."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

MOST_ASKED = 500
"""So many cells are looked at in Python in the time in which one query of the engine begins."""


def are_few(cells: pl.Series) -> bool:
    """Whether Python is through with the cells before the query engine has begun."""
    return len(cells) <= MOST_ASKED


def may_any(cells: pl.Series, is_one: Callable[[str], bool]) -> bool:
    """Whether any cell of text may be one that asks for work; of many cells this is not asked.

    Args:
        cells: Text.
        is_one: Whether a cell may be such: true of all that are, and of others at will.
    """
    return not are_few(cells) or any(is_one(cell) for cell in cells.to_list() if cell is not None)
