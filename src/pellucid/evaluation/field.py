"""The rows of a comparison: who learns from which, and which judge."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.contract import Estimator
from pellucid.data.dataset import Part, Rows, hold_out, join_rows, make_folds
from pellucid.data.grouping import Places
from pellucid.data.sources import Table
from pellucid.errors import DataError, OptionError
from pellucid.evaluation.report import read_test

TEST_FRACTION = 0.2
FEWEST_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Field:
    """Where the contest takes place: the same for everyone.

    Attributes:
        estimator: What makes the network; it has read the rows.
        rows: All rows that learn or judge.
        parts: Which learn and which judge.
        words: What rows judge, in words.
    """

    estimator: Estimator
    rows: Rows
    parts: list[Part]
    words: str

    @property
    def fingerprint(self) -> str:
        """The first digits of the SHA-256 of the rows that judge, to know the split by."""
        return fingerprint_of([self.rows.numbers[judging] for _, judging in self.parts])


def fingerprint_of(judging: Sequence[Places]) -> str:
    """The first digits of the SHA-256 of the numbers of the rows that judge, part by part."""
    return hashlib.sha256(b"".join(numbers.tobytes() for numbers in judging)).hexdigest()[:12]


def lay_out(
    estimator: Estimator, table: Table, target: str, test: Table | None, folds: int | None
) -> Field:
    """Read the rows and part them.

    Args:
        estimator: What is to make the network; it reads the rows.
        table: The rows, with the target.
        target: Its column.
        test: Another table that judges, or None.
        folds: Number of folds, or None for one split.

    Raises:
        OptionError: There are too few rows for the folds.
        DataError: The rows do not suffice, or do not fit each other.
    """
    rows = estimator.read(table, target)
    if test is not None:
        rows = estimator.judge_codes(rows, [np.arange(len(rows))])
        judging = read_test(estimator, rows, test)
        places = np.arange(len(rows) + len(judging))
        parts = [(places[: len(rows)], places[len(rows) :])]
        words = f"the {len(judging):,} rows of {test.name}"
        rows = join_rows(rows, judging)
    else:
        _check_enough(rows, table, folds)
        strata = rows.target if estimator.task_kind == "classification" else None
        generator = np.random.default_rng(0)
        if folds is None:
            parts = hold_out(TEST_FRACTION, rows, strata, generator).parts
            words = (
                f"{len(parts[0][1]):,} test rows ({100 * TEST_FRACTION:.0f} %, locked away before)"
            )
        else:
            split = make_folds(folds, rows, strata, generator)
            # The places of a split with folds are those of its units, here one a row.
            parts = [(split.validation[one], split.validation[two]) for one, two in split.parts]
            words = f"all {len(rows):,} rows, each by who did not learn from it ({folds} folds)"
        rows = estimator.judge_codes(rows, [learning for learning, _ in parts])
    field = Field(estimator=estimator, rows=rows, parts=parts, words=words)
    _check_parts(field, table)
    return field


def _check_enough(rows: Rows, table: Table, folds: int | None) -> None:
    if len(rows) < FEWEST_ROWS:
        raise DataError(
            f"{table.name} has {len(rows)} rows with a target, too few to hold some out. Give "
            f"{FEWEST_ROWS} at least, some hundreds to see a difference.",
            file=table.name,
        )
    if folds is not None and folds > len(rows) // 2:
        raise OptionError(
            f"folds must be at most {len(rows) // 2}, half the {len(rows)} rows of {table.name}, "
            f"but is {folds}.",
            option="folds",
        )


def _check_parts(field: Field, table: Table) -> None:
    """Refuse a part from which nobody could learn."""
    target = field.rows.target
    if len(np.unique(target, axis=0)) < 2:
        raise DataError(
            f"The target {field.estimator.target_[0]!r} is {np.ravel(target)[0]!s} in every row of "
            f"{table.name}: there is nothing to learn. Give rows with different targets.",
            file=table.name,
            column=field.estimator.target_[0],
        )
    for number, (training, judging) in enumerate(field.parts, 1):
        where = f"fold {number}" if len(field.parts) > 1 else "the split"
        if not len(judging):
            raise DataError(
                f"No row of {table.name} is left to judge with: a fifth of each class is held out, "
                "but no class has more than 2 rows. Give more rows, or folds, or a test table.",
                file=table.name,
            )
        values, counts = np.unique(target[training], axis=0, return_counts=True)
        if len(values) < 2:
            raise DataError(
                f"In {where}, all {counts[0]} rows that learn have the target "
                f"{np.ravel(values)[0]!s}: there is nothing to learn. Give more rows of the other "
                "values, or fewer folds.",
                file=table.name,
                column=field.estimator.target_[0],
            )
