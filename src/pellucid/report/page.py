"""The pages there are: what each of them says, in order."""

from __future__ import annotations

import json
from pathlib import Path

from pellucid.comparison.clustering import ClusteringResult
from pellucid.comparison.compare import Comparison
from pellucid.comparison.evaluate import Evaluation
from pellucid.comparison.fit_and_evaluate import TrainingResult
from pellucid.comparison.results import Result
from pellucid.errors import OptionError
from pellucid.estimators.predictor import Predictor
from pellucid.explanation.explain import Explanation
from pellucid.files.writing import JSON, check_page_ending, written_whole
from pellucid.report.as_json import plain
from pellucid.report.content.cluster_learning import cluster_training_section
from pellucid.report.content.clustering import (
    beside_section,
    clustering_key_numbers,
    clusters_sections,
    count_section,
    leaves_in_words,
    none_section,
    output_names,
)
from pellucid.report.content.columns import columns_section
from pellucid.report.content.evaluation import evaluation_section
from pellucid.report.content.explanation import explanation_sections, prediction_in_words
from pellucid.report.content.findings import sections_on_rows
from pellucid.report.content.learning_curves import learning_curves_section
from pellucid.report.content.network import network_section
from pellucid.report.content.repetition import (
    clustering_repetition_section,
    judging_section,
    repetition_section,
)
from pellucid.report.content.scores import key_numbers, scores_section, verdict_of, warnings_of
from pellucid.report.content.training import training_section
from pellucid.report.elements import Page, Paragraph, Section, cut
from pellucid.report.html import html_of


def write_report(found: Result, path: str | Path, *, command: str = "") -> None:
    """Write a result as one HTML file that anyone can open, without network.

    Args:
        found: What `pellucid.fit_and_evaluate`, `pellucid.compare`, `pellucid.evaluate` or
            `pellucid.cluster` returned.
        path: Where to; an existing file is replaced only when the new one is complete. With the
            ending `.json` all that the page says is written as JSON.
        command: The command line it was made by, to be shown; "" for none.

    Raises:
        OptionError: `found` is something else, or the path has an ending of neither.
        DataError: The file cannot be written there.

    Example:
        >>> found = pellucid.compare("adult.csv", "income")     # doctest: +SKIP
        >>> pellucid.write_report(found, "adult.html")          # doctest: +SKIP
    """
    if not isinstance(found, Result):
        raise OptionError(
            "found must be what pellucid.fit_and_evaluate, pellucid.compare, pellucid.evaluate or "
            f"pellucid.cluster returned, but is of type {type(found).__name__}. Call "
            "write_report(compare(data, target), path).",
            option="found",
        )
    check_page_ending(Path(path), option="path")
    write_page(page_of(found, command=command), Path(path))


def write_page(page: Page, path: Path) -> None:
    """Write a page as HTML, or as JSON where its file's name ends with `.json`.

    Args:
        page: What it says.
        path: Where to.

    Raises:
        DataError: The file cannot be written there.
    """
    text = json.dumps(plain(page)) if path.suffix.lower() == JSON else html_of(page)
    with written_whole(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def page_of(found: Result, *, command: str = "") -> Page:
    """All that is said of a result; what matters to a reader in a hurry first.

    Args:
        found: What is told.
        command: The command line it was made by; "" for none.
    """
    if isinstance(found, ClusteringResult):
        return _clustering_page(found, command)
    target = ", ".join(cut(name, 40) for name in found.targets)
    return Page(
        title=f"{target}, predicted from {cut(found.table)}",
        summary=[
            *verdict_of(found.verdict),
            *key_numbers(found.leaderboard),
            *warnings_of(found.leaderboard, as_flags=bool(command)),
        ],
        sections=_evaluated(found, command)
        if isinstance(found, Evaluation)
        else _trained(found, command),
    )


def _clustering_page(found: ClusteringResult, command: str) -> Page:
    """All that is said of clusters; whether they are clear, and whether k-means would do, first."""
    estimator = found.estimator
    model = estimator.model_
    return Page(
        title=f"Clusters of {cut(found.table)}",
        summary=[*verdict_of(found.verdict), clustering_key_numbers(found)],
        sections=[
            count_section(found),
            *clusters_sections(found),
            beside_section(found),
            none_section(found),
            columns_section(estimator),
            network_section(model, output_names(model), leaves_in_words(model)),
            cluster_training_section(model.record),
            clustering_repetition_section(found, command),
        ],
    )


def explanation_page(found: Explanation, predictor: Predictor, table: str) -> Page:
    """All that is said of one row.

    Args:
        found: The explanation.
        predictor: The model.
        table: What the source of the row is called.
    """
    return Page(
        title=f"Row {found.row} of {cut(table)}",
        summary=[Paragraph(text=prediction_in_words(found), style="verdict")],
        sections=explanation_sections(found, predictor),
    )


def _evaluated(found: Evaluation, command: str) -> list[Section]:
    return [
        evaluation_section(found),
        *sections_on_rows(found),
        columns_section(found.estimator),
        judging_section(found, command),
    ]


def _trained(found: TrainingResult | Comparison, command: str) -> list[Section]:
    sections = [scores_section(found.leaderboard)]
    if isinstance(found, Comparison) and found.growth is not None:
        sections.append(learning_curves_section(found.growth))
    model = found.estimator
    outputs = model.model_.task.output_names(model.target_)
    network = network_section(model.model_, outputs)
    sections += [columns_section(model), network, training_section(model)]
    if len(found.judged.rows):
        sections += sections_on_rows(found)
    return [*sections, repetition_section(found, command)]
