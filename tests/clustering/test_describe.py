"""What each cluster is: told of rows whose clusters are known, so that the truth is too."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import mutual_info_score
from tests.conftest import make_reviews, make_spots

from pellucid.clustering.describe import ClusteredRows, describe
from pellucid.clustering.describe_columns import (
    Grouping,
    bins_of_quantity,
    information_of,
)
from pellucid.clustering.describe_examples import CERTAIN, MOST_EXAMPLES
from pellucid.clustering.describe_facts import facts_of_clusters
from pellucid.clustering.describe_words import log_odds
from pellucid.data.conversion import convert
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import read_table
from pellucid.model.cluster_facts import ClusterFacts, MedianFact, ShareFact

SIZES = (200, 120, 80)


def made(seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """Three clusters, told apart by three columns; four columns are noise."""
    generator = np.random.default_rng(seed)
    ids = generator.permutation(np.repeat(np.arange(3), SIZES))
    n = len(ids)
    length = np.array([190, 200, 220])[ids] + generator.normal(0, 3, n).round()
    island = np.array(["Dream", "Dream", "Biscoe"])[ids]
    frame = pl.DataFrame(
        {
            "length": pl.Series(length).set(pl.Series(generator.random(n) < 0.05), None),
            "island": island,
            "tags": [
                f"{'wet' if one == 1 else 'dry'};{tag}"
                for one, tag in zip(ids, "ab" * (n // 2), strict=True)
            ],
            "ring": [None if one == 1 and n % 2 else "yes" for n, one in enumerate(ids)],
            "noise": generator.normal(size=n).round(2),
            "noise too": generator.normal(size=n).round(2),
            "coin": generator.choice(["heads", "tails"], n),
            "die": generator.choice(list("abcdef"), n),
        }
    )
    return frame, ids


def clustered(table: pl.DataFrame, ids: np.ndarray, certainty: float = 1.0) -> ClusteredRows:
    """Rows with the clusters they are in, as sure as is said, at places of these clusters."""
    kinds = {"tags": "list"} if "tags" in table.columns else None
    source = read_table(table)
    schema = infer_schema(source, kinds=kinds)
    count = max(1, int(ids.max()) + 1)
    spread = np.full((len(ids), count), (1.0 - certainty) / max(1, count - 1))
    spread[ids >= 0, ids[ids >= 0]] = certainty
    places = np.random.default_rng(1).normal(size=(len(ids), 2)) + 9.0 * ids[:, None]
    return ClusteredRows(
        frame=convert(source, schema),
        schema=schema,
        ids=ids,
        probabilities=spread,
        embedding=places,
    )


@pytest.fixture(scope="module")
def facts() -> ClusterFacts:
    return describe(clustered(*made()))


# --- Columns ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_columns_that_tell_clusters_apart_come_first_and_noise_tells_nothing(seed: int) -> None:
    columns = describe(clustered(*made(seed)), seed=seed).columns
    telling = {each.name for each in columns if each.tells_apart}
    assert telling == {"length", "island", "tags", "ring"}
    assert {each.name for each in columns[:4]} == telling
    assert all(abs(each.bits) < 0.03 for each in columns[4:])


def test_information_is_mutual_information_in_bits() -> None:
    generator = np.random.default_rng(0)
    places, ids = generator.integers(0, 4, 300), generator.integers(0, 3, 300)
    expected = mutual_info_score(places, ids) / math.log(2)
    assert information_of(places, ids) == pytest.approx(expected)


def test_a_value_that_many_have_is_in_a_bin_of_its_own() -> None:
    """So a few rows above or below it are told, as of a loss that hardly anybody made."""
    values = np.array([0.0] * 90 + [-3.0, -2.0, -1.0, 5.0, 6.0, np.nan])
    places, num_bins = bins_of_quantity(values)
    assert num_bins == 3
    assert places.tolist() == [1] * 90 + [0, 0, 0, 2, 2, -1]
    places, num_bins = bins_of_quantity(np.arange(100.0))
    assert np.bincount(places).tolist() == [10] * num_bins


# --- Facts -----------------------------------------------------------------------------------


def test_a_cluster_is_told_beside_all_rows(facts: ClusterFacts) -> None:
    """In the order of what tells it from the rest, and as the columns write their cells."""
    biscoe = facts.clusters[2]
    assert biscoe.size == 80
    first, second = biscoe.facts[:2]
    assert isinstance(first, ShareFact)
    assert (first.words, first.share, first.overall) == ("island is Biscoe", 1.0, 0.2)
    assert isinstance(second, MedianFact)
    assert second.column == "length"
    assert (second.median, second.overall) == ("219", "195")
    assert second.rank == pytest.approx(0.9, abs=0.01)


def test_missing_cells_and_single_values_of_lists_are_facts_too(facts: ClusterFacts) -> None:
    told = {each.words: each for each in facts.clusters[1].facts if isinstance(each, ShareFact)}
    assert told["tags has wet"].share == 1.0
    assert told["ring is missing"].share == pytest.approx(0.5, abs=0.1)
    assert told["ring is missing"].overall == pytest.approx(0.15, abs=0.05)


def test_where_the_median_is_that_of_all_rows_it_is_told_how_many_are_above_a_point() -> None:
    """Three quarters of the rows have 0, whatever their cluster: no median says anything."""
    generator = np.random.default_rng(0)
    ids = np.repeat([0, 1], 500)
    gain = np.where(generator.random(1000) < np.where(ids == 1, 0.24, 0.02), 7000.0, 0.0)
    gain += (gain > 0) * generator.integers(0, 900, 1000)
    (fact,) = (
        describe(clustered(pl.DataFrame({"gain": gain, "coin": ["a", "b"] * 500}), ids))
        .clusters[1]
        .facts
    )
    assert isinstance(fact, ShareFact)
    assert fact.words == "gain > 0"
    assert (fact.share, fact.overall) == pytest.approx((0.24, 0.13), abs=0.03)


def test_a_cluster_of_few_rows_is_told_too() -> None:
    """Though a column that tells it from all others says next to nothing of all the clusters."""
    generator = np.random.default_rng(0)
    ids = np.repeat([0, 1, 2], [1000, 990, 10])
    loss = np.where(ids == 2, 1900.0, 0.0)
    table = pl.DataFrame(
        {
            "loss": loss + (loss > 0) * generator.integers(0, 90, 2000),
            "age": ids % 2 * 30 + generator.integers(0, 20, 2000),
        }
    )
    found = describe(clustered(table, ids))
    assert found.clusters[2].facts[0].column == "loss"
    assert all(each.tells_apart for each in found.columns)


def test_noise_is_no_fact_and_no_column_is_told_many_times(facts: ClusterFacts) -> None:
    for cluster in facts.clusters:
        columns = [each.column for each in cluster.facts]
        assert set(columns) <= {"length", "island", "tags", "ring"}
        assert max(map(columns.count, columns)) <= 2
        bits = [each.bits for each in cluster.facts]
        assert bits == sorted(bits, reverse=True)


def test_rows_of_no_cluster_are_among_all_rows_and_in_none() -> None:
    table, ids = made()
    rows = clustered(table, np.where(ids == 2, -1, ids))
    found = describe(rows)
    assert (len(found.clusters), found.num_none) == (2, 80)
    grouping = Grouping(ids=rows.ids, num_clusters=2, is_private=False)
    (first, *_), _ = facts_of_clusters(rows.frame, rows.schema, grouping)
    assert isinstance(first, MedianFact)
    assert first.overall == "195"


# --- Rules -----------------------------------------------------------------------------------


def test_a_rule_is_as_short_as_it_can_be_and_says_how_far_it_holds(facts: ClusterFacts) -> None:
    rule = facts.clusters[2].rule
    assert rule is not None
    assert rule.ways == ("island is Biscoe",)
    assert (rule.precision, rule.recall, rule.held_out, rule.is_faithful) == (1.0, 1.0, 100, True)


def test_a_rule_reads_as_it_is_judged() -> None:
    """What its words say, done by hand on the rows that judged, gives the same numbers."""
    generator = np.random.default_rng(0)
    x, y = generator.integers(0, 100, (2, 2000))
    ids = ((x > 40) & (x <= 70) & (y > 20)).astype(np.int64)
    rule = describe(clustered(pl.DataFrame({"x": x, "y": y}), ids)).clusters[1].rule
    assert rule is not None
    assert rule.ways == ("40 < x ≤ 70 and y > 20",)
    assert (rule.precision, rule.recall) == (1.0, 1.0)


def test_a_rule_says_nothing_twice() -> None:
    """Of a town that is Oslo it need not be said that it is not Rome, though a tree asked it."""
    generator = np.random.default_rng(0)
    town = generator.choice(["Rome", "Oslo", "Bern"], 2000, p=[0.5, 0.3, 0.2])
    x = generator.normal(size=2000).round(2)
    ids = ((town == "Oslo") & (x > 0)) | (town == "Rome")
    rule = (
        describe(clustered(pl.DataFrame({"town": town, "x": x}), ids.astype(int))).clusters[1].rule
    )
    assert rule is not None
    assert rule.ways == ("town is Rome", "x > 0.00 and town is Oslo")


def test_where_no_short_rule_holds_it_says_so() -> None:
    """A checkerboard: three questions do not find its fields."""
    generator = np.random.default_rng(0)
    x, y, z = generator.random((3, 2000)).round(3)
    ids = ((x * 6).astype(int) + (y * 6).astype(int)) % 2
    ids = np.where(z > 0.7, 1, ids)
    rule = describe(clustered(pl.DataFrame({"x": x, "y": y, "z": z}), ids)).clusters[0].rule
    assert rule is not None
    assert not rule.is_faithful


def test_of_few_rows_no_rule_is_made() -> None:
    table, ids = made()
    rows = clustered(table, np.where((ids == 2) & (np.cumsum(ids == 2) > 15), 0, ids))
    assert describe(rows).clusters[2].rule is None


# --- Texts and pictures ----------------------------------------------------------------------


def test_words_are_those_that_a_cluster_has_more_often() -> None:
    table = make_reviews()
    ids = (table["verdict"] == "bad").cast(pl.Int64).to_numpy()
    good, bad = describe(clustered(table.select("review"), ids)).clusters
    assert {word.word for word in good.words[0].words} == {"lovely", "great", "superb"}
    assert {word.word for word in bad.words[0].words} == {"awful", "boring", "broken"}
    assert all(word.share > 2 * word.overall * 0.9 for word in bad.words[0].words)


def test_log_odds_are_those_of_the_paper() -> None:
    """Equations 16, 20 and 22 of Monroe, Colaresi & Quinn 2008, for one word of two groups."""
    counts = np.array([[30.0, 10.0], [70.0, 90.0]])
    prior, priors = 0.1 * 40.0, 0.1 * 200.0
    first = math.log((30 + prior) / (100 + priors - 30 - prior))
    second = math.log((10 + prior) / (100 + priors - 10 - prior))
    z = (first - second) / math.sqrt(1 / (30 + prior) + 1 / (10 + prior))
    assert log_odds(counts)[0].tolist() == pytest.approx([z, -z])


def test_a_mean_picture_is_the_mean_of_its_pictures() -> None:
    table = make_spots()
    ids = (table["side"] == "lying").cast(pl.Int64).to_numpy()
    for cluster, found in enumerate(describe(clustered(table.select("spot"), ids)).clusters):
        (picture,) = found.pictures
        pixels = np.frombuffer(picture.pixels, dtype=np.uint8).reshape(picture.size)[..., 0]
        expected = table["spot"].to_numpy()[ids == cluster].mean(axis=0)
        assert np.abs(pixels - expected).max() <= 0.5


# --- Rows ------------------------------------------------------------------------------------


def test_typical_rows_are_nearest_to_the_center_and_none_is_shown_twice() -> None:
    table, ids = made()
    rows = clustered(table, ids)
    own = np.flatnonzero(ids == 0)
    rows.embedding[own[1::2]] = rows.embedding[own[::2]]
    cluster = describe(rows).clusters[0]
    places = [each.row - 1 for each in cluster.typical]
    assert len(places) == MOST_EXAMPLES
    assert len(np.unique(rows.embedding[places], axis=0)) == MOST_EXAMPLES
    center = rows.embedding[ids == 0].mean(axis=0)
    distances = np.linalg.norm(rows.embedding - center, axis=1)
    assert distances[places[0]] == distances[ids == 0].min()
    assert distances[places].tolist() == sorted(distances[places])


def test_doubtful_rows_are_the_least_certain_and_name_the_other_cluster() -> None:
    table, ids = made()
    rows = clustered(table, ids, certainty=0.95)
    place = int(np.flatnonzero(ids == 1)[7])
    rows.probabilities[place] = 0.05, 0.55, 0.4
    found = describe(rows)
    (doubtful,) = found.clusters[1].doubtful
    assert (doubtful.row, doubtful.probability, doubtful.other) == (place + 1, 0.55, 2)
    assert doubtful.probability < CERTAIN
    assert not found.clusters[0].doubtful


# --- All together ----------------------------------------------------------------------------


def test_the_same_rows_give_the_same_facts_and_json_holds_them(facts: ClusterFacts) -> None:
    assert describe(clustered(*made())) == facts
    assert json.loads(json.dumps(facts.to_json()))["num_rows"] == 400


def test_clusters_may_have_names_and_one_may_have_no_rows() -> None:
    table, ids = made()
    rows = clustered(table, np.where(ids == 1, 0, ids))
    found = describe(rows, names=["many", "nobody", "few"])
    assert [each.size for each in found.clusters] == [320, 0, 80]
    assert found.names == ("many", "nobody", "few")
    assert found.clusters[1].facts == found.clusters[1].typical == ()


def odd_tables() -> dict[str, tuple[pl.DataFrame, list[int]]]:
    """Rows of which there is little to say."""
    plain = pl.DataFrame({"a": np.arange(40) % 7 * 1.5, "b": ["x", "y"] * 20})
    halves = [0] * 20 + [1] * 20
    return {
        "all rows in no cluster": (plain, [-1] * 40),
        "a column hardly there": (
            plain.with_columns(c=pl.Series([None] * 38 + [1.5, 2.5])),
            halves,
        ),
        "two rows": (pl.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]}), [0, 1]),
        "a number beyond float32": (pl.DataFrame({"a": np.r_[np.arange(39), 1e300]}), halves),
        "hardly a text": (pl.DataFrame({"a": [None] * 38 + ["a few words", "others"]}), halves),
    }


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("name", odd_tables())
def test_little_is_said_where_there_is_little_to_say(name: str, private: bool) -> None:
    table, ids = odd_tables()[name]
    rows = clustered(table, np.array(ids))
    assert describe(rows, is_private=private).num_rows == len(ids)


def test_a_single_cluster_has_nothing_to_be_told_from() -> None:
    table, ids = made()
    (only,) = describe(clustered(table, np.zeros_like(ids))).clusters
    assert (only.size, only.facts, only.rule) == (400, (), None)


def test_of_private_rows_nothing_of_few_is_told() -> None:
    """No level of a few rows, no exact number, no row; medians and shares stay about the same."""
    table, ids = made()
    rare = pl.Series([f"Zaphod{n}" if n % 100 == 0 else "usual" for n in range(len(ids))])
    exact = pl.Series(np.random.default_rng(0).normal(50, 1, len(ids)) + 20.0 * (ids == 2))
    rows = clustered(table.with_columns(rare=rare, exact=exact.round(5)), ids)
    told, open_too = describe(rows, is_private=True), describe(rows)
    assert not any(each.typical or each.doubtful for each in told.clusters)
    assert "Zaphod" not in json.dumps(told.to_json())
    for one, other in zip(told.clusters, open_too.clusters, strict=True):
        assert one.size == other.size
    (median,) = (each for each in told.clusters[2].facts if each.column == "exact")
    assert isinstance(median, MedianFact)
    assert float(median.median) == pytest.approx(70.0, abs=1.0)
    assert float(median.median) not in rows.frame["exact"].to_list()


def test_of_penguins_it_is_seen_that_the_island_leads(shared_data: Path) -> None:
    """Clusters that are islands: no other column may stand before it."""
    table = pl.read_csv(shared_data / "penguins" / "penguins.csv", null_values="NA")
    ids = table["island"].cast(pl.Categorical).to_physical().cast(pl.Int64).to_numpy()
    found = describe(clustered(table, ids))
    assert found.columns[0].name == "island"
    assert not {each.name: each for each in found.columns}["year"].tells_apart
