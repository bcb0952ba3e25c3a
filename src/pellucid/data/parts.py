"""What a source says its rows are for: folders called train, val and test above pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.data.sources.table import Table, read_table
from pellucid.data.split_options import Splitting
from pellucid.errors import DataError, OptionError
from pellucid.wording import count_of


@dataclass(frozen=True, kw_only=True)
class TableParts:
    """The rows that learn, those that judge the training, and those that judge at the end.

    Attributes:
        training: The rows that learn.
        validation: Rows that end the training and calibrate it; None where none are told.
        test: Rows that only judge; None likewise.
        splitting: How else to tell rows of the training that judge.
    """

    training: Table
    validation: Any
    test: Table | None
    splitting: Splitting


def part_table(
    table: Table,
    *,
    validation: Any = None,
    test: Any = None,
    splitting: Splitting | None = None,
    is_comparison: bool = False,
    **ways: Any,
) -> TableParts:
    """Part a table as its source says, if it says anything.

    Args:
        table: The rows.
        validation: Other rows that were given to judge the training; None for none.
        test: Other rows that were given to judge at the end; None for none.
        splitting: How else to tell rows that judge, for all rows; None for nothing said.
        is_comparison: Whether one part judges and no other: that of the test, else of validation.
        **ways: Further options that choose rows to judge; None or "auto" for nothing said.

    Raises:
        OptionError: Such rows are given or chosen, and the source has its own too.
        DataError: It has parts, but none that learns.
    """
    splitting = splitting or Splitting()
    judges = test if test is None or isinstance(test, Table) else read_table(test)
    if table.parts is None:
        return TableParts(training=table, validation=validation, test=judges, splitting=splitting)
    if is_comparison:
        _check_one_way(table, ("test", "validation"), ways)
    else:
        _check_one_way(table, ("validation",), ways | _ways_of(splitting))
    own, unknown = _judging_parts(table)
    for part, given in (("validation", validation), ("test", test)):
        if given is not None and own[part] is not None:
            raise OptionError(
                f"{table.name} has {part} rows of its own, but others were given too. Give only "
                "the part that is to be learned from, or leave the others out.",
                option="validation_data" if part == "validation" else "test",
            )
    training = _rows_of(table, "train")
    if training is None:
        raise DataError(
            f"{table.name} has a {' and a '.join(sorted({*table.parts}))} part, but none to learn "
            "from. Give one called train beside them; or give one part by itself.",
            file=table.name,
        )
    judges = own["test"] if judges is None else judges
    if is_comparison and judges is not None and own["validation"] is not None:
        count = count_of(len(own["validation"].frame), "row")
        unknown.append(f"{count} of its validation part left aside: its test rows judge")
        own["validation"] = None
    judging = [
        f"{count_of(len(rows.frame), 'row')} of its {part} part"
        for part, rows in own.items()
        if rows is not None
    ]
    notes = [f"{' and '.join(judging)} judge and do not learn"] if judging else []
    training = replace(training, notes=(*training.notes, *unknown, *notes))
    return TableParts(
        training=training,
        validation=own["validation"] if validation is None else validation,
        test=judges,
        splitting=replace(
            splitting,
            groups=values_of(training, table, splitting.groups),
            by_time=values_of(training, table, splitting.by_time),
        ),
    )


def training_part(table: Table) -> Table:
    """The rows that a model may learn from: of its training part; all where it has no parts."""
    return part_table(table).training


def values_of(part: Table, table: Table, values: Any) -> Any:
    """Of values given one for each row of a table, those of the rows of a part.

    Args:
        part: Rows of the table.
        table: All rows.
        values: One for each, (n,); anything else, such as the name of a column, stays as it is.
    """
    is_for_all = hasattr(values, "__len__") and len(values) == len(table.frame)
    if table.parts is None or isinstance(values, str) or not is_for_all:
        return values
    places = np.searchsorted(table.numbers, part.numbers)
    if hasattr(values, "iloc"):
        return values.iloc[places]
    return (values if hasattr(values, "to_frame") else np.asarray(values))[places]


def _ways_of(splitting: Splitting) -> dict[str, Any]:
    return {"group": splitting.groups, "by_time": splitting.by_time}


def _check_one_way(table: Table, parts: Sequence[str], ways: Mapping[str, Any]) -> None:
    """Refuse to tell which rows judge in another way, where the source of the rows says it.

    Args:
        table: The rows.
        parts: Those that would judge: "validation", "test".
        ways: What a person said, by option; None or "auto" for nothing.

    Raises:
        OptionError: Both are there.
    """
    said = [
        name
        for name, way in ways.items()
        if way is not None and not (isinstance(way, str) and way == "auto")
    ]
    if not said:
        return
    own, _ = _judging_parts(table)
    for part in (part for part in parts if own[part] is not None):
        raise OptionError(
            f"{table.name} has {part} rows of its own, which judge, so that {said[0]}= has none "
            f"to choose. Leave {said[0]}= out, or give only the part that is to be learned from.",
            option=said[0],
        )


def _judging_parts(table: Table) -> tuple[dict[str, Table | None], list[str]]:
    """The parts that judge, None where there are none, and what to tell of those that cannot."""
    parts, notes = {part: _rows_of(table, part) for part in ("validation", "test")}, []
    for part, rows in parts.items():
        if rows is not None and not _is_known(rows):
            parts[part] = None
            count = count_of(len(rows.frame), "row")
            notes.append(
                f"{count} of its {part} part left aside: none says what is to be predicted"
            )
    return parts, notes


def _is_known(rows: Table) -> bool:
    """Whether rows can judge; not if their source says what is to be predicted, but of none."""
    return not rows.declared or any(rows.frame[name].count() for name in rows.declared)


def judging_part(table: Table, parts: Sequence[str] = ("test", "validation")) -> Table:
    """The rows that may judge a model: of the first of these parts that it has, else all."""
    if table.parts is None:
        return table
    for part in parts:
        rows = _rows_of(table, part)
        if rows is not None and _is_known(rows) and len(rows.frame) < len(table.frame):
            left = len(table.frame) - len(rows.frame)
            note = f"only its {part} part judges; {count_of(left, 'other row')} left aside"
            return replace(rows, notes=(*rows.notes, note))
    return table


def calibrating_part(table: Table) -> Table:
    """The rows that may measure predictions: they leave those of the test alone, if they can."""
    return judging_part(table, ("validation", "test"))


def _rows_of(table: Table, part: str) -> Table | None:
    """The rows of one part; None if there are none."""
    places = np.flatnonzero(table.parts == part)
    if not len(places):
        return None
    return replace(table.take(places), parts=None, name=f"{table.name} ({part})")
