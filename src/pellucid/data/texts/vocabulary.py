"""A vocabulary: the terms that training texts have in common, and how much each says.

A text is a sparse vector, a number for each of its terms: tf · idf of length 1, where
tf = 1 + ln(c), with c how often the text has it, and idf = 1 + ln((1 + n) / (1 + m)), with m how
many of n texts have it, as in scikit-learn's `TfidfVectorizer(sublinear_tf=True)`: Salton & Buckley
1988, "Term-weighting approaches in automatic text retrieval".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.texts.terms import MOST_CHARACTERS, PIECE, terms_of, words_of

Floats = npt.NDArray[np.float64]

MOST_TEXTS = 100_000
"""From so many texts a vocabulary is learned, evenly spread over all."""

MOST_TERMS_OF_A_TEXT = 4_096
"""Of more, those with the greatest weights count: a batch has room for its longest text."""

CHARACTERS_AT_ONCE = 2**23
TERMS_AT_ONCE = 2**22


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedTerms:
    """The terms of texts, one text after the other.

    Attributes:
        ends: Where each text ends among them, (n,).
        places: Place of each term in the vocabulary, (terms,), in ascending order within a text.
        weights: Its weight, float32 (terms,).
    """

    ends: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Vocabulary:
    """Terms, and how many texts have each.

    Attributes:
        terms: The terms, each once.
        texts_with: How many training texts have each.
        num_texts: Training texts.
        with_pieces: Whether pieces of words are terms too.
    """

    terms: Sequence[str]
    texts_with: Sequence[float]
    num_texts: float
    with_pieces: bool

    @classmethod
    def fit(
        cls,
        texts: pl.Series,
        weights: Floats,
        *,
        most_terms: int,
        fewest_texts: float,
        with_pieces: bool,
    ) -> Vocabulary:
        """The terms that most texts have.

        Args:
            texts: String, null where missing.
            weights: Weight of each, (n,).
            most_terms: How many terms there may be.
            fewest_texts: How many texts must have each.
            with_pieces: Whether pieces of words are terms too.
        """
        step = max(1, math.ceil(len(texts) / MOST_TEXTS))
        some, counted = texts.gather_every(step), weights[::step]
        found = _texts_with_each(some, counted, with_pieces=with_pieces)
        known = (
            found.filter(pl.col("texts") >= fewest_texts)
            .sort("texts", "term", descending=[True, False])
            .head(most_terms)
        )
        return cls(
            terms=tuple(known["term"]),
            texts_with=tuple(known["texts"]),
            num_texts=float(counted.sum()),
            with_pieces=with_pieces,
        )

    @cached_property
    def _places(self) -> pl.DataFrame:
        """Each term with its place."""
        places = pl.int_range(len(self.terms), dtype=pl.UInt32, eager=True)
        return pl.DataFrame({"term": pl.Series(self.terms, dtype=pl.String), "place": places})

    @cached_property
    def _are_pieces(self) -> npt.NDArray[np.bool_]:
        return np.array([term.startswith(PIECE) and len(term) > 1 for term in self.terms], bool)

    @cached_property
    def idf(self) -> Floats:
        """How much each term says, (terms,)."""
        return np.log((1.0 + self.num_texts) / (1.0 + np.array(self.texts_with))) + 1.0

    def weigh(self, texts: pl.Series) -> WeightedTerms:
        """The known terms of texts with their weights.

        Args:
            texts: String, null where missing.
        """
        parts = [self._weigh_block(block) for block in _in_blocks(texts)]
        counts = [np.diff(part.ends, prepend=0) for part in parts]
        return WeightedTerms(
            ends=np.cumsum(np.concatenate(counts)),
            places=np.concatenate([part.places for part in parts]),
            weights=np.concatenate([part.weights for part in parts]),
        )

    def _weigh_block(self, texts: pl.Series) -> WeightedTerms:
        terms = terms_of(words_of(texts), with_pieces=self.with_pieces)
        counted = (
            terms.join(self._places, on="term", how="inner")
            .group_by("row", "place")
            .len("count")
            .sort("row", "place")
        )
        row, place = (counted[name].to_numpy().astype(np.int64) for name in ("row", "place"))
        weight = (1.0 + np.log(counted["count"].to_numpy())) * self.idf[place]
        if len(row) and np.bincount(row).max() > MOST_TERMS_OF_A_TEXT:
            kept = _greatest(row, weight)
            row, place, weight = row[kept], place[kept], weight[kept]
        # In the order of its terms, so that a text's weights do not depend on the texts beside it.
        part = 2 * row + self._are_pieces[place]
        squares = np.bincount(part, weights=weight**2)
        return WeightedTerms(
            ends=np.cumsum(np.bincount(row, minlength=len(texts))),
            places=place,
            weights=(weight / np.sqrt(squares[part])).astype(np.float32),
        )


def _in_blocks(texts: pl.Series) -> Iterator[pl.Series]:
    """The texts in order, so few at a time that their terms take little room; at least once."""
    lengths = texts.str.len_bytes().fill_null(0).clip(upper_bound=MOST_CHARACTERS)
    block = lengths.cast(pl.Int64).cum_sum().to_numpy() // CHARACTERS_AT_ONCE
    starts = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], len(texts)], strict=True):
        yield texts.slice(start, end - start)


def _texts_with_each(texts: pl.Series, weights: Floats, *, with_pieces: bool) -> pl.DataFrame:
    """How many texts have each term: a frame of `term` and `texts`."""
    found = pl.DataFrame(schema={"term": pl.String, "texts": pl.Float64})
    start = 0
    for block in _in_blocks(texts):
        terms = terms_of(words_of(block), with_pieces=with_pieces).unique()
        weighed = terms.with_columns(texts=pl.Series(weights[start:])[terms["row"]])
        start += len(block)
        found = _summed(pl.concat([found, weighed.select("term", "texts")]))
        if found.height > TERMS_AT_ONCE:
            # What so few texts had up to here is rare in all of them.
            found = found.filter(pl.col("texts") > 1.0)
    return found


def _summed(found: pl.DataFrame) -> pl.DataFrame:
    return found.group_by("term").agg(pl.col("texts").sum())


def _greatest(row: npt.NDArray[np.int64], weight: Floats) -> npt.NDArray[np.bool_]:
    """Which terms are among those of greatest weight in their text, (terms,)."""
    order = np.lexsort((-weight, row))
    start = np.searchsorted(row, row)  # rows are in order
    rank = np.empty_like(row)
    rank[order] = np.arange(len(row))
    return rank - start < MOST_TERMS_OF_A_TEXT
