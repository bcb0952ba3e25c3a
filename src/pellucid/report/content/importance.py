"""What is said of the columns a network leans on."""

from __future__ import annotations

from collections.abc import Sequence

from pellucid.comparison.fit_and_evaluate import TrainingResult
from pellucid.comparison.results import JudgedResult
from pellucid.explanation.importance import ColumnImportance, Estimate
from pellucid.report.elements import Details, Element, Figure, Paragraph, Section, Table, cut
from pellucid.report.figures import Interval, Intervals
from pellucid.report.numbers import columns_alike

MOST_INFLUENTIAL = 15


def influence_section(found: JudgedResult, columns: Sequence[ColumnImportance]) -> Section:
    """Which columns the network leans on."""
    are_of_members = isinstance(found, TrainingResult) and len(found.parts) > 1
    shown = columns[:MOST_INFLUENTIAL]
    text = "Everywhere first the column whose shuffling makes the loss grow most."
    if len(columns) > len(shown):
        text = f"The {len(shown)} most influential of {len(columns):,} columns are shown. {text}"
    elements: list[Element] = [Paragraph(text=text)]
    worse = f"by how much {found.judged.task.score_name} gets worse"
    elements += [
        _influence(
            "shuffled",
            "Permutation importance",
            [(each.name, each.score_drop) for each in shown],
            worse,
            "The cells of one column are shuffled among the rows, so that it says nothing; "
            "then the network is judged again. The more it gets worse, the more it leans on the "
            "column. Columns that say the same stand in for each other and look unimportant.",
        ),
        _influence(
            "gradients",
            "Integrated gradients",
            [(each.name, each.attribution) for each in shown],
            "how far it pushes, on average",
            "How far the column pushes the prediction of a row away from that of a row about which "
            "nothing is known, right or wrong, on average; in the unit of the output (a "
            "probability, or the number).",
        ),
        Details(
            title="By how much the loss grows when a column is shuffled",
            name="loss-increase",
            tables=[
                Table(
                    caption="Growth of the loss when a column is shuffled",
                    headings=["column", "loss grows by", "low", "high"],
                    rows=_estimates([(each.name, each.loss_increase) for each in shown]),
                )
            ],
        ),
        Paragraph(text=INFLUENCE + (SEEN if are_of_members else ""), style="note"),
    ]
    return Section(name="influence", title="The most influential columns", elements=elements)


INFLUENCE = (
    "The lines are 95 % intervals for other rows from the same source (and other shufflings). "
    "Rows that judged are used: at most 2,000 for shuffling, 200 for gradients. Importance is what "
    "the network uses; it does not say that the column causes the target."
)


SEEN = (
    " The rows are few: each of these was learned from by all members but one, so that what the "
    "network leans on may look somewhat more useful than it is."
)


def _influence(
    name: str, title: str, rows: Sequence[tuple[str, Estimate]], across: str, words: str
) -> Figure:
    lines = [Interval(label=n, value=e.value, low=e.low, high=e.high) for n, e in rows]
    return Figure(
        name=name,
        title=title,
        drawing=Intervals(rows=lines, zero=across),
        words=words,
        numbers=Table(
            caption=f"Numbers: {title}",
            headings=["column", across, "low", "high"],
            rows=_estimates(rows),
        ),
    )


def _estimates(rows: Sequence[tuple[str, Estimate]]) -> list[list[str]]:
    return columns_alike([(cut(name), (e.value, e.low, e.high)) for name, e in rows])
