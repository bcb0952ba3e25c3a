"""Neighbors: the training rows nearest in the last hidden layer, as scikit-learn finds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.neighbors import NearestNeighbors

from pellucid import Classifier, DataError, OptionError, Regressor, explain, nearest_rows
from pellucid.data.conversion import convert
from pellucid.explanation import neighbors


@pytest.fixture(params=["buyer", "spender", "plain", "shared"])
def model(request: pytest.FixtureRequest) -> Any:
    """Members with matrices of their own, a single network, and members that share a layer."""
    if request.param in ("buyer", "spender"):
        return request.getfixturevalue(request.param)
    people = request.getfixturevalue("people").drop("buys")
    if request.param == "plain":
        return Regressor(members=1, max_epochs=3).fit(people, "spends")
    options = {"members": 3, "hidden_layer_sizes": (12, 8), "max_epochs": 2}
    return Regressor(**options).fit(pl.concat([people] * 9), "spends")


def last_hidden(model: Any, people: pl.DataFrame) -> np.ndarray:
    """The h of all members side by side, from the layers' outputs in order."""
    frame = convert(model.take_rows(people), model.schema_)
    network = model.model_.exact_network
    *_, h, _ = network.trace(model.model_.encode(frame))
    return np.concatenate(h.reshape(network.members, len(people), -1).numpy(), axis=1)


def test_they_are_the_nearest_in_the_last_hidden_layer(model: Any, people: pl.DataFrame) -> None:
    training, rows = people[:200], people[200:]
    h = last_hidden(model, people)
    search = NearestNeighbors(n_neighbors=5).fit(h[:200])
    distances, places = search.kneighbors(h[203:204])
    found = nearest_rows(model, training, rows, row=4)
    assert [neighbor.row - 1 for neighbor in found.rows] == places[0].tolist()
    assert np.allclose([neighbor.distance for neighbor in found.rows], distances[0])
    assert (found.num_rows, found.sample) == (200, 200)
    own = search.kneighbors()[0][:, 0]
    assert found.typical == pytest.approx((own >= distances[0, 0]).mean())


def test_each_comes_with_what_it_was_and_what_is_predicted_for_it(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    found = nearest_rows(buyer, people[:200], people[200:], row=1, count=2)
    assert len(found.rows) == 2
    likeliest = buyer.predict_proba(people[200:])[0].argmax()
    assert found.output == f"probability of {buyer.classes_[likeliest]}"
    for neighbor in found.rows:
        place = neighbor.row - 1
        assert neighbor.cells == people.row(place, named=True)
        assert neighbor.truth == people["buys"][place]
        assert neighbor.prediction == pytest.approx(buyer.predict_proba(people)[place, likeliest])


def test_the_training_table_needs_no_target(spender: Regressor, people: pl.DataFrame) -> None:
    found = nearest_rows(spender, people.drop("spends"), people)
    assert all(neighbor.truth is None for neighbor in found.rows)


def test_a_row_of_the_training_table_finds_itself(model: Any, people: pl.DataFrame) -> None:
    found = explain(model, people, row=31, training=people).neighbors
    assert found is not None
    assert (found.rows[0].row, found.rows[0].distance, found.typical) == (31, 0.0, 1.0)


def test_a_row_unlike_any_other_is_not_typical(spender: Regressor, people: pl.DataFrame) -> None:
    strange = people[:1].with_columns(age=pl.lit(1e6), joined=pl.date(2200, 1, 1))
    usual = nearest_rows(spender, people[100:], people[:1])
    found = nearest_rows(spender, people[100:], strange)
    assert found.typical < 0.05 < usual.typical
    assert found.rows[0].distance > usual.rows[0].distance


def test_blocks_and_samples_change_nothing(
    spender: Regressor, people: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = nearest_rows(spender, people, people[::-1], row=7, count=9)
    monkeypatch.setattr(neighbors, "ROWS_COMPARED_AT_ONCE", 37)
    blocks = nearest_rows(spender, people, people[::-1], row=7, count=9)
    assert [n.row for n in blocks.rows] == [n.row for n in whole.rows]
    assert blocks.typical == whole.typical
    monkeypatch.setattr(neighbors, "TYPICAL_ROWS", 100)
    assert nearest_rows(spender, people, people, row=7).sample == 100


@pytest.mark.parametrize("count", [0, -1, 2.5, "3"])
def test_a_count_that_is_none(buyer: Classifier, people: pl.DataFrame, count: Any) -> None:
    with pytest.raises(OptionError, match="count must be a whole number of at least 1"):
        nearest_rows(buyer, people, people, count=count)


def test_no_training_rows(buyer: Classifier, people: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="has no rows"):
        nearest_rows(buyer, people[:0], people)
