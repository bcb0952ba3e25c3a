"""Zip and tar archives of pictures, unpacked into a folder for a while.

An archive is not trusted: what would be written outside the folder, links and devices are left
out, only pictures are unpacked, and no more bytes than pictures would hardly have.
"""

from __future__ import annotations

import shutil
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from pellucid.data.pictures.formats import UNREAD_ENDINGS, is_picture_path
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


def unpack_pictures(path: Path) -> tuple[ScratchFolder, Path, tuple[str, ...]]:
    """Unpack the pictures of an archive.

    Returns:
        A folder, which whoever reads the pictures keeps as long, where in it they are, and what
        was left out.

    Raises:
        DataError: It is damaged, or unpacks to far more than its size.
    """
    scratch = ScratchFolder()
    root = scratch.path / "pictures"
    root.mkdir()
    outside: list[str] = []
    left = max(MOST_UNPACKED_BYTES, MOST_TIMES * path.stat().st_size)
    try:
        with _members(path) as members:
            for name, file in members:
                place = _place_of(name)
                if place is None or (file is None and is_picture_path(name)):
                    outside.append(name)
                elif file is not None and _is_wanted(place):
                    left -= _write(file, root / place, left, path)
    except (*DAMAGE, tarfile.TarError) as error:
        scratch.close()
        raise cannot_open(path, error) from error
    except BaseException:
        scratch.close()
        raise
    if not outside:
        return scratch, root, ()
    what = count_of(len(outside), "entry", "entries")
    return scratch, root, (f"{what} left out, links or out of the folder: {some_of(outside)}",)


def _is_wanted(place: PurePosixPath) -> bool:
    """Whether a file is unpacked: pictures, and what the listing of the folder will then name."""
    is_named = is_picture_path(place.name) or place.suffix.lower() in UNREAD_ENDINGS
    return (is_named or not place.suffix) and not is_of_the_system(str(place))


def _place_of(name: str) -> PurePosixPath | None:
    """Where a member goes below the folder; None if it would not stay there."""
    place = PurePosixPath(name.replace("\\", "/"))
    is_odd = any(part == ".." or ":" in part or "\0" in part for part in place.parts)
    return None if is_odd or place.is_absolute() or not place.parts else place


def _write(file: IO[bytes], place: Path, left: int, path: Path) -> int:
    """Write a file, and return how many bytes it has."""
    place.parent.mkdir(parents=True, exist_ok=True)
    num_bytes = 0
    with place.open("wb") as out:
        while piece := file.read(CHUNK_BYTES):
            num_bytes += len(piece)
            if num_bytes > left or len(piece) > shutil.disk_usage(place.parent).free:
                raise DataError(
                    f"The pictures of {path.name} unpack to more than {MOST_TIMES} times its size, "
                    "which pictures hardly do, or than there is space for. Unpack it yourself and "
                    "give the folder.",
                    file=path.name,
                )
            out.write(piece)
    return num_bytes


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
