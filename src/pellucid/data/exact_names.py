"""Columns by their exact names: Polars takes names such as "*" and "^a.*$" for patterns."""

from __future__ import annotations

import re
from collections.abc import Iterable

import polars as pl


def exactly(names: str | Iterable[str]) -> pl.Expr:
    """An expression of the columns of these names, and of no others."""
    if isinstance(names, str):
        return pl.col(_literal(names))
    return pl.col([_literal(name) for name in names])


def _literal(name: str) -> str:
    is_pattern = name == "*" or (name.startswith("^") and name.endswith("$"))
    return f"^{re.escape(name)}$" if is_pattern else name
