"""Pellucid beside other algorithms on real tables: the same rows, one process, one table out.

Run `python benchmarks/tables.py --data DIR`, where DIR holds the public files named in `TABLES`
(adult, california, abalone, …); without `--data` only scikit-learn's bundled tables are used, and
the other rows say what was skipped. `--only adult iris` and `--peers linear mlp` do less, `--out
FILE.json` keeps every number.

The split never changes (20 % for the test, random_state 0, stratified for classes; adult has its
own test file); seeds change the model only, and the numbers are medians over them. ± is one
standard error of the test set: what another draw of test rows of this size would change. Pellucid
gets the raw cells. The others get what it found each column to be, prepared as a practitioner
would: numbers imputed and scaled, categories one-hot; gradient boosting takes categories as they
are. RealMLP and TabM take part where pytabkit is installed.

scikit-learn's algorithms learn on one thread: a second one gains them little at these sizes, and on
a busy machine it has made gradient boosting 80 times slower. Pellucid chooses by itself, at most
`--threads`; give 1 on a busy machine.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from sklearn import datasets
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import pellucid
from pellucid.comparison.flat import FlatTable
from pellucid.comparison.pipelines import make
from pellucid.data.conversion import convert
from pellucid.data.rows import Rows, join_rows
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table
from pellucid.data.targets import take_target
from pellucid.tasks.choice import reader_of
from pellucid.tasks.classification import Classification
from pellucid.tasks.metrics import class_scores, number_scores
from pellucid.tasks.regression import Regression

FEW_ROWS = 1_000

Matrix = npt.NDArray[np.float64]
Kind = Literal["classification", "regression"]
Scores = dict[str, float]

# --- the tables ----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A number that was promised.

    Attributes:
        score: Which score, or "seconds".
        limit: The worst value that keeps the promise.
        at_least: Whether greater is better.
    """

    score: str
    limit: float
    at_least: bool = False

    def verdict(self, value: float) -> str:
        """The goal, and whether a value reaches it."""
        reached = value >= self.limit if self.at_least else value <= self.limit
        words = "met" if reached else "NOT MET"
        return f"{self.score} {'≥' if self.at_least else '≤'} {self.limit:g}: {words}"


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A table cut in two, cells as they were read."""

    training: Table
    test: Table


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table: where it comes from and what is predicted.

    Attributes:
        name: What it is called here.
        kind: The task.
        target: The column to predict.
        read: Takes the data folder and returns the table, or both parts if they are given.
        goals: What was promised.
    """

    name: str
    kind: Kind
    target: str
    read: Callable[[Path | None], Table | Parts]
    goals: tuple[Goal, ...] = ()

    def parts(self, folder: Path | None) -> Parts:
        """Training and test part; rows without a target are left out."""
        table = self.read(folder)
        if isinstance(table, Parts):
            return table
        table = replace(table, frame=table.frame.filter(pl.col(self.target).is_not_null()))
        groups = table.frame[self.target].to_numpy() if self.kind == "classification" else None
        places = train_test_split(
            np.arange(table.frame.height), test_size=0.2, random_state=0, stratify=groups
        )
        training, test = (replace(table, frame=table.frame[p]) for p in places)
        return Parts(training=training, test=test)


Change = Callable[[pl.DataFrame], pl.DataFrame]


def _file(path: str, *, drop: Sequence[str] = (), change: Change | None = None) -> Any:
    """A reader of one file below the data folder."""

    def read(folder: Path | None) -> Table:
        table = _read(folder, path, header="noheader" not in path)
        frame = table.frame.drop(drop)
        return replace(table, frame=change(frame) if change else frame)

    return read


def _read(folder: Path | None, path: str, *, header: bool = True) -> Table:
    if folder is None:
        raise FileNotFoundError(f"{path} (give --data)")
    if not (folder / path).exists():
        raise FileNotFoundError(path)
    return pellucid.read_table(folder / path, header=header)


def _bundled(load: Callable[..., Any]) -> Any:
    """A reader of one of scikit-learn's tables."""

    def read(_folder: Path | None) -> Table:
        return pellucid.read_table(load(as_frame=True).frame)

    return read


def _adult(folder: Path | None) -> Parts:
    training = _read(folder, "adult/adult_train.csv.gz")
    test = _read(folder, "adult/adult_test.csv.gz")
    income = pl.col("income").str.strip_chars_end(".")
    return Parts(training=training, test=replace(test, frame=test.frame.with_columns(income)))


def _classic_california(frame: pl.DataFrame) -> pl.DataFrame:
    """The eight features and the target of `sklearn.datasets.fetch_california_housing`."""
    n = frame.cast(dict.fromkeys(frame.columns[:-1], pl.Float64))
    return n.select(
        MedInc=pl.col("median_income"),
        HouseAge=pl.col("housing_median_age"),
        AveRooms=pl.col("total_rooms") / pl.col("households"),
        AveBedrms=pl.col("total_bedrooms") / pl.col("households"),
        Population=pl.col("population"),
        AveOccup=pl.col("population") / pl.col("households"),
        Latitude=pl.col("latitude"),
        Longitude=pl.col("longitude"),
        MedHouseVal=pl.col("median_house_value") / 1e5,
    )


def _adopted(frame: pl.DataFrame) -> pl.DataFrame:
    speed = pl.col("AdoptionSpeed").cast(pl.Float64)
    adopted = pl.when(speed != 4).then(pl.lit("yes")).when(speed == 4).then(pl.lit("no"))
    return frame.with_columns(adopted=adopted).drop("AdoptionSpeed")


def _last_column(name: str) -> Change:
    return lambda frame: frame.rename({frame.columns[-1]: name})


WHITE = "wine_quality/winequality-white.csv"
TABLES = (
    Source(
        name="adult",
        kind="classification",
        target="income",
        read=_adult,
        goals=(
            Goal(score="accuracy", limit=0.868, at_least=True),
            Goal(score="AUC", limit=0.922, at_least=True),
            Goal(score="log-loss", limit=0.287),
            Goal(score="seconds", limit=40.0),
        ),
    ),
    Source(
        name="california",
        kind="regression",
        target="MedHouseVal",
        read=_file("california/housing.csv", change=_classic_california),
        goals=(Goal(score="RMSE", limit=0.455),),
    ),
    Source(
        name="breast_cancer",
        kind="classification",
        target="target",
        read=_bundled(datasets.load_breast_cancer),
    ),
    Source(name="wine", kind="classification", target="target", read=_bundled(datasets.load_wine)),
    Source(name="iris", kind="classification", target="target", read=_bundled(datasets.load_iris)),
    Source(
        name="digits", kind="classification", target="target", read=_bundled(datasets.load_digits)
    ),
    Source(
        name="diabetes",
        kind="regression",
        target="target",
        read=_bundled(datasets.load_diabetes),
        goals=(Goal(score="RMSE", limit=60.0),),
    ),
    Source(
        name="abalone",
        kind="regression",
        target="rings",
        read=_file("abalone/abalone-noheader.csv", change=_last_column("rings")),
    ),
    Source(name="wine_white_number", kind="regression", target="quality", read=_file(WHITE)),
    Source(name="wine_white_class", kind="classification", target="quality", read=_file(WHITE)),
    Source(
        name="german_credit",
        kind="classification",
        target="default",
        read=_file("german_credit/credit.csv"),
    ),
    Source(
        name="heart",
        kind="classification",
        target="HeartDisease",
        read=_file("heart/heartdisease.csv", drop=["rownames"]),
    ),
    Source(
        name="titanic",
        kind="classification",
        target="Survived",
        read=_file("titanic/titanic_train.csv"),
    ),
    Source(
        name="mushroom",
        kind="classification",
        target="type",
        read=_file("mushroom/mushrooms.csv"),
    ),
    Source(
        name="bike_sharing",
        kind="regression",
        target="cnt",
        read=_file("bike_sharing/hour.csv", drop=["casual", "registered", "instant"]),
    ),
    Source(
        name="ames",
        kind="regression",
        target="price",
        read=_file("ames/ames.csv", drop=["rownames", "Order", "PID"]),
    ),
    Source(
        name="petfinder",
        kind="classification",
        target="adopted",
        read=_file("petfinder_mini/petfinder-mini.csv", change=_adopted),
    ),
    Source(
        name="taxis",
        kind="regression",
        target="tip",
        read=_file("taxis/taxis.csv", drop=["total"]),
    ),
)

# --- the peers -----------------------------------------------------------------------------------

PEERS = {
    "linear": "linear",
    "mlp": "sklearn MLP",
    "mlp_scaled": "sklearn MLP, target scaled",
    "boosting": "HistGradientBoosting",
    "realmlp": "RealMLP-TD",
    "tabm": "TabM",
}
NEED_PYTABKIT = ("realmlp", "tabm")
LINEAR = {"classification": "logistic regression", "regression": "ridge regression"}


class Prepared:
    """A split as matrices, with the kind of each column as Pellucid found it in training.

    Args:
        source: The table.
        parts: Its rows.
    """

    def __init__(self, source: Source, parts: Parts) -> None:
        self.kind = source.kind
        taken = [
            take_target(part, [source.target], reader_of(source.kind))
            for part in vars(parts).values()
        ]
        schema = infer_schema(taken[0].table)
        one, two = (_rows(part.values, convert(part.table, schema)) for part in taken)
        self.y, self.y_test = one.target.squeeze(), two.target.squeeze()
        self.classes = np.unique(self.y) if source.kind == "classification" else None
        task = (
            Regression.fit(one.target, one.weights)
            if self.classes is None
            else Classification(self.classes)
        )
        flat = FlatTable(join_rows(one, two), task)
        self.shape = flat.shape
        self.x, self.x_test = flat.matrix[: len(one)], flat.matrix[len(one) :]

    def flat(self, name: str) -> Any:
        """One of Pellucid's own baselines, unfitted."""
        return make(name, self.shape, 1)

    def scores(self, predictions: Matrix) -> Scores:
        """Scores by name."""
        if self.classes is not None:
            codes = np.searchsorted(self.classes, self.y_test)
            return {s.name: s.value for s in class_scores(predictions, codes)}
        return {
            s.name: s.value
            for s in number_scores(predictions.reshape(-1, 1), self.y_test.reshape(-1, 1))
        }

    def standard_error(self, predictions: Matrix) -> float:
        """Of the headline score, over draws of the test rows."""
        n = len(self.y_test)
        if self.classes is not None:
            rate = self.scores(predictions)["accuracy"]
            return math.sqrt(rate * (1.0 - rate) / n)
        squares = (predictions.reshape(-1) - self.y_test) ** 2
        # d √m = dm / (2 √m)
        return float(squares.std(ddof=1) / math.sqrt(n) / (2.0 * math.sqrt(squares.mean())))


def _rows(target: Matrix, frame: pl.DataFrame) -> Rows:
    return Rows(
        frame=frame,
        target=target,
        weights=np.ones(len(target)),
        numbers=1 + np.arange(len(target)),
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """One fit: its scores, time and the standard error of its headline score."""

    scores: Scores
    seconds: float
    standard_error: float


def run_pellucid(source: Source, parts: Parts, prepared: Prepared, seed: int) -> Run:
    """Raw cells in."""
    is_classes = source.kind == "classification"
    estimator = (pellucid.Classifier if is_classes else pellucid.Regressor)(random_state=seed)
    start = time.perf_counter()
    estimator.fit(parts.training, source.target)
    seconds = time.perf_counter() - start
    predict = estimator.predict_proba if is_classes else estimator.predict
    return _judged(prepared, predict(parts.test), seconds)


def _judged(prepared: Prepared, predictions: Any, seconds: float) -> Run:
    predictions = np.asarray(predictions, dtype=np.float64)
    return Run(
        scores=prepared.scores(predictions),
        seconds=seconds,
        standard_error=prepared.standard_error(predictions),
    )


def run_peer(peer: str, prepared: Prepared, seed: int) -> Run:
    """The same rows, prepared for the peer."""
    algorithm = _algorithm(peer, prepared, seed)
    x, x_test = prepared.x, prepared.x_test
    if peer in NEED_PYTABKIT:
        x, x_test = _typed(prepared)
    start = time.perf_counter()
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)
        algorithm.fit(x, prepared.y)
    seconds = time.perf_counter() - start
    is_classes = prepared.classes is not None
    predict = algorithm.predict_proba if is_classes else algorithm.predict
    return _judged(prepared, predict(x_test), seconds)


def _algorithm(peer: str, prepared: Prepared, seed: int) -> Any:
    is_classes = prepared.classes is not None
    if peer in NEED_PYTABKIT:
        return _pytabkit(peer, seed, is_classes=is_classes)
    if peer == "boosting":
        return prepared.flat("gradient boosting").set_params(random_state=seed)
    linear = prepared.flat(LINEAR[prepared.kind])
    if peer == "linear":
        return linear
    network = (MLPClassifier if is_classes else MLPRegressor)(random_state=seed)
    if peer == "mlp_scaled":
        network = TransformedTargetRegressor(network, transformer=StandardScaler())
    return make_pipeline(clone(linear[:-1]), network)


def _pytabkit(peer: str, seed: int, *, is_classes: bool) -> Any:
    import pytabkit

    name = {"realmlp": "RealMLP_TD", "tabm": "TabM_D"}[peer]
    kind = "Classifier" if is_classes else "Regressor"
    return getattr(pytabkit, f"{name}_{kind}")(random_state=seed, device="cpu")


def _typed(prepared: Prepared) -> tuple[Any, Any]:
    """DataFrames of imputed numbers and of categories, as pytabkit wants them."""
    import pandas as pd

    medians = np.nan_to_num(np.nanmedian(prepared.x, axis=0))
    frames = []
    for matrix in (prepared.x, prepared.x_test):
        filled = np.where(np.isnan(matrix), medians, matrix)
        filled[:, prepared.shape.categories] = matrix[:, prepared.shape.categories]
        frame = pd.DataFrame(filled)
        for place in prepared.shape.categories:
            frame[place] = frame[place].fillna(-1).astype(int).astype(str).astype("category")
        frames.append(frame)
    return frames[0], frames[1]


# --- the results ---------------------------------------------------------------------------------


@dataclass(kw_only=True)
class Result:
    """Everything measured on one table."""

    source: Source
    rows: tuple[int, int]
    runs: dict[str, list[Run]] = field(default_factory=dict)

    @property
    def headline(self) -> str:
        """The score that decides."""
        return "accuracy" if self.source.kind == "classification" else "RMSE"

    def median(self, algorithm: str, score: str) -> float:
        """Of a score, or of the seconds, over the seeds; NaN if it was not measured."""
        runs = self.runs.get(algorithm, [])
        values = [r.seconds if score == "seconds" else r.scores.get(score, math.nan) for r in runs]
        return statistics.median(values) if values else math.nan

    def standard_error(self, algorithm: str = "pellucid") -> float:
        """Of an algorithm's headline score: the median over its seeds."""
        return statistics.median(run.standard_error for run in self.runs[algorithm])

    def verdict(self, peer: str) -> str:
        """Pellucid against a peer, in words; the greater of both standard errors counts.

        (A perfect score has a standard error of 0, by which anything would be better or worse.)
        """
        difference = self.median("pellucid", self.headline) - self.median(peer, self.headline)
        if self.headline == "RMSE":
            difference = -difference
        if abs(difference) <= max(self.standard_error(), self.standard_error(peer)):
            return "within 1 SE of"
        return "better than" if difference > 0 else "**worse than**"

    def verdicts(self) -> str:
        """Against the MLP, and below 1 000 rows against the linear algorithm."""
        peers = ["mlp", "linear"] if sum(self.rows) < FEW_ROWS else ["mlp"]
        known = [p for p in peers if p in self.runs]
        return "; ".join(f"{self.verdict(peer)} {PEERS[peer]}" for peer in known) or "–"

    def goals(self) -> str:
        """What was promised, and whether it holds."""
        goals = self.source.goals
        return "; ".join(g.verdict(self.median("pellucid", g.score)) for g in goals) or "–"


def measure(source: Source, folder: Path | None, seeds: int, peers: Sequence[str]) -> Result:
    """Fit everything on one table; seed after seed, so that the machine's moods fall on all."""
    parts = source.parts(folder)
    prepared = Prepared(source, parts)
    result = Result(source=source, rows=(len(prepared.y), len(prepared.y_test)))
    for seed in range(seeds):
        run = run_pellucid(source, parts, prepared, seed)
        result.runs.setdefault("pellucid", []).append(run)
        for peer in peers:
            if peer == "mlp_scaled" and source.kind == "classification":
                continue
            if peer == "linear" and seed > 0:
                continue  # it has no seed
            result.runs.setdefault(peer, []).append(run_peer(peer, prepared, seed))
    return result


def _number(value: float, digits: int = 4) -> str:
    if math.isnan(value):
        return "–"
    return f"{value:.{digits}f}" if abs(value) < 100 else f"{value:.{max(0, digits - 3)}f}"


def headline_table(results: Mapping[str, Result | str], peers: Sequence[str]) -> str:
    """The headline score of each algorithm on each table, and what follows."""
    head = ["data", "training + test rows", "score", "Pellucid ± SE", *(PEERS[p] for p in peers)]
    lines = [_line([*head, "Pellucid is", "goals"]), _line(["---"] * (len(head) + 2))]
    for name, result in results.items():
        if isinstance(result, str):
            lines.append(_line([name, f"skipped: no such file: {result}", *["–"] * len(head)]))
            continue
        score = result.headline
        own = f"{_number(result.median('pellucid', score))} ± {_number(result.standard_error())}"
        others = [_number(result.median(peer, score)) for peer in peers]
        rows = "{:,} + {:,}".format(*result.rows).replace(",", " ")
        lines.append(
            _line([name, rows, score, own, *others, result.verdicts(), result.goals()]),
        )
    return "\n".join(lines)


def detail_table(results: Mapping[str, Result | str]) -> str:
    """Every score and the seconds of each algorithm."""
    scores = ("accuracy", "log-loss", "AUC", "RMSE", "MAE", "R²")
    lines = [_line(["data", "algorithm", *scores, "fit seconds"]), _line(["---"] * 9)]
    for name, result in results.items():
        if isinstance(result, str):
            continue
        for algorithm in result.runs:
            values = [_number(result.median(algorithm, score)) for score in scores]
            seconds = _number(result.median(algorithm, "seconds"), 2)
            label = PEERS.get(algorithm, "Pellucid")
            lines.append(_line([name, label, *values, seconds]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(results: Mapping[str, Result | str]) -> dict[str, Any]:
    return {
        name: result
        if isinstance(result, str)
        else {
            "rows": result.rows,
            "score": result.headline,
            "standard_error": result.standard_error(),
            "verdicts": result.verdicts(),
            "goals": result.goals(),
            "runs": {key: [asdict(run) for run in runs] for key, runs in result.runs.items()},
        }
        for name, result in results.items()
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    names = [source.name for source in TABLES]
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--seeds", type=int, default=3, help="models of each algorithm")
    parser.add_argument("--threads", type=int, help="most threads Pellucid may choose")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    available = [p for p in PEERS if p not in NEED_PYTABKIT or find_spec("pytabkit")]
    parser.add_argument("--peers", nargs="*", choices=available, default=available)
    parser.add_argument("--out", type=Path, help="write every number to this JSON file")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = _arguments()
    if options.threads:
        torch.set_num_threads(options.threads)
    results: dict[str, Result | str] = {}
    for source in TABLES:
        if source.name not in options.only:
            continue
        start = time.perf_counter()
        try:
            results[source.name] = measure(source, options.data, options.seeds, options.peers)
        except FileNotFoundError as error:
            results[source.name] = str(error)
        print(f"{source.name}: {time.perf_counter() - start:.0f} s", flush=True)
        if options.out:
            options.out.write_text(json.dumps(_plain(results), indent=1, ensure_ascii=False))
    seeds = "1 seed" if options.seeds == 1 else f"{options.seeds} seeds"
    threads = torch.get_num_threads()
    print(f"\nMedian of {seeds}; {os.cpu_count()} cores, at most {threads} of them for Pellucid.\n")
    print(headline_table(results, options.peers), end="\n\n")
    print(detail_table(results))


if __name__ == "__main__":
    main()
