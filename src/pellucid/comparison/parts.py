"""The rows of a comparison: who learns from which, and which judge."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pellucid.comparison.flat import algorithms_on
from pellucid.comparison.scoring import read_test
from pellucid.data.grouping import Basis, Groups, Places
from pellucid.data.rows import Rows, join_rows
from pellucid.data.sources.table import Table
from pellucid.data.split_options import Splitting
from pellucid.data.splits import Part, hold_out, make_folds
from pellucid.errors import DataError, OptionError
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.reading import Reading
from pellucid.tasks.answers import FlatFamily

TEST_FRACTION = 0.2
FEWEST_ROWS_TO_SPLIT = 20


@dataclass(frozen=True, kw_only=True)
class ComparedRows:
    """The rows of a comparison, and who of them learns and who judges: the same for everyone.

    Attributes:
        estimator: What makes the network.
        reading: All rows that learn or judge, as it has read them.
        parts: Which learn and which judge.
        words: What rows judge, in words.
        basis: What told them from those that learn.
    """

    estimator: Estimator
    reading: Reading
    parts: list[Part]
    words: str
    basis: Basis = Basis()

    @property
    def rows(self) -> Rows:
        """All rows that learn or judge."""
        return self.reading.rows

    @property
    def flat_family(self) -> FlatFamily | None:
        """Which flat algorithms take part."""
        return self.estimator.task_of(self.rows.target).flat_family

    @property
    def algorithms(self) -> list[str]:
        """Names of the flat algorithms that take part."""
        return algorithms_on(self.rows.frame, self.flat_family)

    @property
    def fingerprint(self) -> str:
        """The first digits of the SHA-256 of the rows that judge, to know the split by."""
        return fingerprint_of([self.rows.numbers[judging] for _, judging in self.parts])


def fingerprint_of(judging: Sequence[Places]) -> str:
    """The first digits of the SHA-256 of the numbers of the rows that judge, part by part."""
    return hashlib.sha256(b"".join(numbers.tobytes() for numbers in judging)).hexdigest()[:12]


def split_rows(
    estimator: Estimator,
    table: Table,
    target: str,
    test: Table | None,
    folds: int | None,
    splitting: Splitting | None = None,
) -> ComparedRows:
    """Read the rows and part them.

    Args:
        estimator: What is to make the network; it reads the rows.
        table: The rows, with the target.
        target: Its column.
        test: Another table that judges, or None.
        folds: Number of folds, or None for one split.
        splitting: How to tell rows that learn from rows that judge.

    Raises:
        OptionError: There are too few rows for the folds, or no flat algorithm learns the task.
        DataError: The rows do not suffice, or do not fit each other.
    """
    splitting = splitting or Splitting()
    reading = estimator.read(table, target, splitting=splitting)
    if test is not None:
        reading = estimator.judge_codes(reading, [np.arange(len(reading.rows))])
        drop_repeated = splitting.drop_repeated
        judging, reading = read_test(estimator, reading, test, drop_repeated=drop_repeated)
        rows = reading.rows
        places = np.arange(len(rows) + len(judging))
        compared = ComparedRows(
            estimator=estimator,
            reading=replace(reading, rows=join_rows(rows, judging)),
            parts=[(places[: len(rows)], places[len(rows) :])],
            words=f"the {len(judging):,} rows of {test.name}",
            basis=Basis(by="own"),
        )
    else:
        _check_enough(reading.rows, table, folds)
        compared = _split(estimator, reading, folds)
    _check_flat_family(compared)
    _check_parts(compared, table)
    return compared


def _split(estimator: Estimator, reading: Reading, folds: int | None) -> ComparedRows:
    """One part of the rows held out, or folds."""
    rows = reading.rows
    strata = estimator.task_of(rows.target).strata(rows.target)
    generator = np.random.default_rng(0)
    if folds is None:
        split = hold_out(TEST_FRACTION, rows, strata, generator)
        parts, basis = split.parts, split.basis
        share = f"{100 * len(split.validation) / len(rows):.0f} %, locked away before"
        words = f"{len(split.validation):,} test rows{_told(basis)} ({share})"
    else:
        split = make_folds(folds, replace(rows, weights=np.ones(len(rows))), strata, generator)
        # The places of a split with folds are those of its units, here one a row.
        parts = [(split.validation[one], split.validation[two]) for one, two in split.parts]
        parts = [(one, two[~rows.learned_elsewhere(one, two)]) for one, two in parts]
        judging = sum(len(two) for _, two in parts)
        split = replace(split, basis=replace(split.basis, repeated=len(rows) - judging))
        basis = split.basis
        group = "" if basis.is_chance else " or its group"
        which = f"it{group} ({folds} folds{_told(basis)})"
        all_rows = f"all {len(rows):,}" if judging == len(rows) else f"{judging:,} of {len(rows):,}"
        words = f"{all_rows} rows, each by who did not learn from {which}"
    reading = estimator.judge_codes(reading, [learning for learning, _ in parts])
    return ComparedRows(
        estimator=estimator, reading=reading, parts=parts, words=words, basis=split.basis
    )


def _told(basis: Basis) -> str:
    return "" if basis.is_chance else f", {basis.words}"


def _check_enough(rows: Rows, table: Table, folds: int | None) -> None:
    if len(rows) < FEWEST_ROWS_TO_SPLIT:
        raise DataError(
            f"{table.name} has {len(rows)} rows with a target, too few to hold some out. Give "
            f"{FEWEST_ROWS_TO_SPLIT} at least, some hundreds to see a difference.",
            file=table.name,
        )
    if folds is not None and folds > len(rows) // 2:
        raise OptionError(
            f"folds must be at most {len(rows) // 2}, half the {len(rows)} rows of {table.name}, "
            f"but is {folds}.",
            option="folds",
        )
    if folds is None or not isinstance(rows.split_by, Groups):
        return
    groups = len(np.unique(rows.split_by.codes))
    if folds > groups:
        raise OptionError(
            f"folds must be at most {groups}, the number of groups of {rows.split_by.name!r}, but "
            f"is {folds}.",
            option="folds",
        )


def _check_flat_family(compared: ComparedRows) -> None:
    if compared.flat_family is None:
        raise OptionError(
            f"The task {compared.estimator.task_name!r} cannot be compared, since no flat "
            "algorithm learns it. Train with fit_and_evaluate, which judges the network alone.",
            option="task",
        )


def _check_parts(compared: ComparedRows, table: Table) -> None:
    """Refuse a part from which nobody could learn."""
    target = compared.rows.target
    if len(np.unique(target, axis=0)) < 2:
        name = compared.reading.target_names[0]
        raise DataError(
            f"The target {name!r} is {np.ravel(target)[0]!s} in every row of "
            f"{table.name}: there is nothing to learn. Give rows with different targets.",
            file=table.name,
            column=compared.reading.target_names[0],
        )
    for number, (training, judging) in enumerate(compared.parts, 1):
        where = f"fold {number}" if len(compared.parts) > 1 else "the split"
        if not len(judging) and compared.basis.repeated:
            raise DataError(
                f"No row of {table.name} is left to judge with in {where}: every row that would "
                "judge is a copy of one that learns. Drop copies with drop_repeated=True, or give "
                "a test table.",
                file=table.name,
            )
        if not len(judging):
            raise DataError(
                f"No row of {table.name} is left to judge with: a fifth of each class is held out, "
                "but no class has more than 2 rows, or more than one group. Give more rows, or "
                "folds, or a test table.",
                file=table.name,
            )
        values, counts = np.unique(target[training], axis=0, return_counts=True)
        if len(values) < 2:
            raise DataError(
                f"In {where}, all {counts[0]} rows that learn have the target "
                f"{np.ravel(values)[0]!s}: there is nothing to learn. Give more rows of the other "
                "values, or fewer folds.",
                file=table.name,
                column=compared.reading.target_names[0],
            )
