"""Texts: free text, of which the network learns what each term says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.exact_names import exactly
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.flat_columns import CountedTerms, FlatColumn, FlatTerms
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.kind import Compact, Encoder, Floats, Kind
from pellucid.data.kinds.level_formats import counted_rows, fewest_rows_of_level
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.surprise import MOST_UNKNOWN, Surprise, where_null
from pellucid.data.kinds.text_judging import describe_texts, text_reason, wording_of
from pellucid.data.sources.media import TEXT
from pellucid.data.sources.text_files import MOST_CHARACTERS, warn_of_long
from pellucid.data.texts.language_model import load_language_model
from pellucid.data.texts.terms import are_pieces, words_of
from pellucid.data.texts.text_features import share_of_cut
from pellucid.data.texts.unseen import UsualWords, count_unseen, in_words
from pellucid.data.texts.vocabulary import (
    FIRST_TERM,
    Vocabulary,
    count_terms,
    in_blocks,
    texts_with_each,
)
from pellucid.data.texts.weighting import FEWEST_PRIVATE_TEXTS, FEWEST_TEXTS
from pellucid.errors import DataError, ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import MOST_FEATURES, TERMS

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

MOST_TERMS = 2**20
"""In a vocabulary from a file."""

MISSING = np.array([[1.0, 1.0]], dtype=np.float32).tobytes()
MOST_WORDS_IN_PIECES = 2**18
"""Words of all texts together up to which pieces of words are learned too."""

MOST_LOOKED_AT = 2_000


class TextKind(Kind):
    """Texts, converted to Binary: UTF-8, a type that no other kind has."""

    name = "text"
    plural = "texts"
    is_text = True
    medium = TEXT
    learns_features = True

    def judge(self, raw: RawColumn) -> Column | None:
        """Free text: several words that come again in other rows, and no names or addresses."""
        if raw.table.consists_of == raw.name == TEXT and not raw.is_target:
            return self.judge_as_asked(raw)
        reason = "" if raw.text is None or raw.is_target else text_reason(raw.cells, raw.text)
        return Column(name=raw.name, kind=self.name, reason=reason) if reason else None

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """Any text."""
        if raw.text is None:
            return None
        reason = describe_texts(wording_of(raw.cells), raw.text)
        return Column(name=raw.name, kind=self.name, reason=reason)

    def encoded(self, column: Column, cells: pl.Series, encoders: Mapping[str, str]) -> Column:
        """Beside their terms stands what a language model makes of texts."""
        if "text_encoder" not in encoders:
            return column
        model = load_language_model(encoders["text_encoder"])
        reads = f"{model.num_features} features of {model.architecture}"
        if cut := share_of_cut(model, cells.cast(pl.String)):
            reads += (
                f", which reads the first {model.longest} tokens ({cut:.0%} of texts have more)"
            )
        return replace(
            column,
            kind="encoded text",
            text_encoder=str(model.folder),
            notation=model.digest,
            reason=f"{column.reason}; {reads}",
        )

    def check_fields(self, column: Column) -> None:
        """It has none of its own."""

    def check_before(self, table: Table, columns: Sequence[Column]) -> None:
        """Warn of texts of which only the beginning is read."""
        for column in columns:
            cells = table.frame.get_column(column.name)
            if cells.dtype == pl.String:
                long = (cells.str.len_bytes() > MOST_CHARACTERS).arg_true()
                long = long.filter(cells.gather(long).str.len_chars() > MOST_CHARACTERS)
                warn_of_long(table.name, [table.called(place) for place in long.to_list()])

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Expr | None:
        """→ Binary; numbers and truth values as they are written."""
        if cells.dtype.is_nested() or cells.dtype in (pl.Object, pl.Binary):
            return None
        return exactly(cells.name).cast(pl.String).cast(pl.Binary)

    def holds(self, dtype: pl.DataType) -> bool:
        """Bytes are texts."""
        return dtype == pl.Binary

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> TextEncoder:
        """Learn the vocabulary."""
        texts = cells.cast(pl.String)
        weights = counted_rows(weights, is_private=plan.is_private)
        fewest = float(FEWEST_TEXTS)
        if plan.is_private:
            fewest = max(FEWEST_PRIVATE_TEXTS, fewest_rows_of_level(len(cells)))
        vocabulary = Vocabulary.fit(
            texts,
            weights,
            most_terms=plan.most_terms,
            fewest_texts=fewest,
            with_pieces=_takes_pieces(texts) and not plan.only_words,
            with_pairs=not plan.only_words,
        )
        return TextEncoder(
            name=cells.name,
            terms=tuple(vocabulary.terms),
            texts_with=tuple(vocabulary.texts_with),
            num_texts=vocabulary.num_texts,
            with_pieces=vocabulary.with_pieces,
            has_missing=cells.null_count() > 0,
            usual=UsualWords.fit(texts, weights, vocabulary, is_private=plan.is_private),
            num_features=plan.text_features,
        )

    def encoder_from(self, plain: Fields) -> TextEncoder:
        """Each term stands there once, with the number of texts that have it."""
        terms, texts_with = plain.texts("terms"), plain.numbers("texts_with")
        if len(set(terms)) < len(terms) or len(terms) > MOST_TERMS:
            raise ModelFileError(
                f"A term of {plain.what} stands there twice, or there are too many."
            )
        num_texts = plain.number("num_texts", at_least=0.0)
        if len(texts_with) != len(terms) or not all(0 < n <= num_texts for n in texts_with):
            raise ModelFileError(f"How many texts have each term of {plain.what} cannot be.")
        return TextEncoder(
            name=plain.text("name"),
            terms=tuple(terms),
            texts_with=tuple(texts_with),
            num_texts=num_texts,
            with_pieces=plain.flag("with_pieces"),
            has_missing=plain.flag("has_missing"),
            usual=UsualWords.from_plain(plain.inner("usual")),
            num_features=plain.whole("num_features", at_least=1, at_most=MOST_FEATURES),
        )

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """Which are missing, if some are; all else are their terms."""
        if cells.null_count():
            yield FlatColumn(values=where_null(cells).astype(np.float64))

    def flat_terms(self, cells: pl.Series) -> FlatTerms:
        """How often each text has each term."""
        texts = cells.cast(pl.String)
        with_pieces = _takes_pieces(texts)
        found = texts_with_each(texts, np.ones(len(texts)), with_pieces=with_pieces)
        common = found.filter(pl.col("texts") >= FEWEST_TEXTS).select("term")
        is_piece = are_pieces(pl.col("term")).alias("is_piece")
        known = common.with_columns(is_piece).sort("is_piece", "term")
        places = known.select("term").with_row_index("place")

        def blocks() -> Iterator[CountedTerms]:
            for block in in_blocks(texts):
                counted = count_terms(block, places, with_pieces=with_pieces)
                numbers = np.bincount(counted["row"].to_numpy(), minlength=len(block))
                yield CountedTerms(
                    ends=np.cumsum(numbers),
                    terms=counted["place"].to_numpy().astype(np.int32),
                    counts=counted["count"].to_numpy().astype(np.int32),
                )

        first_piece = int((~known["is_piece"]).sum())
        return FlatTerms(num_terms=known.height, first_piece=first_piece, blocks=blocks)

    def readable(self, cells: pl.Series) -> pl.Series:
        """→ String."""
        return cells.cast(pl.String)


@dataclass(frozen=True, kw_only=True)
class TextEncoder(Encoder):
    """Texts as their terms, at a port of their own, where a branch of the network sums them up.

    Attributes:
        name: The column.
        terms: Its vocabulary.
        texts_with: How many training texts have each term.
        num_texts: Training texts.
        with_pieces: Whether pieces of words are terms too.
        has_missing: Whether a text was missing in training.
        usual: How many unseen words are usual.
        num_features: How many numbers the branch makes of a text.
    """

    kind: ClassVar[str] = "text"
    keeps_handles: ClassVar[bool] = True
    is_ragged: ClassVar[bool] = True
    name: str
    terms: tuple[str, ...]
    texts_with: tuple[float, ...]
    num_texts: float
    with_pieces: bool
    has_missing: bool
    usual: UsualWords
    num_features: int

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Its terms."""
        return Vocabulary(
            terms=self.terms,
            texts_with=self.texts_with,
            num_texts=self.num_texts,
            with_pieces=self.with_pieces,
        )

    @property
    def port(self) -> str:
        """One of its own."""
        return f"{TERMS}:{self.name}"

    @property
    def num_terms(self) -> int:
        """How many numbers of terms there are, with those of no term and of a missing text."""
        return FIRST_TERM + len(self.terms)

    @property
    def compact_width(self) -> int:
        """A handle."""
        return 1

    def compact(self, cells: pl.Series) -> Compact:
        """The terms of each text as bytes: pairs of float32, its number and its weight, (n, 1)."""
        compact = np.empty((len(cells), 1), dtype=object)
        start = 0
        for block in in_blocks(cells.cast(pl.String)):
            compact[start : start + len(block), 0] = self._handles(block)
            start += len(block)
        compact[where_null(cells), 0] = MISSING if self.has_missing else b""
        return compact

    def _handles(self, texts: pl.Series) -> list[bytes]:
        """The terms of some texts: before they are handles they take six times the room."""
        found = self.vocabulary.weigh(texts)
        pairs = np.column_stack([found.places + FIRST_TERM, found.weights]).astype(np.float32)
        ends = (found.ends * pairs.itemsize * 2).tolist()
        content = pairs.tobytes()
        return [content[a:b] for a, b in zip([0, *ends], ends, strict=False)]

    def expand(self, compact: Compact) -> npt.NDArray[np.float32]:
        """→ numbers and weights (n, L, 2), as long as the longest text; 0 where no term is."""
        handles = compact[:, 0].tolist()
        pairs = np.frombuffer(b"".join(handles), dtype=np.float32).reshape(-1, 2)
        counts = np.fromiter(map(len, handles), dtype=np.int64) // (2 * pairs.itemsize)
        padded = np.zeros((len(handles), max(1, counts.max(initial=0)), 2), dtype=np.float32)
        padded[np.arange(padded.shape[1]) < counts[:, None]] = pairs
        return padded

    def input_names(self) -> list[str]:
        """The text as a whole."""
        return [self.name]

    def dense_names(self) -> list[str]:
        """What the branch makes of it."""
        return [f"{self.name} feature {place + 1}" for place in range(self.num_features)]

    def surprises(self, cells: pl.Series) -> list[Surprise]:
        """Missing texts, those without words, and those with more unseen words than is usual."""
        missing = where_null(cells) & (not self.has_missing)
        total, unseen = count_unseen(cells.cast(pl.String), self.vocabulary)
        wordless = (total == 0) & ~where_null(cells)
        odd = self.usual.are_odd(total, unseen)
        return [
            Surprise(
                words=f"{self.name}: most words, or all, are not known from training",
                rows=odd,
                cell=f"{self.name}: {{}} from training, where that is rare",
                odd=odd,
                values=in_words(total, unseen),
            ),
            Surprise(
                words=f"{self.name}: no word",
                rows=wordless,
                cell=f"{self.name} has no word, as hardly any text in training",
                odd=wordless & (self.usual.wordless_part <= MOST_UNKNOWN),
            ),
            Surprise(
                words=f"{self.name}: missing, never in training",
                rows=missing,
                cell=f"{self.name} is missing, as never in training",
                odd=missing,
            ),
        ]

    def grid(self, cells: pl.Series) -> Grid:
        """There is no order of texts, nor few of them.

        Raises:
            DataError: Always.
        """
        raise DataError(
            f"Column {self.name!r} holds texts, and no curve can be drawn over texts. Choose "
            "another column, or explain a single row.",
            column=self.name,
        )

    def nothing(self) -> Compact:
        """No term."""
        return np.full((1, 1), b"", dtype=object)

    def trial(self) -> Compact:
        """No term, a missing text, and the last of the vocabulary."""
        last = np.array([[self.num_terms - 1, 1.0]], dtype=np.float32).tobytes()
        trial = np.empty((3, 1), dtype=object)
        trial[:, 0] = [b"", MISSING, last]
        return trial


def _takes_pieces(texts: pl.Series) -> bool:
    """Whether pieces of words are terms too: where little is known of whole words, they help most.

    Of many texts they would take several times as long, and gain nothing.
    """
    return _mean_words(texts) * texts.count() <= MOST_WORDS_IN_PIECES


def _mean_words(texts: pl.Series) -> float:
    """How many words a text has, on average of some."""
    some = texts.drop_nulls()
    some = some.gather_every(max(1, len(some) // MOST_LOOKED_AT))
    return words_of(some, with_signs=False).height / max(1, len(some))


KIND = TextKind()
