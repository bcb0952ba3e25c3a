"""Pictures and texts as tables: a row for each, with its class where its folder says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.sources.archives import unpack
from pellucid.data.sources.folder_classes import Layout, layout_of
from pellucid.data.sources.folder_sources import FolderSource, Form
from pellucid.data.sources.folders import FolderContent, list_folder
from pellucid.data.sources.idx_tables import idx_facts
from pellucid.data.sources.media import LABEL, PICTURES, TEXTS
from pellucid.data.sources.text_files import warn_of_long
from pellucid.data.sources.text_tables import ReadTexts, blocks_of, read_archived, read_files
from pellucid.data.sources.unpacking import is_table_path
from pellucid.errors import DataError

Facts = dict[str, Any]
ReadSome = Callable[[Sequence[str]], ReadTexts]


def folder_facts(
    source: FolderSource, *, encoding: str | None = None, rows: int | None = None
) -> Iterator[Facts]:
    """Yield what makes tables of pictures or texts: the fields of `Table`.

    Args:
        source: From `folder_source`.
        encoding: Encoding of texts; None to find that of each.
        rows: Texts that are read at once; None for all. The paths of pictures come at once.

    Raises:
        DataError: There is none that can be read, or files do not go together.
    """
    facts = {"name": source.path.resolve().name, "consists_of": source.medium.column}
    if source.form is Form.IDX:
        found = idx_facts(source)
    elif source.medium is TEXTS:
        found = _texts(source, facts["name"], encoding, rows)
    else:
        found = _pictures(source)
    yield from (facts | more for more in found)


def _pictures(source: FolderSource) -> Iterator[Facts]:
    column, name = PICTURES.column, source.path.resolve().name
    if source.form is Form.FILES:
        yield {"frame": pl.DataFrame({column: [str(file) for file in source.files]})}
        return
    root, scratch, before = source.path, None, None
    if source.form is Form.ARCHIVE:
        scratch, root, before = unpack(source.path, PICTURES)
    listed = _Listed.of(list_folder(root, PICTURES), name, before or ())
    yield {
        **listed.facts(pl.Series(column, listed.paths), slice(None)),
        "notes": listed.notes(),
        "folder": root,
        "scratch": scratch,
    }


def _texts(
    source: FolderSource, name: str, encoding: str | None, rows: int | None
) -> Iterator[Facts]:
    notes: tuple[str, ...] = ()
    if source.form is Form.ARCHIVE:
        archived = read_archived(source.path, encoding)
        content, notes = archived.content, archived.notes
        read: ReadSome = archived.take
    else:
        content = _content_of(source)
        read = partial(read_files, content, encoding=encoding)
    is_folder = source.form is not Form.FILES
    listed = _Listed.of(content, name, notes) if is_folder else _Listed.bare(content)
    told, have_any = listed.notes(), False
    for block in blocks_of(listed.paths, rows):
        texts = read(listed.paths[block])
        content.broken |= texts.broken
        warn_of_long(name, texts.long)
        if texts.places:
            column = texts.column().alias(TEXTS.column)
            places = np.array(texts.places) + block.start
            names = pl.Series(listed.paths[block], dtype=pl.String)[texts.places]
            facts = {"row_names": names, "notes": (*told, *texts.notes())}
            yield listed.facts(column, places) | facts
            told, have_any = (), True
    if not have_any:
        raise _nothing(content, name, notes)


def _content_of(source: FolderSource) -> FolderContent:
    """The files of a folder; or those that were given by themselves, under their own names."""
    if source.form is Form.FOLDER:
        return list_folder(source.path, TEXTS)
    return FolderContent(root=Path(), medium=TEXTS, files=[str(file) for file in source.files])


@dataclass(frozen=True, kw_only=True)
class _Listed:
    """The files that become rows.

    Attributes:
        content: All files.
        layout: What their folders say.
        paths: Those that become rows.
        before: What was told before.
    """

    content: FolderContent
    layout: Layout
    paths: list[str]
    before: tuple[str, ...]

    @classmethod
    def of(cls, content: FolderContent, name: str, notes: tuple[str, ...]) -> _Listed:
        """Understand where files lie.

        Raises:
            DataError: There are none.
        """
        if not content.files:
            raise _nothing(content, name, notes)
        layout = layout_of(content.files, content.folders, content.medium)
        paths = [content.files[at] for at in layout.chosen]
        _check_no_table(content, name, len({*layout.labels} - {None}))
        return cls(content=content, layout=layout, paths=paths, before=notes)

    @classmethod
    def bare(cls, content: FolderContent) -> _Listed:
        """Files that were given by themselves: their folders say nothing."""
        paths = content.files
        everything = list(range(len(paths)))
        layout = Layout(labels=[None] * len(paths), parts=None, chosen=everything, notes=())
        return cls(content=content, layout=layout, paths=paths, before=())

    @cached_property
    def labels(self) -> pl.Series:
        """The class of each row."""
        return pl.Series(LABEL, self.layout.labels, dtype=pl.String)

    @cached_property
    def parts(self) -> npt.NDArray[np.str_] | None:
        """What each row is for."""
        return None if self.layout.parts is None else np.array(self.layout.parts)

    def facts(self, column: pl.Series, places: Any) -> Facts:
        """Those of some rows.

        Args:
            column: Their pictures or texts.
            places: Which of `paths` they are.
        """
        has_classes = self.labels.count() > 0
        return {
            "frame": pl.DataFrame([column, *([self.labels[places]] if has_classes else [])]),
            "declared": (LABEL,) if has_classes else (),
            "parts": None if self.parts is None else self.parts[places],
        }

    def notes(self) -> tuple[str, ...]:
        """What was noticed about the files."""
        return (*self.before, *self.layout.notes, *self.content.notes())


def _nothing(content: FolderContent, name: str, notes: tuple[str, ...]) -> DataError:
    medium = content.medium
    told = "".join(f" {note}." for note in (*notes, *content.notes()))
    return DataError(
        f"{name} has no {medium.noun} that can be read.{told} {medium.remedy}.", file=name
    )


def _check_no_table(content: FolderContent, name: str, num_classes: int) -> None:
    """Refuse files without several classes beside a table, which may hold their targets."""
    medium = content.medium
    table = next((path for path in content.others if is_table_path(path) and "/" not in path), None)
    if table is not None and num_classes < 2:
        raise DataError(
            f"{name} holds {medium.noun}s and the table {table}, but no folder for each of several "
            f"classes. Give the table, if it has a column of {medium.in_tables}; or take it out of "
            "the folder.",
            file=name,
        )
