"""Where the words of a text stand in it."""

import polars as pl
import pytest

from pellucid.data.texts.located import locate_words
from pellucid.data.texts.terms import terms_of, words_of


def shown_and_read(text: str) -> list[tuple[str, str]]:
    found = locate_words(text)
    return [(found.text[word.start : word.end], word.term) for word in found.words]


def test_each_word_is_found_as_it_is_written() -> None:
    assert shown_and_read("Not GOOD, not good!") == [
        ("Not", "not"),
        ("GOOD", "good"),
        (",", ","),
        ("not", "not"),
        ("good", "good"),
        ("!", "!"),
    ]


def test_the_text_is_shown_as_it_is_read_without_tags_and_entities() -> None:
    found = locate_words("<b>W&ouml;rld</b><script>")
    assert found.text == " Wörld  "
    assert [word.term for word in found.words] == ["wörld"]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Cafe\u0301 ok", [("Cafe\u0301", "café"), ("ok", "ok")]),
        ("ﬁne ＡＢＣ", [("ﬁne", "fine"), ("ＡＢＣ", "abc")]),
        ("½", [("½", "1"), ("½", "⁄"), ("½", "2")]),
        ("a" * 70 + " ok", [("a" * 70, "a" * 64), ("ok", "ok")]),
        ("İzmir x", [("İzmir", "i̇zmir"), ("x", "x")]),
        ("ΣΑΣ", [("ΣΑΣ", "σας")]),
        ("\u1112\u1161\u11ab x", [("\u1112\u1161\u11ab", "한"), ("x", "x")]),
        ("好书 ok", [("好", "好"), ("书", "书"), ("ok", "ok")]),
        ("👍🏽 שלום", [("👍🏽", "👍🏽"), ("שלום", "שלום")]),
        (
            "tel. 0781-482378",
            [("tel", "tel"), (".", "."), ("0781", "0781"), ("-", "-"), ("482378", "000000")],
        ),
        ("", []),
    ],
)
def test_signs_that_are_compared_otherwise_are_found_where_they_are(
    text: str, pairs: list[tuple[str, str]]
) -> None:
    assert shown_and_read(text) == pairs


@pytest.mark.parametrize(
    "text",
    ["a\u0323\u0307 \u0307\u0323b", "\u0301abc", "ﷺ test", "x\u200dy", "ประเทศ ดี", "か\u3099ｶﾞ"],
)
def test_the_words_are_those_that_the_vocabulary_counts(text: str) -> None:
    words = [word.term for word in locate_words(text).words]
    assert words == words_of(pl.Series([text]))["word"].to_list()


@pytest.mark.parametrize("with_pieces", [False, True])
def test_the_terms_are_those_that_the_vocabulary_counts(with_pieces: bool) -> None:
    text = "Not good, not good at all"
    located = locate_words(text).terms(with_pieces=with_pieces)
    counted = terms_of(words_of(pl.Series([text])), with_pieces=with_pieces)
    assert sorted(term for term, _ in located) == sorted(counted["term"])


def test_a_pair_is_made_of_two_words_and_a_piece_of_one() -> None:
    terms = list(locate_words("red wine").terms(with_pieces=True))
    assert ("red wine", (0, 1)) in terms
    assert ("~_win", (1,)) in terms
