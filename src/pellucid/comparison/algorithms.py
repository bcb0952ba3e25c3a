"""The flat algorithms, each with the preparation a practitioner would give it.

Each takes one numeric matrix, in which missing cells are NaN and categories are codes
(`flat.FlatTable`). Numbers are imputed and scaled, categories one-hot; naive Bayes gets numbers in
bins, and gradient boosting takes both as they are. Settings are scikit-learn's defaults but for
what is said beside them; nothing is tuned. Only early-stopped boosting is told by rows held out
when to stop, as the network is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from pellucid.comparison.boosting import EarlyStoppedBoosting, EarlyStoppedClassifier
from pellucid.tasks.answers import FlatFamily

MOST_BOOSTED_LEVELS = 254
MOST_DENSE_CELLS = 100_000_000
"""0.8 GB; sparse matrices are smaller but slow forests down tenfold."""
NEIGHBORS = 15
SMALLEST_LEAF_OF_CLASSES = 20
SMALLEST_LEAF_OF_NUMBERS = 10
SMALLEST_FOREST_LEAF_OF_CLASSES = 3
PLATT_FOLDS = 3
MOST_STOPPED_TREES, STOPPED_RATE, STOPPED_PATIENCE = 1_000, 0.05, 20
EARLY_STOPPED = "early-stopped boosting"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What an algorithm must know about the matrix and the target.

    Attributes:
        family: Which of the two is made of each algorithm.
        num_classes: Number of classes; 0 for numbers.
        num_targets: Number of numeric targets O.
        numbers: Places of the numeric columns.
        categories: Places of the columns of codes.
        num_levels: Number of levels of each of these.
        num_rows: Number of rows of the whole matrix.
    """

    family: FlatFamily
    num_classes: int
    num_targets: int
    numbers: list[int]
    categories: list[int]
    num_levels: list[int]
    num_rows: int


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One flat algorithm.

    Attributes:
        classifier: Makes the one for classes from a shape and a number of threads; None if there
            is none.
        regressor: The same for numbers.
        most_rows: It learns from a sample of so many rows where there are more; None for all.
        fewest_rows_of_class: It does not learn classes of fewer rows.
        stops_early: Whether it needs rows that tell when to stop, as the network does.
    """

    classifier: Callable[[Shape, int], Any] | None
    regressor: Callable[[Shape, int], Any] | None
    most_rows: int | None = None
    fewest_rows_of_class: int = 1
    stops_early: bool = False

    def make(self, shape: Shape, threads: int) -> Any:
        """The algorithm of the shape's family, unfitted."""
        made = getattr(self, shape.family)
        if made is None:
            raise ValueError(f"there is no {shape.family}")
        return made(shape, threads)


def _prepared(algorithm: Any, shape: Shape) -> Pipeline:
    return make_pipeline(_preparation(shape), algorithm)


def _preparation(shape: Shape, *, bins: bool = False) -> ColumnTransformer:
    """Numbers imputed and scaled, or in ten equally filled bins; categories one-hot."""
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=not bins),
        KBinsDiscretizer(10, quantile_method="averaged_inverted_cdf") if bins else StandardScaler(),
    )
    categories = Pipeline(
        [
            ("missing", SimpleImputer(strategy="constant", fill_value=-1.0)),
            ("one-hot", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2)),
        ]
    )
    columns = len(shape.numbers) + sum(shape.num_levels)
    is_dense = not bins and columns * shape.num_rows <= MOST_DENSE_CELLS
    return ColumnTransformer(
        [("numbers", numbers, shape.numbers), ("categories", categories, shape.categories)],
        sparse_threshold=0.0 if is_dense else 1.0,
    )


def _boosted_categories(shape: Shape) -> list[int]:
    """Those with few enough levels; the others' codes are taken as numbers."""
    places = zip(shape.categories, shape.num_levels, strict=True)
    return [place for place, levels in places if levels <= MOST_BOOSTED_LEVELS]


def _boosting_regressor(shape: Shape, _threads: int) -> Any:
    boosting = HistGradientBoostingRegressor(
        categorical_features=_boosted_categories(shape), random_state=0
    )
    return boosting if shape.num_targets == 1 else MultiOutputRegressor(boosting)


def _stopped(boosting: Any, shape: Shape) -> Callable[[], Any]:
    """Makes boostings with more, smaller steps, as many as the rows held out want."""
    return partial(
        boosting,
        categorical_features=_boosted_categories(shape),
        learning_rate=STOPPED_RATE,
        max_iter=MOST_STOPPED_TREES,
        early_stopping=True,
        n_iter_no_change=STOPPED_PATIENCE,
        random_state=0,
    )


def _svm_regressor(shape: Shape, _threads: int) -> Any:
    """Its penalty is in the target's unit, so the target is standardised."""
    from sklearn.compose import TransformedTargetRegressor

    machine = TransformedTargetRegressor(SVR(), transformer=StandardScaler())
    machine = machine if shape.num_targets == 1 else MultiOutputRegressor(machine)
    return _prepared(machine, shape)


ALGORITHMS: Mapping[str, Algorithm] = {
    "majority class": Algorithm(
        classifier=lambda _shape, _threads: DummyClassifier(strategy="prior"), regressor=None
    ),
    "mean": Algorithm(classifier=None, regressor=lambda _shape, _threads: DummyRegressor()),
    "naive Bayes": Algorithm(
        classifier=lambda shape, _: make_pipeline(_preparation(shape, bins=True), MultinomialNB()),
        regressor=None,
    ),
    "decision tree": Algorithm(
        classifier=lambda shape, _: _prepared(
            DecisionTreeClassifier(min_samples_leaf=SMALLEST_LEAF_OF_CLASSES, random_state=0), shape
        ),
        regressor=lambda shape, _: _prepared(
            DecisionTreeRegressor(min_samples_leaf=SMALLEST_LEAF_OF_NUMBERS, random_state=0), shape
        ),
    ),
    "k-nearest neighbors": Algorithm(
        classifier=lambda shape, threads: _prepared(
            KNeighborsClassifier(NEIGHBORS, n_jobs=threads), shape
        ),
        regressor=lambda shape, threads: _prepared(
            KNeighborsRegressor(NEIGHBORS, n_jobs=threads), shape
        ),
    ),
    "logistic regression": Algorithm(
        classifier=lambda shape, _: _prepared(LogisticRegression(max_iter=1_000), shape),
        regressor=None,
    ),
    "ridge regression": Algorithm(
        classifier=None, regressor=lambda shape, _: _prepared(Ridge(), shape)
    ),
    # Its time grows with the square of the rows; a sample is the usual way out. Probabilities are
    # Platt's (1999).
    "SVM (RBF)": Algorithm(
        classifier=lambda shape, _: _prepared(
            CalibratedClassifierCV(SVC(), cv=PLATT_FOLDS, ensemble=False), shape
        ),
        regressor=_svm_regressor,
        most_rows=10_000,
        fewest_rows_of_class=PLATT_FOLDS,
    ),
    "random forest": Algorithm(
        classifier=lambda shape, threads: _prepared(
            RandomForestClassifier(
                min_samples_leaf=SMALLEST_FOREST_LEAF_OF_CLASSES, n_jobs=threads, random_state=0
            ),
            shape,
        ),
        regressor=lambda shape, threads: _prepared(
            RandomForestRegressor(n_jobs=threads, random_state=0), shape
        ),
    ),
    "gradient boosting": Algorithm(
        classifier=lambda shape, _: HistGradientBoostingClassifier(
            categorical_features=_boosted_categories(shape), random_state=0
        ),
        regressor=_boosting_regressor,
        # From 10 000 rows on it holds a tenth out, the same part of each class, to know when to
        # stop.
        fewest_rows_of_class=2,
    ),
    EARLY_STOPPED: Algorithm(
        classifier=lambda shape, _: EarlyStoppedClassifier(
            _stopped(HistGradientBoostingClassifier, shape)
        ),
        regressor=lambda shape, _: EarlyStoppedBoosting(
            _stopped(HistGradientBoostingRegressor, shape)
        ),
        stops_early=True,
    ),
}


def algorithms_for(family: FlatFamily | None) -> list[str]:
    """Names of the algorithms of a family; none where a task has none."""
    if family is None:
        return []
    return [name for name, each in ALGORITHMS.items() if getattr(each, family) is not None]


BASELINES: tuple[str, ...] = (
    "majority class",
    "mean",
    "logistic regression",
    "ridge regression",
    "gradient boosting",
    EARLY_STOPPED,
)
"""Knowing nothing, linear, and the strongest flat ones: what every training is compared with."""
