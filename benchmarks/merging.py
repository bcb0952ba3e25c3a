"""Which clusters should merge: rules compared by how well classes are kept together.

Run `python benchmarks/merging.py --data FOLDER` with the folder of the real tables (penguins,
mushroom; without it those of scikit-learn alone); it takes about two minutes. A mixture of two and
three times as many Gaussians as there are classes is fitted to rows, and its clusters merge by each
rule until there are as many as classes. Shown is the adjusted Rand index with these, mean over two
seeds, and at the end over all data.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl
import torch
from results import Results
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from structureless import flat, numbers

from pellucid.clustering.neighbor_embedding import neighbor_embedding, principal_components

MOST_ROWS = 600


@dataclass(eq=False)
class Cluster:
    """Some rows with weights, and what rules ask about them."""

    weights: np.ndarray
    rows: np.ndarray

    def __post_init__(self) -> None:
        self.size = self.weights.sum()
        self.center = self.weights @ self.rows / self.size
        apart = self.rows - self.center
        self.covariance = (apart * self.weights[:, None]).T @ apart / self.size

    def with_(self, other: Cluster) -> Cluster:
        return Cluster(self.weights + other.weights, self.rows)


def ward(a: Cluster, b: Cluster, _: np.ndarray) -> float:
    between = a.center - b.center
    return a.size * b.size / (a.size + b.size) * (between @ between)


def ward_in_deviations(a: Cluster, b: Cluster, within: np.ndarray) -> float:
    between = a.center - b.center
    return a.size * b.size / (a.size + b.size) * (between @ np.linalg.solve(within, between))


def entropy(a: Cluster, b: Cluster, _: np.ndarray) -> float:
    """Baudry et al. 2010: those first of which it is least sure which one a row belongs to."""

    def of(p: np.ndarray) -> float:
        return float(-(p * np.log(np.maximum(p, 1e-300))).sum())

    return of(a.weights + b.weights) - of(a.weights) - of(b.weights)


def bhattacharyya(a: Cluster, b: Cluster, within: np.ndarray) -> float:
    little = 1e-3 * np.trace(within) / len(within) * np.eye(len(within))
    one, other = a.covariance + little, b.covariance + little
    both, between = (one + other) / 2, a.center - b.center
    sizes = [np.linalg.slogdet(matrix)[1] for matrix in (both, one, other)]
    return between @ np.linalg.solve(both, between) / 8 + (sizes[0] - sum(sizes[1:]) / 2) / 2


RULES: dict[str, Callable[[Cluster, Cluster, np.ndarray], float]] = {
    "ward": ward,
    "ward in deviations": ward_in_deviations,
    "entropy": entropy,
    "Bhattacharyya": bhattacharyya,
}


def merged(probabilities: np.ndarray, rows: np.ndarray, count: int, rule: str) -> np.ndarray:
    clusters = [Cluster(weights, rows) for weights in probabilities.T]
    within = sum(c.covariance * c.size for c in clusters) / len(rows)
    within += 0.1 * np.trace(within) / len(within) * np.eye(len(within))
    costs = {pair: RULES[rule](*pair, within) for pair in combinations(clusters, 2)}
    while len(clusters) > count:
        a, b = min(costs, key=lambda pair: costs[pair])
        clusters = [c for c in clusters if c is not a and c is not b]
        costs = {pair: cost for pair, cost in costs.items() if a not in pair and b not in pair}
        both = a.with_(b)
        costs |= {(each, both): RULES[rule](each, both, within) for each in clusters}
        clusters.append(both)
    return np.stack([c.weights for c in clusters]).argmax(axis=0)


def few_directions(rows: np.ndarray, count: int) -> np.ndarray:
    return principal_components(torch.from_numpy(rows), min(count, rows.shape[1])).numpy()


def data(folder: Path | None) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for name, loaded in (("iris", load_iris()), ("wine", load_wine())):
        yield name, few_directions(numbers(loaded.data)[0], 10), loaded.target
    digits, classes = load_digits(return_X_y=True)
    yield "digits", few_directions(digits, 20), classes
    embedded = neighbor_embedding(torch.from_numpy(digits).float(), 10, seed=0)
    yield "digits, neighbor embedding", embedded.numpy().astype(np.float64), classes
    if folder is not None:
        penguins = pl.read_csv(folder / "penguins" / "penguins.csv", null_values="NA")
        measured = flat(penguins.select(pl.selectors.ends_with("_mm", "_g")))[0]
        yield "penguins", measured, penguins["species"].to_physical().to_numpy()
        mushroom = pl.read_csv(folder / "mushroom" / "mushrooms.csv")
        yield "mushroom", few_directions(flat(mushroom.drop("type"))[0], 10), mushroom["type"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    results = Results(asked.out)
    all_found: dict[str, list[float]] = {rule: [] for rule in RULES}
    for name, all_rows, classes in data(asked.data):
        some = np.random.default_rng(0).permutation(len(all_rows))[:MOST_ROWS]
        rows, truth = all_rows[some], np.unique(np.asarray(classes), return_inverse=True)[1][some]
        count = truth.max() + 1
        for times in (2, 3):
            found: dict[str, list[float]] = {rule: [] for rule in RULES}
            for seed in (0, 1):
                is_full = len(rows) > 30 * count * times
                mixture = GaussianMixture(
                    count * times,
                    covariance_type="full" if is_full else "tied",
                    reg_covar=0.01 * rows.var(axis=0).mean(),
                    random_state=seed,
                ).fit(rows)
                for rule in RULES:
                    labels = merged(mixture.predict_proba(rows), rows, count, rule)
                    found[rule].append(adjusted_rand_score(truth, labels))
            means = {rule: float(np.mean(each)) for rule, each in found.items()}
            results.add(data=name, times=times, **means)
            for rule, value in means.items():
                all_found[rule].append(value)
    results.add(data="mean", **{rule: float(np.mean(each)) for rule, each in all_found.items()})


if __name__ == "__main__":
    main()
