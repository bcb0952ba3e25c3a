"""The tasks there are, and which of them a target poses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pellucid.data.target_guess import guess_reader
from pellucid.data.targets import TargetReader
from pellucid.errors import OptionError
from pellucid.files.fields import Fields
from pellucid.tasks.answers import Array
from pellucid.tasks.classification import Classification
from pellucid.tasks.multilabel import Multilabel
from pellucid.tasks.regression import Regression
from pellucid.tasks.task import Task

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

TASKS: dict[str, type[Task]] = {
    "classification": Classification,
    "multilabel": Multilabel,
    "regression": Regression,
}
"""Every task by its kind: a closed list, so that no name in a file is looked up anywhere else. The
first that reads a target so is the guess."""


def task_from_json(plain: Fields) -> Task:
    """The task that `to_json` described.

    Raises:
        ModelFileError: It describes none.
    """
    return TASKS[plain.text("kind", among=TASKS)].from_json(plain)


def check_task(task: str | None) -> str | None:
    """A task somebody named, or None for the guess.

    Raises:
        OptionError: There is no such task.
    """
    names = list(dict.fromkeys(each.called for each in TASKS.values()))
    if task is None or task in names:
        return task
    *first, last = (repr(name) for name in names)
    raise OptionError(f"task must be {', '.join(first)} or {last}, but is {task!r}.", option="task")


def task_of(name: str, target: Array) -> type[Task]:
    """The task of a name that such targets pose.

    Args:
        name: What a person calls it.
        target: The targets, as they were read.
    """
    return next(t for t in TASKS.values() if t.called == name and t.suits(target))


def reader_of(name: str) -> TargetReader:
    """How the targets of a task are read, which a person calls so."""
    return next(each.reader for each in TASKS.values() if each.called == name)


def name_of(reader: TargetReader) -> str:
    """What a person calls the task of targets that are read so, where nobody named one."""
    return next(each.called for each in TASKS.values() if each.reader is reader)


def judge_task(
    table: Table, names: Sequence[str], kinds: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Guess the task from its targets.

    Args:
        table: Rows with their target.
        names: Columns to predict.
        kinds: What a person says columns are.

    Returns:
        What it is called, and the reason in words.
    """
    reader, reason = guess_reader(table, names, kinds)
    return name_of(reader), reason


def task_for(
    table: Table,
    names: Sequence[str],
    task: str | None,
    kinds: Mapping[str, str] | None = None,
) -> tuple[str, str]:
    """The task somebody named, or the guess.

    Args:
        table: Rows with their target.
        names: Columns to predict.
        task: What somebody named.
        kinds: What a person says columns are.

    Returns:
        What it is called, and the reason in words.

    Raises:
        OptionError: There is no such task.
        DataError: There is no such column to guess from.
    """
    asked = check_task(task)
    return judge_task(table, names, kinds) if asked is None else (asked, "as asked")
