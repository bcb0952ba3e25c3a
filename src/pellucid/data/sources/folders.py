"""The pictures or texts of a folder: which files are such, what is left aside and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pellucid.data.pictures.formats import (
    HEAD_BYTES,
    TAIL_BYTES,
    begins_like_picture,
    ends_like_picture,
)
from pellucid.data.sources.media import PICTURES, Medium, ending_of, is_hidden
from pellucid.wording import count_of, some_of


@dataclass(kw_only=True)
class FolderContent:
    """What is in a folder or an archive, every path relative to it.

    Attributes:
        root: The folder; of an archive its path.
        medium: What its files hold.
        files: Paths of the pictures or texts, those of a folder sorted, before those of the folders
            in it; with "/" everywhere.
        folders: All folders in it.
        broken: Files that are none after all, and why.
        others: Files that are no pictures or no texts, and hidden ones.
        unread: Those of kinds that are not read.
        links: Links that lead outside the folder, and all links to folders.
        unnamed: Files and folders whose names are no text, escaped.
        closed: Folders that may not be read.
    """

    root: Path
    medium: Medium
    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def is_wanted(self, path: str) -> bool:
        """Whether a file is one by its name; if not, it is noted as what it is."""
        if is_hidden(path.rpartition("/")[2]):
            self.others.append(path)
        elif self.medium.is_path(path):
            return True
        elif self.medium.is_unread(path):
            self.unread.append(path)
        else:
            self.others.append(path)
        return False

    def notes(self) -> tuple[str, ...]:
        """What was left aside, in words."""
        noun = self.medium.noun
        unread = (f"{noun} of a kind that is not read", f"{noun}s of kinds that are not read")
        closed = ("folder that may not be read", "folders that may not be read")
        found = (
            (count_of(len(self.closed), *closed), self.closed),
            (count_of(len(self.broken), f"broken {noun}"), self._broken()),
            (count_of(len(self.unread), *unread), self.unread),
            (count_of(len(self.links), "link to elsewhere", "links to elsewhere"), self.links),
            (
                count_of(len(self.unnamed), "name that is not UTF-8", "names that are not UTF-8"),
                self.unnamed,
            ),
            (count_of(len(self.others), "other file"), self.others),
        )
        return tuple(f"{count} left out: {some_of(names)}" for count, names in found if names)

    def _broken(self) -> list[str]:
        return [f"{path} {reason}" for path, reason in self.broken.items()]


def list_folder(root: Path, medium: Medium) -> FolderContent:
    """Find the pictures or texts in a folder and the folders in it.

    No file is asked for its properties: what the folder tells of it is enough. A picture is looked
    at where that is quick: whether it begins and ends as such files do. If it does not, decoding it
    tells whether it is broken.
    """
    content = FolderContent(root=root, medium=medium)
    inside = root.resolve()
    for path, entry in _walk(root, content):
        if entry.is_symlink() and not _leads_inside(root / path, inside):
            content.links.append(path)
        elif _is_picture_within(medium, root, path) or content.is_wanted(path):
            _add(content, path, entry)
    return content


def _add(content: FolderContent, path: str, entry: os.DirEntry[str]) -> None:
    if content.medium is PICTURES:
        reason = _why_no_picture(content.root / path)
    else:  # reading it tells, but a pipe would never end
        reason = "" if entry.is_file() else "is no file"
    if reason:
        content.broken[path] = reason
    else:
        content.files.append(path)


def _walk(root: Path, content: FolderContent) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield the files below a folder, sorted, and note its folders."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        folders, files = _entries(root, below, content)
        content.folders += folders
        yield from files
        waiting += reversed([f"{folder}/" for folder in folders])


def _entries(
    root: Path, below: str, content: FolderContent
) -> tuple[list[str], list[tuple[str, os.DirEntry[str]]]]:
    """The folders and files right in a folder; `below` is its path with "/" at the end, or ""."""
    try:
        with os.scandir(root / below) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        content.closed.append(below.rstrip("/") or root.name)
        return [], []
    folders, files = [], []
    for entry in found:
        if not _is_text(entry.name):
            content.unnamed.append(_escaped(below + entry.name))
        elif not entry.is_dir():
            files.append((below + entry.name, entry))
        elif entry.is_symlink():
            content.links.append(below + entry.name)
        elif not is_hidden(entry.name):
            folders.append(below + entry.name)
    return folders, files


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8; Python holds other bytes of a name as characters of their own."""
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)


def _escaped(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _leads_inside(link: Path, inside: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(inside)
    except (OSError, RuntimeError):  # to nothing, or to itself
        return False


def _is_picture_within(medium: Medium, root: Path, path: str) -> bool:
    """Whether the first bytes of a file without an ending say that it is a picture."""
    if not medium.needs_ending or ending_of(path) or is_hidden(path.rpartition("/")[2]):
        return False
    try:
        with (root / path).open("rb") as file:
            return begins_like_picture(file.read(HEAD_BYTES))
    except OSError:
        return False


def _why_no_picture(path: Path) -> str:
    """Why a file is no picture; looked at where that is quick, else decoded."""
    if _looks_whole(path):
        return ""
    from pellucid.data.pictures.decoding import why_unreadable

    return why_unreadable(str(path), None)


def _looks_whole(path: Path) -> bool:
    """Whether it begins and ends like a picture; false where only decoding it tells."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            is_begun = begins_like_picture(head)
            return is_begun and ends_like_picture(head, file.read())
    except OSError:
        return False
