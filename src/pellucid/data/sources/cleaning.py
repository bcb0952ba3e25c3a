"""What is done to the cells of every source: blanks are stripped, marks become missing cells."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import polars as pl

from pellucid.data.exact_names import exactly
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
    columns = frame.get_columns()
    numbers = [number for number in map(_as_number, columns) if number is not None]
    if numbers:
        frame = frame.with_columns(numbers)
    names = [column.name for column in columns if _may_need_cleaning(column, marks)]
    if not names:
        return frame
    # Two steps, for an expression that strips and then looks at the text would strip twice.
    text = exactly(names)
    frame = frame.with_columns(text.cast(pl.String).str.strip_chars())
    return frame.with_columns(pl.when(~text.is_in(list(marks))).then(text))


def _as_number(column: pl.Series) -> pl.Expr | None:
    """What to do with a column of floats; None for nothing."""
    if not column.dtype.is_float():
        return None
    cell = exactly(column.name)
    if not isinstance(column.dtype, pl.Float32 | pl.Float64):
        return cell.cast(pl.Float32).fill_nan(None)
    has_nan = np.count_nonzero(np.isnan(column.to_numpy())) > column.null_count()
    return cell.fill_nan(None) if has_nan else None


def _may_need_cleaning(column: pl.Series, marks: Collection[str]) -> bool:
    """Whether a column is text, and perhaps not as it should be."""
    if not isinstance(column.dtype, pl.String):
        return isinstance(column.dtype, (pl.Categorical, pl.Enum))
    # Python strips whatever Polars does, and a few characters more.
    return may_any(column, lambda text: text in marks or text != text.strip())
