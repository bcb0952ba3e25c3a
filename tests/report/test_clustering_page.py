"""The page of a clustering: whole, self-contained, and readable without color or pictures."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import make_blobs
from tests.report.test_page import Seen, check

import pellucid
from pellucid import ClusteringResult
from pellucid.model.cluster_count import ClusterCount
from pellucid.model.merge_tree import MergeTree
from pellucid.report.content.cluster_figures import (
    MOST_POINTS,
    count_figures,
    map_figure,
    merge_figures,
    splits_table,
)
from pellucid.report.content.clustering import count_in_words
from pellucid.report.figures import ClusterMap, CountCurve, MergeDiagram
from pellucid.report.html import html_of
from pellucid.report.page import page_of

COUNT = ClusterCount(
    k=3,
    low=2,
    high=4,
    rules={"silhouette": 2, "density": 3, "apart": 4},
    silhouettes={2: 0.5, 3: 0.6, 4: 0.4},
    stability={2: 0.9, 3: 0.95, 4: 0.7},
    reason="3 is the median of three rules.",
)


@pytest.fixture(scope="module")
def found() -> ClusteringResult:
    """Three clear clusters of 60 rows, and what most rows are known to be."""
    X, y = make_blobs([60, 60, 60], n_features=4, random_state=0)
    table = pl.DataFrame(X, schema=["<a>", "b", "c", "d"])
    kind = pl.Series("kind", np.array(["oak", "ash", "elm"])[y])
    return pellucid.cluster(
        table.with_columns(kind), labels="kind", names=["<i>", "two", "three"], n_clusters=3
    )


@pytest.fixture(scope="module")
def tree() -> MergeTree:
    """Four leaves: 3 splits from 1, 2 from 0, 1 from 0."""
    merges = np.array([[1, 3], [0, 2], [4, 5]])
    sizes = np.array([40.0, 20.0, 10.0, 5.0])
    return MergeTree.of(merges, np.array([1.0, 4.0, 9.0]), sizes)[0]


def test_a_clustering_is_told_whole(found: ClusteringResult) -> None:
    seen = Seen(html_of(page_of(found, command="pellucid cluster trees.csv")))
    check(seen)
    assert seen.sections == [
        "count",
        "clusters",
        "each",
        "tree",
        "beside",
        "none",
        "columns",
        "network",
        "training",
        "repeat",
    ]
    for expected in (
        found.verdict,
        "As was asked for: no rule was asked how many there are.",
        "Agreement with the labels of kind, on 180 rows",
        "pellucid cluster trees.csv",
        "Its outputs are the 6 leaves of the tree",
        "Far distances, and how large or dense a cluster is drawn, mean little",
        "are false alarms",
        "<i>: ",
    ):
        assert expected in seen.said
    assert "besides the target" not in seen.said


def test_page_and_data_say_the_same(found: ClusteringResult, tmp_path: Path) -> None:
    pellucid.write_report(found, tmp_path / "told.json")
    pellucid.write_report(found, tmp_path / "told.html")
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["summary"][0]["text"] == found.verdict
    assert [s["name"] for s in told["sections"]] == Seen(html_of(page_of(found))).sections


def test_the_map_writes_each_id_among_its_points(found: ClusteringResult) -> None:
    figure = map_figure(found)
    assert isinstance(figure.drawing, ClusterMap)
    assert [group.name for group in figure.drawing.groups] == ["0", "1", "2"]
    num_points = sum(len(group.points) for group in figure.drawing.groups)
    assert num_points + len(figure.drawing.others) == 180
    assert [row[0] for row in figure.numbers.rows[:3]] == ["<i>", "two", "three"]


def test_a_large_map_shows_some_rows_and_far_ones_at_its_edge(found: ClusteringResult) -> None:
    assigned = found.assigned
    many = replace(
        assigned,
        leaves=np.tile(assigned.leaves, (20, 1)),
        positions=np.tile(assigned.positions, (20, 1)),
        distances=np.tile(np.where(np.arange(180) == 0, 2.0, 0.5), 20),
    )
    many.positions[::180] = 1e6
    drawing = map_figure(replace(found, assigned=many)).drawing
    assert isinstance(drawing, ClusterMap)
    drawn = [point for group in drawing.groups for point in group.points]
    assert len(drawn) + len(drawing.others) == MOST_POINTS
    assert drawing.others
    assert np.abs(drawing.others).max() < 2.0 * np.abs(drawn).max()


def test_the_tree_is_cut_between_two_splits(tree: MergeTree) -> None:
    (figure,) = merge_figures(tree, 2, ["big", "small"])
    drawing = figure.drawing
    assert isinstance(drawing, MergeDiagram)
    assert drawing.leaves == ["0", "2", "1", "3"]
    assert drawing.cut == (9.0 + 4.0) / 2.0
    assert drawing.clusters == [(0.5, "0"), (2.5, "1")]
    assert [row[:3] for row in figure.numbers.rows] == [
        ["2", "big", "big: about 50; small: about 25"],
        ["3", "big", "big: about 40; cluster 2: about 10"],
        ["4", "small", "small: about 20; cluster 3: about 5"],
    ]


@pytest.mark.parametrize(("num_clusters", "cut"), [(1, 9.45), (4, 0.5)])
def test_the_tree_can_be_cut_at_its_ends(tree: MergeTree, num_clusters: int, cut: float) -> None:
    (figure,) = merge_figures(tree, num_clusters, [])
    assert isinstance(figure.drawing, MergeDiagram)
    assert figure.drawing.cut == pytest.approx(cut)


def test_of_many_splits_the_first_are_told(tree: MergeTree) -> None:
    table = splits_table(tree, [], most=3)
    assert [row[0] for row in table.rows] == ["2", "3"]
    assert table.rest == "… and so on, up to 4 clusters"


def test_what_speaks_for_each_number_is_drawn_with_the_plausible_ones() -> None:
    (figure,) = count_figures(COUNT)
    assert isinstance(figure.drawing, CountCurve)
    assert figure.drawing.plausible == (2, 4)
    assert [list(row) for row in figure.numbers.rows] == [
        ["2", "0.90", "0.50"],
        ["3", "0.95", "0.60"],
        ["4", "0.70", "0.40"],
    ]
    assert figure.numbers.strong == [1]
    assert count_figures(None) == []


def test_the_number_of_clusters_is_never_told_without_its_reason(found: ClusteringResult) -> None:
    record = replace(found.estimator.model_.record, count=COUNT, stability=None)
    assert count_in_words(record, 3).text == COUNT.reason
    assert count_in_words(record, 5).text == f"As was asked for. The rules say: {COUNT.reason}"
    assert count_in_words(replace(record, count=None), 1).lead == "1 cluster."
    told = count_in_words(replace(record, stability=0.4), 3).text
    assert told.endswith(
        "They are not repeatable: two halves of the rows agree to 0.40 (1 is full agreement)."
    )


def test_marks_of_clusters_differ_without_color(found: ClusteringResult) -> None:
    text = html_of(page_of(found))
    drawn = text[text.index('aria-label="The map') :]
    shapes = re.findall(r'<path id="map-[^"]+" d="([^"]+)"', drawn[: drawn.index("</svg>")])
    assert len({re.sub(r"[-\d. \n]+", "", shape) for shape in shapes}) >= 2
