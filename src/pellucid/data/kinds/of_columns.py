"""What several columns are, of whatever kinds: asked of these, never of their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.kind import kind_named, kind_of, kinds
from pellucid.data.kinds.registry import LEFT_OUT
from pellucid.data.sources.media import MEDIA

ROWS_AT_ONCE = 65_536
"""Rows of numbers and categories alone."""


def with_several_values(columns: Iterable[Column]) -> list[str]:
    """Names of the columns in which one cell holds several values."""
    return [c.name for c in columns if c.is_kept and kind_named(c.kind).holds_several]


def picture_columns(columns: Iterable[Column]) -> list[str]:
    """Names of the columns of pictures, however the network comes to know them."""
    return [c.name for c in columns if c.is_kept and kind_named(c.kind).is_picture]


def columns_of(medium: str, columns: Iterable[Column]) -> list[str]:
    """Names of the columns of what a source consists of.

    Args:
        medium: The column that such sources have: `Kind.medium`; "" for a table, which has none.
        columns: Which columns there are.
    """
    return [c.name for c in columns if c.is_kept and medium and kind_named(c.kind).medium == medium]


def rows_at_once(columns: Iterable[Column]) -> int:
    """How many rows of a large file with such columns may well be in memory together."""
    media = {kind_named(column.kind).medium for column in columns if column.is_kept} - {""}
    return min((MEDIA[medium].rows_at_once for medium in media), default=ROWS_AT_ONCE)


def count_kinds(columns: Iterable[Column]) -> str:
    """How many columns there are of each kind: "3 numbers, 1 date, 2 left out"."""
    counts = Counter(column.kind for column in columns)
    words = {kind.name: (kind.name, kind.plural) for kind in kinds()} | {LEFT_OUT: (LEFT_OUT,) * 2}
    return ", ".join(
        f"{counts[name]} {both[counts[name] != 1]}" for name, both in words.items() if counts[name]
    )


def has_pictures(frame: pl.DataFrame) -> bool:
    """Whether any of converted columns holds pictures that the network learns to see."""
    return any(kind_of(column).is_seen for column in frame)


def has_texts(frame: pl.DataFrame) -> bool:
    """Whether any of converted columns holds texts."""
    return any(kind_of(column).is_text for column in frame)


def learns_features(frame: pl.DataFrame) -> bool:
    """Whether a branch of the network learns what to make of any of converted columns."""
    return any(kind_of(column).learns_features for column in frame)


def readable(frame: pl.DataFrame) -> pl.DataFrame:
    """Converted columns with their cells as a person reads them."""
    return pl.DataFrame([kind_of(column).readable(column) for column in frame])
