"""A vocabulary: which terms are learned, and how much each weighs in a text."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from pellucid.data.texts import vocabulary as module
from pellucid.data.texts import weighting
from pellucid.data.texts.vocabulary import Vocabulary
from pellucid.data.texts.weighting import WeightedTerms

TEXTS = [
    "the cat sat on the mat",
    "the dog sat on the log",
    "a cat and a dog",
    "dogs and cats, the dog and the cat",
    "no word of these",
]


def fit(texts: list[str | None], **options: object) -> Vocabulary:
    usual = {"most_terms": 1_000, "fewest_texts": 2, "with_pieces": False}
    series = pl.Series(texts, dtype=pl.String)
    return Vocabulary.fit(series, np.ones(len(texts)), **{**usual, **options})  # type: ignore[arg-type]


def test_words_and_pieces_of_words_weigh_as_much_as_each_other() -> None:
    known = fit(["winter winters", "winter"], with_pieces=True, fewest_texts=1)

    found = known.weigh(pl.Series(["winters"]))

    are_pieces = np.array([known.terms[place].startswith("~") for place in found.places])
    for part in (are_pieces, ~are_pieces):
        assert np.square(found.weights[part]).sum() == pytest.approx(1.0)


def as_matrix(found: WeightedTerms, num_terms: int) -> np.ndarray:
    matrix = np.zeros((len(found.ends), num_terms))
    rows = np.repeat(np.arange(len(found.ends)), np.diff(found.ends, prepend=0))
    matrix[rows, found.places] = found.weights
    return matrix


def test_weights_are_those_of_scikit_learn() -> None:
    ours = fit(list(TEXTS))
    theirs = TfidfVectorizer(
        ngram_range=(1, 2),
        min_df=2,
        sublinear_tf=True,
        token_pattern=r"\w+",  # noqa: S106
    ).fit(TEXTS)

    assert sorted(ours.terms) == sorted(theirs.vocabulary_)
    columns = [theirs.vocabulary_[term] for term in ours.terms]
    expected = theirs.transform(TEXTS).toarray()[:, columns]
    found = as_matrix(ours.weigh(pl.Series(TEXTS)), len(ours.terms))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_terms_of_most_texts_come_first_and_may_be_all_there_is_room_for() -> None:
    texts = ["b a", "a b", "a c", "c"]

    assert fit(list(texts)).terms == ("a", "b", "c")
    assert fit(list(texts), most_terms=1).terms == ("a",)


def test_a_row_of_weight_two_is_two_rows() -> None:
    texts = pl.Series(["once", "twice", "twice again"])

    found = Vocabulary.fit(
        texts, np.array([2.0, 1.0, 0.0]), most_terms=9, fewest_texts=2, with_pieces=False
    )

    assert (found.terms, found.num_texts) == (("once",), 3.0)


def test_weights_that_are_no_whole_numbers_add_up_the_same_in_any_order() -> None:
    """Else the same seed would not give the same weights, nor would every model file be read."""
    for seed in range(20):
        weights = np.random.default_rng(seed).uniform(0.1, 3.0, 500)
        shuffled = np.random.default_rng(seed + 1).permutation(weights)

        one, other = (
            Vocabulary.fit(
                pl.Series(["the"] * 500), each, most_terms=9, fewest_texts=2, with_pieces=False
            )
            for each in (weights, shuffled)
        )

        assert one.texts_with == other.texts_with == (one.num_texts,)
        assert one.num_texts == pytest.approx(weights.sum(), rel=1e-12)


@pytest.mark.parametrize("weights", [[1.0, 2.0, 40.0], [1e-9] * 3, [1e300, 1.0, 0.0], [0.0]])
def test_whole_weights_stay_and_others_hardly_change(weights: list[float]) -> None:
    given = np.array(weights)

    np.testing.assert_allclose(
        module.summed_exactly(given), given, rtol=1e-12, atol=given.sum() / 1e9
    )
    if given[1:].sum() == 42.0:
        assert np.array_equal(module.summed_exactly(given), given)


def test_a_text_weighs_the_same_in_any_company_and_in_any_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known, texts = fit(list(TEXTS)), pl.Series([*TEXTS, None, "", "cat"])
    together = known.weigh(texts)

    monkeypatch.setattr(module, "CHARACTERS_AT_ONCE", 20)
    apart = [known.weigh(block) for block in module.in_blocks(texts)]

    assert len(together.ends) == len(texts)
    assert len(apart) > 1
    counts = np.concatenate([np.diff(part.ends, prepend=0) for part in apart])
    assert np.array_equal(together.ends, np.cumsum(counts))
    for name in ("places", "weights"):
        joined = np.concatenate([getattr(part, name) for part in apart])
        assert np.array_equal(getattr(together, name), joined), name
    assert np.array_equal(fit(list(TEXTS)).texts_with, known.texts_with)


def test_of_too_many_terms_those_of_greatest_weight_are_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(weighting, "MOST_TERMS_OF_A_TEXT", 2)
    known = fit(["often", "often", "often", "often seldom", "often, seldom, rare", "rare"])

    found = known.weigh(pl.Series(["often, rare, seldom", "often"]))

    assert [known.terms[place] for place in found.places] == ["rare", "seldom", "often"]
    assert found.ends.tolist() == [2, 3]
    assert np.square(found.weights[:2]).sum() == pytest.approx(1.0)


def test_without_any_text_there_is_no_term() -> None:
    known = fit([None, "", "?"])

    assert known.terms == ()
    assert known.weigh(pl.Series(["some words", None])).ends.tolist() == [0, 0]


def test_a_million_different_terms_take_bounded_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TERMS_AT_ONCE", 50)
    monkeypatch.setattr(module, "CHARACTERS_AT_ONCE", 100)
    texts = [f"word{i} same" for i in range(200)]

    assert fit(list(texts)).terms == ("same",)
