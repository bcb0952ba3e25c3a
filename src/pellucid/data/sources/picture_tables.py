"""Pictures as tables: a row for each, with its class where its folder says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from pellucid.data.sources.idx_files import IdxPair, idx_pairs
from pellucid.data.sources.idx_numbers import read_idx_pair
from pellucid.data.sources.picture_archives import unpack_pictures
from pellucid.data.sources.picture_classes import PART_NAMES, layout_of
from pellucid.data.sources.picture_folders import FolderContent, list_folder
from pellucid.data.sources.picture_sources import IMAGE, LABEL, Form, PictureSource
from pellucid.data.sources.unpacking import is_table_path
from pellucid.errors import DataError
from pellucid.wording import quote_all

if TYPE_CHECKING:
    from pellucid.files.scratch import ScratchFolder


def picture_facts(source: PictureSource) -> Iterator[dict[str, Any]]:
    """Yield what makes tables of pictures: the fields of `Table`.

    Args:
        source: From `picture_source`.

    Raises:
        DataError: There is none that can be read, or files do not go together.
    """
    name = source.path.resolve().name
    if source.form is Form.IDX:
        yield from ({"name": name, **facts} for facts in _idx(source))
    elif source.form is Form.FILES:
        yield {"name": name, "frame": pl.DataFrame({IMAGE: [str(file) for file in source.files]})}
    elif source.form is Form.ARCHIVE:
        scratch, root, notes = unpack_pictures(source.path)
        yield {"name": name, **_folder(root, name, notes, scratch)}
    else:
        yield {"name": name, **_folder(source.path, name)}


def _folder(
    root: Path, name: str, notes: tuple[str, ...] = (), scratch: ScratchFolder | None = None
) -> dict[str, Any]:
    content = list_folder(root)
    if not content.pictures:
        told = ". ".join((*notes, *content.notes()))
        raise DataError(
            f"{name} has no picture that can be read. {told}. Give whole files, such as JPEG or "
            "PNG, that lie in the folder themselves.",
            file=name,
        )
    layout = layout_of(content.pictures, content.folders)
    paths = [content.pictures[at] for at in layout.chosen]
    frame = pl.DataFrame({IMAGE: paths, LABEL: pl.Series(layout.labels, dtype=pl.String)})
    classes = {label for label in layout.labels if label is not None}
    _check_no_table(content, name, len(classes))
    return {
        "frame": frame if classes else frame.drop(LABEL),
        "declared": (LABEL,) if classes else (),
        "parts": None if layout.parts is None else np.array(layout.parts),
        "notes": (*notes, *layout.notes, *content.notes()),
        "folder": root,
        "scratch": scratch,
    }


def _check_no_table(content: FolderContent, name: str, num_classes: int) -> None:
    """Refuse pictures without several classes beside a table, which may hold their targets."""
    table = next((path for path in content.others if is_table_path(path) and "/" not in path), None)
    if table is not None and num_classes < 2:
        raise DataError(
            f"{name} holds pictures and the table {table}, but no folder for each of several "
            "classes. Give the table, if it has a column of their paths; or take it out of the "
            "folder.",
            file=name,
        )


def _idx(source: PictureSource) -> Iterator[dict[str, Any]]:
    pairs = idx_pairs(source.files)
    parts = [_part_of(pair) for pair in pairs]
    if len(pairs) > 1 and (None in parts or len(set(parts)) < len(parts)):
        listed = quote_all([pair.images.name for pair in pairs])
        raise DataError(
            f"{source.path} holds several files of pictures: {listed}. Give one of them; its "
            "labels are found beside it.",
            file=source.path.name,
        )
    label_type = None
    for pair, part in sorted(zip(pairs, parts, strict=True), key=lambda each: each[1] != "train"):
        facts = _idx_table(pair, part if len(pairs) > 1 else None)
        if LABEL in facts["frame"].columns:
            label_type = facts["frame"][LABEL].dtype
        elif label_type is not None:  # pictures to be predicted, beside those that are known
            unknown = pl.lit(None, dtype=label_type).alias(LABEL)
            facts |= {"frame": facts["frame"].with_columns(unknown), "declared": (LABEL,)}
        yield facts


def _part_of(pair: IdxPair) -> str | None:
    """What a pair is for, by how its files begin; MNIST's test pictures are of "10 thousand"."""
    words = pair.stem.replace("_", "-").split("-")
    found = [PART_NAMES[word] for word in words if word in PART_NAMES]
    return "test" if "t10k" in words else (found[-1] if found else None)


def _idx_table(pair: IdxPair, part: str | None) -> dict[str, Any]:
    images, labels = read_idx_pair(pair)
    columns = [pl.Series(IMAGE, images)]
    if labels is not None:
        columns.append(pl.Series(LABEL, labels))
    are_classes = labels is not None and labels.dtype.kind in "iu"
    return {
        "frame": pl.DataFrame(columns),
        "declared": (LABEL,) if are_classes else (),
        "parts": None if part is None else np.full(len(images), part),
        "notes": () if part is None else (f"{pair.images.name}: {part}",),
    }
