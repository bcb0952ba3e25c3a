"""What is said of a trained model on new rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pellucid.report.content.scores import INTERVAL, scores_table
from pellucid.report.elements import MISSING, Element, Paragraph, Section, Table, capital, cut
from pellucid.report.numbers import number
from pellucid.wording import count_of

if TYPE_CHECKING:
    from pellucid.comparison.evaluate import Coverage, Evaluation


def evaluation_section(found: Evaluation) -> Section:
    """How good the model is on new rows.

    Args:
        found: The evaluation.
    """
    first = f"The network was judged on {found.leaderboard.rows}. {INTERVAL}"
    texts = [first, *(f"{capital(note)}." for note in found.notes)]
    elements: list[Element] = [*(Paragraph(text=text) for text in texts)]
    elements.append(scores_table(found.leaderboard))
    if found.coverages:
        elements.append(_coverages_table(found))
    if found.surprises or found.unlike is not None:
        elements.append(_unlike_table(found))
    return Section(name="scores", title="The network on new rows", elements=elements)


@dataclass(frozen=True)
class _SizeWords:
    """How the size of sets or intervals is told: in a table's heading, and in a sentence."""

    heading: str
    sentence: Callable[[float], str]


SIZES = {
    "sets": _SizeWords(
        "mean number of classes", lambda size: f"with {size:.2f} classes each on average"
    ),
    "intervals": _SizeWords("middle width", lambda size: f"{number(size)} wide in the middle"),
}


def _coverages_table(found: Evaluation) -> Table:
    what = found.estimator.model_.task.region_name
    return Table(
        caption=f"How often {what} held the truth",
        headings=["target", "promised", "held", "low", "high", SIZES[what].heading],
        rows=[
            [
                cut(each.target, 40),
                *(f"{part:.3f}" for part in (each.promised, each.held, each.low, each.high)),
                MISSING if each.size is None else number(each.size),
            ]
            for each in found.coverages
        ],
    )


def coverages_in_words(found: Evaluation) -> list[Paragraph]:
    """How often sets or intervals held the truth, a sentence for each target."""
    return [Paragraph(text=_covered(each, found)) for each in found.coverages]


def _covered(each: Coverage, found: Evaluation) -> str:
    regions = found.estimator.model_.task.region_name
    size = "" if each.size is None else f", {SIZES[regions].sentence(each.size)}"
    of = f" of {each.target}" if len(found.coverages) > 1 else ""
    low, held, high = (f"{100 * part:.1f}" for part in (each.low, each.held, each.high))
    return (
        f"{capital(regions)}{of} that promise the truth of "
        f"{100 * each.promised:g} % of the rows held {held} % ({low} to {high} %){size}"
    )


def _unlike_table(found: Evaluation) -> Table:
    rows = [] if found.unlike is None else [["rows unlike any in training", f"{found.unlike:,}"]]
    rows += [[cut(words, 200), f"{count:,}"] for words, count in found.surprises.items()]
    return Table(caption="What is unlike training", headings=["what", "how many"], rows=rows)


def unlike_in_words(unlike: int) -> str:
    """How many rows are unlike the training's."""
    return f"{unlike:,} {'row is' if unlike == 1 else 'rows are'} unlike the training's"


def surprises_in_words(surprises: Mapping[str, int]) -> list[Paragraph]:
    """Cells unlike any in training, a line for each kind of surprise.

    Args:
        surprises: What it is, and how many cells there are of it.
    """
    return [
        Paragraph(text=f"{count_of(count, 'cell')} of {what}", style="detail")
        for what, count in surprises.items()
    ]
