"""Excel workbooks: the table of a sheet, wherever it stands whatever Excel makes of its types."""

from __future__ import annotations

import datetime as dt
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid.data.sources import workbooks
from pellucid.data.sources.table import read_blocks, read_table
from pellucid.errors import DataError, OptionError

xlsxwriter = pytest.importorskip("xlsxwriter")

DAY = dt.date(2024, 2, 29)
MOMENT = dt.datetime(2024, 2, 29, 13, 5)
TIME = dt.time(13, 5)
ERROR = "=NA()"
ROWS = (["a", "b"], [1, "x"], [2, "y"])
FRAME = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})


def workbook(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    at: tuple[int, int] = (0, 0),
    hidden: str = "",
) -> Path:
    """Write a workbook; each sheet's cells begin at a row and column."""
    with xlsxwriter.Workbook(path) as book:
        formats = {
            dt.date: book.add_format({"num_format": "dd/mm/yyyy"}),
            dt.datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
            dt.time: book.add_format({"num_format": "hh:mm"}),
        }
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name == hidden:
                sheet.hide()
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    place = at[0] + i, at[1] + j
                    if cell == ERROR:
                        sheet.write_formula(*place, cell, None, "#N/A")
                    elif type(cell) in formats:
                        sheet.write_datetime(*place, cell, formats[type(cell)])
                    else:
                        sheet.write(*place, cell)
    return path


def refusal(path: Path, **options: Any) -> str:
    """What is said of a workbook that cannot be read."""
    with pytest.raises(DataError) as caught:
        read_table(path, **options)
    return str(caught.value)


def test_cells_keep_the_types_they_have_for_a_person(tmp_path: Path) -> None:
    columns = {
        "whole": [1, 2, None],
        "number": [0.5, 2, -1e9],
        "truth": [True, None, False],
        "text": ["007", " x ", "1,5"],
        "day": [DAY, DAY, None],
        "moment": [MOMENT, None, DAY],
        "time": [TIME, TIME, None],
        "with errors": [ERROR, 3, 4],
        "mixed": [1, "many", 2.5],
        "nothing": [None, None, None],
    }
    rows = [list(columns), *zip(*columns.values(), strict=True)]

    table = read_table(workbook(tmp_path / "table.xlsx", {"Sheet1": rows}))

    assert table.name == "table.xlsx"
    assert table.notes == ()
    assert table.frame.to_dict(as_series=False) == {
        **columns,
        "text": ["007", "x", "1,5"],
        "moment": [MOMENT, None, dt.datetime(2024, 2, 29)],
        "with errors": [None, 3, 4],
        "mixed": ["1", "many", "2.5"],
    }
    assert table.frame.schema["whole"] == pl.Int64
    assert table.frame.schema["day"] == pl.Date


def test_the_first_sheet_with_cells_is_read_unless_another_is_asked_for(tmp_path: Path) -> None:
    others = {"Cover": [], "Secret": ROWS, "Data": ROWS, "More": [["c"], [3]]}
    path = workbook(tmp_path / "table.xlsx", others, hidden="Secret")

    first, asked = read_table(path), read_table(path, sheet="More")

    assert first.frame.equals(FRAME)
    assert first.notes == ("sheet 'Data'; the workbook also has 'Cover', 'Secret', 'More'",)
    assert asked.frame.to_dict(as_series=False) == {"c": [3]}
    assert read_table(path, sheet="Secret").frame.equals(FRAME)
    with pytest.raises(OptionError, match="has no sheet 'Dat'"):
        read_table(path, sheet="Dat")
    assert "has no sheet 'Cover' with cells" in refusal(path, sheet="Cover")
    with pytest.raises(OptionError, match="sheet must be the name of a sheet"):
        read_table(path, sheet=2)


@pytest.mark.parametrize("at", [(0, 0), (3, 2)])
@pytest.mark.parametrize("title", [[], [["Sales of 2024"], []], [["Sales"], ["as of", DAY], []]])
def test_a_table_is_found_among_titles_and_empty_rows_and_columns(
    tmp_path: Path, at: tuple[int, int], title: list[list[Any]]
) -> None:
    rows = [[*row, None, i * 0.5] for i, row in enumerate(ROWS[1:])]
    table = [*title, ["a", "b", None, "c"], *rows[:1], [], *rows[1:]]

    found = read_table(workbook(tmp_path / "table.xlsx", {"Data": table}, at=at))

    assert found.frame.rows() == [(1, "x", 0.0), (2, "y", 0.5)]
    assert found.frame.columns == ["a", "b", "c"]
    assert "empty columns without a name left out: 1" in found.notes
    assert bool(title) == any("left out above the header: 'Sales" in n for n in found.notes)


def test_the_first_column_needs_no_name_but_others_with_cells_do(tmp_path: Path) -> None:
    index = workbook(tmp_path / "index.xlsx", {"Data": [[None, "a"], [0, 5], [1, 6]]})
    unnamed = workbook(tmp_path / "odd.xlsx", {"Data": [["a", "b", "c", None], [1, 2, 3, 4]]})

    assert read_table(index).frame.to_dict(as_series=False) == {"column_1": [0, 1], "a": [5, 6]}
    assert refusal(unnamed) == (
        "Column 4 of odd.xlsx has no name in the header, but has cells. Give every column a name; "
        "if the row taken for the header is none, remove it."
    )


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    path = workbook(tmp_path / "table.xlsx", {"Data": [[1, "x"], [2, "y"]]}, at=(2, 1))

    table = read_table(path, header=False)

    assert table.frame.to_dict(as_series=False) == {"column_1": [1, 2], "column_2": ["x", "y"]}


def test_a_workbook_is_known_by_its_content_and_read_in_blocks(tmp_path: Path) -> None:
    path = workbook(tmp_path / "table.xlsx", {"Data": [["n"], *([i] for i in range(10))]})
    inside = tmp_path / "table.zip"
    with zipfile.ZipFile(inside, "w") as archive:
        archive.write(path, "book.xlsx")
    misnamed = path.rename(tmp_path / "table.csv")

    blocks = list(read_blocks(misnamed, rows_per_block=4))

    assert [block.frame["n"].to_list() for block in blocks] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        [8, 9],
    ]
    assert read_table(inside).frame["n"].to_list() == list(range(10))


def test_workbooks_without_a_table_say_so(tmp_path: Path) -> None:
    empty = workbook(tmp_path / "empty.xlsx", {"Data": []})
    headed = workbook(tmp_path / "headed.xlsx", {"Data": [["a", "b"]]})
    twice = workbook(tmp_path / "twice.xlsx", {"Data": [["a", "a"], [1, 2]]})

    assert "has no visible sheet with cells in its first 100 rows" in refusal(empty)
    assert "has a header and no rows" in refusal(headed)
    assert "Columns 1 and 2 of twice.xlsx are both called 'a'" in refusal(twice)


def test_without_the_extra_it_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fastexcel", None)

    assert refusal(workbook(tmp_path / "table.xlsx", {"Data": ROWS})) == (
        "table.xlsx is an Excel workbook, and the package that reads these is not installed. "
        'Install it: pip install "pellucid[excel]". Or save the table as CSV.'
    )


def test_a_lone_cell_far_away_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbooks, "CHUNK_BYTES", 100)
    path = tmp_path / "table.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "a")
        sheet.write(1, 0, 1)
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))
    assert read_table(path).frame.rows() == [(1,)]

    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet().write(1_048_575, 16_383, 3)
    assert "spans 1,048,576 rows and 16,384 columns" in refusal(path)


def test_damaged_workbooks_are_read_or_refused(tmp_path: Path) -> None:
    rows = [["a", "b", "when"], *([i, f"text {i}", DAY] for i in range(50))]
    whole = workbook(tmp_path / "whole.xlsx", {"Data": rows})
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    generator = np.random.default_rng(0)
    path = tmp_path / "damaged.xlsx"
    for _ in range(60):
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                part = bytearray(content)
                for place in generator.integers(0, len(part), generator.integers(0, 3)):
                    part[place] = generator.integers(0, 256)
                archive.writestr(name, bytes(part))
        try:
            read_table(path)
        except DataError as error:
            assert str(error).endswith(".")  # noqa: PT017
