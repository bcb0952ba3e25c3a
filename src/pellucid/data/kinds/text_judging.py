"""Which columns are free text: several words a cell, which come again in other rows, elsewhere.

Names, addresses and codes are made of words too, but there each word has its place: a surname
stands last, a town after its postal code. In sentences words move, lengths differ, and most words
begin with a small letter. Nothing here knows a word of any language.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pellucid.data.kinds.column_names import says_name, says_prose
from pellucid.data.kinds.evidence import Facts, describe_missing
from pellucid.data.texts.terms import ENTITY, TAG, WITHOUT_SPACES, WORD
from pellucid.wording import count_of

FIRST_LOOKED_AT = 100
MOST_LOOKED_AT = 10_000
MOST_DIFFERENT = 1_000
LONGEST_LOOKED_AT = 1_000
"""So many cells are looked at, evenly spread, at first and then; so many different ones of these;
so many characters of each.

Among more rows any word comes again: that a number of them is fixed makes the shares comparable.
"""

RUNNING = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}"
"""Of scripts without spaces between words, those of letters: of the others a sign is more."""

WORDS_A_SIGN, WORDS_A_LETTER = 0.5, 0.3
NO_WORDS = rf"{TAG}|{ENTITY}|\S+@\S+\.\S+|\w+://\S+"
"""What is in texts and is no word: tags and entities of HTML, addresses of mail and pages."""

FEW_LEVELS, FEW_ROWS_A_LEVEL = 50, 10
"""Up to so many different cells, or from so many rows for each, cells are levels of a category."""

FEWEST_WORDS, SENTENCE, MANY_WORDS, FULL_LENGTH = 3.0, 4.0, 5.0, 12.0
"""Words a cell: fewer are no text; so many in small letters are one; from so many on less is asked;
so many are no name."""

FEWEST_RECURRING = 0.15
FEWEST_SPACES, FEWEST_PIECES = 0.5, 2.25
MOST_DIGITS, MOST_DIGITS_OF_SENTENCES, MOST_DIGITS_UNSPACED = 0.2, 0.3, 0.15
FEWEST_SMALL_OF_TEXTS, MOST_UPPER_OF_NAMES = 0.1, 0.5
FEWEST_SMALL, FEWEST_CAPITALS = {True: 0.7, False: 0.6}, 0.02
"""Shares of words, and pieces between spaces in a cell. Sentences have most small letters, and some
capitals: of few words so many, if they move too. With fewer small letters than texts all words are
capitalized, unless whole words are in capitals."""

FEWEST_MOVING = {True: 0.35, False: 0.45}
FEWEST_MOVING_UNSPACED, FEWEST_MOVING_SENTENCES = 0.62, 0.25
NAMES_MOVE, PROSE_MOVES = 0.1, -0.1
"""Shares of words that do not keep their place: with many words a cell, and with few; and how much
more, or less, a column has to show that is called "author", or "comment"."""

LEAST_VARIED, VARIED, WORDS_WHERE_VARIED = 0.15, 0.35, 6.0
"""Standard deviation of the number of words as a part of their mean: less is that of names; so much
is that of texts, from so many words on."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What was counted about the words of different cells.

    Attributes:
        words: How many a cell has on average.
        variation: Standard deviation of that number, as a part of it.
        signs: How many characters a cell has on average.
        spaced: Pieces between spaces as a part of the words; 1 where words need no spaces.
        unspaced: Share of words in scripts without spaces, of which each character is one here,
            though not in `words`.
        running: The same for those of letters.
        recurring: Share of words that stand in another cell too.
        moving: Share of those that stand at another place than mostly, from the start and the end.
        digits: Share of words with a digit.
        cased: Share of words behind the first that begin with a small or a capital letter.
        small: Share of those that begin with a small letter.
        capitals: Share of words that begin with a capital letter.
        upper: Share of words in capital letters only.
    """

    words: float
    variation: float
    signs: float
    spaced: float
    unspaced: float
    running: float
    recurring: float
    moving: float
    digits: float
    cased: float
    small: float
    capitals: float
    upper: float

    @property
    def is_unspaced(self) -> bool:
        """Whether most words are in a script without spaces."""
        return self.unspaced > 0.5

    @property
    def is_cased(self) -> bool:
        """Whether words have small and capital letters."""
        return self.cased > 0.5


def text_reason(cells: pl.Series, facts: Facts) -> str:
    """Why a column holds free texts; "" if it holds none.

    Args:
        cells: Text.
        facts: What was counted about it.
    """
    if facts.distinct <= min(FEW_LEVELS, facts.present / 2):
        return ""
    if pieces_between_spaces(cells) < FEWEST_PIECES or not _is_open(cells, facts):
        return ""
    found = wording_of(cells)
    return "" if why_no_text(found, cells.name) else describe_texts(found, facts)


def describe_texts(found: Wording, facts: Facts) -> str:
    """Texts in words that quote none."""
    length = count_of(round(found.words), "word")
    if found.is_unspaced:
        length = count_of(round(found.signs), "character")
    return (
        f"texts of {length} on average; {100 * found.recurring:.0f} % of the words in several "
        f"rows; {facts.distinct:,} of {facts.present:,} different" + describe_missing(facts)
    )


def why_no_text(found: Wording, name: str) -> str:
    """What stands against free text, in words; "" if nothing does.

    Args:
        found: What was counted about the words.
        name: The column's name.
    """
    is_free = _are_sentences(found) or _vary(found) or _move(found, name)
    against = {
        f"{found.words:.1f} words a cell": found.words < FEWEST_WORDS,
        "hardly a space between words, as in paths and codes": found.spaced < FEWEST_SPACES,
        f"{100 * found.digits:.0f} % of the words hold digits": found.digits > _most_digits(found),
        f"{100 * found.recurring:.0f} % of the words come again in another row": (
            found.recurring < FEWEST_RECURRING
        ),
        "all words begin with capital letters, as in names": _are_capitalized(found),
        "each word has its place, as in names and addresses": not is_free,
    }
    return next((why for why, stands in against.items() if stands), "")


def _most_digits(found: Wording) -> float:
    if found.is_unspaced:
        return MOST_DIGITS_UNSPACED
    return MOST_DIGITS_OF_SENTENCES if _are_sentences(found) else MOST_DIGITS


def _are_capitalized(found: Wording) -> bool:
    """Whether words begin with capital letters, and go on with small ones."""
    are_capitalized = found.is_cased and found.small < FEWEST_SMALL_OF_TEXTS
    return are_capitalized and found.upper < MOST_UPPER_OF_NAMES and found.words < FULL_LENGTH


def _are_sentences(found: Wording) -> bool:
    """Whether words begin with small letters, some of them not: nobody made all of them small."""
    is_long = found.words >= SENTENCE
    if not found.is_cased or found.capitals < FEWEST_CAPITALS:
        return False
    if found.small < FEWEST_SMALL[is_long]:
        return False
    return is_long or found.moving >= FEWEST_MOVING_SENTENCES


def _vary(found: Wording) -> bool:
    """Whether the number of words differs from cell to cell as nobody's address does."""
    return found.words >= WORDS_WHERE_VARIED and found.variation >= VARIED


def _move(found: Wording, name: str) -> bool:
    """Whether words stand now here, now there, in cells that are not all of one length."""
    if found.variation < LEAST_VARIED:
        return False
    if found.running > 0.5:
        return found.words >= FULL_LENGTH  # where single letters stand says nothing
    fewest = FEWEST_MOVING[found.words >= MANY_WORDS]
    if found.is_unspaced:
        fewest = FEWEST_MOVING_UNSPACED
    fewest += NAMES_MOVE * says_name(name) + PROSE_MOVES * says_prose(name)
    return found.moving >= fewest


# --- Levels, or ever new cells ------------------------------------------------------------------


def _is_open(cells: pl.Series, facts: Facts) -> bool:
    """Whether ever new cells come: most are different, or few rows have each, or most stand once.

    The last where one answer, such as "no comment", is most rows' and the others are texts.
    """
    if facts.distinct > facts.present / FEW_ROWS_A_LEVEL:
        return True
    some = _spread(cells.drop_nulls(), min(MOST_LOOKED_AT, 3 * facts.distinct))
    if 2 * int(some.is_unique().sum()) <= some.n_unique():  # at once: of all, fewer stand once
        return False
    return 2 * int(cells.drop_nulls().is_unique().sum()) > facts.distinct


def pieces_between_spaces(cells: pl.Series) -> float:
    """How many a cell has, on average of a few different ones: at once, for there may be thousands.

    A cell that is not all ASCII counts as a text: its script may have no spaces.
    """
    some = _spread(cells.drop_nulls(), FIRST_LOOKED_AT).str.slice(0, LONGEST_LOOKED_AT)
    different = set(some.to_list())
    pieces = (len(cell.split()) if cell.isascii() else FEWEST_WORDS for cell in different)
    return sum(pieces) / max(1, len(different))


# --- Counting words -----------------------------------------------------------------------------


def wording_of(cells: pl.Series) -> Wording:
    """Count words of some different cells, evenly spread.

    Args:
        cells: Text.
    """
    some = _spread(cells.drop_nulls(), MOST_LOOKED_AT).str.slice(0, LONGEST_LOOKED_AT)
    texts = _spread(some.unique(maintain_order=True), MOST_DIFFERENT)
    words = _words_of(texts)
    return Wording(**_lengths(texts, words), **_places(words), **_letters(words))


def _spread(cells: pl.Series, most: int) -> pl.Series:
    return cells.gather_every(max(1, -(-len(cells) // most)))


def _without_marks(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(NO_WORDS, " ")


def _words_of(texts: pl.Series) -> pl.DataFrame:
    """A row for each word: the cell, the word in small letters, its places from start and end."""
    word, cell = pl.col("word"), pl.col("cell")
    weight = (
        pl.when(word.str.contains(rf"^[{RUNNING}]"))
        .then(WORDS_A_LETTER)
        .when(word.str.contains(rf"^[{WITHOUT_SPACES}]"))
        .then(WORDS_A_SIGN)
        .otherwise(1.0)
    )
    place = pl.int_range(pl.len()).over(cell)
    return (
        texts.to_frame("text")
        .lazy()
        .select(word=_without_marks(pl.col("text")).str.extract_all(WORD))
        .with_row_index("cell")
        .explode("word")
        .drop_nulls()
        .with_columns(
            lower=word.str.to_lowercase(),
            weight=weight,
            place=place,
            place_from_end=pl.len().over(cell) - place,
        )
        .collect()
    )


def _lengths(texts: pl.Series, words: pl.DataFrame) -> dict[str, float]:
    text, weight = _without_marks(pl.col("text")), pl.col("weight")
    signs, pieces = texts.to_frame("text").select(
        signs=pl.col("text").str.len_chars().mean(), pieces=text.str.count_matches(r"\S+").sum()
    ).row(0)  # fmt: skip
    lengths = words.group_by("cell", maintain_order=True).agg(weight.sum())["weight"].to_numpy()
    mean = float(lengths.sum()) / max(1, len(texts))
    unspaced, running = _shares(words, unspaced=weight < 1.0, running=weight == WORDS_A_LETTER)
    return {
        "words": mean,
        "variation": float(lengths.std()) / mean if mean else 0.0,
        "signs": signs or 0.0,
        "spaced": pieces / max(1, words.height) if unspaced <= 0.5 else 1.0,
        "unspaced": unspaced,
        "running": running,
    }


def _places(words: pl.DataFrame) -> dict[str, float]:
    """Which words recur, and whether they keep their places."""
    kept = [pl.col(name).unique_counts().max() for name in ("place", "place_from_end")]
    count, kept_count = (
        words.lazy()
        .group_by("lower")
        .agg(count=pl.len(), cells=pl.col("cell").n_unique(), kept=pl.max_horizontal(kept))
        .filter(pl.col("cells") > 1)
        .select(pl.col("count").sum(), pl.col("kept").sum())
        .collect()
        .row(0)
    )
    return {
        "recurring": count / max(1, words.height),
        "moving": 1.0 - kept_count / count if count else 0.0,
    }


def _letters(words: pl.DataFrame) -> dict[str, float]:
    word, is_later = pl.col("word"), pl.col("place") > 0
    is_small, is_large = word.str.contains(r"^\p{Ll}"), word.str.contains(r"^\p{Lu}")
    later, small, large, digits, capitals, upper = _shares(
        words,
        later=is_later,
        small=is_small & is_later,
        large=is_large & is_later,
        digits=word.str.contains(r"\p{N}"),
        capitals=is_large,
        upper=is_large & ~word.str.contains(r"\p{Ll}"),
    )
    return {
        "digits": digits,
        "cased": (small + large) / later if later else 0.0,
        "small": small / (small + large) if small else 0.0,
        "capitals": capitals,
        "upper": upper,
    }


def _shares(words: pl.DataFrame, **is_so: pl.Expr) -> tuple[float, ...]:
    """In which part of the words something is so; 0 of none."""
    return tuple(
        share or 0.0 for share in words.select(**{k: v.mean() for k, v in is_so.items()}).row(0)
    )
