"""What is said of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.report.content.training import rows_in_short, versions
from pellucid.report.elements import Paragraph
from pellucid.wording import show

if TYPE_CHECKING:
    from pellucid.estimators.predictor import Predictor


def model_in_short(estimator: Predictor, path: Path) -> list[Paragraph]:
    """What a model file holds, what it learned from, and what it was made with.

    Args:
        estimator: The model.
        path: The file.
    """
    record = estimator.model_.record
    lines = [
        f"{path}: {type(estimator).__name__} of {', '.join(estimator.target_) or 'y'}",
        rows_in_short(record),
        f"Made with {versions(record)}",
        *(f"{name}: {show(fact)}" for name, fact in estimator.metadata_.items()),
    ]
    return [Paragraph(text=line) for line in lines]
