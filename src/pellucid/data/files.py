"""Which files a path or pattern stands for, and what kind of table each of them is."""

from __future__ import annotations

import difflib
import enum
import glob
import gzip
import zlib
from pathlib import Path

from pellucid.errors import DataError


class Format(enum.Enum):
    """What a file is, by its first bytes or else by its name."""

    TEXT = "text table"
    PARQUET = "Parquet"
    ARROW = "Arrow"
    ARROW_STREAM = "Arrow stream"
    JSON_LINES = "JSON lines"


_BY_FIRST_BYTES = (
    (b"PAR1", Format.PARQUET),
    (b"ARROW1", Format.ARROW),
    (b"\xff\xff\xff\xff", Format.ARROW_STREAM),
)
_BY_EXTENSION = {
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".feather": Format.ARROW,
    ".ipc": Format.ARROW,
    ".jsonl": Format.JSON_LINES,
    ".ndjson": Format.JSON_LINES,
}

_EXPORT = "Save the table as CSV there (File, Save as, CSV UTF-8)"
_UNPACK = "Unpack it"
_CONVERT = "Make a CSV or Parquet file of it"
_NOT_TABLES = (
    (b"PK\x03\x04", "a workbook (Excel, OpenDocument) or a zip archive", f"{_EXPORT} or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", _EXPORT),
    (b"%PDF", "a PDF document", _CONVERT),
    (b"\x89PNG", "a picture", _CONVERT),
    (b"\xff\xd8\xff", "a picture", _CONVERT),
    (b"GIF8", "a picture", _CONVERT),
    (b"\x1f\x8b", "a gzip archive whose name does not end in .gz", "Rename it"),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-zip archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", _UNPACK),
    (b"SQLite format 3", "an SQLite database", "Export the table as CSV"),
    (b"\x89HDF", "an HDF5 file", _CONVERT),
    (b"\x93NUMPY", "a NumPy file", "Load it with numpy.load and give the array"),
    (b"\x80\x04\x95", "a Python pickle", "Load it where it was made and give the DataFrame"),
    (b"{\\rtf", "an RTF document", _CONVERT),
    (b"<!DOCTYPE", "a web page", "Download the table itself"),
    (b"<!doctype", "a web page", "Download the table itself"),
    (b"<html", "a web page", "Download the table itself"),
    (b"<?xml", "an XML document", _CONVERT),
)


def find_files(path: Path) -> list[Path]:
    """List the files a path or pattern stands for, sorted.

    Raises:
        DataError: There is none, or it is a folder.
    """
    if path.is_file():
        return [path]
    if path.is_dir():
        raise DataError(
            f"{path} is a folder. Give a file, or a pattern such as {path / '*.csv'} for all "
            "tables in it.",
            file=path.name,
        )
    if not any(sign in str(path) for sign in "*?["):
        raise DataError(f"There is no file {path}.{_suggest(path)}", file=path.name)
    found = [Path(name) for name in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = sorted(file for file in found if file.is_file())
    if not files:
        raise DataError(
            f"No file matches the pattern {path}. Check the folder and the pattern.",
            file=path.name,
        )
    return files


def _suggest(path: Path) -> str:
    """Name what is there instead of a missing file."""
    if not path.parent.is_dir():
        return f" There is no folder {path.parent} either."
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return " Check its name and folder."
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    near = near or [name for name in names if Path(name).stem == path.stem][:3]
    return f" Did you mean {' or '.join(near)}?" if near else " Check its name and folder."


def format_of(path: Path) -> Format:
    """Tell what kind of table a file is.

    Raises:
        DataError: It is none, or cannot be opened.
    """
    head = _first_bytes(path)
    for magic, kind in _BY_FIRST_BYTES:
        if head.startswith(magic):
            return kind
    for magic, what, advice in _NOT_TABLES:
        if head.startswith(magic):
            raise DataError(f"{path.name} is {what}, not a table. {advice}.", file=path.name)
    extension = Path(path.stem).suffix if _is_gzip(path) else path.suffix
    expected = _BY_EXTENSION.get(extension.lower(), Format.TEXT)
    if expected in (Format.PARQUET, Format.ARROW):
        raise DataError(
            f"{path.name} is called {extension} but does not begin like {expected.value}. It may "
            "be cut off, or be something else under this name.",
            file=path.name,
        )
    if extension.lower() == ".json":
        raise DataError(
            f"{path.name} is a JSON document. Write one object a line and call it .jsonl, or make "
            "a CSV or Parquet file of it.",
            file=path.name,
        )
    return expected


def _is_gzip(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _first_bytes(path: Path) -> bytes:
    try:
        with gzip.open(path) if _is_gzip(path) else path.open("rb") as file:
            return file.read(64)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DataError(
            f"{path.name} is called .gz but is no whole gzip file. Get it again, or take .gz off "
            "its name if it is not compressed.",
            file=path.name,
        ) from None
    except OSError as error:
        raise DataError(
            f"{path} cannot be opened: {error.strerror or error}. Check that you may read it.",
            file=path.name,
        ) from None
