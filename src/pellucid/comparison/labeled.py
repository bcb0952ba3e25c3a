"""New rows whose target is known, and their truth in the classes of a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.classes import codes_of, keys_of
from pellucid.data.sources.table import Table, read_table
from pellucid.data.targets import Target
from pellucid.errors import DataError, OptionError
from pellucid.estimators.arguments import are_names, as_table, check_no_number, unequal
from pellucid.estimators.estimator import Estimator
from pellucid.tasks.classification import Classification
from pellucid.tasks.task import Task

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]


def take_labeled(model: Estimator, data: Any, target: Any, *, by_name: bool) -> Target:
    """Take the rows whose target is known, and their targets.

    Args:
        model: A fitted estimator.
        data: A file, a DataFrame, or an array.
        target: Name or names of its target, the targets themselves, or None for the names of
            training.
        by_name: Whether columns go by name also where scikit-learn wants them all.

    Raises:
        OptionError: It must be said what the target is.
        DataError: The rows do not fit the model, or none has a target.
    """
    if target is None and not model.target_:
        raise OptionError(
            "target must be given, since this model learned from targets without a name: the name "
            "of the column that holds them here, or the targets themselves.",
            option="target",
        )
    names = model.target_ if target is None else target
    if target is None or are_names(target, data):
        names = (names,) if isinstance(names, str) else tuple(names)
        table = as_table(data)
    else:
        table, names = _with_targets(model, data, check_no_number(target), by_name=by_name)
    _check_count(model, len(names))
    return model.take_target(table, names)


def _check_count(model: Estimator, count: int) -> None:
    task = model.model_.task
    expected = 1 if isinstance(task, Classification) else task.num_outputs
    if count != expected:
        raise OptionError(
            f"target must be {expected} column{'s' if expected > 1 else ''}, as the model predicts "
            f"so many, but is {count}. Give one for each, in the order of training.",
            option="target",
        )


def _with_targets(
    model: Estimator, data: Any, target: Any, *, by_name: bool
) -> tuple[Table, tuple[str, ...]]:
    """Rows with their targets as columns beside them."""
    table, cells = model.take_rows(data, by_name=by_name), np.asarray(target)
    if len(cells) != table.frame.height:
        raise unequal(table.frame.height, len(cells))
    columns = read_table(cells.reshape(len(cells), -1)).frame
    _check_count(model, columns.width)
    several = [f"y{place}" for place in range(columns.width)]
    plain = model.target_ or (several if columns.width > 1 else ["y"])
    taken = table.frame.columns
    names = tuple(f"target {name}" if name in taken else name for name in plain)
    columns.columns = list(names)
    return replace(table, frame=pl.concat([table.frame, columns], how="horizontal")), names


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What is true of the rows.

    Attributes:
        task: The model's, with the classes that it does not know besides.
        target: The truth of each row as this task has it.
        places: Where each of the model's outputs stands among this task's.
        codes: Of classes, which of the model's each row has, or -1; None without classes.
        unknown: Classes that the model does not know, and how many rows have them.
    """

    task: Task
    target: Array
    places: npt.NDArray[np.int64]
    codes: npt.NDArray[np.int64] | None
    unknown: dict[str, int]

    def widened(self, decoded: Floats) -> Floats:
        """Predictions with 0 for each class that the model does not know."""
        wide = np.zeros((len(decoded), self.task.num_outputs))
        wide[:, self.places] = decoded
        return wide


def truth_of(task: Task, taken: Target) -> Truth:
    """Find the model's classes among those of the rows, however their cells are typed.

    Args:
        task: The model's.
        taken: What `take_labeled` returned.

    Raises:
        DataError: There is none among them.
    """
    same = np.arange(task.num_outputs)
    if not isinstance(task, Classification):
        values = taken.values
        return Truth(task=task, target=values, places=same, codes=None, unknown={})
    known, keys = keys_of(task.classes, taken.values.tolist())
    codes = codes_of(task.classes, taken.values.tolist())
    if (codes < 0).all():
        raise DataError(
            f"No row of {taken.table.name} has a class that the model knows: the target "
            f"{taken.names[0]!r} is {keys[0]!r} in the first, and the model knows "
            f"{', '.join(map(repr, known[:10]))}. Write classes as in training.",
            file=taken.table.name,
            column=taken.names[0],
        )
    strange, counts = np.unique(np.array(keys)[codes < 0], return_counts=True)
    if not len(strange):
        return Truth(task=task, target=task.classes[codes], places=same, codes=codes, unknown={})
    wide = Classification(np.unique([*known, *strange.tolist()]))
    return Truth(
        task=wide,
        target=np.array(keys),
        places=np.searchsorted(wide.classes, known),
        codes=codes,
        unknown=dict(zip(strange.tolist(), counts.tolist(), strict=True)),
    )
