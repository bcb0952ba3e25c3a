"""What is needed to get the same numbers again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pellucid.comparison.clustering import ClusteringResult
from pellucid.comparison.compare import Comparison
from pellucid.comparison.evaluate import Evaluation
from pellucid.comparison.fit_and_evaluate import TrainingResult
from pellucid.comparison.parts import fingerprint_of
from pellucid.model.plan import Plan
from pellucid.report.content.training import versions
from pellucid.report.elements import Code, Element, Paragraph, Section, Table
from pellucid.training.events import ASKED_TO_END, Reason

INTERVALS = (
    "How the intervals are made: all are for new rows from the same source, and say nothing about "
    "another training part or another seed. Accuracy: Wilson's interval (1927). AUC of two "
    "classes: Hanley and McNeil (1982). Means such as log-loss and RMSE: the normal interval of "
    "the rows' mean. Differences: the rows are drawn again and again, the same draws for both "
    "algorithms (paired bootstrap, Efron 1979). Importance: see there. The calibration error has "
    "no interval, since drawing rows again would make it larger than it is."
)
CALLED = {"reduced_precision": "reduced_precision allowed"}
"""What options are called whose name says too much: which products there were, stands below."""


def judging_section(found: Evaluation, command: str) -> Section:
    """What is needed to judge a model the same way again.

    Args:
        found: The evaluation.
        command: The command line it was made by; "" for none.
    """
    record = found.estimator.model_.record
    learned = f"The model learned from {record.rows.training:,} rows, with {versions(record)}"
    fingerprint = fingerprint_of([found.judged.rows.numbers])
    return _section(
        *_made_by(command, "evaluate"),
        Paragraph(text=f"{learned}. {_known_by(fingerprint)}"),
        Paragraph(text=INTERVALS, style="note"),
    )


def repetition_section(found: TrainingResult | Comparison, command: str) -> Section:
    """What is needed to get the same numbers again.

    Args:
        found: The training or the comparison.
        command: The command line it was made by; "" for none.
    """
    record = found.estimator.model_.record
    function = "compare" if isinstance(found, Comparison) else "fit_and_evaluate"
    return _section(
        *_made_by(command, function),
        Paragraph(text=f"{_repeats(record.ended.reason)} {_known_by(found.fingerprint)}"),
        _options_table(record.plan),
        _versions_table(record.versions, {"threads": record.threads, "products": record.products}),
        Paragraph(text=INTERVALS, style="note"),
    )


def clustering_repetition_section(found: ClusteringResult, command: str) -> Section:
    """What is needed to get the same clusters again.

    Args:
        found: The clusters.
        command: The command line it was made by; "" for none.
    """
    record = found.estimator.model_.record
    reasons = [stage.ended.reason for stage in record.stages]
    reason = next((each for each in reasons if each in ASKED_TO_END), reasons[-1])
    threads = max(stage.threads for stage in record.stages)
    return _section(
        *_made_by(command, "cluster"),
        Paragraph(text=_repeats(reason)),
        _options_table(record.plan),
        _versions_table(record.versions, {"threads": threads}),
    )


def _options_table(plan: Plan) -> Table:
    return Table(
        caption="Every option's value",
        headings=["option", "value"],
        rows=[[CALLED.get(name, name), _plain(value)] for name, value in asdict(plan).items()],
        texts=(0, 1),
    )


def _versions_table(versions: Mapping[str, str], machine: Mapping[str, Any]) -> Table:
    both = {**versions, **machine}
    return Table(
        caption="Versions and machine",
        headings=["what", "which"],
        rows=[[name, str(which)] for name, which in both.items()],
        texts=(0, 1),
    )


def _section(*elements: Element) -> Section:
    title = "How to get these numbers again"
    return Section(name="repeat", title=title, elements=elements)


def _made_by(command: str, function: str) -> list[Element]:
    if command:
        return [Paragraph(text="The command that made this page:"), Code(text=command)]
    return [Paragraph(text=f"Made in Python, by pellucid.{function} and pellucid.write_report.")]


def _known_by(fingerprint: str) -> str:
    return (
        "The rows that judged are known by the first digits of their numbers' SHA-256: "
        f"{fingerprint}."
    )


def _repeats(reason: Reason) -> str:
    if reason == "time budget spent":
        return (
            "Training was shortened to end in its time, so a quicker or a slower machine gives "
            "another network."
        )
    if reason in ASKED_TO_END:
        return (
            "Training was stopped before its end, so only one that is stopped at the same step "
            "gives the same network."
        )
    return "The same file, versions, number of threads and seed give the same network."


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
