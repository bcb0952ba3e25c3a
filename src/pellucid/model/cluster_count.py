"""How many clusters there are, as several rules answer, and whether there are any: plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields, is_finite

MOST_CLUSTERS = 2**20
"""A file with a greater number holds no count of clusters."""


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Whether rows fall into clear clusters.

    Attributes:
        p_value: How probable so few rows between some two clusters are, at least, where there is
            one center of mass; corrected for the number of pairs looked at.
        beyond_chance: By how many standard deviations clusters hold together more than those of
            rows whose columns are shuffled; None where there is one column.
        is_clear: Whether both say that there are clusters.
        reason: Why, or why not, in words.
    """

    p_value: float
    beyond_chance: float | None
    is_clear: bool
    reason: str

    def to_json(self) -> dict[str, Any]:
        """What was found as plain data."""
        return dict(self.__dict__)

    @classmethod
    def from_json(cls, plain: Fields) -> Structure:
        """What `to_json` described.

        Raises:
            ModelFileError: A field is not there or is not what it should be.
        """
        beyond = None if plain.is_null("beyond_chance") else plain.number("beyond_chance")
        return cls(
            p_value=plain.number("p_value", at_least=0.0, at_most=1.0),
            beyond_chance=beyond,
            is_clear=plain.flag("is_clear"),
            reason=plain.text("reason"),
        )


@dataclass(frozen=True, kw_only=True)
class ClusterCount:
    """How many clusters there are, and how sure that is.

    Attributes:
        k: The number of clusters that is taken.
        low: The least number that is plausible.
        high: The greatest.
        rules: What each rule answers, by its name; rules that have no answer are left out.
        silhouettes: By number of clusters: how much nearer rows are to their own cluster than to
            the next, −1 … 1, mean over rows.
        stability: By number of clusters: how far two halves of the rows agree on the clusters of
            all (adjusted Rand index, 1 = on every row, 0 = by chance).
        reason: Why this number, in words.
    """

    k: int
    low: int
    high: int
    rules: Mapping[str, int]
    silhouettes: Mapping[int, float]
    stability: Mapping[int, float]
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The count as plain data."""
        curves = {
            name: {str(k): value for k, value in curve.items()}
            for name, curve in (("silhouettes", self.silhouettes), ("stability", self.stability))
        }
        return {**self.__dict__, "rules": dict(self.rules), **curves}

    @classmethod
    def from_json(cls, plain: Fields) -> ClusterCount:
        """What `to_json` described.

        Raises:
            ModelFileError: A field is not there or is not what it should be.
        """
        rules = plain.inner("rules")
        high = plain.whole("high", at_least=1, at_most=MOST_CLUSTERS)
        k = plain.whole("k", at_least=1, at_most=high)
        return cls(
            k=k,
            low=plain.whole("low", at_least=1, at_most=k),
            high=high,
            rules={name: rules.whole(name, at_most=MOST_CLUSTERS) for name in rules.all()},
            silhouettes=_curve_from(plain.inner("silhouettes")),
            stability=_curve_from(plain.inner("stability")),
            reason=plain.text("reason"),
        )


def _curve_from(plain: Fields) -> dict[int, float]:
    """A number from −1 to 1 for each number of clusters."""
    curve = plain.all()
    for name, value in curve.items():
        if not (name.isascii() and name.isdecimal() and len(name) < len(str(MOST_CLUSTERS))):
            raise ModelFileError(f"{plain.what} has a name that is no number of clusters.")
        if not is_finite(value) or not -1.0 <= value <= 1.0:
            raise ModelFileError(f"{plain.what} holds what is no number from −1 to 1.")
    return {int(name): float(value) for name, value in curve.items()}
