"""Small tables every test can have, and one thread for small work."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from hypothesis import settings
from PIL import Image

from pellucid import Classifier, Regressor
from pellucid.files.fields import Fields

torch.set_num_threads(1)
os.environ["OMP_NUM_THREADS"] = "1"  # in processes that tests start
os.environ.pop("NO_COLOR", None)
os.environ.pop("FORCE_COLOR", None)
settings.register_profile("busy", deadline=None)  # how long an example takes says nothing
settings.load_profile("busy")

collect_ignore = ["typed_program.py"]  # a program that mypy reads, with its mistakes

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """Let Ctrl-C interrupt, as in a terminal: what starts in the background ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def shared_data() -> Path:
    """Real data sets, where this machine has them."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data sets are not on this machine")
    return SHARED_DATA


@pytest.fixture(scope="session")
def people() -> pl.DataFrame:
    """A table with every kind of column."""
    return make_people()


def make_people() -> pl.DataFrame:
    """240 rows with every kind of column: number, category, many levels, date, id; some missing."""
    generator = np.random.default_rng(0)
    n = 240
    age = generator.normal(40, 12, n).round(1)
    sex = generator.choice(["f", "m"], n)
    town = generator.choice([f"town {i}" for i in range(15)], n)
    logit = (age - 40) / 6 + 2 * (sex == "f") + 0.5 * generator.normal(size=n)
    return pl.DataFrame(
        {
            "id": [f"P{i:05d}" for i in generator.permutation(n)],
            "age": pl.Series(age).set(pl.Series(generator.random(n) < 0.05), None),
            "sex": sex,
            "town": town,
            "joined": pl.Series(generator.integers(18_000, 19_000, n)).cast(pl.Date),
            "buys": np.where(logit > 1, "yes", "no"),
            "spends": (20 + 3 * logit + generator.normal(size=n)).round(2),
        }
    )


@pytest.fixture
def people_csv(people: pl.DataFrame, tmp_path: Path) -> Path:
    """The people as a CSV file."""
    path = tmp_path / "people.csv"
    people.write_csv(path)
    return path


@pytest.fixture(scope="session")
def buyer(people: pl.DataFrame) -> Classifier:
    """A classifier that was fitted to the people; do not fit it again."""
    return Classifier(max_epochs=30).fit(people.drop("spends"), "buys")


@pytest.fixture(scope="session")
def spender(people: pl.DataFrame) -> Regressor:
    """A regressor that was fitted to the people; do not fit it again."""
    return Regressor(max_epochs=30).fit(people.drop("buys"), "spends")


@pytest.fixture
def as_stored() -> Callable[[object], Fields]:
    """Plain data as a model file gives it back, in a field "it"."""
    return lambda plain: Fields({"it": json.loads(json.dumps(plain))}, "the file")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a text file and return its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def paint() -> Callable[..., Path]:
    """Write a small picture to a path, which says its format, and return the path."""

    def paint(path: str | Path, mode: str = "RGB", size: int = 8, seed: int = 0) -> Path:
        noise = np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise).convert(mode).save(path)
        return Path(path)

    return paint


def make_spots() -> pl.DataFrame:
    """200 grey pictures of 12 × 12 pixels with a bright spot in the left half, or in the right."""
    generator = np.random.default_rng(0)
    n, side = 200, 12
    pixels = generator.integers(0, 60, (n, side, side))
    is_left = np.arange(n) % 2 == 0
    for picture, left in zip(pixels, is_left, strict=True):
        column = generator.integers(0, 3) + (0 if left else 7)
        row = generator.integers(0, 10)
        if left:
            picture[row : row + 3, column : column + 1] = 250  # upright
        else:
            picture[row : row + 1, column : column + 3] = 250  # lying
    age = generator.normal(40.0, 12.0, n) + 10.0 * is_left
    return pl.DataFrame(
        {
            "spot": pl.Series(pixels.astype(np.uint8)),
            "age": age.round(1),
            "side": np.where(is_left, "upright", "lying"),
        }
    )


@pytest.fixture(scope="session")
def spots() -> pl.DataFrame:
    """Pictures beside a number."""
    return make_spots()


@pytest.fixture(scope="session")
def spotter(spots: pl.DataFrame) -> Classifier:
    """A classifier of pictures alone; do not fit it again."""
    return Classifier(max_epochs=8).fit(spots.drop("age"), "side")


@pytest.fixture(scope="session")
def mixed_spotter(spots: pl.DataFrame) -> Classifier:
    """A classifier of pictures beside a number; do not fit it again."""
    return Classifier(max_epochs=4, members=2).fit(spots, "side")


GOOD_WORDS, BAD_WORDS = ("lovely", "great", "superb"), ("awful", "boring", "broken")


def make_reviews(rows: int = 240) -> pl.DataFrame:
    """Texts with one word that says what they are, among words that say nothing."""
    plain = ("the", "film", "was", "and", "a", "story", "about", "people", "in", "town", "that")
    generator = np.random.default_rng(0)
    is_good = generator.random(rows) < 0.5
    texts = []
    for good in is_good:
        words = list(generator.choice(plain, 8))
        words.insert(4, str(generator.choice(GOOD_WORDS if good else BAD_WORDS)))
        texts.append(" ".join(words).capitalize() + ".")
    return pl.DataFrame(
        {
            "review": texts,
            "age": generator.integers(18, 80, rows),
            "where": generator.choice(["shop", "web"], rows),
            "verdict": np.where(is_good, "good", "bad"),
        }
    )


@pytest.fixture(scope="session")
def reviews() -> pl.DataFrame:
    """Texts beside a number and a category."""
    return make_reviews()


@pytest.fixture(scope="session")
def critic(reviews: pl.DataFrame) -> Classifier:
    """A classifier of texts alone: one layer above the sum of terms; do not fit it again."""
    model = Classifier(max_epochs=8, columns={"review": "text"})
    return model.fit(reviews.select("review", "verdict"), "verdict")


@pytest.fixture(scope="session")
def mixed_critic(reviews: pl.DataFrame) -> Classifier:
    """A classifier of texts beside a number and a category; do not fit it again."""
    model = Classifier(max_epochs=8, members=2, columns={"review": "text"})
    return model.fit(reviews, "verdict")
