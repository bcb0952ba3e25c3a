"""Zip and tar archives of pictures or texts, read within bounds.

An archive is not trusted: what would be written outside the folder, links and devices are left
out, only pictures or texts are unpacked, and no more bytes than they would hardly have.
"""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from pellucid.data.sources.media import Medium, ending_of
from pellucid.data.sources.unpacking import (
    CHUNK_BYTES,
    DAMAGE,
    MOST_TIMES,
    MOST_UNPACKED_BYTES,
    cannot_open,
    is_of_the_system,
)
from pellucid.errors import DataError
from pellucid.files.scratch import ScratchFolder
from pellucid.wording import count_of, some_of

Member = tuple[str, IO[bytes] | None]
"""The name of a file in an archive, and its bytes; None for what is no ordinary file."""


class Allowance:
    """How many bytes an archive may still unpack to.

    Args:
        path: The archive.
        medium: What its files hold.
    """

    def __init__(self, path: Path, medium: Medium) -> None:
        self._path, self._noun = path, medium.noun
        self._left = max(MOST_UNPACKED_BYTES, MOST_TIMES * path.stat().st_size)

    def spend(self, num_bytes: int, folder: Path | None = None) -> None:
        """Take as many bytes.

        Args:
            num_bytes: How many came out.
            folder: Where they are going to be written; None for memory.

        Raises:
            DataError: There are too many, or there is no space for them.
        """
        self._left -= num_bytes
        is_full = folder is not None and num_bytes > shutil.disk_usage(folder).free
        if self._left < 0 or is_full:
            raise DataError(
                f"The {self._noun}s of {self._path.name} unpack to more than {MOST_TIMES} times "
                f"its size, which {self._noun}s hardly do, or than there is space for. Unpack it "
                "yourself and give the folder.",
                file=self._path.name,
            )


def read_archive(
    path: Path, medium: Medium, take: Callable[[str, IO[bytes], Allowance], None]
) -> tuple[str, ...]:
    """Go through the pictures or texts of an archive in the order in which they stand there.

    Args:
        path: The archive.
        medium: What its files hold.
        take: Gets the path of each, which stays below the archive's folder, its bytes, and what it
            may still unpack to. Also of files that are not read, to be told of.

    Returns:
        What was left out, in words.

    Raises:
        DataError: It is damaged, or unpacks to far more than its size.
    """
    outside: list[str] = []
    allowance = Allowance(path, medium)
    try:
        with _members(path) as members:
            for name, file in members:
                place = _place_of(name)
                if place is None or (file is None and ending_of(name) in medium.endings):
                    outside.append(name)
                elif file is not None and not is_of_the_system(str(place)):
                    take(str(place), file, allowance)
    except (*DAMAGE, tarfile.TarError) as error:
        raise cannot_open(path, error) from error
    if not outside:
        return ()
    what = count_of(len(outside), "entry", "entries")
    return (f"{what} left out, links or out of the folder: {some_of(outside)}",)


def unpack(path: Path, medium: Medium) -> tuple[ScratchFolder, Path, tuple[str, ...]]:
    """Unpack the pictures or texts of an archive.

    Returns:
        A folder, which whoever reads the files keeps as long, where in it they are, and what was
        left out.

    Raises:
        DataError: It is damaged, or unpacks to far more than its size.
    """
    scratch = ScratchFolder()
    root = scratch.path / f"{medium.noun}s"
    root.mkdir()

    def write(place: str, file: IO[bytes], allowance: Allowance) -> None:
        if not (medium.is_path(place) or medium.is_unread(place) or not ending_of(place)):
            return
        target = root / place
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            while piece := file.read(CHUNK_BYTES):
                allowance.spend(len(piece), target.parent)
                out.write(piece)

    try:
        return scratch, root, read_archive(path, medium, write)
    except BaseException:
        scratch.close()
        raise


def _place_of(name: str) -> PurePosixPath | None:
    """Where a member goes below the folder; None if it would not stay there."""
    place = PurePosixPath(name.replace("\\", "/"))
    is_odd = any(part == ".." or ":" in part or "\0" in part for part in place.parts)
    return None if is_odd or place.is_absolute() or not place.parts else place


@contextmanager
def _members(path: Path) -> Iterator[Iterator[Member]]:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield _zip_members(archive)
    else:
        with tarfile.open(path, "r|*") as members:
            yield _tar_members(members)


def _zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    for member in archive.infolist():
        if not member.is_dir():
            with archive.open(member) as file:
                is_link = stat.S_ISLNK(member.external_attr >> 16)  # the mode, where Unix made it
                yield member.filename, None if is_link else file


def _tar_members(archive: tarfile.TarFile) -> Iterator[Member]:
    for member in archive:
        if not member.isdir():
            yield member.name, archive.extractfile(member) if member.isreg() else None
