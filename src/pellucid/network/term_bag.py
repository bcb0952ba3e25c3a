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
from pellucid.network.layers import Layer, check_factor, check_rate, check_sizes
from pellucid.network.row_gradients import RowGradient

NO_TERM = 0
"""Number of a place without a term."""
MISSING = 1
"""Number that stands for a missing text."""
FIRST_LENGTH = 2.0
"""Of the vector of a term, about."""


def term_bag_forward(x_BL2: Tensor, table_VD: Tensor) -> Tensor:
    """h = Σ_t w_t E_t, shape (B, D).

    Args:
        x_BL2: For each term of a text its number and its weight; number 0 is none.
        table_VD: E.
    """
    place_BL = _are_terms(x_BL2, table_VD)
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
    place_BL = _are_terms(x_BL2, table_VD)
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


def _are_terms(x_BL2: Tensor, table_VD: Tensor) -> Tensor:
    """Which places hold a term that has a vector, (B, L)."""
    number_BL = x_BL2[..., 0]
    return (number_BL != NO_TERM) & (number_BL < len(table_VD))


def features_of(x_BL2: Tensor, first: int, features: int) -> Tensor:
    """Features as they are, (B, F), 0 where there are none.

    Args:
        x_BL2: As given to `term_bag_forward`.
        first: Number of the first feature.
        features: F.
    """
    number_BL = x_BL2[..., 0]
    row_N, place_N = (number_BL >= first).nonzero(as_tuple=True)
    feature_N = number_BL[row_N, place_N].long() - first
    found_BF = x_BL2.new_zeros(len(x_BL2), features)
    return found_BF.index_put((row_N, feature_N), x_BL2[row_N, place_N, 1])


class TermBag(Layer):
    """One learned vector for each term; a text is their weighted sum.

    It is a branch: numbers of terms have no gradient, so nothing below it would learn.

    Args:
        terms: V, with the numbers 0 (none) and 1 (a missing text).
        dimensions: D.
        dropout: Part of the terms that a text loses in a training step, so that it is known by the
            others too; what is left weighs as much more.
        rate: By which the learning rate of these vectors is greater than that of other weights.
        features: F: how many numbers that a text has besides pass as they are, behind the sum. They
            stand among its terms, with numbers that follow those of the terms.
    """

    def __init__(
        self,
        terms: int,
        dimensions: int,
        *,
        dropout: float = 0.0,
        rate: float = 20.0,
        features: int = 0,
    ) -> None:
        check_sizes(terms=terms, dimensions=dimensions)
        if features:
            check_sizes(features=features)
        check_rate("dropout", dropout)
        check_factor("rate", rate)
        super().__init__({"table": (terms, dimensions)})
        self.by_row = frozenset({"table"})
        self.terms, self.dimensions, self.features = terms, dimensions, features
        self.outputs = dimensions + features
        self.dropout, self.row_rate = dropout, rate

    def initialize(self, generator: Generator) -> None:
        """N(0, 1), of length 2; 0 for no term and for a missing text."""
        table = self.parameters["table"]
        normal_(table, generator)
        table.mul_(FIRST_LENGTH / self.dimensions**0.5)
        table[: MISSING + 1] = 0.0

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        """(B, L, 2) → (B, D + F)."""
        return self._beside_features(term_bag(x, *parameters), x)

    def forward(self, x: Tensor) -> Tensor:
        """(B, L, 2) → (B, D + F), with some terms left out."""
        self._x_BL2 = self._with_fewer_terms(x) if self.dropout else x
        bag_BD = term_bag_forward(self._x_BL2, self.parameters["table"])
        return self._beside_features(bag_BD, x)

    def _beside_features(self, bag_BD: Tensor, x_BL2: Tensor) -> Tensor:
        if not self.features:
            return bag_BD
        return torch.cat([bag_BD, features_of(x_BL2, self.terms, self.features)], dim=1)

    def _with_fewer_terms(self, x_BL2: Tensor) -> Tensor:
        draws = torch.rand(x_BL2.shape[:2], generator=self.generator, device=x_BL2.device)
        kept_BL = draws >= self.dropout
        factors = torch.stack([kept_BL, kept_BL / (1.0 - self.dropout)], dim=2)
        return x_BL2 * factors

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        """(B, D + F) → nothing: below the branch nothing learns."""
        out = self.row_gradients["table"]
        table, grad_BD = self.parameters["table"], grad[:, : self.dimensions]
        term_bag_backward(grad_BD, self._x_BL2, table, wanted=False, out=out)
        return None

    def describe(self) -> dict[str, object]:
        """The constructor's arguments."""
        return {
            "terms": self.terms,
            "dimensions": self.dimensions,
            "dropout": self.dropout,
            "rate": self.row_rate,
            "features": self.features,
        }
