"""Encoders from the fields of a model file, each field checked before it is believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from pellucid.data.kinds.encoders import (
    MOST_ONE_HOT_LEVELS,
    CategoryEncoder,
    DateEncoder,
    NumberEncoder,
)
from pellucid.data.kinds.list_encoder import MOST_VALUES, ListEncoder
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields

FARTHEST_MOMENT = 2**62
"""Microseconds before and after 1970 that a date can be away; their differences are exact too."""


def number_encoder(plain: Fields) -> NumberEncoder:
    """The encoder of a number.

    Raises:
        ModelFileError: A field is none that such an encoder can have.
    """
    edges = plain.numbers("edges")
    with np.errstate(over="ignore"):
        rising = np.diff(np.array(edges, dtype=np.float32)) > 0.0
    if len(edges) == 1 or not rising.all():
        raise ModelFileError(f"The edges of the bins of {plain.what} do not rise.")
    low, high = (None if plain.is_null(end) else plain.number(end) for end in ("low", "high"))
    if low is not None and high is not None and low > high:
        raise ModelFileError(f"The range of {plain.what} ends before it begins.")
    return NumberEncoder(
        name=plain.text("name"),
        center=plain.number("center"),
        scale=plain.number("scale", at_least=0.0),
        edges=tuple(edges),
        has_missing=plain.flag("has_missing"),
        low=low,
        high=high,
    )


def category_encoder(plain: Fields) -> CategoryEncoder:
    """The encoder of a category.

    Raises:
        ModelFileError: A field is none that such an encoder can have.
    """
    levels = plain.texts("levels")
    if len(set(levels)) < len(levels):
        raise ModelFileError(f"A level of {plain.what} stands there twice.")
    missing_code = plain.whole("missing_code", at_most=len(levels) + 1)
    if missing_code not in (0, len(levels) + 1):
        raise ModelFileError(f"The code of a missing cell of {plain.what} is that of a level.")
    return CategoryEncoder(
        name=plain.text("name"),
        levels=tuple(levels),
        missing_code=missing_code,
        most_one_hot=plain.whole("most_one_hot", default=MOST_ONE_HOT_LEVELS),
        unknown_part=plain.number("unknown_part", 0.0, 1.0, default=0.0),
    )


def date_encoder(plain: Fields) -> DateEncoder:
    """The encoder of a date.

    Raises:
        ModelFileError: A field is none that such an encoder can have.
    """
    cycles = plain.texts("cycles")
    if len(set(cycles)) < len(cycles) or not set(cycles) <= set(DateEncoder.periods):
        known = ", ".join(DateEncoder.periods)
        raise ModelFileError(f"The cycles of {plain.what} should be some of {known}.")
    first = plain.whole("first", -FARTHEST_MOMENT, FARTHEST_MOMENT)
    has_earlier = not plain.is_null("earliest")  # only after partial_fit
    return DateEncoder(
        name=plain.text("name"),
        first=first,
        last=plain.whole("last", first, FARTHEST_MOMENT),
        days=number_encoder(plain.inner("days")),
        cycles=tuple(cycles),
        earliest=plain.whole("earliest", -FARTHEST_MOMENT, first) if has_earlier else None,
    )


def list_encoder(plain: Fields) -> ListEncoder:
    """The encoder of a list.

    Raises:
        ModelFileError: A field is none that such an encoder can have.
    """
    values = plain.texts("values")
    if len(set(values)) < len(values) or len(values) > MOST_VALUES:
        raise ModelFileError(f"A value of {plain.what} stands there twice, or there are too many.")
    return ListEncoder(
        name=plain.text("name"),
        values=tuple(values),
        has_missing=plain.flag("has_missing"),
        unknown_part=plain.number("unknown_part", 0.0, 1.0),
    )


Encoder = NumberEncoder | CategoryEncoder | DateEncoder | ListEncoder
STORED_ENCODERS: Mapping[str, Callable[[Fields], Encoder]] = {
    NumberEncoder.kind: number_encoder,
    CategoryEncoder.kind: category_encoder,
    DateEncoder.kind: date_encoder,
    ListEncoder.kind: list_encoder,
}
"""How the encoder of each kind is built again."""
