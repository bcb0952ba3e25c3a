"""Texts in memory, one a row: a list, an array or a column of str."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from pellucid.errors import DataError


def are_texts(source: object) -> bool:
    """Whether an object is a list, an array or a column of texts, some of them missing or not.

    Lists and arrays of one dimension that hold anything else, such as numbers, are none.

    Args:
        source: Anything.
    """
    if isinstance(source, list | tuple):
        return _are_all_texts(source)
    if isinstance(source, np.ndarray):
        is_flat = source.ndim == 1 and source.dtype.kind in "USO"
        return is_flat and (source.dtype.kind != "O" or _are_all_texts(source.tolist()))
    return _is_series_of_texts(source)


def _is_series_of_texts(source: Any) -> bool:
    """Whether it is a column of pandas, Polars or PyArrow, of texts alone."""
    if getattr(source, "ndim", 1) != 1:
        return False
    if hasattr(source, "iloc"):  # pandas has texts among objects, and types of its own for them
        is_object = source.dtype == object
        return _are_all_texts(source.tolist()) if is_object else str(source.dtype) in _OF_PANDAS
    kind = getattr(source, "dtype", getattr(source, "type", None))
    return type(source).__module__.startswith(("polars.", "pyarrow")) and str(kind) in _OF_OTHERS


_MISSING = ("NAType", "NaTType")
_OF_PANDAS = ("string", "str")
_OF_OTHERS = ("String", "string", "large_string", "string_view")


def _are_all_texts(cells: Any) -> bool:
    """Whether each is a text or missing, and at least one is there."""
    has_any = False
    for cell in cells:
        if isinstance(cell, str):
            has_any = True
        elif cell is not None and type(cell).__name__ not in _MISSING:
            is_nan = isinstance(cell, float) and math.isnan(cell)
            if not is_nan:
                return False
    return has_any


def check_no_mixture(source: object) -> None:
    """Refuse a list or an array of one dimension in which texts stand beside something else.

    Args:
        source: Anything.

    Raises:
        DataError: Which row is no text.
    """
    cells: Any = source if isinstance(source, list | tuple) else []
    if isinstance(source, np.ndarray) and source.ndim == 1:
        cells = source.tolist()
    if not any(isinstance(cell, str | bytes) for cell in cells):
        return
    for number, cell in enumerate(cells, start=1):
        if not _are_all_texts([cell, ""]):
            raise DataError(
                f"X is a list of texts, but its row {number} is of type {type(cell).__name__}. "
                "Give a str for each row, or None where it is missing."
            )


def without_halves(text: str) -> str:
    """A text in which halves of characters, which no encoding has, show as �.

    They come from text that was cut between two halves, or from names of files.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
