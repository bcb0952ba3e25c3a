"""Pictures at the command line: a folder is all that is needed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

Run = Callable[..., str]
QUICK = ("--max-epochs", "1", "--no-baselines")


@pytest.fixture
def photos(run: Run, paint: Callable[..., Path]) -> str:
    """Pictures to learn from, to judge by, and one that is broken."""
    for part, count in (("train", 10), ("test", 4)):
        for number in range(count):
            paint(f"photos/{part}/{'ab'[number % 2]}/{number}.png", seed=number)
    Path("photos/train/a/broken.jpg").write_bytes(b"")
    return "photos/"


def test_from_a_folder_to_predictions(run: Run, photos: str) -> None:
    said = run("fit", photos, *QUICK)
    assert "Read 10 rows, 2 columns from photos" in said
    assert "parts by folder: 4 test, 10 train" in said
    assert "1 broken picture left out: train/a/broken.jpg is empty" in said
    assert "Target label: classification" in said
    assert "Saved photos.pellucid" in said
    assert "14 rows" in run("predict", "photos.pellucid", photos, "--out", "p.csv")
    assert pl.read_csv("p.csv").columns[:2] == ["image", "prediction"]
    assert "1 row" in run("predict", "photos.pellucid", "photos/test/a/0.png", "--out", "one.csv")
    assert "Scores on 4 rows" in run("evaluate", "photos.pellucid", photos)
    assert "label" in run("inspect", "photos.pellucid")


def test_what_a_folder_would_be_taken_for(run: Run, photos: str) -> None:
    said = run("inspect", photos)
    assert "pictures of 8 × 8 pixels, color; read as 8 × 8" in said
    assert "Target label: classification" in said


def test_a_folder_speaks_json(run: Run, photos: str) -> None:
    def ask(*arguments: str) -> dict[str, Any]:
        return dict(json.loads(run(*arguments, "--json")))

    fitted = ask("fit", photos, *QUICK)
    assert fitted["target"] == ["label"]
    assert fitted["schema"][0]["kind"] == "image"
    done = ask("predict", "photos.pellucid", photos, "--out", "p.csv")
    assert (done["rows"], done["kept"]) == (14, ["image"])
    assert any("1 broken picture left out" in note for note in done["notes"])
    assert ask("evaluate", "photos.pellucid", photos)["rows"] == 4
    assert ask("inspect", photos)["target"] == ["label"]


def test_a_model_in_the_place_of_a_folders_is_replaced_by_it_alone(run: Run, photos: str) -> None:
    run("fit", photos, *QUICK)
    assert "Saved photos.pellucid" in run("fit", "photos", *QUICK)


def test_a_folder_is_compared(run: Run, photos: str) -> None:
    said = run("compare", photos, "--max-epochs", "1", "--time-limit", "20")
    assert "logistic regression" in said
    assert Path("photos.comparison.html").exists()
