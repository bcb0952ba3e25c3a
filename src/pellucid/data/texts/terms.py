"""Texts cut into terms: words, pairs of words that follow each other, and pieces of words.

What two texts have in common is told by their terms. Pieces of words find what is written otherwise
or bent: "thanx", "refunded".
"""

from __future__ import annotations

import html
from collections.abc import Iterable

import polars as pl

from pellucid.data.sources.text_files import MOST_CHARACTERS

WITHOUT_SPACES = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
"""Scripts without spaces between words: each character is taken for a word."""

LETTERS = r"\p{L}\p{M}\p{N}"
WORD = rf"[{WITHOUT_SPACES}]\p{{M}}*|[[{LETTERS}]--[{WITHOUT_SPACES}]]+"
WORD_OR_SIGNS = rf"{WORD}|[^{LETTERS}\s\p{{C}}]{{1,3}}"
"""A word, or signs between words, such as "!!", ":)" or an emoji: they tell a mood."""

LONGEST_WORD = 64
"""Of a longer one, such as the lines of an attachment, so many characters are read."""

LONG_NUMBER = r"^\p{N}{5,}$"
TAG = r"</?[a-zA-Z][a-zA-Z0-9]{0,20}(\s[^<>]{0,1000})?/?>|<!(--|[a-zA-Z])[^<>]{0,1000}>"
ENTITY = r"&#?[0-9a-zA-Z]{2,31};"

PIECE_LENGTHS = (2, 3, 4)
PIECE, EDGE = "~", "_"
"""Before a piece of a word, and where the word begins or ends in it; no word has them."""


def words_of(texts: pl.Series, *, with_signs: bool = True) -> pl.DataFrame:
    """The words of texts, and the signs between them, in their order.

    HTML's tags are no words, its entities are the signs they stand for. Characters that look alike
    are one (Unicode's NFKC), and so are capitals and small letters. What is long is as `as_terms`
    says.

    Args:
        texts: String, null where missing.
        with_signs: Whether signs are among them.

    Returns:
        A frame of `row`, the place of the text, and `word`.
    """
    alike = plain_of(texts).str.normalize("NFKC").str.to_lowercase()
    rows = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
    pattern = WORD_OR_SIGNS if with_signs else WORD
    frame = pl.DataFrame({"row": rows, "word": alike.str.extract_all(pattern)})
    return frame.explode("word").drop_nulls().with_columns(as_terms(pl.col("word")))


def as_terms(words: pl.Expr) -> pl.Expr:
    """Words without what hardly comes twice: digits of long numbers, and the ends of long words.

    So 07781482378, a telephone, is 00000000000.
    """
    short = words.str.slice(0, LONGEST_WORD)
    is_long = short.str.contains(LONG_NUMBER)
    return pl.when(is_long).then(short.str.replace_all(r"\p{N}", "0")).otherwise(short)


def plain_of(texts: pl.Series) -> pl.Series:
    """What of texts is read: no tags, no entities, and no more than `MOST_CHARACTERS`.

    Args:
        texts: String, null where missing.
    """
    return _without_entities(texts.str.slice(0, MOST_CHARACTERS).str.replace_all(TAG, " "))


def _without_entities(texts: pl.Series) -> pl.Series:
    has_some = texts.str.contains(ENTITY)
    if not has_some.any():
        return texts
    written = texts.filter(has_some).map_elements(html.unescape, return_dtype=pl.String)
    return texts.scatter(has_some.arg_true(), written)


def are_pieces(terms: pl.Expr) -> pl.Expr:
    """Which terms are pieces of words: signs have no letter, and pairs of words a blank."""
    return terms.str.contains(rf"^{PIECE}[^ ]*[{LETTERS}]")


def are_pairs(terms: pl.Expr) -> pl.Expr:
    """Which terms are two words: a blank stands between them."""
    return terms.str.contains(" ", literal=True)


def has_pieces(terms: Iterable[str]) -> bool:
    """Whether any of some terms is a piece of a word."""
    named = pl.DataFrame({"term": pl.Series(list(terms), dtype=pl.String)})
    return bool(named.select(are_pieces(pl.col("term")).any()).item())


def terms_of(words: pl.DataFrame, *, with_pieces: bool) -> pl.DataFrame:
    """The terms of texts, each as often as it is there.

    Args:
        words: From `words_of`.
        with_pieces: Whether pieces of words are terms too.

    Returns:
        A frame of `row` and `term`: "red", "red wine", "~_win".
    """
    row, word = pl.col("row"), pl.col("word")
    both = pl.concat_str(word, word.shift(-1), separator=" ")
    pairs = words.select(row, pl.when(row == row.shift(-1)).then(both).alias("term")).drop_nulls()
    parts = [words.select(row, word.alias("term")), pairs]
    if with_pieces:
        different = words.select(word.unique(maintain_order=True))["word"]
        pieces = pl.DataFrame({"word": different, "term": [pieces_of(each) for each in different]})
        found = words.join(pieces, on="word", how="inner")
        parts.append(found.select("row", "term").explode("term").drop_nulls())
    return pl.concat(parts)


def pieces_of(word: str) -> list[str]:
    """Each 2, 3 and 4 characters of a word that follow each other, with its edges; none of signs.

    Example:
        >>> pieces_of("wine")[:5]
        ['~_w', '~wi', '~in', '~ne', '~e_']
    """
    if not word[0].isalnum():
        return []
    edged = f"{EDGE}{word}{EDGE}"
    return [
        PIECE + edged[start : start + length]
        for length in PIECE_LENGTHS
        for start in range(len(edged) - length + 1)
    ]
