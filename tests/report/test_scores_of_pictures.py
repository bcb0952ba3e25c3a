"""What is said of scores on pictures and texts: who learned from a sample; what few photos want."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.model.leaderboard import ComparedPictures, ComparedText, Entry, Leaderboard
from pellucid.report.content.scores import few_photos, samples, scores_in_short, scores_section
from pellucid.report.elements import Paragraph
from pellucid.tasks.metrics import Score

PHOTOS = ComparedPictures(size=(128, 128, 3), flat_size=(32, 32, 3))


def entry(name: str, rows: int) -> Entry:
    accuracy = Score(name="accuracy", value=0.8, low=0.7, high=0.9, higher_is_better=True)
    return Entry(name=name, scores=[accuracy], seconds=1.0, rows=rows)


def board(
    rows: int = 244, pictures: ComparedPictures | None = PHOTOS, fewer: int = 0
) -> Leaderboard:
    entries = [entry("network", rows), entry("SVM (RBF)", fewer or rows), entry("mean", rows)]
    return Leaderboard(rows="60 rows", num_rows=60, entries=entries, pictures=pictures)


def written(found: Leaderboard) -> dict[str, Any]:
    """As a model file has it."""
    return dict(json.loads(json.dumps(found.to_json())))


def said(paragraphs: list[Any]) -> str:
    return " ".join(each.text for each in paragraphs if isinstance(each, Paragraph))


def test_a_few_hundred_photos_want_a_network_that_knows_photos() -> None:
    told = said(scores_in_short(board(), ""))
    assert "From 244 photos hardly anything can be learned about photos as such" in told
    assert "give it with --image-encoder." in told
    assert "image_encoder=." in said(scores_section(board()).elements)


@pytest.mark.parametrize(
    ("rows", "pictures"),
    [
        (1_000, PHOTOS),
        (244, None),
        (244, ComparedPictures(size=(128, 128, 1), flat_size=(32, 32, 1))),
        (244, ComparedPictures(size=(32, 32, 3), flat_size=(32, 32, 3))),
    ],
)
def test_many_photos_and_small_or_grey_pictures_do_not(
    rows: int, pictures: ComparedPictures | None
) -> None:
    assert few_photos(board(rows, pictures), as_flags=True) == []


def test_who_learned_from_a_sample_is_named() -> None:
    found = board(rows=50_000, fewer=1_953)
    assert said(samples(found)) == (
        "Of the 50,000 rows some learned from a sample, to be done in time: SVM (RBF) from 1,953."
    )
    assert samples(board()) == []
    assert samples(replace(found, pictures=None)) == []
    texts = [ComparedText(column="text", terms=9)]
    assert samples(replace(found, pictures=None, texts=texts)) == samples(found)


@pytest.mark.parametrize("pictures", [PHOTOS, None])
def test_a_model_file_keeps_it(pictures: ComparedPictures | None) -> None:
    kept = Leaderboard.from_json(Fields(written(board(pictures=pictures)), "the report"))
    assert kept.pictures == pictures


@pytest.mark.parametrize("size", [[32, 32], [32, 32, 0], "32", [32.5, 32, 3]])
def test_what_is_no_size_is_refused(size: object) -> None:
    plain = written(board())
    plain["pictures"]["flat_size"] = size
    with pytest.raises(ModelFileError):
        Leaderboard.from_json(Fields(plain, "the report"))


def test_older_files_say_nothing_of_it() -> None:
    plain = written(board())
    del plain["pictures"], plain["texts"]
    assert Leaderboard.from_json(Fields(plain, "the report")).pictures is None
