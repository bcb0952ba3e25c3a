"""The idx files of MNIST as tables: a row for each picture, with its label where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl

from pellucid.data.sources.folder_classes import PART_NAMES
from pellucid.data.sources.folder_sources import FolderSource
from pellucid.data.sources.idx_files import IdxPair, idx_pairs
from pellucid.data.sources.idx_numbers import read_idx_pair
from pellucid.data.sources.media import IMAGE, LABEL
from pellucid.errors import DataError
from pellucid.wording import quote_all


def idx_facts(source: FolderSource) -> Iterator[dict[str, Any]]:
    """Yield what makes tables of idx files: the fields of `Table`.

    Args:
        source: From `folder_source`.

    Raises:
        DataError: They are damaged, or do not go together.
    """
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
