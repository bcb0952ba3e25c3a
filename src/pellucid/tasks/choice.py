"""The tasks there are."""

from __future__ import annotations

from pellucid.files.fields import Fields
from pellucid.tasks.classification import Classification
from pellucid.tasks.multilabel import Multilabel
from pellucid.tasks.regression import Regression
from pellucid.tasks.task import Task

TASKS: dict[str, type[Task]] = {
    task.kind: task for task in (Classification, Multilabel, Regression)
}
"""Every task by its kind: a closed list, so that no name in a file is looked up anywhere else."""


def task_from_json(plain: Fields) -> Task:
    """The task that `to_json` described.

    Raises:
        ModelFileError: It describes none.
    """
    return TASKS[plain.text("kind", among=TASKS)].from_json(plain)
