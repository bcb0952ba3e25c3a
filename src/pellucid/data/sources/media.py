"""What the files of a folder hold, a row of a table each: pictures or texts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from pellucid.data.pictures import formats as pictures
from pellucid.data.sources.unpacking import is_of_the_system

IMAGE, TEXT, LABEL = "image", "text", "label"
"""The columns of tables of pictures and of texts."""

TEXT_ENDINGS = (
    *(".txt", ".text", ".md", ".markdown", ".rst", ".org", ".adoc", ".tex", ".srt"),
    *(".html", ".htm", ".xhtml", ".eml"),
)
DOCUMENT_ENDINGS = (
    *(".pdf", ".doc", ".docx", ".odt", ".rtf", ".pages", ".epub", ".mobi", ".ps"),
    *(".msg", ".pst", ".mbox", ".ppt", ".pptx", ".odp"),
)
"""Texts too, but within what is not read."""

_ENDING = re.compile(r"\.[a-z][a-z0-9_]{0,9}")


@dataclass(frozen=True, kw_only=True)
class Medium:
    """One of the two.

    Attributes:
        column: The column of a table that holds them.
        noun: What one is called.
        endings: How their files end.
        unread_endings: How files of their like end that are not read.
        needs_ending: Whether a file without an ending is one only if its first bytes say so.
        has_titles: Whether such files beside the folders of classes say something of the whole,
            as a README does, and are no rows.
        in_tables: What a column of a table may hold of them.
        rows_at_once: Of a large file, how many rows with such cells are in memory together.
        remedy: What to give where no file can be read.
    """

    column: str
    noun: str
    endings: tuple[str, ...]
    unread_endings: tuple[str, ...]
    needs_ending: bool
    has_titles: bool
    in_tables: str
    rows_at_once: int
    remedy: str

    def is_path(self, path: str) -> bool:
        """Whether a path ends as those of such files do."""
        ending = ending_of(path)
        return ending in self.endings or not (ending or self.needs_ending)

    def is_unread(self, path: str) -> bool:
        """Whether a path ends as those of their like do that are not read."""
        return ending_of(path) in self.unread_endings


def ending_of(path: str) -> str:
    """The ending of a path in small letters, ".txt"; "" where what follows the last dot is none.

    Messages are often called by numbers, dates or digests with dots in them.
    """
    ending = os.path.splitext(path)[1].lower()  # noqa: PTH122 - a million paths are slow as objects
    return ending if _ENDING.fullmatch(ending) else ""


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden, or put there by a file manager."""
    return name.startswith(".") or is_of_the_system(name)


PICTURES = Medium(
    column=IMAGE,
    noun="picture",
    endings=pictures.ENDINGS,
    unread_endings=pictures.UNREAD_ENDINGS,
    needs_ending=True,
    has_titles=False,
    in_tables="their paths",
    rows_at_once=1_024,
    remedy="Give whole files, such as JPEG or PNG, that lie in the folder themselves",
)
TEXTS = Medium(
    column=TEXT,
    noun="text",
    endings=TEXT_ENDINGS,
    unread_endings=DOCUMENT_ENDINGS,
    needs_ending=False,
    has_titles=True,
    in_tables="such texts",
    rows_at_once=8_192,
    remedy="Give files of plain text, such as .txt or .html, that lie in the folder themselves",
)
MEDIA = {medium.column: medium for medium in (PICTURES, TEXTS)}
"""Both, by the column of their tables."""
