"""The leakage alarm: what makes scores better than they will be, pointed out before training.

A column that alone tells the target may be known only when the target is; a row that stands in the
training and in the judging part measures memory. A column that tells most of it may be just a good
one, which is asked and not claimed.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from pellucid.comparison.flat import flat_columns, matrix_of
from pellucid.data.copies import shuffled
from pellucid.data.grouping import Places
from pellucid.data.kinds.kind import kind_of
from pellucid.data.kinds.registry import LEFT_OUT
from pellucid.data.rows import Rows, with_targets
from pellucid.data.splits import Part
from pellucid.model.leaderboard import Question
from pellucid.tasks.metrics import Z95, wilson_interval
from pellucid.wording import as_columns, quote_all

Array = npt.NDArray[Any]

FEWEST_ROWS_TO_SEARCH = 50
MOST_ROWS = 4_000
CLASSES_EXPLAINED = 0.975
"""A rule without exceptions, as far as a tree finds its limits in some hundred rows."""
NUMBERS_EXPLAINED = 0.99
STRONGLY_EXPLAINED = 0.9
"""Of what is unknown without the column, by the lower end of its interval."""
SUM_EXPLAINED = 0.9999
SMALLEST_TERM = 0.01
SMALLEST_LEAF = 3
FEWEST_REPEATED = 5
SHARE_OF_REPEATED = 0.05


@dataclass(frozen=True, kw_only=True)
class Suspicions:
    """What may make scores better than they will be.

    Attributes:
        leaks: What looks like leakage, in sentences, each with the remedy: until it is settled,
            scores say nothing.
        questions: Columns that tell most of the target: scores hold if these are known before it.
    """

    leaks: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


def find_leaks(rows: Rows, parts: Sequence[Part], target: str, *, are_classes: bool) -> Suspicions:
    """Point out what looks like leakage.

    Args:
        rows: All rows that learn or judge.
        parts: Which learn and which judge: one pair for a split, several for folds.
        target: Name of the target.
        are_classes: Whether the target holds classes, not numbers.

    Returns:
        What looks like it, and what may be; nothing of either if nothing does.
    """
    leaks: list[str] = []
    questions: list[Question] = []
    if rows.target.ndim == 1 or rows.target.shape[1] == 1:
        training = rows.take(_sample(parts[0][0]))
        for column in _revealing_columns(training, are_classes=are_classes):
            if column.is_certain:
                leaks.append(column.as_leak(target))
            else:
                questions.append(Question(column=column.name, words=column.as_question(target)))
        if not leaks and not are_classes:
            leaks += _revealing_sum(training, target)
    return Suspicions(leaks=[*leaks, *_repeated_rows(rows, parts)], questions=questions)


@dataclass(frozen=True, kw_only=True)
class _RevealingColumn:
    """A column that alone tells the target, or most of it.

    Attributes:
        name: The column.
        explained: Part of the errors of knowing nothing that it avoids.
        right: Part of the rows it is right about; None for numbers.
        is_certain: Whether it tells more than a good column would.
    """

    name: str
    explained: float
    right: float | None
    is_certain: bool

    def as_leak(self, target: str) -> str:
        return (
            f"Column {self.name!r} alone {self._amount(target)}. If it is known only once the "
            f"target is, leave it out: {as_columns([self.name], LEFT_OUT)}."
        )

    def as_question(self, target: str) -> str:
        return (
            f"Column {self.name!r} alone {self._amount(target)}. That is fine if it is known "
            f"before {target!r} is; if not, leave it out: {as_columns([self.name], LEFT_OUT)}."
        )

    def _amount(self, target: str) -> str:
        if self.right is not None:
            return f"is right about {target!r} in {100 * self.right:.1f} % of the rows"
        return f"explains {100 * self.explained:.1f} % of the variance of the ranks of {target!r}"


def _revealing_columns(rows: Rows, *, are_classes: bool) -> Iterator[_RevealingColumn]:
    """Columns that alone tell most: by a tree on each, learned on one half of the rows.

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
        flat = flat_columns(rows.frame.select(name))
        if not flat:  # pictures: that they tell the target is what is hoped for
            continue
        column = matrix_of(flat)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # scikit-learn's doubts about many classes
            fitted = tree(min_samples_leaf=SMALLEST_LEAF, random_state=0).fit(column[one], y[one])
        guesses = fitted.predict(column[two])
        explained, surely = _share_explained(guesses, y[two], are_classes=are_classes)
        is_certain = explained >= (CLASSES_EXPLAINED if are_classes else NUMBERS_EXPLAINED)
        if is_certain or surely >= STRONGLY_EXPLAINED:
            right = float((guesses == y[two]).mean()) if are_classes else None
            yield _RevealingColumn(
                name=name, explained=explained, right=right, is_certain=is_certain
            )


def _share_explained(guesses: Array, truth: Array, *, are_classes: bool) -> tuple[float, float]:
    """Part of the errors of knowing nothing that is avoided, and the low end of its interval.

    0 for nothing explained, 1 for all.
    """
    if are_classes:
        _, counts = np.unique(truth, return_counts=True)
        constant = 1.0 - counts.max() / len(truth)
        mistakes = float((guesses != truth).mean())
        most = wilson_interval(mistakes, len(truth))[1]
    else:
        squares, constant = (guesses - truth) ** 2, float(truth.var())
        mistakes = float(squares.mean())
        most = mistakes + Z95 * float(squares.std()) / np.sqrt(len(truth))
    if constant <= 0.0:
        return 0.0, 0.0
    return 1.0 - mistakes / constant, 1.0 - most / constant


def _revealing_sum(rows: Rows, target: str) -> Iterator[str]:
    """Numbers that the target is a sum of, e.g. casual + registered = all."""
    numbers = rows.frame.select(c for c in rows.frame if kind_of(c).is_additive)
    one, two = _halves(len(rows))
    if not len(two) or numbers.width < 2 or numbers.width > len(one) // 2:
        return
    x = matrix_of(flat_columns(numbers.fill_null(strategy="mean").fill_null(0.0)))
    y = rows.target.reshape(-1)
    line = LinearRegression().fit(x[one], y[one])
    if _share_explained(line.predict(x[two]), y[two], are_classes=False)[0] < SUM_EXPLAINED:
        return
    terms = np.abs(line.coef_) * x[one].std(axis=0) / max(float(y[one].std()), 1e-300)
    names = [n for n, term in zip(numbers.columns, terms, strict=True) if term > SMALLEST_TERM]
    yield (
        f"{target!r} is a weighted sum of {quote_all(names)}. If they are known only once the "
        f"target is, leave them out: {as_columns(names, LEFT_OUT)}."
    )


def _sample(places: Places) -> Places:
    """Rows to look at, in random order."""
    return np.random.default_rng(0).permutation(places)[:MOST_ROWS]


def _halves(num_rows: int) -> tuple[Array, Array]:
    """Two halves of the rows; empty where they are too few to say anything."""
    places = np.arange(num_rows if num_rows >= FEWEST_ROWS_TO_SEARCH else 0)
    return places[: len(places) // 2], places[len(places) // 2 :]


def _repeated_rows(rows: Rows, parts: Sequence[Part]) -> Iterator[str]:
    """Judging rows that stand in the training part too, cell for cell, with their target.

    Where few different rows are possible at all, many coincide by chance: as many as after each
    column has been shuffled by itself. Those are not counted.
    """
    frame = with_targets(rows)
    repeated, by_chance = (_count_repeated(each, parts) for each in (frame, shuffled(frame)))
    judged = sum(len(judging) for _, judging in parts)
    if repeated - by_chance >= max(FEWEST_REPEATED, SHARE_OF_REPEATED * judged):
        yield (
            f"{repeated:,} of the {judged:,} rows that judge ({100 * repeated / judged:.0f} %) "
            "stand in the training part too, cell for cell: there, scores measure memory. If they "
            "are copies of one thing, and not different things that look alike, leave them out: "
            "drop_repeated=True."
        )


def _count_repeated(frame: pl.DataFrame, parts: Sequence[Part]) -> int:
    keys = frame.hash_rows(seed=0).to_numpy()
    return sum(int(np.isin(keys[judging], keys[training]).sum()) for training, judging in parts)
