"""Encoded images: pictures as the features that a vision model makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from pellucid.data.kinds.column import Column
from pellucid.data.kinds.encoding_plan import EncodingPlan
from pellucid.data.kinds.flat_columns import FlatColumn
from pellucid.data.kinds.grid import Grid
from pellucid.data.kinds.image import may_hold_pictures
from pellucid.data.kinds.kind import Compact, Encoder, Floats, Kind
from pellucid.data.kinds.raw import RawColumn
from pellucid.data.kinds.stored_fields import odd_field
from pellucid.data.kinds.surprise import Surprise
from pellucid.data.kinds.unread_pictures import missing_pictures, no_curve, tell_of_unread
from pellucid.data.pictures.numbers import WHITE_PATTERN, white_in
from pellucid.data.pictures.vision_features import features_of
from pellucid.data.pictures.vision_model import check_vision_model, load_vision_model
from pellucid.data.pretrained.feature_scales import FeatureScales, as_numbers
from pellucid.data.sources.media import IMAGE
from pellucid.errors import DataError
from pellucid.files.fields import Fields

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

NOTATION = re.compile(rf"([0-9a-f]{{32}}){WHITE_PATTERN}")


class EncodedImageKind(Kind):
    """Pictures, converted to Array(Float32) of features.

    Its column's `image_encoder` is the folder of the vision model, `notation` its digest; "…, white
    1" also says which number means the brightest in an array.
    """

    name = "encoded image"
    plural = "encoded images"
    is_picture = True
    is_encoded = True
    medium = IMAGE

    def judge(self, raw: RawColumn) -> Column | None:
        """None: images become such where a person gives a vision model."""
        return None

    def judge_as_asked(self, raw: RawColumn) -> Column | None:
        """None, for the same reason."""
        return None

    def check_fields(self, column: Column) -> None:
        """A folder and a digest."""
        if column.kind == self.name and not _is_notation(column.notation):
            raise odd_field(column, "notation", "the digest of a vision model")
        if (column.kind == self.name) != bool(column.image_encoder):
            raise odd_field(column, "image_encoder", "the folder of a vision model, or nothing")

    def check_needs(self, column: Column) -> None:
        """The vision model that it had in training."""
        check_vision_model(column.image_encoder, _parts_of(column.notation)[0])

    def read(self, column: Column, cells: pl.Series, table: Table) -> pl.Series | None:
        """→ features; each picture is decoded, and goes through the vision model, once."""
        if not may_hold_pictures(cells.dtype):
            return None
        digest, white = _parts_of(column.notation)
        return features_of(
            load_vision_model(column.image_encoder, digest), cells, table.folder, white
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
        """Arrays of floats, as no other cells are."""
        return isinstance(dtype, pl.Array) and dtype.inner == pl.Float32

    def fit(self, cells: pl.Series, weights: Floats, plan: EncodingPlan) -> EncodedImageEncoder:
        """Learn mean and deviation of each feature."""
        present = cells.is_not_null().to_numpy()
        if not present.any():
            raise DataError(
                f"Column {cells.name!r} has no picture that can be read. Give some, or leave the "
                "column out.",
                column=cells.name,
            )
        scales = FeatureScales.fit(cells, weights)
        return EncodedImageEncoder(name=cells.name, mean=scales.mean, scale=scales.scale)

    def encoder_from(self, plain: Fields) -> EncodedImageEncoder:
        """As many means as scales."""
        scales = FeatureScales.from_json(plain)
        return EncodedImageEncoder(name=plain.text("name"), mean=scales.mean, scale=scales.scale)

    def flat(self, cells: pl.Series) -> Iterator[FlatColumn]:
        """A column for each feature."""
        for values in as_numbers(cells).T:
            yield FlatColumn(values=values)


@dataclass(frozen=True, kw_only=True)
class EncodedImageEncoder(Encoder):
    """Features of pictures: centered, scaled, clipped softly as numbers are.

    Attributes:
        name: The column.
        mean: Training mean of each feature.
        scale: 1 / their deviations; 0 of one that is always the same.
    """

    kind: ClassVar[str] = "encoded image"
    is_picture: ClassVar[bool] = True
    name: str
    mean: tuple[float, ...]
    scale: tuple[float, ...]

    @cached_property
    def scales(self) -> FeatureScales:
        """Both together."""
        return FeatureScales(mean=self.mean, scale=self.scale)

    @property
    def compact_width(self) -> int:
        """A number for each feature."""
        return len(self.mean)

    def compact(self, cells: pl.Series) -> Compact:
        """Features → v, (n, F), 0 where there is no picture."""
        return self.scales.scaled(cells)

    def expand(self, compact: Compact) -> Compact:
        """The same."""
        return compact

    def input_names(self) -> list[str]:
        """A name for each feature."""
        return [f"{self.name} feature {place + 1}" for place in range(len(self.mean))]

    def surprises(self, cells: pl.Series) -> list[Surprise]:
        """Missing ones."""
        return missing_pictures(cells, read_as="the mean of all")

    def grid(self, cells: pl.Series) -> Grid:
        """There is no order of pictures, nor few of them.

        Raises:
            DataError: Always.
        """
        raise no_curve(self.name)


def _parts_of(notation: str) -> tuple[str, float | None]:
    """Digest of the vision model, and the number that means white.

    Raises:
        ValueError: It says no such thing.
    """
    found = NOTATION.fullmatch(notation)
    if found is None:
        raise ValueError(f"{notation!r} names no vision model")
    digest, white = found.groups()
    return digest, white_in(white)


def _is_notation(notation: str) -> bool:
    try:
        _parts_of(notation)
    except ValueError:
        return False
    return True


KIND = EncodedImageKind()
