"""`Clusterer`: clusters without a target, as scikit-learn has it, and more."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

import pellucid
from pellucid import Clusterer, DataError, NotFittedError, OptionError
from pellucid.model.cluster_model import ClusterModel

ROWS = 150


def table(seed: int = 0) -> tuple[pl.DataFrame, Any]:
    """Three clusters: of two numbers, and of a color that goes with them; with missing cells."""
    numbers, kinds = make_blobs([60, 50, 40], n_features=2, cluster_std=0.6, random_state=seed)
    colors = np.array(["red", "green", "blue"])[kinds]
    frame = pl.DataFrame({"width": numbers[:, 0], "height": numbers[:, 1], "color": colors})
    missing = pl.int_range(ROWS) % 17 == 0
    return frame.with_columns(pl.when(~missing).then("width")), kinds


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return table()[0]


@pytest.fixture(scope="module")
def fitted(rows: pl.DataFrame) -> Clusterer:
    return Clusterer(n_clusters=3).fit(rows)


def test_it_finds_clear_clusters(fitted: Clusterer) -> None:
    assert fitted.labels_.shape == (ROWS,)
    assert adjusted_rand_score(table()[1], fitted.labels_) > 0.95
    assert fitted.n_clusters_ == 3


def test_the_rows_learned_from_have_their_labels(fitted: Clusterer, rows: pl.DataFrame) -> None:
    assert_array_equal(fitted.predict(rows), fitted.labels_)


def test_probabilities_are_of_the_clusters(fitted: Clusterer, rows: pl.DataFrame) -> None:
    probabilities = fitted.predict_proba(rows)
    assert probabilities.shape == (ROWS, 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    belongs = fitted.labels_ >= 0
    assert_array_equal(probabilities.argmax(axis=1)[belongs], fitted.labels_[belongs])


def test_rows_near_each_other_on_the_map_are_alike(fitted: Clusterer, rows: pl.DataFrame) -> None:
    places = fitted.transform(rows)
    assert places.shape == (ROWS, 2)
    distances = np.linalg.norm(places[:, None] - places, axis=2) + np.eye(ROWS) * 1e9
    nearest = distances.argmin(axis=1)
    assert (fitted.labels_[nearest] == fitted.labels_).mean() > 0.95


def test_a_row_alone_is_as_in_company(fitted: Clusterer, rows: pl.DataFrame) -> None:
    together = fitted.assign(rows)
    for place in (0, 17, 149):
        alone = fitted.assign(rows[place : place + 1])
        assert_array_equal(alone.leaves[0], together.leaves[place])
        assert_array_equal(alone.positions[0], together.positions[place])
        assert alone.distances[0] == together.distances[place]


def test_the_same_seed_finds_the_same(fitted: Clusterer, rows: pl.DataFrame) -> None:
    again = Clusterer(n_clusters=3).fit(rows)
    assert_array_equal(again.labels_, fitted.labels_)
    assert_array_equal(again.model_.network.weights, fitted.model_.network.weights)


def test_a_row_far_from_all_is_like_none(fitted: Clusterer) -> None:
    odd = pl.DataFrame({"width": [40.0], "height": [-300.0], "color": ["yellow"]})
    assert fitted.predict(odd).tolist() == [-1]
    assert fitted.predict_proba(odd).sum() == pytest.approx(1.0)


def test_without_a_rate_no_row_of_training_is_like_none(rows: pl.DataFrame) -> None:
    assert (Clusterer(n_clusters=2, none_rate=0.0).fit(rows).labels_ >= 0).all()


def test_another_number_of_clusters_splits_or_merges(rows: pl.DataFrame) -> None:
    model = Clusterer(n_clusters=3).fit(rows)
    three = model.labels_.copy()
    two = model.cut(2).labels_
    assert set(two) - {-1} == {0, 1}
    for cluster in (0, 1):  # ids stay: only the last is taken away
        assert set(two[three == cluster]) <= {cluster, -1}
    assert len(set(two[three == 2])) == 1
    four = model.cut(4).labels_
    assert_array_equal(four[four < 3], three[four < 3])
    assert model.cut(3).labels_.tolist() == three.tolist()
    with pytest.raises(OptionError, match="can be cut into 1 to"):
        model.cut(99)


def test_clusters_have_names_that_stay_in_the_file(rows: pl.DataFrame) -> None:
    model = Clusterer(n_clusters=3).fit(rows).rename(["large", "middle", "small"])
    buffer = io.BytesIO()
    model.save(buffer)
    loaded = pellucid.load(buffer.getvalue())
    assert isinstance(loaded, Clusterer)
    assert loaded.model_.cluster_names() == ["large", "middle", "small"]
    assert loaded.model_.cluster_facts is not None
    assert loaded.model_.cluster_facts.names == ("large", "middle", "small")
    with pytest.raises(OptionError, match="2 names for 3 clusters"):
        model.rename(["a", "b"])


def test_it_is_saved_in_one_safe_file(
    fitted: Clusterer, rows: pl.DataFrame, tmp_path: Path
) -> None:
    fitted.save(tmp_path / "rows.pellucid")
    loaded = pellucid.load(tmp_path / "rows.pellucid")
    assert isinstance(loaded, Clusterer)
    assert isinstance(loaded.model_, ClusterModel)
    assert_array_equal(loaded.predict(rows), fitted.labels_)
    assert_array_equal(loaded.transform(rows), fitted.transform(rows))
    assert loaded.model_.record == fitted.model_.record
    assert loaded.model_.tree.to_json() == fitted.model_.tree.to_json()
    assert loaded.model_.cluster_facts == fitted.model_.cluster_facts


def test_how_many_is_said_with_a_range(rows: pl.DataFrame) -> None:
    model = Clusterer().fit(rows)
    count = model.model_.record.count
    assert count is not None
    assert count.low <= count.k <= count.high
    assert count.low <= 3 <= count.high
    assert model.n_clusters_ == count.k


def test_fit_without_a_target_clusters(rows: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows.write_csv(path)
    model = pellucid.fit(path, n_clusters=3)
    assert isinstance(model, Clusterer)
    assert model.n_clusters_ == 3
    with pytest.raises(OptionError, match="group is for learning a target"):
        pellucid.fit(path, group="color")
    with pytest.raises(OptionError, match="Clusterer has no option 'clusters'"):
        pellucid.fit(path, clusters=3)


def test_columns_can_be_left_out(rows: pl.DataFrame) -> None:
    model = Clusterer(n_clusters=2).fit(rows, leave_out=["color"])
    assert [column.name for column in model.schema_] == ["width", "height"]
    with pytest.raises(DataError, match=r"has no column 'colour'. Did you mean 'color'\?"):
        Clusterer().fit(rows, leave_out=["colour"])


def test_before_it_has_learned_there_is_nothing_to_say(rows: pl.DataFrame) -> None:
    with pytest.raises(NotFittedError):
        Clusterer().predict(rows)


def test_output_is_as_the_caller_wants_it(fitted: Clusterer, rows: pl.DataFrame) -> None:
    try:
        fitted.set_output(transform="polars")
        assert fitted.predict(rows).columns == ["cluster"]
        assert fitted.transform(rows).columns == ["map x", "map y"]
        assert fitted.predict_proba(rows).columns == ["cluster 0", "cluster 1", "cluster 2"]
    finally:
        fitted.set_output(transform="default")


def test_a_loaded_one_says_how_many_clusters_there_are(fitted: Clusterer, tmp_path: Path) -> None:
    fitted.save(tmp_path / "it.pellucid")
    loaded = pellucid.load(tmp_path / "it.pellucid")
    assert isinstance(loaded, Clusterer)
    assert loaded.n_clusters_ == 3
    assert loaded.cut(2).n_clusters_ == 2
    assert not hasattr(Clusterer(), "n_clusters_")
