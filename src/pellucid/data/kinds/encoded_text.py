"""Encoded texts: texts as their terms, and beside them the features of a language model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.flat_columns import FlatColumn, FlatTerms
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.kind import Compact, Encoder, Floats, Kind
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.stored_fields import odd_field
from pellucid.data.kinds.surprise import Surprise
from pellucid.data.kinds.text import KIND as TEXT
from pellucid.data.kinds.text import TextEncoder
from pellucid.data.pretrained.feature_scales import FeatureScales, as_numbers
from pellucid.data.texts.language_model import check_language_model, load_language_model
from pellucid.data.texts.text_features import features_of
from pellucid.data.texts.vocabulary import Vocabulary
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

NOTATION = re.compile(r"[0-9a-f]{32}")
WORDS, FEATURES = "words", "features"
"""Parts of a converted cell."""
SUM_OF_FEATURES, LARGEST_FACTOR = 384.0, 4.0
"""About what the sizes of a text's features sum up to, whatever their number, since a step of Adam
moves z by the learning rate times that sum at most; and by what few of them are multiplied for it.
With a simulated model, 96 features × 4 made of 300 news 77 instead of 74 % right, × 8 no more."""


class EncodedTextKind(Kind):
    """Texts, converted to Struct(words: Binary, features: Array(Float32)).

    Its column's `text_encoder` is the folder of the language model, `notation` its digest.
    """

    name = "encoded text"
    plural = "encoded texts"
    is_text = True
    is_encoded = True
    learns_features = True
    medium = TEXT.medium

    def judge(self, raw: RawColumn) -> Column | None:
        """None: texts become such where a person gives a language model."""
        return None

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """None, for the same reason."""
        return None

    def check_fields(self, column: Column) -> None:
        """A folder and a digest."""
        if column.kind == self.name and not NOTATION.fullmatch(column.notation):
            raise odd_field(column, "notation", "the digest of a language model")
        if (column.kind == self.name) != bool(column.text_encoder):
            raise odd_field(column, "text_encoder", "the folder of a language model, or nothing")

    def check_needs(self, column: Column) -> None:
        """The language model that it had in training."""
        check_language_model(column.text_encoder, column.notation)

    def check_before(self, table: Table, columns: Sequence[Column]) -> None:
        """Warn of texts of which only the beginning is read."""
        TEXT.check_before(table, columns)

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Series | None:
        """→ words and features; each text goes through the language model once."""
        read = TEXT.read(column, cells, table)
        if read is None:
            return None
        model = load_language_model(column.text_encoder, column.notation)
        words = cells.to_frame().select(read.alias(WORDS)).to_series()
        features = features_of(model, words.cast(pl.String)).alias(FEATURES)
        both = pl.when(pl.col(WORDS).is_not_null()).then(pl.struct(WORDS, FEATURES))
        return pl.DataFrame([words, features]).select(both.alias(cells.name)).to_series()

    def holds(self, dtype: pl.DataType) -> bool:
        """Both parts together, as no other cells have them."""
        return isinstance(dtype, pl.Struct) and [f.name for f in dtype.fields] == [WORDS, FEATURES]

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> EncodedTextEncoder:
        """Learn the vocabulary, and mean and deviation of each feature."""
        scales = FeatureScales.fit(_features(cells), weights)
        return EncodedTextEncoder(
            name=cells.name,
            bag=TEXT.fit(_words(cells), weights, plan),
            mean=scales.mean,
            scale=scales.scale,
        )

    def encoder_from(self, plain: Fields) -> EncodedTextEncoder:
        """A vocabulary, and as many means as scales."""
        scales = FeatureScales.from_json(plain)
        name, bag = plain.text("name"), TEXT.encoder_from(plain.inner("bag"))
        if bag.name != name:
            raise ModelFileError(f"The vocabulary of {plain.what} is that of another column.")
        return EncodedTextEncoder(name=name, bag=bag, mean=scales.mean, scale=scales.scale)

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """What texts give, and a column for each feature."""
        yield from TEXT.flat(_words(cells))
        for values in as_numbers(_features(cells)).T:
            yield FlatColumn(values=values)

    def flat_terms(self, cells: pl.Series) -> FlatTerms:
        """Their terms, which stand beside the features."""
        return TEXT.flat_terms(_words(cells))

    def readable(self, cells: pl.Series) -> pl.Series:
        """→ String."""
        return TEXT.readable(_words(cells))


@dataclass(frozen=True, kw_only=True)
class EncodedTextEncoder(Encoder):
    """Texts as their terms and, as terms of their own behind these, the features.

    Attributes:
        name: The column.
        bag: Its terms.
        mean: Training mean of each feature.
        scale: 1 / their deviations; 0 of one that is always the same.
    """

    kind: ClassVar[str] = "encoded text"
    keeps_handles: ClassVar[bool] = True
    is_ragged: ClassVar[bool] = True
    name: str
    bag: TextEncoder
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @cached_property
    def scales(self) -> FeatureScales:
        """How the features are scaled."""
        return FeatureScales(mean=self.mean, scale=self.scale)

    @property
    def port(self) -> str:
        """That of the terms."""
        return self.bag.port

    @property
    def num_terms(self) -> int:
        """How many numbers of terms there are; those of the features follow."""
        return self.bag.num_terms

    @property
    def vocabulary(self) -> Vocabulary:
        """Its terms."""
        return self.bag.vocabulary

    @property
    def compact_width(self) -> int:
        """A handle."""
        return 1

    def compact(self, cells: pl.Series) -> Compact:
        """Bytes: the features, as float32, and behind them the terms, (n, 1).

        Texts without features have their mean.
        """
        if not isinstance(cells.dtype, pl.Struct):
            return self._with_mean(self.bag.compact(cells))
        factor = min(LARGEST_FACTOR, SUM_OF_FEATURES / len(self.mean))
        scaled = self.scales.scaled(_features(cells)) * np.float32(factor)
        compact = self.bag.compact(_words(cells))
        for place, features in enumerate(scaled):
            compact[place, 0] = features.tobytes() + compact[place, 0]
        return compact

    def expand(self, compact: Compact) -> npt.NDArray[np.float32]:
        """→ numbers and values (n, F + L, 2), those of the features first."""
        end = 4 * len(self.mean)
        content = b"".join(handle[:end] for handle in compact[:, 0])
        terms = self.bag.expand(_handles([handle[end:] for handle in compact[:, 0]]))
        features = np.empty((len(compact), len(self.mean), 2), dtype=np.float32)
        features[..., 0] = np.arange(len(self.mean)) + self.num_terms
        features[..., 1] = np.frombuffer(content, dtype=np.float32).reshape(features.shape[:2])
        return np.concatenate([features, terms], axis=1)

    def input_names(self) -> list[str]:
        """The text as a whole."""
        return [self.name]

    def dense_names(self) -> list[str]:
        """What the branch makes of the terms, and the features as they are."""
        encoded = (f"{self.name} encoder {place + 1}" for place in range(len(self.mean)))
        return [*self.bag.dense_names(), *encoded]

    def surprises(self, cells: pl.Series) -> list[Surprise]:
        """Those of the terms."""
        return self.bag.surprises(_words(cells))

    def grid(self, cells: pl.Series) -> Grid:
        """There is no order of texts, nor few of them.

        Raises:
            DataError: Always.
        """
        return self.bag.grid(_words(cells))

    def nothing(self) -> Compact:
        """No term, and the mean of every feature."""
        return self._with_mean(self.bag.nothing())

    def trial(self) -> Compact:
        """Those of the terms, with the mean of every feature."""
        return self._with_mean(self.bag.trial())

    def _with_mean(self, compact: Compact) -> Compact:
        mean = np.zeros(len(self.mean), dtype=np.float32).tobytes()
        return _handles([mean + handle for handle in compact[:, 0]])


def _words(cells: pl.Series) -> pl.Series:
    return cells.struct.field(WORDS).alias(cells.name)


def _features(cells: pl.Series) -> pl.Series:
    return cells.struct.field(FEATURES)


def _handles(handles: list[bytes]) -> Compact:
    compact = np.empty((len(handles), 1), dtype=object)
    compact[:, 0] = handles
    return compact


KIND = EncodedTextKind()
