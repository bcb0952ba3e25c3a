"""Targets that come as an array: read as classes, labels or numbers, or refused in words."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.data.number_targets import LARGEST_NUMBER, TOO_LARGE
from pellucid.data.sources.typed import plain_cell, unmasked
from pellucid.data.targets import LABELS
from pellucid.errors import DataError, DataTypeError
from pellucid.wording import show

Array = npt.NDArray[Any]

_NUMERAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


def target_array(y: Any) -> Array:
    """Targets as an array, one for each row: (n,) or (n, O).

    Raises:
        DataError: They are none.
    """
    try:
        values: Array = unmasked(np.asanyarray(y))
    except ValueError:
        raise DataError(
            "The rows of y have different numbers of targets. Give one target for each row, or the "
            "same number of them."
        ) from None
    if values.ndim not in (1, 2) or not values.size:
        raise DataTypeError(
            f"y must hold one target for each row, but is a {type(y).__name__} of shape "
            f"{values.shape}. Give an array of shape (rows,), or (rows, targets)."
        )
    return values


def array_classes(values: Array) -> Array:
    """Classes of an array (n,), if a model file can hold them: texts, numbers or truth values.

    Objects are read as what they are, such as the whole numbers of a pandas column of objects.

    Raises:
        DataError: One is missing, or they are something else, such as dates.
    """
    if values.dtype.kind in "biufU":
        check_finite(values)
        return values
    if values.dtype.kind != "O":
        raise _no_class(values[0], row=1)
    cells = _present_cells(values)
    legal = str if isinstance(cells[0], str) else (bool, int, float)
    for place, cell in enumerate(cells):
        if not isinstance(cell, legal):
            raise _no_class(values[place], row=1 + place)
    classes = np.array(cells)
    check_finite(classes)
    return classes


def array_labels(values: Array) -> npt.NDArray[np.int64]:
    """Several labels of each row (n, O) as 0 and 1, whether they are numbers, truth values or text.

    Raises:
        DataError: One is missing, or is neither yes nor no.
    """
    cells = values.ravel().tolist()
    codes = [LABELS.get(str(cell).lower(), -1) for cell in cells]
    labels = np.array(codes, dtype=np.int64).reshape(values.shape)
    odd = np.argwhere(labels < 0)
    if not len(odd):
        return labels
    row, column = odd[0]
    found = cells[row * values.shape[1] + column]
    _check_present(found, row=1 + int(row))
    raise DataError(
        f"y has {values.shape[1]} columns, each taken for a label, but row {row + 1} has "
        f"{show(found)} in column {column + 1}. Give labels as 0 or 1, true or false, or yes or "
        "no; or one column of classes: y should be a 1d array then.",
        row=1 + int(row),
    )


def array_numbers(values: Array) -> npt.NDArray[np.float64]:
    """Numbers of an array (n,) or (n, O) as (n, O); text is read where it is a plain number.

    Raises:
        DataError: One is missing, infinite or too large, or is no number.
    """
    if values.dtype.kind in "biuf":
        numbers = values.astype(np.float64)
    else:
        cells = [
            _number(cell, row=1 + place // max(1, np.size(values[0])))
            for place, cell in enumerate(values.ravel())
        ]
        numbers = np.array(cells, dtype=np.float64).reshape(values.shape)
    check_finite(numbers)
    large = np.argwhere(np.abs(numbers) > LARGEST_NUMBER)
    if len(large):
        row = 1 + int(large[0, 0])
        raise DataError(f"The target of row {row} {TOO_LARGE}", row=row)
    return numbers.reshape(len(numbers), -1)


def check_finite(values: Array) -> None:
    """Refuse numbers that are missing or infinite, of targets (n,) or (n, O).

    Raises:
        DataError: Names the first row without a finite target.
    """
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    row = 1 + int(np.argwhere(~np.isfinite(values))[0, 0])
    what = "missing (NaN)" if np.isnan(values[row - 1]).any() else "infinite"
    raise _without_target(row, what)


def _present_cells(values: Array) -> list[Any]:
    cells = [plain_cell(cell) for cell in values]
    for place, cell in enumerate(cells):
        if cell is None:
            _check_present(values[place], row=1 + place)
    return cells


def _check_present(found: object, *, row: int) -> None:
    if plain_cell(found) is None:
        raise _without_target(row, f"missing ({str(found).replace('nan', 'NaN')})")


def _without_target(row: int, what: str) -> DataError:
    return DataError(
        f"The target of row {row} is {what}. Leave out rows without a target, and correct others.",
        row=row,
    )


def _number(found: object, *, row: int) -> float:
    _check_present(found, row=row)
    cell = plain_cell(found)
    if isinstance(cell, bool | int | float):
        return float(cell)
    if isinstance(cell, str) and _NUMERAL.fullmatch(cell.strip()):
        return float(cell)
    advice = "Give numbers"
    if isinstance(cell, str):
        advice += ", or a table and the name of its target, whose notation of numbers is found out"
    elif type(found).__name__ != "bytes_":
        advice += ", such as the days or seconds since a date of your choice"
    raise DataTypeError(
        f"The target of row {row} is {show(cell)} ({type(found).__name__}), but a number was "
        f"expected. {advice}.",
        row=row,
    )


def _no_class(found: object, *, row: int) -> DataError:
    return DataError(
        "Classes must be texts, numbers or truth values, the same in every row, but the target "
        f"of row {row} is {show(found)} ({type(found).__name__}). Leave out rows without a target, "
        "and give others as text, such as y.astype(str).",
        row=row,
    )
