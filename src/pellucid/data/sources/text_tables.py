"""Texts of a folder or an archive read, block by block, and what is told of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO

import polars as pl

from pellucid.data.sources.archives import Allowance, read_archive
from pellucid.data.sources.folders import FolderContent
from pellucid.data.sources.media import TEXTS
from pellucid.data.sources.text_files import MOST_BYTES, Doubt, ReadText, decode_text
from pellucid.wording import count_of, some_of

FIRST_BYTES = 2**16
"""How much of a file is asked for first: few texts are longer."""

THREADS, TEXTS_PER_TASK = 8, 64
"""So many files are waited for at once: that is quicker where the disk has to look for them."""

TEXTS_PER_SERIES = 4_096
"""Texts that are in memory twice, as Python and as Polars have them."""


@dataclass(kw_only=True)
class ReadTexts:
    """Texts that were read one after the other.

    Attributes:
        places: Which of the files that were to be read are texts.
        broken: Those that are none, and why.
    """

    places: list[int] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    _doubts: dict[Doubt, list[str]] = field(default_factory=dict)
    _pending: list[str | None] = field(default_factory=list)
    _series: list[pl.Series] = field(default_factory=list)

    def add(self, place: int, path: str, read: ReadText) -> None:
        """Add what one file holds."""
        if read.text is None:
            self.broken[path] = read.reason
            return
        self.places.append(place)
        self._pending.append(None if Doubt.EMPTY in read.doubts else read.text)
        for doubt in read.doubts:
            self._doubts.setdefault(doubt, []).append(path)
        if len(self._pending) >= TEXTS_PER_SERIES:
            self._pack()

    def column(self) -> pl.Series:
        """All of them; missing where a file holds nothing but white space."""
        self._pack()
        return pl.concat(self._series) if self._series else pl.Series(dtype=pl.String)

    @property
    def long(self) -> list[str]:
        """Those of which only the beginning was read."""
        return self._doubts.get(Doubt.LONG, [])

    def notes(self) -> tuple[str, ...]:
        """What was noticed in reading."""
        broken = [f"{path} {reason}" for path, reason in self.broken.items()]
        left = [f"{count_of(len(broken), 'broken text')} left out: {some_of(broken)}"]
        doubts = [
            f"{count_of(len(paths), 'text')} {doubt.value}: {some_of(paths)}"
            for doubt, paths in self._doubts.items()
            if doubt is not Doubt.LONG
        ]
        return (*(left if broken else []), *doubts)

    def _pack(self) -> None:
        if self._pending:
            self._series.append(pl.Series(self._pending, dtype=pl.String))
            self._pending = []


def read_files(
    content: FolderContent, paths: Sequence[str], encoding: str | None = None
) -> ReadTexts:
    """Read texts of a folder.

    Args:
        content: Of the folder.
        paths: Which, relative to it.
        encoding: Of all of them; None to find that of each.
    """
    found = ReadTexts()
    root = str(content.root)

    def read(at: range) -> list[ReadText]:
        return [read_text_file(os.path.join(root, paths[place]), encoding) for place in at]  # noqa: PTH118

    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(paths), TEXTS_PER_SERIES):
            end = min(start + TEXTS_PER_SERIES, len(paths))
            tasks = [
                range(at, min(at + TEXTS_PER_TASK, end)) for at in range(start, end, TEXTS_PER_TASK)
            ]
            texts = chain.from_iterable(pool.map(read, tasks))
            for place, text in zip(range(start, end), texts, strict=True):
                found.add(place, paths[place], text)
    return found


def read_text_file(path: str | Path, encoding: str | None = None) -> ReadText:
    """Read one file as a text; nothing but its beginning if it is very long."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - a path object for each of a million
            return decode_text(_beginning_of(file), encoding)
    except OSError as error:
        return ReadText(None, f"cannot be opened ({error.strerror})")


def _beginning_of(file: IO[bytes]) -> bytes:
    """All bytes of a file, or one more than a text may have."""
    data = file.read(FIRST_BYTES)
    if len(data) < FIRST_BYTES:
        return data
    pieces, num_bytes = [data], len(data)
    while num_bytes <= MOST_BYTES and (piece := file.read(MOST_BYTES + 1 - num_bytes)):
        pieces.append(piece)
        num_bytes += len(piece)
    return b"".join(pieces)


@dataclass(frozen=True, kw_only=True)
class ArchivedTexts:
    """The texts of an archive, all of them read: it has to be gone through from its beginning.

    Attributes:
        content: Which files there are.
        texts: What each of its texts holds.
        notes: What was left out.
    """

    content: FolderContent
    texts: Mapping[str, ReadText]
    notes: tuple[str, ...]

    def take(self, paths: Sequence[str]) -> ReadTexts:
        """Those of some paths."""
        found = ReadTexts()
        for place, path in enumerate(paths):
            found.add(place, path, self.texts[path])
        return found


def read_archived(path: Path, encoding: str | None = None) -> ArchivedTexts:
    """Read the texts of an archive.

    Raises:
        DataError: It is damaged, or unpacks to far more than its size.
    """
    content = FolderContent(root=path, medium=TEXTS)
    texts: dict[str, ReadText] = {}

    def take(place: str, file: IO[bytes], allowance: Allowance) -> None:
        if content.is_wanted(place):
            data = _beginning_of(file)
            allowance.spend(len(data))
            texts[place] = decode_text(data, encoding)

    notes = read_archive(path, TEXTS, take)
    content.files += sorted(texts, key=_place_and_name)
    return ArchivedTexts(content=content, texts=texts, notes=notes)


def _place_and_name(path: str) -> tuple[list[str], str]:
    """By what files are sorted: those of a folder before those of the folders in it."""
    *folders, name = path.split("/")
    return folders, name


def blocks_of(paths: Sequence[str], rows: int | None) -> Iterator[slice]:
    """Places of paths in blocks; one block of all where no number of rows is asked for."""
    step = rows or max(1, len(paths))
    return (slice(start, start + step) for start in range(0, len(paths), step))
