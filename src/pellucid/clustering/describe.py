"""What is each cluster? Facts about rows whose clusters are known, however they were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.clustering.describe_columns import Grouping, rank_columns
from pellucid.clustering.describe_examples import doubtful_rows, mean_pictures, typical_rows
from pellucid.clustering.describe_facts import facts_of_clusters, few_of
from pellucid.clustering.describe_rules import find_rule
from pellucid.clustering.describe_words import find_words
from pellucid.data.kinds.column import Schema
from pellucid.data.kinds.kind import kind_of
from pellucid.data.private import coarsened
from pellucid.model.cluster_facts import (
    ClusterDescription,
    ClusterFacts,
    ColumnWords,
    Fact,
    RankedColumn,
    Rule,
)
from pellucid.model.cluster_names import check_names, default_names

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MOST_ROWS = 20_000
"""Rows from which facts, words and rules are made, evenly spread; sizes and examples are of all."""
MOST_ASKED = 10
"""Columns of which the rule for a cluster is made: those that tell most of it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClusteredRows:
    """Rows, and the clusters that were found of them.

    Attributes:
        frame: Converted columns.
        schema: How they are read.
        ids: Cluster of each row, (n,); −1 for none.
        probabilities: Of each row and cluster, (n, K).
        embedding: Where each row is, in the space in which clusters were found, (n, D).
    """

    frame: pl.DataFrame
    schema: Schema
    ids: Places
    probabilities: Floats
    embedding: Floats


def describe(
    rows: ClusteredRows,
    *,
    names: Sequence[str] | None = None,
    is_private: bool = False,
    seed: int = 0,
) -> ClusterFacts:
    """Find what each cluster is.

    Args:
        rows: The rows and their clusters.
        names: What the clusters are called; None for "cluster 0", ….
        is_private: Whether nothing of single rows may be told: then numbers are rounded, what fewer
            than 5 rows have is left out, and there are no examples.
        seed: Of the shuffled clusters, and of the rows that judge rules.

    Raises:
        OptionError: The names are none for these clusters.
    """
    ids, probabilities = rows.ids, rows.probabilities
    num_clusters = probabilities.shape[1]
    called = default_names(num_clusters) if names is None else check_names(names, num_clusters)
    generator = np.random.default_rng(seed)
    step = -(-len(ids) // MOST_ROWS)
    some = rows.frame.gather_every(step)
    some = coarsened(some) if is_private else some
    grouping = Grouping(ids=ids[::step], num_clusters=num_clusters, is_private=is_private)
    facts = facts_of_clusters(some, rows.schema, grouping)
    telling = {fact.column for own in facts for fact in own}
    ranked = rank_columns(some, rows.schema, grouping, generator)
    columns = tuple(
        RankedColumn(name=name, bits=bits, tells_apart=name in telling)
        for name, bits in ranked.items()
    )
    rules = _rules(some, rows.schema, grouping, facts, generator)
    words = _words(some, grouping)
    pictures = mean_pictures(some, grouping)
    return ClusterFacts(
        num_rows=len(ids),
        columns=columns,
        clusters=tuple(
            ClusterDescription(
                name=called[cluster],
                size=int((ids == cluster).sum()),
                facts=few_of(facts[cluster]),
                rule=rules[cluster],
                words=words[cluster],
                pictures=pictures[cluster],
                typical=()
                if is_private
                else typical_rows(ids, rows.embedding, probabilities, cluster),
                doubtful=() if is_private else doubtful_rows(ids, probabilities, cluster),
            )
            for cluster in range(num_clusters)
        ),
    )


def _rules(
    frame: pl.DataFrame,
    schema: Schema,
    grouping: Grouping,
    facts: Sequence[Sequence[Fact]],
    generator: np.random.Generator,
) -> list[Rule | None]:
    """A rule for each cluster, of the columns that tell most of it."""
    columns = [list(dict.fromkeys(fact.column for fact in own))[:MOST_ASKED] for own in facts]
    traits = {
        name: list(kind_of(frame[name]).traits(schema[name], frame[name]))
        for name in {name for names in columns for name in names}
    }
    return [
        find_rule(
            [trait for name in names for trait in traits[name]], grouping.ids == cluster, generator
        )
        for cluster, names in enumerate(columns)
    ]


def _words(frame: pl.DataFrame, grouping: Grouping) -> list[tuple[ColumnWords, ...]]:
    """The words of each cluster, for each column of texts."""
    found: list[list[ColumnWords]] = [[] for _ in range(grouping.num_clusters)]
    for cells in frame.get_columns():
        kind = kind_of(cells)
        if kind.is_text:
            texts = kind.readable(cells)
            by_cluster = find_words(texts, grouping.ids, grouping.num_clusters)
            for own, words in zip(found, by_cluster, strict=True):
                own.append(ColumnWords(column=cells.name, words=words))
    return [tuple(words) for words in found]
