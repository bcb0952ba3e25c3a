"""Fields of a column from a model file, each checked by the kind that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Collection

from pellucid.data.kinds.column import Column
from pellucid.errors import ModelFileError
from pellucid.wording import show


def check_one_of(column: Column, name: str, values: Collection[str]) -> None:
    """Refuse a field that is neither empty nor one of a few values.

    Raises:
        ModelFileError: It is something else.
    """
    if getattr(column, name) not in ("", *values):
        raise odd_field(column, name, f"one of {', '.join(values)}")


def check_pattern(column: Column, name: str, pattern: str, expected: str) -> None:
    """Refuse a field that is not written as it should be.

    Raises:
        ModelFileError: It is not.
    """
    if not re.fullmatch(pattern, getattr(column, name)):
        raise odd_field(column, name, expected)


def odd_field(column: Column, name: str, expected: str) -> ModelFileError:
    """The error for a field with a value that it cannot have.

    Args:
        column: The column.
        name: The field.
        expected: What it should be.
    """
    return ModelFileError(
        f"The column {show(column.name)} of a schema has the {name} {show(getattr(column, name))}; "
        f"it should be {expected}."
    )
