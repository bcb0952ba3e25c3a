"""Texts with more unseen words than those of training have."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import polars as pl
import pytest

from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.kind import Encoder, kind_named
from pellucid.data.texts.unseen import UsualWords, count_unseen, in_words
from pellucid.data.texts.vocabulary import Vocabulary
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

KIND = kind_named("text")
WORDS = [f"word{number}" for number in range(3_000)]
COMMON = np.array([1.0 / (place + 5) for place in range(len(WORDS))])


def texts_like_training(rows: int, seed: int) -> list[str]:
    """Texts of 2 to 30 words, most of which are frequent, as in a language."""
    generator = np.random.default_rng(seed)
    chance = COMMON / COMMON.sum()
    return [
        " ".join(generator.choice(WORDS, int(generator.integers(2, 30)), p=chance))
        for _ in range(rows)
    ]


def column(texts: list[str | None]) -> pl.Series:
    return pl.Series("review", texts, dtype=pl.String).cast(pl.Binary)


def fitted(texts: list[str | None], *, is_private: bool = False) -> Encoder:
    plan = EncodingPlan(is_private=is_private)
    return KIND.fit(column(texts), np.ones(len(texts)), plan)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return fitted([*texts_like_training(800, seed=1)])


def flags(encoder: Encoder, texts: list[str | None]) -> list[str]:
    """What is odd about each text, in words."""
    cells = column(texts)
    found = [""] * len(texts)
    for surprise in encoder.surprises(cells):
        for row in np.flatnonzero(surprise.odd).tolist():
            found[row] += surprise.told(cells, row)
    return found


def test_of_new_texts_like_those_of_training_hardly_any_is_odd(encoder: Encoder) -> None:
    told = flags(encoder, [*texts_like_training(2_000, seed=2)])
    assert np.mean([bool(each) for each in told]) < 0.01


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ich habe das nicht bestellt", "none of its 5 different words is known from training"),
        ("我喜欢这部电影", "none of its 7 different words is known from training"),
        ("word1 Фильм был очень скучный", "4 of its 5 different words are unknown from training"),
    ],
)
def test_a_text_in_another_language_is_odd(encoder: Encoder, text: str, words: str) -> None:
    assert flags(encoder, [text]) == [f"review: {words}, where that is rare"]


def test_one_unseen_word_among_many_is_not(encoder: Encoder) -> None:
    assert flags(encoder, ["word1 word2 word3 word4 unheard word5 word6"]) == [""]


def test_a_text_without_words_is_odd_where_training_had_none(encoder: Encoder) -> None:
    assert (
        flags(encoder, ["👍 !!", ""]) == ["review has no word, as hardly any text in training"] * 2
    )
    used_to_it = fitted([*texts_like_training(60, seed=3), "👍", "…", ""])
    assert flags(used_to_it, ["👍 !!", ""]) == ["", ""]


def test_a_missing_text_is_odd_where_none_was(encoder: Encoder) -> None:
    assert flags(encoder, [None]) == ["review is missing, as never in training"]
    assert flags(fitted([*texts_like_training(60, seed=3), None]), [None]) == [""]


def test_where_every_text_has_words_of_its_own_they_are_usual() -> None:
    names = [f"call {number}a {number}b {number}c" for number in range(200)]
    assert flags(fitted([*names]), ["call jack jim joe"]) == [""]


def test_of_few_texts_and_of_a_private_model_nobody_says_what_is_odd() -> None:
    few, many = texts_like_training(15, seed=4), texts_like_training(60, seed=4)
    for encoder in (fitted([*few]), fitted([*many], is_private=True)):
        assert flags(encoder, ["Ich habe das nicht bestellt"]) == [""]


def test_a_word_that_only_this_text_has_is_unseen_beside_the_others() -> None:
    texts = pl.Series(["red wine", "red beer", "red wine"])
    found = Vocabulary.fit(texts, np.ones(3), most_terms=100, fewest_texts=2.0, with_pieces=False)
    usual = UsualWords.fit(texts, np.ones(3), found, is_private=False)
    # Of 6 words "red" is seen, since two others have it; "wine", of one other text, and "beer" not.
    assert usual.unseen_part == pytest.approx((3 + 1) / (6 + 2))
    total, unseen = count_unseen(pl.Series(["wine wine rum", None]), found)
    assert (total.tolist(), unseen.tolist()) == ([2, 0], [1, 0])


def test_it_is_said_in_words() -> None:
    told = in_words(np.array([14, 1, 12]), np.array([14, 1, 9]))
    assert told.to_list() == [
        "none of its 14 different words is known",
        "its only word is unknown",
        "9 of its 12 different words are unknown",
    ]


def test_long_texts_and_short_ones_are_measured_alike() -> None:
    """With ρ = 0 the score is a binomial's: as many standard deviations beyond the mean."""
    usual = UsualWords(unseen_part=0.1, correlation=0.0, limit=3.0, wordless_part=0.0)
    scores = usual.scores(np.array([100, 0]), np.array([19, 0]))
    assert scores == pytest.approx([3.0, 0.0])
    together = replace(usual, correlation=1.0)
    assert together.scores(np.array([100]), np.array([19])) == pytest.approx([0.3])


@pytest.mark.parametrize("field", ["unseen_part", "correlation", "wordless_part", "limit"])
def test_a_model_file_with_another_number_is_refused(field: str) -> None:
    usual = UsualWords(unseen_part=0.1, correlation=0.2, limit=3.0, wordless_part=0.0)
    assert UsualWords.from_plain(Fields(asdict(usual), "it")) == usual
    odd = asdict(usual) | {field: "much" if field == "limit" else 2.0}
    with pytest.raises(ModelFileError):
        UsualWords.from_plain(Fields(odd, "it"))
