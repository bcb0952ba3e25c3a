"""What is said of the rows that judged, by what is predicted: the one dict from task to content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pellucid.comparison.evaluate import Result
from pellucid.explanation.importance import importance
from pellucid.report.content.classification import (
    labels_section,
    mistakes_section,
    reliability_section,
)
from pellucid.report.content.importance import influence_section
from pellucid.report.content.judged_rows import surprises_section
from pellucid.report.content.regression import residuals_section
from pellucid.report.elements import Section
from pellucid.tasks.classification import Classification
from pellucid.tasks.multilabel import Multilabel
from pellucid.tasks.regression import Regression
from pellucid.tasks.task import Task

SECTIONS: Mapping[type[Task], Sequence[Callable[[Result, Sequence[str]], Section]]] = {
    Classification: (mistakes_section, reliability_section),
    Multilabel: (labels_section,),
    Regression: (residuals_section,),
}
"""What is said of each task alone; each is given the columns, the most influential first."""


def sections_on_rows(found: Result) -> list[Section]:
    """What the rows that judged show.

    Args:
        found: A result with rows that judged.
    """
    columns = importance(found.estimator.model_, found.unseen_rows)
    names = [column.name for column in columns]
    sections = [make(found, names) for make in SECTIONS.get(type(found.judged.task), ())]
    sections.append(influence_section(found, columns))
    return sections if found.estimator.private else [*sections, surprises_section(found, names)]
