"""Tasks from the fields of a model file, each field checked before it is believed."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.tasks.classification import Classification
from pellucid.tasks.multilabel import Multilabel
from pellucid.tasks.regression import Regression
from pellucid.tasks.task import Task

Array = npt.NDArray[Any]

CLASS_TYPES = (
    *("str", "bool", "float16", "float32", "float64"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
"""Types of classes: a closed list, so that no name in a file is looked up anywhere."""
MOST_CLASS_CHARACTERS = 2**24


def task_from_json(plain: Fields) -> Task:
    """The task that `to_json` described.

    Raises:
        ModelFileError: It describes none.
    """
    kind = plain.text("kind", among=("classification", "multilabel", "regression"))
    if kind == "classification":
        return Classification(classes_from_json(plain.inner("classes")))
    if kind == "multilabel":
        return Multilabel(plain.whole("num_labels", at_least=1))
    return _regression_from(plain)


def _regression_from(plain: Fields) -> Regression:
    mean, scale, low, high = (
        np.array(plain.numbers(name), dtype=float) for name in ("mean", "scale", "low", "high")
    )
    if not len(mean) == len(scale) == len(low) == len(high) > 0:
        raise ModelFileError(f"The numbers of {plain.what} are not one of each for every target.")
    if not ((scale > 0.0).all() and (low <= high).all()):
        raise ModelFileError(f"The scale or the range of {plain.what} is none.")
    is_log = plain.flag("is_log")
    if is_log and (low < 0.0).any():
        raise ModelFileError(f"The range of {plain.what} has no logarithm.")
    return Regression(mean, scale, low, high, is_log)


def classes_from_json(plain: Fields) -> Array:
    """The classes that `classes_to_json` described, sorted, each once.

    Raises:
        ModelFileError: They are none.
    """
    kind = plain.text("type", among=CLASS_TYPES)
    if kind == "str":
        classes = _class_texts(plain)
    elif kind == "bool":
        classes = np.array(plain.flags("values"), dtype=bool)
    else:
        classes = _class_numbers(plain, np.dtype(kind))
    if len(classes) == 0 or not (classes[1:] > classes[:-1]).all():
        raise ModelFileError(f"The values of {plain.what} are no classes in ascending order.")
    return classes


def _class_texts(plain: Fields) -> Array:
    values = plain.texts("values")
    # NumPy gives each text the room of the longest.
    if len(values) * max(map(len, values), default=0) > MOST_CLASS_CHARACTERS:
        raise ModelFileError(f"The values of {plain.what} are too long for classes.")
    return np.array(values, dtype=str)


def _class_numbers(plain: Fields, dtype: np.dtype[Any]) -> Array:
    if dtype.kind == "f":
        return np.array(plain.numbers("values"), dtype=dtype)
    values, limits = plain.wholes("values"), np.iinfo(dtype)
    if any(not limits.min <= value <= limits.max for value in values):
        raise ModelFileError(f"The values of {plain.what} are no numbers of type {dtype}.")
    return np.array(values, dtype=dtype)
