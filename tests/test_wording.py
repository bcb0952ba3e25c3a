"""Advice is written once, as Python has it, and can be pasted into a shell as flags."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pellucid.cli.flags import parsed
from pellucid.data.kinds.registry import choices
from pellucid.wording import as_columns, with_flags


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("Use columns={'zip': 'left out'}.", "Use --columns 'zip=left out'."),
        (
            "Use columns={'a, b': 'category', \"it's\": 'category'}.",
            "Use --columns 'a, b=category' --columns 'it'\"'\"'s=category'.",
        ),
        ("Say task='regression'.", "Say --task regression."),
        (
            "read the rows with pellucid.read_table(rows, missing=['?']).",
            "say --missing '?'.",
        ),
        ("If it is data, say header=False.", "If it is data, say --no-header."),
        ("Say what they are with columns=.", "Say what they are with --columns."),
    ],
)
def test_arguments_become_flags(said: str, typed: str) -> None:
    assert with_flags(said) == typed


@example(["decimal"], "number")
@given(
    st.lists(st.text(min_size=1).map(str.strip).filter(bool), min_size=1),
    st.sampled_from(choices()),
)
def test_advice_on_columns_can_be_pasted(names: list[str], kind: str) -> None:
    """The shell and our own parser give the names back, unless one holds "=number," itself."""
    words = shlex.split(with_flags(as_columns(names, kind)))
    assert words[::2] == ["--columns"] * len(set(names))
    assert parsed({"columns": words[1::2]}) == {"columns": dict.fromkeys(names, kind)}
