"""Clusters of every kind of rows: tables, pictures, texts, and all of them mixed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from sklearn.metrics import adjusted_rand_score

from pellucid import Clusterer, fit
from pellucid.clustering import recipe
from pellucid.inputs import PIXELS, TERMS
from pellucid.network.term_bag import TermBag

WORDS = {
    "sea": ["wave", "salt", "boat", "sail", "fish", "harbor", "tide", "anchor", "crew", "storm"],
    "kitchen": [
        "oven",
        "bread",
        "salt",
        "flour",
        "knife",
        "butter",
        "sugar",
        "recipe",
        "pan",
        "dough",
    ],
}


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for what is tested here."""
    monkeypatch.setattr(recipe, "STEPS_OF_PICTURES", 4)
    monkeypatch.setattr(recipe, "FEWEST_STEPS", 4)
    monkeypatch.setattr(recipe, "STEPS_OF_TEXTS", 60)


def texts(count: int, seed: int) -> tuple[list[str], list[str]]:
    generator = np.random.default_rng(seed)
    topics = [list(WORDS)[place % 2] for place in range(count)]
    return [" ".join(generator.choice(WORDS[topic], 6)) for topic in topics], topics


def pictures(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Dark pictures with a bright bar, upright or lying."""
    generator = np.random.default_rng(seed)
    kinds = np.arange(count) % 2
    found = generator.integers(0, 40, (count, 12, 12), dtype=np.uint8)
    for picture, kind in zip(found, kinds, strict=True):
        place = generator.integers(3, 8)
        picture[(slice(None), slice(place, place + 2))[:: 1 - 2 * kind]] = 220
    return found, kinds


def test_texts_are_clustered_by_their_words() -> None:
    written, topics = texts(160, seed=0)
    model = Clusterer(n_clusters=2).fit(written)
    assert adjusted_rand_score(topics, model.labels_) > 0.9
    bag = model.model_.network.input_layer.branches[f"{TERMS}:text"]
    assert isinstance(bag, TermBag)
    (column,) = model.model_.encoder.columns
    assert column.vocabulary is not None
    assert not any(" " in term or term.startswith("~") for term in column.vocabulary.terms)
    new, of = texts(40, seed=1)
    assert adjusted_rand_score(of, model.predict(new)) > 0.9
    together = model.assign(new)
    alone = model.assign(new[3:4])
    assert_array_equal(alone.leaves[0], together.leaves[3])
    facts = model.model_.cluster_facts
    assert facts is not None
    said = {word.word for each in facts.clusters for told in each.words for word in told.words}
    assert said & {"wave", "boat", "oven", "bread"}


def test_pictures_are_clustered_without_features_by_hand() -> None:
    seen, _ = pictures(60, seed=0)
    model = Clusterer(n_clusters=2).fit(seen)
    assert any(port.startswith(PIXELS) for port in model.model_.network.input_layer.branches)
    assert set(model.labels_) <= {-1, 0, 1}
    new, _ = pictures(9, seed=1)
    together, alone = model.assign(new), model.assign(new[4:5])
    assert_array_equal(alone.leaves[0], together.leaves[4])
    assert_array_equal(alone.positions[0], together.positions[4])
    again = Clusterer(n_clusters=2).fit(seen)
    assert_array_equal(again.labels_, model.labels_)


def test_a_folder_of_pictures_needs_no_classes(tmp_path: Path) -> None:
    seen, kinds = pictures(24, seed=0)
    for place, (picture, kind) in enumerate(zip(seen, kinds, strict=True)):
        folder = tmp_path / "all" / f"kind{kind}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{place}.png")
    model = Clusterer(n_clusters=2).fit(tmp_path / "all")
    assert [column.name for column in model.schema_] == ["image"]
    assert len(model.labels_) == 24


def test_columns_of_every_kind_are_clustered_together() -> None:
    written, topics = texts(120, seed=2)
    size = np.random.default_rng(0).normal(size=120) + 6.0 * np.array([t == "sea" for t in topics])
    table = pl.DataFrame(
        {
            "text": written,
            "size": size,
            "day": [f"2024-0{1 + place % 9}-1{place % 9}" for place in range(120)],
            "kind": [f"{topic}!" for topic in topics],
        }
    )
    model = Clusterer(n_clusters=2, columns={"text": "text"}).fit(table)
    assert adjusted_rand_score(topics, model.labels_) > 0.9
    assert {"text", "size", "kind"} <= {column.name for column in model.schema_.kept}


def test_fit_without_a_target_clusters_texts() -> None:
    written, topics = texts(160, seed=3)
    model = fit(written, n_clusters=2)
    assert isinstance(model, Clusterer)
    assert adjusted_rand_score(topics, model.labels_) > 0.9


def test_equal_pictures_are_one_cluster() -> None:
    model = Clusterer().fit(np.full((50, 12, 12), 7, dtype=np.uint8))
    assert model.n_clusters_ == 1
    assert model.model_.record.count is not None
    assert model.model_.record.count.reason == "To the network all rows are the same."


@pytest.mark.parametrize("suffix", ["png", "txt"])
def test_a_folder_need_not_have_classes(suffix: str, tmp_path: Path) -> None:
    shown, written = pictures(6, seed=0)[0], texts(6, seed=0)[0]
    for place in range(6):
        if suffix == "png":
            Image.fromarray(shown[place]).save(tmp_path / f"{place}.png")
        else:
            (tmp_path / f"{place}.txt").write_text(written[place])
    read = Clusterer().read(tmp_path)
    assert read.frame.columns == ["image" if suffix == "png" else "text"]
    assert read.num_rows == 6
