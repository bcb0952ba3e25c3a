"""What tells each cluster from all other rows: medians and shares beside those of all rows.

How much a fact says of whether a row is in the cluster is their mutual information in bits, less
(B − 1) / (2n ln 2), the mean that chance gives B bins of n rows. Whether there is more than chance
is the G-test (Sokal & Rohlf, "Biometry"): by chance 2n ln 2 times the bits is distributed as χ².

Shape letters: B = bins, K = clusters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import chi2

from pellucid.clustering.describe_columns import (
    FEWEST_ROWS,
    Grouping,
    bins_of_quantity,
    entropy_of,
)
from pellucid.data.kinds.column import Schema
from pellucid.data.kinds.kind import kind_of
from pellucid.data.kinds.traits import Quantity, Trait
from pellucid.model.cluster_facts import Fact, MedianFact, ShareFact

Floats = npt.NDArray[np.float64]

CHANCE = 0.01
"""How often, in all that is asked of a table, chance may pass for a fact."""
NEXT_TO_NOTHING = 0.03
"""Part of what there is to know of whether a row is in a cluster; what says less is no fact."""
MOST_FACTS, MOST_OF_A_COLUMN = 8, 2
NEARLY = 0.05
"""Where two shares add up to all but so little, one says nearly what the other does."""
POINTS = 20
"""Where a quantity may be cut."""


def facts_of_clusters(frame: pl.DataFrame, schema: Schema, grouping: Grouping) -> list[list[Fact]]:
    """All that tells each cluster from all other rows, beyond chance, the most telling first.

    Args:
        frame: Converted columns.
        schema: How they are read.
        grouping: The clusters.
    """
    found: list[list[Fact]] = [[] for _ in range(grouping.num_clusters)]
    for cells in frame.get_columns():
        traits = list(kind_of(cells).traits(schema[cells.name], cells))
        tests = len(frame.columns) * len(traits) * grouping.num_clusters
        for trait in traits:
            facts = (
                _quantities(trait, grouping, tests)
                if isinstance(trait, Quantity)
                else _shares(trait, cells.name, grouping, tests)
            )
            for cluster, fact in facts:
                found[cluster].append(fact)
    return [sorted(facts, key=lambda fact: (-fact.bits, not _is_more(fact))) for facts in found]


def few_of(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The first facts of a cluster: no column more than twice, and nothing that is said already.

    Args:
        facts: All of them, the most telling first.
    """
    chosen: list[Fact] = []
    for fact in facts:
        others = [other for other in chosen if other.column == fact.column]
        if len(others) < MOST_OF_A_COLUMN and not any(_says_the_same(fact, o) for o in others):
            chosen.append(fact)
    return tuple(chosen[:MOST_FACTS])


def _is_more(fact: Fact) -> bool:
    """Whether a cluster has more of something, which is better said than what others have."""
    return isinstance(fact, MedianFact) or fact.share >= fact.overall


def _says_the_same(fact: Fact, other: Fact) -> bool:
    """Whether rows have one where they lack the other: a column of two levels has only one fact."""
    return (
        isinstance(fact, ShareFact)
        and isinstance(other, ShareFact)
        and math.isclose(fact.share + other.share, 1.0, abs_tol=NEARLY)
        and math.isclose(fact.overall + other.overall, 1.0, abs_tol=NEARLY)
    )


def _quantities(quantity: Quantity, grouping: Grouping, tests: int) -> Iterator[tuple[int, Fact]]:
    """The median of each cluster that it tells from the other rows, or what part is above a point.

    A median that is that of all rows says nothing: of most people the capital gain is 0.
    """
    is_there = ~np.isnan(quantity.values)
    counts = grouping.counts(*bins_of_quantity(quantity.values))
    values, ids = quantity.values[is_there], grouping.ids[is_there]
    for cluster, bits in _telling(counts, len(is_there), tests):
        own = values[ids == cluster]
        if grouping.is_private and len(own) < FEWEST_ROWS:
            continue
        if _quartiles(own) != _quartiles(values):
            yield cluster, _median(quantity, own, values, bits)
            continue
        above = _above_a_point(quantity, own, values, bits)
        having = round(above.share * len(own))
        if not grouping.is_private or _may_be_told(having, len(own) - having):
            yield cluster, above


def _median(quantity: Quantity, own: Floats, values: Floats, bits: float) -> MedianFact:
    (*half, median), (*overall_half, overall) = (
        [quantity.write(each) for each in _quartiles(some)] for some in (own, values)
    )
    middle = _quartiles(own)[-1]
    return MedianFact(
        column=quantity.name,
        bits=bits,
        median=median,
        half=(half[0], half[1]),
        overall=overall,
        overall_half=(overall_half[0], overall_half[1]),
        rank=float((values < middle).mean() + 0.5 * (values == middle).mean()),
    )


def _quartiles(values: Floats) -> tuple[float, float, float]:
    """The ends of the middle half, and the median: values that occur, so whole ones stay whole."""
    low, high, median = np.quantile(values, (0.25, 0.75, 0.5), method="inverted_cdf").tolist()
    return low, high, median


def _above_a_point(quantity: Quantity, own: Floats, values: Floats, bits: float) -> ShareFact:
    """How many are above the point where a cluster's share differs most from that of all rows."""
    points = np.quantile(values, np.arange(POINTS) / POINTS, method="inverted_cdf")
    shares, overall = ((some[:, None] > points).mean(axis=0) for some in (own, values))
    most = int(np.abs(shares - overall).argmax())
    return ShareFact(
        column=quantity.name,
        bits=bits,
        words=f"{quantity.name} > {quantity.write(points[most])}",
        share=float(shares[most]),
        overall=float(overall[most]),
    )


def _shares(
    trait: Trait, column: str, grouping: Grouping, tests: int
) -> Iterator[tuple[int, Fact]]:
    """The share of each cluster that it tells from the other rows."""
    counts = grouping.counts(trait.rows.astype(np.int64), 2)
    overall = trait.rows.mean()
    for cluster, bits in _telling(counts, len(trait.rows), tests):
        without, having = counts[:, cluster]
        if grouping.is_private and not _may_be_told(without, having, int(trait.rows.sum())):
            continue
        fact = ShareFact(
            column=column,
            bits=bits,
            words=trait.name,
            share=float(having / (without + having)),
            overall=float(overall),
        )
        yield cluster, fact


def _may_be_told(*counts: float) -> bool:
    """Whether none of some counts is one of few rows."""
    return all(count == 0 or count >= FEWEST_ROWS for count in counts)


def _telling(counts_BK: Floats, num_rows: int, tests: int) -> Iterator[tuple[int, float]]:
    """Clusters that bins tell from all other rows beyond chance, and by how many bits of a row.

    Args:
        counts_BK: Rows by bin and cluster, (B, K + 1); rows with a missing cell may be left aside.
        num_rows: All rows, those too.
        tests: How many such questions are asked in all.
    """
    n = counts_BK.sum()
    inside = counts_BK[:, :-1] / n
    outside = counts_BK.sum(axis=1, keepdims=True) / n - inside
    of_bins = entropy_of(counts_BK.sum(axis=1) / n)
    of_cluster = entropy_of(np.stack([inside.sum(axis=0), outside.sum(axis=0)]), axis=0)
    bits = of_bins + of_cluster - entropy_of(np.concatenate([inside, outside]), axis=0)
    freedom = np.count_nonzero(counts_BK.sum(axis=1)) - 1
    g = 2.0 * n * np.log(2.0) * bits
    corrected = bits - freedom / (2.0 * n * np.log(2.0))
    tells = (chi2.sf(g, max(1, freedom)) < CHANCE / tests) & (
        corrected > NEXT_TO_NOTHING * of_cluster
    )
    for cluster in np.flatnonzero(tells & (inside.sum(axis=0) > 0.0)):
        yield int(cluster), float(corrected[cluster] * n / num_rows)
