"""What is said of classes and labels: what was mistaken for what, and how sure it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pellucid.comparison.findings import (
    ClassFinding,
    Confusion,
    MistakenCell,
    class_findings,
    confusion,
    reliability,
)
from pellucid.report.content.judged_pictures import in_a_cell, in_a_list
from pellucid.report.content.judged_rows import NO_ROWS, judged_rows_table
from pellucid.report.elements import (
    MISSING,
    ConfusionMatrix,
    Details,
    Element,
    Figure,
    MatrixCell,
    Paragraph,
    Section,
    Table,
    cut,
)
from pellucid.report.figures import ReliabilityDiagram
from pellucid.report.numbers import number
from pellucid.tasks.metrics import CALIBRATION_ERROR, ConfidenceBin, wilson_interval
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.comparison.results import JudgedResult

MOST_CLASSES_LISTED = 40
SHADES = 5


def mistakes_section(found: JudgedResult, columns: Sequence[str]) -> Section:
    """Which classes were mistaken for which, and how well each class or label is found.

    Args:
        found: Of classes or labels.
        columns: The columns to show of a row, the most influential first.
    """
    elements: list[Element] = []
    if found.judged.task.class_names:
        elements += _confused(confusion(found.judged), columns, is_private=found.estimator.private)
    elements += _class_table(class_findings(found.judged, found.targets))
    return Section(name="mistakes", title="What it mistook for what", elements=elements)


def _confused(seen: Confusion, columns: Sequence[str], *, is_private: bool) -> list[Element]:
    if is_private:
        return [_matrix(replace(seen, mistakes=[])), Paragraph(text=NO_ROWS, style="note")]
    mistaken = [_mistaken(seen, cell, columns) for cell in seen.mistakes]
    return [_matrix(seen), *_matrix_words(seen), *mistaken]


def _matrix(seen: Confusion) -> ConfusionMatrix:
    listed = {(cell.truth, cell.prediction): cell.rows for cell in seen.mistakes}
    rows = []
    for truth, counts in enumerate(seen.counts):
        total = max(int(counts.sum()), 1)
        rows.append(
            [
                MatrixCell(
                    text=f"{count:,}",
                    shade=-(-SHADES * int(count) // total),
                    is_right=truth == answer,
                    link=_place(truth, answer) if (truth, answer) in listed else "",
                    label=f"{count_of(count, 'row')} of {cut(seen.classes[truth])} taken for "
                    f"{cut(seen.classes[answer])}",
                    images=in_a_cell(listed.get((truth, answer), [])),
                )
                for answer, count in enumerate(counts)
            ]
        )
    if seen.others:
        rows[-1][-1] = _others_cell(rows[-1][-1], seen)
    return ConfusionMatrix(
        caption="Confusion matrix",
        names=[cut(name, 30) for name in seen.classes],
        rows=rows,
        words="A row of this table is what is true, a column what was predicted: the diagonal is "
        f"right{_but_others(seen)}, everything else mistaken. A stronger color means a larger part "
        "of its row." + (" Each underlined number leads to the rows it counts." if listed else ""),
    )


def _others_cell(cell: MatrixCell, seen: Confusion) -> MatrixCell:
    """Rows of classes taken together, of which some were taken for others of these."""
    right = int(seen.counts[-1, -1]) - seen.mistaken_others
    return replace(
        cell,
        text=f"{right:,} right, {seen.mistaken_others:,} not",
        is_right=seen.mistaken_others == 0,
        label=f"{right:,} right and {count_of(seen.mistaken_others, 'mistaken row')} among the "
        f"{seen.others} other classes",
    )


def _but_others(seen: Confusion) -> str:
    return " (in its last cell those it says)" if seen.others else ""


def _place(truth: int, answer: int) -> str:
    return f"mistaken-{truth}-{answer}"


def _matrix_words(seen: Confusion) -> list[Paragraph]:
    words = []
    if seen.others:
        words.append(
            f"Of {len(seen.classes) - 1 + seen.others} classes, those in most mistakes are shown; "
            f"the other {seen.others} are taken together."
        )
    if seen.unlisted:
        words.append(
            f"The rows of the {len(seen.mistakes)} fullest cells are listed; "
            f"{count_of(seen.unlisted, 'cell')} with fewer {'is' if seen.unlisted == 1 else 'are'} "
            "not."
        )
    if not seen.mistakes:
        words.append("No row was mistaken.")
    return [Paragraph(text=text, style="note") for text in words]


def _mistaken(seen: Confusion, cell: MistakenCell, columns: Sequence[str]) -> Details:
    truth, answer = cut(seen.classes[cell.truth], 30), cut(seen.classes[cell.prediction], 30)
    rows = count_of(cell.count, "row")
    which = f", the {len(cell.rows)} surest mistakes" if cell.count > len(cell.rows) else ""
    title = f"{truth} taken for {answer}: {rows}{which}"
    if cell.truth == cell.prediction:
        title = f"One of the {truth} taken for another of them: {rows}{which}"
    return Details(
        title=title,
        name=_place(cell.truth, cell.prediction),
        tables=[judged_rows_table(f"Rows: {title}", cell.rows, columns)],
        galleries=in_a_list(f"Pictures: {title}", cell.rows),
    )


def _class_table(found: Sequence[ClassFinding]) -> list[Element]:
    listed = found[:MOST_CLASSES_LISTED]
    table = Table(
        caption="Precision and recall",
        headings=["class or label", "rows", "predicted", "precision", "recall"],
        rows=[
            [cut(each.name), f"{each.rows:,}", f"{each.predicted:,}"]
            + [MISSING if v is None else f"{v:.3f}" for v in (each.precision, each.recall)]
            for each in listed
        ],
    )
    words = "Precision: of the rows taken for this class, the part that is of it. Recall: of the "
    words += "rows of this class, the part that was found."
    if len(found) > len(listed):
        words += f" The {len(listed)} most frequent of {len(found)} classes are listed."
    return [table, Paragraph(text=words, style="note")]


def reliability_section(found: JudgedResult, _columns: Sequence[str]) -> Section:
    """Whether probabilities hold.

    Args:
        found: Of classes.
    """
    bins = reliability(found.judged)
    title = "Reliability diagram"
    intervals = [wilson_interval(each.accuracy, each.rows) for each in bins]
    points = [
        (each.confidence, each.accuracy, *interval)
        for each, interval in zip(bins, intervals, strict=True)
    ]
    picture = Figure(
        name="reliability",
        title=title,
        drawing=ReliabilityDiagram(points=points),
        words="Rows are gathered by how sure the network was of its answer. If it says 80 %, it "
        "should be right in 80 of 100 such rows: on the dashed line. Below the line it is too "
        "sure, above it too careful. The vertical lines are 95 % intervals.",
        numbers=Table(
            caption=f"Numbers: {title}",
            headings=["sure from … to", "rows", "mean confidence", "part right", "low", "high"],
            rows=[_bin_row(each, interval) for each, interval in zip(bins, intervals, strict=True)],
        ),
        is_wide=True,
    )
    error = next(
        (s for s in found.leaderboard.entries[0].scores if s.name == CALIBRATION_ERROR), None
    )
    words = (
        []
        if error is None
        else [
            Paragraph(
                text=f"Calibration error {number(error.value)}: on average the part that is right "
                "and the confidence are this far apart."
            )
        ]
    )
    return Section(
        name="reliability", title="Do its probabilities hold?", elements=[*words, picture]
    )


def _bin_row(each: ConfidenceBin, interval: tuple[float, float]) -> list[str]:
    numbers = (each.confidence, each.accuracy, *interval)
    return [
        f"{each.low:.2f} to {each.high:.2f}",
        f"{each.rows:,}",
        *(f"{value:.3f}" for value in numbers),
    ]
