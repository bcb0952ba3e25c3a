"""What the words of a text do: the numbers shown are the numbers computed."""

from __future__ import annotations

import json

import polars as pl
import pytest
import torch
from captum.attr import IntegratedGradients

import pellucid
from pellucid import Classifier, OptionError, Regressor, explain, nearest_rows, response_curve
from pellucid.data.conversion import convert
from pellucid.errors import DataError
from pellucid.explanation.explain import Explanation
from pellucid.explanation.importance import importance
from pellucid.explanation.words import terms_of_row
from pellucid.inputs import Inputs

GOOD, BAD = ("lovely", "great", "superb"), ("awful", "boring", "broken")


@pytest.fixture(params=["critic", "mixed_critic"])
def model(request: pytest.FixtureRequest) -> Classifier:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def explained(model: Classifier, reviews: pl.DataFrame, row: int) -> Explanation:
    return explain(model, reviews, row=row)


@pytest.mark.parametrize("row", [1, 2, 77])
def test_shares_of_words_add_up_to_that_of_their_column(
    model: Classifier, reviews: pl.DataFrame, row: int
) -> None:
    found = explained(model, reviews, row)
    (text,) = found.texts
    assert text.share == pytest.approx(found.columns["review"], abs=1e-12)
    assert sum(text.terms.values()) == pytest.approx(text.share, abs=1e-12)
    difference = found.prediction - found.baseline
    assert found.completeness_error < 0.01
    assert sum(found.columns.values()) == pytest.approx(difference, rel=0.01, abs=1e-5)


def test_the_word_that_says_it_has_most(model: Classifier, reviews: pl.DataFrame) -> None:
    for row in range(1, 6):
        (text,) = explained(model, reviews, row).texts
        most = max(text.words, key=lambda word: abs(word.share))
        assert most.word in GOOD + BAD
        assert most.share > 0.0
        assert text.text[most.start : most.end] == most.word


def test_captum_agrees_term_by_term(critic: Classifier, reviews: pl.DataFrame) -> None:
    """From weights of 0 to those of the text, in probability."""
    trained = critic.model_
    (encoder,) = trained.encoder.columns
    frame = convert(critic.take_rows(reviews.select("review")), critic.schema_)[2:3]
    end = trained.encode(frame)[encoder.port]
    ours = explain(critic, reviews, row=3, target_class="good").texts[0].terms

    def probabilities(weights: torch.Tensor) -> torch.Tensor:
        numbers = end[..., :1].expand(len(weights), -1, -1)
        inputs = Inputs({encoder.port: torch.cat([numbers, weights[..., None]], dim=2)})
        return torch.softmax(trained.exact_network(inputs)[0] / trained.temperature, dim=1)

    theirs = IntegratedGradients(probabilities).attribute(
        end[..., 1], torch.zeros_like(end[..., 1]), target=1, n_steps=1_000
    )[0]
    assert encoder.vocabulary is not None
    terms = [encoder.vocabulary.terms[number - 2] for number in end[0, :, 0].long().tolist()]
    largest = max(map(abs, ours.values()))
    for term, share in zip(terms, theirs.tolist(), strict=True):
        assert ours[term] == pytest.approx(share, abs=0.01 * largest)


def test_the_sum_of_a_neuron_has_the_terms_of_the_text_as_inputs(
    model: Classifier, reviews: pl.DataFrame
) -> None:
    found = explained(model, reviews, 3)
    neuron = found.neuron
    assert sum(neuron.terms.values()) + neuron.bias == pytest.approx(neuron.z, abs=1e-12)
    first = model.model_.exact_network.layers[0]
    bias = first.parameters["bias"].flatten()[neuron.number - 1].item()
    assert neuron.bias == pytest.approx(bias, abs=1e-9)
    assert not any("feature" in name for name in neuron.terms)
    assert all(
        x * w == pytest.approx(neuron.terms[name]) for name, (x, w) in neuron.factors.items()
    )


def test_what_terms_make_of_a_text_is_what_the_branch_makes(
    mixed_critic: Classifier, reviews: pl.DataFrame
) -> None:
    frame = convert(
        mixed_critic.take_rows(reviews.select("review", "age", "where")), mixed_critic.schema_
    )[:1]
    inputs = mixed_critic.model_.encode(frame)
    encoder = next(
        each for each in mixed_critic.model_.encoder.columns if each.vocabulary is not None
    )
    terms = terms_of_row(mixed_critic.model_, inputs, encoder)
    assert terms is not None
    x_I = mixed_critic.model_.exact_network.input_layer(inputs)[0].detach().numpy()
    assert terms.features.sum(axis=0) == pytest.approx(x_I[terms.places])


def test_a_missing_text_and_one_without_words_are_not_taken_apart(
    critic: Classifier, reviews: pl.DataFrame
) -> None:
    rows = pl.DataFrame({"review": [None, "<br>", "Unheard whatsoever"]})
    assert explain(critic, rows, row=1).texts == ()
    assert explain(critic, rows, row=2).texts[0].words == ()
    (unheard,) = explain(critic, rows, row=3).texts
    assert [word.is_known for word in unheard.words] == [False, False]


def test_numbers_are_explained_word_by_word_too(reviews: pl.DataFrame) -> None:
    stars = (reviews["verdict"] == "good").cast(pl.Float64) * 4.0
    model = Regressor(max_epochs=8, columns={"review": "text"})
    model.fit(reviews.select("review", "age"), stars)
    found = explain(model, reviews, row=1)
    assert found.texts[0].share == pytest.approx(found.columns["review"])


def test_everything_can_be_written_as_json(model: Classifier, reviews: pl.DataFrame) -> None:
    (text,) = json.loads(json.dumps(explained(model, reviews, 1).to_json()))["texts"]
    assert text["column"] == "review"
    assert {"word", "start", "end", "share", "is_known"} == set(text["words"][0])


def test_the_nearest_training_texts_say_the_same(model: Classifier, reviews: pl.DataFrame) -> None:
    found = nearest_rows(model, reviews, reviews, row=5)
    assert {neighbor.truth for neighbor in found.rows} <= {reviews["verdict"][4], None}
    assert found.rows[0].cells["review"] == reviews["review"][4]


def test_no_curve_is_drawn_over_texts(mixed_critic: Classifier, reviews: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="no curve can be drawn over texts"):
        response_curve(mixed_critic, reviews, "review")


def test_no_picture_is_there_to_look_into(mixed_critic: Classifier, reviews: pl.DataFrame) -> None:
    with pytest.raises(OptionError, match="inside must be a column of pictures"):
        explain(mixed_critic, reviews, inside="review")


def test_two_texts_a_picture_and_numbers_are_explained_side_by_side(
    reviews: pl.DataFrame, spots: pl.DataFrame
) -> None:
    table = reviews[:200].with_columns(spots["spot"], title=pl.col("review").str.head(20))
    model = Classifier(max_epochs=1, members=2, columns={"review": "text", "title": "text"})
    model.fit(table, "verdict")
    found = explain(model, table, row=3, inside="spot")
    assert found.completeness_error < 0.01
    assert found.picture is not None
    assert {text.column for text in found.texts} == {"review", "title"}
    for text in found.texts:
        assert text.share == pytest.approx(found.columns[text.column], abs=1e-12)
    neuron = found.neuron
    assert sum(neuron.terms.values()) + neuron.bias == pytest.approx(neuron.z, abs=1e-9)
    named = " ".join(neuron.terms)
    assert "review: " in named
    assert "title: " in named
    assert "spot feature" in named


def test_what_is_encoded_is_what_the_network_as_a_module_takes(
    critic: Classifier, reviews: pl.DataFrame
) -> None:
    """Terms and weights of each text; what comes out is the last layer's z."""
    inputs = critic.encode(reviews)
    assert isinstance(inputs, torch.Tensor)
    assert (inputs.shape[0], inputs.shape[2]) == (reviews.height, 2)
    z = critic.model_.network.to_module()(inputs) / critic.model_.temperature
    assert torch.softmax(z, dim=1).detach().numpy() == pytest.approx(
        critic.predict_proba(reviews), abs=1e-5
    )


def test_the_text_is_the_column_that_matters(
    mixed_critic: Classifier, reviews: pl.DataFrame
) -> None:
    found = pellucid.evaluate(mixed_critic, reviews)
    first, *others = importance(mixed_critic.model_, found.unseen_rows)
    assert first.name == "review"
    assert first.score_drop.low > max(other.score_drop.high for other in others)
