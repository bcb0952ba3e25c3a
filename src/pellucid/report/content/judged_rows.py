"""What is said of single rows that judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pellucid.comparison.findings import JudgedRow, surprises
from pellucid.report.content.judged_pictures import in_a_list
from pellucid.report.elements import MISSING, Paragraph, Section, Table, cell_text, cut

if TYPE_CHECKING:
    from pellucid.comparison.results import JudgedResult

NO_ROWS = "Single rows are not shown: the model is private."
MOST_CELLS_OF_A_ROW = 8


def surprises_section(found: JudgedResult, columns: Sequence[str]) -> Section:
    """The rows with the largest loss.

    Args:
        found: What the rows judged.
        columns: The columns to show of a row, the most influential first.
    """
    rows = surprises(found.judged)
    words = (
        "These rows have the largest loss of all that judged: the network was surest of something "
        "else, or missed by most. Look at them first: some may be wrong in the table, some are "
        "what the columns cannot tell. Rows are numbered from 1, as in the table that judged."
    )
    shown = columns[:MOST_CELLS_OF_A_ROW]
    if len(columns) > len(shown):
        words += f" Of {len(columns):,} columns, the {len(shown)} most influential are shown."
    table = judged_rows_table("The most surprising rows", rows, columns)
    return Section(
        name="surprises",
        title="The rows that surprised it most",
        elements=[Paragraph(text=words), *in_a_list("The most surprising pictures", rows), table],
    )


def judged_rows_table(caption: str, rows: Sequence[JudgedRow], columns: Sequence[str]) -> Table:
    """Rows with truth, prediction and some of their cells."""
    shown = [name for name in columns if not rows or name in rows[0].cells][:MOST_CELLS_OF_A_ROW]
    has_probability = any(row.probability is not None for row in rows)
    fixed = ["row", "truth", "prediction", *(["probability"] if has_probability else []), "loss"]
    texts = [0, 1, 2, *range(len(fixed), len(fixed) + len(shown))]
    return Table(
        caption=caption,
        headings=[*fixed, *(cut(name, 30) for name in shown)],
        rows=[
            [
                f"{row.number:,}",
                cut(row.truth, 40),
                cut(row.prediction, 40),
                *([_probability(row)] if has_probability else []),
                f"{row.loss:.3g}",
                *(cell_text(row.cells[name]) for name in shown),
            ]
            for row in rows
        ],
        texts=texts,
    )


def _probability(row: JudgedRow) -> str:
    return MISSING if row.probability is None else f"{row.probability:.3f}"
