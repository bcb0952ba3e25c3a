"""Rows that belong together, and rows in time: what a split must not pull apart."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from pellucid.wording import show

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Groups:
    """Groups of rows, such as those of one patient, that are never on both sides of a split.

    Attributes:
        codes: A number that only rows of one group share (n,).
        name: The column they come from, or what to call them.
    """

    codes: Places
    name: str

    def take(self, places: Places) -> Groups:
        """Those of the rows at the given places."""
        return replace(self, codes=self.codes[places])

    def followed_by(self, count: int) -> Groups:
        """With so many rows behind them, each a group of its own."""
        start = self.codes.max(initial=-1) + 1
        return replace(self, codes=np.concatenate([self.codes, start + np.arange(count)]))


@dataclass(frozen=True, kw_only=True)
class Times:
    """When each row was, where the later rows shall judge.

    Attributes:
        values: Seconds since 1970, or any number that grows with time (n,); NaN where not known.
        name: The column they come from, or what to call them.
        are_dates: Whether they are seconds.
        are_private: Whether none of them, which may be one row's, is to be told.
    """

    values: Floats
    name: str
    are_dates: bool
    are_private: bool = False

    def take(self, places: Places) -> Times:
        """Those of the rows at the given places."""
        return replace(self, values=self.values[places])

    def followed_by(self, count: int) -> Times:
        """With so many rows behind them, of no known time."""
        return replace(self, values=np.concatenate([self.values, np.full(count, np.nan)]))

    def show(self, value: float) -> str:
        """One time, as a person writes it; "" where it is private."""
        if self.are_private:
            return ""
        if not self.are_dates:
            return show(value)
        shown = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return shown.removesuffix(" 00:00:00").removesuffix(":00")

    def is_late(self, fraction: float) -> npt.NDArray[np.bool_]:
        """Which rows are the last ones, as near to a part of all as equal times allow.

        A row of no known time is not late. With one time only no row is.
        """
        times, counts = np.unique(self.values[~np.isnan(self.values)], return_counts=True)
        late = np.cumsum(counts[::-1])[::-1]
        if len(times) < 2 or fraction == 0.0:
            return np.zeros(len(self.values), dtype=bool)
        first = 1 + int(np.abs(late[1:] - fraction * late[0]).argmin())
        return self.values >= times[first]


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a split went by.

    Attributes:
        by: "chance", "group", "time", or "own" for rows that a person gave to judge.
        column: Of the groups or times; "" for none.
        groups: How many groups there are.
        judging: How many of them judge.
        since: The first time that judges, as a person writes it; "" where it is private.
        repeated: How many rows would judge, but do not: copies of rows that learn.
    """

    by: Literal["chance", "group", "time", "own"] = "chance"
    column: str = ""
    groups: int = 0
    judging: int = 0
    since: str = ""
    repeated: int = 0

    @property
    def is_chance(self) -> bool:
        """Whether nothing but chance told the rows apart, so that there is nothing to say."""
        return self.by == "chance"

    @property
    def words(self) -> str:
        """What there is to say, such as "12 of 60 groups of patient"; "" for chance."""
        if self.repeated:
            return f"{replace(self, repeated=0).words}, {self.repeated_words}"
        if self.by == "group" and self.judging == self.groups:
            return f"{self.groups:,} groups of {self.column}"
        if self.by == "group":
            return f"{self.judging:,} of {self.groups:,} groups of {self.column}"
        if self.by == "time":
            since = f"{self.column} from {self.since} on" if self.since else f"by {self.column}"
            return f"the latest, {since}"
        return "given to judge" if self.by == "own" else ""

    @property
    def repeated_words(self) -> str:
        """How many copies do not judge."""
        copies = "copy" if self.repeated == 1 else "copies"
        return f"without {self.repeated:,} {copies} of rows that learn"


def keep_together(copies: Places | None, groups: Groups | None) -> Places | None:
    """Which rows a split must not pull apart.

    Args:
        copies: What each row is a copy of (n,), or None where none is a copy.
        groups: Groups of the rows, or None.

    Returns:
        A number that rows share which belong together, directly or by way of others (n,); None
        where each row is by itself.
    """
    if copies is None:
        return None if groups is None else groups.codes
    if groups is None:
        return copies
    joined = _joined(groups.codes, copies)
    # Copies may tie nearly all groups together. Then groups go before copies.
    is_tied = _largest(joined) > len(joined) / 2 > _largest(groups.codes)
    return groups.codes if is_tied else joined


def _largest(codes: Places) -> int:
    return int(np.unique(codes, return_counts=True)[1].max(initial=0))


def _joined(one: Places, two: Places) -> Places:
    """A number that rows share which any chain of equal numbers, in one or in two, connects."""
    pairs = [np.unique(codes, return_inverse=True)[1] for codes in (one, two)]
    labels = pairs[0]
    while True:
        before = labels
        for codes in pairs:
            least = np.full(codes.max(initial=0) + 1, len(codes))
            np.minimum.at(least, codes, labels)
            labels = least[codes]
        if np.array_equal(labels, before):
            return labels


def position_in_stratum(strata: Array, generator: np.random.Generator) -> Places:
    """A random place for each row among the rows of its stratum, 0, 1, 2, …"""
    order = generator.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    _, starts, sizes = np.unique(strata[order], return_index=True, return_counts=True)
    position = np.empty(len(strata), dtype=np.int64)
    position[order] = np.arange(len(strata)) - np.repeat(starts, sizes)
    return position


@dataclass(frozen=True)
class _Bundles:
    """Rows that belong together, as one each.

    Attributes:
        of_row: The bundle of each row (n,).
        sizes: Rows of each bundle.
        strata: The stratum of each: the one of which it holds the largest part.
    """

    of_row: Places
    sizes: Places
    strata: Places


def _bundle(together: Places, strata: Array) -> _Bundles:
    _, of_row, sizes = np.unique(together, return_inverse=True, return_counts=True)
    _, codes, totals = np.unique(strata, return_inverse=True, return_counts=True)
    pairs, counts = np.unique(of_row * len(totals) + codes, return_counts=True)
    bundle, stratum = np.divmod(pairs, len(totals))
    order = np.lexsort((stratum, -counts / totals[stratum], bundle))
    _, first = np.unique(bundle[order], return_index=True)
    return _Bundles(of_row, sizes, stratum[order][first])


def choose_bundles(
    fraction: float, together: Places, strata: Array, generator: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Hold out whole bundles of rows, about the same part of each stratum.

    Every stratum keeps rows that learn. One bundle at least is held out if the part is one row or
    more, and the strata allow it.

    Args:
        fraction: Part of the rows that judge.
        together: A number that rows share which belong together (n,).
        strata: Class of each row (n,).
        generator: Source of randomness.

    Returns:
        Whether each row is held out (n,).
    """
    bundles = _bundle(together, strata)
    order = np.lexsort((generator.permutation(len(bundles.sizes)), bundles.strata))
    sizes, stratum = bundles.sizes[order], bundles.strata[order]
    wanted = fraction * np.bincount(stratum, weights=sizes)[stratum]
    sizes = np.where(sizes / 2 <= wanted, sizes, 0)  # larger ones would be too much by themselves
    held = np.zeros(len(order), dtype=bool)
    held[order] = (sizes > 0) & (_middles(sizes, stratum) <= wanted)
    if not held.any() and round(fraction * len(together)) > 0:
        held[_smallest_spare(bundles, strata)] = True
    rows = held[bundles.of_row]
    for lost in np.setdiff1d(strata[rows], strata[~rows]):
        back = bundles.of_row[strata == lost]
        rows &= bundles.of_row != back[bundles.sizes[back].argmin()]
    return rows


def _smallest_spare(bundles: _Bundles, strata: Array) -> list[int]:
    """The smallest bundle without which every stratum still has rows; none if there is none."""
    num_strata = len(np.unique(strata))
    for bundle in np.argsort(bundles.sizes, kind="stable")[:100]:
        if len(np.unique(strata[bundles.of_row != bundle])) == num_strata:
            return [int(bundle)]
    return []


def draw_bundles(together: Places, strata: Array, generator: np.random.Generator) -> Places:
    """Places of the rows, bundle by bundle at random; every beginning has the strata's proportions.

    Args:
        together: A number that rows share which belong together (n,).
        strata: Class of each row (n,).
        generator: Source of randomness.
    """
    bundles = _bundle(together, strata)
    order = np.lexsort((generator.permutation(len(bundles.sizes)), bundles.strata))
    sizes, stratum = bundles.sizes[order], bundles.strata[order]
    share = np.empty(len(order))
    share[order] = _middles(sizes, stratum) / np.bincount(stratum, weights=sizes)[stratum]
    return np.argsort(share[bundles.of_row], kind="stable")


def _middles(sizes: Places, strata: Places) -> Floats:
    """How many rows of its stratum come before the middle of each bundle, strata in order."""
    before = np.cumsum(sizes) - sizes
    _, first, inverse = np.unique(strata, return_index=True, return_inverse=True)
    return before - before[first][inverse] + sizes / 2


def deal_bundles(num_folds: int, together: Places, strata: Array, order: Places) -> Places:
    """A fold for each row, one for all of a bundle: the largest first, to the emptiest fold.

    Args:
        num_folds: Number of folds; fewer are used where there are fewer bundles.
        together: A number that rows share which belong together (n,).
        strata: Class of each row (n,).
        order: Places of the rows, stratum by stratum, in each at random (n,).
    """
    bundles = _bundle(together, strata)
    _, first = np.unique(bundles.of_row[order], return_index=True)
    turns = np.lexsort((first, -bundles.sizes, bundles.strata))
    folds = np.empty(len(turns), dtype=np.int64)
    loads = [(0, fold) for fold in range(num_folds)]
    for bundle, size in zip(turns.tolist(), bundles.sizes[turns].tolist(), strict=True):
        load, fold = loads[0]
        folds[bundle] = fold
        heapq.heapreplace(loads, (load + size, fold))
    return folds[bundles.of_row]
