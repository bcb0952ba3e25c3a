"""A branch that sums up the terms of texts, told by its description alone: no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pellucid.data.texts.vocabulary import FIRST_TERM
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import TERMS

BRANCH = "TermBag"


@dataclass(frozen=True, kw_only=True)
class TextFacts:
    """What there is to be said of a branch that sums up terms.

    Attributes:
        column: The column of the texts.
        terms: In the vocabulary.
        features: Numbers of a term's vector.
        weights: Of all vectors.
    """

    column: str
    terms: int
    features: int
    weights: int


def text_facts(network: Mapping[str, Any]) -> tuple[TextFacts, ...]:
    """The facts of each branch that sums up terms.

    Args:
        network: What `Network.describe` described.

    Raises:
        ModelFileError: There is no such network.
    """
    branches = Fields(network, "the network").inner_list("branches")
    return tuple(_facts_of(each) for each in branches if each.text("layer") == BRANCH)


def _facts_of(branch: Fields) -> TextFacts:
    numbers, features = branch.whole("terms"), branch.whole("dimensions", at_least=1)
    if numbers < FIRST_TERM:
        raise ModelFileError(f"The vectors of terms of {branch.what} are {numbers}.")
    return TextFacts(
        column=branch.text("port").removeprefix(f"{TERMS}:"),
        terms=numbers - FIRST_TERM,
        features=features,
        weights=numbers * features,
    )
