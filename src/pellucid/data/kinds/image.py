"""Images: pictures that the network looks at pixel by pixel."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.kinds.column import Column, left_out
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.flat_columns import FlatColumn, FlatPixels
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.kind import Compact, Encoder, Floats, Kind
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.stored_fields import odd_field
from pellucid.data.kinds.surprise import Surprise
from pellucid.data.kinds.unread_pictures import missing_pictures, no_curve, tell_of_unread
from pellucid.data.pictures.decoding import Sizes, read_pictures, sizes_of, why_unreadable
from pellucid.data.pictures.formats import ENDINGS, HEAD_BYTES, begins_like_picture
from pellucid.data.pictures.numbers import COLORS, WHITE_PATTERN, leaf_of, white_in, white_of
from pellucid.data.pictures.picture import Pixels, pixels_of
from pellucid.data.pictures.shrinking import shrink
from pellucid.data.pictures.vision_model import load_vision_model
from pellucid.data.sources.media import IMAGE
from pellucid.errors import DataError, ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import MOST_FEATURES, PIXELS

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

LARGEST_AS_IT_IS, MIDDLE, LARGEST = 40, 64, 128
"""Sides in pixels: pictures up to the first are read as they are, others squashed to the next, or
to the last where most are larger than that."""

NOTATION = re.compile(rf"([1-9]\d{{0,2}})x([1-9]\d{{0,2}})x([13]){WHITE_PATTERN}")
PATH = rf"(?i)({'|'.join(map(re.escape, ENDINGS))})$"
MOST_PATHS = 0.5
"""A column holds pictures if more than this part of its texts end as paths of pictures do."""

LARGEST_FLAT, MIDDLE_GREY = 32, 128
"""Pixels a side that flat algorithms get at most, and what stands there for a missing picture."""
PICTURES_PER_BLOCK = 512

FIRST_LOOKED_AT = 20
MOST_AVERAGED = 2_000
"""Pictures from which the mean color is taken, evenly spread."""


class ImageKind(Kind):
    """Pictures, converted to handles of their pixels.

    Its column's `notation` says how they are read: "64x64x3" is height, width, and one color (grey)
    or three; "28x28x1, white 1" also says which number means the brightest in an array.
    """

    name = "image"
    plural = "images"
    is_picture = True
    medium = IMAGE
    is_seen = True
    learns_features = True

    def judge(self, raw: RawColumn) -> Column | None:
        """Paths of pictures, their bytes, or arrays of pixels."""
        if not _are_pictures(raw.cells):
            return None
        return self.judge_as_asked(raw) or left_out(raw.name, _none_there(raw))

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """The same, though most of its cells are none."""
        found = _sizes_in(raw)
        if found is None:
            return None
        height, width = _size_to_read(found.heights), _size_to_read(found.widths)
        notation = f"{height}x{width}x{1 if found.are_grey.all() else 3}"
        if isinstance(raw.cells.dtype, pl.Array):
            notation += f", white {white_of(raw.cells):g}"
        reason = f"{_described(found)}; read as {height} × {width}"
        return Column(name=raw.name, kind=self.name, reason=reason, notation=notation)

    def encoded(self, column: Column, cells: pl.Series, encoders: Mapping[str, str]) -> Column:
        """Pictures become what a vision model makes of them."""
        if "image_encoder" not in encoders:
            return column
        model = load_vision_model(encoders["image_encoder"])
        white = _parts_of(column.notation)[3]
        seen, _, _ = column.reason.rpartition("; ")
        return replace(
            column,
            kind="encoded image",
            image_encoder=str(model.folder),
            notation=model.digest + ("" if white is None else f", white {white:g}"),
            reason=f"{seen}; {model.num_features} features of {model.architecture}",
        )

    def why_not(self, raw: RawColumn) -> str:
        """None of the cells is a picture."""
        return ": none of its cells is a picture, or the path of one"

    def check_fields(self, column: Column) -> None:
        """A size that pictures are read at."""
        if column.kind == self.name and not _is_notation(column.notation):
            raise odd_field(column, "notation", 'a size such as "64x64x3"')

    def fits(self, column: Column, encoder: Encoder) -> bool:
        """Whether pictures are read at the size at which they were encoded."""
        return _parts_of(column.notation)[:3] == encoder.picture_size

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Series | None:
        """→ handles; each picture is decoded once, to the size that training had."""
        if not may_hold_pictures(cells.dtype):
            return None
        height, width, colors, white = _parts_of(column.notation)
        return read_pictures(
            cells, height=height, width=width, colors=colors, folder=table.folder, white=white
        )

    def may_be_unread(self, dtype: pl.DataType) -> bool:
        """Files may not be there, or be damaged; arrays of numbers are always read."""
        return not isinstance(dtype, pl.Array)

    def check_unread(self, table: Table, column: Column, unread: pl.Series) -> None:
        """Warn of pictures that cannot be read, with the reasons for a few.

        Raises:
            DataError: None of them can.
        """
        tell_of_unread(table, column, unread)

    def holds(self, dtype: pl.DataType) -> bool:
        """Handles are objects of Python, as no other cells are."""
        return dtype == pl.Object

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> ImageEncoder:
        """Learn the mean color, which stands for a missing picture."""
        present = cells.drop_nulls().to_numpy()
        if not len(present):
            raise DataError(
                f"Column {cells.name!r} has no picture that can be read. Give some, or leave the "
                "column out.",
                column=cells.name,
            )
        some = present[:: math.ceil(len(present) / MOST_AVERAGED)]
        pixels = pixels_of(some, some[0].pixels)
        mean = pixels.mean(axis=(0, 1, 2), dtype=np.float64)
        return ImageEncoder(
            name=cells.name,
            size=pixels.shape[1:],
            mean=tuple(mean.tolist()),
            num_features=plan.num_features,
        )

    def encoder_from(self, plain: Fields) -> ImageEncoder:
        """Its size is one that pictures are read at, and its mean a color."""
        size, mean = tuple(plain.wholes("size")), tuple(plain.numbers("mean"))
        if len(size) != 3 or not _is_notation("x".join(map(str, size))) or len(mean) != size[2]:
            raise ModelFileError(f"The size of {plain.what} is none.")
        if not all(0.0 <= part <= 255.0 for part in mean):
            raise ModelFileError(f"The mean of {plain.what} is no color.")
        return ImageEncoder(
            name=plain.text("name"),
            size=size,
            mean=mean,
            num_features=plain.whole("num_features", at_least=1, at_most=MOST_FEATURES),
        )

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """None but their pixels."""
        yield from ()

    def flat_pixels(self, cells: pl.Series) -> FlatPixels | None:
        """At most `LARGEST_FLAT` pixels a side; of a missing picture the middle grey."""
        handles = cells.to_numpy()
        first = next((handle for handle in handles if handle is not None), None)
        if first is None:
            return None
        missing = np.full_like(first.pixels, MIDDLE_GREY)
        read_size = read_height, read_width, colors = missing.shape
        height, width = min(read_height, LARGEST_FLAT), min(read_width, LARGEST_FLAT)

        def blocks() -> Iterator[Pixels]:
            for start in range(0, len(handles), PICTURES_PER_BLOCK):
                pixels = pixels_of(handles[start : start + PICTURES_PER_BLOCK], missing)
                yield shrink(pixels, height, width).reshape(len(pixels), -1)

        return FlatPixels(size=(height, width, colors), read_size=read_size, blocks=blocks)


@dataclass(frozen=True, kw_only=True)
class ImageEncoder(Encoder):
    """Pictures as their pixels, at a port of their own, where a branch of the network sees them.

    Attributes:
        name: The column.
        size: Height, width, and 1 for grey or 3 for red, green and blue.
        mean: Mean brightness of each color, 0 … 255.
        num_features: How many numbers the branch makes of a picture.
    """

    kind: ClassVar[str] = "image"
    is_picture: ClassVar[bool] = True
    keeps_handles: ClassVar[bool] = True
    name: str
    size: tuple[int, ...]
    mean: tuple[float, ...]
    num_features: int

    @property
    def port(self) -> str:
        """One of its own."""
        return f"{PIXELS}:{self.name}"

    @property
    def picture_size(self) -> tuple[int, int, int]:
        """Its size."""
        height, width, colors = self.size
        return height, width, colors

    @property
    def compact_width(self) -> int:
        """A handle."""
        return 1

    def compact(self, cells: pl.Series) -> Compact:
        """Handles, (n, 1), of one size: that of the column, at which `read` decodes them."""
        return cells.to_numpy().reshape(-1, 1)

    def expand(self, compact: Compact) -> npt.NDArray[np.uint8]:
        """Handles → pixels (n, H, W, C)."""
        return pixels_of(compact[:, 0], self.mean_picture)

    @property
    def mean_picture(self) -> Pixels:
        """All of the mean color: what stands for a missing picture, (H, W, C)."""
        return np.broadcast_to(np.array(self.mean).round().astype(np.uint8), self.size)

    def input_names(self) -> list[str]:
        """The picture as a whole."""
        return [self.name]

    def dense_names(self) -> list[str]:
        """What the branch makes of it."""
        return [f"{self.name} feature {place + 1}" for place in range(self.num_features)]

    def surprises(self, cells: pl.Series) -> list[Surprise]:
        """Missing ones."""
        return missing_pictures(cells, read_as="one of the mean color")

    def grid(self, cells: pl.Series) -> Grid:
        """There is no order of pictures, nor few of them.

        Raises:
            DataError: Always.
        """
        raise no_curve(self.name)

    def nothing(self) -> Compact:
        """No picture."""
        return np.full((1, 1), None)

    def trial(self) -> Compact:
        """No picture, three times."""
        return np.full((3, 1), None)


def _parts_of(notation: str) -> tuple[int, int, int, float | None]:
    """Height, width, number of colors, and the number that means white, as a notation says.

    Raises:
        ValueError: It says no such thing.
    """
    found = NOTATION.fullmatch(notation)
    if found is None or max(int(found[1]), int(found[2])) > LARGEST:
        raise ValueError(f"{notation!r} is no size of pictures")
    height, width, colors, white = found.groups()
    return int(height), int(width), int(colors), white_in(white)


def _is_notation(notation: str) -> bool:
    try:
        _parts_of(notation)
    except ValueError:
        return False
    return True


def may_hold_pictures(dtype: pl.DataType) -> bool:
    """Whether cells of this type can be pictures: paths, bytes, or arrays of numbers."""
    if isinstance(dtype, pl.Array):
        *sides, last = dtype.shape
        has_colors = len(sides) == 2 and last in COLORS
        return leaf_of(dtype).is_numeric() and (len(sides) == 1 or has_colors)
    if isinstance(dtype, pl.Struct):
        return any(field.name == "bytes" and field.dtype == pl.Binary for field in dtype.fields)
    return dtype in (pl.String, pl.Binary)


def _are_pictures(cells: pl.Series) -> bool:
    """Whether cells look like pictures, though their files may not be there."""
    if not may_hold_pictures(cells.dtype) or not cells.count():
        return False
    if cells.dtype == pl.String:
        share = cells.str.contains(PATH).mean()
        return isinstance(share, float) and share > MOST_PATHS
    if isinstance(cells.dtype, pl.Array):
        return True
    some = cells.drop_nulls().head(FIRST_LOOKED_AT)
    contents = some.struct.field("bytes") if isinstance(cells.dtype, pl.Struct) else some
    return any(begins_like_picture(bytes(c[:HEAD_BYTES])) for c in contents.drop_nulls())


def _sizes_in(raw: RawColumn) -> Sizes | None:
    """How large the pictures of a column are; None if none of those looked at is one."""
    if not may_hold_pictures(raw.cells.dtype) or not raw.cells.count():
        return None
    found = sizes_of(raw.cells, raw.table.folder)
    return found if len(found.heights) else None


def _none_there(raw: RawColumn) -> str:
    """Without a name, since the reason of a column stands in files of private models too."""
    reason = why_unreadable(raw.cells.drop_nulls()[0], raw.table.folder)
    return f"pictures, of which none can be read: the first {reason}"


def _described(found: Sizes) -> str:
    """How large pictures are, in words."""
    color = "grey" if found.are_grey.all() else "color"
    low, high = (f"{f(found.heights)} × {f(found.widths)}" for f in (np.min, np.max))
    size = high if low == high else f"{low} to {high}"
    return f"pictures of {size} pixels, {color}"


def _size_to_read(sides: npt.NDArray[np.int64]) -> int:
    """How many pixels of height, or width, pictures with such sides are read at."""
    side = int(np.median(sides))
    if side <= LARGEST_AS_IT_IS:
        return side
    return MIDDLE if side <= MIDDLE else LARGEST


KIND = ImageKind()
