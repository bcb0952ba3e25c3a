"""Counted terms as the numbers that the network gets, TF-IDF, or as the first components of these.

The vocabulary, and how much each term says, is learned from the rows of the fit alone. Only the
process in which flat algorithms are fitted imports it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import TruncatedSVD

from pellucid.comparison.text_rows import TextRows
from pellucid.data.texts.weighting import idf_of, most_common, step_between, weigh

MOST_COMPONENTS = 100
"""Of a column of texts, as is usual in latent semantic analysis (Deerwester et al. 1990)."""


class TfIdf:
    """The weights of a column's terms.

    Args:
        counts: How often each training row has each term, (n, terms).
        first_piece: The first term that is a piece of a word, as are all after it.
        most_terms: How many may be learned.

    Attributes:
        learned: Numbers of the terms that are.
    """

    def __init__(self, counts: csr_matrix, first_piece: int, most_terms: int) -> None:
        some = counts[:: step_between(counts.shape[0])]
        texts_with = np.bincount(some.indices, minlength=counts.shape[1]).astype(np.float64)
        self.learned = most_common(texts_with, most_terms)
        self._are_pieces = self.learned >= first_piece
        self._idf = idf_of(texts_with[self.learned], some.shape[0])

    def weigh(self, counts: csr_matrix) -> csr_matrix:
        """→ float32 (n, terms learned)."""
        n, num_terms = counts.shape
        places = np.full(num_terms, -1)
        places[self.learned] = np.arange(len(self.learned))
        place = places[counts.indices]
        known = place >= 0
        starts = np.concatenate([[0], np.cumsum(known)])[counts.indptr]
        shape = (n, len(self.learned))
        found = csr_matrix((counts.data[known], place[known], starts), shape=shape)
        found.sort_indices()
        row, place = np.repeat(np.arange(n), np.diff(starts)), found.indices.astype(np.int64)
        weighted = weigh(row, place, found.data, self._idf, self._are_pieces, n)
        starts = np.concatenate([[0], weighted.ends])
        return csr_matrix((weighted.weights, weighted.places, starts), shape=shape)


class Components:
    """The first components of weighed terms, (n, components): what trees can look at.

    Args:
        weights: Of training rows, (n, terms).
    """

    def __init__(self, weights: csr_matrix) -> None:
        count = min(MOST_COMPONENTS, *weights.shape)
        has_several = weights.shape[1] > 1
        self._svd = TruncatedSVD(count, random_state=0).fit(weights) if has_several else None

    def of(self, weights: csr_matrix) -> npt.NDArray[Any]:
        """Those of some rows."""
        if self._svd is None:
            return np.asarray(weights.toarray())
        return np.asarray(self._svd.transform(weights))


class WithTerms(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The other columns, prepared, and beside them each column of texts.

    Args:
        plain: What prepares the other columns; None to leave them as they are.
        most_terms: How many terms of each column of texts may be learned.
        has_components: Whether of terms the first components are wanted, not what each weighs.
    """

    def __init__(self, plain: Any, most_terms: int, *, has_components: bool) -> None:
        self.plain, self.most_terms, self.has_components = plain, most_terms, has_components

    def fit(self, rows: TextRows, y: object = None) -> Self:
        """Learn all that is learned about the columns."""
        if self.plain is not None and rows.plain.shape[1]:
            self.plain.fit(rows.plain)
        columns = zip(rows.counts, rows.first_pieces, strict=True)
        self.texts_ = [TfIdf(*column, self.most_terms) for column in columns]
        if not rows.plain.shape[1] and not any(self.num_terms):
            raise ValueError("no two of the texts it would learn from have a word in common")
        if self.has_components:
            self.components_ = [Components(weights) for weights in self._weights(rows)]
        return self

    @property
    def num_terms(self) -> list[int]:
        """How many terms were learned of each column of texts."""
        return [len(each.learned) for each in self.texts_]

    def transform(self, rows: TextRows) -> Any:
        """→ (n, columns): dense where of terms there are components, sparse where there are all."""
        plain: Any = self.plain.transform(rows.plain) if self._prepares(rows) else rows.plain
        weights = self._weights(rows)
        if self.has_components:
            found = zip(self.components_, weights, strict=True)
            plain = plain.toarray() if scipy.sparse.issparse(plain) else plain
            return np.hstack([plain, *(each.of(some) for each, some in found)])
        beside = [csr_matrix(plain)] if plain.shape[1] else []  # of terms alone float32 is left
        return scipy.sparse.hstack([*beside, *weights], format="csr")

    def _prepares(self, rows: TextRows) -> bool:
        return self.plain is not None and rows.plain.shape[1] > 0

    def _weights(self, rows: TextRows) -> list[csr_matrix]:
        return [one.weigh(counts) for one, counts in zip(self.texts_, rows.counts, strict=True)]


class OnComponents:
    """A boosting that gets the components of texts beside the other columns.

    Args:
        most_terms: How many terms of each column of texts may be learned.
        make: Makes one of scikit-learn's, with `early_stopping=True`.
    """

    def __init__(self, most_terms: int, make: Callable[[], Any]) -> None:
        self._preparation = WithTerms(None, most_terms, has_components=True)
        self._boosting = make()

    def fit(self, x: TextRows, y: Any, *, X_val: TextRows, y_val: Any) -> Self:
        """Learn as scikit-learn's does; from rows that tell when to stop nothing is prepared."""
        prepared = self._preparation.fit_transform(x)
        stopping = self._preparation.transform(X_val)
        self._boosting.fit(prepared, y, X_val=stopping, y_val=y_val)
        return self

    def predict(self, x: TextRows) -> Any:
        """As scikit-learn's does."""
        return self._boosting.predict(self._preparation.transform(x))

    def predict_proba(self, x: TextRows) -> Any:
        """As scikit-learn's does."""
        return self._boosting.predict_proba(self._preparation.transform(x))

    @property
    def classes_(self) -> Any:
        """As scikit-learn's has them."""
        return self._boosting.classes_
