"""Which rows judge a training: folds where rows are few, a part held out, or rows given for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.classes import codes_of
from pellucid.data.grouping import Basis, Floats, Groups, Times
from pellucid.data.kinds.of_columns import has_texts, learns_features
from pellucid.data.rows import Rows, first_of_equal, join_rows, merge_equal_rows
from pellucid.data.sources.table import Table
from pellucid.data.split_options import Splitting, both_given
from pellucid.data.splits import Split, hold_out, make_folds
from pellucid.errors import DataError
from pellucid.estimators.arguments import as_table
from pellucid.estimators.labeled_input import LabeledRowReader
from pellucid.estimators.reading import Reading, TrainingRows
from pellucid.model.recipe import FEW_ROWS, MEMBERS_OF_FEW_ROWS
from pellucid.options import NetworkOptions

FEW_ENOUGH_TO_MERGE = 2 * FEW_ROWS
MANY_ROWS = 50_000
MOST_JUDGING = 3_000
"""Rows with pictures or texts held out: more would tell little more, and are missed by what learns.
"""
PART_OF_TEXTS = 0.1
"""Of rows with texts the part held out: each of their words is missed."""


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
    # What sees pictures or reads texts is shared by all members: none could judge what others
    # learn from.
    is_shared = learns_features(rows.frame)
    if (
        options.validation_fraction == "auto"
        and members > 1
        and not is_shared
        and _may_be_few(rows)
    ):
        merged = merge_equal_rows(rows)
        # In folds, a row that does not judge would be learned from by whom its group judges.
        if len(merged) < FEW_ROWS and not merged.copies_may_part:
            return merged, make_folds(members, merged, strata(merged), generator)
    rows = _with_weight(rows)
    usual = 0.1 if len(rows) > MANY_ROWS else 0.15
    if is_shared:  # they judge what is kept in the end, and choose little
        usual = min(usual, MOST_JUDGING / len(rows))
    if has_texts(rows.frame):
        usual = min(usual, PART_OF_TEXTS)
    fraction = usual if options.validation_fraction == "auto" else options.validation_fraction
    return rows, hold_out(fraction, rows, strata(rows), generator)


def add_judging(rows: Rows, judging: Rows, options: NetworkOptions) -> tuple[Rows, Split]:
    """All training rows learn, and others judge.

    Args:
        rows: The training rows.
        judging: The others.
        options: What a person said.

    Returns:
        All of them; which learn and which judge.

    Raises:
        OptionError: A part of the training rows was to judge.
    """
    if options.validation_fraction != "auto":
        raise both_given("validation_fraction")
    rows = _with_weight(rows)
    places = np.arange(len(rows) + len(judging))
    split = Split(
        training=places[: len(rows)], validation=places[len(rows) :], basis=Basis(by="own")
    )
    return join_rows(rows, judging), split


def read_judging(
    data: Any, reading: Reading, splitting: Splitting, estimator: LabeledRowReader
) -> Rows | None:
    """Rows with their targets, read as the training rows were, that judge and do not learn.

    Args:
        data: Rows and their targets (X, y); or a table with the target in its column, if the
            training's came so; None for none.
        reading: The training rows, as they were read.
        splitting: What else was said about who judges: nothing, if there is data.
        estimator: What knows how they were read.

    Raises:
        OptionError: There is another way to tell which rows judge.
        DataError: The rows do not fit the training's, or have a class it does not have.
    """
    if data is None:
        return None
    splitting.check_alone()
    is_pair = isinstance(data, tuple | list) and len(data) == 2
    if is_pair and isinstance(data[1], str):
        data, is_pair = data[0], False  # named as in fit(table, "price")
    if is_pair:
        rows = estimator.rows_with(*data)
    elif estimator.is_named:
        rows = estimator.rows_of(as_table(data))
    else:
        raise DataError(
            "validation_data must be rows and their targets, (X, y), as the training rows were "
            f"given, but is a {type(data).__name__}."
        )
    if not len(rows):
        raise DataError("validation_data has no rows. Give some, or leave it out.")
    training = reading.rows
    if rows.target.shape[1:] != training.target.shape[1:]:
        raise DataError(
            f"The targets of validation_data have the shape {rows.target.shape}, but those to "
            f"learn from {training.target.shape}. Give the same targets."
        )
    name = data.name if isinstance(data, Table) else "validation_data"
    return in_classes_of(training, rows, estimator, name)


def without_repeated(
    taken: TrainingRows, split_by: Groups | Times | None
) -> tuple[TrainingRows, Groups | Times | None]:
    """Training rows, and their groups or times, without rows that repeat an earlier one.

    The cells are compared as they came, so that what a column is can be judged without copies:
    one that numbers the rows of a table pasted together twice.
    """
    places = first_of_equal(
        Rows(
            frame=taken.table.frame.select(pl.exclude(pl.Object)),
            target=taken.target,
            weights=taken.weights,
            numbers=taken.table.numbers,
            split_by=split_by,
        )
    )
    return taken.take(places), None if split_by is None else split_by.take(places)


def in_classes_of(training: Rows, rows: Rows, estimator: LabeledRowReader, name: str) -> Rows:
    """Rows that judge, their classes written as the training rows have them.

    Args:
        training: The training rows.
        rows: The rows that judge.
        estimator: What has read both.
        name: What to call these in messages.

    Raises:
        DataError: They have a class that the training rows do not have.
    """
    if not estimator.reader.are_classes or training.target.ndim > 1:
        return rows
    classes = np.unique(training.target)
    codes = codes_of(classes, rows.target.tolist())
    if (codes < 0).any():
        raise DataError(
            f"{name} has the class {rows.target[codes < 0].tolist()[0]!r}, which is none of "
            f"{classes.tolist()}. Write classes the same way in both tables.",
            file=name,
            column=estimator.target_[0] if estimator.target_ else None,
        )
    return replace(rows, target=classes[codes])


def _with_weight(rows: Rows) -> Rows:
    return rows.take(np.flatnonzero(rows.weights)) if rows.weights.min() <= 0.0 else rows


def _may_be_few(rows: Rows) -> bool:
    """Whether so few may differ that members judge each other in folds; not where time decides."""
    if isinstance(rows.split_by, Times):
        return False
    if len(rows) <= FEW_ENOUGH_TO_MERGE:
        return True
    return rows.copies is not None and len(rows) - rows.num_copies < FEW_ROWS


def weigh_classes(rows: Rows, split: Split, factors: Floats | None) -> tuple[Rows, Split]:
    """Multiply the weights of rows and units by those of their classes.

    Args:
        rows: All rows.
        split: Which of them learn and which judge.
        factors: For each row (n,), by its class; None where no class has a weight of its own.
    """
    if factors is None:
        return rows, split
    weighed = rows.weighed(factors)
    if split.unit_weights is None:
        return weighed, split
    return weighed, replace(split, unit_weights=split.unit_weights * factors[split.validation])
