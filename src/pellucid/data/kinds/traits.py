"""What can be said of the cells of a column in few words: how large they are, what they have.

Some rows are described by comparing them with others: by the median of a quantity, or by how many
of them have a trait. A short rule is made of the same: "weight > 12 and town is Oslo".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.surprise import where_null

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_DIGITS, MOST_LOOKED_AT = 4, 10_000
"""Digits after the point that numbers are written with; and cells from which these are counted."""
LARGEST_WRITTEN_OUT = 1e15
FEW_VALUES = 2
"""So few have no median that tells anything."""
LONG_TIME = 10 * 86_400_000_000
"""Microseconds; of dates farther apart, the time of day says nothing that matters."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantity:
    """What lies on a line.

    Attributes:
        name: What it is called in a sentence: the column.
        values: One for each row, (n,); NaN where it is missing.
        write: How a value is written, as the column writes its own.
    """

    name: str
    values: Floats
    write: Callable[[float], str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Trait:
    """What a row has, or has not.

    Attributes:
        name: What is said of rows that have it: "town is Oslo".
        opposite: What is said of the others: "town is not Oslo".
        rows: Which rows have it, (n,).
    """

    name: str
    opposite: str
    rows: Bools


def ordered_traits(column: Column, cells: pl.Series) -> Iterator[Quantity | Trait]:
    """Cells that lie on a line: a quantity, or where they are only two values a trait for each.

    Args:
        column: How they are read.
        cells: Converted cells: numbers or dates.
    """
    name, present = column.name, cells.drop_nulls()
    write = _writing_of_moments(present) if cells.dtype.is_temporal() else _writing(column, present)
    values = cells.to_physical().cast(pl.Float64).fill_null(float("nan")).to_numpy()
    different = np.unique(values[~np.isnan(values)])
    if len(different) > FEW_VALUES:
        yield Quantity(name=name, values=values, write=write)
        return
    for value in different.tolist():
        level = write(value)
        yield Trait(
            name=f"{name} is {level}", opposite=f"{name} is not {level}", rows=values == value
        )


def missing_trait(cells: pl.Series) -> Iterator[Trait]:
    """That a cell is missing, where some are."""
    rows = where_null(cells)
    if rows.any():
        name = cells.name
        yield Trait(name=f"{name} is missing", opposite=f"{name} is there", rows=rows)


def _writing(column: Column, present: pl.Series) -> Callable[[float], str]:
    """Numbers with the signs of the column, and no more digits after the point than its cells."""
    digits = _digits_after_point(present.gather_every(1 + len(present) // MOST_LOOKED_AT))
    signs = str.maketrans({",": column.thousands, ".": column.decimal, "-": "−"})

    def write(value: float) -> str:
        if column.date_format:
            return _time_of_day(value)
        form = ".4g" if digits is None or abs(value) >= LARGEST_WRITTEN_OUT else f",.{digits}f"
        number = format(value, form).translate(signs)
        before, after = (column.unit, "") if column.unit != "%" else ("", column.unit)
        return f"{before}{number}{after}"

    return write


def _digits_after_point(numbers: pl.Series) -> int | None:
    """How many digits after the point some numbers have; None if they have too many to be meant."""
    for digits in range(MOST_DIGITS + 1):
        if (numbers.round(digits) == numbers).all():
            return digits
    return None


def _time_of_day(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _writing_of_moments(present: pl.Series) -> Callable[[float], str]:
    """Days; and the time of day, where dates are so near each other that it matters."""
    moments = present.to_physical().to_numpy()
    unit = "D" if len(moments) and np.ptp(moments) >= LONG_TIME else "m"

    def write(value: float) -> str:
        return str(np.datetime64(int(value), "us").astype(f"datetime64[{unit}]")).replace("T", " ")

    return write
