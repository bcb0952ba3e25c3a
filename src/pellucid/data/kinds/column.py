"""The schema as plain data: columns, their kinds and the reasons, printable and saved as JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from pellucid.data.kinds.registry import LEFT_OUT
from pellucid.errors import DataError
from pellucid.wording import nearest, printable, quote, quote_all

SHOWN_COLUMNS = 60
SELDOM = {
    "notation": "",
    "image_encoder": "",
    "text_encoder": "",
    "undecided": "",
    "is_identifier": False,
}
"""Fields that hardly any column has, and what they are for all others."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column and how it is read.

    Args:
        name: Its name in the table.
        kind: The name of its kind, or `LEFT_OUT`.
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
        notation: How the cells of a kind are written that has no other field here, as it says it
            itself; "" for every other kind.
        image_encoder: Folder of the vision model whose features stand for its pictures; "" for
            none.
        text_encoder: Folder of the language model whose features stand beside the terms of its
            texts; "" for none.
        undecided: What nothing decides about how its numbers are read, in words that quote a cell;
            "" where nothing is left open.
        is_identifier: Whether it was left out because it names the rows.
    """

    name: str
    kind: str
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
    notation: str = ""
    image_encoder: str = ""
    text_encoder: str = ""
    undecided: str = ""
    is_identifier: bool = False

    def without_values(self) -> Column:
        """The column as a private model keeps it: nothing its cells say is told.

        That some cells were no numbers or dates stays known, so that new ones are read likewise.
        """
        if not self.is_kept:
            return self
        reason = f"private: what its cells say is not told; read as {self.kind}"
        return replace(self, reason=reason, missing=("",) if self.missing else (), undecided="")

    def to_json(self) -> dict[str, Any]:
        """Every field; those of `SELDOM` only where they say something."""
        plain = {**asdict(self), "missing": list(self.missing)}
        return {name: value for name, value in plain.items() if value or name not in SELDOM}

    @property
    def is_kept(self) -> bool:
        """Whether it is learned from: it has a kind, and is not left out."""
        return self.kind != LEFT_OUT


def left_out(name: str, reason: str, *, is_identifier: bool = False) -> Column:
    """A column that nothing is learned from, and why."""
    return Column(name=name, kind=LEFT_OUT, reason=reason, is_identifier=is_identifier)


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The columns of a table, in its order."""

    columns: tuple[Column, ...]

    @cached_property
    def kept(self) -> tuple[Column, ...]:
        """The columns that are used: all but those left out."""
        return tuple(column for column in self.columns if column.is_kept)

    def without_values(self) -> Schema:
        """The schema as a private model keeps it."""
        return Schema(columns=tuple(column.without_values() for column in self.columns))

    def with_encoder(self, option: str, folder: str) -> Schema:
        """The schema where a model that makes features lies in another folder than in training.

        Args:
            option: Which, of `ENCODERS`.
            folder: Where it lies.
        """
        return Schema(
            columns=tuple(
                replace(column, **{option: folder}) if getattr(column, option) else column  # type: ignore[arg-type]
                for column in self.columns
            )
        )

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
        return [column.to_json() for column in self.columns]


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
