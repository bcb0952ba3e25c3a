"""A vocabulary: the terms that training texts have in common, and how much each says.

A text is a sparse vector, a number for each of its terms: tf · idf of length 1 (pieces of words by
themselves), where
tf = 1 + ln(c), with c how often the text has it, and idf = 1 + ln((1 + n) / (1 + m)), with m how
many of n texts have it, as in scikit-learn's `TfidfVectorizer(sublinear_tf=True)`: Salton & Buckley
1988, "Term-weighting approaches in automatic text retrieval".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.sources.text_files import MOST_CHARACTERS
from pellucid.data.texts.terms import are_pairs, are_pieces, terms_of, words_of
from pellucid.data.texts.weighting import WeightedTerms, idf_of, step_between, weigh

Floats = npt.NDArray[np.float64]

FIRST_TERM = 2
"""Number of the first term of a vocabulary: 0 is no term, 1 a missing text."""

CHARACTERS_AT_ONCE = 2**21
TERMS_AT_ONCE = 2**22


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
        with_pairs: bool = True,
    ) -> Vocabulary:
        """The terms that most texts have.

        Args:
            texts: String, null where missing.
            weights: Weight of each, (n,).
            most_terms: How many terms there may be.
            fewest_texts: How many texts must have each.
            with_pieces: Whether pieces of words are terms too.
            with_pairs: Whether pairs of words are.
        """
        step = step_between(len(texts))
        some, counted = texts.gather_every(step), summed_exactly(weights[::step])
        found = texts_with_each(some, counted, with_pieces=with_pieces)
        if not with_pairs:
            found = found.filter(~are_pairs(pl.col("term")))
        known = (
            found.filter(pl.col("texts") >= fewest_texts)
            .with_columns(are_pieces(pl.col("term")).alias("is_piece"))
            .sort("texts", "is_piece", "term", descending=[True, False, False])
            .head(most_terms)
        )
        return cls(
            terms=tuple(known["term"]),
            texts_with=tuple(known["texts"]),
            num_texts=float(counted.sum()),
            with_pieces=with_pieces,
        )

    @cached_property
    def places(self) -> pl.DataFrame:
        """Each term with its place."""
        places = pl.int_range(len(self.terms), dtype=pl.UInt32, eager=True)
        return pl.DataFrame({"term": pl.Series(self.terms, dtype=pl.String), "place": places})

    @cached_property
    def are_pieces(self) -> npt.NDArray[np.bool_]:
        """Which terms are pieces of words, (terms,)."""
        return self.places.select(are_pieces(pl.col("term")))["term"].to_numpy()

    @cached_property
    def idf(self) -> Floats:
        """How much each term says, (terms,)."""
        return idf_of(np.array(self.texts_with), self.num_texts)

    def weigh(self, texts: pl.Series) -> WeightedTerms:
        """The known terms of texts with their weights.

        Args:
            texts: String, null where missing; few at a time (`in_blocks`).
        """
        counted = count_terms(texts, self.places, with_pieces=self.with_pieces)
        row, place = (counted[name].to_numpy().astype(np.int64) for name in ("row", "place"))
        count = counted["count"].to_numpy()
        return weigh(row, place, count, self.idf, self.are_pieces, len(texts))


def count_terms(texts: pl.Series, places: pl.DataFrame, *, with_pieces: bool) -> pl.DataFrame:
    """How often texts have each of some terms.

    Args:
        texts: String, null where missing.
        places: A frame of `term` and its `place`.
        with_pieces: Whether pieces of words are terms too.

    Returns:
        A frame of `row`, the place of the text, `place` and `count`, in this order.
    """
    terms = terms_of(words_of(texts), with_pieces=with_pieces)
    found = terms.join(places, on="term", how="inner")
    return found.group_by("row", "place").len("count").sort("row", "place")


def in_blocks(texts: pl.Series) -> Iterator[pl.Series]:
    """The texts in order, so few at a time that their terms take little room; at least once."""
    lengths = texts.str.len_bytes().fill_null(0).clip(upper_bound=MOST_CHARACTERS)
    block = lengths.cast(pl.Int64).cum_sum().to_numpy() // CHARACTERS_AT_ONCE
    starts = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist()]
    for start, end in zip(starts, [*starts[1:], len(texts)], strict=True):
        yield texts.slice(start, end - start)


def summed_exactly(weights: Floats) -> Floats:
    """Weights of which any sum is exact: the order in which threads add them is of no matter.

    They are rounded to multiples of about a 2⁻⁵⁰th of their sum; whole numbers stay as they are.

    Args:
        weights: None is negative, (n,).
    """
    _, exponent = np.frexp(weights.sum())
    step = np.ldexp(1.0, int(exponent) - 50)
    return np.asarray(np.round(weights / step) * step)


def texts_with_each(texts: pl.Series, weights: Floats, *, with_pieces: bool) -> pl.DataFrame:
    """How many texts have each term: a frame of `term` and `texts`."""
    found = pl.DataFrame(schema={"term": pl.String, "texts": pl.Float64})
    start = 0
    for block in in_blocks(texts):
        terms = terms_of(words_of(block), with_pieces=with_pieces).unique()
        own = pl.Series(weights[start : start + len(block)])
        start += len(block)
        weighed = terms.with_columns(texts=own[terms["row"]])
        found = _summed(pl.concat([found, weighed.select("term", "texts")]))
        if found.height > TERMS_AT_ONCE:
            # What so few texts had up to here is rare in all of them.
            found = found.filter(pl.col("texts") > 1.0)
    return found


def _summed(found: pl.DataFrame) -> pl.DataFrame:
    return found.group_by("term").agg(pl.col("texts").sum())
