"""Which rows are near which, as a graph whose edges have weights from 0 to 1.

It is the one of McInnes, Healy and Melville 2018, "UMAP: uniform manifold approximation and
projection for dimension reduction" (arXiv:1802.03426, sections 3.1 and 4.1): each row measures
distances in a unit of its own, so that dense and sparse regions count alike.

Shape letters: N = rows, K = neighbors, E = edges.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from pellucid.clustering.nearest import Neighbors

HALVINGS = 40
"""Of the interval in which a row's unit lies: then float32 has no finer number."""

SMALLEST_UNIT = 1e-3
"""Of the mean distance of all neighbors: a row of many copies has no unit of its own."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FuzzyGraph:
    """Edges between rows, each there in both directions with the same weight.

    Attributes:
        num_rows: N.
        heads: From which row an edge goes, int64 (E,), in ascending order.
        tails: To which, int64 (E,).
        weights: How sure it is that they are near each other, in (0, 1], float32 (E,).
    """

    num_rows: int
    heads: Tensor
    tails: Tensor
    weights: Tensor


def memberships(distance_NK: Tensor) -> Tensor:
    """How near each neighbor is, measured by its row, in (0, 1]: exp(−(d − ρ)/σ), (N, K).

    ρ is the distance of the nearest, and σ such that a row's numbers have the sum log₂ K.

    Args:
        distance_NK: The nearest first.
    """
    beyond_NK = distance_NK - distance_NK[:, :1]
    wanted = math.log2(distance_NK.shape[1])
    low_N1 = torch.zeros_like(beyond_NK[:, :1])
    high_N1 = torch.full_like(low_N1, math.inf)
    unit_N1 = torch.full_like(low_N1, 1.0)
    for _ in range(HALVINGS):
        is_too_wide = torch.exp(-beyond_NK / unit_N1).sum(dim=1, keepdim=True) > wanted
        high_N1 = torch.where(is_too_wide, unit_N1, high_N1)
        low_N1 = torch.where(is_too_wide, low_N1, unit_N1)
        unit_N1 = torch.where(high_N1.isinf(), 2.0 * unit_N1, 0.5 * (low_N1 + high_N1))
    least = SMALLEST_UNIT * distance_NK.mean()
    tiny = torch.finfo(distance_NK.dtype).tiny
    return torch.exp(-beyond_NK / unit_N1.clamp_min(least).clamp_min(tiny))


def fuzzy_graph(neighbors: Neighbors) -> FuzzyGraph:
    """The graph in which two rows are near if one of them or the other says so.

    Their weights w and w′ become w + w′ − w w′, the probability that one of two independent events
    happens.

    Args:
        neighbors: The nearest ones of each row.
    """
    from scipy.sparse import csr_array

    num_rows, count = neighbors.places.shape
    weight_NK = memberships(neighbors.distances).float()
    starts = np.arange(0, num_rows * count + 1, count)
    ends = neighbors.places.numpy().ravel()
    one_way = csr_array((weight_NK.numpy().ravel(), ends, starts), shape=(num_rows, num_rows))
    both = (one_way + one_way.T - one_way * one_way.T).tocsr()
    both.eliminate_zeros()
    both.sort_indices()
    edges = both.tocoo()
    return FuzzyGraph(
        num_rows=num_rows,
        heads=torch.from_numpy(edges.row.astype(np.int64)),
        tails=torch.from_numpy(edges.col.astype(np.int64)),
        weights=torch.from_numpy(edges.data),
    )
