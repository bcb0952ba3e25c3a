"""Fields of a model file's description, each checked by its reader before it is used.

The digest of a model file has no key: whoever alters a file can sign it again, so a well-signed
file is still one that nobody vouches for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterator
from typing import Any

from pellucid.errors import ModelFileError

MOST_CHARACTERS_SHOWN = 40
LARGEST_WHOLE = 2**53
"""Whole numbers beyond are no counts, and not exact as floats."""

_REQUIRED: Any = object()


class Fields:
    """One JSON object, whose fields are read by name.

    Args:
        plain: What should be the object.
        what: What it describes, for messages: "the encoder of 'age'".

    Raises:
        ModelFileError: It is no object. So does every method, where a field is not there or is not
            what it should be.
    """

    def __init__(self, plain: object, what: str) -> None:
        self.what = what
        if not isinstance(plain, dict):
            raise ModelFileError(f"{what} should be an object and is {shown(plain)}.")
        self._plain: dict[str, Any] = plain

    def __contains__(self, name: str) -> bool:
        return name in self._plain

    def all(self) -> dict[str, Any]:
        """Every field as it stands."""
        return self._plain

    def is_null(self, name: str) -> bool:
        """Whether a field is null, or not there."""
        return self._plain.get(name) is None

    def raw(self, name: str, default: Any = _REQUIRED) -> Any:
        """A field as it stands."""
        value = self._plain.get(name, default)
        if value is _REQUIRED:
            raise ModelFileError(f"{self.what} lacks the field {name!r}.")
        return value

    def text(self, name: str, among: Collection[str] = (), default: Any = _REQUIRED) -> str:
        """A text, one of some if these are given."""
        value = self.raw(name, default)
        if not isinstance(value, str) or (among and value not in among):
            raise self._wrong(name, f"one of {', '.join(among)}" if among else "a text", value)
        return value

    def flag(self, name: str, default: Any = _REQUIRED) -> bool:
        """A truth value."""
        value = self.raw(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def whole(
        self,
        name: str,
        at_least: int = 0,
        at_most: int = LARGEST_WHOLE,
        default: Any = _REQUIRED,
    ) -> int:
        """A whole number within bounds."""
        value = self.raw(name, default)
        if not _is_whole(value) or not at_least <= value <= at_most:
            raise self._wrong(name, f"a whole number from {at_least} to {at_most}", value)
        return int(value)

    def number(
        self,
        name: str,
        at_least: float = -math.inf,
        at_most: float = math.inf,
        default: Any = _REQUIRED,
    ) -> float:
        """A finite number within bounds."""
        value = self.raw(name, default)
        if not is_finite(value) or not at_least <= value <= at_most:
            bounds = "" if at_least == -math.inf else f" of at least {at_least:g}"
            bounds += "" if at_most == math.inf else f" up to {at_most:g}"
            raise self._wrong(name, f"a finite number{bounds}", value)
        return float(value)

    def numbers(self, name: str) -> list[float]:
        """A list of finite numbers."""
        return [float(value) for value in self._list(name, is_finite, "finite numbers")]

    def wholes(self, name: str) -> list[int]:
        """A list of whole numbers."""
        return [int(value) for value in self._list(name, _is_whole, "whole numbers")]

    def flags(self, name: str) -> list[bool]:
        """A list of truth values."""
        return self._list(name, lambda value: isinstance(value, bool), "truth values")

    def texts(self, name: str, default: Any = _REQUIRED) -> list[str]:
        """A list of texts."""
        return self._list(name, lambda value: isinstance(value, str), "texts", default)

    def inner(self, name: str) -> Fields:
        """An object within this one."""
        return Fields(self.raw(name), f"the field {name!r} of {self.what}")

    def inner_list(self, name: str) -> Iterator[Fields]:
        """The objects of a list."""
        for number, item in enumerate(self._list(name, lambda _: True, "objects"), start=1):
            yield Fields(item, f"number {number} of the {name} of {self.what}")

    def _list(self, name: str, is_one: Any, what: str, default: Any = _REQUIRED) -> list[Any]:
        values = self.raw(name, default)
        if not isinstance(values, list):
            raise self._wrong(name, f"a list of {what}", values)
        for value in values:
            if not is_one(value):
                raise self._wrong(name, f"a list of {what}", value)
        return values

    def _wrong(self, name: str, expected: str, value: object) -> ModelFileError:
        return ModelFileError(
            f"The field {name!r} of {self.what} should be {expected} and holds {shown(value)}."
        )


def is_finite(value: object) -> bool:
    """Whether a value of JSON is a number that a float64 holds."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def shown(value: object) -> str:
    """A value of JSON for a message, cut short and printable."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = json.dumps(value) if not _is_whole(value) or is_finite(value) else "a huge number"
    return text if len(text) <= MOST_CHARACTERS_SHOWN else text[:MOST_CHARACTERS_SHOWN] + "…"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
