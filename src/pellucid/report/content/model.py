"""What is said of a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.report.content.training import rows_in_short, versions
from pellucid.report.elements import Paragraph
from pellucid.wording import count_of, show

if TYPE_CHECKING:
    from pellucid.estimators.description import ClusteringDescription, Description


def model_in_short(found: Description, path: Path) -> list[Paragraph]:
    """What a model file holds, what it learned from, and what it was made with.

    Args:
        found: What it says.
        path: The file.
    """
    lines = [
        f"{path}: {found.estimator} of {', '.join(found.target) or 'y'}",
        rows_in_short(found.record),
        f"Made with {versions(found.record)}",
        *(f"{name}: {show(fact)}" for name, fact in found.metadata.items()),
    ]
    return [Paragraph(text=line) for line in lines]


def clustering_in_short(found: ClusteringDescription, path: Path) -> list[Paragraph]:
    """What a model file with clusters holds, what it learned from, and what it was made with.

    Args:
        found: What it says.
        path: The file.
    """
    record = found.record
    origin = "" if record.origin is None else f" from {record.origin.table}"
    lines = [
        f"{path}: Clusterer of {count_of(found.num_clusters, 'cluster')}",
        f"Learned from {count_of(record.rows, 'row')}{origin}",
        f"Made with {versions(record)}",
        *(f"{name}: {show(fact)}" for name, fact in found.metadata.items()),
    ]
    return [Paragraph(text=line) for line in lines]
