"""Rows with texts as flat algorithms get them: other columns, and beside them counted terms.

Only the process in which they are fitted imports it, for it takes SciPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class TextRows:
    """Some rows.

    Attributes:
        plain: Their other columns, (n, columns).
        counts: Of each column of texts, how often each row has each term, sparse (n, terms).
        first_pieces: Of each, the first term that is a piece of a word, as are all after it.
    """

    plain: Array
    counts: tuple[csr_matrix, ...]
    first_pieces: tuple[int, ...]

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.plain)

    def __getitem__(self, places: Array | slice) -> TextRows:
        """Some of these rows."""
        counts = tuple(x[places] for x in self.counts)
        return replace(self, plain=self.plain[places], counts=counts)


FlatRows = Array | TextRows
"""Rows as an algorithm gets them: without texts the other columns alone, (n, columns)."""


def read_counts(folder: Path, texts: Sequence[tuple[int, int]]) -> tuple[csr_matrix, ...]:
    """The counted terms of all rows, which stay in their files but for those that are asked for.

    Args:
        folder: Where these are: ends-0.npy, terms-0.bin and counts-0.bin of the first column.
        texts: Of each column of texts, how many terms are counted, and the first piece of a word.
    """
    return tuple(_counts(folder, number, terms) for number, (terms, _) in enumerate(texts))


def _counts(folder: Path, number: int, num_terms: int) -> csr_matrix:
    starts = np.concatenate([[0], np.load(folder / f"ends-{number}.npy")])
    terms, counts = (
        np.memmap(folder / f"{name}-{number}.bin", dtype=np.int32, mode="r")
        if starts[-1]
        else np.empty(0, dtype=np.int32)
        for name in ("terms", "counts")
    )
    return csr_matrix((counts, terms, starts), shape=(len(starts) - 1, num_terms))
