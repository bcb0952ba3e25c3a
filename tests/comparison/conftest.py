"""One comparison, one table with a trainer: what takes seconds is done once for all tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.comparison.compare import Comparison


@pytest.fixture(scope="session")
def shop() -> pl.DataFrame:
    """400 rows: numbers with holes, two categories of which one has rare levels, two targets."""
    generator = np.random.default_rng(3)
    n = 400
    price = generator.lognormal(3, 1, n).round(2)
    weight = generator.normal(10, 3, n).round(3)
    color = generator.choice(["red", "green", "blue"], n)
    maker = [f"M{int(i)}" for i in np.minimum(generator.geometric(0.15, n), 40)]
    score = np.log(price) - 0.2 * weight + (color == "red") + 0.3 * generator.normal(size=n)
    return pl.DataFrame(
        {
            "price": pl.Series(price).set(pl.Series(generator.random(n) < 0.1), None),
            "weight": weight,
            "color": pl.Series(color).set(pl.Series(generator.random(n) < 0.05), None),
            "maker": maker,
            "sold": np.where(score > 1.3, "yes", "no"),
            "stars": (2 + score).round(3),
        }
    )


@pytest.fixture(scope="session")
def shop_csv(shop: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.csv"
    shop.drop("stars").write_csv(path)
    return path


@pytest.fixture(scope="session")
def sold(shop_csv: Path) -> Comparison:
    """Classes, on one split, with learning curves."""
    return pellucid.compare(shop_csv, "sold", max_epochs=3, members=1, grow=True)


@pytest.fixture(scope="session")
def stars(shop: pl.DataFrame) -> Comparison:
    """Numbers, in three folds."""
    return pellucid.compare(shop.drop("sold"), "stars", folds=3, max_epochs=3, members=1)
