"""Which paths stand for pictures or texts and not for a table: nothing heavy is imported to tell.

A folder, a zip or tar archive of one, single files, and the idx files of MNIST.
"""

from __future__ import annotations

import enum
import glob
import os
import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO

from pellucid.data.pictures.formats import is_picture_path
from pellucid.data.sources.idx_files import is_idx_name
from pellucid.data.sources.media import LABEL, PICTURES, TEXTS, Medium, ending_of, is_hidden
from pellucid.data.sources.unpacking import (
    DAMAGE,
    is_of_the_system,
    is_office_file,
    is_table_path,
)

ENOUGH_PICTURES, ENOUGH_TEXTS = 1_000, 100_000
"""As many tell what a folder is one of, however many files follow."""

TEXTS_PER_PICTURE = 3
"""A folder with more texts for each picture is one of texts; else they may be its captions."""

MOST_LOOKED_AT = 20
LOOKED_AT_BYTES = 2**16
"""Of how many files whose names do not tell texts from tables so many bytes are looked at."""

MOST_NAMED = 200
"""Of so many files with such names, for some may be empty."""

_TITLES = re.compile(
    r"(read[-_ ]?me|licen[cs]e|copying|notice|authors|change(log|s)|contributing|makefile|_success"
    r"|requirements|manifest|citation|todo)([-_.].*)?$",
    re.IGNORECASE,
)
_OF_TEXTS = ("", *TEXTS.endings)
_PLAIN_ENDINGS = ("", ".txt", ".text")
"""Endings that texts and text tables share."""


class Form(enum.Enum):
    """How pictures or texts come."""

    FOLDER = "a folder"
    ARCHIVE = "an archive"
    FILES = "single files"
    IDX = "idx files"


@dataclass(frozen=True, kw_only=True)
class FolderSource:
    """Pictures or texts that a path stands for.

    Attributes:
        form: How they come.
        medium: Which of the two they are.
        path: As it was given.
        files: Of single files and idx files: which.
    """

    form: Form
    medium: Medium
    path: Path
    files: tuple[Path, ...] = ()

    @property
    def is_single_text(self) -> bool:
        """Whether they are texts by themselves, which a person may call a table."""
        return self.form is Form.FILES and self.medium is TEXTS


def folder_source(path: Path) -> FolderSource | None:
    """The pictures or texts that a path or pattern stands for; None where it stands for a table.

    Args:
        path: A folder, a file or a pattern.
    """
    try:
        if path.is_dir():
            return _in_folder(path)
        if path.is_file():
            return _in_file(path)
    except (OSError, ValueError):  # no name a file could have, or what may not be read
        return None
    files = tuple(sorted(Path(name) for name in glob.glob(str(path), recursive=True)))  # noqa: PTH207 - Path.glob takes no absolute pattern
    return _single(path, files) if files else None


def _single(path: Path, files: tuple[Path, ...]) -> FolderSource | None:
    """Files that were given by themselves."""
    are_pictures = all(is_picture_path(file.name) for file in files)
    if not are_pictures and not (
        all(TEXTS.is_path(file.name) for file in files) and _are_texts(files)
    ):
        return None
    medium = PICTURES if are_pictures else TEXTS
    return FolderSource(form=Form.FILES, medium=medium, path=path, files=files)


def target_named_by(path: str | Path) -> str | None:
    """The column to predict where a path itself says so: the classes of its folders; else None."""
    return None if folder_source(Path(path).expanduser()) is None else LABEL


def _in_folder(path: Path) -> FolderSource | None:
    idx = tuple(sorted(file for file in path.iterdir() if is_idx_name(file.name)))
    if idx:
        return FolderSource(form=Form.IDX, medium=PICTURES, path=path, files=idx)
    census = Census.of(_names_below(path))
    if census.are_pictures():
        return FolderSource(form=Form.FOLDER, medium=PICTURES, path=path)
    files = [path / name for name in census.plain]
    if census.are_texts() and _are_texts(files, in_folders=census.in_folders > 0):
        return FolderSource(form=Form.FOLDER, medium=TEXTS, path=path)
    return None


def _in_file(path: Path) -> FolderSource | None:
    if is_idx_name(path.name):
        return FolderSource(form=Form.IDX, medium=PICTURES, path=path, files=(path,))
    about = path.stat()
    packed = _medium_of_archive(path, about.st_mtime_ns, about.st_size)
    if packed is not None:
        return FolderSource(form=Form.ARCHIVE, medium=packed, path=path)
    return _single(path, (path,))


def _names_below(folder: Path) -> Iterator[str]:
    """Paths of files below a folder, hidden ones left out."""
    top = len(str(folder))
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_hidden(name)]
        below = f"{place[top:].lstrip('/').replace(os.sep, '/')}/".lstrip("/")
        yield from (below + name for name in names if not is_hidden(name))


@dataclass(kw_only=True)
class Census:
    """How many files of each kind there are, by their names.

    Attributes:
        pictures: Pictures, also of kinds that are not read.
        texts: What may be texts, but not what is about a whole folder, such as a README.
        in_folders: How many of them lie in a folder below the others.
        tables: Files that are tables by name.
        plain: The first texts whose names do not tell whether they are tables.
    """

    pictures: int
    texts: int
    in_folders: int
    tables: int
    plain: list[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> Census:
        """Count; no further where it is plain what they are.

        Args:
            names: Paths of files, with "/".
        """
        found = cls(pictures=0, texts=0, in_folders=0, tables=0, plain=[])
        for name in names:
            ending = ending_of(name)
            if ending in PICTURES.endings or ending in PICTURES.unread_endings:
                found.pictures += 1
                if found.pictures >= ENOUGH_PICTURES and found.are_pictures():
                    break
            elif is_table_path(name):
                found.tables += 1
            elif ending in _OF_TEXTS and not _TITLES.match(name.rpartition("/")[2]):
                found.texts += 1
                found.in_folders += "/" in name
                if found.texts >= ENOUGH_TEXTS and found.are_texts():
                    break
                if ending in _PLAIN_ENDINGS and len(found.plain) < MOST_NAMED:
                    found.plain.append(name)
        return found

    def are_pictures(self) -> bool:
        """Whether the files are pictures, others among them or not."""
        return self.pictures > 0 and TEXTS_PER_PICTURE * self.pictures >= self.texts

    def are_texts(self) -> bool:
        """Whether the files are texts: more than all tables, and in folders if there are tables."""
        are_few = TEXTS_PER_PICTURE * self.pictures < self.texts
        return are_few and (not self.tables or self.in_folders > self.tables)


def _are_texts(files: Iterable[Path], *, in_folders: bool = False) -> bool:
    """Whether files that may be texts by their names are such, and not text tables.

    Args:
        files: Of those whose names do not tell, the first with any content tell it for all.
        in_folders: Whether they lie in folders below the one that was given.
    """
    plain = [file for file in files if ending_of(file.name) in _PLAIN_ENDINGS]
    return not plain or _are_heads_of_texts(map(_head_of, plain), in_folders=in_folders)


def _are_heads_of_texts(heads: Iterable[bytes], *, in_folders: bool) -> bool:
    """Any that is a text tells it. If all are of other kinds, folders alone speak for texts."""
    from pellucid.data.sources.text_files import is_prose, is_running_text

    are_like = [
        is_running_text(head) and (in_folders or is_prose(head))
        for head in islice(filter(None, heads), MOST_LOOKED_AT)
    ]
    return any(are_like) or (in_folders and False not in are_like)


def _head_of(path: Path) -> bytes:
    try:
        if not path.is_file():  # a pipe would never end
            return b""
        with path.open("rb") as file:
            return file.read(LOOKED_AT_BYTES)
    except OSError:
        return b""


@lru_cache(maxsize=8)
def _medium_of_archive(path: Path, changed: int, size: int) -> Medium | None:  # noqa: ARG001 - by which an archive that has changed is known
    """What an archive holds; None where it is none, or holds a table that would be meant instead.

    Args:
        path: The file.
        changed: When it was written.
        size: How many bytes it has.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                names = [one.filename for one in archive.infolist() if not one.is_dir()]
                return _medium_of(names, archive.open)
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as members:
                found = {member.name: member for member in members if member.isfile()}
                return _medium_of(list(found), lambda name: members.extractfile(found[name]))
    except (*DAMAGE, tarfile.TarError):  # which opening it as a table will tell
        return None
    return None


def _head_within(file_of: Callable[[str], IO[bytes] | None], name: str) -> bytes:
    """The beginning of a file of an archive; nothing of a damaged one: reading it tells."""
    try:
        file = file_of(name)
        return b"" if file is None else file.read(LOOKED_AT_BYTES)
    except (*DAMAGE, tarfile.TarError):
        return b""


def _medium_of(members: list[str], file_of: Callable[[str], IO[bytes] | None]) -> Medium | None:
    """What files of an archive are: a table goes first, unless it lies in a class."""
    if is_office_file(members):
        return None
    names = [name for name in members if not is_of_the_system(name)]
    census = Census.of(names)
    if census.are_pictures():
        return PICTURES if _are_pictures(names) else None
    if len(names) < 2 or not census.are_texts():
        return None
    in_folders = len({name.rpartition("/")[0] for name in names}) > 1
    heads = (_head_within(file_of, name) for name in census.plain)
    is_told = not census.plain or _are_heads_of_texts(heads, in_folders=in_folders)
    return TEXTS if is_told else None


def _are_pictures(members: list[str]) -> bool:
    pictures = Counter(PurePosixPath(name).parent for name in members if is_picture_path(name))
    tables = Counter(PurePosixPath(name).parent for name in members if is_table_path(name))
    is_in_class = len(pictures) > 1 and all(tables[at] < pictures[at] for at in tables)
    return bool(pictures) and (not tables or is_in_class)
