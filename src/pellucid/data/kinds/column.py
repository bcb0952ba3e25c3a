"""The schema as plain data: columns, their kinds and the reasons, printable and saved as JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from typing import Any

from pellucid.column_kinds import KINDS, Kind
from pellucid.data.kinds.dates import ORDERS, is_time_zone
from pellucid.data.kinds.levels import FALSE_LEVELS, NUMBERS
from pellucid.errors import DataError, ModelFileError
from pellucid.wording import nearest, printable, quote, quote_all

SHOWN_COLUMNS = 60
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

ALLOWED = {
    "true_level": tuple(FALSE_LEVELS),
    "levels": (NUMBERS,),
    "date_order": tuple(ORDERS),
    "is_mixed": ("yes",),
    "table_decimal": (".", ","),
}
"""Fields of few values, besides ""."""

PRIVATE = {kind: f"private: what its cells say is not told; read as {kind}" for kind in KINDS}
"""Reasons without a value."""

ALL_DIFFERENT = "identifier:"
ROW_COUNTER = "counts the rows"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column and how it is read.

    Args:
        name: Its name in the table.
        kind: What it is.
        reason: Why, in a sentence's worth of words.
        decimal: Decimal sign of numbers written as text.
        thousands: What stands between thousands in them; "" for nothing.
        unit: Sign before or after them that is left out: "%", "$"; "" for none.
        date_format: Format of dates written as text, or of most of them; "" for dates that come as
            such, or in several orders.
        date_order: Order of the parts of dates such as 01/02/03: "dmy", "mdy" or "ymd"; "" where
            nothing settled it.
        first_year: First of the hundred years that two-digit years mean.
        date_signs: Signs between the parts of such dates in training, some of "-/. "; dates with
            two-digit years and another sign are read only where they have one meaning. "" for any.
        missing: Cells of this column that are read as missing, besides `MISSING_MARKS`.
        odd_share: Part of the cells in training that were no numbers or dates, such as "0.0017"; ""
            where none were, or it is not known.
        is_mixed: "yes" if some of them were numbers in another notation; else "".
        table_decimal: Decimal sign of the training table where this column has the other; else "".
        time_zone: Zone by whose clock dates with a zone are read; "" for the one each is given in.
        delimiter: What stands between the values of a list: a sign, or "[]" for lists in brackets;
            "" where it is no list, or comes as such.
        true_level: How a category of truth values writes true: "true", or "1"; "" for a category
            of anything else.
        levels: "numbers" if all levels of a category are numbers, so that 3.0 is 3 and 3.50 is 3.5;
            "" if they are texts.
    """

    name: str
    kind: Kind
    reason: str
    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    date_format: str = ""
    date_order: str = ""
    first_year: str = "1950"
    date_signs: str = ""
    missing: tuple[str, ...] = ()
    time_zone: str = ""
    true_level: str = ""
    levels: str = ""
    delimiter: str = ""
    odd_share: str = ""
    is_mixed: str = ""
    table_decimal: str = ""

    def without_values(self) -> Column:
        """The column as a private model keeps it: nothing its cells say is told.

        That some cells were no numbers or dates stays known, so that new ones are read likewise.
        """
        if self.kind == "left out":
            return self
        return replace(self, reason=PRIVATE[self.kind], missing=("",) if self.missing else ())

    @property
    def is_identifier(self) -> bool:
        """Whether it was left out because it names the rows."""
        return self.kind == "left out" and self.reason.startswith((ALL_DIFFERENT, ROW_COUNTER))


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The columns of a table, in its order."""

    columns: tuple[Column, ...]

    @property
    def kept(self) -> tuple[Column, ...]:
        """The columns that are used: all but those left out."""
        return tuple(column for column in self.columns if column.kind != "left out")

    def without_values(self) -> Schema:
        """The schema as a private model keeps it."""
        return Schema(columns=tuple(column.without_values() for column in self.columns))

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def __getitem__(self, name: str) -> Column:
        if name not in self._by_name:
            raise unknown_column(name, self._by_name)
        return self._by_name[name]

    def __str__(self) -> str:
        shown = self.columns
        if len(shown) > SHOWN_COLUMNS:
            shown = shown[: SHOWN_COLUMNS // 2] + shown[-SHOWN_COLUMNS // 2 :]
        width = max((len(_short(column.name)) for column in shown), default=0)
        lines = [
            f"{_short(column.name):<{width}}  {column.kind:<8}  {column.reason}" for column in shown
        ]
        if len(shown) < len(self.columns):
            between = len(self.columns) - len(shown)
            lines.insert(SHOWN_COLUMNS // 2, f"... {between} more columns ...")
        return "\n".join(lines)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the schema as lists, dicts and texts."""
        return [{**asdict(column), "missing": list(column.missing)} for column in self.columns]

    @classmethod
    def from_json(cls, data: object) -> Schema:
        """Build a schema from what `to_json` returned.

        Raises:
            ModelFileError: It is something else.
        """
        if not isinstance(data, list):
            raise ModelFileError(
                f"A schema should be a list of columns and is a {type(data).__name__}."
            )
        columns = tuple(_column_from_json(item) for item in data)
        names = {column.name for column in columns}
        if len(names) < len(columns):
            raise ModelFileError("The schema names a column twice; every name should be its own.")
        return cls(columns=columns)


def _column_from_json(item: object) -> Column:
    """Build a column from its JSON, every field checked."""
    if not isinstance(item, dict):
        raise ModelFileError(
            f"A column of a schema should be an object and is a {type(item).__name__}."
        )
    item = {**ABSENT_IN_OLD_FILES, **item}
    expected = {field.name for field in fields(Column)}
    if set(item) != expected:
        odd = min(map(str, set(item) ^ expected))
        raise ModelFileError(
            f"A column of a schema should have the fields {', '.join(sorted(expected))}; {odd!r} "
            "is missing or too much."
        )
    missing = item["missing"]
    texts = [item[name] for name in sorted(expected - {"missing"})]
    if not isinstance(missing, list) or not all(isinstance(t, str) for t in [*texts, *missing]):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has a field that should be text and is not."
        )
    _check_values(item)
    return Column(**{**item, "missing": tuple(missing)})


def _check_values(item: dict[str, Any]) -> None:
    """Refuse fields with values that they cannot have."""
    if item["kind"] not in KINDS:
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has the kind {item['kind']!r}; it should be "
            f"one of {', '.join(KINDS)}."
        )
    for name, values in ALLOWED.items():
        if item[name] not in ("", *values):
            raise ModelFileError(
                f"The column {item['name']!r} of a schema has the {name} {item[name]!r}; it should "
                f"be one of {', '.join(values)}."
            )
    if not re.fullmatch("[0-9]{4}", item["first_year"]):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has the first_year {item['first_year']!r}; "
            "it should be a year, such as 1950."
        )
    if not re.fullmatch(r"([01]\.[0-9]{6})?", item["odd_share"]):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has the odd_share {item['odd_share']!r}; it "
            "should be a part of 1, such as 0.001667."
        )
    if not re.fullmatch("[-/. ]*", item["date_signs"]):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has the date_signs {item['date_signs']!r}; "
            "they should be some of '-/. '."
        )
    if item["time_zone"] and not is_time_zone(item["time_zone"]):
        raise ModelFileError(
            f"The column {item['name']!r} of a schema has the time zone {item['time_zone']!r}; it "
            "should be one of the Time Zone Database, such as 'Asia/Tokyo'."
        )


def _short(name: str) -> str:
    return printable(name if len(name) <= 40 else name[:37] + "...")


def unknown_column(name: str, columns: Collection[str], table: str | None = None) -> DataError:
    """Build the error for a column name that a table does not have."""
    near = nearest(name, columns)
    listed = quote_all(list(columns)[:10]) + (", ..." if len(columns) > 10 else "")
    advice = f"Did you mean {quote(near)}?" if near else f"It has {listed}."
    where = table or "The table"
    return DataError(
        f"{where} has no column {quote(name)}. {advice}",
        file=table,
        column=name,
    )
