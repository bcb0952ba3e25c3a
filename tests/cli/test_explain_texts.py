"""Texts at the command line: explained in words, as a page, as data; and flagged."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pellucid import Classifier
from pellucid.cli.app import main


@pytest.fixture
def here(
    critic: Classifier, reviews: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder with a model of texts, and their table."""
    monkeypatch.chdir(tmp_path)
    critic.save("reviews.pellucid")
    reviews.write_csv("reviews.csv")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, capsys: Any, *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["pellucid", *arguments])
    with contextlib.suppress(SystemExit):
        main()
    said = capsys.readouterr()
    assert "Error" not in said.err
    return str(said.out)


def test_a_text_is_explained_in_all_three_forms(
    here: Path, reviews: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    explain = ("explain", "reviews.pellucid", "reviews.csv", "--row", "2")
    told = run(monkeypatch, capsys, *explain, "--training", "reviews.csv", "--report", "page.html")
    assert "What the words of review did to the probability of" in told
    assert "[+++]" in told
    assert "Shares of the words of review" in told
    assert "Nearest of the 240 rows of reviews.csv" in told
    page = (here / "page.html").read_text()
    assert "Which words pushed it" in page
    assert '<mark class="up-3">' in page

    found = json.loads(run(monkeypatch, capsys, *explain, "--json"))
    (text,) = found["texts"]
    assert text["text"] == found["cells"]["review"] == reviews["review"][1]
    shares = [word["share"] for word in text["words"]]
    assert sum(shares) == pytest.approx(found["columns"]["review"])


def test_a_text_in_another_language_is_flagged(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """What is predicted for it is an answer all the same, and a column says what is odd."""
    texts = [
        "The film was great and about people.",
        "这部电影很好看",
        "Der Film hat nicht gefallen",
    ]
    pl.DataFrame({"review": texts}).write_csv("new.csv")
    asked = ("predict", "reviews.pellucid", "new.csv", "--flag-unlike", "--out", "out.csv")
    told = run(monkeypatch, capsys, *asked)
    assert "2 cells of review: most words, or all, are not known from training" in told
    flags = pl.read_csv("out.csv")["unlike training"].fill_null("").to_list()
    assert flags == [
        "",
        "review: none of its 7 different words is known from training, where that is rare",
        "review: 4 of its 5 different words are unknown from training, where that is rare",
    ]
