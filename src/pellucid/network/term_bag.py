"""Texts as a sum of learned vectors, one for each term.

h = Σ_t w_t E_t: the product of a sparse row of weights with the matrix E (terms, D), computed
for the terms that are there. Without a text h is 0. It is the bag of Joulin et al. 2017, "Bag of
tricks for efficient text classification", with tf-idf weights.

Shape letters: B = rows of the batch, L = terms of the longest text, N = terms of all texts, V =
terms of the vocabulary, D = numbers of a term's vector.
"""

from __future__ import annotations

import torch
from torch import Generator, Tensor
from torch.nn.functional import embedding_bag

from pellucid.network.autograd import differentiable
from pellucid.network.initializers import normal_
from pellucid.network.layers import Layer, check_rate, check_sizes
from pellucid.network.row_gradients import RowGradient

NO_TERM = 0
"""Number of a place without a term."""
MISSING = 1
"""Number that stands for a missing text."""
FIRST_LENGTH = 2.0
"""Of the vector of a term, about."""
ROW_RATE = 20.0
"""By which the learning rate of the terms' vectors is greater."""


def term_bag_forward(x_BL2: Tensor, table_VD: Tensor) -> Tensor:
    """h = Σ_t w_t E_t, shape (B, D).

    Args:
        x_BL2: For each term of a text its number and its weight; number 0 is none.
        table_VD: E.
    """
    place_BL = x_BL2[..., 0] != NO_TERM
    count_B = place_BL.sum(dim=1)
    number_N, weight_N = x_BL2[place_BL].unbind(dim=1)
    start_B = count_B.cumsum(0) - count_B
    return embedding_bag(
        number_N.long(), table_VD, start_B, mode="sum", per_sample_weights=weight_N
    )


def term_bag_backward(
    grad_BD: Tensor,
    x_BL2: Tensor,
    table_VD: Tensor,
    *,
    wanted: bool = True,
    out: RowGradient | None = None,
) -> tuple[Tensor | None, Tensor | None]:
    """∂L/∂E_t = Σ_B w_t ∂L/∂h, over the texts that have the term; ∂L/∂w_t = E_t · ∂L/∂h.

    Args:
        grad_BD: ∂L/∂h.
        x_BL2: As given to `term_bag_forward`; numbers of terms have no gradient.
        table_VD: Likewise.
        wanted: Whether that of the weights is wanted.
        out: Where the gradient of E goes, only of the terms that are there.
    """
    place_BL = x_BL2[..., 0] != NO_TERM
    number_N, weight_N = x_BL2[place_BL].unbind(dim=1)
    number_N, row_N = number_N.long(), place_BL.nonzero()[:, 0]
    grad_ND = grad_BD.index_select(0, row_N)
    grad_x_BL2 = None
    if wanted:
        grad_x_BL2 = torch.zeros_like(x_BL2)
        grad_x_BL2[..., 1][place_BL] = (grad_ND * table_VD.index_select(0, number_N)).sum(dim=1)
    grad_ND = grad_ND * weight_N[:, None]
    if out is not None:
        out.collect(number_N, grad_ND)
        return grad_x_BL2, None
    return grad_x_BL2, torch.zeros_like(table_VD).index_add_(0, number_N, grad_ND)


term_bag = differentiable(term_bag_forward, term_bag_backward)


class TermBag(Layer):
    """One learned vector for each term; a text is their weighted sum.

    It is a branch: numbers of terms have no gradient, so nothing below it would learn.

    Args:
        terms: V, with the numbers 0 (none) and 1 (a missing text).
        dimensions: D.
        dropout: Part of the terms that a text loses in a training step, so that it is known by the
            others too; what is left weighs as much more.
    """

    row_rate = ROW_RATE

    def __init__(self, terms: int, dimensions: int, *, dropout: float = 0.0) -> None:
        check_sizes(terms=terms, dimensions=dimensions)
        check_rate("dropout", dropout)
        super().__init__({"table": (terms, dimensions)})
        self.by_row = frozenset({"table"})
        self.terms, self.outputs, self.dropout = terms, dimensions, dropout

    def initialize(self, generator: Generator) -> None:
        """N(0, 1), of length 2; 0 for no term and for a missing text."""
        table = self.parameters["table"]
        normal_(table, generator)
        table.mul_(FIRST_LENGTH / self.outputs**0.5)
        table[: MISSING + 1] = 0.0

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, L, 2) → (B, D)."""
        return term_bag(x, *parameters)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, 2) → (B, D), with some terms left out."""
        self._x_BL2 = self._with_fewer_terms(x) if self.dropout else x
        return term_bag_forward(self._x_BL2, self.parameters["table"])

    def _with_fewer_terms(self, x_BL2: Tensor) -> Tensor:
        draws = torch.rand(x_BL2.shape[:2], generator=self.generator, device=x_BL2.device)
        kept_BL = draws >= self.dropout
        factors = torch.stack([kept_BL, kept_BL / (1.0 - self.dropout)], dim=2)
        return x_BL2 * factors

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """(B, D) → nothing: below the branch nothing learns."""
        out = self.row_gradients["table"]
        term_bag_backward(grad, self._x_BL2, self.parameters["table"], wanted=False, out=out)
        return None

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {"terms": self.terms, "dimensions": self.outputs, "dropout": self.dropout}
