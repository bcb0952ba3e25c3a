"""Why a network sees in one picture what it sees."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from pellucid.data.kinds.kind import Encoder
from pellucid.data.pictures.picture import Picture, Pixels
from pellucid.data.rows import FrameRows
from pellucid.errors import OptionError
from pellucid.estimators.row import Row
from pellucid.explanation.attribution import COMPLETENESS_ERROR
from pellucid.explanation.feature_maps import BranchTrace, trace_branch
from pellucid.explanation.pixels import (
    Occlusion,
    PixelShares,
    SeenPicture,
    occlusion,
    pixel_shares,
)
from pellucid.model.model import Model
from pellucid.network.picture_branch import PictureBranch


@dataclass(frozen=True, kw_only=True)
class PictureExplanation:
    """What a network sees in one picture of a row, and what of it pushed the prediction.

    Attributes:
        column: The column.
        name: What the picture is called; "" for none.
        pixels: The picture as the network got it, (H, W, C).
        output: Place of the explained output.
        trace: What each layer finds in it.
        shares: Integrated gradients of its pixels.
        occlusion: What is lost when parts of it are covered.
    """

    column: str
    name: str
    pixels: Pixels
    output: int
    trace: BranchTrace
    shares: PixelShares
    occlusion: Occlusion

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data, but the maps of less important channels."""
        shares, covered = asdict(self.shares), asdict(self.occlusion)
        return {
            "column": self.column,
            "name": self.name,
            "output": self.output,
            "pixels": self.pixels.tolist(),
            **self.trace.to_json(),
            "shares": {**shares, "shares": self.shares.shares.tolist()},
            "occlusion": {**covered, "losses": self.occlusion.losses.tolist()},
        }


def explain_picture(model: Model, row: Row, inside: str | None) -> PictureExplanation | None:
    """Explain what is seen in a picture of a row.

    Args:
        model: The trained model.
        row: The row.
        inside: The column of the picture; None for the only column of a table that has no other.

    Returns:
        None where nothing is to be looked into: nobody asked, or the picture is missing.

    Raises:
        OptionError: There is no such column, or it holds no pictures.
    """
    encoder = _column_to_explain(model, inside)
    picture = None if encoder is None else row.pictures.get(encoder.name)
    if encoder is None or picture is None:
        return None
    return _explained(SeenPicture(model, row.inputs, encoder, row.target), encoder, picture)


def explain_seen(
    model: Model, frame: pl.DataFrame, *, tolerance: float
) -> list[tuple[int, PictureExplanation]]:
    """Explain what is seen in some rows' pictures, of the first column that holds such.

    Args:
        model: The trained model.
        frame: Converted rows.
        tolerance: Greatest completeness error.

    Returns:
        For each row with a picture, its place, and why its likeliest class, first label or first
        number is predicted.
    """
    encoder = next((each for each in model.encoder.columns if each.picture_size is not None), None)
    if encoder is None:
        return []
    answers = model.predict(FrameRows(frame))
    found = []
    for place, target in enumerate(model.task.explained(answers).tolist()):
        row = frame[place : place + 1]
        picture = row[encoder.name][0]
        if picture is not None:
            seen = SeenPicture(model, model.encode(row), encoder, target)
            found.append((place, _explained(seen, encoder, picture, tolerance)))
    return [(place, each) for place, each in found if each is not None]


def _explained(
    seen: SeenPicture, encoder: Encoder, picture: Picture, tolerance: float = COMPLETENESS_ERROR
) -> PictureExplanation | None:
    """The whole explanation; None where the network sees pictures otherwise."""
    if not isinstance(seen.branch, PictureBranch):
        return None
    shares = pixel_shares(seen, tolerance=tolerance)
    return PictureExplanation(
        column=encoder.name,
        name=picture.name,
        pixels=picture.pixels,
        output=seen.target,
        trace=trace_branch(seen, seen.branch),
        shares=shares,
        occlusion=occlusion(seen, shares.shares),
    )


def _column_to_explain(model: Model, inside: str | None) -> Encoder | None:
    columns = model.encoder.columns
    with_pictures = {each.name: each for each in columns if each.picture_size is not None}
    if inside is None:
        return next(iter(with_pictures.values())) if with_pictures and len(columns) == 1 else None
    if inside in with_pictures:
        return with_pictures[inside]
    there = ", ".join(map(repr, with_pictures)) or "none"
    raise OptionError(
        f"inside must be a column of pictures, but is {inside!r}. Columns of pictures: {there}.",
        option="inside",
    )
