"""Headers and lines that do not fit quite, as R, spreadsheets and others write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pellucid.data.sources import text_stream
from pellucid.data.sources.table import Table, read_blocks, read_table
from pellucid.errors import DataError

QUOTED = "lines in quotes as a whole, read as the cells within"
NO_NAME = "the header has one name fewer than the rows: the first column is called rownames"


def read(folder: Path, text: str, **options: object) -> Table:
    """Write a file and read it."""
    path = folder / "table.csv"
    path.write_text(text)
    return read_table(path, **options)


def refusal(folder: Path, text: str) -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(DataError) as caught:
        read(folder, text)
    return str(caught.value)


@pytest.mark.parametrize("chunk", [64, 2**20])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_lines_quoted_as_a_whole_are_read_as_the_cells_within(
    tmp_path: Path, delimiter: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", chunk)
    lines = ['"a;""b"";c"', '"1;""x; y"";3"', '"2;""say """"no"""""";4"', '"5;""two\nlines"";6"']

    table = read(tmp_path, "\n".join(lines).replace(";", delimiter))

    assert table.frame.columns == ["a", "b", "c"]
    assert table.frame.rows() == [
        ("1", f"x{delimiter} y", "3"),
        ("2", 'say "no"', "4"),
        ("5", "two\nlines", "6"),
    ]
    assert QUOTED in table.notes


def test_only_the_lines_with_quotes_may_be_quoted_as_a_whole(tmp_path: Path) -> None:
    rows = ["1,plain,3"] * 300 + ['"2,""x, y"",4"']

    table = read(tmp_path, "\n".join(["a,b,c", *rows]))

    assert table.frame.row(300) == ("2", "x, y", "4")
    assert table.notes == (QUOTED,)


def test_one_column_of_quoted_text_stays_one(tmp_path: Path) -> None:
    cells = ["Hello, world", "no, yes, no", "plain"]

    table = read(tmp_path, "\n".join(["text", *(f'"{cell}"' for cell in cells)]))

    assert table.frame.to_dict(as_series=False) == {"text": cells}


@pytest.mark.parametrize("delimiter", [" ", ",", ";", "\t"])
@pytest.mark.parametrize("names", [["Mazda RX4", "Fiat 128", "Lotus"], ["7", "23", "5"]])
def test_rs_header_is_one_cell_short(tmp_path: Path, delimiter: str, names: list[str]) -> None:
    header = delimiter.join(['"mpg"', '"kind"'])
    rows = [
        delimiter.join([f'"{name}"', "21.5", f'"{kind}"'])
        for name, kind in zip(names, "abc", strict=True)
    ]

    table = read(tmp_path, "\n".join([header, *rows]))

    assert table.frame.to_dict(as_series=False) == {
        "rownames": names,
        "mpg": ["21.5"] * 3,
        "kind": ["a", "b", "c"],
    }
    assert NO_NAME in table.notes


def test_rs_header_without_quotes_is_known_by_names_that_count_or_are_text(tmp_path: Path) -> None:
    for delimiter in "\t ":
        rows = [f"{number} 5.5 a b" for number in range(1, 4)]
        table = read(tmp_path, "\n".join(["x y z", *rows]).replace(" ", delimiter))
        assert table.frame.columns == ["rownames", "x", "y", "z"]
        assert NO_NAME in table.notes
    assert read(tmp_path, "x;rownames\nAda;5;6\nBo;7;8\n").frame.columns == [
        "rownames_1",
        "x",
        "rownames",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "price,number\n1,5,2\n2,5,3\n",  # decimal commas
        "name,city\nLovelace, Ada,London\nHopper, Grace,New York\n",  # names with commas
        "x;y\nAda;5;6\nAda;7;8\n",  # names that are none
        "Sales,2024\na,b,c\n1,2,3\n2,3,4\n",  # a title above the header
        "Sales;2024\nname;x;y\nAda;2;3\nBo;3;4\n",
        "Sales\na,b\n1,2\n",
        "x,y\n1,2,3\n1,2\n",
    ],
)
def test_a_header_that_is_short_for_another_reason_is_refused(tmp_path: Path, text: str) -> None:
    assert "fields, but the header has" in refusal(tmp_path, text)


@pytest.mark.parametrize("chunk", [64, 2**20])
@pytest.mark.parametrize(
    ("header", "row", "note"),
    [
        ("a,b", "1,2,", "each row ends with a delimiter, the header does not"),
        ("a,b,", "1,2", "the header ends with a delimiter, the rows do not"),
        ("a,b,", "1,2,", "empty columns without a name at the end left out: 1"),
    ],
)
def test_a_delimiter_at_the_end_adds_no_column(
    tmp_path: Path, header: str, row: str, note: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", chunk)

    table = read(tmp_path, "\n".join(["", header, *[row] * 50]))

    assert table.frame.to_dict(as_series=False) == {"a": ["1"] * 50, "b": ["2"] * 50}
    assert note in table.notes
    assert len(table.notes) == 1
    blocks = read_blocks(tmp_path / "table.csv", rows_per_block=30)
    assert [block.first_row for block in blocks] == [1, 31]


def test_a_cell_behind_the_last_delimiter_is_not_lost(tmp_path: Path) -> None:
    rows = ["1,2,"] * 200 + ["1,2,3"]

    assert "Column 3 of table.csv has no name in the header, but row 201 has a cell in it" in (
        refusal(tmp_path, "\n".join(["a,b", *rows]))
    )
    assert "Row 201 of table.csv has 2 fields, but the header has 3" in (
        refusal(tmp_path, "\n".join(["a,b", *rows[:200], "1,2"]))
    )


def test_rows_are_counted_below_an_empty_line_and_a_long_header(tmp_path: Path) -> None:
    assert read(tmp_path, "\n\na\n1\n").frame.rows() == [("1",)]
    assert "Row 2 of table.csv has 1 field" in refusal(tmp_path, "\n\na,b\n1,2\n3\n")
