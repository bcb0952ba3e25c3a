"""The nearest neighbors of each row, found exactly: all distances, some rows at a time.

Shape letters: N = rows, D = numbers of a row, K = neighbors, C = rows at a time, P = N and some
places without a row, G = groups of places, S = places of a group.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

MOST_DISTANCES = 2**24
"""So many are in memory at a time, 64 MB."""

GROUP_SIZE = 32


@dataclass(frozen=True, kw_only=True, eq=False)
class Neighbors:
    """The nearest neighbors of each row, without itself, the nearest first.

    Attributes:
        distances: How far each is, (N, K); of equal ones the earlier row comes first.
        places: Which row it is, int64 (N, K).
    """

    distances: Tensor
    places: Tensor


def nearest_neighbors(x_ND: Tensor, count: int) -> Neighbors:
    """The nearest neighbors of each row by Euclidean distance.

    They are chosen by |x|² + |y|² − 2 x · y, which is one product of matrices; so where two are as
    far but for rounding, either may be chosen. The distances are those of the differences x − y.

    Args:
        x_ND: Rows, floating-point numbers.
        count: K, less than N.

    Raises:
        ValueError: There are not so many other rows.
    """
    if not 1 <= count < len(x_ND):
        raise ValueError(
            f"a row has {len(x_ND) - 1} others, so count must be 1 … {len(x_ND) - 1}, not {count}"
        )
    # About their mean the squares are small, and so is what rounding takes from the differences.
    x_ND = x_ND - x_ND.mean(dim=0)
    found = [
        _sorted_by_distance(x_ND, rows_C, _smallest(distance_CP, count))
        for rows_C, distance_CP in _comparable_distances(x_ND)
    ]
    return Neighbors(
        distances=torch.cat([distance_CK for distance_CK, _ in found]),
        places=torch.cat([place_CK for _, place_CK in found]),
    )


def _comparable_distances(x_ND: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Some rows, and |y|² − 2 x · y of each to all rows; ∞ to itself and where no row is.

    All come in the same memory: to get as much anew each time would take as long again.
    """
    num_rows = len(x_ND)
    padded = -(-num_rows // GROUP_SIZE) * GROUP_SIZE
    square_N = (x_ND * x_ND).sum(dim=1)
    some = min(num_rows, max(1, MOST_DISTANCES // padded))
    memory_CP = x_ND.new_full((some, padded), math.inf)
    for rows_C in torch.arange(num_rows, device=x_ND.device).split(some):
        distance_CP = memory_CP[: len(rows_C)]
        to_rows_CN = distance_CP[:, :num_rows]
        torch.addmm(square_N, x_ND[rows_C], x_ND.T, alpha=-2.0, out=to_rows_CN)
        to_rows_CN[:, rows_C[0] :].fill_diagonal_(math.inf)
        yield rows_C, distance_CP


def _smallest(distance_CP: Tensor, count: int) -> Tensor:
    """Places of the smallest numbers of each line, (C, K).

    The K smallest are in the K groups whose own smallest are smallest: only these are looked
    through, which takes a tenth of the time.
    """
    lines, places = distance_CP.shape
    num_groups = places // GROUP_SIZE
    if num_groups <= count:
        return distance_CP.topk(count, dim=1, largest=False).indices
    by_group_CSG = distance_CP.view(lines, GROUP_SIZE, num_groups)
    group_CK = by_group_CSG.amin(dim=1).topk(count, dim=1, largest=False).indices
    first_S = num_groups * torch.arange(GROUP_SIZE, device=distance_CP.device)
    place_CL = (group_CK[:, :, None] + first_S).flatten(1)
    best_CK = distance_CP.gather(1, place_CL).topk(count, dim=1, largest=False).indices
    return place_CL.gather(1, best_CK)


def _sorted_by_distance(x_ND: Tensor, rows_C: Tensor, place_CK: Tensor) -> tuple[Tensor, Tensor]:
    """Distances and places of chosen neighbors, the nearest first."""
    place_CK = place_CK.sort(dim=1).values
    distance_CK = torch.linalg.vector_norm(x_ND[rows_C][:, None] - x_ND[place_CK], dim=2)
    distance_CK, order_CK = distance_CK.sort(dim=1, stable=True)
    return distance_CK, place_CK.gather(1, order_CK)
