"""Advice in words: what to change, as an argument in Python and as a flag at the command line."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterable

_READ_AGAIN = r"read the rows with pellucid\.read_table\(rows, missing=\[(.*)\]\)"
_TEXT = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_COLUMNS = rf"\bcolumns=(\{{{_TEXT}: {_TEXT}(?:, {_TEXT}: {_TEXT})*\}})"


def as_columns(names: Iterable[str], kind: str) -> str:
    """The argument that says what columns are: `columns={'zip': 'category'}`."""
    return f"columns={dict.fromkeys(names, kind)!r}"


def with_flags(message: str) -> str:
    """Arguments as a person at the command line writes them, to be pasted into a shell."""
    message = re.sub(_COLUMNS, lambda found: _column_flags(found[1]), message)
    message = re.sub(r"\btask='(\w+)'", r"--task \1", message)
    message = re.sub(_READ_AGAIN, r"say --missing \1", message)
    return (
        re.sub(r"\b(missing|columns|delimiter|encoding)=", r"--\1", message)
        .replace("header=False", "--no-header")
        .replace("allow_missing=True", "--allow-missing")
    )


def _column_flags(mapping: str) -> str:
    """One flag for each column: a name may hold whatever would part several."""
    pairs = ast.literal_eval(mapping).items()
    return " ".join(f"--columns {shlex.quote(f'{name}={kind}')}" for name, kind in pairs)
