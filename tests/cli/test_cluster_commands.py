"""Clusters on the command line: found, looked at again, and told of new rows."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import make_blobs

Run = Callable[..., str]


@pytest.fixture
def trees() -> pl.DataFrame:
    """Three clear clusters of 60 rows, and what each row is."""
    X, y = make_blobs([60, 60, 60], n_features=4, random_state=0)
    table = pl.DataFrame(X.round(3), schema=["a", "b", "c", "d"])
    return table.with_columns(pl.Series("kind", np.array(["oak", "ash", "elm"])[y]))


def test_from_a_csv_to_the_clusters_of_new_rows(run: Run, trees: pl.DataFrame) -> None:
    trees.write_csv("trees.csv")
    said = run("cluster", "trees.csv", "--labels", "kind", "--report", "trees.html")
    for expected in (
        "Read 180 rows, 5 columns from trees.csv",
        "3 clusters.",
        "Are there clear clusters? Yes.",
        "cluster 0: 60 rows, 33 % of all",
        "median of ",
        "k-means 1.00",
        "Agreement with the labels of kind, on 180 rows",
        "Use k-means: it finds nearly the same clusters",
        "Wrote trees.html",
        "Saved trees.clusters.pellucid",
        "pellucid predict trees.clusters.pellucid NEW_ROWS.csv --out clusters.csv",
        "pellucid inspect trees.clusters.pellucid",
    ):
        assert expected in said

    said = run("inspect", "trees.clusters.pellucid")
    for expected in (
        "trees.clusters.pellucid: Clusterer of 3 clusters",
        "Learned from 180 rows from trees.csv",
        "cluster 2: 60 rows",
        "What splits with each further cluster",
        "hidden 1",
        "The network then learned the teacher's clusters",
    ):
        assert expected in said
    told = json.loads(run("inspect", "trees.clusters.pellucid", "--json"))
    assert told["num_clusters"] == 3
    assert [each["name"] for each in told["facts"]["clusters"]] == [
        "cluster 0",
        "cluster 1",
        "cluster 2",
    ]

    said = run("predict", "trees.clusters.pellucid", "trees.csv", "--out", "clusters.csv")
    assert "Predicted 180 rows into clusters.csv" in said
    predicted = pl.read_csv("clusters.csv")
    assert predicted.columns == ["cluster", "probability", "map x", "map y"]
    for name, count in predicted["cluster"].value_counts().iter_rows():
        assert f"{name} {count}" in said


def test_what_is_said_can_be_read_by_programs(run: Run, trees: pl.DataFrame) -> None:
    trees.drop("kind").write_csv("trees.csv")
    told = json.loads(run("cluster", "trees.csv", "--clusters", "2", "--names", "x,y", "--json"))
    assert [each["name"] for each in told["clusters"]] == ["x", "y"]
    assert told["model"] == "trees.clusters.pellucid"
    assert told["replaced"] is False
    assert told["page"] is None
    told = json.loads(run("predict", told["model"], "trees.csv", "--out", "c.csv", "--json"))
    assert list(told["counts"]) == ["x", "y", "none"]
    assert sum(told["counts"].values()) == 180


def test_a_clustering_has_nothing_to_judge(run: Run, trees: pl.DataFrame) -> None:
    trees[:40].write_csv("trees.csv")
    run("cluster", "trees.csv", "--clusters", "2", "--json")
    for command in ("evaluate", "explain"):
        with pytest.raises(AssertionError, match="tells clusters: it has no target"):
            run(command, "trees.clusters.pellucid", "trees.csv")
