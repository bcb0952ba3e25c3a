"""Which rows judge a training: folds where rows are few, a part held out, or rows given for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pellucid.data.dataset import Rows, Split, hold_out, join_rows, make_folds, merge_equal_rows
from pellucid.data.grouping import Basis, Times
from pellucid.options import NetworkOptions
from pellucid.recipe import FEW_ROWS, MEMBERS_OF_FEW_ROWS

FEW_ENOUGH_TO_MERGE = 2 * FEW_ROWS
MANY_ROWS = 50_000


def part_rows(
    rows: Rows,
    options: NetworkOptions,
    strata: Callable[[Rows], npt.NDArray[Any] | None],
    generator: np.random.Generator,
) -> tuple[Rows, Split]:
    """Part training rows into those that learn and those that judge.

    Args:
        rows: The rows.
        options: What a person said.
        strata: The class of each of some rows, where a split is to hold the same part of each.
        generator: Source of randomness.

    Returns:
        The rows, equal ones merged where there are folds; which learn and which judge.
    """
    members = MEMBERS_OF_FEW_ROWS if options.members == "auto" else options.members
    if options.validation_fraction == "auto" and members > 1 and _may_be_few(rows):
        merged = merge_equal_rows(rows)
        if len(merged) < FEW_ROWS:
            return merged, make_folds(members, merged, strata(merged), generator)
    rows = _with_weight(rows)
    fraction = options.validation_fraction
    if fraction == "auto":
        fraction = 0.1 if len(rows) > MANY_ROWS else 0.15
    return rows, hold_out(fraction, rows, strata(rows), generator)


def add_judging(rows: Rows, judging: Rows) -> tuple[Rows, Split]:
    """All training rows learn, and others judge.

    Args:
        rows: The training rows.
        judging: The others.

    Returns:
        All of them; which learn and which judge.
    """
    rows = _with_weight(rows)
    places = np.arange(len(rows) + len(judging))
    split = Split(
        training=places[: len(rows)], validation=places[len(rows) :], basis=Basis(by="own")
    )
    return join_rows(rows, judging), split


def _with_weight(rows: Rows) -> Rows:
    return rows.take(np.flatnonzero(rows.weights)) if rows.weights.min() <= 0.0 else rows


def _may_be_few(rows: Rows) -> bool:
    """Whether so few may differ that members judge each other in folds; not where time decides."""
    if isinstance(rows.split_by, Times):
        return False
    if len(rows) <= FEW_ENOUGH_TO_MERGE:
        return True
    return rows.copies is not None and len(np.unique(rows.copies)) < FEW_ROWS
