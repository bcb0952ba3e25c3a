"""Why a network sees in one picture what it sees."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pellucid.data.kinds.kind import Encoder
from pellucid.data.pictures.picture import Pixels
from pellucid.errors import OptionError
from pellucid.estimators.row import Row
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
        trace: What each layer finds in it.
        shares: Integrated gradients of its pixels.
        occlusion: What is lost when parts of it are covered.
    """

    column: str
    name: str
    pixels: Pixels
    trace: BranchTrace
    shares: PixelShares
    occlusion: Occlusion

    def to_json(self) -> dict[str, Any]:
        """Everything as plain data, but the maps of less important channels."""
        shares, covered = asdict(self.shares), asdict(self.occlusion)
        return {
            "column": self.column,
            "name": self.name,
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
    seen = SeenPicture(model, row.inputs, encoder, row.target)
    if not isinstance(seen.branch, PictureBranch):
        return None
    shares = pixel_shares(seen)
    return PictureExplanation(
        column=encoder.name,
        name=picture.name,
        pixels=picture.pixels,
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
