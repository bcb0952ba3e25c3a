"""Categories with many levels as learned vectors.

Shape letters: B = rows of the batch, C = columns that hold codes, E = dimensions of all embeddings
together, L = levels, V = dimensions of one embedding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from pellucid.network.autograd import differentiable
from pellucid.network.initializers import normal_
from pellucid.network.layers import Layer, check_rate, check_sizes
from pellucid.network.row_gradients import LARGEST_DENSE_TABLE, RowGradient


def embedding_forward(codes_BC: Tensor, *tables_LV: Tensor) -> Tensor:
    """Replace codes by the rows of the tables they point to.

    Args:
        codes_BC: Whole numbers 0 … L − 1.
        tables_LV: One table a code column.

    Returns:
        The embeddings side by side, shape (B, E).
    """
    pairs = zip(tables_LV, codes_BC.T, strict=True)
    return torch.cat([table_LV.index_select(0, codes_B) for table_LV, codes_B in pairs], dim=1)


def embedding_backward(
    grad_BE: Tensor,
    codes_BC: Tensor,
    *tables_LV: Tensor,
    out: Sequence[Tensor | RowGradient] | None = None,
) -> tuple[Tensor | None, ...]:
    """Each table row collects the gradients of the batch rows that used it; codes have none.

    Args:
        grad_BE: ∂L/∂h.
        codes_BC: As given to `embedding_forward`.
        tables_LV: Likewise.
        out: Where the gradient of each table goes: into a tensor, or, of a large table, the rows
            it touches only.
    """
    out = [torch.empty_like(table_LV) for table_LV in tables_LV] if out is None else out
    grads_BV = grad_BE.split([table_LV.shape[1] for table_LV in tables_LV], dim=1)
    for target, codes_B, grad_BV in zip(out, codes_BC.T, grads_BV, strict=True):
        if isinstance(target, RowGradient):
            target.collect(codes_B, grad_BV)
        else:
            target.zero_().index_add_(0, codes_B, grad_BV)
    return None, *(target for target in out if isinstance(target, Tensor))


embedding = differentiable(embedding_forward, embedding_backward)


class CategoryEmbedding(Layer):
    """One learned vector for each level of each category; level 0 is "unknown".

    It is a branch: codes have no gradient, so nothing below it would learn.

    Args:
        sizes: (levels, dimensions) of each table.
        unknown_rate: Part of the training cells read as unknown, so that level 0 is trained.
    """

    def __init__(self, sizes: Sequence[tuple[int, int]], *, unknown_rate: float = 0.01) -> None:
        for levels, dimensions in sizes:
            check_sizes(levels=levels, dimensions=dimensions)
        check_rate("unknown_rate", unknown_rate)
        super().__init__({f"table_{i}": tuple(size) for i, size in enumerate(sizes)})
        self.by_row = frozenset(
            name for name, shape in self.shapes.items() if math.prod(shape) > LARGEST_DENSE_TABLE
        )
        self.sizes = [tuple(size) for size in sizes]
        self.unknown_rate = unknown_rate
        self.outputs = sum(dimensions for _, dimensions in self.sizes)

    def initialize(self, generator: Generator) -> None:
        """N(0, 1)."""
        for table in self.parameters.values():
            normal_(table, generator)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, C) → (B, E)."""
        return embedding(x, *parameters)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C) → (B, E), with some codes read as unknown."""
        draws = torch.rand(x.shape, generator=self.generator, device=x.device)
        self._codes_BC = x * (draws >= self.unknown_rate)
        return embedding_forward(self._codes_BC, *self.parameters.values())

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """(B, E) → nothing: codes have no gradient."""
        places: dict[str, Tensor | RowGradient] = {**self.gradients, **self.row_gradients}
        out = [places[name] for name in self.shapes]
        embedding_backward(grad, self._codes_BC, *self.parameters.values(), out=out)
        return None

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {
            "sizes": [list(size) for size in self.sizes],
            "unknown_rate": self.unknown_rate,
        }
