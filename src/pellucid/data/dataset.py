"""Training rows, and which of them learn and which judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Training rows.

    Attributes:
        frame: Converted columns: Float64, String, Datetime.
        target: Classes (n,), labels (n, O) or numbers (n, O).
        weights: Weight of each row (n,).
    """

    frame: pl.DataFrame
    target: npt.NDArray[Any]
    weights: Floats

    def __len__(self) -> int:
        return self.frame.height

    def take(self, places: Places) -> Rows:
        """The rows at the given places."""
        return Rows(
            frame=self.frame[places], target=self.target[places], weights=self.weights[places]
        )


def merge_equal_rows(rows: Rows) -> Rows:
    """Make one row of equal ones, their weights added, in an order that depends on content only.

    Equal rows in the training and the validation part would make the validation a memory test;
    and so a weight of 2 is the same as two equal rows, and the order of the rows is of no matter.
    Rows without weight are dropped.
    """
    target = rows.target.reshape(len(rows), -1)
    columns = [pl.Series(f"target {i}", target[:, i]) for i in range(target.shape[1])]
    key = rows.frame.with_columns(columns).hash_rows(seed=0)
    places = (
        pl.DataFrame({"key": key, "place": np.arange(len(rows)), "weight": rows.weights})
        .filter(pl.col("weight") > 0)
        .group_by("key")
        .agg(pl.col("place").first(), pl.col("weight").sum())
        .sort("key")
    )
    merged = rows.take(places["place"].to_numpy())
    return Rows(frame=merged.frame, target=merged.target, weights=places["weight"].to_numpy())


@dataclass(frozen=True, kw_only=True)
class Split:
    """Which rows learn and which judge.

    With folds, every row does both: member k of the ensemble learns from all rows but those of
    fold k, and judges these.

    Attributes:
        training: Places of the rows that learn.
        validation: Places of the rows that judge; may be empty.
        folds: Fold of each row, in the order of the places; None without folds.
    """

    training: Places
    validation: Places
    folds: Places | None = None

    @property
    def has_validation(self) -> bool:
        """Whether any row judges."""
        return len(self.validation) > 0

    @property
    def has_folds(self) -> bool:
        """Whether each member leaves out a fold of its own."""
        return self.folds is not None

    def member_weights(self, weights: Floats, members: int) -> Floats | None:
        """Weight of each training row for each member (K, n), mean 1; None if all are 1."""
        if self.folds is None and np.ptp(weights) == 0.0:
            return None
        by_member = np.tile(weights, (members, 1))
        if self.folds is not None:
            by_member[self.folds, np.arange(len(weights))] = 0.0
        return np.asarray(by_member / by_member.mean())

    def unseen(self, outputs_KnO: Any) -> Any:
        """Outputs for the validation rows, of the members that did not learn from them."""
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
    position = _position_in_group(groups, generator)
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    held = position < np.round(fraction * sizes)[inverse]
    return Split(training=np.flatnonzero(~held), validation=np.flatnonzero(held))


def make_folds(
    num_folds: int,
    num_rows: int,
    groups: npt.NDArray[Any] | None,
    generator: np.random.Generator,
) -> Split:
    """Give each row a fold, those of one group evenly.

    Args:
        num_folds: Number of folds, one for each member.
        num_rows: Number of rows n.
        groups: Class of each row (n,), or None for any row like another.
        generator: Source of randomness.
    """
    groups = np.zeros(num_rows) if groups is None else groups
    position = _position_in_group(groups, generator)
    # Groups one after the other, so that small ones do not all begin with fold 0.
    order = np.lexsort((position, groups))
    folds = np.empty(num_rows, dtype=np.int64)
    folds[order] = np.arange(num_rows) % num_folds
    everyone = np.arange(num_rows)
    return Split(training=everyone, validation=everyone, folds=folds)


def _position_in_group(groups: npt.NDArray[Any], generator: np.random.Generator) -> Places:
    """A random place for each row among the rows of its group, 0, 1, 2, …"""
    order = generator.permutation(len(groups))
    order = order[np.argsort(groups[order], kind="stable")]
    _, starts, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    position = np.empty(len(groups), dtype=np.int64)
    position[order] = np.arange(len(groups)) - np.repeat(starts, sizes)
    return position
