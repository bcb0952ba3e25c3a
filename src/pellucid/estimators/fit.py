"""Which estimator: the one that suits a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.data.sources.table import read_table
from pellucid.errors import DataError, OptionError
from pellucid.estimators.arguments import (
    are_names,
    as_table,
    check_no_number,
    given_rows,
    given_target,
)
from pellucid.estimators.registry import CLUSTERER, ESTIMATORS, EstimatorKind
from pellucid.tasks.choice import check_task, judge_task, reader_of, task_for
from pellucid.wording import nearest

if TYPE_CHECKING:
    from pellucid.estimators.clusterer import Clusterer
    from pellucid.estimators.estimator import Estimator


def fit(  # noqa: PLR0913 - each is a choice of the caller
    data: Any,
    target: Any = None,
    *,
    task: str | None = None,
    group: Any = None,
    by_time: Any = None,
    drop_repeated: bool = False,
    validation_data: Any = None,
    checkpoint: str | Path | None = None,
    **options: Any,
) -> Estimator | Clusterer:
    """Train a network on a table, pictures, texts, a DataFrame or arrays.

    Args:
        data: A file, a folder of pictures or texts, a DataFrame, or an array (n, columns), of
            pictures (n, H, W) or (n, H, W, C), or texts: a list of str.
        target: Name of the target column, names of several, or the targets themselves: an array,
            a Series or a list, shape (n,) or (n, targets). Which estimator suits them is judged
            in the same way. Not needed for a folder of pictures or texts in folders, or idx files,
            which name it. Without any target rows are clustered.
        task: "classification" or "regression", where the guess would be wrong.
        group: Name of a column, or a value for each row, such as its patient: `groups` of
            `Estimator.fit`, which says more on this and the four below.
        by_time: Name of a column of dates or numbers, or one for each row: the later rows judge.
        drop_repeated: Whether to leave out rows that repeat an earlier one.
        validation_data: Other rows that judge, so that all of `data` learns.
        checkpoint: File to keep the training in, from which the same call goes on: likewise.
        **options: Options of `Classifier`, `Regressor` or, without a target, `Clusterer`.

    Returns:
        The fitted estimator that suits the target.

    Raises:
        OptionError: An option has a value it cannot have.
        DataError: The rows cannot be learned from.
    """
    asked, data = check_task(task), given_rows(data)
    target = given_target(target, data)
    if target is None:
        said = {"task": task, "group": group, "by_time": by_time, "checkpoint": checkpoint}
        said |= {"validation_data": validation_data, "drop_repeated": drop_repeated or None}
        return _cluster(data, options, [name for name, value in said.items() if value is not None])
    if are_names(target, data):
        data = as_table(data)
        names = [target] if isinstance(target, str) else list(target)
        chosen, _ = task_for(data, names, asked, options.get("columns"))
    else:
        chosen = asked or _judge_array(check_no_number(target))
    return make_estimator(chosen, options).fit(
        data,
        target,
        groups=group,
        by_time=by_time,
        drop_repeated=drop_repeated,
        validation_data=validation_data,
        checkpoint=checkpoint,
    )


def _cluster(data: Any, options: Mapping[str, Any], said: Sequence[str]) -> Clusterer:
    """Find clusters of rows without a target.

    Raises:
        OptionError: Something was said that only a target gives a sense.
    """
    if said:
        raise OptionError(
            f"{said[0]} is for learning a target, but none was given. Give target, or leave out "
            f"{said[0]} to find clusters.",
            option=said[0],
        )
    _check_names_of(options, CLUSTERER)
    clusterer: Clusterer = CLUSTERER.imported()(**options).fit(data)
    return clusterer


def make_estimator(task: str, options: Mapping[str, Any]) -> Estimator:
    """The estimator for a task, unfitted.

    Args:
        task: What is learned, as a person calls it.
        options: Options by name.

    Raises:
        OptionError: There is no such option, or not for this task.
    """
    reader = reader_of(task)
    kind = next(each for each in ESTIMATORS.values() if each.reader is reader)
    if not reader.are_classes and "class_weight" in options:
        raise OptionError(
            "class_weight is for classes, but the target holds numbers. Leave it out, or say "
            "task='classification'.",
            option="class_weight",
        )
    _check_names_of(options, kind)
    made: Estimator = kind.imported()(**options)
    if task != made.task_name:
        made.task_name = task
    return made


def _check_names_of(options: Mapping[str, Any], kind: EstimatorKind) -> None:
    known = [declared.name for declared in fields(kind.options)]
    for name in options:
        if name not in known:
            near = nearest(name, known)
            hint = f" Did you mean {near!r}?" if near else ""
            raise OptionError(f"{kind.name} has no option {name!r}.{hint}", option=name)


def _judge_array(target: Any) -> str:
    """The guess for targets that are no column: the same as if they were one."""
    targets = np.asarray(target)
    if targets.ndim not in (1, 2) or not targets.size:
        raise DataError(
            f"The targets have shape {targets.shape}, but one a row (n,), or several (n, targets), "
            "were expected. Give an array, a Series or a list, or the name of the target column."
        )
    table = read_table(targets.reshape(len(targets), -1))
    return judge_task(table, table.frame.columns)[0]
