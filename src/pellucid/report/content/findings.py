"""What is said of the rows that judged: the one dict from what a task finds to content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from pellucid.explanation.importance import importance
from pellucid.report.content.classification import (
    mistakes_section,
    reliability_section,
)
from pellucid.report.content.importance import influence_section
from pellucid.report.content.judged_pictures import seen_sections
from pellucid.report.content.judged_rows import surprises_section
from pellucid.report.content.judged_texts import words_sections
from pellucid.report.content.regression import residuals_section
from pellucid.report.elements import Section
from pellucid.tasks.answers import Finding

if TYPE_CHECKING:
    from pellucid.comparison.results import JudgedResult

SECTIONS: Mapping[Finding, Callable[[JudgedResult, Sequence[str]], Section]] = {
    "mistakes": mistakes_section,
    "reliability": reliability_section,
    "residuals": residuals_section,
}
"""What is said of each finding that a task may have, given the most influential columns first."""


def sections_on_rows(found: JudgedResult) -> list[Section]:
    """What the rows that judged show.

    Args:
        found: A result with rows that judged.
    """
    columns = importance(found.estimator.model_, found.unseen_rows)
    names = [column.name for column in columns]
    sections = [SECTIONS[finding](found, names) for finding in found.judged.task.findings]
    sections.append(influence_section(found, columns))
    sections += words_sections(found)
    if found.estimator.private:
        return sections
    return [*sections, surprises_section(found, names), *seen_sections(found)]
