"""Reading tables: every usual source gives the same cells, and every unusable one says why."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pellucid.data.sources import delimited, text_stream
from pellucid.data.sources.cleaning import MISSING_MARKS
from pellucid.data.sources.table import Table, array_table, read_blocks, read_table
from pellucid.data.targets import CLASSES, take_target
from pellucid.errors import DataError, OptionError

SHARED_DATA = Path(__file__).parents[4] / "shared" / "data"


def write(folder: Path, text: str | bytes, name: str = "table.csv") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refusal(source: object, **options: object) -> DataError:
    """Read what cannot be read, and return the error, which must be fit for a person."""
    with pytest.raises(DataError) as caught:
        read_table(source, **options)
    message = str(caught.value)
    assert message.endswith((".", "?"))
    assert "polars" not in message
    return caught.value


# --- Text tables ----------------------------------------------------------------------------------


def test_every_cell_of_a_text_table_is_text(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "name,age,joined\nAda,36,1843-01-02\nGrace,85,1944-07-01\n"))

    assert table.name == "table.csv"
    assert table.first_row == 1
    assert table.notes == ()
    assert table.frame.to_dict(as_series=False) == {
        "name": ["Ada", "Grace"],
        "age": ["36", "85"],
        "joined": ["1843-01-02", "1944-07-01"],
    }


def test_blanks_around_cells_go_and_missing_marks_become_null(tmp_path: Path) -> None:
    path = write(tmp_path, 'a, b\n1 ,?\n "x y" , NA\nn.a.,""\n')

    assert read_table(path).frame.rows() == [("1", None), ("x y", None), ("n.a.", None)]
    assert read_table(path, missing=["n.a."]).frame.rows()[2] == (None, None)


def test_missing_marks_hold_what_the_usual_programs_write() -> None:
    assert {"", "?", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "-", "#N/A"} <= set(
        MISSING_MARKS
    )
    assert {"0", "none", "unknown", "."}.isdisjoint(MISSING_MARKS)


@pytest.mark.parametrize(
    ("delimiter", "note"),
    [
        (",", ()),
        (";", ("delimiter ';'",)),
        ("\t", ("delimiter tab",)),
        ("|", ("delimiter '|'",)),
    ],
)
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str, note: tuple[str, ...]) -> None:
    lines = ["a", "b", "c"], ["1", "2,5", "x y"], ["3", "4,5", "z"]
    if delimiter == ",":
        lines = [[cell.replace(",", ".") for cell in line] for line in lines]
    table = read_table(write(tmp_path, "\n".join(delimiter.join(line) for line in lines)))

    assert table.frame.rows() == [tuple(lines[1]), tuple(lines[2])]
    assert table.notes == note


def test_semicolons_win_over_decimal_commas_even_without_a_header(tmp_path: Path) -> None:
    path = write(tmp_path, "1,5;2,5\n3,5;4,5\n")

    assert read_table(path, header=False).frame.rows() == [("1,5", "2,5"), ("3,5", "4,5")]


def test_a_delimiter_can_be_given(tmp_path: Path) -> None:
    path = write(tmp_path, "a b\n1,2 3\n")

    assert read_table(path, delimiter=" ").frame.to_dicts() == [{"a": "1,2", "b": "3"}]


def test_excels_line_that_announces_the_delimiter_is_obeyed(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, "sep=;\na;b\n1;2\n"))

    assert table.frame.to_dicts() == [{"a": "1", "b": "2"}]
    assert table.notes == ("delimiter ';', lines before the header left out: 1",)


def test_comment_lines_before_the_header_are_left_out_but_a_header_may_begin_with_a_hash(
    tmp_path: Path,
) -> None:
    commented = read_table(write(tmp_path, "# made on Monday\n# by hand\na,b\n1,2\n"))
    pokemon = read_table(write(tmp_path, "#,Name\n1,Bulbasaur\n"))

    assert commented.frame.to_dicts() == [{"a": "1", "b": "2"}]
    assert commented.notes == ("lines before the header left out: 2",)
    assert pokemon.frame.columns == ["#", "Name"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_break_ends_a_line_and_blank_lines_are_none(
    tmp_path: Path, newline: str
) -> None:
    lines = ["", "a,b", "1,2", "", '"x\ny",4', "  ", ""]
    path = write(tmp_path, newline.join(lines).replace("x\ny", f"x{newline}y"))

    assert read_table(path).frame.rows() == [("1", "2"), ("x\ny", "4")]


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", ()),
        ("utf-8-sig", ()),
        ("utf-16", ("encoding utf-16",)),
        ("utf-16-le", ("encoding utf-16-le",)),
        ("utf-16-be", ("encoding utf-16-be",)),
        ("utf-32", ("encoding utf-32",)),
        ("windows-1252", ("encoding windows-1252",)),
        ("latin-1", ("encoding windows-1252",)),
    ],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, note: tuple[str, ...]) -> None:
    table = read_table(write(tmp_path, "name,city\nJosé,Málaga\n".encode(encoding)))

    assert table.frame.to_dicts() == [{"name": "José", "city": "Málaga"}]
    assert table.notes == note


def test_an_encoding_can_be_given(tmp_path: Path) -> None:
    path = write(tmp_path, "ville\nŁódź\n".encode("cp1250"))

    assert read_table(path, encoding="cp1250").frame.item() == "Łódź"


def test_a_later_byte_may_show_that_an_ascii_beginning_was_not_utf_8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", 16)
    path = write(tmp_path, b"a,b\n" + b"1,2\n" * 20 + "é,€\n".encode("windows-1252"))

    assert read_table(path).frame.rows()[-1] == ("é", "€")


def test_quotes_in_the_middle_of_texts_swallow_no_lines(tmp_path: Path) -> None:
    lines = ['ham\t"Hello', 'spam\tWin "big" now', 'ham\t"Yes"', 'ham\tI said "no']
    table = read_table(write(tmp_path, "\n".join(lines), "sms.tsv"), header=False)

    assert table.frame.rows() == [tuple(line.split("\t")) for line in lines]
    assert table.notes == ("delimiter tab, quotes read as ordinary characters",)


def test_quotes_inside_a_cell_without_quotes_are_part_of_it(tmp_path: Path) -> None:
    path = write(tmp_path, 'size,what\n5" wide,"red, round"\n7" wide,blue\n')

    assert read_table(path).frame.rows() == [('5" wide', "red, round"), ('7" wide', "blue")]


def test_quotes_may_be_escaped_by_backslashes(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,"some \\"escaped\\", value"\n2,x\n')

    assert read_table(path).frame.rows()[0] == ("1", 'some "escaped", value')


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b"a,b\n1,2\n"), "table.csv.gz")

    assert read_table(path).frame.to_dicts() == [{"a": "1", "b": "2"}]


def test_without_a_header_columns_are_numbered(tmp_path: Path) -> None:
    path = write(tmp_path, "M,0.4\nF,0.5\n")

    assert read_table(path, header=False).frame.columns == ["column_1", "column_2"]
    assert read_table(path).notes == (
        "the header looks like data; if the file has no header, say header=False",
    )


def test_a_class_in_the_place_of_a_name_tells_of_a_missing_header(tmp_path: Path) -> None:
    """As the first line of a collection of short messages is one of them."""
    rows = "ham\tSee you\nspam\tYou won\nham\tAt home\nham\tBye\n"
    note = "the header looks like data; if the file has no header, say header=False"
    assert note in read_table(write(tmp_path, rows, "sms.tsv")).notes
    assert note not in read_table(write(tmp_path, "kind\ttext\n" + rows, "sms.tsv")).notes


def test_years_may_name_columns(tmp_path: Path) -> None:
    assert read_table(write(tmp_path, "2019,2020\n1,2\n")).notes == ()


def test_the_first_column_and_empty_last_ones_need_no_name(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, ",a,b,,\n0,1,2,,\n1,3,4,, \n"))

    assert table.frame.columns == ["column_1", "a", "b"]
    assert table.notes == (
        "the first column has no name in the header: it is called column_1",
        "empty columns without a name at the end left out: 2",
    )


def test_a_pattern_reads_its_files_in_order(tmp_path: Path) -> None:
    write(tmp_path, "a,b\n3,4\n", "part-2.csv")
    write(tmp_path, "a,b\n1,2\n", "part-1.csv")

    table = read_table(tmp_path / "part-*.csv")

    assert table.frame.rows() == [("1", "2"), ("3", "4")]
    assert table.name == "part-*.csv"
    assert [block.first_row for block in read_blocks(tmp_path / "*.csv", rows_per_block=1)] == [
        1,
        2,
    ]


def test_paths_may_be_text_and_begin_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = write(tmp_path, "a,b\n1,2\n")

    assert read_table(str(path)).frame.equals(read_table("~/table.csv").frame)


# --- The same cells, whatever the writing -------------------------------------------------------


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r\x1c\x1d\x1e\x1f"), max_size=12
) | st.sampled_from(
    ["", " ", '"', '""', ',"', "a,b", "a;b", "a\tb", "x\ny", "NA", "1,5", "'", "\\", '\\"', "é"]
)


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[list[str]], str, str, int]:
    """Draw rows of cells and a way to write them."""
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=8))
    delimiter = draw(st.sampled_from(",;\t|"))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return rows, delimiter, newline, draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]))


@settings(max_examples=300, deadline=None)
@given(written_tables(), st.sampled_from([16, 64, 2**20]))
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    written: tuple[list[list[str]], str, str, int],
    chunk: int,
) -> None:
    rows, delimiter, newline, quoting = written
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    writer.writerows([[f"c{number}" for number in range(len(rows[0]))], *rows])
    path = write(tmp_path_factory.mktemp("csv"), text.getvalue())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_stream, "CHUNK_BYTES", chunk)
        table = read_table(path, delimiter=delimiter)
        blocks = list(read_blocks(path, delimiter=delimiter, rows_per_block=3))

    expected = [tuple(as_read(cell) for cell in row) for row in rows]
    assert table.frame.rows() == expected
    assert [row for block in blocks for row in block.frame.rows()] == expected
    assert [block.first_row for block in blocks] == list(range(1, len(rows) + 1, 3))


def as_read(cell: str) -> str | None:
    """Say how a written cell should come back."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
    return None if cell in MISSING_MARKS else cell


@settings(max_examples=200, deadline=None)
@example(b'"\r\x01\r')  # a header that is never closed
@given(st.binary(max_size=200) | st.text('ab,;"\n\r\t|#=1 ', max_size=60).map(str.encode))
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("any"), content)

    try:
        table = read_table(path)
    except DataError as error:
        assert str(error).endswith((".", "?"))  # noqa: PT017
    else:
        assert table.frame.height > 0


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow", "ndjson"])
def test_blocks_are_the_whole_table(tmp_path: Path, kind: str) -> None:
    frame = pl.DataFrame({"n": range(1000), "t": [f"row {row}" for row in range(1000)]})
    path = tmp_path / f"table.{kind}"
    if kind.startswith("csv"):
        text = frame.write_csv().encode()
        path.write_bytes(gzip.compress(text) if kind.endswith("gz") else text)
    else:
        writers = {"arrow": frame.write_ipc, "ndjson": frame.write_ndjson}
        writers.get(kind, frame.write_parquet)(path)

    blocks = list(read_blocks(path, rows_per_block=300))

    assert [block.first_row for block in blocks] == [1, 301, 601, 901]
    assert [block.frame.height for block in blocks] == [300, 300, 300, 100]
    assert pl.concat(block.frame for block in blocks).equals(read_table(path).frame)


def test_blocks_are_read_as_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", 64)
    path = write(tmp_path, "a,b\n" + "1,2\n" * 100 + "1,2,3\n")

    blocks = read_blocks(path, rows_per_block=10)

    assert next(blocks).frame.height == 10
    with pytest.raises(DataError, match="Row 101 of table"):
        list(blocks)


# --- Sources with types ---------------------------------------------------------------------------


def test_typed_files_keep_their_types_and_lose_their_missing_marks(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.5, float("nan")], "t": [" a ", "NA"], "n": [1, None]})
    frame.write_parquet(tmp_path / "table.parquet")

    table = read_table(tmp_path / "table.parquet")

    assert table.frame.to_dict(as_series=False) == {
        "x": [1.5, None],
        "t": ["a", None],
        "n": [1, None],
    }


def test_json_lines_are_read(tmp_path: Path) -> None:
    lines = b'{"a": 1, "b": "x"}\n{"a": null, "c": true}\n'
    expected = {"a": [1, None], "b": ["x", None], "c": [None, True]}

    plain = read_table(write(tmp_path, lines, "table.jsonl"))
    packed = read_table(write(tmp_path, gzip.compress(lines), "table.ndjson.gz"))

    assert plain.frame.to_dict(as_series=False) == expected
    assert packed.frame.to_dict(as_series=False) == expected
    assert "damaged or cut off" in str(refusal(write(tmp_path, b'{"a": 1}\n{"a"', "x.jsonl")))
    assert "Write one object a line" in str(refusal(write(tmp_path, b'[{"a": 1}]', "x.json")))


def test_a_typed_file_is_known_by_its_content(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1, 2]})
    frame.write_parquet(tmp_path / "one.bin")
    frame.write_ipc(tmp_path / "two.bin")
    frame.write_ipc_stream(tmp_path / "three.bin")
    write(tmp_path, "a\n1\n2\n", "four.bin")

    assert read_table(tmp_path / "one.bin").frame.equals(frame)
    assert read_table(tmp_path / "two.bin").frame.equals(frame)
    assert read_table(tmp_path / "three.bin").frame.equals(frame)
    assert read_table(tmp_path / "four.bin").frame["a"].to_list() == ["1", "2"]


def test_a_polars_frame_is_taken_as_it_is() -> None:
    frame = pl.DataFrame({"a": [1, 2], "b": ["x", None]})

    assert read_table(frame).frame.equals(frame)
    assert read_table(frame).name == "DataFrame"
    assert read_table(frame.lazy()).frame.equals(frame)


def test_categories_become_text() -> None:
    frame = pl.DataFrame({"a": pl.Series(["x", "NA"], dtype=pl.Categorical)})

    assert read_table(frame).frame["a"].to_list() == ["x", None]


def test_pandas_frames_are_read_column_by_column() -> None:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {
            "n": [1, 2, 3],
            "x": [1.5, np.nan, np.inf],
            "t": ["a", None, " b "],
            "mixed": [1, "b", 2.0],
            "maybe": pd.array([1, None, 3], dtype="Int64"),
            "flag": pd.array([True, None, False], dtype="boolean"),
            "kind": pd.Categorical(["u", "v", None]),
            "when": pd.to_datetime(["2020-01-01", None, "2020-01-03"]),
            "odd": [{"k": 1}, [1, 2], pd.NA],
            7: [1, 2, 3],
        }
    )

    table = read_table(frame)

    assert table.name == "DataFrame"
    assert table.frame.columns == [*map(str, frame.columns)]
    columns = table.frame.to_dict(as_series=False)
    assert columns["x"] == [1.5, None, float("inf")]
    assert columns["t"] == ["a", None, "b"]
    assert columns["mixed"] == ["1", "b", "2"]
    assert columns["maybe"] == [1, None, 3]
    assert columns["flag"] == [True, None, False]
    assert columns["kind"] == ["u", "v", None]
    assert table.frame["when"].null_count() == 1
    assert columns["odd"] == ["{'k': 1}", "[1, 2]", None]


def test_whatever_pandas_writes_for_missing_is_missing_among_objects_too() -> None:
    pd = pytest.importorskip("pandas")
    kinds = {
        "number": ([1, pd.NA, 2.5, None], [1.0, None, 2.5, None]),
        "whole": ([1, pd.NA, np.nan, np.int8(2)], [1, None, None, 2]),
        "text": (["a", pd.NA, np.nan, pd.NaT], ["a", None, None, None]),
        "truth": ([True, pd.NA, None, False], [True, None, None, False]),
        "date": ([pd.Timestamp(2024, 1, 1), pd.NaT] * 2, [dt.datetime(2024, 1, 1), None] * 2),
        "nothing": ([pd.NA, None, np.nan, pd.NaT], [None] * 4),
    }
    given = {name: cells for name, (cells, _) in kinds.items()}
    objects = {name: pd.Series(cells, dtype=object) for name, cells in given.items()}
    array = np.array(list(given.values()), dtype=object).T

    for source in (given, pd.DataFrame(objects), array, array.tolist()):
        frame = read_table(source).frame
        for place, (cells, expected) in enumerate(kinds.values()):
            assert frame.to_series(place).to_list() == expected, (type(source), cells)


def test_scikit_learns_arrays_of_objects_may_hold_pandas_missing_values() -> None:
    pd = pytest.importorskip("pandas")
    array = np.array([[1, "a"], [pd.NA, pd.NA], [Decimal("2.5"), None]], dtype=object)

    assert array_table(array).frame.rows() == [(1.0, "a"), (None, None), (2.5, None)]
    hidden = np.ma.MaskedArray([[1.0, 2.0]], mask=[[True, False]])
    assert array_table(hidden).frame.rows() == [(None, 2.0)]


def test_small_and_odd_types_of_pandas_are_read() -> None:
    pd, pa = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "half": np.array([1.5, np.nan], dtype=np.float16),
            "long": np.array([1.5, np.nan], dtype=np.longdouble),
            "tiny": pd.array([1, None], dtype="Int8"),
            "arrow": pd.array([1.5, None], dtype=pd.ArrowDtype(pa.float16())),
            "months": pd.PeriodIndex(["2024-01", None], freq="M"),
            "bins": pd.Categorical([pd.NA, pd.NA]),
            "ranges": pd.arrays.IntervalArray.from_breaks([0, 1, 2]),
        }
    )

    assert read_table(frame).frame.rows() == [
        (1.5, 1.5, 1, 1.5, dt.datetime(2024, 1, 1), None, "(0, 1]"),
        (None, None, None, None, None, None, "(1, 2]"),
    ]


def test_half_floats_of_a_file_have_missing_cells(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1.5, float("nan")]}).cast(pl.Float16).write_parquet(tmp_path / "a.parquet")

    assert read_table(tmp_path / "a.parquet").frame["a"].to_list() == [1.5, None]


def test_arrow_tables_are_read() -> None:
    pa = pytest.importorskip("pyarrow")

    table = read_table(pa.table({"a": [1, None], "b": ["x", "?"]}))

    assert table.frame.to_dict(as_series=False) == {"a": [1, None], "b": ["x", None]}


@pytest.mark.parametrize(
    ("array", "first"),
    [
        (np.array([[1, 2], [3, 4]]), (1, 2)),
        (np.array([[1.5, np.nan]], dtype=np.float16), (1.5, None)),
        (np.array([[1.5, 2.5]], dtype=np.longdouble), (1.5, 2.5)),
        (np.array([[True, False]]), (True, False)),
        (np.array([["a", " ?"]]), ("a", None)),
        (np.array([[b"a", b"b"]]), ("a", "b")),
        (np.array([[1, "a"], ["b", None]], dtype=object), ("1", "a")),
        (np.ma.MaskedArray([[1, 2]], mask=[[False, True]]), (1, None)),
        (np.asfortranarray([[1, 2], [3, 4]])[:, ::-1], (2, 1)),
        (np.ma.MaskedArray([["a", "b"]], mask=[[True, False]]), (None, "b")),
        (np.array([[1, None], [np.nan, 2.5]], dtype=object), (1, None)),
        (np.array([[np.float16(np.nan), np.float32(1.5)]], dtype=object), (None, 1.5)),
        (np.array([[Decimal("NaN"), Decimal("1.5")]], dtype=object), (None, 1.5)),
        (np.array([["2024", "NaT"]], dtype="datetime64[Y]"), (dt.date(2024, 1, 1), None)),
        (np.array([["2024-01-01T05", "NaT"]], dtype="M8[h]"), (dt.datetime(2024, 1, 1, 5), None)),
        (np.array([[1, "NaT"]], dtype="m8[D]"), (dt.timedelta(days=1), None)),
        (
            np.array([[np.datetime64("NaT"), np.datetime64("2024-01-01", "ns")]], dtype=object),
            (None, dt.datetime(2024, 1, 1)),
        ),
        ([[1, "a"], [2, "b"]], (1, "a")),
    ],
)
def test_arrays_have_numbered_columns(array: object, first: tuple[object, ...]) -> None:
    table = read_table(array)

    assert table.name == "array"
    assert table.frame.columns == ["x0", "x1"]
    assert table.frame.row(0) == first


def test_dicts_are_read_by_row_and_by_column() -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2.5, "c": True}]

    assert read_table(rows).frame.rows() == [(1.0, "x", None), (2.5, None, True)]
    assert read_table({"a": [1, 2], "b": ["x", "y"]}).frame.rows() == [(1, "x"), (2, "y")]


# --- What cannot be read says why ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "table.csv is empty. Give a file with a header line and at least one row."),
        (" \n\n", "table.csv is empty. Give a file with a header line and at least one row."),
        (
            "a,b\n",
            (
                "table.csv has a header and no rows. Give a file with at least one row, or say "
                "header=False if its first line is data."
            ),
        ),
        (
            "a,b\n1,2\n3\n",
            (
                "Row 2 of table.csv has 1 field, but the header has 2 (delimiter ','). It begins "
                "'3'. Correct the row, put quotes around cells that hold the delimiter, or say "
                "which delimiter= the file has."
            ),
        ),
        (
            "a,b\n1,2\n3,4,5\n",
            (
                "Row 2 of table.csv has 3 fields, but the header has 2 (delimiter ','). It begins "
                "'3'. Correct the row, put quotes around cells that hold the delimiter, or say "
                "which delimiter= the file has."
            ),
        ),
        (
            "Sales 2024\na,b\n1,2\n",
            (
                "Row 1 of table.csv has 2 fields, but the header has 1 (delimiter ','). It begins "
                "'a'. If the line above it is no header, remove it; else correct the row, put "
                "quotes around cells that hold the delimiter, or say which delimiter= the file "
                "has."
            ),
        ),
        (
            "a,b,a\n1,2,3\n",
            (
                "Columns 1 and 3 of table.csv are both called 'a'. Give every column its own "
                "name, or say header=False if the file has no header."
            ),
        ),
        (
            "a,,b\n1,2,3\n",
            (
                "Column 2 of table.csv has no name in the header. Give every column a name; if "
                "the first line is no header, remove it, or say header=False if it is data."
            ),
        ),
        (
            "a,b,\n1,2,\n3,4,5\n",
            (
                "Column 3 of table.csv has no name in the header, but row 2 has a cell in it. "
                "Give every column a name; if the first line is no header, remove it."
            ),
        ),
        (
            "a,b\n1,2\na,b\n3,4\n",
            (
                "Row 2 of table.csv repeats the header. Remove it, and see whether the file holds "
                "two tables; or say header=False if the first line is data."
            ),
        ),
        (
            'a,b\n1,"x, y\n3,4\n5,"u, v"\n',
            (
                "A quote opened in row 1 of table.csv is not closed at the end of a cell. Close "
                "it there; a quote that is part of the text is written twice, in a cell with "
                "quotes around it."
            ),
        ),
        (
            b"a,b\n1,\0\n",
            (
                "table.csv is not a text table: line 2 holds a zero byte. Give a CSV, TSV, "
                "Parquet, Arrow or JSON lines file."
            ),
        ),
        (
            "é,b\n1,2\n".encode() + b"\xff,3\n",
            (
                "table.csv is not utf-8 throughout: line 3 holds byte 0xFF. Say which encoding it "
                "has, such as encoding='windows-1252', or save it as UTF-8."
            ),
        ),
        (
            b"PK\x03\x04rest",
            (
                "table.csv cannot be unpacked (File is not a zip file). It is damaged, cut off, or "
                "has a password; get it again, or unpack it and give that file."
            ),
        ),
        (
            b"%PDF-1.7",
            "table.csv is a PDF document, not a table. Make a CSV or Parquet file of it.",
        ),
    ],
)
def test_a_file_that_is_no_table_says_what_it_is(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    assert str(refusal(write(tmp_path, content))) == message


def test_errors_carry_their_place(tmp_path: Path) -> None:
    ragged = refusal(write(tmp_path, "a,b\n1,2\n3\n"))
    double = refusal(write(tmp_path, "a,b,a\n1,2,3\n"))

    assert (ragged.file, ragged.row) == ("table.csv", 2)
    assert (double.file, double.column) == ("table.csv", "a")


def test_rows_are_numbered_over_blank_lines_and_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", 10)
    monkeypatch.setattr(delimited, "CAREFUL_ROWS", 3)
    rows = ["1,2", "", '3," 5"" pipe"', '4,5" pipe', "5,6"] * 10

    error = refusal(write(tmp_path, "a,b\n" + "\n".join(rows) + "\n7,8,9\n"))

    assert error.row == 41


def test_a_missing_file_names_its_likes(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n", "adult.csv")

    assert str(refusal(tmp_path / "adlut.csv")) == (
        f"There is no file {tmp_path / 'adlut.csv'}. Did you mean adult.csv?"
    )
    assert str(refusal(tmp_path / "adult.parquet")).endswith("Did you mean adult.csv?")
    assert str(refusal(tmp_path / "nowhere" / "adult.csv")) == (
        f"There is no file {tmp_path / 'nowhere' / 'adult.csv'}. There is no folder "
        f"{tmp_path / 'nowhere'} either."
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert str(refusal(tmp_path)) == (
        f"{tmp_path} is a folder, and neither pictures nor texts are in it. Give a file, or a "
        f"pattern such as {tmp_path / '*.csv'} for all tables in it."
    )


def test_a_pattern_needs_files_with_the_same_columns(tmp_path: Path) -> None:
    assert str(refusal(tmp_path / "*.csv")) == (
        f"No file matches the pattern {tmp_path / '*.csv'}. Check the folder and the pattern."
    )
    write(tmp_path, "a,b\n1,2\n", "1.csv")
    write(tmp_path, "a,c\n1,2\n", "2.csv")
    assert str(refusal(tmp_path / "*.csv")) == (
        "1.csv and 2.csv have different columns: 2.csv has no column 'b'. Files read together need "
        "the same columns in the same order."
    )

    write(tmp_path, "b,a\n1,2\n", "2.csv")
    assert "2.csv has them in another order" in str(refusal(tmp_path / "*.csv"))
    write(tmp_path, "a,b,c\n1,2,3\n", "2.csv")
    assert "2.csv also has 'c'" in str(refusal(tmp_path / "*.csv"))


def test_typed_files_read_together_need_the_same_types(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"a": [[1]]}).write_parquet(tmp_path / "2.parquet")

    assert "have a column of different types" in str(refusal(tmp_path / "*.parquet"))


def test_a_quote_that_is_never_closed_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", 64)
    monkeypatch.setattr(delimited, "LONGEST_RECORD_BYTES", 500)
    path = write(tmp_path, "a,b\n" + "1,x\n" * 100 + '2,"' + "x,y\n" * 1000)

    assert "A quote opened in row 101" in str(refusal(path))


def test_a_cell_too_long_for_careful_reading_is_taken_for_an_open_quote(tmp_path: Path) -> None:
    path = write(tmp_path, 'a,b\n1,"u, v"\n2,5" pipe\n3,"' + "x" * 200_000 + "\n")

    assert "A quote opened in row 3" in str(refusal(path))


def test_a_file_that_may_not_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a\n1\n")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert str(refusal(path)) == (
        f"{path} cannot be opened: Permission denied. Check that you may read it."
    )


@pytest.mark.parametrize("name", ["table.parquet", "table.arrow"])
def test_a_damaged_typed_file_says_so(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"a": range(1000)})
    path = tmp_path / name
    frame.write_parquet(path) if name.endswith("parquet") else frame.write_ipc(path)
    path.write_bytes(path.read_bytes()[:-100])

    assert "damaged or cut off" in str(refusal(path))

    path.write_bytes(b"hello")
    assert "does not begin like" in str(refusal(path))


def test_damaged_gzip_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(np.random.default_rng(0).bytes(10_000).hex().encode())

    assert str(refusal(write(tmp_path, b"a,b\n", "a.csv.gz"))) == (
        "a.csv.gz is called .gz but does not begin like such a file. Get it again, or take .gz off "
        "its name if it is not packed."
    )
    assert "damaged or cut off" in str(refusal(write(tmp_path, whole[:-2000], "b.csv.gz")))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "A table was expected, but the object is of type int."),
        (np.zeros(3), "two dimensions, rows and columns, were expected. Use array.reshape(-1, 1)"),
        (np.zeros((1, 2, 2, 2, 3)), "The array has shape (1, 2, 2, 2, 3)"),
        (np.zeros((2, 2), dtype=complex), "The array has cells of type complex128."),
        (np.zeros((0, 2)), "The array has no rows."),
        (pl.DataFrame(), "The DataFrame has no columns."),
        (pl.LazyFrame({"a": [1]}).select("b"), "The LazyFrame cannot be read as a table."),
        ([[1, 2], [3]], "The rows of the list have different lengths, from 1 to 2."),
        ({"a": [1, 2], "b": [1]}, "The dict cannot be read as a table."),
    ],
)
def test_an_object_that_is_no_table_says_so(source: object, message: str) -> None:
    assert message in str(refusal(source))


def test_pandas_columns_need_their_own_names() -> None:
    pd = pytest.importorskip("pandas")

    assert "Two columns are called 'a'" in str(refusal(pd.DataFrame([[1, 2]], columns=["a", "a"])))
    assert "to_frame()" in str(refusal(pd.Series([1, 2])))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"delimiter": ",,"}, "delimiter must be one ASCII character"),
        ({"encoding": "utf-9"}, "encoding must be one that Python knows"),
        ({"missing": "NA"}, "missing must be a list of cells, such as ['NA']"),
    ],
)
def test_options_are_checked(options: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        read_table("nothing.csv", **options)

    assert message in str(caught.value)
    assert caught.value.option in options


def test_blocks_need_rows() -> None:
    with pytest.raises(OptionError, match="rows_per_block must be at least 1"):
        read_blocks("nothing.csv", rows_per_block=0)


# --- Files from the wild --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nasties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack a collection of awkward files."""
    return unpack(SHARED_DATA / "csv_nasties" / "csv_nasties.tar.gz", tmp_path_factory)


@pytest.fixture(scope="module")
def rdatasets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack a sample of ordinary files."""
    return unpack(SHARED_DATA / "rdatasets_sample" / "rdatasets_200.tar.gz", tmp_path_factory)


def unpack(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not archive.exists():
        pytest.skip(f"{archive.name} is not on this machine")
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder


def files_in(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def test_awkward_files_are_read_or_refused(nasties: Path) -> None:
    for path in files_in(nasties):
        try:
            table = read_table(path)
        except DataError as error:
            assert str(error).endswith((".", "?")), path  # noqa: PT017
        else:
            assert isinstance(table, Table)


def test_csv_spectrum_is_read_as_its_authors_say(nasties: Path) -> None:
    folder = next(nasties.rglob("csv-spectrum"))
    for path in sorted((folder / "csvs").glob("*.csv")):
        truth = json.loads((folder / "json" / f"{path.stem}.json").read_text("utf-8"))
        expected = [{name: as_read(cell) for name, cell in row.items()} for row in truth]
        assert read_table(path).frame.to_dicts() == expected, path


def test_polluted_files_are_read_like_their_clean_twins_or_refused(nasties: Path) -> None:
    """Pollock's files: one fault each. A cell boundary is never read in the wrong place."""
    folder = next(nasties.rglob("pollock"))
    for path in sorted((folder / "polluted").glob("*.csv")):
        if path.name == "row_less_sep_row0_col1.csv":  # two names in one, the last column empty:
            continue  # no different from a delimiter at the end of each row, which it is told to be
        try:
            found = read_table(path).frame
        except DataError:
            continue
        expected = read_table(folder / "clean" / path.name).frame
        without_quotes = pl.all().str.strip_chars('"')
        assert found.select(without_quotes).rows() == expected.select(without_quotes).rows(), path


def test_messages_with_stray_quotes_are_all_read() -> None:
    path = SHARED_DATA / "sms_spam" / "SMSSpamCollection.tsv"
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    lines = path.read_text("utf-8").split("\n")[:-1]

    frame = read_table(path, header=False).frame

    assert frame.rows() == [tuple(map(as_read, line.split("\t"))) for line in lines]


def test_ordinary_files_are_read_as_the_csv_module_reads_them(rdatasets: Path) -> None:
    for path in files_in(rdatasets):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        expected = [tuple(as_read(cell) for cell in row) for row in rows[1:]]
        assert read_table(path).frame.rows() == expected, path


def test_parts_go_with_their_rows() -> None:
    frame = pl.DataFrame({"x": [1, 2, 3, None], "y": ["a", None, "b", "a"]})
    parts = np.array(["train", "train", "test", "validation"])
    table = replace(read_table(frame), parts=parts)
    assert table.take(np.array([3, 2])).parts.tolist() == ["validation", "test"]
    learned = take_target(table, ["y"], CLASSES).table
    assert learned.parts.tolist() == ["train", "test", "validation"]
