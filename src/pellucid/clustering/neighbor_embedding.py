"""Rows in few dimensions so that near ones stay near: gradient descent on where each one lies.

It is the layout of UMAP (McInnes, Healy and Melville 2018, arXiv:1802.03426, section 4.2). Two rows
at distance d in it are near with probability q = 1 / (1 + a d²ᵇ). The loss is the cross-entropy of
the fuzzy graph: −log q for rows that it joins, which attracts them, and −log(1 − q) for rows drawn
at random, which repels them.

Inside, dimensions come first, (D, N): sums over few dimensions are so several times as quick.

Shape letters: N = rows, D = dimensions, E = edges, B = edges at a time, R = rows that repel.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
import torch
from torch import Generator, Tensor

from pellucid.clustering.fuzzy_graph import FuzzyGraph, fuzzy_graph
from pellucid.clustering.nearest import nearest_neighbors

NEIGHBORS, EPOCHS = 15, 200
REPELLING = 5
"""Rows that repel a row for each one that attracts it."""
LONGEST_STEP = 4.0
"""In each dimension, before it is multiplied by the learning rate."""
FEWEST_EDGES = 2048
"""Moved at a time: less are not worth the calls."""
NO_HOLE = 1e-3
"""Added to d² in the repulsion, which is infinite at 0 without it."""
FIRST_EXTENT, FIRST_NOISE = 10.0, 0.01


@cache
def curve(min_dist: float) -> tuple[float, float]:
    """The a and b with which 1 / (1 + a d²ᵇ) is nearest to what is wanted.

    That is 1 up to min_dist, and then exp(min_dist − d). The sum of squares is least, over 300
    distances from 0 to 3 (section 4.2 of the paper; the distances are those of its authors'
    program).

    Args:
        min_dist: How near rows that belong together come, from 0 up to 3.
    """
    from scipy.optimize import curve_fit

    distances = np.linspace(0.0, 3.0, 300)
    wanted = np.exp(-np.maximum(0.0, distances - min_dist))
    (a, b), _ = curve_fit(lambda d, a, b: 1.0 / (1.0 + a * d ** (2.0 * b)), distances, wanted)
    return float(a), float(b)


def attraction(away_DB: Tensor, a: float, b: float) -> Tensor:
    """−∂/∂y of −log q = log(1 + a d²ᵇ): −2 a b d²ᵇ⁻² / (1 + a d²ᵇ) · (y − y′).

    Args:
        away_DB: y − y′: from the other row to this one, (D, …).
        a: Of the curve.
        b: Likewise.
    """
    square_B = (away_DB * away_DB).sum(dim=0)
    # Rows at one place attract each other no more; the power alone would be infinite there.
    power_B = torch.where(square_B > 0.0, square_B, 1.0).pow_(b - 1.0).mul_(a)
    return away_DB * (power_B * (-2.0 * b) / (power_B * square_B).add_(1.0))


def repulsion(away_DB: Tensor, a: float, b: float) -> Tensor:
    """−∂/∂y of −log(1 − q): 2 b / (d² (1 + a d²ᵇ)) · (y − y′), with d² + 0.001 for the first d².

    Args:
        away_DB: y − y′: from the other row to this one, (D, …).
        a: Of the curve.
        b: Likewise.
    """
    square_B = (away_DB * away_DB).sum(dim=0)
    beside_B = square_B.pow(b).mul_(a).add_(1.0)
    return away_DB * ((2.0 * b) / beside_B.mul_(square_B + NO_HOLE))


def principal_components(x_ND: Tensor, dimensions: int) -> Tensor:
    """Rows along the directions in which they differ most, (N, dimensions).

    The sign of each is such that the direction's greatest part is positive. Where rows have fewer
    numbers the last ones are 0.
    """
    from scipy.linalg import eigh

    centered_ND = x_ND.double() - x_ND.double().mean(dim=0)
    width = centered_ND.shape[1]
    count = min(dimensions, width)
    _, directions = eigh(
        (centered_ND.T @ centered_ND).numpy(), subset_by_index=(width - count, width - 1)
    )
    direction_DC = torch.from_numpy(directions).flip(1)
    greatest_1C = direction_DC.abs().argmax(dim=0, keepdim=True)
    direction_DC = direction_DC * direction_DC.gather(0, greatest_1C).sign()
    found = centered_ND.new_zeros(len(x_ND), dimensions)
    found[:, :count] = centered_ND @ direction_DC
    return found.to(x_ND.dtype)


def embed(
    graph: FuzzyGraph, start_ND: Tensor, *, min_dist: float, epochs: int = EPOCHS, seed: int
) -> Iterator[Tensor]:
    """Let rows move, from a start, to where the graph is best kept.

    In each epoch an edge attracts its head with the probability of its weight, as part of the
    greatest; the learning rate falls from 1 to 0 in a line.

    Args:
        graph: Which rows are near which.
        start_ND: Where they lie first, at any scale.
        min_dist: How near rows that belong together come: 0 for clusters, 0.1 for a map.
        epochs: How often all edges are gone through.
        seed: Of noise in the start, and of what attracts and repels when.

    Yields:
        Where rows lie after each epoch, float32 (N, D): views of one tensor, which moves on.
    """
    generator = Generator().manual_seed(seed)
    place_DN = _start(start_ND, generator).T.contiguous()
    heads, tails, chances = _shuffled(graph, epochs, generator)
    most = max(FEWEST_EDGES, graph.num_rows)
    for epoch in range(epochs):
        drawn = torch.rand(len(chances), generator=generator) < chances
        for some in drawn.nonzero()[:, 0].split(most):
            _move(
                place_DN,
                heads[some],
                tails[some],
                torch.randint(graph.num_rows, (REPELLING, len(some)), generator=generator),
                curve(min_dist),
                1.0 - epoch / epochs,
            )
        yield place_DN.T


def _start(start_ND: Tensor, generator: Generator) -> Tensor:
    """A start in a cube of width 20; with a little noise, so that equal rows come apart."""
    extent = float(start_ND.abs().max())
    place_ND = (start_ND * (FIRST_EXTENT / extent if extent else 0.0)).float()
    return place_ND + FIRST_NOISE * torch.randn(place_ND.shape, generator=generator)


def _shuffled(
    graph: FuzzyGraph, epochs: int, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Edges in a random order, with their chance in each epoch.

    Those that would hardly be drawn once are left out.
    """
    chances = graph.weights / graph.weights.max()
    kept = (chances > 1.0 / epochs).nonzero()[:, 0]
    kept = kept[torch.randperm(len(kept), generator=generator)]
    return graph.heads[kept], graph.tails[kept], chances[kept]


def _move(
    place_DN: Tensor,
    head_B: Tensor,
    tail_B: Tensor,
    repelling_RB: Tensor,
    shape: tuple[float, float],
    learning_rate: float,
) -> None:
    """One step of the heads of some edges, in place; all see where rows lay before it.

    Tails need none of their own: each edge is there in both directions.
    """
    own_DB = place_DN.index_select(1, head_B)
    step_DB = attraction(own_DB - place_DN.index_select(1, tail_B), *shape)
    step_DB.clamp_(-LONGEST_STEP, LONGEST_STEP)
    others_DRB = place_DN.index_select(1, repelling_RB.view(-1)).view(-1, *repelling_RB.shape)
    away_DRB = torch.sub(own_DB[:, None], others_DRB, out=others_DRB)
    step_DB += repulsion(away_DRB, *shape).clamp_(-LONGEST_STEP, LONGEST_STEP).sum(dim=1)
    # The rate as `alpha` would take five times as long.
    place_DN.index_add_(1, head_B, step_DB.mul_(learning_rate))


def neighbor_embedding(
    x_ND: Tensor,
    dimensions: int,
    *,
    neighbors: int = NEIGHBORS,
    min_dist: float = 0.0,
    epochs: int = EPOCHS,
    seed: int,
) -> Tensor:
    """Rows in few dimensions, from their principal components, float32 (N, dimensions).

    Args:
        x_ND: Rows, two at least.
        dimensions: How many.
        neighbors: Of each row in the graph, at most.
        min_dist: As `embed` takes it.
        epochs: Likewise.
        seed: Likewise.
    """
    graph = fuzzy_graph(nearest_neighbors(x_ND, min(neighbors, len(x_ND) - 1)))
    start_ND = principal_components(x_ND, dimensions)
    *_, place_ND = embed(graph, start_ND, min_dist=min_dist, epochs=epochs, seed=seed)
    return place_ND
