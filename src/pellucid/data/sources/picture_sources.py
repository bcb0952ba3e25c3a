"""Which paths stand for pictures and not for a table: nothing heavy is imported to tell.

A folder, a zip or tar archive of one, single pictures, and the idx files of MNIST.
"""

from __future__ import annotations

import enum
import glob
import os
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pellucid.data.pictures.formats import UNREAD_ENDINGS, is_picture_path
from pellucid.data.sources.idx_files import is_idx_name
from pellucid.data.sources.unpacking import (
    DAMAGE,
    is_of_the_system,
    is_office_file,
    is_table_path,
)

IMAGE, LABEL = "image", "label"
"""The columns of a table of pictures."""


class Form(enum.Enum):
    """How pictures come."""

    FOLDER = "a folder of pictures"
    ARCHIVE = "an archive of pictures"
    FILES = "pictures"
    IDX = "idx files"


@dataclass(frozen=True, kw_only=True)
class PictureSource:
    """Pictures that a path stands for.

    Attributes:
        form: How they come.
        path: As it was given.
        files: Of single pictures and idx files: which.
    """

    form: Form
    path: Path
    files: tuple[Path, ...] = ()


def picture_source(path: Path) -> PictureSource | None:
    """The pictures that a path or pattern stands for; None where it stands for a table, or nothing.

    Args:
        path: A folder, a file or a pattern.
    """
    try:
        if path.is_dir():
            return _in_folder(path)
        if path.is_file():
            return _in_file(path)
    except OSError:  # a name longer than any file's, or what may not be read: reading tells
        return None
    files = sorted(Path(name) for name in glob.glob(str(path), recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
    if files and all(is_picture_path(file.name) for file in files):
        return PictureSource(form=Form.FILES, path=path, files=tuple(files))
    return None


def target_named_by(path: str | Path) -> str | None:
    """The column to predict where a path itself says so: the classes of pictures; else None."""
    return None if picture_source(Path(path).expanduser()) is None else LABEL


def _in_folder(path: Path) -> PictureSource | None:
    idx = tuple(sorted(file for file in path.iterdir() if is_idx_name(file.name)))
    if idx:
        return PictureSource(form=Form.IDX, path=path, files=idx)
    if any(is_picture_path(name) or _is_unread(name) for name in _names_below(path)):
        return PictureSource(form=Form.FOLDER, path=path)
    return None


def _is_unread(name: str) -> bool:
    """Whether it is a picture of a kind that is not decoded, which reading the folder tells."""
    return PurePosixPath(name).suffix.lower() in UNREAD_ENDINGS


def _in_file(path: Path) -> PictureSource | None:
    if is_picture_path(path.name):
        return PictureSource(form=Form.FILES, path=path, files=(path,))
    if is_idx_name(path.name):
        return PictureSource(form=Form.IDX, path=path, files=(path,))
    if _is_archive_of_pictures(path):
        return PictureSource(form=Form.ARCHIVE, path=path)
    return None


def _names_below(folder: Path) -> Iterator[str]:
    for _, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (name for name in names if not name.startswith("."))


def _is_archive_of_pictures(path: Path) -> bool:
    """Whether an archive holds pictures, and no table that would be meant instead."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return _are_pictures(archive.namelist())
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as members:
                return _are_pictures([member.name for member in members if member.isfile()])
    except (*DAMAGE, tarfile.TarError):  # which opening it as a table will tell
        return False
    return False


def _are_pictures(members: list[str]) -> bool:
    """Whether files of an archive are pictures: a table goes first, unless it lies in a class."""
    if is_office_file(members):
        return False
    pictures = Counter(PurePosixPath(name).parent for name in members if _is_picture(name))
    tables = Counter(PurePosixPath(name).parent for name in members if _is_table(name))
    is_in_class = len(pictures) > 1 and all(tables[at] < pictures[at] for at in tables)
    return bool(pictures) and (not tables or is_in_class)


def _is_table(member: str) -> bool:
    return is_table_path(member) and not is_of_the_system(member)


def _is_picture(member: str) -> bool:
    return is_picture_path(member) and not is_of_the_system(member)
