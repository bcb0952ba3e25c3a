"""Clusters beside those of flat algorithms and known labels, each figure checked by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

import pellucid
from pellucid import ClusteringResult, DataError, OptionError
from pellucid.comparison.cluster_verdict import Evidence, cluster_verdict
from pellucid.comparison.flat_clusters import FlatClustering
from pellucid.comparison.known_labels import LabelScores, known_labels, score_against
from pellucid.data.sources.table import read_table
from pellucid.model.cluster_count import Structure
from pellucid.model.record import Cost

NOT_CLEAR = Structure(p_value=0.6, beyond_chance=1.0, is_clear=False, reason="None are apart.")
CLEAR = Structure(p_value=0.001, beyond_chance=20.0, is_clear=True, reason="Some are apart.")


@pytest.fixture(scope="module")
def blobs() -> pl.DataFrame:
    """Three clear clusters of 60 rows in four columns, and what each of most rows is."""
    X, y = make_blobs([60, 60, 60], n_features=4, random_state=0)
    kind = pl.Series("kind", np.array(["oak", "ash", "elm"])[y])
    kind = kind.set(pl.Series(np.arange(180) % 10 == 0), None)
    return pl.DataFrame(X, schema=["a", "b", "c", "d"]).with_columns(kind)


@pytest.fixture(scope="module")
def found(blobs: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> ClusteringResult:
    path = tmp_path_factory.mktemp("blobs") / "trees.csv"
    blobs.write_csv(path)
    return pellucid.cluster(
        path,
        labels="kind",
        names=["one", "two", "three"],
        out=path.with_suffix(".pellucid"),
        n_clusters=3,
        random_state=0,
    )


# --- the whole -----------------------------------------------------------------------------------


def test_clear_clusters_are_found_by_all_and_k_means_is_enough(
    found: ClusteringResult, blobs: pl.DataFrame
) -> None:
    assert sum(found.sizes) + found.num_none == 180
    assert found.structure.is_clear
    assert [each.name for each in found.beside] == ["k-means", "Gaussian mixture"]
    for flat in found.beside:
        assert flat.labels is not None
        assert flat.agreement == adjusted_rand_score(found.assigned.likeliest, flat.labels)
        assert (flat.agreement, flat.stability) == (1.0, 1.0)
    assert found.stability == 1.0
    assert found.verdict == (
        "Use k-means: it finds nearly the same clusters as the network (agreement 1.00 of 1) and "
        "is simpler."
    )
    assert found.rows.frame.columns == blobs.columns


def test_labels_are_not_looked_at_before_the_clusters_are_there(found: ClusteringResult) -> None:
    assert [column.name for column in found.estimator.schema_] == ["a", "b", "c", "d"]
    against = found.against_labels
    assert against is not None
    assert (against.num_labeled, against.num_rows, against.num_labels) == (162, 180, 3)
    network, k_means, _ = against.scores
    assert network.accuracy == 1.0 - against.num_none / 162
    assert (k_means.name, k_means.accuracy, k_means.nmi, k_means.ari) == ("k-means", 1, 1, 1)
    assert sorted(map(str, against.matched)) == ["ash", "elm", "oak"]


def test_the_saved_model_has_the_names_and_says_where_it_is_from(found: ClusteringResult) -> None:
    assert found.saved is not None
    assert found.names == ["one", "two", "three"]
    loaded = pellucid.load(found.saved)
    assert loaded.model_.cluster_names() == found.names
    assert loaded.model_.record.origin.table == "trees.csv"
    assert loaded.model_.record.stability == 1.0
    assert loaded.predict(found.rows.frame).tolist() == found.assigned.labels.tolist()


def test_what_comes_back_is_plain_data(found: ClusteringResult) -> None:
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert plain["rows"] == 180
    assert [each["name"] for each in plain["clusters"]] == found.names
    assert plain["beside"][0]["agreement"] == 1.0
    assert plain["against labels"]["column"] == "kind"
    assert repr(found).startswith("ClusteringResult('trees.csv', 180 rows): 3 clusters of [")


def test_names_say_how_many_clusters_there_are(blobs: pl.DataFrame) -> None:
    found = pellucid.cluster(blobs.drop("kind"), names=["left", "right"], random_state=0)
    assert found.names == ["left", "right"]
    assert found.against_labels is None
    with pytest.raises(OptionError, match=r"2 names for 3 clusters"):
        pellucid.cluster(blobs, names=["left", "right"], n_clusters=3)


def test_one_cluster_is_compared_with_nothing(blobs: pl.DataFrame) -> None:
    found = pellucid.cluster(blobs.drop("kind"), n_clusters=1, random_state=0)
    assert found.verdict == "All rows are one cluster: there is nothing to compare."
    assert found.stability is None
    assert [each.agreement for each in found.beside] == [None, None]


def test_classes_of_folders_are_labels(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for name, brightness in (("dark", 40), ("light", 200)):
        (tmp_path / name).mkdir()
        for place in range(20):
            pixels = brightness + generator.integers(-20, 20, (8, 8))
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / name / f"{place}.png")
    found = pellucid.cluster(tmp_path, n_clusters=2, random_state=0, stop=lambda: True)
    assert found.against_labels is not None
    assert (found.against_labels.column, found.against_labels.labels) == (
        "label",
        ("dark", "light"),
    )
    k_means = found.against_labels.scores[1]
    assert (k_means.name, k_means.accuracy) == ("k-means", 1.0)


def test_a_folder_without_classes_is_clustered_without_labels(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    for place in range(20):
        pixels = 100 * (place % 2) + generator.integers(0, 50, (8, 8))
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / f"{place}.png")
    found = pellucid.cluster(tmp_path, n_clusters=2, random_state=0, stop=lambda: True)
    assert found.against_labels is None
    assert len(found.assigned.labels) == 20


# --- labels --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clusters:
    """What a network might have found; a row like none would be in cluster 0."""

    labels: np.ndarray

    @property
    def likeliest(self) -> np.ndarray:
        return np.maximum(self.labels, 0)

    @property
    def num_clusters(self) -> int:
        return int(self.labels.max()) + 1


def scored(labels: list[str | None], network: list[int], **flat: list[int]) -> LabelScores:
    clusters = {name: np.array(each) for name, each in flat.items()}
    return score_against("kind", pl.Series("kind", labels), Clusters(np.array(network)), clusters)


def test_clusters_are_matched_with_labels_one_to_one() -> None:
    found = scored(["a", "a", "b", "b", "b", None], [1, 1, 0, 0, 1, 0])
    assert found.scores[0].accuracy == 4 / 5
    assert found.matched == ("b", "a")
    assert found.labels == ("b", "a")
    assert found.counts.tolist() == [[2, 0], [1, 2]]
    assert (found.num_labeled, found.num_rows) == (5, 6)


def test_rows_like_none_count_as_wrong_and_have_a_line_of_their_own() -> None:
    found = scored(["a", "a", "b", "b"], [0, -1, 1, 1])
    assert found.scores[0].accuracy == 3 / 4
    assert (found.scores[0].nmi, found.scores[0].ari) == (1.0, 1.0)
    assert found.num_none == 1
    assert found.counts.tolist() == [[1, 0], [0, 2], [1, 0]]


def test_a_cluster_without_a_label_of_its_own_is_wrong() -> None:
    found = scored(["a", "a", "a", "b"], [0, 0, 1, 2])
    assert found.scores[0].accuracy == 3 / 4
    assert found.matched == ("a", None, "b")


def test_only_the_most_frequent_labels_have_a_column() -> None:
    labels = [f"l{place:02}" for place in range(25)] + ["l24"]
    found = scored(labels, [0] * 26)
    assert (found.num_labels, len(found.labels), found.labels[0]) == (25, 20, "l24")
    assert found.counts.tolist() == [[2, *[1] * 19, 5]]


def test_a_difference_has_an_interval() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 3, 400)
    wrong = np.where(generator.random(400) < 0.3, generator.integers(0, 3, 400), truth)
    names = [f"l{each}" for each in truth]
    _, same, worse = scored(names, truth.tolist(), same=truth.tolist(), k=wrong.tolist()).scores
    assert same.ahead == (0.0, 0.0)
    assert worse.ahead is not None
    assert 0.0 < worse.ahead[0] < 1.0 - worse.ari < worse.ahead[1]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1.0, 2.0, float("nan")], ["1", "2", None]),
        ([0.5, None], ["0.5", None]),
        ([True, False], ["True", "False"]),
        (["a", "NA"], ["a", None]),
    ],
)
def test_labels_are_read_as_text(cells: list[Any], expected: list[str | None]) -> None:
    table = read_table(pl.DataFrame({"kind": cells}, strict=False))
    assert known_labels(table, "kind").to_list() == expected


def test_labels_that_cannot_be_are_refused(blobs: pl.DataFrame) -> None:
    with pytest.raises(DataError, match=r"Did you mean .kind.\?"):
        pellucid.cluster(blobs, labels="kin")
    empty = blobs.with_columns(kind=pl.lit(None, dtype=pl.String))
    with pytest.raises(DataError, match="kind"):
        pellucid.cluster(empty, labels="kind")


# --- the verdict ---------------------------------------------------------------------------------


def flat(agreement: float | None, stability: float | None, failure: str = "") -> FlatClustering:
    return FlatClustering(
        name="k-means",
        labels=None,
        agreement=agreement,
        stability=stability,
        cost=Cost(seconds=1.0, cpu_seconds=1.0),
        failure=failure,
    )


UNDECIDED = Evidence(
    num_clusters=3,
    structure=CLEAR,
    stability=0.9,
    beside=[flat(0.5, 0.9)],
    against_labels=None,
    has_media=False,
)


def test_that_there_are_no_clear_clusters_is_said_first() -> None:
    told = cluster_verdict(replace(UNDECIDED, structure=NOT_CLEAR))
    assert told.startswith("No clear clusters. None are apart. Any algorithm finds clusters")


def test_where_they_differ_nobody_can_tell_from_the_rows() -> None:
    told = cluster_verdict(UNDECIDED)
    assert "nobody can tell from the rows alone which are right" in told.lower()
    assert told.endswith("use k-means, which is as repeatable and simpler.")
    media = cluster_verdict(replace(UNDECIDED, has_media=True))
    assert media.endswith("Look at examples of both before you choose.")
    stabler = cluster_verdict(replace(UNDECIDED, beside=[flat(0.5, 0.6)]))
    assert "speaks for the network's, but proves nothing" in stabler
    unknown = cluster_verdict(replace(UNDECIDED, stability=None))
    assert unknown.endswith("known labels of some could.")


def test_labels_decide_where_they_can() -> None:
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 3, 400)
    wrong = np.where(generator.random(400) < 0.3, generator.integers(0, 3, 400), truth)
    names = [f"l{each}" for each in truth]
    better = scored(names, truth.tolist(), **{"k-means": wrong.tolist()})
    assert "use the network." in cluster_verdict(replace(UNDECIDED, against_labels=better))
    worse = scored(names, wrong.tolist(), **{"k-means": truth.tolist()})
    assert "use k-means." in cluster_verdict(replace(UNDECIDED, against_labels=worse))
    alike = scored(names, truth.tolist(), **{"k-means": truth.tolist()})
    assert "which is simpler." in cluster_verdict(replace(UNDECIDED, against_labels=alike))
    few = scored(names[:20], truth[:20].tolist(), **{"k-means": wrong[:20].tolist()})
    assert "nobody" in cluster_verdict(replace(UNDECIDED, against_labels=few)).lower()


def test_a_flat_algorithm_that_fails_is_told_of() -> None:
    told = cluster_verdict(replace(UNDECIDED, beside=[flat(None, None, "out of memory")]))
    assert told == "No flat algorithm gave a result to compare with."
