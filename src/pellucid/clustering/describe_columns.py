"""Which columns tell clusters apart, and what of them tells each cluster from the other rows.

How much two things say of each other is their mutual information in bits (Shannon 1948). It is
never negative, so that chance alone gives some: columns are compared with what they say of clusters
that are shuffled, and single facts with (B − 1) / (2n ln 2), the mean that chance gives B bins of n
rows. Whether there is more than chance is the G-test (Sokal & Rohlf, "Biometry"): 2n ln 2 times the
bits is χ² distributed then.

Shape letters: n = rows, B = bins, K = clusters.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import chi2

from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.kind import kind_of
from pellucid.data.kinds.traits import Quantity, Trait
from pellucid.model.cluster_facts import Fact, MedianFact, RankedColumn, ShareFact

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FEWEST_ROWS = 5
"""What fewer rows have is not told of rows that are private."""
PERMUTATIONS = 5
CHANCE = 0.01
"""How often, in all that is asked of a table, chance may pass for more."""
NEXT_TO_NOTHING = 0.03
"""Part of what there is to know of the clusters; what says less does not tell them apart."""
MOST_FACTS, MOST_OF_A_COLUMN = 8, 2
NEARLY = 0.05
"""Where two shares add up to all but so little, one says nearly what the other does."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Grouping:
    """Which cluster each row is in.

    Attributes:
        ids: Of each row, (n,); −1 for none.
        num_clusters: K.
        is_private: Whether nothing of single rows may be told.
    """

    ids: Places
    num_clusters: int
    is_private: bool

    def counts(self, places: Places, num_bins: int) -> Floats:
        """Rows by bin and cluster, (B, K + 1); the last is for rows of no cluster.

        Args:
            places: Bin of each row, (n,); −1 for rows to leave aside.
            num_bins: B.
        """
        width = self.num_clusters + 1
        cells = places * width + self.ids % width
        found = np.bincount(cells[places >= 0], minlength=num_bins * width)
        return found.reshape(num_bins, width).astype(np.float64)


def rank_columns(
    frame: pl.DataFrame, schema: Schema, grouping: Grouping, generator: np.random.Generator
) -> tuple[RankedColumn, ...]:
    """How much each column says of the clusters, the most telling first.

    Args:
        frame: Converted columns.
        schema: How they are read.
        grouping: The clusters; rows of none are left aside.
        generator: Shuffles clusters.
    """
    is_in = grouping.ids >= 0
    ids = grouping.ids[is_in]
    entropy = _entropy(np.bincount(ids) / max(1, len(ids)))
    shuffled = [generator.permutation(ids) for _ in range(PERMUTATIONS)]
    found = []
    for cells in frame.filter(is_in).get_columns():
        binned = list(_bins_of(schema[cells.name], cells))
        if not binned:
            continue
        bits = max(_information(each, ids) for each in binned)
        by_chance = np.mean([max(_information(b, other) for b in binned) for other in shuffled])
        corrected = float(bits - by_chance)
        tests = len(frame.columns) * len(binned)
        is_more = any(_is_more_than_chance(each, ids, tests) for each in binned)
        tells = is_more and corrected > NEXT_TO_NOTHING * entropy
        found.append(RankedColumn(name=cells.name, bits=corrected, tells_apart=bool(tells)))
    return tuple(sorted(found, key=lambda each: -each.bits))


def _bins_of(column: Column, cells: pl.Series) -> Iterator[Places]:
    """Bin of each row, (n,): once for all, or where one cell holds several values once for each."""
    bins = kind_of(cells).bins
    if bins is not None:
        yield bins.fit(cells).place(cells)
        return
    for trait in kind_of(cells).traits(column, cells):
        if isinstance(trait, Trait):
            yield trait.rows.astype(np.int64)


def _entropy(parts: Floats, axis: int | None = None) -> Floats:
    """−Σ p log₂ p, where 0 log 0 is 0."""
    logs = np.log2(parts, out=np.zeros_like(parts), where=parts > 0.0)
    return -(parts * logs).sum(axis=axis)


def _joint(places: Places, ids: Places) -> Floats:
    """Parts of the rows by bin and cluster, (B, K)."""
    width = int(ids.max(initial=0)) + 1
    size = (int(places.max(initial=0)) + 1) * width
    counts = np.bincount(places * width + ids, minlength=size)
    return counts.reshape(-1, width) / max(1, len(ids))


def _information(places: Places, ids: Places) -> float:
    """Mutual information of bins and clusters, in bits."""
    joint_BK = _joint(places, ids)
    alone = _entropy(joint_BK.sum(axis=1)) + _entropy(joint_BK.sum(axis=0))
    return float(alone - _entropy(joint_BK))


def _is_more_than_chance(places: Places, ids: Places, tests: int) -> bool:
    joint_BK = _joint(places, ids)
    freedom = np.prod([np.count_nonzero(joint_BK.sum(axis=axis)) - 1 for axis in (0, 1)])
    g = 2.0 * len(ids) * np.log(2.0) * _information(places, ids)
    return bool(freedom > 0 and chi2.sf(g, freedom) < CHANCE / tests)


def facts_of_clusters(
    frame: pl.DataFrame, schema: Schema, grouping: Grouping
) -> list[tuple[Fact, ...]]:
    """What tells each cluster from all other rows, the most telling first.

    Args:
        frame: Converted columns.
        schema: How they are read.
        grouping: The clusters.
    """
    found: list[list[Fact]] = [[] for _ in range(grouping.num_clusters)]
    for cells in frame.get_columns():
        for trait in kind_of(cells).traits(schema[cells.name], cells):
            facts = (
                _medians(trait, cells, grouping, len(frame.columns))
                if isinstance(trait, Quantity)
                else _shares(trait, cells.name, grouping, len(frame.columns))
            )
            for cluster, fact in facts:
                found[cluster].append(fact)
    return [_most_telling(facts) for facts in found]


def _most_telling(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """Few of many facts: hardly any column twice, and nothing that another one says already."""
    ordered = sorted(facts, key=lambda fact: (-fact.bits, not _is_more(fact)))
    chosen: list[Fact] = []
    for fact in ordered:
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


def _medians(
    quantity: Quantity, cells: pl.Series, grouping: Grouping, num_columns: int
) -> Iterator[tuple[int, Fact]]:
    """The median of each cluster that it tells from the other rows."""
    bins = kind_of(cells).bins
    is_there = ~np.isnan(quantity.values)
    if bins is None or not is_there.any():
        return
    fitted = bins.fit(cells)
    counts = grouping.counts(np.where(is_there, fitted.place(cells), -1), fitted.num_bins)
    values, ids = quantity.values[is_there], grouping.ids[is_there]
    *overall_half, overall = (quantity.write(each) for each in _quartiles(values))
    for cluster, bits in _telling(counts, len(cells), num_columns):
        own = values[ids == cluster]
        if grouping.is_private and len(own) < FEWEST_ROWS:
            continue
        low, high, median = _quartiles(own)
        rank = (values < median).mean() + 0.5 * (values == median).mean()
        fact = MedianFact(
            column=cells.name,
            bits=bits,
            median=quantity.write(median),
            half=(quantity.write(low), quantity.write(high)),
            overall=overall,
            overall_half=(overall_half[0], overall_half[1]),
            rank=float(rank),
        )
        yield cluster, fact


def _quartiles(values: Floats) -> tuple[float, float, float]:
    """The ends of the middle half, and the median: values that occur, so whole ones stay whole."""
    low, high, median = np.quantile(values, (0.25, 0.75, 0.5), method="inverted_cdf").tolist()
    return low, high, median


def _shares(
    trait: Trait, column: str, grouping: Grouping, num_columns: int
) -> Iterator[tuple[int, Fact]]:
    """The share of each cluster that it tells from the other rows."""
    counts = grouping.counts(trait.rows.astype(np.int64), 2)
    overall = trait.rows.mean()
    for cluster, bits in _telling(counts, len(trait.rows), num_columns):
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


def _telling(counts_BK: Floats, num_rows: int, num_columns: int) -> Iterator[tuple[int, float]]:
    """Clusters that bins tell from all other rows beyond chance, and by how many bits of a row.

    Args:
        counts_BK: Rows by bin and cluster, (B, K + 1); rows with a missing cell may be left aside.
        num_rows: All rows, those too.
        num_columns: How many columns are asked.
    """
    n = counts_BK.sum()
    inside = counts_BK[:, :-1] / n
    outside = counts_BK.sum(axis=1, keepdims=True) / n - inside
    of_bins = _entropy(counts_BK.sum(axis=1) / n)
    of_cluster = _entropy(np.stack([inside.sum(axis=0), outside.sum(axis=0)]), axis=0)
    bits = of_bins + of_cluster - _entropy(np.concatenate([inside, outside]), axis=0)
    freedom = np.count_nonzero(counts_BK.sum(axis=1)) - 1
    g = 2.0 * n * np.log(2.0) * bits
    limit = CHANCE / (num_columns * len(bits))
    corrected = bits - freedom / (2.0 * n * np.log(2.0))
    tells = (chi2.sf(g, max(1, freedom)) < limit) & (corrected > NEXT_TO_NOTHING * of_cluster)
    for cluster in np.flatnonzero(tells & (inside.sum(axis=0) > 0.0)):
        yield int(cluster), float(corrected[cluster] * n / num_rows)
