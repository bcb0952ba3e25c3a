"""Rows that are copies of others, told from rows that are equal by chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.exact_names import exactly

FEWEST_DIFFERENT = 20
"""Of fewer different rows each is needed to learn from, unless far more were to be expected."""

FEWEST_COPIED = 10
"""Of fewer different rows nobody can tell whether they are copies or the levels of a design."""

MOST_REPEATED_BY_CHANCE = 0.05
"""Of different rows, their columns shuffled, so many are equal where chance makes rows equal."""

TOO_FEW_DIFFERENT = 0.75
"""Of the different rows that chance would make, copies leave less than this part.

Chance is drawn from pairs of columns, so a dependence of three and more, which makes fewer rows
different without any copy, must have room: people, cars and pets told by categories only (titanic,
german credit, petfinder) keep 0.78 to 1.1, noise that stands there twice 0.5 to 0.7.
"""

TOO_FEW_ALONE = 0.75
"""Of different rows, copies leave less than this part of what chance would leave alone.

Where columns depend on each other, rare rows still come once; one that was copied comes again.
"""

FEWEST_OF_A_CLASS = 100
"""Of fewer rows the number of different ones says little."""

MOST_ROWS_JUDGED = 2_000
"""Up to so many rows are shuffled even if no two are equal: weights may stand for equal ones."""

MOST_DRAWN = 100_000
MOST_COMPARED = 5_000
"""Different rows from which it is told which columns depend on each other."""

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Array = npt.NDArray[Any]


def originals_of(
    frame: pl.DataFrame, weights: Floats | None = None, classes: Array | None = None
) -> Places | None:
    """What each row is a copy of, where equal rows can only be copies of one thing.

    Rows of few possible cells are equal by chance: then as many would be, had each column been
    shuffled by itself. They are copies all the same where far fewer are different than chance
    would make of so many rows, or of those of one class, as where that class was oversampled.

    Args:
        frame: Inputs of n rows, in any order.
        weights: How many rows each stands for (n,); None for one.
        classes: Class of each row (n,); None for any row like another.

    Returns:
        A number that only equal rows share (n,), from 1 without a gap; None where chance makes
        rows equal.
    """
    keys = frame.hash_rows(seed=0)
    originals = keys.rank("dense").cast(pl.Int64).to_numpy()
    num_different = int(originals.max(initial=0))
    if num_different == frame.height > MOST_ROWS_JUDGED:
        return originals
    if num_different >= FEWEST_DIFFERENT and not _may_be_equal_by_chance(frame, keys):
        return originals
    weights = np.ones(frame.height) if weights is None else weights
    classes = np.zeros(frame.height) if classes is None else classes
    for one in np.unique(classes):
        places = np.flatnonzero(classes == one)
        if _are_too_few(frame[places], originals[places], weights[places]):
            return originals
    return None


def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
    """Each column in an order of its own."""
    return frame.select(
        exactly(name).shuffle(seed=place) for place, name in enumerate(frame.columns)
    )


def _may_be_equal_by_chance(frame: pl.DataFrame, keys: pl.Series) -> bool:
    """Whether the different rows, each column shuffled, are no longer all different."""
    # In an order that depends on content only, whatever that of the rows and how often each is
    # there.
    is_first = keys.is_first_distinct()
    different = frame.filter(is_first)[keys.filter(is_first).arg_sort()]
    num_different = different.height
    return (
        shuffled(different).hash_rows(seed=0).n_unique()
        < (1.0 - MOST_REPEATED_BY_CHANCE) * num_different
    )


def _are_too_few(frame: pl.DataFrame, originals: Places, weights: Floats) -> bool:
    """Whether far fewer rows are different than chance would make of them."""
    # In the order of the different rows, with what they weigh: content only, as above.
    _, first, inverse = np.unique(originals, return_index=True, return_inverse=True)
    counts = np.floor(np.bincount(inverse, weights=weights)).astype(np.int64)
    total = int(counts.sum())
    if total < FEWEST_OF_A_CLASS or not FEWEST_COPIED <= len(first) < total:
        return False
    generator = np.random.default_rng(0)
    if total > MOST_DRAWN:
        counts = generator.multinomial(MOST_DRAWN, counts / total)
    drawn = pl.DataFrame(_drawn_by_pairs(_codes_of(frame[first]), counts, generator).T)
    expected = np.unique(drawn.hash_rows(seed=0).to_numpy(), return_counts=True)[1]
    found = counts[counts > 0]
    are_few = len(found) < TOO_FEW_DIFFERENT * len(expected)
    return are_few and bool((found == 1).mean() <= TOO_FEW_ALONE * (expected == 1).mean())


def _codes_of(frame: pl.DataFrame) -> Places:
    """The levels of each column, 0, 1, 2, … (columns, n)."""
    return np.array(
        [
            np.unique(frame.select(name).hash_rows(seed=0).to_numpy(), return_inverse=True)[1]
            for name in frame.columns
        ]
    )


def _drawn_by_pairs(columns: Places, counts: Places, generator: np.random.Generator) -> Places:
    """As many rows by chance, where each column depends on one before it at most (columns, n).

    A tree of pairs is what a table of few rows can tell of a dependence (Chow and Liu, 1968).
    """
    rows = np.repeat(columns, counts, axis=1)
    some = generator.permutation(len(counts))[:MOST_COMPARED]
    drawn = np.empty_like(rows)
    for place, cells in enumerate(rows):
        parent = _parent_of(columns[: place + 1, some], counts[some])
        if parent is None:
            drawn[place] = generator.choice(cells, len(cells))
            continue
        order = np.argsort(rows[parent], kind="stable")
        starts = np.searchsorted(rows[parent][order], drawn[parent])
        sizes = np.bincount(rows[parent])[drawn[parent]]
        drawn[place] = cells[order[starts + generator.integers(sizes)]]
    return drawn


def _parent_of(columns: Places, counts: Places) -> int | None:
    """Of the columns before the last, the one it depends on most; None for none.

    Copies say nothing new, so the different rows count as the size of the sample. A pair of
    columns depends where that explains more than its free parameters do by chance (Akaike).
    """
    last, shares = columns[-1], counts / max(counts.sum(), 1)
    num_levels = int(last.max()) + 1
    gains = []
    for other in columns[:-1]:
        pairs = np.unique(other * num_levels + last, return_inverse=True)[1]
        known = _entropy(last, shares) + _entropy(other, shares) - _entropy(pairs, shares)
        free = (len(np.unique(last)) - 1) * (len(np.unique(other)) - 1)
        gains.append(len(last) * known - free)
    return int(np.argmax(gains)) if gains and max(gains) > 0 else None


def _entropy(levels: Places, shares: Floats) -> float:
    """What is unknown of the level of a row, in nats; each row is so large a share of all."""
    by_level: Array = np.bincount(levels, shares)
    by_level = by_level[by_level > 0]
    return float(-(by_level * np.log(by_level)).sum())
