"""What a file holds, unpacked on the way: gzip, bzip2, xz, or a zip archive with one table in it.

A megabyte may unpack to terabytes. So what is unpacked is read piece by piece and counted, and
reading stops where so much came out of so little that it is hardly a table.
"""

from __future__ import annotations

import bz2
import enum
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, cast

from pellucid.errors import DataError
from pellucid.wording import quote_all

HEAD_BYTES = 512
CHUNK_BYTES = 4 * 2**20
LONGEST_RECORD_BYTES = 16 * 2**20
"""Longest row of any table, or header: names for a million columns."""

MOST_UNPACKED_BYTES = 2**28
MOST_TIMES = 500
"""What unpacks to more bytes than that, and to more than so many times its size, is refused. Both
must hold: a short file of equal rows, and a long one of sparse numbers, are tables."""

DAMAGE = (
    *(OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile),
    *(NotImplementedError, RuntimeError),  # a zip's way of packing; a password
)
"""What the standard library raises where a file cannot be read or unpacked."""


class Packing(enum.Enum):
    """How a file is packed."""

    NONE = ""
    GZIP = ".gz"
    BZIP2 = ".bz2"
    XZ = ".xz"
    ZIP = ".zip"


_BY_FIRST_BYTES = (
    (re.compile(rb"\x1f\x8b"), Packing.GZIP),
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), Packing.BZIP2),
    (re.compile(rb"\xfd7zXZ\x00"), Packing.XZ),
    (re.compile(rb"PK(\x03\x04|\x05\x06)"), Packing.ZIP),
)
_OPENERS: dict[Packing, Callable[[Path], object]] = {
    Packing.NONE: lambda path: path.open("rb"),
    Packing.GZIP: gzip.open,
    Packing.BZIP2: bz2.open,
    Packing.XZ: lzma.open,
}

WORKBOOK_PART = "xl/workbook.xml"
_OFFICE_PARTS = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)", "Save it as .xlsx or CSV there"),
    ("word/document.xml", "a Word document", "Make a CSV or Parquet file of it"),
    ("ppt/presentation.xml", "a presentation", "Make a CSV or Parquet file of it"),
    ("content.xml", "an OpenDocument file (.ods)", "Save the table as .xlsx or CSV there"),
)
_MARKS_OF_OFFICE = {"[Content_Types].xml", WORKBOOK_PART, *(part for part, _, _ in _OFFICE_PARTS)}
_TABLE_ENDINGS = (
    *(".csv", ".tsv", ".tab", ".data", ".dat", ".jsonl", ".ndjson"),
    *(".parquet", ".pq", ".arrow", ".feather", ".ipc", ".xlsx", ".xlsm"),
)
_OF_THE_SYSTEM = (".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a file holds, whether packed or not.

    Args:
        path: The file.
        packing: How it is packed.
        name: What the content would be called without its packing.
        notes: Decisions worth telling.
    """

    path: Path
    packing: Packing
    name: str
    notes: tuple[str, ...] = ()

    def open(self) -> Unpacked:
        """Begin to read; close it, or use it in a `with` block.

        Raises:
            DataError: The file cannot be opened.
        """
        try:
            if self.packing is Packing.ZIP:
                with zipfile.ZipFile(self.path) as archive:
                    file = cast("BinaryIO", archive.open(self.name))
            else:
                file = cast("BinaryIO", _OPENERS[self.packing](self.path))
        except DAMAGE as error:
            raise cannot_open(self.path, error) from None
        return Unpacked(file, self.path, is_packed=self.packing is not Packing.NONE)

    def read_whole(self, *, has_lines: bool) -> bytes:
        """Read everything into memory.

        Args:
            has_lines: Whether it should be lines, of which none is endlessly long.

        Raises:
            DataError: It is damaged, or hardly a table.
        """
        pieces: list[bytes] = []
        line_bytes = 0
        with self.open() as file:
            while piece := file.read(CHUNK_BYTES):
                if has_lines and piece.isspace():
                    continue
                pieces.append(piece)
                line_bytes = 0 if b"\n" in piece else line_bytes + len(piece)
                if has_lines and line_bytes > LONGEST_RECORD_BYTES:
                    raise endless_line(self.path, "A line")
        return b"".join(pieces)


class Unpacked:
    """A file being read from its beginning to its end, unpacked and counted.

    Args:
        file: What unpacks it.
        path: The packed file.
        is_packed: Whether it is packed at all.
    """

    def __init__(self, file: BinaryIO, path: Path, *, is_packed: bool) -> None:
        self._file = file
        self._path = path
        self._num_bytes = 0
        packed_bytes = path.stat().st_size
        self._most = max(MOST_UNPACKED_BYTES, MOST_TIMES * packed_bytes) if is_packed else None

    def __enter__(self) -> Unpacked:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def read(self, size: int) -> bytes:
        """Read as many bytes, fewer only near the end, none at the end.

        Raises:
            DataError: The file is damaged, or unpacks to more than a table would.
        """
        try:
            data = self._file.read(size)
        except DAMAGE as error:
            raise DataError(
                f"{self._path.name} could not be read to its end ({error}). It is damaged or cut "
                "off; get it again.",
                file=self._path.name,
            ) from None
        self._num_bytes += len(data)
        if self._most is not None and self._num_bytes > self._most:
            raise DataError(
                f"{self._path.name} unpacks to more than {MOST_UNPACKED_BYTES / 2**20:.3g} MiB, "
                f"more than {MOST_TIMES} times its size, which tables hardly do. If it is a table, "
                "unpack it and give that file.",
                file=self._path.name,
            )
        return data


def find_content(path: Path) -> Content:
    """Find out how a file is packed, from its first bytes, and what it holds.

    Raises:
        DataError: It cannot be opened, is not packed as its name says, or is an archive that does
            not hold exactly one table.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise cannot_open(path, error) from None
    packings = (packing for magic, packing in _BY_FIRST_BYTES if magic.match(head))
    packing = next(packings, Packing.NONE)
    suffix = path.suffix.lower()
    if packing is Packing.NONE and suffix and suffix in [known.value for known in Packing]:
        raise DataError(
            f"{path.name} is called {suffix} but does not begin like such a file. Get it again, or "
            f"take {suffix} off its name if it is not packed.",
            file=path.name,
        )
    if packing is Packing.ZIP:
        return _look_into(path)
    is_named = packing is not Packing.NONE and suffix == packing.value
    return Content(path=path, packing=packing, name=path.stem if is_named else path.name)


def _look_into(path: Path) -> Content:
    """Find the one table in a zip archive; a workbook is such an archive and one table itself."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member.filename for member in archive.infolist() if not member.is_dir()]
    except DAMAGE as error:
        raise cannot_open(path, error) from None
    if WORKBOOK_PART in members:
        return Content(path=path, packing=Packing.NONE, name=path.name)
    for part, what, advice in _OFFICE_PARTS:
        if part in members:
            raise DataError(f"{path.name} is {what}, not a table. {advice}.", file=path.name)
    files = [member for member in members if not is_of_the_system(member)]
    tables = _tables_among(files)
    if len(tables) != 1:
        raise _not_one_table(path, tables or files)
    others = len(files) - 1
    note = f"the table {tables[0]} of the archive" + (
        f", other files in it: {others}" * (others > 0)
    )
    return Content(path=path, packing=Packing.ZIP, name=tables[0], notes=(note,))


def is_of_the_system(member: str) -> bool:
    """Tell what a file manager adds to archives: resource forks and settings of folders."""
    name = member.rpartition("/")[2]
    return (
        name.startswith("._")
        or name in _OF_THE_SYSTEM
        or ("__MACOSX" in member and "__MACOSX" in member.split("/"))
    )


def is_office_file(members: Collection[str]) -> bool:
    """Whether a zip archive with these files is a workbook or a document, pictures in it or not."""
    return not _MARKS_OF_OFFICE.isdisjoint(members)


def is_table_path(name: str) -> bool:
    """Whether a path or the name of a file ends as those of tables do."""
    return name.lower().endswith(_TABLE_ENDINGS)


def _tables_among(files: Collection[str]) -> list[str]:
    """The files that are tables by their name; if none is, then texts, else whatever is there."""
    for endings in (_TABLE_ENDINGS, (".txt",)):
        tables = [file for file in files if PurePosixPath(file).suffix.lower() in endings]
        if tables:
            return tables
    return list(files)


def _not_one_table(path: Path, files: Collection[str]) -> DataError:
    if not files:
        return DataError(f"{path.name} is an archive without files.", file=path.name)
    listed = quote_all(list(files)[:5]) + (", …" if len(files) > 5 else "")
    return DataError(
        f"{path.name} holds {len(files)} files that may be tables: {listed}. Unpack it and give "
        "one of them, or a pattern such as 'folder/*.csv' if all have the same columns.",
        file=path.name,
    )


def endless_line(path: Path, line: str) -> DataError:
    """Build the error for a line that does not end.

    Args:
        path: The file.
        line: Which line it is: `The first line`.
    """
    return DataError(
        f"{line} of {path.name} is longer than {LONGEST_RECORD_BYTES / 2**20:.3g} MiB. Give a "
        "table that has a line for each row.",
        file=path.name,
    )


def cannot_open(path: Path, error: Exception) -> DataError:
    """Build the error for a file that cannot be opened or unpacked."""
    if isinstance(error, OSError) and error.strerror:
        return DataError(
            f"{path} cannot be opened: {error.strerror}. Check that you may read it.",
            file=path.name,
        )
    return DataError(
        f"{path.name} cannot be unpacked ({error}). It is damaged, cut off, or has a password; "
        "get it again, or unpack it and give that file.",
        file=path.name,
    )
