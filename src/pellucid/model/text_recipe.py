"""What "auto" means where there are texts: how long the network learns, and in what steps.

Every constant here was measured on real texts; `docs/concepts/recipe.md` says which and how.
"""

from __future__ import annotations

from dataclasses import dataclass

from pellucid.data.kinds.kind import kind_of
from pellucid.data.rows import Rows

FEATURES = 32
"""Numbers that the network makes of a text."""
MOST_TERMS = 2**16
TERM_DROPOUT = 0.3
BATCH_SIZES = ((1_000, 32), (3_000, 64), (100_000, 256))
LARGEST_BATCH = 1_024
FEW, MANY = 1_000, 20_000
EPOCHS_OF_FEW, EPOCHS, EPOCHS_OF_MANY = 30, 10, 4


@dataclass(frozen=True, kw_only=True)
class Texts:
    """What the recipe asks of the texts of some rows.

    Attributes:
        rows: How many rows learn.
        are_alone: Whether no other column is learned from.
    """

    rows: int
    are_alone: bool

    @classmethod
    def of(cls, rows: Rows) -> Texts | None:
        """Those of the rows that learn; None if they have none."""
        are_texts = [kind_of(column).is_text for column in rows.frame]
        return cls(rows=len(rows), are_alone=all(are_texts)) if any(are_texts) else None

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
