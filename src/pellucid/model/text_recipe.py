"""What "auto" means where there are texts: how long the network learns, and in what steps.

Every constant here was measured on real texts; `docs/concepts/recipe.md` says which and how.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pellucid.data.kinds.kind import kind_of
from pellucid.data.rows import FrameRows, Rows

FEATURES = 32
"""Numbers that the network makes of a text."""
MOST_TERMS = 2**17
"""In the vocabularies of all columns together."""
TERM_DROPOUT = 0.3
RATE, LEAST_RATE, GREATEST_RATE = 2.0, 10.0, 100.0
"""By which the learning rate of terms is greater than that of other weights: the first, times the
root of the mean number of bytes of a text, within the others."""
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
        mean_bytes: How long they are, on average of all columns.
    """

    rows: int
    num_columns: int
    are_alone: bool
    mean_bytes: float

    @classmethod
    def of(cls, rows: Rows | FrameRows) -> Texts | None:
        """Those of the rows that learn; None if they have none."""
        texts = [column for column in rows.frame if kind_of(column).is_text]
        if not texts:
            return None
        lengths = [kind_of(column).readable(column).str.len_bytes().mean() for column in texts]
        return cls(
            rows=len(rows),
            num_columns=len(texts),
            are_alone=len(texts) == rows.frame.width,
            mean_bytes=float(np.mean([each or 0.0 for each in lengths])),
        )

    @property
    def terms(self) -> Terms:
        """How their terms are learned."""
        return Terms(
            text_features=FEATURES,
            term_dropout=TERM_DROPOUT,
            term_rate=float(np.clip(RATE * self.mean_bytes**0.5, LEAST_RATE, GREATEST_RATE)),
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
