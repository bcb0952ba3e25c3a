"""Categories with many levels as learned vectors.

Shape letters: B = rows of the batch, I = inputs, C = columns that hold codes, E = dimensions of
all embeddings together, L = levels, V = dimensions of one embedding.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Generator, Tensor

from pellucid.network.autograd import differentiable
from pellucid.network.initializers import normal_
from pellucid.network.layers import Layer, check_rate, check_sizes


def embedding_forward(x_BI: Tensor, *tables_LV: Tensor) -> Tensor:
    """Replace the last C inputs, which are codes, by the rows of the tables they point to.

    Args:
        x_BI: Inputs; the last C are whole numbers 0 … L − 1.
        tables_LV: One table a code column.

    Returns:
        The other inputs, then the embeddings, shape (B, I − C + E).
    """
    dense = x_BI.shape[1] - len(tables_LV)
    codes_CB = x_BI[:, dense:].T.long()
    embeddings = [table_LV[codes] for table_LV, codes in zip(tables_LV, codes_CB, strict=True)]
    return torch.cat([x_BI[:, :dense], *embeddings], dim=1)


def embedding_backward(grad: Tensor, x_BI: Tensor, *tables_LV: Tensor) -> tuple[Tensor | None, ...]:
    """Each table row collects the gradients of the batch rows that used it; codes have none."""
    dense = x_BI.shape[1] - len(tables_LV)
    grad_x_BI = torch.zeros_like(x_BI)
    grad_x_BI[:, :dense] = grad[:, :dense]
    return grad_x_BI, *_table_gradients(grad[:, dense:], x_BI[:, dense:], tables_LV)


def _table_gradients(
    grad_BE: Tensor, codes_BC: Tensor, tables_LV: Sequence[Tensor]
) -> list[Tensor]:
    grads_BV = grad_BE.split([table.shape[1] for table in tables_LV], dim=1)
    return [
        torch.zeros_like(table).index_add_(0, codes, grad)
        for table, codes, grad in zip(tables_LV, codes_BC.T.long(), grads_BV, strict=True)
    ]


embedding = differentiable(embedding_forward, embedding_backward)


class CategoryEmbedding(Layer):
    """One learned vector for each level of each category; level 0 is "unknown".

    Codes travel as the last columns of the one input tensor, exact in float32 up to 2²⁴ levels. It
    must be the first layer: codes have no gradient, so nothing below it would learn.

    Args:
        dense: Number of inputs before the code columns; they pass through.
        sizes: (levels, dimensions) of each table.
        unknown_rate: Part of the training cells read as unknown, so that level 0 is trained.
    """

    def __init__(
        self, dense: int, sizes: Sequence[tuple[int, int]], *, unknown_rate: float = 0.01
    ) -> None:
        if dense:
            check_sizes(dense=dense)
        for levels, dimensions in sizes:
            check_sizes(levels=levels, dimensions=dimensions)
        check_rate("unknown_rate", unknown_rate)
        super().__init__({f"table_{i}": tuple(size) for i, size in enumerate(sizes)})
        self.dense, self.sizes = dense, [tuple(size) for size in sizes]
        self.unknown_rate = unknown_rate
        self.outputs = dense + sum(dimensions for _, dimensions in self.sizes)
        self.trained_outputs = slice(dense, None)

    def initialize(self, generator: Generator) -> None:
        """N(0, 1)."""
        for table in self.parameters.values():
            normal_(table, generator)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, dense + C) → (B, dense + E)."""
        return embedding(x, *parameters)

    def forward(self, x: Tensor) -> Tensor:
        """(B, dense + C) → (B, dense + E), with some codes read as unknown."""
        codes = x[:, self.dense :]
        draws = torch.rand(codes.shape, generator=self.generator, device=x.device)
        self._codes_BC = codes * (draws >= self.unknown_rate)
        return embedding_forward(
            torch.cat([x[:, : self.dense], self._codes_BC], dim=1), *self.parameters.values()
        )

    def backward(self, grad: Tensor, wanted: slice | None) -> Tensor | None:
        """(B, E), the embeddings' part → nothing: this layer is always the first."""
        tables = list(self.parameters.values())
        found = _table_gradients(grad, self._codes_BC, tables)
        for target, gradient in zip(self.gradients.values(), found, strict=True):
            target.copy_(gradient)
        return None

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {
            "dense": self.dense,
            "sizes": [list(size) for size in self.sizes],
            "unknown_rate": self.unknown_rate,
        }
