"""Pixels and counted terms in files: the process that fits flat algorithms reads what it needs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from pellucid.comparison.flat import flat_terms
from pellucid.data.kinds.flat_columns import FlatPixels, FlatTerms


@dataclass(frozen=True, kw_only=True)
class WrittenTexts:
    """What was written of texts, and what it took: each fit is charged the part of its rows.

    Attributes:
        texts: Of each column of texts, how many terms are counted.
        terms_of_row: How many of them a row has, on average, rounded up.
        seconds: Time a row took.
        cpu_seconds: What of it processors worked.
    """

    texts: list[tuple[int, int]]
    terms_of_row: int
    seconds: float
    cpu_seconds: float


def write_texts(folder: Path, frame: pl.DataFrame) -> WrittenTexts:
    """Write the counted terms of converted columns of texts, a few rows at a time.

    Args:
        folder: Where ends-0.npy, terms-0.bin and counts-0.bin of the first column go.
        frame: All rows that learn or judge.
    """
    start, worked = time.perf_counter(), time.process_time()
    columns = flat_terms(frame)
    total = sum(_write_terms(folder, number, each) for number, each in enumerate(columns))
    num_rows = max(1, frame.height)
    return WrittenTexts(
        texts=[(each.num_terms, each.first_piece) for each in columns],
        terms_of_row=-(-total // num_rows),
        seconds=(time.perf_counter() - start) / num_rows if columns else 0.0,
        cpu_seconds=(time.process_time() - worked) / num_rows if columns else 0.0,
    )


def _write_terms(folder: Path, number: int, texts: FlatTerms) -> int:
    """Those of one column; how many there are."""
    ends, total = [], 0
    with (
        (folder / f"terms-{number}.bin").open("wb") as terms,
        (folder / f"counts-{number}.bin").open("wb") as counts,
    ):
        for block in texts.blocks():
            ends.append(total + block.ends)
            total += len(block.terms)
            block.terms.tofile(terms)
            block.counts.tofile(counts)
    np.save(folder / f"ends-{number}.npy", np.concatenate(ends))
    return total


def write_pixels(folder: Path, columns: Sequence[FlatPixels], num_rows: int) -> None:
    """Write the pixels of columns of pictures, a few rows at a time.

    Args:
        folder: Where pixels.npy goes.
        columns: Of each column of pictures.
        num_rows: How many pictures each has.
    """
    size = (num_rows, sum(each.num_pixels for each in columns))
    if not all(size):
        return
    written = np.lib.format.open_memmap(
        folder / "pixels.npy", mode="w+", dtype=np.uint8, shape=size
    )
    left = 0
    for pictures in columns:
        top, right = 0, left + pictures.num_pixels
        for block in pictures.blocks():
            written[top : top + len(block), left:right] = block
            top += len(block)
        left = right
    written.flush()
