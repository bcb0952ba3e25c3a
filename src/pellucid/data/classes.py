"""Classes however they are written: 1, 1.0 and "1", True and "TRUE" are the same class.

A model keeps its classes as they stood in training; later tables may write them otherwise, as CSV,
pandas and R do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.errors import DataError
from pellucid.wording import show

Array = npt.NDArray[Any]

FEWEST_ROWS_TO_DOUBT = 50
MOST_ALONE = 0.9
"""Of so many rows, at most this part may have a class that no other row has."""

_WORDS = {"true": "1", "false": "0"}
_PLAIN_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d*)?")


def as_in_training(values: Array, classes: Array) -> Array:
    """Write classes as the training's are written.

    Args:
        values: Classes (n,), however they are written.
        classes: Those of training, (C,).

    Returns:
        The same classes, of the type and spelling of training; those it does not have stay.

    Raises:
        DataError: One it does not have is of another type, so that nothing could be like it.
    """
    codes = codes_of(classes, values.tolist())
    unknown = np.flatnonzero(codes < 0)
    if not len(unknown):
        return np.asarray(classes[codes])
    if _are_numbers(values) != _are_numbers(classes):
        raise _foreign(values, classes, int(unknown[0]))
    found = [classes[code] if code >= 0 else each for code, each in zip(codes, values, strict=True)]
    return np.array(found)


def judged_codes(values: Array, classes: Array) -> npt.NDArray[np.int64]:
    """Which of the classes each target is that judges predictions; -1 for one like them.

    Args:
        values: Classes (n,), however they are written.
        classes: Those of training, (C,).

    Raises:
        DataError: They are written otherwise than in training: one is of another type, or all of
            them are none of training's, so that no prediction could be right.
    """
    codes = codes_of(classes, values.tolist())
    unknown = np.flatnonzero(codes < 0)
    is_foreign = _are_numbers(values) != _are_numbers(classes) or len(unknown) == len(codes)
    if len(unknown) and is_foreign:
        raise _foreign(values, classes, int(unknown[0]))
    return codes


def codes_of(classes: Array, values: Sequence[Any]) -> npt.NDArray[np.int64]:
    """Which of the classes each value is, however it is written; -1 for none."""
    known, keys = keys_of(classes, values)
    places = {key: code for code, key in enumerate(known)}
    return np.array([places.get(key, -1) for key in keys], dtype=np.int64)


def keys_of(classes: Array, values: Sequence[Any]) -> tuple[list[str], list[str]]:
    """Classes and values as texts that can be compared."""
    known = [_key(name) for name in classes.tolist()]
    if len(set(known)) < len(known):  # classes that differ as texts alone, such as 1.1 and 1.10
        return [str(name) for name in classes.tolist()], [str(value) for value in values]
    said = _words_of(set(known))
    cache = {value: _key(value) for value in set(values)}
    return known, [said.get(cache[value], cache[value]) for value in values]


def check_recurring(values: Array, names: Sequence[str]) -> None:
    """Refuse classes of which nearly every one stands in a single row.

    Args:
        values: The class of each row (n,).
        names: What the target is called; nothing if it has no name.

    Raises:
        DataError: There is nothing to learn most of them from.
    """
    classes, counts = np.unique(values, return_counts=True)
    if len(values) < FEWEST_ROWS_TO_DOUBT or (counts == 1).sum() < MOST_ALONE * len(values):
        return
    what = f"The target {names[0]!r}" if names else "The target"
    raise DataError(
        f"{what} has {len(classes):,} different classes in {len(values):,} rows, such as "
        f"{show(str(classes[0]))}, and nearly every one stands in a single row: no row could teach "
        "another. If it is a quantity, give numbers without a unit (for a date, the days since "
        "one) and say task='regression'; else leave it out and predict another column.",
        column=names[0] if names else None,
    )


def _are_numbers(values: Array) -> bool:
    return values.dtype.kind in "biuf"


def _foreign(values: Array, classes: Array, place: int) -> DataError:
    return DataError(
        f"The target of row {place + 1} is the class {values[place]!s}, which is none of "
        f"{classes.tolist()[:20]}. Write classes as in training.",
        row=place + 1,
    )


def _key(value: Any) -> str:
    """A class as text, the same whatever its type and spelling."""
    text = str(value)
    if _PLAIN_NUMBER.fullmatch(text):
        return text.rstrip("0").rstrip(".") if "." in text else text
    return text.lower() if text.lower() in _WORDS else text


def _words_of(known: set[str]) -> dict[str, str]:
    """How truth values are said otherwise than the classes do: as words, or as 0 and 1."""
    if known <= set(_WORDS):
        return {digit: word for word, digit in _WORDS.items()}
    return _WORDS if known <= set(_WORDS.values()) else {}
