"""Texts cut into terms: words, pairs of words that follow each other, and pieces of words.

What two texts have in common is told by their terms. Pieces of words find what is written otherwise
or bent: "thanx", "refunded".
"""

from __future__ import annotations

import html

import polars as pl

MOST_CHARACTERS = 100_000
"""Of longer texts the rest is not read: they are read as far as a hundred pages."""

WITHOUT_SPACES = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
"""Scripts without spaces between words: each character is taken for a word."""

LETTERS = r"\p{L}\p{M}\p{N}"
WORD = (
    rf"[{WITHOUT_SPACES}]\p{{M}}*"
    rf"|[[{LETTERS}]--[{WITHOUT_SPACES}]]+"
    rf"|[^{LETTERS}\s\p{{C}}]{{1,3}}"
)
"""A character of a script without spaces; letters and digits; signs, as "!!", ":)", an emoji."""

LONG_NUMBER = r"^\p{N}{5,}$"
TAG = r"</?[a-zA-Z][a-zA-Z0-9]{0,20}(\s[^<>]{0,1000})?/?>|<!(--|[a-zA-Z])[^<>]{0,1000}>"
ENTITY = r"&#?[0-9a-zA-Z]{2,31};"

PIECE_LENGTHS = (3, 4, 5)
PIECE, EDGE = "~", "_"
"""Before a piece of a word, and where the word begins or ends in it; neither is in any word."""


def words_of(texts: pl.Series) -> pl.DataFrame:
    """The words of texts, and the signs between them, in their order.

    HTML's tags are no words, its entities are the signs they stand for. Characters that look alike
    are one (Unicode's NFKC), and so are capitals and small letters. Of numbers with many digits,
    which hardly come twice, only their length is told: "00000".

    Args:
        texts: String, null where missing.

    Returns:
        A frame of `row`, the place of the text, and `word`.
    """
    plain = texts.str.slice(0, MOST_CHARACTERS).str.replace_all(TAG, " ")
    plain = _without_entities(plain).str.normalize("NFKC").str.to_lowercase()
    rows = pl.int_range(len(texts), dtype=pl.UInt32, eager=True)
    frame = pl.DataFrame({"row": rows, "word": plain.str.extract_all(WORD)})
    word = pl.col("word")
    masked = pl.when(word.str.contains(LONG_NUMBER)).then(word.str.replace_all(r"\p{N}", "0"))
    return frame.explode("word").drop_nulls().with_columns(masked.otherwise(word))


def _without_entities(texts: pl.Series) -> pl.Series:
    has_some = texts.str.contains(ENTITY)
    if not has_some.any():
        return texts
    written = texts.filter(has_some).map_elements(html.unescape, return_dtype=pl.String)
    return texts.scatter(has_some.arg_true(), written)


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
        different = different.filter(different.str.contains(rf"^[{LETTERS}]"))
        pieces = pl.DataFrame({"word": different, "term": [pieces_of(each) for each in different]})
        found = words.join(pieces, on="word", how="inner")
        parts.append(found.select("row", "term").explode("term").drop_nulls())
    return pl.concat(parts)


def pieces_of(word: str) -> list[str]:
    """Each 3, 4 and 5 signs of a word that follow each other, with its edges as signs.

    Example:
        >>> pieces_of("wine")[:4]
        ['~_wi', '~win', '~ine', '~ne_']
    """
    edged = f"{EDGE}{word}{EDGE}"
    return [
        PIECE + edged[start : start + length]
        for length in PIECE_LENGTHS
        for start in range(len(edged) - length + 1)
    ]
