"""Words that no training text had: how many are usual in a text, and how many are odd.

Texts like those of training have unseen words too. How many is told by the training texts, each
beside the others: a word is unseen if too few of the *others* have it. Of a text with n different
words, k of them unseen, the score is that of an overdispersed binomial (Williams 1982,
"Extra-binomial variation in logistic linear models"):

    (k − n·p) / √(n·p·(1 − p)·(1 + (n − 1)·ρ)),

so that long and short texts can be compared. A text is odd if its score is beyond that of all but
1 in 200 training texts: of new texts like these, no more are beyond either (a conformal limit).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.texts.terms import words_of
from pellucid.data.texts.vocabulary import Vocabulary, in_blocks
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

USUAL_PART = 0.995
"""Part of the texts like those of training that are within the limit."""
FEWEST_JUDGING = 20
"""Of fewer texts nobody can say what is odd."""
MOST_JUDGING = 2_000


@dataclass(frozen=True, kw_only=True)
class UsualWords:
    """How many words of a text are unseen where nothing is odd.

    Attributes:
        unseen_part: p: part of the words of training texts that no other has.
        correlation: ρ: how much the words of one text are seen, or unseen, together, 0 … 1.
        limit: The score beyond which a text is odd; None where there were too few texts to tell.
        wordless_part: Part of the training texts that have no word.
    """

    unseen_part: float
    correlation: float
    limit: float | None
    wordless_part: float

    @classmethod
    def fit(
        cls, texts: pl.Series, weights: Floats, vocabulary: Vocabulary, *, is_private: bool
    ) -> UsualWords:
        """Learn from the texts from which the vocabulary was learned.

        Args:
            texts: String, null where missing.
            weights: Weight of each, (n,).
            vocabulary: Theirs.
            is_private: Whether nothing may be kept that a single text says, as a limit does.
        """
        step = max(1, -(-len(texts) // MOST_JUDGING))
        some, own = texts.gather_every(step), weights[::step]
        total, unseen = _count_beside_others(some, own, vocabulary)
        there = some.is_not_null().to_numpy()
        wordless = float((total[there] == 0).mean()) if there.any() else 0.0
        total, unseen = total[total > 0], unseen[total > 0]
        part = float((unseen.sum() + 1.0) / (total.sum() + 2.0))
        squares = (unseen - total * part) ** 2 / np.maximum(total, 1) / (part * (1.0 - part))
        pairs = float((total - 1.0).sum())
        excess = float((squares - 1.0).sum()) / pairs if pairs else 0.0
        usual = cls(
            unseen_part=part,
            correlation=min(1.0, max(0.0, excess)),
            limit=None,
            wordless_part=wordless,
        )
        if is_private or len(total) < FEWEST_JUDGING:
            return usual
        return cls(**{**vars(usual), "limit": _limit_of(usual.scores(total, unseen))})

    @classmethod
    def from_plain(cls, plain: Fields) -> UsualWords:
        """What `asdict` made of it.

        Raises:
            ModelFileError: It made something else.
        """
        part = plain.number("unseen_part", 0.0, 1.0)
        if not 0.0 < part < 1.0:
            raise ModelFileError(f"The part of unseen words of {plain.what} is {part}.")
        return cls(
            unseen_part=part,
            correlation=plain.number("correlation", 0.0, 1.0),
            limit=None if plain.is_null("limit") else plain.number("limit"),
            wordless_part=plain.number("wordless_part", 0.0, 1.0),
        )

    def scores(self, total: Counts, unseen: Counts) -> Floats:
        """How odd texts are by their unseen words, 0 on average, (n,); 0 without words.

        Args:
            total: Different words of each.
            unseen: How many of these are unseen.
        """
        part = self.unseen_part
        spread = part * (1.0 - part) * total * (1.0 + np.maximum(total - 1, 0) * self.correlation)
        return np.asarray((unseen - total * part) / np.sqrt(np.where(total > 0, spread, 1.0)))

    def are_odd(self, total: Counts, unseen: Counts) -> Bools:
        """Which texts have more unseen words than is usual, (n,)."""
        if self.limit is None:
            return np.zeros(len(total), dtype=bool)
        return (unseen > 0) & (self.scores(total, unseen) > self.limit)


def count_unseen(texts: pl.Series, vocabulary: Vocabulary) -> tuple[Counts, Counts]:
    """How many different words texts have, (n,), and how many of these the vocabulary lacks.

    Signs between words are left aside: many languages have the same.

    Args:
        texts: String, null where missing.
        vocabulary: The known terms.
    """
    known = vocabulary.places
    return _counted(
        texts, lambda words: words.join(known, left_on="word", right_on="term", how="anti")
    )


def _count_beside_others(
    texts: pl.Series, weights: Floats, vocabulary: Vocabulary
) -> tuple[Counts, Counts]:
    """The same of texts that the vocabulary was learned from, each as if it had not been there."""
    fewest = min(vocabulary.texts_with, default=0.0)
    known = vocabulary.places.with_columns(texts=pl.Series(vocabulary.texts_with, dtype=pl.Float64))
    own = pl.Series("own", weights)
    is_unseen = pl.col("texts").is_null() | (pl.col("texts") - pl.col("own") < fewest)

    def unseen_of(words: pl.DataFrame) -> pl.DataFrame:
        beside = words.with_columns(own=own[words["row"]])
        return beside.join(known, left_on="word", right_on="term", how="left").filter(is_unseen)

    return _counted(texts, unseen_of)


def _counted(
    texts: pl.Series, unseen_of: Callable[[pl.DataFrame], pl.DataFrame]
) -> tuple[Counts, Counts]:
    """How many different words texts have, (n,), and how many of these are unseen.

    Args:
        texts: String, null where missing.
        unseen_of: Which rows of a frame of `row`, the place of the text, and `word` are such.
    """
    total, unseen = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=np.int64)
    start = 0
    for block in in_blocks(texts):
        words = words_of(block, with_signs=False).unique().with_columns(pl.col("row") + start)
        for counts, found in ((total, words), (unseen, unseen_of(words))):
            own = found["row"].to_numpy() - start
            counts[start : start + len(block)] = np.bincount(own, minlength=len(block))
        start += len(block)
    return total, unseen


def _limit_of(scores: Floats) -> float:
    """The ⌈0.995·(n + 1)⌉-th smallest of n scores, or the greatest."""
    rank = min(len(scores), int(np.ceil(USUAL_PART * (len(scores) + 1) - 1e-9)))
    return float(np.sort(scores)[rank - 1])


def in_words(total: Counts, unseen: Counts) -> pl.Series:
    """How many words of each text are unseen, String (n,).

    Args:
        total: Different words of each.
        unseen: How many of these are unseen.
    """
    counts = pl.DataFrame({"total": total, "unseen": unseen})
    are_all, is_one = pl.col("total") == pl.col("unseen"), pl.col("total") == 1
    few = pl.format("{} of its {} different words are unknown", "unseen", "total")
    every = pl.format("none of its {} different words is known", "total")
    only = pl.lit("its only word is unknown")
    chosen = pl.when(are_all & is_one).then(only).when(are_all).then(every).otherwise(few)
    return counts.select(chosen.alias("words"))["words"]
