"""The kinds of columns there are: a closed list, in the order in which they are named.

A new kind is a file beside this one and a line in each of the two places here; if its inputs enter
the network at a port of their own, also a line in `pellucid.model.recipe.BRANCHES`. The kinds stand
here by the names of their files, because whoever only wants to know what they are called, as
`pellucid fit --help` does, must not wait for Polars.
"""

from __future__ import annotations

from typing import Literal

KindName = Literal["number", "category", "date", "image", "list", "text", "left out"]
"""What a person may say that a column is, for type checkers: one of `choices()`."""

KINDS: dict[str, str] = {
    "number": "pellucid.data.kinds.number",
    "category": "pellucid.data.kinds.category",
    "date": "pellucid.data.kinds.date",
    "image": "pellucid.data.kinds.image",
    "encoded image": "pellucid.data.kinds.encoded_image",
    "encoded text": "pellucid.data.kinds.encoded_text",
    "list": "pellucid.data.kinds.list",
    "text": "pellucid.data.kinds.text",
}
"""The file of each kind, whose `KIND` it is."""

MADE = ("encoded image", "encoded text")
"""Kinds that no person names: columns become such by an option."""

ENCODERS: dict[str, tuple[str, str]] = {
    "image_encoder": ("pictures", "an image"),
    "text_encoder": ("texts", "a text"),
}
"""These options: each names the folder of a model, and of what it makes features."""

LEFT_OUT: Literal["left out"] = "left out"
"""What a column is that has no kind: nothing is learned from it."""


def choices() -> tuple[str, ...]:
    """What a person may say that a column is."""
    return (*(name for name in KINDS if name not in MADE), LEFT_OUT)
