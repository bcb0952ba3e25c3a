"""The target: the column to be predicted, taken out of a table and read as classes or numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.exact_names import exactly
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.decimal_sign import find_decimal
from pellucid.data.kinds.later_decimal_sign import check_undecided
from pellucid.data.number_targets import CellNote, NumberTarget
from pellucid.data.sources.media import LABEL, MEDIA
from pellucid.errors import DataError, OptionError
from pellucid.wording import nearest, quote, show

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

WHOLE_NUMBER = r"^(0|-?[1-9][0-9]{0,14})(\.0*)?$"
"""pandas writes 3 as 3.0 where the column has a hole."""

LABELS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1, "no": 0, "yes": 1}
"""What each of several labels may be, in capitals or not."""


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
        cell_notes: More of them, which quote cells.
    """

    names: tuple[str, ...]
    values: npt.NDArray[Any]
    table: Table
    present: npt.NDArray[np.bool_]
    decimal: str = ""
    notes: tuple[str, ...] = ()
    cell_notes: tuple[CellNote, ...] = ()


class TargetReader(ABC):
    """What the cells of a target are read as.

    Attributes:
        column_kind: What a person may say such a column is.
        are_classes: Whether they are classes or labels, and not numbers.
    """

    column_kind: ClassVar[str]
    are_classes: ClassVar[bool]

    @abstractmethod
    def read(
        self, table: Table, names: Sequence[str], present: pl.Series, asked: Collection[str]
    ) -> TargetCells:
        """Read the targets of the rows that have them.

        Args:
            table: Rows with their target.
            names: Columns to predict.
            present: Which rows have all of them.
            asked: Those a person said to be so.

        Raises:
            DataError: A cell cannot be read so.
        """


@dataclass(frozen=True, kw_only=True)
class TargetCells:
    """What was read of targets: as `Target` has it."""

    values: npt.NDArray[Any]
    present: pl.Series
    decimal: str = ""
    cell_notes: tuple[CellNote, ...] = ()


class ClassReader(TargetReader):
    """One column as classes, several as labels."""

    column_kind = "category"
    are_classes = True

    def read(
        self, table: Table, names: Sequence[str], present: pl.Series, asked: Collection[str]
    ) -> TargetCells:
        """Classes (n,), or labels (n, O)."""
        if len(names) == 1:
            return TargetCells(values=_read_classes(table, names[0], present), present=present)
        labels = [_read_labels(table, name, present) for name in names]
        return TargetCells(values=np.stack(labels, 1), present=present)


class NumberReader(TargetReader):
    """Every column as numbers."""

    column_kind = "number"
    are_classes = False

    def read(
        self, table: Table, names: Sequence[str], present: pl.Series, asked: Collection[str]
    ) -> TargetCells:
        """Numbers (n, O). Of a column said to be of numbers, rows without one are left out."""
        targets = [NumberTarget.read(table, name, self.column_kind) for name in names]
        notes: list[CellNote] = []
        for target in targets:
            notes += target.describe_undecided()
            if target.column.name in asked:
                notes += target.describe_odd(present)
                present &= ~target.odd
        for target in targets:
            target.check(present)
        return TargetCells(
            values=np.stack([t.numbers.filter(present).to_numpy() for t in targets], 1),
            present=present,
            decimal=next((t.column.decimal for t in targets if t.is_text), ""),
            cell_notes=tuple(notes),
        )


CLASSES, NUMBERS = ClassReader(), NumberReader()


def take_target(
    table: Table,
    names: Sequence[str],
    reader: TargetReader,
    kinds: Mapping[str, str] | None = None,
    *,
    task: str = "the task",
) -> Target:
    """Take the target out of a table.

    Args:
        table: Rows with their target.
        names: Columns to predict.
        reader: What they are read as.
        kinds: What a person says columns are. Of a target that is said to be of numbers, rows
            without one are left out.
        task: What is to predict them, in a person's words.

    Raises:
        DataError: No such column, no row with a target, or a cell that is no number.
        OptionError: A target is said to be what this task does not predict.
    """
    check_names(table, names)
    asked = {name: kinds[name] for name in names if kinds and name in kinds}
    _check_kinds(asked, reader, task)
    # The whole table's evidence: neither the target nor the columns that are left have all of it.
    table = replace(table, decimal=table.decimal or find_decimal(table.frame))
    present = table.frame.select(pl.all_horizontal(exactly(names).is_not_null())).to_series()
    if not present.any():
        raise _no_target(table, names)
    unknown = int((~present).sum())
    notes = [f"{unknown} row{'s' * (unknown > 1)} without a target left out"] if unknown else []
    found = reader.read(table, names, present, asked)
    return Target(
        names=tuple(names),
        values=found.values,
        table=_without(table, names, found.present),
        present=found.present.to_numpy(),
        decimal=found.decimal,
        notes=tuple(notes),
        cell_notes=found.cell_notes,
    )


def take_later_target(
    table: Table,
    names: Sequence[str],
    reader: TargetReader,
    kinds: Mapping[str, str] | None,
    decimal: str,
    *,
    task: str = "the task",
) -> Target:
    """Take the target out of a table as `take_target`, its numbers written as in training.

    Args:
        table: Rows with their target.
        names: As for `take_target`.
        reader: Likewise.
        kinds: Likewise.
        decimal: `Target.decimal` of training.
        task: As for `take_target`.
    """
    own = table.decimal or find_decimal(table.frame)
    if table.is_decimal_given or not decimal:
        return take_target(replace(table, decimal=own), names, reader, kinds, task=task)
    present = [name for name in names if name in table.frame.columns]
    kind = NUMBERS.column_kind
    columns = [Column(name=name, kind=kind, reason="", decimal=decimal) for name in present]
    check_undecided(replace(table, decimal=own), columns)
    taken = take_target(replace(table, decimal=decimal), names, reader, kinds, task=task)
    return replace(taken, table=replace(taken.table, decimal=own))


def _check_kinds(asked: Mapping[str, str], reader: TargetReader, task: str) -> None:
    """Refuse what a person says a target is where it cannot be predicted so."""
    expected = reader.column_kind
    for name, kind in asked.items():
        if kind != expected:
            raise OptionError(
                f"The target {name!r} is said to be {kind!r}, but {task} predicts a {expected}. "
                f"Say {expected!r}, or nothing.",
                option="columns",
            )


def _without(table: Table, names: Sequence[str], present: pl.Series) -> Table:
    """The table without its targets and the rows that miss them, which keep their numbers."""
    taken = table.take(present.arg_true().to_numpy().astype(np.int64))
    return replace(taken, frame=taken.frame.drop(names))


def _no_target(table: Table, names: Sequence[str]) -> DataError:
    listed = ", ".join(repr(name) for name in names)
    return DataError(
        f"No row of {table.name} has a value of the target {listed}. Give rows whose target "
        "is known.",
        file=table.name,
        column=names[0],
    )


def check_names(table: Table, names: Sequence[str]) -> None:
    """Refuse targets that are no columns.

    Raises:
        DataError: There is no such column.
    """
    for name in names:
        if name in table.frame.columns:
            continue
        if name == LABEL and table.frame.columns == [table.consists_of]:
            raise _no_classes(table)
        near = nearest(name, table.frame.columns)
        hint = f" Did you mean {near!r}?" if near else ""
        if table.header_may_be_data:
            hint = " If its first line is data, say header=False."
        if table.consists_of and table.frame.height == 1:
            hint = " It was read as one text. If it is a table, call it .csv."
        listed = ", ".join(repr(column) for column in table.frame.columns[:20])
        raise DataError(
            f"{table.name} has no column {name!r} to predict.{hint} Its columns are: {listed}.",
            file=table.name,
            column=name,
        )


def _no_classes(table: Table) -> DataError:
    medium = MEDIA[table.consists_of]
    return DataError(
        f"No {medium.noun} of {table.name} has a class. Put those of each class into a folder of "
        "its own, and give the folder above these; or give a table with a column of "
        f"{medium.in_tables}, and its target.",
        file=table.name,
        column=LABEL,
    )


def _read_classes(table: Table, name: str, present: pl.Series) -> npt.NDArray[Any]:
    series = table.frame[name].filter(present)
    if series.dtype == pl.Boolean or series.dtype.is_integer():
        return series.to_numpy()
    if series.dtype.is_float():
        numbers = series.to_numpy()
        return numbers.astype(np.int64) if np.all(numbers == np.round(numbers)) else numbers
    if series.dtype.is_nested() or series.dtype == pl.Object:
        raise DataError(
            f"Target {quote(name)} of {table.name} holds neither texts nor numbers, but is of type "
            f"{series.dtype}. Give one value a row, or several targets in a column each.",
            file=table.name,
            column=name,
        )
    texts = spelled_alike(series.cast(pl.String))
    whole = texts.str.contains(WHOLE_NUMBER).all()
    if whole:
        return texts.str.replace(r"\.0*$", "").cast(pl.Int64).to_numpy()
    return texts.to_numpy().astype(str)


def spelled_alike(texts: pl.Series) -> pl.Series:
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
        cell, row = table.frame[name][odd[0]], table.row_number(odd[0])
        raise DataError(
            f"The target {name!r} in row {row} of {table.name} is {show(cell)}. As one of several "
            "labels it should be 0 or 1, true or false, or yes or no. Correct the cell, or predict "
            "this column alone.",
            file=table.name,
            column=name,
            row=row,
        )
    return labels.filter(present).to_numpy()
