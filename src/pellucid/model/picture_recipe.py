"""What "auto" means where there are pictures: how they are seen, and how long the network learns.

Every constant here was measured on real pictures; `docs/concepts/recipe.md` says which and how.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pellucid.data.kinds.kind import kind_of
from pellucid.data.rows import FrameRows, Rows
from pellucid.options import NetworkOptions

LEARNING_RATE = 0.006
"""Of all but the filters."""
FILTER_RATE = 20.0
"""By which that of the filters is greater."""
LARGEST_SMALL, SMALLEST_SHIFTED_BY_TWO = 40, 16
"""Sides in pixels: up to the first, pictures are moved, larger ones cropped."""
USUAL_SIZE = 64
"""Side in pixels at which larger pictures are seen."""
LEAST_CROP, JITTER = 0.6, 0.2
FEW, MANY = 1_000, 20_000
GREY, FEW_PHOTOS, PHOTOS, MANY_PHOTOS = (32, 64, 64), (16, 32, 64), (32, 64, 128), (32, 128, 128)
BATCH_SIZES = ((2_000, 32), (20_000, 128))
LARGEST_BATCH = 256
MOST_EPOCHS = 40
FALL = 0.4


@dataclass(frozen=True, kw_only=True)
class Look:
    """How pictures are seen; of a table without them, as nothing.

    Attributes:
        filters: Of each group of convolutions.
        stem: Of the first convolution: kernel, stride and eigenvectors; none for what suits.
        image_size: Height and width, in pixels, at which they are seen at most; 0 for any.
        flips: "yes" if they are mirrored at random, else "no".
        shift: Pixels by which they are moved at most.
        crop: The least part of a picture that is cut out at random; 1 for none.
        jitter: The part by which colors change at most.
    """

    filters: tuple[int, ...] = ()
    stem: tuple[int, ...] = ()
    image_size: int = 0
    flips: str = "no"
    shift: int = 0
    crop: float = 1.0
    jitter: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Pictures:
    """What the recipe asks of the pictures of some rows.

    Attributes:
        rows: How many rows learn.
        side: Height or width, whichever is smaller, in pixels.
        has_colors: Whether any are in color.
        are_alone: Whether no other column is learned from.
    """

    rows: int
    side: int
    has_colors: bool
    are_alone: bool

    @classmethod
    def of(cls, rows: Rows | FrameRows) -> Pictures | None:
        """Those of the rows that learn; None if they have none."""
        columns = [column for column in rows.frame if kind_of(column).is_seen]
        shapes = [cells[0].pixels.shape for c in columns if len(cells := c.drop_nulls())]
        if not shapes:
            return None
        return cls(
            rows=len(rows),
            side=min(min(shape[:2]) for shape in shapes),
            has_colors=any(shape[2] > 1 for shape in shapes),
            are_alone=len(columns) == rows.frame.width,
        )

    def look(self, options: NetworkOptions) -> Look:
        """How they are seen.

        Args:
            options: What a person said.
        """
        is_small = self.side <= LARGEST_SMALL
        flips: Any = options.flips
        size: Any = options.image_size
        return Look(
            filters=self._filters if options.filters == "auto" else tuple(options.filters),
            image_size=USUAL_SIZE if size == "auto" else size,
            flips=("yes" if self.has_colors else "no") if flips == "auto" else flips,
            shift=(2 if self.side >= SMALLEST_SHIFTED_BY_TWO else 1) if is_small else 0,
            crop=1.0 if is_small else LEAST_CROP,
            jitter=0.0 if is_small else JITTER,
        )

    @property
    def _filters(self) -> tuple[int, ...]:
        if not self.has_colors:
            return GREY
        if self.rows < FEW:
            return FEW_PHOTOS
        return PHOTOS if self.rows < MANY else MANY_PHOTOS

    @property
    def batch_size(self) -> int:
        """Rows of a step."""
        return next((size for below, size in BATCH_SIZES if self.rows < below), LARGEST_BATCH)

    @property
    def epochs(self) -> int:
        """40 for hundreds of rows; of more rows fewer, though more steps."""
        return max(1, min(MOST_EPOCHS, round(MOST_EPOCHS * (FEW / self.rows) ** FALL)))
