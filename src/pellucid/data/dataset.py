"""Training rows, and which of them learn and which judge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

MOST_UNITS = 2_000
"""Into so many pieces the weight of one row is cut at most."""

FEWEST_DIFFERENT = 20
"""Of fewer different rows each is needed to learn from."""

EVERYDAY = 0.05
"""Of different rows, their columns shuffled, so many are equal where chance makes rows equal."""

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Part = tuple[Places, Places]
"""Places of the rows that learn, and of those that judge."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Training rows.

    Attributes:
        frame: Converted columns: Float64, String, Datetime.
        target: Classes (n,), labels (n, O) or numbers (n, O).
        weights: Weight of each row (n,).
        numbers: Number of each row in its source, from 1 (n,).
    """

    frame: pl.DataFrame
    target: npt.NDArray[Any]
    weights: Floats
    numbers: Places

    def __len__(self) -> int:
        return self.frame.height

    def take(self, places: Places) -> Rows:
        """The rows at the given places."""
        return Rows(
            frame=self.frame[places],
            target=self.target[places],
            weights=self.weights[places],
            numbers=self.numbers[places],
        )

    def weighed(self, factors: Floats) -> Rows:
        """The rows with their weights multiplied."""
        return replace(self, weights=self.weights * factors)


def join_rows(first: Rows, second: Rows) -> Rows:
    """Rows of the same columns, one after the other."""
    return Rows(
        frame=pl.concat([first.frame, second.frame]),
        target=np.concatenate([first.target, second.target]),
        weights=np.concatenate([first.weights, second.weights]),
        numbers=np.concatenate([first.numbers, second.numbers]),
    )


def merge_equal_rows(rows: Rows) -> Rows:
    """Make one row of equal ones, their weights added, in an order that depends on content only.

    So a weight of 2 is the same as two equal rows, and the order of the rows is of no matter. Rows
    without weight are dropped.
    """
    places = (
        pl.DataFrame(
            {
                "key": with_targets(rows).hash_rows(seed=0),
                "place": np.arange(len(rows)),
                "weight": rows.weights,
            }
        )
        .filter(pl.col("weight") > 0)
        .group_by("key")
        .agg(pl.col("place").first(), pl.col("weight").sum())
        .sort("key")
    )
    merged = rows.take(places["place"].to_numpy())
    return replace(merged, weights=places["weight"].to_numpy())


def with_targets(rows: Rows) -> pl.DataFrame:
    """The columns and, whatever their names, the targets."""
    target = rows.target.reshape(len(rows), -1)
    columns = [pl.Series(f"target {i}", target[:, i]) for i in range(target.shape[1])]
    return rows.frame.select(pl.all().name.prefix("column ")).with_columns(columns)


def originals_of(frame: pl.DataFrame) -> Places | None:
    """What each row is a copy of, where equal rows can only be copies of one thing.

    Rows of few possible cells are equal by chance: then as many would be, had each column been
    shuffled by itself.

    Args:
        frame: Inputs of n rows, of each target one, in an order that depends on content only.

    Returns:
        A number that only equal rows share (n,); None where chance makes rows equal.
    """
    keys = frame.hash_rows(seed=0)
    different = frame.filter(keys.is_first_distinct())
    if different.height < FEWEST_DIFFERENT:
        return None
    if shuffled(different).n_unique() < (1.0 - EVERYDAY) * different.height:
        return None
    return keys.rank("dense").cast(pl.Int64).to_numpy()


def shuffled(frame: pl.DataFrame) -> pl.DataFrame:
    """Each column in an order of its own."""
    return frame.select(
        pl.col(name).shuffle(seed=place) for place, name in enumerate(frame.columns)
    )


@dataclass(frozen=True, kw_only=True)
class Split:
    """Which rows learn and which judge.

    With folds, every row does both: member k of the ensemble learns from all but what lies in
    fold k, and judges this. Copies of a row lie in one fold. Where chance makes rows equal, they go
    to the folds one by one, and so do the units of weight of a row that stands for several.

    Attributes:
        training: Places of the rows that learn.
        validation: Place of each unit that judges; may be empty.
        folds: Fold of each unit; None without folds.
        unit_weights: Weight of each unit; None for the weight of its row.
    """

    training: Places
    validation: Places
    folds: Places | None = None
    unit_weights: Floats | None = None

    @property
    def has_validation(self) -> bool:
        """Whether any row judges."""
        return len(self.validation) > 0

    @property
    def has_folds(self) -> bool:
        """Whether each member leaves out a fold of its own."""
        return self.folds is not None

    @property
    def parts(self) -> list[Part]:
        """One pair for a part held out, one a fold for folds; then places are those of units."""
        if self.folds is None:
            return [(self.training, self.validation)]
        folds = self.folds
        return [
            (np.flatnonzero(folds != fold), np.flatnonzero(folds == fold))
            for fold in np.unique(folds)
        ]

    def judging(self, rows: Rows) -> Rows:
        """The units that judge, as rows."""
        judging = rows.take(self.validation)
        return judging if self.unit_weights is None else replace(judging, weights=self.unit_weights)

    def member_weights(self, weights: Floats, members: int) -> Floats | None:
        """Weight of each training row for each member (K, n), mean 1; None if all are 1."""
        if self.folds is None and np.ptp(weights) == 0.0:
            return None
        by_member = np.tile(weights, (members, 1))
        if self.folds is not None and self.unit_weights is not None:
            np.subtract.at(by_member, (self.folds, self.validation), self.unit_weights)
            by_member = np.maximum(by_member, 0.0)
        return np.asarray(by_member / by_member.mean())

    def unseen(self, outputs_KnO: Any) -> Any:
        """Outputs for the validation units, of the members that did not learn from them."""
        if self.folds is None:
            return outputs_KnO
        return outputs_KnO[self.folds, np.arange(len(self.folds))][None]


def hold_out(
    fraction: float, num_rows: int, groups: npt.NDArray[Any] | None, generator: np.random.Generator
) -> Split:
    """Hold rows out for validation, the same part of each group.

    Args:
        fraction: Part of the rows that judge; 0 for none.
        num_rows: Number of rows n.
        groups: Class of each row (n,), or None for any row like another.
        generator: Source of randomness.
    """
    groups = np.zeros(num_rows) if groups is None else groups
    position = position_in_group(groups, generator)
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    held = position < np.round(fraction * sizes)[inverse]
    return Split(training=np.flatnonzero(~held), validation=np.flatnonzero(held))


def make_folds(
    num_folds: int,
    weights: Floats,
    groups: npt.NDArray[Any] | None,
    generator: np.random.Generator,
    originals: Places | None = None,
) -> Split:
    """Give each row, or each unit of its weight, a fold, those of one group evenly.

    Args:
        num_folds: Number of folds, one for each member.
        weights: Weight of each row (n,); without originals a row of weight 3 is three units.
        groups: Class of each row (n,), or None for any row like another.
        generator: Source of randomness.
        originals: What each row is a copy of (n,): copies lie in one fold, whatever their weight.
    """
    num_rows = len(weights)
    groups = np.zeros(num_rows) if groups is None else groups
    position = position_in_group(groups, generator)
    # Groups one after the other, so that small ones do not all begin with fold 0.
    order = np.lexsort((position, groups))
    if originals is None:
        units = np.clip(np.floor(weights), 1, MOST_UNITS).astype(np.int64)
        turns = np.arange(units.sum())
    else:
        units = np.ones(num_rows, dtype=np.int64)
        _, first, inverse = np.unique(originals[order], return_index=True, return_inverse=True)
        turns = np.argsort(np.argsort(first))[inverse]
    places = np.repeat(order, units[order])
    return Split(
        training=np.arange(num_rows),
        validation=places,
        folds=turns % num_folds,
        unit_weights=(weights / units)[places],
    )


def position_in_group(groups: npt.NDArray[Any], generator: np.random.Generator) -> Places:
    """A random place for each row among the rows of its group, 0, 1, 2, …"""
    order = generator.permutation(len(groups))
    order = order[np.argsort(groups[order], kind="stable")]
    _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    position = np.empty(len(groups), dtype=np.int64)
    position[order] = np.arange(len(groups)) - np.repeat(starts, sizes)
    return position
