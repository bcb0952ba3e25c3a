"""Whether `pellucid compare` prints what scikit-learn computes: every figure, on real tables.

Run `python benchmarks/comparison.py --data DIR`, where DIR holds the public files named in
`TABLES`; `--only titanic ames` does less. Each table is compared by `pellucid.compare`. Then this
script does the same by itself: it reads the raw cells with pandas, takes the rows by the numbers in
`Comparison.parts`, fits its own scikit-learn pipelines to DataFrames, and scores with
`sklearn.metrics`. Only what the columns are, and which rows tell the network when to stop, is taken
from Pellucid. The network's predictions are taken as they are; their scores are computed again.

Every figure is compared to the last digit that the command line prints. The exit code is 1 if any
differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    roc_auc_score,
)
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from threadpoolctl import threadpool_limits

import pellucid
from pellucid.comparison.algorithms import EARLY_STOPPED
from pellucid.comparison.compare import Comparison
from pellucid.comparison.network_run import stopping_parts
from pellucid.estimators.fit import make_estimator
from pellucid.estimators.input import as_table
from pellucid.report.numbers import number

MISSING = ["", "?", "NA", "None", "nan"]
MOST_SVM_ROWS = 10_000
MOST_LEVELS_OF_BOOSTING = 254
CALIBRATION_BINS = 15
STOPPED: dict[str, Any] = {
    "categorical_features": "from_dtype",
    "learning_rate": 0.05,
    "max_iter": 1_000,
    "early_stopping": True,
    "n_iter_no_change": 20,
    "random_state": 0,
}

Floats = npt.NDArray[np.float64]
Scores = dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table of the benchmark.

    Attributes:
        name: What it is called here.
        file: Where it lies below the data folder.
        target: The column to predict.
        test: Another file that judges; its targets may end in a full stop, as adult's do.
    """

    name: str
    file: str
    target: str
    test: str | None = None


TABLES = (
    Source(name="adult", file="adult/adult_train.csv.gz", target="income"),
    Source(
        name="adult_own_test",
        file="adult/adult_train.csv.gz",
        target="income",
        test="adult/adult_test.csv.gz",
    ),
    Source(name="california", file="california/housing.csv", target="median_house_value"),
    Source(name="titanic", file="titanic/titanic_train.csv", target="Survived"),
    Source(name="german_credit", file="german_credit/credit.csv", target="default"),
    Source(name="ames", file="ames/ames.csv", target="price"),
    Source(name="mushroom", file="mushroom/mushrooms.csv", target="type"),
)


class Cells:
    """Training and judging rows as pandas reads them, taken by their numbers.

    Args:
        source: Which table.
        folder: The data folder.
        comparison: Whose rows.
    """

    def __init__(self, source: Source, folder: Path, comparison: Comparison) -> None:
        self.is_classes = comparison.estimator.reader.are_classes
        schema = comparison.estimator.schema_
        self.numbers = [column.name for column in schema.kept if column.kind == "number"]
        self.categories = [column.name for column in schema.kept if column.kind == "category"]
        training, judging = comparison.parts[0]
        whole = self._read(folder / source.file)
        other = whole if source.test is None else self._read(folder / source.test)
        self.training, self.judging = whole.iloc[training - 1], other.iloc[judging - 1]
        self.y, self.truth = (
            self._targets(part[source.target]) for part in (self.training, self.judging)
        )
        self.stopping = self._stopping(comparison, source, folder, training)
        self.levels = {
            name: sorted({*self.training[name].dropna(), *self.judging[name].dropna()})
            for name in self.categories
        }

    def _stopping(
        self, comparison: Comparison, source: Source, folder: Path, training: npt.NDArray[np.int64]
    ) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Positions among the training rows: which the network learned from, which stopped it."""
        estimator = make_estimator(comparison.estimator.task_name, {})
        reading = estimator.read(as_table(folder / source.file), source.target)
        places = np.searchsorted(reading.rows.numbers, training)
        position = np.empty(len(reading.rows), dtype=np.int64)
        position[places] = np.arange(len(places))
        pairs = stopping_parts(estimator, reading, places)
        return [(position[one], position[two]) for one, two in pairs]

    def _read(self, path: Path) -> pd.DataFrame:
        return pd.read_csv(
            path, dtype=str, na_values=MISSING, keep_default_na=False, skipinitialspace=True
        )

    def _targets(self, column: pd.Series) -> npt.NDArray[Any]:
        if not self.is_classes:
            return column.astype(float).to_numpy()
        return column.str.rstrip(".").to_numpy(dtype=str)

    def typed(self, part: pd.DataFrame) -> pd.DataFrame:
        """Numbers as floats, categories as text, with None where they are missing."""
        numbers = part[self.numbers].astype(float)
        categories = part[self.categories].astype(object)
        return pd.concat([numbers, categories.where(categories.notna(), None)], axis=1)

    def for_boosting(self, part: pd.DataFrame) -> pd.DataFrame:
        """Categories as pandas' own; those with too many levels as their alphabetical rank."""
        frame = self.typed(part)
        for name, levels in self.levels.items():
            kind = pd.CategoricalDtype(levels)
            if len(levels) <= MOST_LEVELS_OF_BOOSTING:
                frame[name] = frame[name].astype(kind)
            else:
                codes = frame[name].astype(kind).cat.codes
                frame[name] = codes.where(codes >= 0, np.nan)
        return frame


def preparation(cells: Cells, *, in_bins: bool = False) -> Any:
    """What a practitioner does to raw columns: impute and scale, or bin; one-hot."""
    numbers = (
        make_pipeline(
            SimpleImputer(strategy="median"),
            KBinsDiscretizer(10, quantile_method="averaged_inverted_cdf"),
        )
        if in_bins
        else make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    )
    categories = make_pipeline(
        SimpleImputer(missing_values=None, strategy="constant", fill_value=""),
        OneHotEncoder(min_frequency=2, handle_unknown="infrequent_if_exist"),
    )
    return make_column_transformer(
        (numbers, cells.numbers),
        (categories, cells.categories),
        sparse_threshold=0.0,
    )


class EarlyStopped:
    """A boosting for each pair of parts of the training rows; the mean of their predictions.

    Args:
        cells: The rows, and the pairs.
        boosting: What is fitted to each.
    """

    def __init__(self, cells: Cells, boosting: Any) -> None:
        self._cells, self._boosting = cells, boosting

    def fit(self, x: pd.DataFrame, y: npt.NDArray[Any]) -> None:
        """Learn from the first part of each pair, as long as the second one gains."""
        self._fitted = []
        for learning, stopping in self._cells.stopping:
            known = (
                stopping[np.isin(y[stopping], y[learning])] if self._cells.is_classes else stopping
            )
            self._fitted.append(
                clone(self._boosting).fit(
                    x.iloc[learning], y[learning], X_val=x.iloc[known], y_val=y[known]
                )
            )

    def predict_proba(self, x: pd.DataFrame) -> Floats:
        """The mean, with 0 for classes a part lacks."""
        classes = np.unique(np.concatenate([each.classes_ for each in self._fitted]))
        total = np.zeros((len(x), len(classes)))
        for each in self._fitted:
            total[:, np.isin(classes, each.classes_)] += each.predict_proba(x)
        return total / len(self._fitted)

    def predict(self, x: pd.DataFrame) -> npt.NDArray[Any]:
        """The likeliest class, or the mean number."""
        if self._cells.is_classes:
            return np.unique(self._cells.y)[self.predict_proba(x).argmax(axis=1)]
        return np.mean([each.predict(x) for each in self._fitted], axis=0)


def flat_classifiers(cells: Cells) -> Iterator[tuple[str, Any]]:
    """Each flat algorithm for classes, unfitted."""
    yield "majority class", DummyClassifier(strategy="prior")
    yield "naive Bayes", make_pipeline(preparation(cells, in_bins=True), MultinomialNB())
    for name, algorithm in (
        ("decision tree", DecisionTreeClassifier(min_samples_leaf=20, random_state=0)),
        ("k-nearest neighbors", KNeighborsClassifier(15)),
        ("logistic regression", LogisticRegression(max_iter=1000)),
        ("SVM (RBF)", CalibratedClassifierCV(SVC(), cv=3, ensemble=False)),
        ("random forest", RandomForestClassifier(min_samples_leaf=3, random_state=0)),
    ):
        yield name, make_pipeline(preparation(cells), algorithm)
    yield "gradient boosting", HistGradientBoostingClassifier(random_state=0)
    yield EARLY_STOPPED, EarlyStopped(cells, HistGradientBoostingClassifier(**STOPPED))


def flat_regressors(cells: Cells) -> Iterator[tuple[str, Any]]:
    """Each flat algorithm for numbers, unfitted."""
    yield "mean", DummyRegressor()
    machine = TransformedTargetRegressor(SVR(), transformer=StandardScaler())
    for name, algorithm in (
        ("decision tree", DecisionTreeRegressor(min_samples_leaf=10, random_state=0)),
        ("k-nearest neighbors", KNeighborsRegressor(15)),
        ("ridge regression", Ridge()),
        ("SVM (RBF)", machine),
        ("random forest", RandomForestRegressor(random_state=0)),
    ):
        yield name, make_pipeline(preparation(cells), algorithm)
    yield "gradient boosting", HistGradientBoostingRegressor(random_state=0)
    yield EARLY_STOPPED, EarlyStopped(cells, HistGradientBoostingRegressor(**STOPPED))


def scores_by_hand(cells: Cells, comparison: Comparison) -> dict[str, Scores]:
    """Every algorithm's scores, computed here."""
    learned = comparison.judged.predictions
    threads = {judgement.name: judgement.threads for judgement in comparison.leaderboard.entries}
    if cells.is_classes:
        found = {"network": class_scores(cells.truth, learned, None)}
        algorithms = flat_classifiers(cells)
    else:
        found = {"network": number_scores(cells.truth, learned[:, 0])}
        algorithms = flat_regressors(cells)
    for name, algorithm in algorithms:
        take = cells.for_boosting if "boosting" in name else cells.typed
        x, y, x_judging = take(cells.training), cells.y, take(cells.judging)
        if name == "SVM (RBF)" and len(x) > MOST_SVM_ROWS:
            places = np.random.default_rng(0).choice(len(x), MOST_SVM_ROWS, replace=False)
            x, y = x.iloc[places], y[places]
        # As many threads as there: sums cut differently may order two equally near neighbours.
        with threadpool_limits(threads[name]):
            algorithm.fit(x, y)
            answers = algorithm.predict(x_judging)
            if cells.is_classes:
                likely = algorithm.predict_proba(x_judging)
                found[name] = class_scores(cells.truth, likely, answers)
            else:
                found[name] = number_scores(cells.truth, answers)
    return found


def class_scores(
    truth: npt.NDArray[Any], probabilities: Floats, answers: npt.NDArray[Any] | None
) -> Scores:
    """The scores of probabilities, by `sklearn.metrics` and by hand."""
    classes = np.unique(truth)
    likeliest = classes[probabilities.argmax(axis=1)]
    answers = likeliest if answers is None else answers
    areas = probabilities[:, 1] if len(classes) == 2 else probabilities
    return {
        "accuracy": accuracy_score(truth, answers),
        "log-loss": log_loss(truth, probabilities, labels=classes),
        "AUC": roc_auc_score(truth, areas, multi_class="ovr"),
        "calibration error": calibration_error(probabilities.max(axis=1), likeliest == truth),
    }


def calibration_error(confidence: Floats, is_right: npt.NDArray[np.bool_]) -> float:
    """|confidence − accuracy| in 15 bins (low, high], weighed by their rows."""
    edges = np.arange(CALIBRATION_BINS + 1) / CALIBRATION_BINS
    error = 0.0
    for low, high in pairwise(edges):
        inside = (low < confidence) & (confidence <= high)
        if inside.any():
            error += inside.mean() * abs(confidence[inside].mean() - is_right[inside].mean())
    return error


def number_scores(truth: Floats, predictions: Floats) -> Scores:
    """The scores of numbers."""
    return {
        "RMSE": float(np.sqrt(mean_squared_error(truth, predictions))),
        "MAE": mean_absolute_error(truth, predictions),
        "R²": r2_score(truth, predictions),
    }


def check(comparison: Comparison, by_hand: dict[str, Scores]) -> tuple[int, list[str]]:
    """How many figures were compared, and those that differ, in words."""
    checked, differing = 0, []

    def see(what: str, printed: str, expected: str) -> None:
        nonlocal checked
        checked += 1
        if printed != expected:
            differing.append(f"{what}: {printed}, but scikit-learn's is {expected}")

    for judgement in comparison.leaderboard.entries:
        own = by_hand.pop(judgement.name)
        if judgement.failure:
            differing.append(f"{judgement.name}: {judgement.failure}")
        for score in judgement.scores:
            what = f"{judgement.name}, {score.name}"
            see(what, number(score.value), number(own[score.name]))
        if judgement.name == "network":
            networks = own
        for each in judgement.differences:
            gap = own[each.name] - networks[each.name]
            what = f"{judgement.name}, difference of {each.name}"
            printed, expected = (number(v, sign="+", fewer=1) for v in (each.value, gap))
            see(what, printed, expected)
    differing += [f"{name} is missing" for name in by_hand]
    return checked, differing


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one table."""

    name: str
    rows: tuple[int, int]
    seconds: float
    checked: int
    differing: list[str]
    verdict: str


def measure(source: Source, folder: Path) -> Result:
    """Compare, and compute it all again."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        test = None
        if source.test is not None:
            test = Path(temporary) / "test.csv"
            cells = pd.read_csv(folder / source.test, dtype=str, keep_default_na=False)
            cells[source.target] = cells[source.target].str.rstrip(".")
            cells.to_csv(test, index=False)
        comparison = pellucid.compare(folder / source.file, source.target, test=test)
    seconds = time.perf_counter() - start
    cells = Cells(source, folder, comparison)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checked, differing = check(comparison, scores_by_hand(cells, comparison))
    return Result(
        name=source.name,
        rows=(len(cells.y), len(cells.truth)),
        seconds=seconds,
        checked=checked,
        differing=differing,
        verdict=comparison.verdict,
    )


def show(results: Sequence[Result]) -> None:
    """One table, and every figure that differs."""
    print(f"\n{os.cpu_count()} cores, at most {torch.get_num_threads()} threads.\n")
    print("| table | training + judging rows | seconds | figures checked | that differ |")
    print("|---|--:|--:|--:|--:|")
    for result in results:
        one, two = result.rows
        print(
            f"| {result.name} | {one:,} + {two:,} | {result.seconds:.1f} | {result.checked} | "
            f"{len(result.differing)} |"
        )
    for result in results:
        for words in result.differing:
            print(f"{result.name}: {words}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    names = [source.name for source in TABLES]
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="NAME")
    options = parser.parse_args()
    results = []
    for source in TABLES:
        if source.name in options.only:
            results.append(measure(source, options.data))
            print(f"{source.name}: {results[-1].verdict}", flush=True)
    show(results)
    sys.exit(any(result.differing for result in results))


if __name__ == "__main__":
    main()
