"""Whether "no clear clusters" is said where there are none, and only there; and made blobs counted.

Run `python benchmarks/structureless.py --data FOLDER` with the folder of the real tables (iris,
penguins, mushroom, mall_customers; without it those of scikit-learn alone); it takes about twenty
minutes. For each kind of data it shows in how many of `--seeds` seeds clear clusters were seen, and
the worst of both measures. A second table counts made blobs: how often exactly, and how often
within the range shown.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
from results import Results
from sklearn.datasets import load_digits, load_iris, load_wine

from pellucid.clustering.how_many import how_many
from pellucid.clustering.k_means import k_means
from pellucid.clustering.stability import Finder
from pellucid.clustering.structure import is_there_structure

Rows = tuple[np.ndarray, np.ndarray]
"""Numbers (n, d), and the column of the table that each is of, (d,)."""

Made = Callable[[np.random.Generator], np.ndarray]
ROWS = 600
APART = 6.0
"""Least distance between the centers of two blobs, in deviations of the widest."""


def numbers(rows: np.ndarray) -> Rows:
    kept = rows[:, rows.std(axis=0) > 0.0]
    return (kept - kept.mean(axis=0)) / kept.std(axis=0), np.arange(kept.shape[1])


def flat(table: pl.DataFrame) -> Rows:
    """Numbers standardized, each category as 0/1 for each level, of variance 1 together."""
    parts, of = [], []
    varied = [column for column in table.get_columns() if column.n_unique() > 1]
    for place, column in enumerate(varied):
        if column.dtype.is_numeric():
            cells = column.cast(pl.Float64).fill_null(column.cast(pl.Float64).median()).to_numpy()
            part = cells[:, None]
        else:
            part = column.fill_null("").to_dummies().to_numpy().astype(np.float64)
        part = part - part.mean(axis=0)
        parts.append(part / np.sqrt((part**2).mean(axis=0).sum()))
        of += [place] * part.shape[1]
    return np.hstack(parts), np.array(of)


def shuffled(given: Rows, generator: np.random.Generator) -> Rows:
    rows, of = given
    mixed = [rows[generator.permutation(len(rows))][:, of == column] for column in np.unique(of)]
    return np.hstack(mixed), np.sort(of)


def correlated(generator: np.random.Generator, width: int) -> np.ndarray:
    """One Gaussian whose variances fall as 1, 1/4, 1/9 …, turned at random."""
    turned = np.linalg.qr(generator.normal(size=(width, width)))[0] / np.arange(1, width + 1)
    return generator.normal(size=(ROWS, width)) @ turned.T


def ring(generator: np.random.Generator) -> np.ndarray:
    angle = generator.uniform(0.0, 2 * np.pi, ROWS)
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points + 0.1 * generator.normal(size=points.shape)


STRUCTURELESS: dict[str, Made] = {
    **{f"uniform, {d} columns": lambda g, d=d: g.uniform(size=(ROWS, d)) for d in (1, 2, 5, 15)},
    "uniform, turned": lambda g: (
        g.uniform(-1, 1, (ROWS, 4)) @ np.linalg.qr(g.normal(size=(4, 4)))[0]
    ),
    "Gaussian, 2 columns": lambda g: g.normal(size=(ROWS, 2)),
    "Gaussian, correlation .95": lambda g: g.multivariate_normal(
        [0, 0], [[1, 0.95], [0.95, 1]], ROWS
    ),
    **{f"Gaussian, correlated, {d} columns": lambda g, d=d: correlated(g, d) for d in (10, 50)},
    "Gaussian, 50 columns": lambda g: g.normal(size=(ROWS, 50)),
    "Gaussian, 100 rows of 100 columns": lambda g: g.normal(size=(100, 100)),
    "Student's t (3), elliptical": lambda g: (
        g.normal(size=(ROWS, 5)) / np.sqrt(g.chisquare(3, (ROWS, 1)) / 3)
    ),
    "Student's t (3), each column": lambda g: g.standard_t(3, (ROWS, 5)),
    "exponential": lambda g: g.exponential(size=(ROWS, 5)),
    "lognormal, correlated": lambda g: np.exp(
        g.multivariate_normal(np.zeros(3), 0.2 * np.eye(3) + 0.8, ROWS)
    ),
}


def real(folder: Path | None) -> dict[str, Rows]:
    digits = load_digits().data
    found = {
        "iris": numbers(load_iris().data),
        "wine": numbers(load_wine().data),
        "digits": ((digits - digits.mean(axis=0)) / digits.std(), np.arange(digits.shape[1])),
    }
    if folder is not None:
        penguins = pl.read_csv(folder / "penguins" / "penguins.csv", null_values="NA")
        mall = pl.read_csv(folder / "mall_customers" / "Mall_Customers_Int.csv")
        mushroom = pl.read_csv(folder / "mushroom" / "mushrooms.csv")
        found |= {
            "penguins": flat(penguins.drop("species", "year")),
            "mall customers": flat(mall.drop(mall.columns[0])),
            "mall customers, income and score": flat(mall[:, -2:]),
            "mushroom": flat(mushroom.drop("type")),
        }
    return found


def blobs(seed: int) -> tuple[np.ndarray, int]:
    """3 … 8 blobs of unequal size and width in 2 … 16 columns, 300 … 3,000 rows."""
    generator = np.random.default_rng(seed)
    width, k = int(generator.integers(2, 17)), int(generator.integers(3, 9))
    num_rows = int(generator.integers(300, 3001))
    side = APART * k ** (1 / width)
    centers = generator.uniform(-side, side, (k, width))
    while min(np.linalg.norm(a - b) for i, a in enumerate(centers) for b in centers[:i]) < APART:
        centers = generator.uniform(-side, side, (k, width))
    parts = np.maximum(generator.dirichlet(np.full(k, 4.0)), 0.05)
    of = generator.choice(k, num_rows, p=parts / parts.sum())
    deviations = generator.uniform(0.5, 1.0, k)
    return centers[of] + generator.normal(size=(num_rows, width)) * deviations[of, None], k


def teacher() -> Finder:
    return lambda rows, k: k_means(rows, k, seed=0).label


def all_data(folder: Path | None, seed: int) -> Iterator[tuple[str, str, Rows]]:
    generator = np.random.default_rng(seed)
    for name, make in STRUCTURELESS.items():
        yield name, "none", numbers(make(generator))
    yield "ring", "as one takes it", numbers(ring(generator))
    for name, rows in real(folder).items():
        yield f"{name}, shuffled", "none", shuffled(rows, generator)
        yield name, "clear", rows
    yield "blobs", "clear", numbers(blobs(seed)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    results = Results(asked.out)
    found: dict[tuple[str, str], list[tuple[bool, float, float]]] = {}
    for seed in range(asked.seeds):
        for name, truth, (rows, of) in all_data(asked.data, seed):
            said = is_there_structure(rows, of, seed)
            beyond = np.inf if said.beyond_chance is None else said.beyond_chance
            found.setdefault((name, truth), []).append((said.is_clear, said.p_value, beyond))
    for (name, truth), each in found.items():
        worst = max if truth == "clear" else min
        results.add(
            data=name,
            clusters=truth,
            seen=f"{sum(is_clear for is_clear, _, _ in each)} of {len(each)}",
            p_value=worst(p for _, p, _ in each),
            beyond_chance=(min if truth == "clear" else max)(beyond for _, _, beyond in each),
        )
    exact = within = 0
    for seed in range(asked.seeds):
        rows, k = blobs(seed)
        count = how_many(numbers(rows)[0], teacher(), seed)
        exact, within = exact + (count.k == k), within + (count.low <= k <= count.high)
        results.add(
            blobs=seed, true=k, found=count.k, low=count.low, high=count.high, **count.rules
        )
    results.add(blobs=asked.seeds, exact=exact, within=within)


if __name__ == "__main__":
    main()
