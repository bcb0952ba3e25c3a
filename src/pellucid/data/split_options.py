"""What a person says about which rows learn and which judge, read from the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.conversion import convert
from pellucid.data.grouping import Groups, Times
from pellucid.data.kinds.column import Schema, left_out, unknown_column
from pellucid.data.kinds.kind import kind_of, kinds, rest_kind
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table, array_table, read_table
from pellucid.errors import DataError, OptionError
from pellucid.wording import show

Present = npt.NDArray[np.bool_]

MICROSECONDS = 1e6
LEAST_READ = 0.5
"""A column orders the rows if so many of its cells are dates or numbers."""

NAMES_GROUPS = "says which rows belong together (group)"


@dataclass(frozen=True, kw_only=True)
class Splitting:
    """How to tell rows that learn from rows that judge, as a person said it.

    Attributes:
        groups: Name of a column, or a value for each row (n,): rows that share it are never on both
            sides. A row without one is a group of its own.
        by_time: Name of a column of dates or numbers, or one for each row (n,): the later rows
            judge. A row without one learns.
        drop_repeated: Whether to drop rows that repeat an earlier one: in every cell that is
            learned from, the target, and the group or time.
    """

    groups: Any = None
    by_time: Any = None
    drop_repeated: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be done at once."""
        if self.groups is not None and self.by_time is not None:
            raise OptionError(
                "Give group= or by_time=, not both: whole groups judge, or the later rows do.",
                option="group",
            )
        if not isinstance(self.drop_repeated, bool | np.bool_):
            raise OptionError(
                f"drop_repeated must be True or False, but is {self.drop_repeated!r}.",
                option="drop_repeated",
            )

    def check_names(self, columns: Sequence[str], targets: Sequence[str], table: str) -> None:
        """Refuse names of columns that are not there, or are to be predicted.

        Args:
            columns: Names of the columns; targets may be among them.
            targets: Names of the target columns.
            table: What the table is called.

        Raises:
            DataError: There is no such column.
            OptionError: It is a target.
        """
        for option, given in (("group", self.groups), ("by_time", self.by_time)):
            if not isinstance(given, str):
                continue
            if given in targets:
                raise OptionError(
                    f"{given!r} is the target, and cannot be {option}= too. Name another column.",
                    option=option,
                )
            if given not in columns:
                raise unknown_column(given, [c for c in columns if c not in targets], table)

    def check_alone(self) -> None:
        """Refuse to tell rows that judge in another way than by giving them.

        Raises:
            OptionError: There is one.
        """
        for name, given in (("group", self.groups), ("by_time", self.by_time)):
            if given is not None:
                raise both_given(name)

    def read(
        self, table: Table, present: Present, targets: Sequence[str]
    ) -> tuple[Groups | Times | None, list[str]]:
        """Groups or times of the rows.

        Args:
            table: The rows that have a target, without it.
            present: Which rows of the source these are, shape (rows of the source,).
            targets: Names of the target columns.

        Returns:
            The groups or times, if any were asked for; and what is worth telling of them.

        Raises:
            OptionError: There is no such column, or it tells no rows apart.
            DataError: There is not one value for each row.
        """
        self.check_names(table.frame.columns, targets, table.name)
        if self.groups is not None:
            return _read_groups(*_column_of("group", self.groups, table, present))
        if self.by_time is not None:
            return _read_times(*_column_of("by_time", self.by_time, table, present))
        return None, []

    def leave_out_groups(self, schema: Schema, asked: object) -> Schema:
        """The schema without the column of the groups, unless a person said what it is.

        Args:
            schema: The columns.
            asked: What a person said about columns: a mapping or None.
        """
        if not isinstance(self.groups, str) or self.groups in (asked or ()):  # type: ignore[operator]
            return schema
        return Schema(
            columns=tuple(
                left_out(c.name, NAMES_GROUPS) if c.name == self.groups else c for c in schema
            )
        )

    def describe_time(self, schema: Schema) -> list[str]:
        """What to tell of the column of times: that it is learned from too, if it is."""
        if isinstance(self.by_time, str) and schema[self.by_time].is_kept:
            return [f"{self.by_time!r} orders the rows, and is learned from too"]
        return []


def both_given(option: str) -> OptionError:
    """The error for validation data together with another way to tell which rows judge."""
    return OptionError(
        f"Give validation_data= or {option}=, not both: validation data judges in place of "
        "training rows.",
        option=option,
    )


def _column_of(option: str, given: Any, table: Table, present: Present) -> tuple[Table, str]:
    """The column, as a table of its own, and its name."""
    if not isinstance(given, str):
        column = _as_column(option, given)
        height = column.frame.height
        if height != len(present):
            raise DataError(
                f"{option}= has {height:,} values and there are {len(present):,} rows. Give one "
                "for each row."
            )
        frame = column.frame.filter(pl.Series(present)).rename({column.frame.columns[0]: option})
        return replace(column, frame=frame, name=table.name), option
    return replace(table, frame=table.frame.select(given)), given


def _as_column(option: str, given: Any) -> Table:
    """Values given one for each row, as a table of one column."""
    if hasattr(given, "to_frame"):
        table = read_table(given.to_frame())
    else:
        values = np.asarray(given)
        if values.ndim != 1:
            raise DataError(
                f"{option}= must be the name of a column or one value for each row, but has the "
                f"shape {values.shape}."
            )
        table = array_table(values[:, None])
    return table.without_nan()


def _read_as(kind: str, table: Table, name: str) -> pl.Series:
    return convert(table, infer_schema(table, kinds={name: kind}))[name]


def _read_groups(table: Table, name: str) -> tuple[Groups, list[str]]:
    levels = _read_as(rest_kind().name, table, name)
    codes = levels.hash(seed=0).rank("dense").cast(pl.Int64).to_numpy().copy()
    missing = levels.is_null().to_numpy()
    alone = int(missing.sum())
    codes[missing] = codes.max(initial=0) + 1 + np.arange(alone)
    if len(np.unique(codes)) < 2:
        raise OptionError(
            f"All rows of {table.name} are of one group, {show(levels[0])} of {name!r}, so none is "
            "left to judge. Name a column with two groups at least.",
            option="group",
        )
    notes = []
    if alone:
        notes.append(f"{alone:,} {_rows(alone)} without {name!r}: each is a group of its own")
    return Groups(codes=codes, name=name), notes


def _read_times(table: Table, name: str) -> tuple[Times, list[str]]:
    series = _dates_or_numbers(table, name)
    are_dates = kind_of(series).is_time
    seconds = series.dt.epoch("us") / MICROSECONDS if are_dates else series
    values = seconds.cast(pl.Float64).fill_null(np.nan).to_numpy()
    known = values[~np.isnan(values)]
    if not len(known) or known.min() == known.max():
        what = "no row has" if not len(known) else "every row that has one has the same"
        raise OptionError(
            f"by_time= needs an earlier and a later row, but {what} time in {name!r} of "
            f"{table.name}. Name a column of dates or numbers that differ.",
            option="by_time",
        )
    without = len(values) - len(known)
    notes = [f"{without:,} {_rows(without)} without {name!r}: they learn"] if without else []
    return Times(values=values, name=name, are_dates=are_dates), notes


def _dates_or_numbers(table: Table, name: str) -> pl.Series:
    """The cells as dates or numbers, whichever they are."""
    guess = infer_schema(table)[name].kind
    on_a_line = [kind for kind in kinds() if kind.is_ordered]
    for kind in sorted(on_a_line, key=lambda kind: (kind.name != guess, not kind.is_time)):
        try:
            series = _read_as(kind.name, table, name)
        except DataError:
            continue
        if series.count() >= LEAST_READ * table.frame[name].count():
            return series
    cells = table.frame[name].drop_nulls()
    raise OptionError(
        f"by_time= needs dates or numbers, but {name!r} of {table.name} holds {show(cells[0])}. "
        "Name a column that says when each row was.",
        option="by_time",
    )


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"
