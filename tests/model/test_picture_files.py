"""Model files with pictures whose content is senseless: refused in words, and at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Classifier, ModelFileError
from pellucid.data.kinds.column import Column, Schema
from pellucid.data.stored_schema import schema_from_json
from pellucid.model.file import read_model_file, write_model_file

DIGEST = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 60 pictures of 8 × 8 as parts of 1, with references."""
    generator = np.random.default_rng(0)
    pixels = generator.random((60, 8, 8)) * np.where(np.arange(60) % 2, 1.0, 0.5)[:, None, None]
    path = tmp_path_factory.mktemp("models") / "m.pellucid"
    Classifier(max_epochs=1, filters=(4, 6)).fit(pixels, np.arange(60) % 2).save(path)
    return path


def altered(path: Path, place: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The same file with another content, signed with a right digest."""
    tensors, plain = read_model_file(path)
    change(plain)
    write_model_file(place / "altered.pellucid", tensors, plain)
    return place / "altered.pellucid"


def test_what_is_as_training_writes_it_is_loaded(trained: Path, tmp_path: Path) -> None:
    assert pellucid.load(altered(trained, tmp_path, lambda plain: None)).score is not None
    assert pellucid.load(trained).schema_["image"].notation == "8x8x1, white 1"


@pytest.mark.parametrize("count", [10**8, 5, 7, 0, "many"])
@pytest.mark.parametrize("has_references", [True, False])
def test_features_that_the_branch_does_not_give(
    trained: Path, tmp_path: Path, count: object, has_references: bool
) -> None:
    """A hundred million would take minutes to name, and five would break an explanation."""

    def change(plain: dict[str, Any]) -> None:
        plain["encoder"][0]["num_features"] = count
        if not has_references:
            del plain["references"]

    with pytest.raises(ModelFileError):
        pellucid.load(altered(trained, tmp_path, change))


def test_a_size_that_the_network_does_not_see(trained: Path, tmp_path: Path) -> None:
    def change(plain: dict[str, Any]) -> None:
        plain["estimator"]["schema"][0]["notation"] = "16x16x1"

    with pytest.raises(ModelFileError, match="read otherwise than the network gets it"):
        pellucid.load(altered(trained, tmp_path, change))


@pytest.mark.parametrize("white", ["1.2.3", "0", "-1", "1e999", "256", "nan", "1\n", "", "."])
@pytest.mark.parametrize("kind", ["image", "encoded image"])
def test_a_number_that_cannot_mean_white(kind: str, white: str) -> None:
    read = "8x8x1" if kind == "image" else DIGEST
    folder = "" if kind == "image" else "vit"

    def stored(notation: str) -> Any:
        column = Column(name="image", kind=kind, reason="", notation=notation, image_encoder=folder)
        return Schema(columns=(column,)).to_json()

    for legal in (read, f"{read}, white 1", f"{read}, white 6.1e-05"):
        assert schema_from_json(stored(legal))["image"].notation == legal
    with pytest.raises(ModelFileError, match="notation"):
        schema_from_json(stored(f"{read}, white {white}"))
