"""The flat algorithms, each with the preparation a practitioner would give it.

They learn from the same rows and the same raw columns as the network. Numbers are imputed and
scaled, categories one-hot; gradient boosting takes both as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.data.dataset import Rows

Matrix = npt.NDArray[np.float64]

MOST_BOOSTED_LEVELS = 254
SECONDS_A_DAY = 86_400.0


class FlatTable:
    """Converted columns as the one numeric matrix scikit-learn wants.

    Args:
        frame: Training rows; categories get their codes from it.

    Attributes:
        numbers: Places of the numeric columns.
        categories: Places of the columns of codes.
        num_levels: Number of levels of each of these.
    """

    def __init__(self, frame: pl.DataFrame) -> None:
        self._levels = {
            column.name: column.drop_nulls().unique().sort().to_list()
            for column in frame
            if column.dtype == pl.String
        }
        self.numbers = [i for i, name in enumerate(frame.columns) if name not in self._levels]
        self.categories = [i for i, name in enumerate(frame.columns) if name in self._levels]
        self.num_levels = [len(self._levels[frame.columns[i]]) for i in self.categories]

    def matrix(self, frame: pl.DataFrame) -> Matrix:
        """Numbers as they are, dates in days, categories as codes, shape (n, columns).

        Missing and unseen cells are NaN.
        """
        columns = [self._numeric(column) for column in frame]
        return np.column_stack(columns)

    def _numeric(self, column: pl.Series) -> Matrix:
        if column.name in self._levels:
            levels = self._levels[column.name]
            codes = list(range(len(levels)))
            column = column.replace_strict(levels, codes, default=None, return_dtype=pl.Float64)
        elif column.dtype != pl.Float64:
            column = column.cast(pl.Int64) / (SECONDS_A_DAY * 1e6)
        return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def flat_algorithms(table: FlatTable, task: str, num_targets: int) -> dict[str, Any]:
    """The baselines by name, unfitted: knowing nothing, linear, and gradient boosting.

    Args:
        table: Says where numbers and categories stand.
        task: "classification" or "regression".
        num_targets: Number of numeric targets O.
    """
    if task == "classification":
        return {
            "majority class": DummyClassifier(strategy="prior"),
            "logistic regression": make_pipeline(
                _preparation(table), LogisticRegression(max_iter=1_000)
            ),
            "gradient boosting": HistGradientBoostingClassifier(
                categorical_features=_boosted_categories(table), random_state=0
            ),
        }
    boosting = HistGradientBoostingRegressor(
        categorical_features=_boosted_categories(table), random_state=0
    )
    return {
        "mean": DummyRegressor(),
        "linear regression": make_pipeline(_preparation(table), LinearRegression()),
        "gradient boosting": boosting if num_targets == 1 else MultiOutputRegressor(boosting),
    }


def _preparation(table: FlatTable) -> ColumnTransformer:
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    categories = Pipeline(
        [
            ("missing", SimpleImputer(strategy="constant", fill_value=-1.0)),
            ("one-hot", OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=2)),
        ]
    )
    return ColumnTransformer(
        [("numbers", numbers, table.numbers), ("categories", categories, table.categories)]
    )


def _boosted_categories(table: FlatTable) -> list[int]:
    """Those with few enough levels; the others' codes are taken as numbers."""
    places = zip(table.categories, table.num_levels, strict=True)
    return [place for place, levels in places if levels <= MOST_BOOSTED_LEVELS]


def flat_predictions(algorithm: Any, table: FlatTable, training: Rows, judging: Rows) -> Matrix:
    """Fit one algorithm and predict other rows: probabilities (m, C), or numbers (m, O)."""
    target = training.target
    target = target[:, 0] if target.ndim == 2 and target.shape[1] == 1 else target
    algorithm.fit(table.matrix(training.frame), target)
    matrix = table.matrix(judging.frame)
    if hasattr(algorithm, "predict_proba"):
        return np.asarray(algorithm.predict_proba(matrix))
    return np.asarray(algorithm.predict(matrix)).reshape(len(matrix), -1)
