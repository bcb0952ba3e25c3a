"""Which table a model was trained on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pellucid.files.fields import Fields


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Which table a model was trained on, for whoever is about to replace it.

    Attributes:
        table: The file's name.
        place: The first digits of the SHA-256 of its whole path: it tells two files of one name
            apart, and a model file need not say in which folder its table was.
    """

    table: str
    place: str

    @classmethod
    def of(cls, data: str | Path) -> Origin:
        """The origin of what is trained on a path or pattern."""
        path = Path(data).expanduser()
        whole = str(path.absolute()).encode("utf-8", "replace")
        return cls(table=path.name, place=hashlib.sha256(whole).hexdigest()[:12])

    @classmethod
    def from_json(cls, plain: Fields) -> Origin:
        """The origin that a model file names."""
        return cls(table=plain.text("table"), place=plain.text("place"))


def origin_of(record: Fields) -> Origin | None:
    """The table that a record names, for who need not know the rest; None in older files."""
    return None if record.is_null("origin") else Origin.from_json(record.inner("origin"))
