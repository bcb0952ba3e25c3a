"""The target: the column to be predicted, taken out of a table and read as classes or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.columns import nearest, show
from pellucid.data.schema import convert, infer_schema
from pellucid.data.sources import Table
from pellucid.errors import DataError, OptionError

MOST_NUMBER_CLASSES = 20
FEWEST_ROWS_A_CLASS = 5
LARGEST_NUMBER = 1e150
"""Squares of larger ones, which every score of numbers is made of, are not finite."""
TOO_LARGE = (
    f"is beyond ±{LARGEST_NUMBER:g}, and its squared errors are not finite. Give the target in a "
    "larger unit, or as its logarithm."
)

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
        notes: Decisions worth telling.
    """

    names: tuple[str, ...]
    values: npt.NDArray[Any]
    table: Table
    present: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()


def take_target(table: Table, names: Sequence[str], task: TaskKind) -> Target:
    """Take the target out of a table.

    Args:
        table: Rows with their target.
        names: Columns to predict.
        task: Whether they hold classes or numbers.

    Raises:
        DataError: No such column, no row with a target, or a cell that is no number.
    """
    _check_names(table, names)
    present = table.frame.select(pl.all_horizontal(pl.col(names).is_not_null())).to_series()
    dropped = int((~present).sum())
    if dropped == table.frame.height:
        listed = ", ".join(repr(name) for name in names)
        raise DataError(
            f"No row of {table.name} has a value of the target {listed}. Give rows whose target "
            "is known.",
            file=table.name,
            column=names[0],
        )
    read_classes = _read_classes if len(names) == 1 else _read_labels
    read = _read_numbers if task == "regression" else read_classes
    columns = [read(table, name, present) for name in names]
    values = columns[0] if task == "classification" and len(names) == 1 else np.stack(columns, 1)
    plural = "s" if dropped > 1 else ""
    notes = (f"{dropped} row{plural} without a target left out",) if dropped else ()
    rest = replace(table, frame=table.frame.filter(present).drop(names))
    return Target(
        names=tuple(names), values=values, table=rest, present=present.to_numpy(), notes=notes
    )


def _check_names(table: Table, names: Sequence[str]) -> None:
    for name in names:
        if name in table.frame.columns:
            continue
        near = nearest(name, table.frame.columns)
        hint = f" Did you mean {near!r}?" if near else ""
        if any("header=False" in note for note in table.notes):
            hint = " If its first line is data, say header=False."
        listed = ", ".join(repr(column) for column in table.frame.columns[:20])
        raise DataError(
            f"{table.name} has no column {name!r} to predict.{hint} Its columns are: {listed}.",
            file=table.name,
            column=name,
        )


def _read_numbers(table: Table, name: str, present: pl.Series) -> npt.NDArray[np.float64]:
    column = replace(table, frame=table.frame.select(name))
    schema = infer_schema(column, kinds={name: "number"})
    numbers = convert(column, schema)[name]
    unreadable = numbers.is_null() | numbers.is_nan()
    for wrong, why in (
        (
            unreadable,
            "is not a finite number. Correct the cell, or leave it empty to leave the row out.",
        ),
        (numbers.abs() > LARGEST_NUMBER, TOO_LARGE),
    ):
        places = (present & wrong).arg_true()
        if len(places):
            row = table.first_row + int(places[0])
            raise DataError(
                f"The target {name!r} in row {row} of {table.name} {why}",
                file=table.name,
                column=name,
                row=row,
            )
    return numbers.filter(present).to_numpy()


def check_squares(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Targets of an array (n,) or (n, O), if their squares are finite.

    Raises:
        DataError: They are not.
    """
    large = np.argwhere(np.abs(numbers) > LARGEST_NUMBER)
    if len(large):
        row = 1 + int(large[0, 0])
        raise DataError(f"The target of row {row} {TOO_LARGE}", row=row)
    return numbers


def check_classes(classes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Classes of an array (n,), if a model file can hold them: texts, numbers or truth values.

    Objects are read as what they are, such as the whole numbers of a pandas column of objects.

    Raises:
        DataError: They are something else, such as dates.
    """
    if classes.dtype.kind in "biufU":
        return classes
    if classes.dtype.kind != "O":
        raise _no_class(classes[0], row=1)
    values = classes.tolist()
    legal = (str,) if isinstance(values[0], str) else (bool, int, float, np.bool_, np.number)
    for place, value in enumerate(values):
        if not isinstance(value, legal):
            raise _no_class(value, row=1 + place)
    return np.array(values)


def _no_class(value: object, *, row: int) -> DataError:
    return DataError(
        "Classes must be texts, numbers or truth values, the same in every row, but the target "
        f"of row {row} is {value!s} ({type(value).__name__}). Leave out rows without a target, "
        "and give others as text, such as y.astype(str).",
        row=row,
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


def judge_task(table: Table, names: Sequence[str]) -> tuple[TaskKind, str]:
    """Guess whether targets are classes or numbers.

    Returns:
        The task, and the reason in words.
    """
    _check_names(table, names)
    if len(names) > 1:
        return _judge_several(table, names)
    name = names[0]
    series = table.frame[name].drop_nulls()
    column = replace(table, frame=table.frame.select(name))
    kind = infer_schema(column, is_target=True)[name].kind
    is_declared = name in table.declared
    if is_declared or series.dtype == pl.Boolean or kind in ("category", "date"):
        why = "declared as a category" if is_declared else "that are not numbers"
        series = _spelled_alike(series) if series.dtype == pl.String else series
        return "classification", f"{series.n_unique()} different values {why}"
    try:
        schema = infer_schema(column, kinds={name: "number"})
        numbers = convert(column, schema)[name].drop_nulls()
    except DataError:
        return "classification", f"{series.n_unique()} different values that are not numbers"
    distinct = numbers.n_unique()
    is_whole = bool((numbers == numbers.round()).all())
    few = min(MOST_NUMBER_CLASSES, numbers.len() // FEWEST_ROWS_A_CLASS)
    if is_whole and distinct <= max(2, few):
        return "classification", f"{distinct} different whole numbers"
    return "regression", f"{distinct} different numbers"


def _judge_several(table: Table, names: Sequence[str]) -> tuple[TaskKind, str]:
    values = pl.concat([table.frame[name].cast(pl.String).drop_nulls() for name in names])
    if values.str.to_lowercase().is_in(list(LABELS)).all():
        return "classification", "several columns of yes or no"
    schema = infer_schema(replace(table, frame=table.frame.select(names)), is_target=True)
    if any(column.kind == "category" for column in schema):
        return "classification", "several columns, not all of numbers"
    return "regression", "several columns of numbers"
