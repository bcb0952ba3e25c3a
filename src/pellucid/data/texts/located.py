"""The words of one text where they stand in it, so that the text itself can show what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise

import polars as pl

from pellucid.data.texts.terms import WORD_OR_SIGNS, as_terms, pieces_of, plain_of

CLUSTER = r"[\x{1100}-\x{11FF}]+|\P{M}\p{M}*|\p{M}+"
"""Signs that Unicode may make one: a letter with its accents, the parts of a Korean syllable."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word where it stands in a text.

    Attributes:
        start: Place of its first character.
        end: Place behind its last one.
        term: The word as a term: in small letters.
    """

    start: int
    end: int
    term: str


@dataclass(frozen=True, kw_only=True)
class LocatedText:
    """A text as it is read, and its words.

    Attributes:
        text: Without tags and entities, and cut off where reading ends.
        words: In their order.
    """

    text: str
    words: tuple[Word, ...]

    def terms(self, *, with_pieces: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Yield each term, as often as it is there, and which words it is made of, by their places.

        Args:
            with_pieces: Whether pieces of words are terms too.
        """
        for place, word in enumerate(self.words):
            yield word.term, (place,)
            if with_pieces:
                yield from ((piece, (place,)) for piece in pieces_of(word.term))
        for place, (word, following) in enumerate(pairwise(self.words)):
            yield f"{word.term} {following.term}", (place, place + 1)


def locate_words(text: str) -> LocatedText:
    """Find the words of a text, the same as `words_of` does, and where each of them stands.

    Args:
        text: Any.
    """
    plain = plain_of(pl.Series([text], dtype=pl.String))
    shown = plain[0]
    whole = plain.str.normalize("NFKC")
    clusters = plain.str.extract_all(CLUSTER)[0]
    alike = clusters.str.normalize("NFKC")
    if "".join(alike) == whole[0]:
        lengths = clusters.str.len_chars().to_list()
    else:  # signs far apart have become one: what is compared is shown itself
        shown, alike = whole[0], whole.str.extract_all(r"(?s).")[0]
        lengths = [1] * len(alike)
    # For each character that is compared, the ends of what it stands for in the text.
    small = alike.str.to_lowercase().str.len_chars().to_list()
    ends = list(accumulate(lengths))
    starts = [end - length for end, length in zip(ends, lengths, strict=True)]
    spans = [(a, b) for a, b, n in zip(starts, ends, small, strict=True) for _ in range(n)]
    compared = whole.str.to_lowercase()
    words, place = [], 0
    found = compared.str.extract_all(WORD_OR_SIGNS).explode().drop_nulls()
    terms = found.to_frame("word").select(as_terms(pl.col("word")))["word"]
    for word, term in zip(found, terms, strict=True):
        place = compared[0].index(word, place)
        first, last = spans[place], spans[place + len(word) - 1]
        words.append(Word(start=first[0], end=last[1], term=term))
        place += len(word)
    return LocatedText(text=shown, words=tuple(words))
