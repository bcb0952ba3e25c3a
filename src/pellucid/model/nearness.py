"""Rows like none in training: how far each is from those that were learned from.

The distance is that of what the network makes of a row to the nearest of some rows of training,
each vector brought to length 1 (Sun et al. 2022, "Out-of-distribution detection with deep nearest
neighbors", arXiv:2204.06507). A softmax cannot tell: it may be as sure of noise as of what it
knows.

Shape letters: B = rows, R = references, E = numbers of an embedding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.network.tiles import ROWS_OF_A_PRODUCT, filled_up, product_in_tiles, widened

Floats = npt.NDArray[np.float64]

NEIGHBOR = 10
"""The distance to so manieth nearest counts: the nearest may be near by chance."""
MOST_REFERENCES = 2_000
SMALLEST = 1e-6
"""No limit is below."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearness:
    """Some rows of training as the network sees them, and how far from them a row may be.

    Attributes:
        vectors: Their embeddings, each of length 1, float16 (R, E).
        rank: To the nearest of which rank the distance counts, 1 for the nearest.
        limit: Distance beyond which a row is like none.
        rate: Part of rows like those of training that lie beyond it.
    """

    vectors: npt.NDArray[np.float16]
    rank: int
    limit: float
    rate: float

    @classmethod
    def fit(cls, references: Tensor, others: Tensor, rate: float, rank: int = NEIGHBOR) -> Nearness:
        """Choose the limit.

        Args:
            references: Embeddings of rows that were learned from, (R, E).
            others: Of rows like them that are not among these, (n, E); with none, each of the
                references is judged by the rest, which takes the limit for a little too far.
            rate: Part of the others that may lie beyond it.
            rank: To the nearest of which rank the distance counts; of few references a lower one.
        """
        vectors = unit_length(references)
        rank = max(1, min(rank, len(vectors) // 5))
        found = cls(vectors=vectors.half().numpy(), rank=rank, limit=math.inf, rate=rate)
        if len(others):
            distances = found.distances(others)
        else:  # the nearest of each is itself
            distances = found.distances(references, rank=min(rank + 1, len(vectors)))
        limit = max(SMALLEST, _limit_of(distances, rate))
        return cls(vectors=found.vectors, rank=rank, limit=limit, rate=rate)

    @cached_property
    def _weights_ER(self) -> Tensor:
        return widened(torch.from_numpy(self.vectors.astype(np.float32)).T.contiguous())

    def distances(self, embeddings: Tensor, rank: int | None = None) -> Floats:
        """How far rows are from the references, (B,), the same in any company.

        Args:
            embeddings: What the network makes of the rows, (B, E).
            rank: Another rank of the nearest than the own one.
        """
        if not len(embeddings):
            return np.empty(0)
        rows = filled_up(unit_length(embeddings), ROWS_OF_A_PRODUCT)
        cosines = product_in_tiles(rows, self._weights_ER, None, ROWS_OF_A_PRODUCT)
        cosines = cosines[: len(embeddings), : len(self.vectors)]
        nearest = cosines.topk(rank or self.rank, dim=1).values[:, -1].double()
        return (2.0 - 2.0 * nearest).clamp_min_(0.0).sqrt_().numpy()

    def to_plain(self) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
        """Tensors and plain data, for a model file."""
        plain = {"rank": self.rank, "limit": self.limit, "rate": self.rate}
        return {"reference_embeddings": self.vectors}, plain

    @classmethod
    def from_plain(
        cls, tensors: Mapping[str, npt.NDArray[Any]], plain: Fields, width: int
    ) -> Nearness:
        """What `to_plain` described.

        Args:
            tensors: The vectors among them.
            plain: The rest.
            width: How many numbers an embedding has.

        Raises:
            ModelFileError: It described none, or vectors of another width.
        """
        vectors = tensors["reference_embeddings"]
        if vectors.ndim != 2 or vectors.dtype != np.float16 or vectors.shape[1] != width:
            raise ModelFileError(f"The reference embeddings are {vectors.dtype} {vectors.shape}.")
        if not len(vectors) or not np.isfinite(vectors).all():
            raise ModelFileError("The reference embeddings are none, or not finite.")
        return cls(
            vectors=vectors,
            rank=plain.whole("rank", at_least=1, at_most=len(vectors)),
            limit=plain.number("limit", at_least=SMALLEST),
            rate=plain.number("rate", at_least=0.0, at_most=1.0),
        )


def unit_length(vectors: Tensor) -> Tensor:
    """Each row brought to length 1, shape as given; a row of zeros stays."""
    return vectors / torch.linalg.vector_norm(vectors, dim=1, keepdim=True).clamp_min(1e-12)


def _limit_of(distances: Floats, rate: float) -> float:
    """The ⌈(1 − rate)·(n + 1)⌉-th smallest of n distances, or the greatest."""
    rank = min(len(distances), math.ceil((1.0 - rate) * (len(distances) + 1) - 1e-9))
    return float(np.sort(distances)[max(1, rank) - 1])
