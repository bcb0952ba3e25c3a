"""Model files with texts whose content is senseless: refused in words, and at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Classifier, ModelFileError
from pellucid.model.file import read_model_file, write_model_file


@pytest.fixture(scope="module")
def trained(critic: Classifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of texts alone."""
    path = tmp_path_factory.mktemp("models") / "m.pellucid"
    critic.save(path)
    return path


def altered(path: Path, place: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The same file with another content, signed with a right digest."""
    tensors, plain = read_model_file(path)
    change(plain)
    write_model_file(place / "altered.pellucid", tensors, plain)
    return place / "altered.pellucid"


def test_what_is_as_training_writes_it_is_loaded(
    critic: Classifier, trained: Path, tmp_path: Path, reviews: Any
) -> None:
    again = pellucid.load(altered(trained, tmp_path, lambda plain: None))

    assert np.array_equal(again.predict_proba(reviews), critic.predict_proba(reviews))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("terms", ["the"]),
        ("terms", "the"),
        ("texts_with", []),
        ("texts_with", [1e9]),
        ("num_texts", -1.0),
        ("num_texts", 0.0),
        ("with_pieces", "yes"),
        ("num_features", 10**8),
        ("num_features", 31),
        ("num_features", 0),
        ("usual", None),
        ("usual", {"unseen_part": 0.0, "correlation": 0.0, "limit": None, "wordless_part": 0.0}),
        ("usual", {"unseen_part": 0.5, "correlation": 2.0, "limit": None, "wordless_part": 0.0}),
    ],
)
def test_a_vocabulary_that_cannot_be(
    trained: Path, tmp_path: Path, name: str, value: object
) -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["encoder"][0][name] = value

    with pytest.raises(ModelFileError):
        pellucid.load(altered(trained, tmp_path, change))


def test_a_term_that_stands_there_twice(trained: Path, tmp_path: Path) -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["encoder"][0]["terms"][1] = plain["encoder"][0]["terms"][0]

    with pytest.raises(ModelFileError, match="twice"):
        pellucid.load(altered(trained, tmp_path, change))


def test_a_vocabulary_that_lacks_a_term_of_the_network(trained: Path, tmp_path: Path) -> None:
    """Each later term would be taken for the one before it."""

    def change(plain: dict[str, Any]) -> None:
        del plain["encoder"][0]["terms"][0], plain["encoder"][0]["texts_with"][0]

    with pytest.raises(ModelFileError, match="vectors for"):
        pellucid.load(altered(trained, tmp_path, change))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("terms", 10**12),
        ("terms", 0),
        ("terms", "many"),
        ("dimensions", 10**12),
        ("dimensions", -1),
        ("dropout", 1.0),
        ("rate", 0.0),
        ("rate", 1e300),
        ("features", 10**9),
        ("features", 1),
        ("features", -1),
        ("layer", "PictureBranch"),
        ("port", "terms:another"),
    ],
)
def test_a_bag_of_terms_that_cannot_be(
    trained: Path, tmp_path: Path, name: str, value: object
) -> None:
    """A thousand million features would be room for twelve thousand million bytes."""

    def change(plain: dict[str, Any]) -> None:
        plain["network"]["branches"][0][name] = value

    with pytest.raises(ModelFileError):
        pellucid.load(altered(trained, tmp_path, change))
