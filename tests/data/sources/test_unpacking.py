"""Packed files: read whatever packed them, and never more of them than a table would be."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from pellucid.data.sources import delimited, text_stream, unpacking
from pellucid.data.sources.table import read_blocks, read_table
from pellucid.errors import LONGEST_MESSAGE, DataError

TEXT = b"a,b\n1,x\n2,y\n"
ROWS = [("1", "x"), ("2", "y")]
PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def archive(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return path


def refusal(path: Path) -> str:
    """What is said of a file that cannot be read."""
    with pytest.raises(DataError) as caught:
        read_table(path)
    return str(caught.value)


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("name", ["table.csv{ending}", "without_ending"])
def test_packed_text_is_read_whatever_its_name(tmp_path: Path, ending: str, name: str) -> None:
    path = tmp_path / name.format(ending=ending)
    path.write_bytes(PACK[ending](TEXT))

    assert read_table(path).frame.rows() == ROWS
    assert [block.frame.rows() for block in read_blocks(path, rows_per_block=1)] == [
        [row] for row in ROWS
    ]


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("kind", ["parquet", "arrow", "ndjson"])
def test_packed_tables_with_types_are_read(tmp_path: Path, ending: str, kind: str) -> None:
    frame = pl.DataFrame({"n": [1, 2], "t": ["x", "y"]})
    plain, packed = tmp_path / f"table.{kind}", tmp_path / f"table.{kind}{ending}"
    writers = {"arrow": frame.write_ipc, "ndjson": frame.write_ndjson}
    writers.get(kind, frame.write_parquet)(plain)
    packed.write_bytes(PACK[ending](plain.read_bytes()))

    assert read_table(packed).frame.equals(frame)


def test_the_one_table_of_a_zip_archive_is_read_and_named(tmp_path: Path) -> None:
    files = {
        "folder/": b"",
        "folder/iris.csv": TEXT,
        "__MACOSX/folder/._iris.csv": b"\0\5\26\7",
        "folder/.DS_Store": b"\0\0\0\1",
        "readme.txt": b"About irises",
    }

    table = read_table(archive(tmp_path / "iris.zip", files))

    assert table.name == "iris.zip"
    assert table.frame.rows() == ROWS
    assert table.notes == ("the table folder/iris.csv of the archive, other files in it: 1",)


def test_any_kind_of_table_may_be_in_a_zip_archive(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": [1, 2]})
    frame.write_parquet(tmp_path / "table.parquet")
    parquet = (tmp_path / "table.parquet").read_bytes()

    assert read_table(archive(tmp_path / "1.zip", {"table.parquet": parquet})).frame.equals(frame)
    assert read_table(archive(tmp_path / "2.zip", {"a.txt": TEXT})).frame.rows() == ROWS
    assert read_table(archive(tmp_path / "3.zip", {"iris": TEXT})).frame.rows() == ROWS


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "is an archive without files"),
        (
            {"a.csv": TEXT, "b/c.csv": TEXT},
            (
                "holds 2 files that may be tables: 'a.csv', 'b/c.csv'. Unpack it and give one of "
                "them, or a pattern such as 'folder/*.csv' if all have the same columns."
            ),
        ),
        (
            {str(i): TEXT for i in range(9)},
            "holds 9 files that may be tables: '0', '1', '2', '3', ",
        ),
        ({"a.zip": b"PK\3\4"}, "is a zip archive within another archive, not a table. Unpack it."),
        ({"a.csv.gz": gzip.compress(TEXT)}, "is a gzip archive within another archive"),
        ({"word/document.xml": b"<w/>"}, "is a Word document, not a table."),
        ({"content.xml": b"<o/>"}, "is an OpenDocument file (.ods), not a table. Save the table"),
    ],
)
def test_an_archive_that_is_not_one_table_says_what_it_is(
    tmp_path: Path, files: dict[str, bytes], message: str
) -> None:
    assert message in refusal(archive(tmp_path / "all.zip", files))


def test_a_tar_archive_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar\x0000"))

    assert refusal(tmp_path / "a.tar.gz") == "a.tar.gz is a tar archive, not a table. Unpack it."


@pytest.mark.parametrize("ending", [*PACK, ".zip"])
def test_damaged_and_misnamed_files_say_so(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"table.csv{ending}"
    content = b"a,b\n" + os.urandom(20_000).hex().encode()
    packed = PACK[ending](content) if ending in PACK else b"PK\3\4" + content
    path.write_bytes(packed[: len(packed) // 2])
    assert "damaged" in refusal(path)

    path.write_bytes(TEXT)
    assert f"is called {ending} but does not begin like such a file" in refusal(path)


@pytest.mark.parametrize("ending", PACK)
def test_a_bomb_is_refused_and_a_table_of_equal_rows_is_read(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_UNPACKED_BYTES", 2**20)
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", 2**16)
    table, bomb = tmp_path / f"table.csv{ending}", tmp_path / f"bomb.csv{ending}"
    table.write_bytes(PACK[ending](b"a,b\n" + b"1,2\n" * 2**17))
    bomb.write_bytes(PACK[ending](b"a,b\n" + b"1,2\n" * 2**21))

    assert read_table(table).frame.height == 2**17
    assert "unpacks to more than 1 MiB, more than 500 times its size" in refusal(bomb)


def test_a_long_table_that_is_packed_as_tables_are_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_UNPACKED_BYTES", 100)
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + os.urandom(2000).hex("\n").encode(), mtime=0))

    assert "has 1 field" in refusal(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"x" * 5000, "The first line of table.csv is longer than"),
        (b"a," * 5000 + b"\n", "The first line of table.csv is longer than"),
        (b"\n" * 5000, "The blank beginning of table.csv is longer than"),
        (b"a,b\n1,2\n" + b"x" * 5000, "Row 2 of table.csv is longer than"),
        (b'a,b\n1,"2' + b"x\n" * 2500, "A quote opened in row 1 of table.csv is not closed"),
        (b'a,b\n5" wide,"red, round"\n' + b"x" * 5000, "A line of table.csv is longer than"),
    ],
)
def test_a_line_that_does_not_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, content: bytes, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "CHUNK_BYTES", 64)
    monkeypatch.setattr(delimited, "LONGEST_RECORD_BYTES", 1000)
    path = tmp_path / "table.csv"
    path.write_bytes(content)

    assert message in refusal(path)


def test_an_endless_line_of_packed_json_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "CHUNK_BYTES", 64)
    monkeypatch.setattr(unpacking, "LONGEST_RECORD_BYTES", 1000)
    path = tmp_path / "table.jsonl.gz"
    path.write_bytes(gzip.compress(b"\0" * 5000))

    assert refusal(path).startswith("A line of table.jsonl.gz is longer than")


def test_pipes_and_devices_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert refusal(tmp_path / "pipe") == (
        f"{tmp_path / 'pipe'} is a pipe, which can be read only once, if it ends at all. Save what "
        "it gives to a file, and give that."
    )
    assert refusal(Path("/dev/zero")).startswith("/dev/zero is a device, which can be read only")
    assert refusal(Path("x" * 5000)).startswith("There is no file xxx")
    assert refusal(Path("a\0b")).startswith("There is no file a\\x00b.")


def test_messages_are_short_and_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    evil = "\x1b]0;owned\x07" + "x" * 100_000

    for text in (f"a,b\n1,2\n{evil}\n", f"{evil},{evil}\n1,2\n", f"a,{evil}\na,b,c\n"):
        path.write_text(text)
        message = refusal(path)
        assert len(message) < 500
        assert message.isprintable()

    odd = DataError(evil)
    assert str(odd).isprintable()
    assert len(str(odd)) < LONGEST_MESSAGE + 20
