"""Texts at the command line: a folder is all that is needed."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

Run = Callable[..., str]
QUICK = ("--max-epochs", "2", "--no-baselines")


@pytest.fixture
def reviews(run: Run) -> str:
    """Texts to learn from, to judge by, an empty one, and one that is none."""
    words = {"good": "a lovely film with great actors", "bad": "an awful film with poor actors"}
    for part, count in (("train", 20), ("test", 4)):
        for number in range(count):
            kind = "good" if number % 2 else "bad"
            path = Path("reviews", part, kind, f"{number}.txt")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"I saw {words[kind]} in the week {number}.")
    Path("reviews/train/bad/scan").write_bytes(bytes(range(256)))
    Path("reviews/test/good/nothing.txt").write_text("")
    Path("reviews/README").write_text("All about these reviews.")
    return "reviews/"


def test_from_a_folder_to_predictions(run: Run, reviews: str) -> None:
    said = run("fit", reviews, *QUICK)
    assert "Read 20 rows, 2 columns from reviews" in said
    assert "parts by folder: 5 test, 21 train" in said
    assert "1 broken text left out: train/bad/scan is no text" in said
    assert "1 text empty, counted as missing: test/good/nothing.txt" in said
    assert "Target label: classification" in said
    assert "predict reviews.pellucid NEW_TEXTS/" in said
    assert "Predicted 25 rows" in run("predict", "reviews.pellucid", reviews, "--out", "p.csv")
    predicted = pl.read_csv("p.csv")
    assert predicted.columns[:2] == ["file", "prediction"]
    assert predicted["file"][0] == "test/bad/0.txt"
    single = ("reviews/test/bad/0.txt", "--out", "one.csv")
    assert "Predicted 1 row" in run("predict", "reviews.pellucid", *single)
    assert pl.read_csv("one.csv")["file"].to_list() == ["reviews/test/bad/0.txt"]
    assert "Scores on 5 rows" in run("evaluate", "reviews.pellucid", reviews)
    assert "Row 1" in run("explain", "reviews.pellucid", "reviews/test/bad/0.txt")


def test_an_archive_is_as_good_as_its_folder(run: Run, reviews: str) -> None:
    with tarfile.open("reviews.tar.gz", "w:gz") as archive:
        archive.add(reviews)
    run("fit", "reviews.tar.gz", *QUICK, "--out", "packed.pellucid")
    run("fit", reviews, *QUICK)
    for model in ("packed", "reviews"):
        run("predict", f"{model}.pellucid", reviews, "--out", f"{model}.csv")
    assert Path("packed.csv").read_text() == Path("reviews.csv").read_text()


def test_what_a_folder_or_a_file_would_be_taken_for(run: Run, reviews: str) -> None:
    assert "text text texts of 12 words on average" in run("inspect", reviews)
    assert "Read 1 row, 1 column from 0.txt" in run("inspect", "reviews/test/bad/0.txt")


def test_a_folder_speaks_json(run: Run, reviews: str) -> None:
    run("fit", reviews, *QUICK)
    done = json.loads(
        run("predict", "reviews.pellucid", reviews, "--out", "p.csv", "--keep", "label", "--json")
    )
    assert (done["rows"], done["kept"]) == (25, ["file", "label"])
    assert "1 broken text left out: train/bad/scan is no text" in done["notes"]
