"""What a source says its rows are for: folders called train, val and test above pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pellucid.data.sources.table import Table, read_table
from pellucid.errors import DataError, OptionError
from pellucid.wording import count_of


@dataclass(frozen=True, kw_only=True)
class TableParts:
    """The rows that learn, those that judge the training, and those that judge at the end.

    Attributes:
        training: The rows that learn.
        validation: Rows that end the training and calibrate it; None where none are told.
        test: Rows that only judge; None likewise.
    """

    training: Table
    validation: Any
    test: Table | None


def part_table(table: Table, *, validation: Any = None, test: Any = None) -> TableParts:
    """Part a table as its source says, if it says anything.

    Args:
        table: The rows.
        validation: Other rows that were given to judge the training; None for none.
        test: Other rows that were given to judge at the end; None for none.

    Raises:
        OptionError: Such rows are given, and the source has its own too.
        DataError: It has parts, but none that learns.
    """
    judges = test if test is None or isinstance(test, Table) else read_table(test)
    if table.parts is None:
        return TableParts(training=table, validation=validation, test=judges)
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
        test=own["test"] if judges is None else judges,
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


def judging_part(table: Table) -> Table:
    """The rows that may judge a model: of its test part, else its validation part, else all."""
    if table.parts is None:
        return table
    for part in ("test", "validation"):
        rows = _rows_of(table, part)
        if rows is not None and _is_known(rows) and len(rows.frame) < len(table.frame):
            left = len(table.frame) - len(rows.frame)
            note = f"only its {part} part judges; {count_of(left, 'other row')} left aside"
            return replace(rows, notes=(*rows.notes, note))
    return table


def _rows_of(table: Table, part: str) -> Table | None:
    """The rows of one part; None if there are none."""
    places = np.flatnonzero(table.parts == part)
    if not len(places):
        return None
    return replace(table.take(places), parts=None, name=f"{table.name} ({part})")
