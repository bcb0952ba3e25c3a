"""The idx files of MNIST and its kin: which files are such, and which belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pellucid.errors import DataError

_NAME = re.compile(r"(?P<stem>.*?)[-_.]?(?P<what>images|labels)[-_.]?idx\d([-_.]u?byte)?(\.gz)?$")


@dataclass(frozen=True, kw_only=True)
class IdxPair:
    """A file of pictures, and the file of their labels.

    Attributes:
        stem: What both begin with: "train".
        images: The pictures' file.
        labels: The labels'; None where there is none.
    """

    stem: str
    images: Path
    labels: Path | None


def is_idx_name(name: str) -> bool:
    """Whether a file is called as such files are: "train-images-idx3-ubyte.gz"."""
    return _NAME.match(name.lower()) is not None


def idx_pairs(files: Sequence[Path]) -> list[IdxPair]:
    """Which files belong together, by what they are called.

    Args:
        files: All of a folder, or one, whose partner is looked for beside it.

    Raises:
        DataError: There are labels without their pictures.
    """
    there = files if len(files) > 1 else sorted(files[0].parent.iterdir())
    by_stem: dict[str, dict[str, Path]] = {}
    for file in there:
        if found := _NAME.match(file.name.lower()):
            by_stem.setdefault(found["stem"], {})[found["what"]] = file
    own = [(stem, pair) for stem, pair in by_stem.items() if not {*pair.values()}.isdisjoint(files)]
    return [_pair(stem, pair.get("images"), pair.get("labels")) for stem, pair in own]


def _pair(stem: str, images: Path | None, labels: Path | None) -> IdxPair:
    if images is None:
        name = "" if labels is None else labels.name
        raise DataError(
            f"{name} holds labels, but there is no file of their pictures beside it, such as "
            f"{name.replace('labels-idx1', 'images-idx3')}. Put it there.",
            file=name,
        )
    return IdxPair(stem=stem, images=images, labels=labels)
