"""What is done to the cells of every source: blanks are stripped, marks become missing cells."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from pellucid.data.few_cells import may_any

MISSING_MARKS: tuple[str, ...] = (
    *("", "?", "-", "--", "NA", "N/A", "n/a", "na", "<NA>", "#N/A", "#NA", "#N/A N/A"),
    *("null", "NULL", "Null", "<null>", "None", "nil", "\\N"),
    *("nan", "NaN", "NAN", "-nan", "-NaN", "NaT", "1.#QNAN", "-1.#IND", "1.#IND"),
    *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!"),
)
"""Cells that mean "not known" in every column: what the usual programs write for it."""


def clean(frame: pl.DataFrame, marks: Collection[str]) -> pl.DataFrame:
    """Strip the blanks around text and turn missing marks and NaN into nulls.

    Columns that need nothing stay as they are, and are not copied.
    """
    cleaned = [_cleaned(column, marks) for column in frame.get_columns()]
    needed = [cells for cells in cleaned if cells is not None]
    return frame.with_columns(needed) if needed else frame


def _cleaned(column: pl.Series, marks: Collection[str]) -> pl.Expr | None:
    """What to do with a column; None for nothing."""
    cell, dtype = pl.col(column.name), column.dtype
    if isinstance(dtype, pl.String):
        # Python strips whatever Polars does, and a few characters more.
        if not may_any(column, lambda text: text in marks or text != text.strip()):
            return None
    elif isinstance(dtype, pl.Categorical | pl.Enum):
        cell = cell.cast(pl.String)
    elif dtype.is_float():
        if not isinstance(dtype, pl.Float32 | pl.Float64):
            return cell.cast(pl.Float32).fill_nan(None)
        has_nan = np.count_nonzero(np.isnan(column.to_numpy())) > column.null_count()
        return cell.fill_nan(None) if has_nan else None
    else:
        return None
    stripped = cell.str.strip_chars()
    return pl.when(~stripped.is_in(list(marks))).then(stripped)
