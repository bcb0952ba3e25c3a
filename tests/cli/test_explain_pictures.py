"""Pictures at the command line: a file, a folder, a table; in words, as a page, as data."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

from pellucid import Classifier
from pellucid.cli.app import main


@pytest.fixture
def here(
    spotter: Classifier, spots: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder with a model that learned from a table, and a few of its pictures as files."""
    monkeypatch.chdir(tmp_path)
    spotter.save("spots.pellucid")
    for place in range(6):
        folder = tmp_path / "photos" / spots["side"][place]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.array(spots["spot"][place])).save(folder / f"{place}.png")
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, capsys: Any, *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["pellucid", *arguments])
    with contextlib.suppress(SystemExit):
        main()
    said = capsys.readouterr()
    assert "Error" not in said.err
    return str(said.out)


def test_a_single_picture_is_explained_in_all_three_forms(
    here: Path, spots: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Its column had a name of its own in training, which a file does not know."""
    picture = "photos/upright/2.png"
    explain = ("explain", "spots.pellucid", picture)
    told = run(monkeypatch, capsys, *explain, "--training", "photos", "--report", "page.html")
    assert "What in the picture pushed probability of upright" in told
    assert picture in told
    assert "Wrote page.html" in told
    page = (here / "page.html").read_text()
    assert "The nearest training pictures" in page
    assert f"{picture}, 12 × 12 pixels in grey" in page

    found = json.loads(run(monkeypatch, capsys, *explain, "--json"))
    assert np.array_equal(np.array(found["picture"]["pixels"])[..., 0], spots["spot"][2])
    assert found["picture"]["name"] == picture
    assert found["page"] is None


def test_a_row_of_a_folder_is_explained_with_its_truth(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    found = json.loads(
        run(monkeypatch, capsys, "explain", "spots.pellucid", "photos", "--row", "4", "--json")
    )
    assert found["picture"]["column"] == "spot"
    assert found["cells"]["spot"].endswith(".png")
    assert found["picture"]["shares"]["completeness_error"] < 0.01


def test_a_single_picture_is_predicted(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    run(monkeypatch, capsys, "predict", "spots.pellucid", "photos/lying/1.png", "--out", "p.csv")
    assert pl.read_csv(here / "p.csv")["prediction"].to_list() == ["lying"]
