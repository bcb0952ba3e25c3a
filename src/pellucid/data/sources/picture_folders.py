"""The pictures of a folder: which files are such, what is left aside and why."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pellucid.data.pictures.formats import (
    HEAD_BYTES,
    TAIL_BYTES,
    UNREAD_ENDINGS,
    begins_like_picture,
    ends_like_picture,
    is_picture_path,
)
from pellucid.data.sources.unpacking import is_of_the_system
from pellucid.wording import count_of, some_of


@dataclass(kw_only=True)
class FolderContent:
    """What is in a folder, every path relative to it.

    Attributes:
        root: The folder.
        pictures: Paths of the pictures, sorted; with "/" everywhere.
        folders: All folders in it.
        broken: Pictures that cannot be decoded, and why.
        others: Files that are no pictures, and hidden ones.
        unread: Pictures of kinds that are not decoded.
        links: Links that lead outside the folder, and all links to folders.
        unnamed: Files and folders whose names are no text, escaped.
    """

    root: Path
    pictures: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def notes(self) -> tuple[str, ...]:
        """What was left aside, in words."""
        broken = [f"{path} {reason}" for path, reason in self.broken.items()]
        unread = ("picture of a kind that is not read", "pictures of kinds that are not read")
        found = (
            (count_of(len(broken), "broken picture"), broken),
            (count_of(len(self.unread), *unread), self.unread),
            (count_of(len(self.links), "link to elsewhere", "links to elsewhere"), self.links),
            (
                count_of(len(self.unnamed), "name that is not UTF-8", "names that are not UTF-8"),
                self.unnamed,
            ),
            (count_of(len(self.others), "other file"), self.others),
        )
        return tuple(f"{count} left out: {some_of(names)}" for count, names in found if names)


def list_folder(root: Path) -> FolderContent:
    """Find the pictures in a folder and the folders in it.

    A picture is looked at where that is quick: whether it begins and ends as such files do. If it
    does not, decoding it tells whether it is broken.
    """
    content = FolderContent(root=root)
    inside = root.resolve()
    for path in _walk(root, content):
        name = PurePosixPath(path)
        if name.name.startswith(".") or is_of_the_system(path):
            content.others.append(path)
        elif (root / path).is_symlink() and not _leads_inside(root / path, inside):
            content.links.append(path)
        elif is_picture_path(path) or (not name.suffix and _begins_well(root / path)):
            _add(content, path)
        elif name.suffix.lower() in UNREAD_ENDINGS:
            content.unread.append(path)
        else:
            content.others.append(path)
    return content


def _walk(root: Path, content: FolderContent) -> Iterator[str]:
    """Yield the files below a folder, sorted, and note its folders."""
    for place, folders, names in os.walk(root):
        below = Path(place).relative_to(root)
        odd = [name for name in (*folders, *names) if not _is_text(name)]
        content.unnamed += sorted(_escaped((below / name).as_posix()) for name in odd)
        folders[:] = [name for name in folders if _is_text(name)]
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        content.links += [(below / name).as_posix() for name in links]
        seen = [name for name in folders if not name.startswith(".") and name not in links]
        folders[:] = sorted(name for name in seen if not is_of_the_system(name))
        content.folders += [(below / name).as_posix() for name in folders]
        yield from ((below / name).as_posix() for name in sorted(names) if _is_text(name))


def _is_text(name: str) -> bool:
    """Whether a name is UTF-8; Python holds other bytes of a name as characters of their own."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _escaped(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _leads_inside(link: Path, inside: Path) -> bool:
    try:
        return link.resolve(strict=True).is_relative_to(inside)
    except (OSError, RuntimeError):  # to nothing, or to itself
        return False


def _begins_well(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return begins_like_picture(file.read(HEAD_BYTES))
    except OSError:
        return False


def _add(content: FolderContent, path: str) -> None:
    reason = "" if _looks_whole(content.root / path) else _why_broken(content.root / path)
    if reason:
        content.broken[path] = reason
    else:
        content.pictures.append(path)


def _looks_whole(path: Path) -> bool:
    """Whether it begins and ends like a picture; false where only decoding it tells."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
            return begins_like_picture(head) and ends_like_picture(head, file.read())
    except OSError:
        return False


def _why_broken(path: Path) -> str:
    from pellucid.data.pictures.decoding import why_unreadable

    return why_unreadable(str(path), None)
