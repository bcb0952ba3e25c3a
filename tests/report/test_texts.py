"""Texts on a page and in a terminal: their words, marked by what they pushed."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from rich.console import Console

import pellucid
from pellucid import Classifier
from pellucid.cli import console
from pellucid.comparison.fit_and_evaluate import TrainingResult
from pellucid.explanation.words import TextExplanation, WordShare
from pellucid.report.content.network import layers_table
from pellucid.report.content.texts import MOST_CHARACTERS, marked_text, text_parts
from pellucid.report.elements import Paragraph, Table
from pellucid.report.html import html_of
from pellucid.report.page import explanation_page, page_of


def explained(text: str, shares: dict[str, float]) -> TextExplanation:
    """A text of words between blanks, with these shares."""
    words, place = [], 0
    for word in text.split(" "):
        share = shares.get(word, 0.0)
        end = place + len(word)
        words.append(WordShare(word=word, start=place, end=end, share=share, is_known=True))
        place = end + 1
    return TextExplanation(
        column="review",
        text=text,
        output=0,
        prediction=0.9,
        baseline=0.5,
        words=tuple(words),
        terms=dict(shares),
        encoder_share=None,
    )


def levels(found: TextExplanation) -> list[tuple[str, int]]:
    return [(piece.text, piece.level) for piece in marked_text(found, "T").pieces if piece.level]


def test_the_more_a_word_did_the_more_it_is_marked() -> None:
    found = explained(
        "a great but dull film", {"great": 0.3, "dull": -0.15, "film": 0.07, "a": 0.01}
    )
    assert levels(found) == [("great", 3), ("dull", -2), ("film", 1)]


def test_all_of_a_short_text_is_shown_as_it_is() -> None:
    found = explained("a great film", {"great": 0.3})
    assert "".join(piece.text for piece in marked_text(found, "T").pieces) == "a great film"


def test_of_a_long_text_what_is_around_the_words_that_matter_is_shown() -> None:
    text = " ".join(["x"] * 900 + ["great"] + ["y"] * 900 + ["dull"] + ["z"] * 900)
    shown = marked_text(explained(text, {"great": 0.3, "dull": -0.2}), "T").pieces
    whole = "".join(piece.text for piece in shown)
    assert "x great y" in whole
    assert "y dull z" in whole
    assert whole.startswith(" … ")
    assert whole.endswith(" … ")
    assert len(whole) < 2 * MOST_CHARACTERS


def test_a_word_longer_than_all_that_is_shown_is_cut() -> None:
    shown = marked_text(explained("w" * 50_000, {"w" * 50_000: 0.3}), "T").pieces
    assert len("".join(piece.text for piece in shown)) < 2 * MOST_CHARACTERS


def test_words_of_the_same_place_and_blanks_of_any_kind_do_no_harm() -> None:
    found = explained("½\n\nok", {})
    half = WordShare(word="½", start=0, end=1, share=0.1, is_known=True)
    twice = TextExplanation(**{**vars(found), "words": (half, half)})
    assert "".join(piece.text for piece in marked_text(twice, "T").pieces) == "½ ok"


def test_pairs_that_matter_and_unknown_words_are_told() -> None:
    found = explained("not good", {"not good": -0.2, "not": -0.1, "good": -0.1})
    unknown = WordShare(word="x", start=9, end=10, share=0.0, is_known=False)
    found = TextExplanation(**{**vars(found), "words": (*found.words, unknown)})
    notes = [
        each for part in text_parts(found, "y") for each in part if isinstance(each, Paragraph)
    ]
    assert "Of pairs of words, most did 'not good' -0.2000." in notes[0].text
    assert "Not known from training: 1 of its 3 words." in notes[0].text


def test_the_shares_of_all_words_stand_below() -> None:
    found = explained(" ".join(f"w{n}" for n in range(20)), {f"w{n}": n / 100 for n in range(20)})
    (table,) = [each for part in text_parts(found, "y") for each in part if isinstance(each, Table)]
    assert table.rows[0][:3] == ["w19", "1", "+0.1900"]
    assert table.rows[-1][:3] == ["all words", "20", "+1.9000"]


def test_a_text_without_words_says_so() -> None:
    found = TextExplanation(**{**vars(explained("x", {})), "text": "👍", "words": ()})
    ((note,),) = text_parts(found, "y")
    assert isinstance(note, Paragraph)
    assert note.text == "The text of review has no word."


def test_page_and_terminal_show_the_words(critic: Classifier, reviews: pl.DataFrame) -> None:
    rows = pl.DataFrame({"review": ["<i>Great</i> & \x1b[2J lovely"]})
    found = pellucid.explain(critic, rows)
    page = html_of(explanation_page(found, critic, "rows"))
    assert re.search(r'<mark class="(up|down)-3">', page)
    assert "<i>" not in page
    screen = Console(width=80)
    with screen.capture() as told:
        screen.print(console.explanation(found, critic))
    assert re.search(r"(Great|lovely)\[\+\+\+\]", told.get())
    assert "\x1b[2J" not in told.get()


@pytest.fixture(scope="module")
def told(reviews: pl.DataFrame) -> TrainingResult:
    odd = reviews.with_columns(review=pl.col("review") + " <b>")
    return pellucid.fit_and_evaluate(
        odd, "verdict", columns={"review": "text"}, max_epochs=3, baselines=False
    )


def test_the_page_says_which_words_push_and_shows_surprising_texts(told: TrainingResult) -> None:
    page = html_of(page_of(told))
    assert "What it reads in texts" in page
    assert "The words of review that push most" in page
    assert page.count('class="wide marked"') == 6
    assert re.search(r"\d+ terms of \d+ training texts: words, and pairs of words", page)
    assert not re.search(r">b&#39;[A-Z]", page)  # bytes


def test_of_surprising_texts_that_are_alike_one_is_shown(reviews: pl.DataFrame) -> None:
    alike = reviews.with_columns(
        review=pl.when(pl.col("verdict") == "good").then(pl.lit("Great film")).otherwise("review")
    )
    found = pellucid.fit_and_evaluate(
        alike, "verdict", columns={"review": "text"}, max_epochs=1, baselines=False
    )
    shown = re.findall(r'<p dir="auto">(.*?)</p>', html_of(page_of(found)), flags=re.DOTALL)
    assert len(shown) == 6
    assert len(set(shown)) == 6


def test_a_private_model_shows_words_but_no_text(reviews: pl.DataFrame) -> None:
    found = pellucid.fit_and_evaluate(
        reviews,
        "verdict",
        columns={"review": "text"},
        max_epochs=3,
        baselines=False,
        private=True,
    )
    page = html_of(page_of(found))
    assert "The words of review that push most" in page
    assert 'class="wide marked"' not in page
    assert not [text for text in reviews["review"] if text in page]


def test_what_texts_become_is_among_the_layers(critic: Classifier) -> None:
    table = layers_table(critic.model_.facts, 1)
    terms = len(critic.model_.encoder.columns[0].vocabulary.terms)  # type: ignore[union-attr]
    assert table.rows[0][0] == "terms"
    assert f"a vector for each of {terms:,} terms" in str(table.rows[0][3])
    assert np.prod([terms + 2, 32]) == critic.model_.facts.read[0].weights
