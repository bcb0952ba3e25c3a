"""Rows unlike any in training: what they have that no training row had, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.combinations import Combinations
from pellucid.data.rows import ROWS_PER_BLOCK, RowSource
from pellucid.errors import ModelFileError
from pellucid.model.references import Judged
from pellucid.model.trained_network import TrainedNetwork

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
OddCell = tuple[int, str, str]
"""A row, its column, and what is odd there."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Novelty:
    """How unlike the training rows some rows are.

    Attributes:
        scores: −log of how much likelier than by chance a row's cells occur together, (n,), in
            nats: below 0 for ordinary rows, the greater the odder.
        limit: The score above which a combination is odd, one number for all rows: of rows like
            those of training, one in 200 at most exceeds it. Never below 0.
        distances: For each column of pictures, how far each is from those of training, in terms of
            the distance within which 99 % of such are, (n,): above 1 is odd.
        is_unlike: Whether a row has an odd cell, or a score or a distance above its limit, (n,).
        reasons: Why, in words; empty for ordinary rows.
    """

    scores: Floats
    limit: float
    distances: Mapping[str, Floats]
    is_unlike: Bools
    reasons: tuple[str, ...]


def judge_novelty(model: TrainedNetwork, rows: RowSource, absent: Collection[str] = ()) -> Novelty:
    """Find rows unlike those a model learned from, for which no error was ever measured.

    A single cell is odd if it is missing where none was in training (an infinite number counts as
    missing), if it is a number or date beyond the training range by more than a tenth of it, or a
    level never seen (in a column where new levels are rare). A combination is odd if its cells,
    ordinary each, hardly ever came together: `pellucid.data.combinations`. A picture is odd if it
    is far from those of training, to the network or to the eye: `pellucid.model.references`. A text
    is odd if it has more unseen words than all but 1 in 200 of training: `data/texts/unseen.py`.

    Args:
        model: What learned.
        rows: Converted rows.
        absent: Columns that the rows do not have at all, as none of the training rows was.

    Raises:
        ModelFileError: The model comes from a Pellucid that did not count combinations.
    """
    counted = model.combinations
    if counted is None:
        raise ModelFileError(
            "This model comes from an older Pellucid, which did not note what came together in "
            "training. Train it again to find rows unlike the training's."
        )
    scores: list[Floats] = []
    pictures: list[dict[str, Judged]] = []
    told: list[str] = []
    for frame in rows.blocks(ROWS_PER_BLOCK):
        scores.append(counted.score(frame))
        pictures.append(_judged_pictures(model, frame))
        odd = [*_odd_cells(model, frame, absent), *_odd_pictures(pictures[-1])]
        unheard = np.flatnonzero(scores[-1] > counted.limit)
        told += _reasons(odd, counted, frame, unheard)
    return Novelty(
        scores=np.concatenate(scores),
        limit=counted.limit,
        distances={
            name: np.concatenate([found[name].distances for found in pictures])
            for name in pictures[0]
        },
        is_unlike=np.array([bool(text) for text in told], dtype=bool),
        reasons=tuple(told),
    )


def _judged_pictures(model: TrainedNetwork, frame: pl.DataFrame) -> dict[str, Judged]:
    """What is found of the pictures of each column."""
    return {
        each.column: each.judge(model.network, model.encoder, frame[each.column])
        for each in model.references
    }


def _odd_pictures(judged: Mapping[str, Judged]) -> Iterator[OddCell]:
    """Yield rows with a picture unlike those of training, its column, and why."""
    for name, found in judged.items():
        for row, reason in enumerate(found.reasons):
            if reason:
                yield row, name, f"{name} {reason}"


def _reasons(
    odd: Iterable[OddCell],
    counted: Combinations,
    frame: pl.DataFrame,
    unheard: npt.NDArray[np.int64],
) -> list[str]:
    """What is odd about each row, in words; nothing about ordinary ones."""
    by_column: list[dict[str, str]] = [{} for _ in range(frame.height)]
    for row, column, reason in odd:
        by_column[row].setdefault(column, reason)
    reasons = [list(odd.values()) for odd in by_column]
    for row, pair, reason in _odd_combinations(counted, frame, unheard):
        if by_column[row].keys().isdisjoint(pair):  # an odd cell makes every combination odd
            alone = "" if reasons[row] else "no one cell is odd, but together they are: "
            reasons[row].append(alone + reason)
    return ["; ".join(several) for several in reasons]


def _odd_cells(
    model: TrainedNetwork, frame: pl.DataFrame, absent: Collection[str]
) -> Iterator[OddCell]:
    """Yield rows with an odd cell, its column, and what is odd about it."""
    for encoder in model.encoder.columns:
        if encoder.name in absent:
            for row in range(frame.height):
                yield row, encoder.name, f"the column {encoder.name} is missing"
            continue
        column = frame[encoder.name]
        for surprise in encoder.surprises(column):
            for row in np.flatnonzero(surprise.odd).tolist():
                yield row, encoder.name, surprise.told(column, row)


def _odd_combinations(
    counted: Combinations, frame: pl.DataFrame, rows: npt.NDArray[np.int64]
) -> Iterator[tuple[int, tuple[str, str], str]]:
    """Yield each of some rows, the two columns that fit worst, and how seldom they came so."""
    for row, (a, b, times, chance) in zip(
        rows.tolist(), counted.oddest_pairs(frame[rows]), strict=False
    ):
        cells = f"{_cell(frame, a, row)} with {_cell(frame, b, row)}"
        by_chance = f"{chance:,.0f}" if chance >= 10.0 else f"{chance:.2g}"
        yield (
            row,
            (a, b),
            (
                f"{cells}, so or nearly so in {times:,} of {counted.num_rows:,} training rows, "
                f"where chance would make {by_chance}"
            ),
        )


def _cell(frame: pl.DataFrame, name: str, row: int) -> str:
    """A column's name and its cell."""
    value = frame[name][row]
    if value is None:
        return f"{name} missing"
    return f"{name} {value:.6g}" if isinstance(value, float) else f"{name} '{value}'"
