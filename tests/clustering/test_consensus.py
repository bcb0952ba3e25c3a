"""Several ways to cluster vote; none of them is right for all tables."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from pellucid.clustering.columns import ColumnSpace
from pellucid.clustering.consensus import Sights, consensus
from pellucid.clustering.k_means import k_means
from pellucid.data.conversion import convert
from pellucid.data.encoded_rows import EncodedRows
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.rows import FrameRows
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import read_table
from pellucid.data.table_encoder import TableEncoder


def columns_of(frame: pl.DataFrame) -> ColumnSpace:
    table = read_table(frame)
    converted = convert(table, infer_schema(table))
    encoder = TableEncoder.fit(converted, np.ones(frame.height), EncodingPlan())
    return ColumnSpace.of(converted, EncodedRows.of(encoder, FrameRows(converted)))


@pytest.fixture(scope="module")
def blobs() -> tuple[ColumnSpace, list[int]]:
    numbers, kinds = make_blobs([80, 60, 40], n_features=3, cluster_std=0.8, random_state=1)
    frame = pl.DataFrame(numbers, schema=["a", "b", "c"])
    return columns_of(frame.with_columns(color=pl.Series(kinds).cast(pl.String) + "!")), kinds


def test_votes_are_shares(blobs: tuple[ColumnSpace, list[int]]) -> None:
    columns, kinds = blobs
    shares = consensus(Sights.of(columns, None, seed=0), 3, seed=0)
    assert_allclose(shares.sum(axis=1), 1.0)
    assert adjusted_rand_score(kinds, shares.argmax(axis=1)) > 0.95


def test_an_embedding_has_votes_too(blobs: tuple[ColumnSpace, list[int]]) -> None:
    columns, _ = blobs
    noise = np.random.default_rng(0).normal(size=(180, 4))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    alone = consensus(Sights.of(columns, None, seed=0), 3, seed=0)
    beside = consensus(Sights.of(columns, noise, seed=0), 3, seed=0)
    assert beside.max(axis=1).mean() < alone.max(axis=1).mean()  # noise votes otherwise


def test_where_voters_hardly_agree_k_means_decides() -> None:
    noise = np.random.default_rng(0).normal(size=(200, 12))
    columns = columns_of(pl.DataFrame(noise, schema=list("abcdefghijkl")))
    shares = consensus(Sights.of(columns, None, seed=0), 5, seed=0)
    alone = k_means(columns.values, 5, 0, starts=10).labels
    assert_allclose(shares.max(axis=1), 1.0)
    assert adjusted_rand_score(alone, shares.argmax(axis=1)) == 1.0


def test_no_cluster_gets_lost(blobs: tuple[ColumnSpace, list[int]]) -> None:
    columns, _ = blobs
    for num_clusters in (2, 5, 8):
        shares = consensus(Sights.of(columns, None, seed=0), num_clusters, seed=0)
        assert len(np.unique(shares.argmax(axis=1))) == num_clusters


def test_clusters_of_some_rows_label_all(blobs: tuple[ColumnSpace, list[int]]) -> None:
    columns, kinds = blobs
    some = np.arange(0, 180, 2)
    shares = consensus(Sights.of(columns, None, seed=0), 3, seed=0, learned=some)
    assert adjusted_rand_score(kinds, shares.argmax(axis=1)) > 0.95


def test_a_long_tail_is_seen_as_its_logarithm() -> None:
    prices = np.exp(np.random.default_rng(0).normal(size=300) * 2)
    columns = columns_of(pl.DataFrame({"price": prices, "size": np.arange(300.0) % 7}))
    skewness = (columns.without_tails.values**3).mean(axis=0)
    assert (columns.values[:, 0] ** 3).mean() > 3.0
    assert abs(skewness[0]) < 2.0
    assert_allclose(columns.without_tails.values[:, 1], columns.values[:, 1])
