"""What is said of clusters, once for page, terminal and JSON."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.conftest import make_reviews, make_spots

from pellucid.clustering.describe import ClusteredRows, describe
from pellucid.data.conversion import convert
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import read_table
from pellucid.model.cluster_facts import (
    ClusterDescription,
    ClusterFacts,
    ColumnWords,
    MedianFact,
    RankedColumn,
    Rule,
    ShareFact,
    Word,
)
from pellucid.report.content.clusters import (
    cluster_elements,
    example_numbers,
    fact_in_words,
    mean_pictures,
    ranking,
    rule_line,
    sizes_table,
)
from pellucid.report.elements import Details, Gallery, Page, Paragraph, Section, Table
from pellucid.report.html import html_of

MEDIAN = MedianFact(
    column="flipper_mm",
    bits=0.7,
    median="216",
    half=("212", "221"),
    overall="197",
    overall_half=("190", "213"),
    rank=0.8,
)
SHARE = ShareFact(column="island", bits=0.5, words="island is Biscoe", share=1.0, overall=0.488)
RULE = Rule(ways=("flipper_mm > 206",), precision=0.95, recall=0.97, held_out=86)
GENTOO = ClusterDescription(name="gentoo", size=123, facts=(MEDIAN, SHARE), rule=RULE)
FACTS = ClusterFacts(
    num_rows=344,
    columns=(
        RankedColumn(name="flipper_mm", bits=0.91, tells_apart=True),
        RankedColumn(name="year", bits=-0.001, tells_apart=False),
    ),
    clusters=(GENTOO, ClusterDescription(name="others", size=220)),
)


def test_facts_are_told_beside_all_rows() -> None:
    assert fact_in_words(MEDIAN) == "median of flipper_mm: 216 against 197"
    assert fact_in_words(SHARE) == "island is Biscoe: 100 % against 49 %"
    nearly = replace(SHARE, share=0.998, overall=0.001)
    assert fact_in_words(nearly) == "island is Biscoe: > 99 % against < 1 %"


def test_sizes_count_the_rows_of_no_cluster_too() -> None:
    table = sizes_table(FACTS)
    assert [list(row) for row in table.rows] == [
        ["gentoo", "123", "36 %", "median of flipper_mm: 216 against 197"],
        ["others", "220", "64 %", "–"],
        ["none", "1", "< 1 %", "like no cluster"],
    ]


def test_columns_that_say_nothing_are_pale_and_named() -> None:
    table, note = ranking(FACTS)
    assert isinstance(table, Table)
    assert isinstance(note, Paragraph)
    assert [row[:2] for row in table.rows] == [["flipper_mm", "0.91"], ["year", "0.00"]]
    assert table.faint == [1]
    assert note.text.endswith("No more than chance, or next to nothing, says: year.")
    assert ranking(replace(FACTS, columns=())) == []


def test_a_cluster_is_told_with_its_rule_and_how_far_this_holds() -> None:
    size, table, rule = cluster_elements(FACTS, 0)
    assert size == Paragraph(text="gentoo: 123 rows, 36 % of all", style="title")
    assert isinstance(table, Table)
    assert [row[:3] for row in table.rows] == [
        ["median of flipper_mm", "216 (212 to 221)", "197 (190 to 213)"],
        ["island is Biscoe", "100 %", "49 %"],
    ]
    assert isinstance(rule, Paragraph)
    assert rule.lead == "Rule"
    assert rule.text == (
        "flipper_mm > 206. On 86 held-out rows it takes 97 % of the cluster's rows, and 95 % of "
        "the rows that it takes are of the cluster."
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (replace(RULE, recall=0.5), "No short rule describes it. The best that was found: on"),
        (replace(RULE, ways=(), recall=0.0), "No short rule describes it: none was found."),
        (None, "No rule was tried"),
    ],
)
def test_a_rule_that_does_not_hold_is_not_shown(rule: Rule | None, said: str) -> None:
    line = rule_line(rule)
    assert line.text.startswith(said)
    assert "206" not in line.text


def test_of_long_numbers_among_words_the_length_is_told() -> None:
    words = tuple(Word(word=each, share=0.5, overall=0.1, z=9.0) for each in ("0000000", "call"))
    spam = ClusterDescription(name="spam", size=9, words=(ColumnWords(column="x", words=words),))
    facts = ClusterFacts(num_rows=9, columns=(), clusters=(spam,))
    assert sizes_table(facts).rows[0][3] == "words: a number of 7 digits, call"


def described(table: pl.DataFrame, target: str) -> tuple[ClusterFacts, pl.DataFrame]:
    """What is told of rows whose clusters are the levels of a column, and the rows shown of it."""
    ids = table[target].rank("dense").cast(pl.Int64).to_numpy() - 1
    source = read_table(table.drop(target))
    schema = infer_schema(source)
    frame = convert(source, schema)
    sure = np.where(ids[:, None] == np.arange(2), 0.8, 0.2)
    places = np.random.default_rng(0).normal(size=(len(ids), 2)) + 9.0 * ids[:, None]
    rows = ClusteredRows(frame=frame, schema=schema, ids=ids, probabilities=sure, embedding=places)
    facts = describe(rows)
    return facts, frame[[number - 1 for number in example_numbers(facts)]]


def test_pictures_stand_for_their_cluster() -> None:
    facts, frame = described(make_spots(), "side")
    galleries = [each for each in cluster_elements(facts, 0, frame) if isinstance(each, Gallery)]
    assert [each.title for each in galleries] == [
        "The most typical rows of cluster 0",
        "Rows of cluster 0 that may as well be of another cluster",
    ]
    assert [len(each.images) for each in galleries] == [8, 8]
    assert galleries[0].images[0].caption.endswith(": 0.80")


def test_the_mean_pictures_of_all_clusters_stand_side_by_side() -> None:
    facts, _ = described(make_spots(), "side")
    (gallery,) = mean_pictures(facts)
    assert gallery.title == "The mean of spot in each cluster"
    assert [each.caption for each in gallery.images] == ["cluster 0", "cluster 1"]


def test_words_and_texts_stand_for_their_cluster() -> None:
    facts, frame = described(make_reviews(), "verdict")
    tables = [each for each in cluster_elements(facts, 0, frame) if isinstance(each, Table)]
    assert tables[0].caption == "Words of review that tell cluster 0 from the others"
    assert {row[0] for row in tables[0].rows} == {"awful", "boring", "broken"}
    (rows,) = [each for each in cluster_elements(facts, 0, frame) if isinstance(each, Details)]
    assert rows.tables[0].headings[:3] == ["row", "probability", "next likeliest"]
    assert "review" in rows.tables[0].headings
    assert rows.tables[0].rows[0][2] == "cluster 1"
    assert sizes_table(facts).rows[0][3].startswith("words: ")  # type: ignore[union-attr]


def test_all_of_it_can_be_shown_in_a_page() -> None:
    facts, frame = described(make_spots(), "side")
    elements = [*ranking(facts), *cluster_elements(facts, 0, frame)]
    section = Section(name="c", title="Clusters", elements=elements)
    page = Page(title="t", summary=[sizes_table(facts)], sections=[section])
    assert "cluster 0" in html_of(page).lower()
