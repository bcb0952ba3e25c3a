"""The words that push each output: what a text of one word alone would add to z."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier, Regressor
from pellucid.data.conversion import convert
from pellucid.explanation.pushing_words import pushing_words

GOOD, BAD = {"lovely", "great", "superb"}, {"awful", "boring", "broken"}


def converted(model: Classifier | Regressor, rows: pl.DataFrame) -> pl.DataFrame:
    return convert(model.take_rows(rows), model.schema_)


def test_words_that_say_it_push_most(mixed_critic: Classifier, reviews: pl.DataFrame) -> None:
    frame = converted(mixed_critic, reviews.drop("verdict"))
    bad, good = pushing_words(mixed_critic.model_, frame, [0, 1], most=3)["review"]
    assert {word for word, _ in bad.up} == {word for word, _ in good.down} == BAD
    assert {word for word, _ in good.up} == {word for word, _ in bad.down} == GOOD


def test_under_a_single_layer_the_number_is_exact(
    critic: Classifier, reviews: pl.DataFrame
) -> None:
    """z of a text of this word alone, less z of no text, each beside the mean of all classes."""
    model = critic.model_
    frame = converted(critic, reviews.select("review"))
    found = pushing_words(model, frame, [0, 1], most=4)["review"]
    words = [word for each in found for word, _ in (*each.up, *each.down)]
    alone = converted(critic, pl.DataFrame({"review": [*words, ""]}))
    z_nO = model.exact_network(model.encode(alone))[0].detach().numpy()
    centered = z_nO - z_nO.mean(axis=1, keepdims=True)
    added = centered[:-1] - centered[-1]
    told = [(each.output, by) for each in found for _, by in (*each.up, *each.down)]
    for (output, by), own in zip(told, added, strict=True):
        assert by == pytest.approx(own[output], abs=1e-6)


def test_words_of_few_texts_are_left_out_and_pairs_and_pieces_are_none(
    reviews: pl.DataFrame,
) -> None:
    rare = reviews.with_columns(
        review=pl.when(pl.int_range(pl.len()) < 4)
        .then(pl.lit("astounding great"))
        .otherwise("review")
    )
    model = Classifier(max_epochs=4, columns={"review": "text"}).fit(rare, "verdict")
    frame = converted(model, rare.drop("verdict"))
    found = pushing_words(model.model_, frame, [0], most=1_000)["review"]
    words = {word for word, _ in (*found[0].up, *found[0].down)}
    assert "great" in words
    assert "astounding" not in words
    assert not [word for word in words if " " in word or "~" in word]


def test_a_number_has_words_that_raise_it_and_words_that_lower_it(reviews: pl.DataFrame) -> None:
    stars = (reviews["verdict"] == "good").cast(pl.Float64) * 4.0
    model = Regressor(max_epochs=8, columns={"review": "text"})
    model.fit(reviews.select("review"), stars)
    frame = converted(model, reviews.select("review"))
    (found,) = pushing_words(model.model_, frame, [0], most=3)["review"]
    assert {word for word, _ in found.up} == GOOD
    assert {word for word, _ in found.down} == BAD


def test_without_texts_there_are_none(buyer: Classifier, people: pl.DataFrame) -> None:
    frame = converted(buyer, people)
    assert pushing_words(buyer.model_, frame, [0], most=3) == {}
    assert np.isfinite(buyer.predict_proba(people)).all()
