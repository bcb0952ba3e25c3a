"""The schema of a model file, every field checked before it is believed.

Nothing here asks Polars to read a cell: whoever loads a model may want to fork afterwards, and
threads that Polars has started do not come along.
"""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from pellucid.data.kinds.column import SELDOM, Column, Schema
from pellucid.data.kinds.identifiers import ALL_DIFFERENT, ROW_COUNTER
from pellucid.data.kinds.kind import kinds
from pellucid.data.kinds.registry import KINDS, LEFT_OUT
from pellucid.errors import ModelFileError

ABSENT_IN_OLD_FILES = {
    "time_zone": "UTC",
    "true_level": "",
    "levels": "",
    "delimiter": "",
    "date_order": "",
    "first_year": "1969",
    "odd_share": "",
    "is_mixed": "",
    "table_decimal": "",
    "date_signs": "",
}
"""Fields that older model files do not have, and the values that stand for what was done then."""

FIELDS = {field.name for field in fields(Column)}
TEXTS = sorted(FIELDS - {"missing", "is_identifier"})


def schema_from_json(data: object) -> Schema:
    """Build a schema from what `Schema.to_json` returned.

    Raises:
        ModelFileError: It is something else, or a column says that it is written as none can be.
    """
    if not isinstance(data, list):
        raise ModelFileError(
            f"A schema should be a list of columns and is a {type(data).__name__}."
        )
    columns = tuple(_column_from_json(item) for item in data)
    names = {column.name for column in columns}
    if len(names) < len(columns):
        raise ModelFileError("The schema names a column twice; every name should be its own.")
    return Schema(columns=columns)


def _column_from_json(item: object) -> Column:
    """Build a column from its JSON; each kind checks the fields that are its own."""
    if not isinstance(item, dict):
        raise ModelFileError(
            f"A column of a schema should be an object and is a {type(item).__name__}."
        )
    item = {**SELDOM, **ABSENT_IN_OLD_FILES, "is_identifier": _names_rows(item), **item}
    if set(item) != FIELDS:
        odd = min(map(str, set(item) ^ FIELDS))
        raise ModelFileError(
            f"A column of a schema should have the fields {', '.join(sorted(FIELDS))}; {odd!r} "
            "is missing or too much."
        )
    _check_types(item)
    if item["kind"] not in (*KINDS, LEFT_OUT):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has the kind {item['kind']!r}; it should be "
            f"one of {', '.join((*KINDS, LEFT_OUT))}."
        )
    if not re.fullmatch(r"([01]\.[0-9]{6})?", item["odd_share"]):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has the odd_share {item['odd_share']!r}; it "
            "should be a part of 1, such as 0.001667."
        )
    column = Column(**{**item, "missing": tuple(item["missing"])})
    for kind in kinds():
        kind.check_fields(column)
    return column


def _names_rows(item: dict[str, Any]) -> bool:
    """Whether a column was left out as an identifier, where its file is too old to say it."""
    return str(item.get("reason")).startswith((ALL_DIFFERENT, ROW_COUNTER))


def _check_types(item: dict[str, Any]) -> None:
    missing = item["missing"]
    texts = [item[name] for name in TEXTS]
    if not isinstance(missing, list) or not all(isinstance(t, str) for t in [*texts, *missing]):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has a field that should be text and is not."
        )
    if not isinstance(item["is_identifier"], bool):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has the is_identifier "
            f"{item['is_identifier']!r}; it should be true or false."
        )
