"""How the levels of a category are written: one level, whatever its type and spelling.

A truth value may be True, TRUE, true, 1 or 1.0, and pandas writes 3 as 3.0 where the column has a
hole. 007 is a code, and stays one.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.column import Column

Floats = npt.NDArray[np.float64]

FALSE_LEVELS = {"true": "false", "1": "0"}
"""How categories write true, and how they write false then."""

NUMBERS = "numbers"
"""What `Column.levels` says where every level is a number, however written."""

TRUTH_VALUES = ["True", "TRUE", "true", "False", "FALSE", "false"]
_PLAIN_NUMBER = r"^-?(0|[1-9]\d{0,14})(\.\d*)?$"


def level_of(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Write a cell as text, the same whatever its type."""
    if dtype.is_float():
        is_integer = (cell.round() == cell) & (cell.abs() < 2**53)
        integer = pl.when(is_integer).then(cell).cast(pl.Int64)
        return pl.coalesce(integer.cast(pl.String), cell.cast(pl.String))
    if dtype == pl.String:  # R and pandas write truth values so, Polars as "true"
        return pl.when(cell.is_in(TRUTH_VALUES)).then(cell.str.to_lowercase()).otherwise(cell)
    return cell.cast(pl.String)


def shortest(number: pl.Expr) -> pl.Expr:
    """Write a number without zeros that say nothing: 3.50 as 3.5, and 3.0 as 3."""
    return number.str.replace(r"^(-?\d+)\.0*$", "${1}").str.replace(r"(\.\d*[1-9])0+$", "${1}")


def as_truth(level: pl.Expr, true_level: str) -> pl.Expr:
    """Write truth values as a column does; other levels stay."""
    return level.replace(_truth_words(true_level))


@cache
def _truth_words(true: str) -> dict[str, str]:
    false = FALSE_LEVELS[true]
    return {"true": true, "1": true, "1.0": true, "false": false, "0": false, "0.0": false}


def may_be_respelled(cell: str, column: Column) -> bool:
    """Whether a text may be a level that is written otherwise: a quick test, not a proof."""
    if cell in TRUTH_VALUES and not cell.islower():
        return True
    if column.true_level and _truth_words(column.true_level).get(cell, cell) != cell:
        return True
    return column.levels == NUMBERS and "." in cell


def find_number_levels(cells: pl.Series) -> str:
    """Find whether all levels are numbers, so that equal ones are one level.

    Args:
        cells: Different cells of a simple type, none of them missing.

    Returns:
        `NUMBERS`; or "" where some are codes or words, or differ as texts alone, such as the
        versions 1.1 and 1.10.
    """
    if cells.dtype != pl.String:
        return NUMBERS if cells.dtype.is_numeric() else ""
    if not cells.str.contains(_PLAIN_NUMBER).all():
        return ""
    short = cells.to_frame("cell").select(shortest(pl.col("cell"))).to_series()
    fractions = short.filter(short.str.contains(".", literal=True))
    return "" if fractions.is_duplicated().any() else NUMBERS


def find_true_level(cells: pl.Series) -> str:
    """Find how cells of a simple type, none of them missing, write true.

    Returns:
        "true" or "1"; "" if any cell is no truth value.
    """
    level = level_of(pl.col("cell"), cells.dtype)
    levels = cells.to_frame("cell").select(shortest(level)).to_series()
    if not levels.is_in(["true", "false", "1", "0"]).all():
        return ""
    return "true" if levels.is_in(["true", "false"]).any() else "1"


def counted_rows(weights: Floats, *, is_private: bool) -> Floats:
    """How many rows each row counts for, (n,): what it weighs; in a private model one at most.

    Else what a single row says would be kept, since its class, or a person, gave it more weight.

    Args:
        weights: Weight of each row, (n,).
        is_private: Whether the model is private.
    """
    return np.minimum(weights, 1.0) if is_private else weights


def fewest_rows_of_level(num_rows: int) -> float:
    """How many rows a level must have to be learned."""
    return max(2.0, num_rows / 10_000)
