"""How much the terms of texts weigh, and which of them are learned: arithmetic on their numbers.

It needs neither texts nor Polars, so that flat algorithms, in a process that has neither, get the
very numbers that the network gets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

FEWEST_TEXTS = 2
"""A term of one text says nothing about another."""

FEWEST_PRIVATE_TEXTS = 5.0
"""A private model keeps no term of fewer texts: two or three may well be of one person."""

MOST_TEXTS = 100_000
"""From so many texts a vocabulary is learned, evenly spread over all."""

MOST_TERMS_OF_A_TEXT = 4_096
"""Of more, those with the greatest weights count: a batch has room for its longest text."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WeightedTerms:
    """The terms of texts, one text after the other.

    Attributes:
        ends: Where each text ends among them, (n,).
        places: Place of each term in the vocabulary, (terms,), in ascending order within a text.
        weights: Its weight, float32 (terms,).
    """

    ends: Places
    places: Places
    weights: npt.NDArray[np.float32]


def step_between(num_texts: int) -> int:
    """Which texts a vocabulary is learned from: every one, or every so many."""
    return max(1, -(-num_texts // MOST_TEXTS))


def most_common(texts_with: Floats, most_terms: int) -> Places:
    """Places of the terms that are learned, those of most texts first.

    Args:
        texts_with: How many texts have each term, (terms,), in the alphabet's order.
        most_terms: How many terms there may be.
    """
    order = np.argsort(-texts_with, kind="stable")
    return order[: min(most_terms, int((texts_with >= FEWEST_TEXTS).sum()))]


def idf_of(texts_with: Floats, num_texts: float) -> Floats:
    """How much each term says, (terms,).

    Args:
        texts_with: How many texts have each, (terms,).
        num_texts: How many texts there are.
    """
    return np.log((1.0 + num_texts) / (1.0 + texts_with)) + 1.0


def weigh(
    row: Places,
    place: Places,
    count: npt.NDArray[np.integer],
    idf: Floats,
    are_pieces: npt.NDArray[np.bool_],
    num_texts: int,
) -> WeightedTerms:
    """The weights of terms that are counted.

    Those of words and pairs of words have length 1, and those of pieces of words too: of these
    there are many more, and they would push the others aside.

    Args:
        row: Which text has each, (terms,), in order.
        place: Its place in the vocabulary, (terms,), in ascending order within a text.
        count: How often the text has it, (terms,).
        idf: How much each term of the vocabulary says.
        are_pieces: Which terms of the vocabulary are pieces of words.
        num_texts: How many texts there are, n.
    """
    weight = (1.0 + np.log(count.astype(np.float64))) * idf[place]
    if len(row) and np.bincount(row).max() > MOST_TERMS_OF_A_TEXT:
        kept = _greatest(row, weight)
        row, place, weight = row[kept], place[kept], weight[kept]
    # In the order of its terms, so that a text's weights do not depend on the texts beside it.
    part = 2 * row + are_pieces[place]
    squares = np.bincount(part, weights=weight**2)
    return WeightedTerms(
        ends=np.cumsum(np.bincount(row, minlength=num_texts)),
        places=place,
        weights=(weight / np.sqrt(squares[part])).astype(np.float32),
    )


def _greatest(row: Places, weight: Floats) -> npt.NDArray[np.bool_]:
    """Which terms are among those of greatest weight in their text, (terms,)."""
    order = np.lexsort((-weight, row))
    start = np.searchsorted(row, row)  # rows are in order
    rank = np.empty_like(row)
    rank[order] = np.arange(len(row))
    return rank - start < MOST_TERMS_OF_A_TEXT
