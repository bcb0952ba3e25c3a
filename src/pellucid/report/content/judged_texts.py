"""What is said of the texts of rows that judged: the words that push, and surprising texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pellucid.comparison.findings import JudgedRow, rows_at, surprising_places
from pellucid.data.grouping import Places
from pellucid.data.kinds.of_columns import readable
from pellucid.estimators.row import output_name
from pellucid.explanation.pushing_words import PushingWords, pushing_words
from pellucid.explanation.words import TextExplanation, explain_texts_of
from pellucid.report.content.texts import marked_text
from pellucid.report.elements import Element, MarkedText, Paragraph, Section, Table, cut
from pellucid.report.numbers import number, with_minus

if TYPE_CHECKING:
    from pellucid.comparison.results import JudgedResult

MOST_WORDS, LONGEST_WORD = 8, 24
MOST_OUTPUTS = 24
MOST_EXPLAINED, MOST_LOOKED_AT, MOST_CHARACTERS = 6, 60, 400
COMPLETENESS_ERROR = 0.05
"""Looser than for a row by itself: a page tells of several."""


def words_sections(found: JudgedResult) -> list[Section]:
    """The words that push each output, and what the words of the most surprising texts did.

    Args:
        found: What the rows judged.

    Returns:
        One section; none if there are no texts among the columns. A private model shows no text.
    """
    tables = _words_tables(found)
    if not tables:
        return []
    words = (
        "The numbers say by how much a text of this word alone raises z, from which the prediction "
        "is computed, beside no text at all; of classes, beside the mean of all classes. Words of "
        "few training texts are left out."
    )
    elements: list[Element] = [*tables, Paragraph(text=words, style="note")]
    if not found.estimator.private:
        elements += _surprising_texts(found)
    return [Section(name="words", title="What it reads in texts", elements=elements)]


def _words_tables(found: JudgedResult) -> list[Table]:
    judged, model = found.judged, found.estimator.model_
    outputs = _outputs_shown(found)
    by_column = pushing_words(model, judged.rows.frame, outputs, most=MOST_WORDS)
    names = [output_name(found.estimator, output) for output in outputs]
    more = model.task.num_outputs - len(outputs)
    return [
        Table(
            caption=f"The words of {cut(column)} that push most",
            headings=["of the", "push it up", "push it down"],
            rows=[[cut(name, 40), *_listed(each)] for name, each in zip(names, words, strict=True)],
            texts=(0, 1, 2),
            rest=f"… and {more:,} more" if more else "",
        )
        for column, words in by_column.items()
    ]


def _outputs_shown(found: JudgedResult) -> list[int]:
    """All outputs, or of too many those that were answered most often."""
    total = found.estimator.model_.task.num_outputs  # the judge may know further classes
    if total <= MOST_OUTPUTS:
        return list(range(total))
    answers = found.judged.task.explained(found.judged.predictions)
    counts = np.bincount(answers, minlength=total)[:total]
    return sorted(np.argsort(-counts, kind="stable")[:MOST_OUTPUTS].tolist())


def _listed(words: PushingWords) -> list[str]:
    return [
        ", ".join(f"{cut(word, LONGEST_WORD)} {_signed(by)}" for word, by in own)
        for own in (words.up, words.down)
    ]


def _signed(value: float) -> str:
    return with_minus(number(value, sign="+", fewer=3))


def _surprising_texts(found: JudgedResult) -> list[Element]:
    """The texts of the rows with the largest loss, marked."""
    judged = found.judged
    places = _different_texts(found)
    explained = explain_texts_of(
        found.estimator.model_, judged.rows.frame[places], tolerance=COMPLETENESS_ERROR
    )
    rows = zip(rows_at(judged, places), explained, strict=True)
    marked = [_marked(found, row, text) for row, texts in rows for text in texts[:1]]
    if not marked:
        return []
    words = (
        "The texts with the largest loss: the network was surest of something else, or missed by "
        "most. Marked is what pushed the prediction, by integrated gradients. To look into any "
        "other: pellucid explain MODEL TABLE --row N."
    )
    return [Paragraph(text=words), *marked]


def _different_texts(found: JudgedResult) -> Places:
    """Places of the rows with the largest loss, without those whose texts were there before."""
    judged, model = found.judged, found.estimator.model_
    places = surprising_places(judged)[:MOST_LOOKED_AT]
    names = [each.name for each in model.encoder.columns if each.vocabulary is not None]
    texts = readable(judged.rows.frame[places].select(names))
    are_first = texts.to_struct().is_first_distinct().to_numpy()
    return places[are_first][:MOST_EXPLAINED]


def _marked(found: JudgedResult, row: JudgedRow, text: TextExplanation) -> MarkedText:
    output = output_name(found.estimator, text.output)
    title = (
        f"Row {row.number:,}, true is {cut(row.truth, 30)}: what its words did to the {output}, "
        f"{number(text.prediction)}"
    )
    return marked_text(text, title, most=MOST_CHARACTERS)
