"""Gradients of large tables, of which a batch touches few rows: kept for these rows only.

So a step costs what the batch touches, and not the size of the table.

Shape letters: L = rows of the table, V = numbers in each, N = uses of rows in a batch, U = rows
used.
"""

from __future__ import annotations

import torch
from torch import Tensor

LARGEST_DENSE_TABLE = 2**18
"""Numbers in a table up to which its gradient and its step are dense.

Finding the rows a batch touches costs as much as stepping so many numbers, measured with Adam, 16
numbers a row and 32 to 1 024 rows in a batch; below, the dense step is quicker, and it is Adam as
it was published. A category learns 10 000 levels at most (`fewest_rows_of_level`), so its table is
dense.
"""


class RowGradient:
    """The gradient of a table in the rows that a batch touched; elsewhere it is 0.

    Args:
        start: Where the table begins in the network's flat vector.
        shape: Of the table, (L, V).
        like: A tensor of the type and device of the gradient.
        rate: By which the learning rate of its rows is greater; None where they are stepped as all
            other weights are. See `pellucid.network.optimizers.Adam`.

    Attributes:
        rows_U: The rows touched, each once, int64.
        values_UV: Their gradients.
    """

    def __init__(
        self, start: int, shape: tuple[int, ...], *, like: Tensor, rate: float | None = None
    ) -> None:
        self._start, self._shape, self.rate = start, shape, rate
        self.rows_U = torch.empty(0, dtype=torch.int64, device=like.device)
        self.values_UV = like.new_empty(0, shape[1])

    def collect(self, rows_N: Tensor, grad_NV: Tensor) -> None:
        """Add up the gradients of each row that was used, and forget those of the last step."""
        self.rows_U, place_N = torch.unique(rows_N, return_inverse=True)
        self.values_UV = grad_NV.new_zeros(len(self.rows_U), self._shape[1])
        self.values_UV.index_add_(0, place_N, grad_NV)

    def table_in(self, flat: Tensor) -> Tensor:
        """Where the table (L, V) stands in a flat vector: the weights, or what is kept of each."""
        size = self._shape[0] * self._shape[1]
        return flat[self._start : self._start + size].view(self._shape)
