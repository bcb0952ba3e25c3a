"""Texts cut into terms: words, pairs of words, pieces of words."""

from __future__ import annotations

import polars as pl
import pytest

from pellucid.data.sources.text_files import MOST_CHARACTERS
from pellucid.data.texts.terms import (
    LONGEST_WORD,
    are_pieces,
    has_pieces,
    pieces_of,
    terms_of,
    words_of,
)


def words(text: str | None) -> list[str]:
    return words_of(pl.Series([text], dtype=pl.String))["word"].to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Free entry! Call 0800-123.", ["free", "entry", "!", "call", "0800", "-", "123", "."]),
        ("<p class='x'>Fish &amp; chips</p><br/>", ["fish", "&", "chips"]),
        ("1 < 2 and 3 > 2", ["1", "<", "2", "and", "3", ">", "2"]),
        ("ﬁne Ｆｕｌｌ", ["fine", "full"]),
        ("我爱 coffee", ["我", "爱", "coffee"]),
        ("안녕 하세요", ["안녕", "하세요"]),
        ("مرحبا بكم", ["مرحبا", "بكم"]),
        ("naïve cafe\u0301", ["naïve", "café"]),
        ("a\x00b", ["a", "b"]),
        ("", []),
        (":) !!!!! 😀", [":)", "!!!", "!!", "😀"]),
        ("<someone@example.org>", ["<", "someone", "@", "example", ".", "org", ">"]),
        ("call 08001234567 or 1234", ["call", "00000000000", "or", "1234"]),
        (None, []),
    ],
)
def test_words_of_a_text(text: str | None, expected: list[str]) -> None:
    assert words(text) == expected


def test_words_know_their_text() -> None:
    found = words_of(pl.Series(["a b", None, "", "c"]))

    assert found.rows() == [(0, "a"), (0, "b"), (3, "c")]


def test_what_is_beyond_a_hundred_pages_is_not_read() -> None:
    text = "x" * (MOST_CHARACTERS - 2) + " a and more"

    assert words(text) == ["x" * LONGEST_WORD, "a"]


def test_of_a_long_word_the_beginning_is_read() -> None:
    """A line of an attachment is none, and has a hundred thousand pieces."""
    assert words("x" * 200 + "y " + "7" * 200) == ["x" * LONGEST_WORD, "0" * LONGEST_WORD]


def test_terms_are_words_and_pairs_that_follow_each_other_in_one_text() -> None:
    found = terms_of(words_of(pl.Series(["red wine red wine", "beer"])), with_pieces=False)

    assert sorted(found.rows()) == [
        (0, "red"),
        (0, "red"),
        (0, "red wine"),
        (0, "red wine"),
        (0, "wine"),
        (0, "wine"),
        (0, "wine red"),
        (1, "beer"),
    ]


def test_pieces_of_a_word_are_terms_where_asked_for() -> None:
    found = terms_of(words_of(pl.Series(["ab", "a"])), with_pieces=True)

    assert sorted(found.rows()) == [
        (0, "ab"),
        (0, "~_a"),
        (0, "~_ab"),
        (0, "~_ab_"),
        (0, "~ab"),
        (0, "~ab_"),
        (0, "~b_"),
        (1, "a"),
        (1, "~_a"),
        (1, "~_a_"),
        (1, "~a_"),
    ]


def test_pieces_are_told_from_signs_and_from_pairs() -> None:
    terms = {"~wi": True, "~_5": True, "wine": False, "~~": False, "~ wine": False}
    found = pl.DataFrame({"term": list(terms)}).select(are_pieces(pl.col("term")))
    assert found["term"].to_list() == list(terms.values())
    assert has_pieces(terms)
    assert not has_pieces(["wine", "~ wine"])
    assert not has_pieces([])


def test_a_piece_is_told_from_a_word() -> None:
    assert pieces_of("wine") == [
        *("~_w", "~wi", "~in", "~ne", "~e_"),
        *("~_wi", "~win", "~ine", "~ne_"),
        *("~_win", "~wine", "~ine_"),
    ]
    assert pieces_of("!!") == []
