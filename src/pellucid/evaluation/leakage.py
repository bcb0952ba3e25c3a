"""The leakage alarm: what makes scores better than they will be, pointed out before training.

A column that alone tells the target may be known only when the target is; a row that stands in the
training and in the judging part measures memory.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from pellucid.data.columns import quote_all
from pellucid.data.dataset import Part, Rows, with_targets
from pellucid.data.grouping import Places, shuffled
from pellucid.evaluation.flat import matrix_of, with_single_values
from pellucid.wording import as_columns

Floats = npt.NDArray[np.float64]
Array = npt.NDArray[Any]

FEWEST_ROWS = 50
MOST_ROWS = 4_000
CLASSES_TOLD = 0.95
NUMBERS_TOLD = 0.99
SUM_TOLD = 0.9999
SMALLEST_TERM = 0.01
SMALLEST_LEAF = 3
FEWEST_TWINS = 5
SHARE_OF_TWINS = 0.05


def find_leaks(rows: Rows, parts: Sequence[Part], target: str, *, are_classes: bool) -> list[str]:
    """Point out what looks like leakage.

    Args:
        rows: All rows that learn or judge.
        parts: Which learn and which judge: one pair for a split, several for folds.
        target: Name of the target.
        are_classes: Whether the target holds classes, not numbers.

    Returns:
        Sentences, each with the remedy; none if nothing looks like it.
    """
    found = []
    if rows.target.ndim == 1 or rows.target.shape[1] == 1:
        training = rows.take(_sample(parts[0][0]))
        found += list(_telling_columns(training, target, are_classes=are_classes))
        if not found and not are_classes:
            found += list(_telling_sum(training, target))
    return [*found, *_twins(rows, parts)]


def _telling_columns(rows: Rows, target: str, *, are_classes: bool) -> Iterator[str]:
    """Columns that alone tell the target: by a tree on each, learned on one half of the rows.

    Numbers are told by their ranks, so that a unit, a logarithm or a long tail hides nothing.
    """
    one, two = _halves(len(rows))
    if not len(two):
        return
    y = rows.target.reshape(-1)
    if not are_classes:
        y = np.unique(y, return_inverse=True)[1]
    tree: Any = DecisionTreeClassifier if are_classes else DecisionTreeRegressor
    for name in rows.frame.columns:
        column, _ = matrix_of(with_single_values(rows.frame.select(name)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn's doubts about many classes
            fitted = tree(min_samples_leaf=SMALLEST_LEAF, random_state=0).fit(column[one], y[one])
        guesses = fitted.predict(column[two])
        told = _share_told(guesses, y[two], are_classes=are_classes)
        if told < (CLASSES_TOLD if are_classes else NUMBERS_TOLD):
            continue
        amount = (
            f"is right about {target!r} in {100 * (guesses == y[two]).mean():.1f} % of the rows"
            if are_classes
            else f"explains {100 * told:.1f} % of the variance of the ranks of {target!r}"
        )
        yield (
            f"Column {name!r} alone {amount}. If it is known only once the target is, leave it "
            f"out: {as_columns([name], 'left out')}."
        )


def _share_told(guesses: Array, truth: Array, *, are_classes: bool) -> float:
    """Part of the errors of knowing nothing that is avoided: 0 for nothing told, 1 for all."""
    if are_classes:
        _, counts = np.unique(truth, return_counts=True)
        mistakes, ignorant = float((guesses != truth).mean()), 1.0 - counts.max() / len(truth)
    else:
        mistakes, ignorant = float(((guesses - truth) ** 2).mean()), float(truth.var())
    return 1.0 - mistakes / ignorant if ignorant > 0.0 else 0.0


def _telling_sum(rows: Rows, target: str) -> Iterator[str]:
    """Numbers that the target is a sum of, e.g. casual + registered = all."""
    numbers = rows.frame.select(pl.col(pl.Float64))
    one, two = _halves(len(rows))
    if not len(two) or numbers.width < 2 or numbers.width > len(one) // 2:
        return
    x, _ = matrix_of(numbers.fill_null(strategy="mean").fill_null(0.0))
    y = rows.target.reshape(-1)
    line = LinearRegression().fit(x[one], y[one])
    if _share_told(line.predict(x[two]), y[two], are_classes=False) < SUM_TOLD:
        return
    terms = np.abs(line.coef_) * x[one].std(axis=0) / max(float(y[one].std()), 1e-300)
    names = [n for n, term in zip(numbers.columns, terms, strict=True) if term > SMALLEST_TERM]
    yield (
        f"{target!r} is a weighted sum of {quote_all(names)}. If they are known only once the "
        f"target is, leave them out: {as_columns(names, 'left out')}."
    )


def _sample(places: Places) -> Places:
    """Rows to look at, in random order."""
    return np.random.default_rng(0).permutation(places)[:MOST_ROWS]


def _halves(num_rows: int) -> tuple[Array, Array]:
    """Two halves of the rows; empty where they are too few to say anything."""
    places = np.arange(num_rows if num_rows >= FEWEST_ROWS else 0)
    return places[: len(places) // 2], places[len(places) // 2 :]


def _twins(rows: Rows, parts: Sequence[Part]) -> Iterator[str]:
    """Judging rows that stand in the training part too, cell for cell, with their target.

    Where few different rows are possible at all, many coincide by chance: as many as after each
    column has been shuffled by itself. Those are not counted.
    """
    frame = with_targets(rows)
    twins, by_chance = (_count_twins(each, parts) for each in (frame, shuffled(frame)))
    judged = sum(len(judging) for _, judging in parts)
    if twins - by_chance >= max(FEWEST_TWINS, SHARE_OF_TWINS * judged):
        yield (
            f"{twins:,} of the {judged:,} rows that judge ({100 * twins / judged:.0f} %) stand in "
            "the training part too, cell for cell: there, scores measure memory. If they are "
            "copies of one thing, and not different things that look alike, leave them out: "
            "drop_repeated=True."
        )


def _count_twins(frame: pl.DataFrame, parts: Sequence[Part]) -> int:
    keys = frame.hash_rows(seed=0).to_numpy()
    return sum(int(np.isin(keys[judging], keys[training]).sum()) for training, judging in parts)
