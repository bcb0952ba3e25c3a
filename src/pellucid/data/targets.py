"""The target: the column to be predicted, taken out of a table and read as classes or numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.decimal_signs import check_undecided
from pellucid.data.kinds.evidence import CODE
from pellucid.data.kinds.levels import TRUTH_VALUES
from pellucid.data.kinds.notation import find_decimal
from pellucid.data.number_targets import NumberTarget
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table
from pellucid.errors import DataError, OptionError
from pellucid.wording import nearest, show

MOST_NUMBER_CLASSES = 20
FEWEST_ROWS_A_CLASS = 5
FEWEST_STEPS, MOST_STEPS = 3, 100
"""With so many different whole numbers they may be classes or steps of a number, such as grades."""

FEWEST_NUMBERS = 0.5
"""With so many numbers among many different values, the others are errors rather than classes."""

WHOLE_NUMBER = r"^(0|-?[1-9][0-9]{0,14})(\.0*)?$"
"""pandas writes 3 as 3.0 where the column has a hole."""

LABELS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1, "no": 0, "yes": 1}
"""What each of several labels may be, in capitals or not."""

TaskKind = Literal["classification", "regression"]
TASK_KINDS: tuple[TaskKind, ...] = get_args(TaskKind)


def check_task(task: str | None) -> TaskKind | None:
    """A task somebody named, or None for the guess.

    Raises:
        OptionError: There is no such task.
    """
    if task is None:
        return None
    for known in TASK_KINDS:
        if task == known:
            return known
    raise OptionError(
        f"task must be 'classification' or 'regression', but is {task!r}.", option="task"
    )


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is to be predicted.

    Attributes:
        names: Names of the target columns.
        values: Classes (n,) or (n, O), or numbers (n, O), of the rows that have them.
        table: The table without target columns and without rows that miss a target.
        present: Which rows of the source these are, shape (rows of the source,).
        decimal: Decimal sign of numbers written as text; "" where there are none.
        notes: Decisions worth telling.
    """

    names: tuple[str, ...]
    values: npt.NDArray[Any]
    table: Table
    present: npt.NDArray[np.bool_]
    decimal: str = ""
    notes: tuple[str, ...] = ()


def take_target(
    table: Table, names: Sequence[str], task: TaskKind, kinds: Mapping[str, str] | None = None
) -> Target:
    """Take the target out of a table.

    Args:
        table: Rows with their target.
        names: Columns to predict.
        task: Whether they hold classes or numbers.
        kinds: What a person says columns are. Of a target that is said to be of numbers, rows
            without one are left out.

    Raises:
        DataError: No such column, no row with a target, or a cell that is no number.
        OptionError: A target is said to be what this task does not predict.
    """
    _check_names(table, names)
    asked = [name for name in names if kinds and name in kinds]
    _check_kinds({name: (kinds or {})[name] for name in asked}, task)
    # The whole table's evidence: neither the target nor the columns that are left have all of it.
    table = replace(table, decimal=table.decimal or find_decimal(table.frame))
    present = table.frame.select(pl.all_horizontal(pl.col(names).is_not_null())).to_series()
    if not present.any():
        raise _no_target(table, names)
    unknown = int((~present).sum())
    notes = [f"{unknown} row{'s' * (unknown > 1)} without a target left out"] if unknown else []
    targets = [NumberTarget.read(table, name) for name in names] if task == "regression" else []
    for target in targets:
        notes += target.describe_undecided()
        if target.column.name in asked:
            notes += target.describe_odd(present)
            present &= ~target.odd
    return Target(
        names=tuple(names),
        values=_values(table, names, present, targets),
        table=_without(table, names, present),
        present=present.to_numpy(),
        decimal=next((t.column.decimal for t in targets if t.is_text), ""),
        notes=tuple(notes),
    )


def take_later_target(
    table: Table,
    names: Sequence[str],
    task: TaskKind,
    kinds: Mapping[str, str] | None,
    decimal: str,
) -> Target:
    """Take the target out of a table as `take_target`, its numbers written as in training.

    Args:
        table: Rows with their target.
        names: As for `take_target`.
        task: As for `take_target`.
        kinds: As for `take_target`.
        decimal: `Target.decimal` of training.
    """
    own = table.decimal or find_decimal(table.frame)
    if table.is_decimal_given or not decimal:
        return take_target(replace(table, decimal=own), names, task, kinds)
    present = [name for name in names if name in table.frame.columns]
    columns = [Column(name=name, kind="number", reason="", decimal=decimal) for name in present]
    check_undecided(replace(table, decimal=own), columns)
    taken = take_target(replace(table, decimal=decimal), names, task, kinds)
    return replace(taken, table=replace(taken.table, decimal=own))


def _check_kinds(asked: Mapping[str, str], task: TaskKind) -> None:
    """Refuse what a person says a target is where it cannot be predicted so."""
    expected = "number" if task == "regression" else "category"
    for name, kind in asked.items():
        if kind != expected:
            raise OptionError(
                f"The target {name!r} is said to be {kind!r}, but {task} predicts a {expected}. "
                f"Say {expected!r}, or nothing.",
                option="columns",
            )


def _values(
    table: Table, names: Sequence[str], present: pl.Series, targets: Sequence[NumberTarget]
) -> npt.NDArray[Any]:
    """The targets of the rows that have them: numbers if they were read so, else classes."""
    for target in targets:
        target.check(present)
    if targets:
        return np.stack([t.numbers.filter(present).to_numpy() for t in targets], 1)
    if len(names) == 1:
        return _read_classes(table, names[0], present)
    return np.stack([_read_labels(table, name, present) for name in names], 1)


def _without(table: Table, names: Sequence[str], present: pl.Series) -> Table:
    """The table without its targets and the rows that miss them, which keep their numbers."""
    places = present.arg_true().to_numpy().astype(np.int64)
    first, known = table.first_row, table.row_numbers
    return replace(
        table,
        frame=table.frame.filter(present).drop(names),
        row_numbers=first + places if known is None else known[places],
    )


def _no_target(table: Table, names: Sequence[str]) -> DataError:
    listed = ", ".join(repr(name) for name in names)
    return DataError(
        f"No row of {table.name} has a value of the target {listed}. Give rows whose target "
        "is known.",
        file=table.name,
        column=names[0],
    )


def _check_names(table: Table, names: Sequence[str]) -> None:
    for name in names:
        if name in table.frame.columns:
            continue
        near = nearest(name, table.frame.columns)
        hint = f" Did you mean {near!r}?" if near else ""
        if table.header_may_be_data:
            hint = " If its first line is data, say header=False."
        listed = ", ".join(repr(column) for column in table.frame.columns[:20])
        raise DataError(
            f"{table.name} has no column {name!r} to predict.{hint} Its columns are: {listed}.",
            file=table.name,
            column=name,
        )


def _read_classes(table: Table, name: str, present: pl.Series) -> npt.NDArray[Any]:
    series = table.frame[name].filter(present)
    if series.dtype == pl.Boolean or series.dtype.is_integer():
        return series.to_numpy()
    if series.dtype.is_float():
        numbers = series.to_numpy()
        return numbers.astype(np.int64) if np.all(numbers == np.round(numbers)) else numbers
    texts = _spelled_alike(series.cast(pl.String))
    whole = texts.str.contains(WHOLE_NUMBER).all()
    if whole:
        return texts.str.replace(r"\.0*$", "").cast(pl.Int64).to_numpy()
    return texts.to_numpy().astype(str)


def _spelled_alike(texts: pl.Series) -> pl.Series:
    """Write truth values that are spelled in several ways as the first of them is."""
    levels = texts.str.to_lowercase().replace({"1.0": "1", "0.0": "0"})
    words = texts.filter(levels.is_in(["true", "false"]))
    if words.is_empty() or not levels.is_in(["true", "false", "1", "0"]).all():
        return texts
    first = words[0]
    true, false = ("TRUE", "FALSE") if first.isupper() else ("True", "False")
    if first.islower():
        true, false = "true", "false"
    return levels.replace({"true": true, "1": true, "false": false, "0": false})


def _read_labels(table: Table, name: str, present: pl.Series) -> npt.NDArray[np.int64]:
    """Read one of several labels as 0 and 1."""
    texts = table.frame[name].cast(pl.String).str.to_lowercase()
    labels = texts.replace_strict(LABELS, default=None, return_dtype=pl.Int64)
    odd = (present & labels.is_null()).arg_true()
    if len(odd):
        cell, row = table.frame[name][odd[0]], table.first_row + int(odd[0])
        raise DataError(
            f"The target {name!r} in row {row} of {table.name} is {show(cell)}. As one of several "
            "labels it should be 0 or 1, true or false, or yes or no. Correct the cell, or predict "
            "this column alone.",
            file=table.name,
            column=name,
            row=row,
        )
    return labels.filter(present).to_numpy()


def task_for(
    table: Table,
    names: Sequence[str],
    task: str | None,
    kinds: Mapping[str, str] | None = None,
) -> tuple[TaskKind, str]:
    """The task somebody named, or the guess.

    Args:
        table: Rows with their target.
        names: Columns to predict.
        task: What somebody named.
        kinds: What a person says columns are.

    Returns:
        The task, and the reason in words.

    Raises:
        OptionError: There is no such task.
        DataError: There is no such column.
    """
    guessed = judge_task(table, names, kinds)
    asked = check_task(task)
    return guessed if asked is None else (asked, "as asked")


def judge_task(
    table: Table, names: Sequence[str], kinds: Mapping[str, str] | None = None
) -> tuple[TaskKind, str]:
    """Guess whether targets are classes or numbers.

    Args:
        table: Rows with their target.
        names: Columns to predict.
        kinds: What a person says columns are.

    Returns:
        The task, and the reason in words.
    """
    _check_names(table, names)
    table = replace(table, decimal=table.decimal or find_decimal(table.frame))
    kinds = kinds if isinstance(kinds, Mapping) else {}  # a wrong option is refused with the others
    asked = {kind for name, kind in kinds.items() if name in names}
    if asked:
        return "regression" if asked == {"number"} else "classification", "as asked"
    return _judge_one(table, names[0]) if len(names) == 1 else _judge_several(table, names)


def _judge_one(table: Table, name: str) -> tuple[TaskKind, str]:
    series = table.frame[name].drop_nulls()
    is_declared = name in table.declared
    numbers = None if is_declared else _find_numbers(table, name)
    if numbers is None:
        why = "declared as a category" if is_declared else "that are not numbers"
        series = _spelled_alike(series) if series.dtype == pl.String else series
        return "classification", f"{series.n_unique()} different values {why}"
    distinct = numbers.n_unique()
    is_whole = bool((numbers == numbers.round()).all())
    if len(numbers) < len(series) and is_whole and distinct <= MOST_NUMBER_CLASSES:
        return "classification", f"{series.n_unique()} different values, {distinct} of them numbers"
    few = min(MOST_NUMBER_CLASSES, numbers.len() // FEWEST_ROWS_A_CLASS)
    if not is_whole:
        return "regression", f"{distinct} different numbers"
    chosen: TaskKind = "classification" if distinct <= max(2, few) else "regression"
    return chosen, _describe_whole(numbers, distinct, chosen)


def _describe_whole(numbers: pl.Series, distinct: int, chosen: TaskKind) -> str:
    """What whole numbers were taken for, and how to choose otherwise if it could well be."""
    words = f"{distinct} different whole numbers"
    if not FEWEST_STEPS <= distinct <= MOST_STEPS:
        return words
    taken, other, instead = "classes", "regression", "a number"
    if chosen == "regression":
        taken, other, instead = "a number", "classification", "classes"
    span = f"from {show(numbers.min())} to {show(numbers.max())}"
    return f"{words} {span}, taken for {taken}; for {instead} say task='{other}'"


def _find_numbers(table: Table, name: str) -> pl.Series | None:
    """Find the numbers among a target's cells; None if they are dates, codes or mostly none."""
    alone = replace(table, frame=table.frame.select(name))
    series = table.frame[name].drop_nulls()
    if series.dtype == pl.Boolean:
        return None
    if series.dtype == pl.String:
        is_truth = _spelled_alike(series).is_in(TRUTH_VALUES).all()
        if is_truth or series.str.contains(CODE).any():
            return None
    if infer_schema(alone, is_target=True)[name].kind == "date":
        return None
    try:
        numbers = NumberTarget.read(table, name).numbers.drop_nulls()
    except DataError:
        return None
    return numbers if len(numbers) >= FEWEST_NUMBERS * len(series) else None


def _judge_several(table: Table, names: Sequence[str]) -> tuple[TaskKind, str]:
    values = pl.concat([table.frame[name].cast(pl.String).drop_nulls() for name in names])
    if values.str.to_lowercase().is_in(list(LABELS)).all():
        return "classification", "several columns of yes or no"
    schema = infer_schema(replace(table, frame=table.frame.select(names)), is_target=True)
    if any(column.kind == "category" for column in schema):
        return "classification", "several columns, not all of numbers"
    return "regression", "several columns of numbers"
