"""Which cells occur together: how a row is found whose cells are ordinary and whose whole is not.

The columns are joined by a tree, along which dependence is strongest (Chow & Liu 1968,
"Approximating discrete probability distributions with dependence trees"), except where it is no
stronger than chance would make it. For two joined columns the training rows are counted by their
bins; a row is the odder, the rarer its pairs of bins are in comparison with what chance would make
of two independent columns. All that is kept are these counts, so the reason can be said in numbers,
and no training row is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.cell_bins import MOST_LEVELS, Bins
from pellucid.data.kinds.kind import Encoder, kind_named, kind_of
from pellucid.data.kinds.registry import KINDS
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields, shown

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

MOST_COLUMNS = 100
USUAL_PART = 0.995
ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Combinations:
    """The tree of columns, and what was counted along it.

    Attributes:
        columns: How cells become bins.
        pairs: Places (a, b) of joined columns.
        counts: For each pair, training rows by their bins, (bins of a, bins of b).
        num_rows: Number of training rows.
        limit: The score that a row exceeds with probability 0.5 % at most.
    """

    columns: tuple[Bins, ...]
    pairs: tuple[tuple[int, int], ...]
    counts: tuple[Places, ...]
    num_rows: int
    limit: float

    @classmethod
    def fit(cls, frame: pl.DataFrame) -> Combinations:
        """Count training rows; a row counts once, whatever its weight.

        The limit comes from the same rows, each judged by the counts without itself: with n rows
        the ⌈0.995·(n + 1)⌉-th smallest score, or the greatest; never below chance.

        Args:
            frame: Converted columns; those of a kind without bins, and from the 101st on all, are
                left aside.
        """
        binned = [(kind_of(column).bins, column) for column in frame.get_columns()]
        fitted = (bins.fit(column) for bins, column in binned if bins is not None)
        columns = tuple(islice(fitted, MOST_COLUMNS))
        places = [c.place(frame[c.name]) for c in columns]
        pairs = _strongest_tree(places, [c.num_bins for c in columns])
        counts = tuple(
            _count(places[a], places[b], columns[a].num_bins, columns[b].num_bins) for a, b in pairs
        )
        counted = cls(
            columns=columns, pairs=pairs, counts=counts, num_rows=frame.height, limit=np.inf
        )
        nothing = np.zeros(frame.height)
        limit = _limit_of(sum(counted._oddness(places, without_itself=True), start=nothing))
        return replace(counted, limit=limit)

    def counting(self, frame: pl.DataFrame) -> Combinations:
        """The same pairs and bins, with more training rows counted; the limit stays."""
        places = self._places(frame)
        counts = tuple(
            before + _count(places[a], places[b], *before.shape)
            for (a, b), before in zip(self.pairs, self.counts, strict=True)
        )
        return replace(self, counts=counts, num_rows=self.num_rows + frame.height)

    def limited_by(self, frame: pl.DataFrame) -> Combinations:
        """The same counts, with the limit that other rows have: one in 200 at most exceeds it."""
        return replace(self, limit=_limit_of(self.score(frame)))

    def score(self, frame: pl.DataFrame) -> Floats:
        """−log of how much likelier than by chance each row's pairs occur together, (n,), in nats.

        The logarithm of the ratio of two models of the row: columns independent, or joined.
        """
        return sum(self._oddness(self._places(frame)), start=np.zeros(frame.height))

    def oddest_pairs(self, frame: pl.DataFrame) -> list[tuple[str, str, int, float]]:
        """For each row, the two columns that fit worst, and how often their cells came together.

        Returns:
            Names of both columns, training rows with both bins, and how many chance would make;
            nothing with a single column.
        """
        if not self.pairs:
            return []
        places = self._places(frame)
        worst = np.stack(list(self._oddness(places))).argmax(axis=0)
        return [self._told(places, row, int(pair)) for row, pair in enumerate(worst)]

    def _told(self, places: Sequence[Places], row: int, pair: int) -> tuple[str, str, int, float]:
        (a, b), counts = self.pairs[pair], self.counts[pair]
        x, y = places[a][row], places[b][row]
        by_chance = counts[x].sum() * counts[:, y].sum() / self.num_rows
        return self.columns[a].name, self.columns[b].name, int(counts[x, y]), float(by_chance)

    def _places(self, frame: pl.DataFrame) -> list[Places]:
        return [c.place(frame[c.name]) for c in self.columns]

    def _oddness(
        self, places: Sequence[Places], *, without_itself: bool = False
    ) -> Iterator[Floats]:
        """−log P(b | a) / P(b) of each row, (n,), one joined pair after the other.

        One row spread as P(b) is added to the counts, so that none is 0.
        """
        own = int(without_itself)
        for (a, b), counts in zip(self.pairs, self.counts, strict=True):
            x, y = places[a], places[b]
            both = counts[x, y] - own
            of_a, of_b = counts.sum(axis=1)[x] - own, counts.sum(axis=0)[y] - own
            part_of_b = (of_b + 1.0 / counts.shape[1]) / (self.num_rows - own + 1.0)
            given_a = (both + part_of_b) / (of_a + 1.0)
            # A cell never seen says nothing of what it came together with.
            yield np.where((of_a > 0) & (of_b > 0), np.log(part_of_b / given_a), 0.0)

    def check_that_they_fit(self, encoders: Sequence[Encoder]) -> None:
        """Compare the bins with the columns that they should be those of.

        Raises:
            ModelFileError: A column is of another kind, or not there.
        """
        expected = {encoder.name: kind_named(encoder.kind).bins for encoder in encoders}
        for bins in self.columns:
            if expected.get(bins.name) is not type(bins):
                raise ModelFileError(f"The column {shown(bins.name)} is counted as another kind.")

    def to_plain(self) -> tuple[npt.NDArray[np.int32], dict[str, Any]]:
        """The counts, one after the other, and the rest as plain data."""
        flat = np.concatenate([np.zeros(0, dtype=np.int32), *(c.ravel() for c in self.counts)])
        plain = {"columns": [c.to_plain() for c in self.columns], "pairs": self.pairs}
        return flat.astype(np.int32), {**plain, "rows": self.num_rows, "limit": self.limit}

    @classmethod
    def from_plain(cls, flat: npt.NDArray[Any], plain: Fields) -> Combinations:
        """What `to_plain` described.

        Raises:
            ModelFileError: The counts do not fit the columns, or are no counts of so many rows.
        """
        columns = tuple(_bins_from(fields) for fields in plain.inner_list("columns"))
        pairs = _pairs_from(plain, len(columns))
        shapes = [(columns[a].num_bins, columns[b].num_bins) for a, b in pairs]
        ends = np.cumsum([rows * others for rows, others in shapes])
        if flat.dtype != np.int32 or flat.shape != (int(ends[-1]) if pairs else 0,):
            raise ModelFileError(f"The counts of pairs are {flat.dtype} {flat.shape}.")
        counts = tuple(
            part.reshape(shape).astype(np.int64)
            for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=False)
        )
        num_rows = plain.whole("rows")
        if any(c.min() < 0 or c.sum() != num_rows for c in counts):
            raise ModelFileError(f"The counts of pairs are none of {num_rows} rows.")
        limit = plain.number("limit")
        return cls(columns=columns, pairs=pairs, counts=counts, num_rows=num_rows, limit=limit)


def _bins_from(plain: Fields) -> Bins:
    """The bins of one column whose fields a model file holds."""
    name = plain.text("kind", among=KINDS)
    sort = kind_named(name).bins
    if sort is None:
        raise ModelFileError(f"A column of kind {shown(name)} has no bins.")
    bins = sort.from_plain(plain)
    if bins.num_bins > MOST_LEVELS + 2:
        raise ModelFileError(f"The column {shown(bins.name)} has more than {MOST_LEVELS} bins.")
    return bins


def _limit_of(scores: Floats) -> float:
    """The ⌈0.995·(n + 1)⌉-th smallest of n scores, or the greatest; never below chance."""
    rank = int(np.ceil(USUAL_PART * (len(scores) + 1) - ROUNDING))
    return max(0.0, float(np.sort(scores)[min(rank, len(scores)) - 1]))


def _pairs_from(plain: Fields, num_columns: int) -> tuple[tuple[int, int], ...]:
    """The pairs of places, where they are such of so many columns, and no more than a tree has."""
    pairs = plain.raw("pairs")
    places = range(num_columns)
    is_tree = (
        isinstance(pairs, list)
        and num_columns <= MOST_COLUMNS
        and len(pairs) <= max(0, num_columns - 1)
        and all(
            isinstance(pair, list) and len(pair) == 2 and all(place in places for place in pair)
            for pair in pairs
        )
    )
    if not is_tree:
        raise ModelFileError(f"The pairs of {plain.what} do not join {num_columns} columns.")
    return tuple((int(a), int(b)) for a, b in pairs)


def _count(a: Places, b: Places, bins_a: int, bins_b: int) -> Places:
    """Rows by their two bins, (bins_a, bins_b)."""
    return np.bincount(a * bins_b + b, minlength=bins_a * bins_b).reshape(bins_a, bins_b)


def _strongest_tree(
    places: Sequence[Places], num_bins: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """The spanning tree of greatest evidence (Prim's algorithm), less edges without any."""
    n = len(places)
    if n < 2:
        return ()
    evidence = np.zeros((n, n))
    for a, b in combinations(range(n), 2):
        counts = _count(places[a], places[b], num_bins[a], num_bins[b])
        evidence[a, b] = evidence[b, a] = _evidence(counts)
    joined, pairs = np.zeros(n, dtype=bool), []
    joined[int(evidence.sum(axis=0).argmax())] = True
    for _ in range(n - 1):
        reach = np.where(joined[:, None] & ~joined, evidence, -np.inf)
        a, b = (int(place) for place in np.unravel_index(reach.argmax(), reach.shape))
        joined[b] = True
        if evidence[a, b] > 0.0:
            pairs.append((a, b))
    return tuple(pairs)


def _evidence(counts: Places) -> float:
    """Mutual information in nats, less what a dependence must have to be believed.

    By the Bayesian information criterion (Schwarz 1978): ½ ln n a degree of freedom, over n rows.
    """
    n = counts.sum()
    of_a, of_b = counts.sum(axis=1), counts.sum(axis=0)
    rows, others = np.nonzero(counts)
    both = counts[rows, others]
    ratio = both * n / (of_a[rows] * of_b[others])
    freedom = (np.count_nonzero(of_a) - 1) * (np.count_nonzero(of_b) - 1)
    return float(((both * np.log(ratio)).sum() - 0.5 * np.log(n) * freedom) / n)
