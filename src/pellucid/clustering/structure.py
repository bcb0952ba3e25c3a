"""Whether rows fall into clear clusters at all: any algorithm finds clusters in anything.

Two questions are asked, and both must be answered with yes:

1. *Are clusters apart?* Between some two of them there are fewer rows than one cluster would
   have there (`pellucid.clustering.modes`). One Gaussian of whatever covariance, a uniform
   box, heavy tails: none of these has clusters that are apart (`benchmarks/structureless.py`).
2. *Do columns go together in clusters?* Clusters hold together more than those of rows whose
   columns are shuffled, each by itself. Where the columns that have modes (yes and no, say) have
   nothing to do with each other, the first answer is yes, and this one is no. The comparison is
   that of the gap statistic (Tibshirani, Walther & Hastie 2001), with shuffled rows in place of
   uniform ones.

What they cannot see: clusters that overlap so far that there is one mode between them; clusters
that a single column makes while no other goes along (that column alone shows them). What they
take for clusters though one might not: rows on a ring; groups of yes/no columns that all follow one
gradual cause, of which few columns are left.

**The rows should be data, not what a network made of them.** A network that was trained to tell
rows apart may part what is one: this would be found, rightly, and would say nothing about the data.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from pellucid.clustering.k_means import k_means
from pellucid.clustering.modes import find_separations
from pellucid.clustering.neighbor_embedding import principal_components
from pellucid.model.cluster_count import Structure

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MOST_ROWS = 1000
FEWEST_ROWS = 40
ROWS_PER_CLUSTER = 20
MOST_DIRECTIONS = 30
"""Lines are looked for in so many principal components."""

MOST_COLUMNS = 100
"""Of so many columns, drawn by chance, it is asked whether they go together: pixels are many."""

APART = (2, 3, 5, 8, 12)
TOGETHER = (2, 3, 4, 6, 8)
"""Numbers of clusters that each question is asked with."""

LEVEL = 0.05
BEYOND_CHANCE = 5.0
SHUFFLES = 10
SMALLEST = 1e-12


def is_there_structure(
    space: npt.NDArray[np.floating], columns: Sequence[int] | None = None, seed: int = 0
) -> Structure:
    """Ask whether rows fall into clear clusters.

    Args:
        space: Rows as numbers on comparable scales, (n, d): numbers standardized, 0/1 for each
            level, pixels, components of counted terms.
        columns: The column of the table that each number is of, (d,): those of one column are
            shuffled together. None if each number is a column.
        seed: Of samples, k-means and shuffles.

    Returns:
        What was found, of 1,000 rows at most. Fewer than 40 are never clear clusters.
    """
    generator = np.random.default_rng(seed)
    rows = np.asarray(space, dtype=np.float64)
    rows = rows[generator.permutation(len(rows))[:MOST_ROWS]]
    if len(rows) < FEWEST_ROWS:
        return _nothing(f"{len(rows)} rows are too few to tell clusters from chance.")
    if np.ptp(rows, axis=0).max(initial=0.0) == 0.0:
        return _nothing("All rows are equal.")
    of = np.arange(rows.shape[1]) if columns is None else np.asarray(columns)
    chosen = generator.permutation(np.unique(of))[:MOST_COLUMNS]
    p_value = _apart(_main_directions(rows), seed)
    some = np.isin(of, chosen)
    beyond = _together(rows[:, some], of[some], seed) if len(chosen) > 1 else None
    is_together = beyond is None or beyond >= BEYOND_CHANCE
    return Structure(
        p_value=p_value,
        beyond_chance=beyond,
        is_clear=p_value <= LEVEL and is_together,
        reason=_told(p_value, beyond),
    )


def _nothing(reason: str) -> Structure:
    return Structure(p_value=1.0, beyond_chance=None, is_clear=False, reason=reason)


def _main_directions(rows: Floats) -> Floats:
    count = min(MOST_DIRECTIONS, *rows.shape)
    return principal_components(torch.from_numpy(rows), count).numpy()


def _apart(rows: Floats, seed: int) -> float:
    """The least p-value of any two clusters being apart, times the number of pairs looked at."""
    asked = [count for count in APART if len(rows) >= ROWS_PER_CLUSTER * count]
    found = [find_separations(rows, count, seed).p_values.min() for count in asked]
    return min(1.0, float(min(found)) * sum(math.comb(count, 2) for count in asked))


def _together(rows: Floats, columns: Places, seed: int) -> float:
    """By how many standard deviations clusters hold together more than those of shuffled rows."""
    generator = np.random.default_rng(seed)
    ours = _tightness(rows, seed)
    shuffled = np.stack(
        [_tightness(_shuffle(rows, columns, generator), seed) for _ in range(SHUFFLES)]
    )
    deviation = shuffled.std(axis=0, ddof=1) * np.sqrt(1.0 + 1.0 / SHUFFLES)
    return float(((ours - shuffled.mean(axis=0)) / np.maximum(deviation, SMALLEST)).max())


def _tightness(rows: Floats, seed: int) -> Floats:
    """−log of the mean squared distance to the own center, for each number of clusters."""
    spreads = [k_means(rows, k, seed, starts=2).spread for k in TOGETHER]
    return -np.log(np.maximum(spreads, SMALLEST))


def _shuffle(rows: Floats, columns: Places, generator: np.random.Generator) -> Floats:
    shuffled = np.empty_like(rows)
    for column in np.unique(columns):
        own = columns == column
        shuffled[:, own] = rows[generator.permutation(len(rows))][:, own]
    return shuffled


def _told(p_value: float, beyond: float | None) -> str:
    if p_value > LEVEL:
        return (
            "No two clusters are apart: between them are about as many rows as within one "
            f"(p = {p_value:.2g} of the clearest pair)."
        )
    if beyond is not None and beyond < BEYOND_CHANCE:
        return (
            "Columns do not go together in clusters: rows whose columns are shuffled, each by "
            "itself, fall into clusters as tight."
        )
    beside = "" if beyond is None else ", and columns go together in them more than by chance"
    return f"Between some clusters there are hardly any rows (p ≤ {p_value:.1g}){beside}."
