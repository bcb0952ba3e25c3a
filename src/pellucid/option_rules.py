"""What values an option can have: rules, each with its words, its check, and how it is typed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path

from pellucid.data.kinds.request import parse_kinds


class Rule(ABC):
    """What values an option can have."""

    @abstractmethod
    def words(self) -> str:
        """The legal values, to follow "must be"."""

    @abstractmethod
    def accepts(self, value: object) -> bool:
        """Whether the value is legal."""

    @abstractmethod
    def parse(self, text: str) -> object:
        """The value a person typed; the text itself where it makes no sense."""

    def example(self) -> str:
        """What to type, for a help text."""
        return "VALUE"


@dataclass(frozen=True)
class OneOf(Rule):
    """One of some words, or None if that is among them."""

    choices: tuple[str | None, ...]

    def words(self) -> str:
        """The choices in a row."""
        return "one of " + ", ".join(repr(choice) for choice in self.choices)

    def accepts(self, value: object) -> bool:
        """Exactly one of the choices."""
        return (value is None or isinstance(value, str)) and value in self.choices

    def parse(self, text: str) -> object:
        """The word."""
        return text

    def example(self) -> str:
        """The choices."""
        return "|".join(str(choice) for choice in self.choices)


@dataclass(frozen=True, kw_only=True)
class Number(Rule):
    """A number within bounds, or one of some other values such as "auto"."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    whole: bool = False
    also: tuple[str | None, ...] = ()

    def words(self) -> str:
        """The bounds."""
        kind = "a whole number" if self.whole else "a number"
        bounds = [
            f"{word} {bound:g}"
            for word, bound in (
                ("above", self.above),
                ("of at least", self.at_least),
                ("below", self.below),
            )
            if bound is not None
        ]
        others = [f"or {other!r}" for other in self.also]
        return " ".join([kind, " and ".join(bounds), *others]).replace("  ", " ")

    def accepts(self, value: object) -> bool:
        """Of the right kind and within bounds."""
        if value is None or isinstance(value, str):
            return value in self.also
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real):
            return False
        number = float(value)
        return (
            math.isfinite(number)
            and (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.below is None or number < self.below)
        )

    def parse(self, text: str) -> object:
        """The number, or the word."""
        try:
            return int(text) if self.whole else float(text)
        except ValueError:
            return None if text.lower() == "none" else text

    def example(self) -> str:
        """The kind."""
        return "N" if self.whole else "NUMBER"


@dataclass(frozen=True, kw_only=True)
class Sizes(Rule):
    """Whole numbers, such as one for each hidden layer.

    Attributes:
        meaning: What they are, with an example, to follow "or".
        fewest: How many there are at least.
        most: How many there are at most; None for any number.
    """

    meaning: str
    fewest: int = 0
    most: int | None = None

    def words(self) -> str:
        """An example says it best."""
        return f"'auto' or {self.meaning}"

    def accepts(self, value: object) -> bool:
        """Positive whole numbers, as many as there may be."""
        if isinstance(value, str):
            return value == "auto"
        size = Number(whole=True, at_least=1)
        if not isinstance(value, tuple | list) or not all(size.accepts(v) for v in value):
            return False
        return self.fewest <= len(value) and (self.most is None or len(value) <= self.most)

    def parse(self, text: str) -> object:
        """A text like 128,64 → (128, 64)."""
        try:
            return tuple(int(part) for part in text.split(",") if part.strip())
        except ValueError:
            return text

    def example(self) -> str:
        """Two layers."""
        return "N,N,…"


@dataclass(frozen=True)
class ClassWeights(Rule):
    """The word "balanced", or the weight of each class."""

    def words(self) -> str:
        """An example says it best."""
        return "None, 'balanced', or the weight of each class, such as {'no': 1, 'yes': 5}"

    def accepts(self, value: object) -> bool:
        """A mapping's weights must not be negative."""
        if isinstance(value, Mapping):
            return all(Number(at_least=0).accepts(weight) for weight in value.values())
        return value is None or (isinstance(value, str) and value == "balanced")

    def parse(self, text: str) -> object:
        """Only the word can be typed."""
        return None if text.lower() == "none" else text

    def example(self) -> str:
        """The only word that can be typed."""
        return "balanced"


@dataclass(frozen=True)
class Seed(Rule):
    """A whole number, one of NumPy's generators, or None for a new one."""

    def words(self) -> str:
        """The kinds."""
        return "a whole number of at least 0, a numpy Generator or RandomState, or None"

    def accepts(self, value: object) -> bool:
        """Generators are known by what they can do, so that NumPy need not be imported."""
        draws = (getattr(value, name, None) for name in ("integers", "randint"))
        is_generator = any(map(callable, draws))
        return value is None or is_generator or Number(whole=True, at_least=0).accepts(value)

    def parse(self, text: str) -> object:
        """The number, or None."""
        return Number(whole=True).parse(text)


@dataclass(frozen=True)
class ColumnKinds(Rule):
    """What a person knows about columns."""

    def words(self) -> str:
        """An example says it best."""
        return "None or a mapping from column to kind, such as {'zip': 'category'}"

    def accepts(self, value: object) -> bool:
        """Names and kinds are judged against the table."""
        return value is None or isinstance(value, Mapping)

    def parse(self, text: str) -> dict[str, str] | str:
        """A text like zip=category,id=left out → a mapping."""
        return parse_kinds(text) or text

    def example(self) -> str:
        """One column."""
        return "COLUMN=KIND,…"


@dataclass(frozen=True)
class FolderPath(Rule):
    """The path of a folder, or None."""

    def words(self) -> str:
        """A path."""
        return "None or the path of a folder"

    def accepts(self, value: object) -> bool:
        """Whether something is there is judged when it is read."""
        return value is None or (isinstance(value, str | Path) and bool(str(value)))

    def parse(self, text: str) -> object:
        """The path as it was typed."""
        return text

    def example(self) -> str:
        """A folder."""
        return "FOLDER"


@dataclass(frozen=True)
class Flag(Rule):
    """Yes or no."""

    def words(self) -> str:
        """The two values."""
        return "True or False"

    def accepts(self, value: object) -> bool:
        """A bool, or 0 and 1 as many write it."""
        return isinstance(value, bool | int) and value in (0, 1)

    def parse(self, text: str) -> object:
        """The word."""
        return {"true": True, "false": False}.get(text.lower(), text)
