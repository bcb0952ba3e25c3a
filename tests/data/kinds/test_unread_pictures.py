"""A column of pictures of which some cannot be read."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from pellucid import DataError, DataWarning
from pellucid.data.conversion import convert
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import read_table


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("L", (4, 4), 9).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Six pictures of which four cannot be read."""
    names = [f"{number}.png" for number in range(6)]
    for name in names[:2]:
        (tmp_path / name).write_bytes(picture())
    (tmp_path / names[2]).write_bytes(b"")
    (tmp_path / names[3]).write_bytes(b"a text")
    pl.DataFrame({"photo": names, "size": range(6)}).write_csv(tmp_path / "t.csv")
    return tmp_path / "t.csv"


def test_they_are_missing_and_told_of(table: Path) -> None:
    rows = read_table(table)
    schema = infer_schema(rows)
    assert schema["photo"].notation == "4x4x1"
    told = (
        r"4 of 6 pictures in column 'photo' of t.csv cannot be read and count as missing: "
        r"row 3 \('2.png'\) is empty, row 4 \('3.png'\) is called .png but is no picture, "
        r"row 5 \('4.png'\) is not there and 1 more."
    )
    with pytest.warns(DataWarning, match=told):
        converted = convert(rows, schema)
    assert converted["photo"].is_null().to_list() == [False] * 2 + [True] * 4


def test_where_none_is_there_the_table_is_refused(table: Path) -> None:
    rows = read_table(table)
    schema = infer_schema(rows)
    with pytest.raises(DataError, match=r"None of the pictures in column 'photo' of t\.csv"):
        convert(rows.take(np.array([5, 4])), schema)


def test_a_training_table_says_why_its_pictures_are_left_out(table: Path) -> None:
    rows = read_table(table)
    schema = infer_schema(rows.take(np.array([5, 4])))
    assert not schema["photo"].is_kept
    assert "none can be read" in schema["photo"].reason


def test_bytes_that_are_no_picture(tmp_path: Path) -> None:
    rows = read_table(pl.DataFrame({"photo": [picture(), b"", None, b"text"]}))
    schema = infer_schema(rows)
    with pytest.warns(DataWarning, match="2 of 3 pictures .*: row 2 is empty, row 4 is no picture"):
        convert(rows, schema)
