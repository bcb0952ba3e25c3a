"""Which files a path or pattern stands for, and what kind of table each of them is."""

from __future__ import annotations

import difflib
import enum
import glob
from pathlib import Path

from pellucid.data.sources.folder_sources import folder_source
from pellucid.data.sources.media import ending_of
from pellucid.data.sources.unpacking import HEAD_BYTES, Content, Packing, find_content
from pellucid.errors import DataError
from pellucid.files.writing import kind_of_special


class Format(enum.Enum):
    """What a file is, by its first bytes or else by its name."""

    TEXT = "text table"
    PARQUET = "Parquet"
    ARROW = "Arrow"
    ARROW_STREAM = "Arrow stream"
    JSON_LINES = "JSON lines"
    WORKBOOK = "Excel workbook"


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

_EXPORT = "Save the table as .xlsx or CSV there"
_UNPACK = "Unpack it"
_CONVERT = "Make a CSV or Parquet file of it"
_NOT_TABLES = (
    (b"PK\x03\x04", "a zip archive within another archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one with a password", _EXPORT),
    (b"%PDF", "a PDF document", _CONVERT),
    (b"\x89PNG", "a picture", _CONVERT),
    (b"\xff\xd8\xff", "a picture", _CONVERT),
    (b"GIF8", "a picture", _CONVERT),
    (b"\x1f\x8b", "a gzip archive within another archive", _UNPACK),
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
_CHECK = " Check the folder and the pattern."
FEWEST_WORDS = 4
"""Of what is given as a path and may be a text."""

_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257


def find_files(path: Path) -> list[Path]:
    """List the files a path or pattern stands for, sorted.

    Raises:
        DataError: There is none, or it is a folder, a pipe or a device.
    """
    special = kind_of_special(path)
    if special == "a folder":
        pattern = path / "**" / "*.parquet" if _is_partitioned(path) else path / "*.csv"
        raise DataError(
            f"{path} is a folder, and neither pictures nor texts are in it. Give a file, or a "
            f"pattern such as {pattern} for all tables in it.",
            file=path.name,
        )
    if special:
        raise DataError(
            f"{path} is {special}, which can be read only once, if it ends at all. Save what it "
            "gives to a file, and give that.",
            file=path.name,
        )
    if _is_file(path):
        return [path]
    if not any(sign in str(path) for sign in "*?["):
        raise DataError(f"There is no file {path}.{_suggest(path)}", file=path.name)
    found = [Path(name) for name in glob.glob(str(path), recursive=True)]  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = sorted(file for file in found if file.is_file())
    if not files:
        raise DataError(
            f"No file matches the pattern {path}.{_if_text(path) or _CHECK}",
            file=path.name,
        )
    return files


def check_sources(*sources: str | None) -> None:
    """Refuse, before libraries that read tables are imported, what holds no rows.

    Args:
        *sources: Paths and patterns; None for none.

    Raises:
        DataError: There is no such file, or the first holds no table, no picture and no text.
    """
    for source in sources:
        if source is not None and folder_source(Path(source).expanduser()) is None:
            format_of(find_content(find_files(Path(source).expanduser())[0]))


def _is_partitioned(folder: Path) -> bool:
    try:
        return any("=" in entry.name for entry in folder.iterdir())
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # its name is longer than any file's
        return False


def _if_text(path: Path) -> str:
    """What to do where a text was given instead of a path; "" where it hardly was."""
    is_text = len(path.name.split()) >= FEWEST_WORDS and not ending_of(path.name)
    return " A text itself goes into a list, [text], or into a file." if is_text else ""


def _suggest(path: Path) -> str:
    """Name what is there instead of a missing file."""
    if if_text := _if_text(path):
        return if_text
    try:
        if not path.parent.is_dir():
            return f" There is no folder {path.parent} either."
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return " Check its name and folder."
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    near = near or [name for name in names if Path(name).stem == path.stem][:3]
    return f" Did you mean {' or '.join(near)}?" if near else " Check its name and folder."


def format_of(content: Content) -> Format:
    """Tell what kind of table a file holds.

    Raises:
        DataError: It holds none, or cannot be read.
    """
    name = content.path.name
    with content.open() as file:
        head = file.read(HEAD_BYTES)
    for magic, kind in _BY_FIRST_BYTES:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04") and _may_be_workbook(content):
        return Format.WORKBOOK
    for magic, what, advice in _NOT_TABLES:
        if head.startswith(magic):
            raise DataError(f"{name} is {what}, not a table. {advice}.", file=name)
    if head.startswith(_TAR_MAGIC, _TAR_MAGIC_AT):
        raise DataError(f"{name} is a tar archive, not a table. {_UNPACK}.", file=name)
    return _by_extension(content)


def _may_be_workbook(content: Content) -> bool:
    """A zip archive that was not looked into holds one table, and so is a workbook."""
    return content.packing is Packing.NONE or content.name.lower().endswith((".xlsx", ".xlsm"))


def _by_extension(content: Content) -> Format:
    name = content.path.name
    extension = Path(content.name).suffix
    expected = _BY_EXTENSION.get(extension.lower(), Format.TEXT)
    if expected in (Format.PARQUET, Format.ARROW):
        raise DataError(
            f"{name} is called {extension} but does not begin like {expected.value}. It may "
            "be cut off, or be something else under this name.",
            file=name,
        )
    if extension.lower() == ".json":
        raise DataError(
            f"{name} is a JSON document. Write one object a line and call it .jsonl, or make "
            "a CSV or Parquet file of it.",
            file=name,
        )
    return expected
