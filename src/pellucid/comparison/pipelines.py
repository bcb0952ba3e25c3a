"""How each flat algorithm is made, with the preparation a practitioner would give it.

Only the process in which they are fitted imports it, for it takes scikit-learn. Numbers are imputed
and scaled, categories one-hot; naive Bayes gets numbers in bins, and gradient boosting takes both
as they are. Pixels are scaled to 0 … 1, all alike; of texts linear models, naive Bayes and
neighbors get what each term weighs, the others the first components of that. Settings are
scikit-learn's defaults but for what is said beside them; nothing is tuned but how much a logistic
regression of texts shrinks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    StandardScaler,
)
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from pellucid.comparison.algorithms import EARLY_STOPPED, LINEAR_SVM, PLATT_FOLDS, Shape
from pellucid.comparison.boosting import EarlyStoppedBoosting, EarlyStoppedClassifier
from pellucid.comparison.tf_idf import OnComponents, WithTerms
from pellucid.tasks.answers import FlatFamily

MOST_BOOSTED_LEVELS = 254
MOST_DENSE_CELLS = 100_000_000
"""0.8 GB; sparse matrices are smaller but slow forests down tenfold."""
WHITE = 255.0
NEIGHBORS = 15
MOST_COMPONENTS = 100
"""Of the pixels, for the SVM: 1,953 rows of 3,072 took it 31 s, to learn and to judge 2,000; of
their first hundred components 1.3 s, and it was right about as many."""
SHRINKAGES_ON_TEXTS, HALVES = (1.0, 10.0), 2
"""C of a logistic regression: of texts now one is better by some percent, now the other (sms 96.5
and 99.1 %, tweets 81.5 and 81.2 %), which halves of the rows it learns from tell."""
SMOOTHING_ON_TEXTS = 0.1
"""α of naive Bayes: of TF-IDF 1 is too much everywhere (tweets 74.7 instead of 79.9 %)."""
MOST_STEPS, MOST_STEPS_ON_PIXELS = 1_000, 100
"""Of a linear model; on pixels a thousand cost ten times the time and its accuracy no less."""
SMALLEST_LEAF_OF_CLASSES = 20
SMALLEST_LEAF_OF_NUMBERS = 10
SMALLEST_FOREST_LEAF_OF_CLASSES = 3
MOST_STOPPED_TREES, STOPPED_RATE, STOPPED_PATIENCE = 1_000, 0.05, 20

Maker = Callable[[Shape, int], Any]
"""Makes an algorithm, unfitted, from the shape of the rows and a number of threads."""


def make(name: str, shape: Shape, threads: int) -> Any:
    """The algorithm of a shape's family, unfitted.

    Args:
        name: One of `algorithms_for` the family.
        shape: Of the matrix and the target.
        threads: How many it may use.
    """
    return MAKERS[shape.family][name](shape, threads)


def _prepared(
    algorithm: Any, shape: Shape, *, bins: bool = False, components: bool = False
) -> Pipeline:
    """An algorithm after its preparation; of texts it gets the components."""
    plain = _preparation(shape, bins=bins, components=components)
    return make_pipeline(_with_texts(plain, shape, has_components=True), algorithm)


def _on_terms(algorithm: Any, shape: Shape, *, bins: bool = False) -> Pipeline:
    """The same for an algorithm that of texts gets what each term weighs."""
    plain = _preparation(shape, bins=bins)
    return make_pipeline(_with_texts(plain, shape, has_components=False), algorithm)


def _with_texts(plain: ColumnTransformer, shape: Shape, *, has_components: bool) -> Any:
    if not shape.texts:
        return plain
    return WithTerms(plain, shape.most_terms, has_components=has_components)


def _preparation(
    shape: Shape, *, bins: bool = False, components: bool = False
) -> ColumnTransformer:
    """Numbers imputed and scaled, or in ten equally filled bins; categories one-hot; pixels."""
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
        [
            ("numbers", numbers, shape.numbers),
            ("categories", categories, shape.categories),
            *_prepared_pixels(shape, components=components),
        ],
        sparse_threshold=0.0 if is_dense else 1.0,
    )


def _prepared_pixels(shape: Shape, *, components: bool) -> list[tuple[str, Pipeline, slice]]:
    """Those that follow the other columns, if there are any: as they are, or their components."""
    if not shape.num_pixels:
        return []
    first = len(shape.numbers) + len(shape.categories)
    steps = [FunctionTransformer(_brightness), *([PrincipalComponents()] if components else [])]
    return [("pixels", make_pipeline(*steps), slice(first, first + shape.num_pixels))]


class PrincipalComponents(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """The first `MOST_COMPONENTS` principal components, or as many as there are."""

    def fit(self, x: npt.NDArray[Any], y: object = None) -> Self:
        """Find them."""
        count = min(MOST_COMPONENTS, *x.shape)
        self.found_ = PCA(count, svd_solver="randomized", random_state=0).fit(x)
        return self

    def transform(self, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """(n, columns) → (n, components)."""
        return np.asarray(self.found_.transform(x))


def _brightness(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """From 0 … 255 to 0 … 1; a scale for each pixel would make much of those that hardly vary."""
    return np.divide(pixels, WHITE, dtype=np.float32)


def _boosted_categories(shape: Shape) -> list[int]:
    """Those with few enough levels; the others' codes are taken as numbers."""
    places = zip(shape.categories, shape.num_levels, strict=True)
    return [place for place, levels in places if levels <= MOST_BOOSTED_LEVELS]


def _boosting_regressor(shape: Shape, _threads: int) -> Any:
    boosting = HistGradientBoostingRegressor(
        categorical_features=_boosted_categories(shape), random_state=0
    )
    several = boosting if shape.num_targets == 1 else MultiOutputRegressor(boosting)
    return _beside_components(several, shape)


def _boosting_classifier(shape: Shape, _threads: int) -> Any:
    boosting = HistGradientBoostingClassifier(
        categorical_features=_boosted_categories(shape), random_state=0
    )
    return _beside_components(boosting, shape)


def _beside_components(boosting: Any, shape: Shape) -> Any:
    """Boosting takes the other columns as they are."""
    if not shape.texts:
        return boosting
    return make_pipeline(WithTerms(None, shape.most_terms, has_components=True), boosting)


def _stopped(boosting: Any, shape: Shape) -> Callable[[], Any]:
    """Makes boostings with more, smaller steps, as many as the rows held out want."""
    make_one = partial(
        boosting,
        categorical_features=_boosted_categories(shape),
        learning_rate=STOPPED_RATE,
        max_iter=MOST_STOPPED_TREES,
        early_stopping=True,
        n_iter_no_change=STOPPED_PATIENCE,
        random_state=0,
    )
    if not shape.texts:
        return make_one
    return partial(OnComponents, shape.most_terms, make_one)


def _svm_regressor(shape: Shape, _threads: int) -> Any:
    """Its penalty is in the target's unit, so the target is standardised."""
    machine = TransformedTargetRegressor(SVR(), transformer=StandardScaler())
    machine = machine if shape.num_targets == 1 else MultiOutputRegressor(machine)
    return _prepared(machine, shape, components=True)


def _naive_bayes(shape: Shape, _threads: int) -> Any:
    if shape.texts:  # of terms its complement is the better one (Rennie et al. 2003)
        return _on_terms(ComplementNB(alpha=SMOOTHING_ON_TEXTS), shape, bins=True)
    return _prepared(MultinomialNB(), shape, bins=True)


def _logistic_regression(shape: Shape, _threads: int) -> Any:
    one = LogisticRegression(max_iter=MOST_STEPS_ON_PIXELS if shape.num_pixels else MOST_STEPS)
    if shape.texts:
        one = GridSearchCV(one, {"C": SHRINKAGES_ON_TEXTS}, cv=HALVES)
    return _on_terms(one, shape)


def _with_probabilities(machine: Any) -> CalibratedClassifierCV:
    """Platt's (1999)."""
    return CalibratedClassifierCV(machine, cv=PLATT_FOLDS, ensemble=False)


MAKERS: Mapping[FlatFamily, Mapping[str, Maker]] = {
    "classifier": {
        "majority class": lambda _shape, _threads: DummyClassifier(strategy="prior"),
        "naive Bayes": _naive_bayes,
        "decision tree": lambda shape, _: _prepared(
            DecisionTreeClassifier(min_samples_leaf=SMALLEST_LEAF_OF_CLASSES, random_state=0), shape
        ),
        "k-nearest neighbors": lambda shape, threads: _on_terms(
            KNeighborsClassifier(NEIGHBORS, n_jobs=threads), shape
        ),
        "logistic regression": _logistic_regression,
        LINEAR_SVM: lambda shape, _: _on_terms(
            _with_probabilities(LinearSVC(random_state=0)), shape
        ),
        "SVM (RBF)": lambda shape, _: _prepared(_with_probabilities(SVC()), shape, components=True),
        "random forest": lambda shape, threads: _prepared(
            RandomForestClassifier(
                min_samples_leaf=SMALLEST_FOREST_LEAF_OF_CLASSES, n_jobs=threads, random_state=0
            ),
            shape,
        ),
        "gradient boosting": _boosting_classifier,
        EARLY_STOPPED: lambda shape, _: EarlyStoppedClassifier(
            _stopped(HistGradientBoostingClassifier, shape)
        ),
    },
    "regressor": {
        "mean": lambda _shape, _threads: DummyRegressor(),
        "decision tree": lambda shape, _: _prepared(
            DecisionTreeRegressor(min_samples_leaf=SMALLEST_LEAF_OF_NUMBERS, random_state=0), shape
        ),
        "k-nearest neighbors": lambda shape, threads: _on_terms(
            KNeighborsRegressor(NEIGHBORS, n_jobs=threads), shape
        ),
        "ridge regression": lambda shape, _: _on_terms(Ridge(), shape),
        "SVM (RBF)": _svm_regressor,
        "random forest": lambda shape, threads: _prepared(
            RandomForestRegressor(n_jobs=threads, random_state=0), shape
        ),
        "gradient boosting": _boosting_regressor,
        EARLY_STOPPED: lambda shape, _: EarlyStoppedBoosting(
            _stopped(HistGradientBoostingRegressor, shape)
        ),
    },
}
"""Every algorithm of each family."""
