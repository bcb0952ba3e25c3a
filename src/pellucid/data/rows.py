"""Rows: where they come from, and those with a target.

Whoever predicts, judges or explains asks a source for some rows, or for all of them block by block,
so that a table need not be in memory at once. Only a source knows how its rows are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.copies import originals_of
from pellucid.data.grouping import Floats, Groups, Places, Times, keep_together

ROWS_PER_BLOCK = 8_192
"""So many rows are encoded at a time, where all are gone through."""


class RowSource(Protocol):
    """Converted rows, wherever they are kept."""

    def __len__(self) -> int:
        """Number of rows."""

    def take(self, places: Places) -> RowSource:
        """The rows at the given places, in their order."""

    def blocks(self, size: int) -> Iterator[pl.DataFrame]:
        """All rows in order, so many at a time; no rows are one empty block."""


@dataclass(frozen=True)
class FrameRows:
    """A source whose rows are all in memory.

    Attributes:
        frame: Converted columns: Float64, String, Datetime, List(String).
    """

    frame: pl.DataFrame

    def __len__(self) -> int:
        return self.frame.height

    def take(self, places: Places) -> FrameRows:
        """The rows at the given places."""
        return FrameRows(self.frame[places])

    def blocks(self, size: int) -> Iterator[pl.DataFrame]:
        """The rows in order, so many at a time."""
        return _blocks(self.frame, size)


def _blocks(frame: pl.DataFrame, size: int) -> Iterator[pl.DataFrame]:
    for start in range(0, max(1, frame.height), size):
        yield frame.slice(start, size)


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows with their targets, of which each says how much it counts: a source, too.

    Attributes:
        frame: Converted columns: Float64, String, Datetime, List(String).
        target: Classes (n,), labels (n, O) or numbers (n, O).
        weights: Weight of each row (n,).
        numbers: Number of each row in its source, from 1 (n,).
        split_by: Groups that stay together, or times of which the later judge; None for chance.
    """

    frame: pl.DataFrame
    target: npt.NDArray[Any]
    weights: Floats
    numbers: Places
    split_by: Groups | Times | None = None

    def __len__(self) -> int:
        return self.frame.height

    def take(self, places: Places) -> Rows:
        """The rows at the given places."""
        return Rows(
            frame=self.frame[places],
            target=self.target[places],
            weights=self.weights[places],
            numbers=self.numbers[places],
            split_by=None if self.split_by is None else self.split_by.take(places),
        )

    def blocks(self, size: int) -> Iterator[pl.DataFrame]:
        """The columns of the rows in order, so many rows at a time."""
        return _blocks(self.frame, size)

    def weighed(self, factors: Floats) -> Rows:
        """The rows with their weights multiplied."""
        return replace(self, weights=self.weights * factors)

    @cached_property
    def copies(self) -> Places | None:
        """What each row is a copy of (n,): see `originals_of`."""
        classes = self.target if self.target.ndim == 1 else None
        return originals_of(self.frame, self.weights, classes)

    @cached_property
    def num_copies(self) -> int:
        """How many rows are copies of others."""
        return 0 if self.copies is None else len(self) - int(self.copies.max(initial=0))

    @cached_property
    def together(self) -> Places | None:
        """What rows share that belong together (n,): copies, groups; None if each is by itself."""
        groups = self.split_by if isinstance(self.split_by, Groups) else None
        return keep_together(self.copies if self.num_copies else None, groups)

    @property
    def copies_may_part(self) -> bool:
        """Whether a split may pull copies apart, as time does, or groups they would tie together.

        Then copies of rows that learn do not judge.
        """
        if not self.num_copies:
            return False
        if isinstance(self.split_by, Groups):
            return self.together is self.split_by.codes
        return self.split_by is not None

    def learned_elsewhere(self, learning: Places, judging: Places) -> npt.NDArray[np.bool_]:
        """Which of the rows that would judge are copies of rows that learn (judging,)."""
        if self.copies is None or not self.copies_may_part:
            return np.zeros(len(judging), dtype=bool)
        return np.isin(self.copies[judging], self.copies[learning])

    def describe_copies(self) -> list[str]:
        """What to tell of rows that are copies of others; nothing if there are none."""
        count = self.num_copies
        if not count:
            return []
        are = "is a copy of another" if count == 1 else "are copies of others"
        words = f"{count:,} of the {len(self):,} rows {are} in every cell that is learned from"
        if self.copies_may_part:
            return [f"{words}: a row does not judge if a copy of it learns"]
        return [f"{words}: copies stay on one side of a split"]


def join_rows(first: Rows, second: Rows) -> Rows:
    """Rows of the same columns, one after the other; only the first have groups or times."""
    return Rows(
        frame=pl.concat([first.frame, second.frame]),
        target=np.concatenate([first.target, second.target]),
        weights=np.concatenate([first.weights, second.weights]),
        numbers=np.concatenate([first.numbers, second.numbers]),
        split_by=None if first.split_by is None else first.split_by.followed_by(len(second)),
    )


def merge_equal_rows(rows: Rows) -> Rows:
    """Make one row of equal ones, their weights added, in an order that depends on content only.

    So a weight of 2 is the same as two equal rows, and the order of the rows is of no matter. Rows
    without weight are dropped.
    """
    places = (
        pl.DataFrame({"key": keys_of(rows), "place": np.arange(len(rows)), "weight": rows.weights})
        .filter(pl.col("weight") > 0)
        .group_by("key")
        .agg(pl.col("place").first(), pl.col("weight").sum())
        .sort("key")
    )
    merged = rows.take(places["place"].to_numpy())
    return replace(merged, weights=places["weight"].to_numpy())


def first_of_equal(rows: Rows) -> Places:
    """Places of the rows without those that repeat an earlier one, in their order."""
    has_weight = pl.Series(rows.weights > 0)  # a row without weight stands for none that has
    keys = pl.DataFrame({"key": keys_of(rows), "weight": has_weight})
    return keys.hash_rows(seed=0).is_first_distinct().arg_true().to_numpy()


def keys_of(rows: Rows) -> pl.Series:
    """A number that only equal rows share: in every cell, the target, and group or time (n,)."""
    frame = with_targets(rows)
    if isinstance(rows.split_by, Groups):
        frame = frame.with_columns(pl.Series("group", rows.split_by.codes))
    elif rows.split_by is not None:
        frame = frame.with_columns(pl.Series("time", rows.split_by.values))
    return frame.hash_rows(seed=0)


def with_targets(rows: Rows) -> pl.DataFrame:
    """The columns and, whatever their names, the targets."""
    target = rows.target.reshape(len(rows), -1)
    columns = [pl.Series(f"target {i}", target[:, i]) for i in range(target.shape[1])]
    return rows.frame.select(pl.all().name.prefix("column ")).with_columns(columns)
