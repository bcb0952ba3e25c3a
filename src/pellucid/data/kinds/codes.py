"""Whole numbers that are codes and not quantities, told by what they say of the target.

Of a quantity, neighboring values say nearly the same, so bins of them, or the neighbors, say as
much of the target as each value by itself. Of a code (a user, a movie, a zip code) each value says
its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.category_judging import category_column
from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.evidence import Facts
from pellucid.data.kinds.kind import kind_named
from pellucid.data.rows import Rows

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FEWEST_ROWS_FOR_CODES = 5_000
"""In fewer, only a name tells a code."""

FEWEST_ROWS_A_VALUE = 3
NUM_BINS = 32
LEAST_GAIN = 0.02
"""Of the target's variance, so much more must the values tell than their neighbors."""

LEAST_PART = 0.2
"""And so much of what they tell: a quantity's neighbors may miss a step."""

GREATEST_SHARE = 0.25
"""A value that more of the rows have is rather the 0 of a quantity, or where it was cut off."""

NUM_FOLDS = 5
DAMPING = 5.0
"""So many rows of the overall mean are added to those of each value."""

REACHES = (1, 2)
"""How many neighbors on each side speak for a value."""

SEED = 271_828
"""Not one that data are made with, or folds would be what the values are."""

MOST_ROWS = 40_000
FEWEST_VALUES = 256
"""So many values are looked at even if they have more rows."""

MOST_TARGETS = 8


@dataclass(frozen=True)
class CodeEvidence:
    """How much of a target is told.

    Attributes:
        by_value: Part of its variance told by the mean of each value, out of fold.
        by_others: The same for bins of neighboring values, or for the neighbors, whichever is more.
    """

    by_value: float
    by_others: float

    def words(self) -> str:
        """The evidence as a reason."""
        return (
            f"codes, not quantities: each value by itself tells {100 * self.by_value:.1f} % of the "
            f"target's variance, neighboring values together {max(0.0, 100 * self.by_others):.1f} %"
        )


def with_codes(
    rows: Rows, schema: Schema, learning: Sequence[Places], *, known: Collection[str]
) -> tuple[Rows, Schema]:
    """Make categories of the numbers that are codes.

    No row that judges is looked at: a column holds codes if the rows that learn say so by
    themselves, with folds those of every fold. So each fold's decision is the one it would have
    come to alone, but where folds disagree: there the column stays a number for all.

    Args:
        rows: Converted rows.
        schema: What their columns are.
        learning: Places of the rows that learn, for each fold.
        known: Names of columns that a person said the kind of.
    """
    if not learning or min(map(len, learning)) < FEWEST_ROWS_FOR_CODES:
        return rows, schema
    targets = [targets_as_numbers(rows.target[places]) for places in learning]
    levels, columns = [], []
    for column in schema:
        found = None
        is_kept = column.is_kept and column.name not in known
        if is_kept and kind_named(column.kind).may_be_codes(column):
            values = rows.frame[column.name].to_numpy()
            found = _agreed(find_code(values[p], t) for p, t in zip(learning, targets, strict=True))
        if found is None:
            columns.append(column)
            continue
        levels.append(rows.frame[column.name].cast(pl.Int64).cast(pl.String))
        columns.append(_as_code(column, levels[-1], found))
    return replace(rows, frame=rows.frame.with_columns(levels)), Schema(columns=tuple(columns))


def _agreed(found: Iterable[CodeEvidence | None]) -> CodeEvidence | None:
    """The first evidence, if there is some everywhere."""
    first = None
    for evidence in found:
        if evidence is None:
            return None
        first = first or evidence
    return first


def _as_code(column: Column, levels: pl.Series, evidence: CodeEvidence) -> Column:
    present = levels.drop_nulls()
    facts = Facts(rows=len(levels), present=len(present), distinct=present.n_unique())
    made = category_column(levels, facts)
    return replace(made, reason=f"{evidence.words()}; {made.reason}", missing=column.missing)


def targets_as_numbers(target: npt.NDArray[np.generic]) -> Floats:
    """Targets as columns of numbers: themselves, or 0/1 for each of the most frequent classes.

    Args:
        target: Classes (n,), or labels or numbers (n, O).

    Returns:
        Shape (n, O), at most 8 columns, each of variance 1.
    """
    if target.ndim == 1:
        classes, codes, counts = np.unique(target, return_inverse=True, return_counts=True)
        chosen = np.argsort(-counts, kind="stable")[: MOST_TARGETS if len(classes) > 2 else 1]
        columns = (codes[:, None] == chosen).astype(np.float64)
        return columns - columns.mean(axis=0)
    columns = target[:, :MOST_TARGETS].astype(np.float64)
    columns -= columns.mean(axis=0)
    return np.asarray(columns / np.maximum(columns.std(axis=0), np.finfo(float).tiny))


def find_code(values: Floats, targets: Floats) -> CodeEvidence | None:
    """Judge whether a column of numbers holds codes.

    Args:
        values: The column (n,), NaN where missing.
        targets: From `targets_as_numbers`, (n, O).

    Returns:
        The evidence for codes; None if there is none.
    """
    if _is_dominated(values[:: max(1, len(values) // FEWEST_ROWS_FOR_CODES)]):
        return None
    present = np.isfinite(values)
    values, targets = values[present], targets[present]
    if (
        len(values) < FEWEST_ROWS_FOR_CODES
        or values.min() < 0.0
        or (values != np.round(values)).any()
    ):
        return None
    different, ranks, counts = np.unique(values, return_inverse=True, return_counts=True)
    enough = NUM_BINS < len(different) <= len(values) / FEWEST_ROWS_A_VALUE
    if not enough or counts.max() > GREATEST_SHARE * len(values):
        return None
    chosen = _some_values(counts)
    kept = chosen[ranks]
    sums = _Sums.of((np.cumsum(chosen) - 1)[ranks[kept]], targets[kept])
    by_value = sums.told()
    in_bins = [sums.merged(bins).told() for bins in _bins(counts[chosen])]
    by_others = max(*in_bins, *(sums.told(reach) for reach in REACHES))
    is_code = by_value - by_others >= max(LEAST_GAIN, LEAST_PART * by_value)
    return CodeEvidence(by_value, by_others) if is_code else None


def _is_dominated(sample: Floats) -> bool:
    """Whether one value has so many rows of a sample that a closer look is spared."""
    counts = np.unique(sample, return_counts=True)[1]
    return bool(counts.max(initial=0) > 1.5 * GREATEST_SHARE * len(sample))


def _some_values(counts: Places) -> npt.NDArray[np.bool_]:
    """Which values to look at: all, or some drawn by chance so that rows are not too many."""
    order = np.random.default_rng(SEED).permutation(len(counts))
    chosen = np.zeros(len(counts), dtype=bool)
    chosen[order[np.cumsum(counts[order]) <= MOST_ROWS]] = True
    chosen[order[:FEWEST_VALUES]] = True
    return chosen


def _bins(counts: Places) -> Sequence[Places]:
    """The bin of each value in order: equally many rows each, or equally many values."""
    before = np.cumsum(counts) - counts
    by_rows = NUM_BINS * before // counts.sum()
    by_values = NUM_BINS * np.arange(len(counts)) // len(counts)
    return by_rows, by_values


@dataclass(frozen=True)
class _Sums:
    """Rows, targets and squared targets by fold and value: (K, V), (K, V, O) and one number."""

    rows: Floats
    targets: Floats
    squares: float

    @classmethod
    def of(cls, ranks: Places, targets: Floats) -> _Sums:
        targets = targets - targets.mean(axis=0)
        num_values = int(ranks.max()) + 1
        folds = np.random.default_rng(SEED).integers(0, NUM_FOLDS, len(ranks))
        cells, shape = folds * num_values + ranks, (NUM_FOLDS, num_values)
        size = NUM_FOLDS * num_values
        sums = [np.bincount(cells, weights=t, minlength=size).reshape(shape) for t in targets.T]
        return cls(
            rows=np.bincount(cells, minlength=size).reshape(shape).astype(np.float64),
            targets=np.stack(sums, axis=2),
            squares=float((targets**2).sum()),
        )

    def merged(self, bins: Places) -> _Sums:
        """The sums of bins of values; `bins` never falls."""
        starts = np.flatnonzero(np.diff(bins, prepend=-1))
        return _Sums(
            np.add.reduceat(self.rows, starts, axis=1),
            np.add.reduceat(self.targets, starts, axis=1),
            self.squares,
        )

    def told(self, reach: int = 0) -> float:
        """Part of the squares that damped means avoid, each learned without the fold it predicts.

        Targets have mean 0, so that is what damping pulls to.

        Args:
            reach: 0 for the mean of each value; else of so many neighbors on each side.
        """
        rows = self.rows.sum(axis=0) - self.rows
        targets = self.targets.sum(axis=0) - self.targets
        if reach:
            rows, targets = _around(rows, reach), _around(targets, reach)
        means = targets / (rows + DAMPING)[:, :, None]
        avoided = 2.0 * means * self.targets - means**2 * self.rows[:, :, None]
        return float(avoided.sum()) / self.squares if self.squares > 0.0 else 0.0


def _around(sums: Floats, reach: int) -> Floats:
    """The sums (K, V, …) of the neighbors of each value, without its own."""
    found = np.zeros_like(sums)
    for step in range(1, min(reach + 1, sums.shape[1])):
        found[:, step:] += sums[:, :-step]
        found[:, :-step] += sums[:, step:]
    return found
