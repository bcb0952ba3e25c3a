"""How numbers are written: those of one column with the same digits after the point."""

from __future__ import annotations

import math
from collections.abc import Sequence

KIBI = 1024


def number(value: float, *, sign: str = "", fewer: int = 0) -> str:
    """A number with digits that suit its size.

    Args:
        value: The number.
        sign: "+" to show the sign of positive ones too.
        fewer: How many digits fewer.
    """
    return format(value, format_of([value], sign=sign, fewer=fewer))


def alike(values: Sequence[float], *, sign: str = "", fewer: int = 0) -> list[str]:
    """The numbers of one column, with the same digits after the point.

    Args:
        values: The numbers.
        sign: "+" to show the sign of positive ones too.
        fewer: How many digits fewer.
    """
    return [format(value, format_of(values, sign=sign, fewer=fewer)) for value in values]


def columns_alike(rows: Sequence[tuple[str, Sequence[float]]]) -> list[list[str]]:
    """Rows of a table, a heading and numbers each, every column with digits of its own."""
    columns = [alike(column) for column in zip(*(numbers for _, numbers in rows), strict=True)]
    return [[name, *cells] for (name, _), *cells in zip(rows, *columns, strict=True)]


def format_of(values: Sequence[float], *, sign: str = "", fewer: int = 0) -> str:
    """The format of numbers that stand in one column: the smallest has the digits it needs."""
    sizes = [abs(value) for value in values if math.isfinite(value)] or [0.0]
    if min(sizes) >= 1e6 or max(sizes) >= 1e12:
        return f"{sign}.4g"
    is_small = min(sizes) < 10 and max(sizes) < 1e4
    return f"{sign},.{4 - fewer if is_small else 1}f"


def size_of_file(count: int) -> str:
    """Bytes in words."""
    kibi = count / KIBI
    return f"{kibi:,.0f} KiB" if kibi < KIBI else f"{kibi / KIBI:,.1f} MiB"


def with_minus(number: str) -> str:
    """A number with the minus sign that print has."""
    return number.replace("-", "−")
