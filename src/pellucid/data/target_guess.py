"""What a target is taken for, where nobody says: classes or numbers, with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from pellucid.data.kinds.decimal_sign import find_decimal
from pellucid.data.kinds.evidence import CODE
from pellucid.data.kinds.kind import kind_named
from pellucid.data.kinds.level_formats import TRUTH_VALUES
from pellucid.data.number_targets import NumberTarget
from pellucid.data.schema import infer_schema
from pellucid.data.targets import (
    CLASSES,
    LABELS,
    NUMBERS,
    TargetReader,
    check_names,
    spelled_alike,
)
from pellucid.errors import DataError
from pellucid.wording import show

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

MOST_NUMBER_CLASSES = 20
FEWEST_ROWS_A_CLASS = 5
FEWEST_STEPS, MOST_STEPS = 3, 100
"""With so many different whole numbers they may be classes or steps of a number, such as grades."""

FEWEST_NUMBERS = 0.5
"""With so many numbers among many different values, the others are errors rather than classes."""


def guess_reader(
    table: Table, names: Sequence[str], kinds: Mapping[str, str] | None = None
) -> tuple[TargetReader, str]:
    """Guess whether targets are classes or numbers.

    Args:
        table: Rows with their target.
        names: Columns to predict.
        kinds: What a person says columns are.

    Returns:
        What they are to be read as, and the reason in words.
    """
    check_names(table, names)
    table = replace(table, decimal=table.decimal or find_decimal(table.frame))
    kinds = kinds if isinstance(kinds, Mapping) else {}  # a wrong option is refused with the others
    asked = {kind for name, kind in kinds.items() if name in names}
    if asked:
        return NUMBERS if asked == {NUMBERS.column_kind} else CLASSES, "as asked"
    return _judge_one(table, names[0]) if len(names) == 1 else _judge_several(table, names)


def _judge_one(table: Table, name: str) -> tuple[TargetReader, str]:
    series = table.frame[name].drop_nulls()
    is_declared = name in table.declared
    numbers = None if is_declared else _find_numbers(table, name)
    if numbers is None:
        why = "declared as a category" if is_declared else "that are not numbers"
        series = spelled_alike(series) if table.is_text(name) else series
        return CLASSES, f"{series.n_unique()} different values {why}"
    distinct = numbers.n_unique()
    is_whole = bool((numbers == numbers.round()).all())
    if len(numbers) < len(series) and is_whole and distinct <= MOST_NUMBER_CLASSES:
        return CLASSES, f"{series.n_unique()} different values, {distinct} of them numbers"
    few = min(MOST_NUMBER_CLASSES, numbers.len() // FEWEST_ROWS_A_CLASS)
    if not is_whole:
        return NUMBERS, f"{distinct} different numbers"
    chosen: TargetReader = CLASSES if distinct <= max(2, few) else NUMBERS
    return chosen, _describe_whole(numbers, distinct, chosen)


def _describe_whole(numbers: pl.Series, distinct: int, chosen: TargetReader) -> str:
    """What whole numbers were taken for, and how to choose otherwise if it could well be."""
    words = f"{distinct} different whole numbers"
    if not FEWEST_STEPS <= distinct <= MOST_STEPS:
        return words
    taken = "taken for a number; for classes say task='classification'"
    if chosen.are_classes:
        taken = "taken for classes; for a number say task='regression'"
    return f"{words} from {show(numbers.min())} to {show(numbers.max())}, {taken}"


def _find_numbers(table: Table, name: str) -> pl.Series | None:
    """Find the numbers among a target's cells; None if they are dates, codes or mostly none."""
    alone = replace(table, frame=table.frame.select(name))
    series = table.frame[name].drop_nulls()
    if table.is_text(name):
        is_truth = spelled_alike(series).is_in(TRUTH_VALUES).all()
        if is_truth or series.str.contains(CODE).any():
            return None
    column = infer_schema(alone, is_target=True)[name]
    if column.is_kept and kind_named(column.kind).is_time:
        return None
    try:
        numbers = NumberTarget.read(table, name, NUMBERS.column_kind).numbers.drop_nulls()
    except DataError:
        return None
    return numbers if len(numbers) >= FEWEST_NUMBERS * len(series) else None


def _judge_several(table: Table, names: Sequence[str]) -> tuple[TargetReader, str]:
    values = pl.concat([table.frame[name].cast(pl.String).drop_nulls() for name in names])
    if values.str.to_lowercase().is_in(list(LABELS)).all():
        return CLASSES, "several columns of yes or no"
    schema = infer_schema(replace(table, frame=table.frame.select(names)), is_target=True)
    if any(column.kind == CLASSES.column_kind for column in schema):
        return CLASSES, "several columns, not all of numbers"
    return NUMBERS, "several columns of numbers"
