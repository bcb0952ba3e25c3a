"""Rows read one at a time, without queries, become what they become together, by queries."""

from __future__ import annotations

import itertools
import sys

import numpy as np
import polars as pl
import pytest

from pellucid.data.conversion import convert
from pellucid.data.few_cells import MOST_ASKED
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import read_table
from pellucid.data.table_encoder import TableEncoder

CELLS = {
    "plain": ["1", "2.5", "-3", "1e3", " 7 ", "", "NA", "inf", "-0.0", "00012"],
    "written": ["1,234.5", "12", "$3.50", "(5)", "7-", "1'000", "−4", "?", "$ 2", "0.5"],
    "decimal comma": ["1,5", "2,25", "-3,0", "1.234,5", "4", "0,1", "-", "7,75", "8,5", "9,5"],
    "town": ["Bern", " Rome", "Oslo ", "bern", "", "n/a", "Bern", "Rome", "Ulm\t", "\u2003Ulm"],
    "truth": ["True", "FALSE", "true", "false", "TRUE", "False", "", "true", "True", "None"],
    "grade": ["1.0", "2.50", "3", "2.5", "1", "3.0", "", "2.50", "1.0", "3"],
    "day": ["2024-01-31", "2024/02/01", "2023-12-24", "", "20240101", "2024-01-31 10:30", "nan"],
    "tags": ["red, blue", "blue", "", "red,green , blue", "green", "red", "blue, red", "red"],
}  # fmt: skip
KINDS = dict.fromkeys(("town", "truth", "grade"), "category") | {"day": "date", "tags": "list"}
"""Those of all others are numbers."""


def table_of(cells: dict[str, list[str]], rows: int) -> pl.DataFrame:
    """Cells again and again, those of each column in another rhythm."""
    columns = {}
    for shift, (name, values) in enumerate(cells.items()):
        repeated = itertools.islice(itertools.cycle([*values, *values[:shift]]), rows)
        columns[name] = list(repeated)
    return pl.DataFrame(columns)


@pytest.mark.parametrize("name", [*CELLS])
def test_a_text_read_alone_is_what_it_is_among_many(name: str) -> None:
    frame = table_of({name: CELLS[name]}, 2 * MOST_ASKED)
    many = read_table(frame)
    schema = infer_schema(many, kinds={name: KINDS.get(name, "number")})
    together = convert(many, schema)
    encoder = TableEncoder.fit(together, np.ones(frame.height), EncodingPlan(num_bins=8))
    encoded = encoder.compact(together).numbers

    for place in range(len(CELLS[name])):
        alone = convert(read_table(frame[place : place + 1]), schema)

        assert alone.equals(together[place : place + 1]), CELLS[name][place]
        assert encoder.compact(alone).numbers.tobytes() == encoded[place : place + 1].tobytes()


TYPED = {
    "number": [1.5, float("nan"), float("inf"), -2.0, None, 0.0, -0.0],
    "whole": [3, None, -1, 2**53, 0, 7, 12],
    "category": [1, 2, 3, None, 2, 1, 4],
    "truth": [True, False, None, True, False, True, False],
}


@pytest.mark.parametrize("name", [*TYPED])
def test_a_cell_with_a_type_read_alone_is_what_it_is_among_many(name: str) -> None:
    cells = list(itertools.islice(itertools.cycle(TYPED[name]), 2 * MOST_ASKED))
    frame = pl.DataFrame({name: cells})
    many = read_table(frame)
    kind = "number" if name in ("number", "whole") else "category"
    schema = infer_schema(many, kinds={name: kind})
    together = convert(many, schema)
    encoder = TableEncoder.fit(together, np.ones(frame.height), EncodingPlan())
    encoded = encoder.compact(together).numbers

    for place in range(len(TYPED[name])):
        alone = convert(read_table(frame[place : place + 1]), schema)

        assert alone.equals(together[place : place + 1]), cells[place]
        assert encoder.compact(alone).numbers.tobytes() == encoded[place : place + 1].tobytes()


def test_python_strips_whatever_polars_does() -> None:
    """So a text that Python leaves as it is needs no stripping."""
    signs = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    stripped = pl.Series(signs).str.strip_chars()

    assert all(sign.strip() == "" for sign, rest in zip(signs, stripped, strict=True) if not rest)
