"""What "auto" means where there are texts: how long the network learns, and in what steps.

Every constant here was measured on real texts; `docs/concepts/recipe.md` says which and how.
"""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.data.kinds.kind import kind_of
from pellucid.data.rows import Rows

FEATURES = 32
"""Numbers that the network makes of a text."""
MOST_TERMS = 2**17
"""In the vocabularies of all columns together."""
TERM_DROPOUT = 0.3
LONG_BYTES = 200
"""Of a text, on average, from which texts are long."""
RATE, RATE_OF_LONG = 20.0, 60.0
"""By which the learning rate of terms is greater than that of other weights."""
BATCH_SIZES = ((1_000, 32), (3_000, 64), (100_000, 256))
LARGEST_BATCH = 1_024
FEW, MANY = 1_000, 20_000
EPOCHS_OF_FEW, EPOCHS, EPOCHS_OF_MANY = 30, 10, 4


@dataclass(frozen=True, kw_only=True)
class Terms:
    """How terms are learned; of a table without texts, as nothing.

    Attributes:
        text_features: Numbers that the network makes of a text.
        term_dropout: Part of its terms that a text loses in a step.
        term_rate: By which the learning rate of terms is greater.
        most_terms: Of the vocabulary of each column.
    """

    text_features: int = 0
    term_dropout: float = 0.0
    term_rate: float = 1.0
    most_terms: int = 0


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What the recipe asks of the texts of some rows.

    Attributes:
        rows: How many rows learn.
        num_columns: How many columns of texts there are.
        are_alone: Whether no other column is learned from.
        are_long: Whether they are, on average.
    """

    rows: int
    num_columns: int
    are_alone: bool
    are_long: bool

    @classmethod
    def of(cls, rows: Rows) -> Texts | None:
        """Those of the rows that learn; None if they have none."""
        texts = [column for column in rows.frame if kind_of(column).is_text]
        if not texts:
            return None
        lengths = [kind_of(column).readable(column).str.len_bytes().mean() for column in texts]
        return cls(
            rows=len(rows),
            num_columns=len(texts),
            are_alone=len(texts) == rows.frame.width,
            are_long=any(isinstance(each, float) and each > LONG_BYTES for each in lengths),
        )

    @property
    def terms(self) -> Terms:
        """How their terms are learned."""
        return Terms(
            text_features=FEATURES,
            term_dropout=TERM_DROPOUT,
            term_rate=RATE_OF_LONG if self.are_long else RATE,
            most_terms=MOST_TERMS // self.num_columns,
        )

    @property
    def batch_size(self) -> int:
        """Rows used for a step."""
        return next((size for below, size in BATCH_SIZES if self.rows < below), LARGEST_BATCH)

    @property
    def epochs(self) -> int:
        """How often every row is used."""
        if self.rows < FEW:
            return EPOCHS_OF_FEW
        return EPOCHS if self.rows < MANY else EPOCHS_OF_MANY
