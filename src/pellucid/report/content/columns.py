"""What is said of a table: what was read, and what was decided about each column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pellucid.data.kinds.of_columns import count_kinds
from pellucid.report.elements import (
    LONGEST_CELL,
    Details,
    Element,
    Paragraph,
    Section,
    Table,
    cut,
)
from pellucid.wording import count_of, with_flags

if TYPE_CHECKING:
    from pellucid.data.kinds.column import Schema
    from pellucid.data.sources.table import Table as Source
    from pellucid.estimators.predictor import RowPredictor

MANY_COLUMNS = 25
MOST_COLUMNS = 200
LONGEST_REASON = 200
LONGEST_NOTES = 600


def columns_section(predictor: RowPredictor) -> Section:
    """What was read, and what was decided about each column.

    Args:
        predictor: The model.
    """
    schema = predictor.schema_
    besides = " besides the target" if predictor.target_ else ""
    first = (
        f"{len(schema.kept)} of {len(schema.columns)} columns{besides} are learned from: "
        f"{count_kinds(schema)}. What a column is was judged from its cells; a wrong guess can be "
        "overruled with the option columns."
    )
    notes = "; ".join(predictor.notes_)
    elements: list[Element] = [Paragraph(text=first), *_vocabularies(predictor)]
    elements += [Paragraph(text=f"While reading: {cut(notes, LONGEST_NOTES)}.")] if notes else []
    table = columns_table(schema, most=MOST_COLUMNS, is_cut=True)
    if len(schema.columns) <= MANY_COLUMNS:
        elements.append(table)
    else:
        listed = f"the first {MOST_COLUMNS} of " if len(schema.columns) > MOST_COLUMNS else ""
        title = f"What was decided about {listed}{count_of(len(schema.columns), 'column')}"
        elements.append(Details(title=title, name="every-column", tables=[table]))
    return Section(name="columns", title="What was read and decided", elements=elements)


def _vocabularies(predictor: RowPredictor) -> list[Paragraph]:
    """How many terms the texts of each column have in common."""
    told = []
    for column in predictor.model_.encoder.columns:
        if column.vocabulary is not None:
            terms = count_of(len(column.vocabulary.terms), "term")
            texts = count_of(round(column.vocabulary.num_texts), "training text")
            pieces = ", and pieces of words" if column.vocabulary.with_pieces else ""
            words = f"{terms} of {texts}: words, and pairs of words{pieces}, that several have"
            told.append(Paragraph(lead=cut(column.name, 40), text=f"{words}."))
    return told


def columns_table(schema: Schema, *, most: int | None = None, is_cut: bool = False) -> Table:
    """Each column's kind and the reason.

    Args:
        schema: The columns.
        most: How many are listed at most; None for all.
        is_cut: Whether long names and reasons are cut short.
    """
    name, reason = (LONGEST_CELL, LONGEST_REASON) if is_cut else (None, None)
    listed = schema.columns[:most]
    more = len(schema.columns) - len(listed)
    return Table(
        caption="Columns, and what was decided",
        headings=["column", "kind", "why"],
        rows=[[cut(c.name, name), c.kind, cut(with_flags(c.reason), reason)] for c in listed],
        texts=(0, 1, 2),
        faint=[place for place, column in enumerate(listed) if not column.is_kept],
        rest=f"… and {more:,} more" if more > 0 else "",
    )


def left_out(schema: Schema) -> list[Paragraph]:
    """Each column that was left out, and why."""
    return [
        Paragraph(text=f"{column.name} left out: {with_flags(column.reason)}", style="detail")
        for column in schema.columns
        if not column.is_kept
    ]


def was_read(table: Source) -> Paragraph:
    """What was read."""
    rows, columns = table.frame.shape
    return Paragraph(
        text=f"Read {count_of(rows, 'row')}, {count_of(columns, 'column')} from {table.name}"
    )


def noticed(notes: Iterable[str]) -> list[Paragraph]:
    """What was noticed while reading, a line for each."""
    return [Paragraph(text=note, style="detail") for note in notes]


def target_line(names: Sequence[str], kind: str, reason: str) -> Paragraph:
    """What is predicted, and why it is taken for that."""
    return Paragraph(lead="Target", text=f"{', '.join(names)}: {kind} ({with_flags(reason)})")
