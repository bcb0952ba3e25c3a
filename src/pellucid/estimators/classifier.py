"""`Classifier`: classes or labels in, a trained network out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from pellucid.data.classes import as_in_training, check_recurring, codes_of, judged_codes
from pellucid.data.parts import judging_part
from pellucid.data.rows import Rows
from pellucid.data.split_options import Splitting
from pellucid.data.target_arrays import array_classes, array_labels, target_array
from pellucid.data.targets import CLASSES
from pellucid.errors import DataError, OptionError
from pellucid.estimators.arguments import GivenRows, in_part
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.reading import TrainingRows
from pellucid.estimators.sklearn_bases import ClassifierMixin
from pellucid.options import ClassifierOptions, described
from pellucid.tasks.choice import name_of

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@described
@dataclass(kw_only=True, eq=False, repr=False)
class Classifier(ClassifierMixin, ClassifierOptions, Estimator):
    """A deep network that tells classes apart: two, many, or several yes/no labels at once.

    Of the options, "auto" is the measured recipe.

    Args:
        {options}

    Attributes:
        classes_: The classes, sorted; for labels, an array [0, 1] each is meant by its column.
        schema_: What each column is, and why.
        model_: The trained network with its encoders; `model_.network` holds the weights.
        target_: Names of the target columns, if they were named.
        n_features_in_: Number of columns.
        feature_names_in_: Their names, if they have any.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> X, y = load_iris(return_X_y=True)
        >>> model = Classifier(max_epochs=20).fit(X, y)
        >>> model.predict(X[:2])
        array([0, 0])
    """

    reader = CLASSES
    task_name = name_of(CLASSES)

    def predict(self, X: Any, *, allow_missing: bool = False) -> Array:
        """The likeliest class of each row (n,), or a 0/1 for each label (n, O).

        Args:
            X: Rows to predict; a dict of single values or a pandas Series is one row.
            allow_missing: Whether columns may be missing; they are unknown then.
        """
        probabilities = self._probabilities(X, allow_missing=allow_missing)
        values = self.model_.task.values(probabilities)
        return self._as_output(values, self._target_names(values), X)

    def predict_proba(self, X: Any, *, allow_missing: bool = False) -> Floats:
        """The probability of each class (n, C), or of "yes" for each label (n, O).

        Args:
            X: As in `predict`.
            allow_missing: Likewise.
        """
        probabilities = self._probabilities(X, allow_missing=allow_missing)
        return self._as_output(probabilities, self.model_.task.output_names(self.target_), X)

    def predict_set(self, X: Any, coverage: float = 0.9, *, allow_missing: bool = False) -> Bools:
        """The classes that cannot be ruled out for each row; of sure rows only one.

        The sets hold the true class of a part `coverage` of rows like those of training, or more:
        the likeliest class is always in, so no set is empty.

        Args:
            X: As in `predict`.
            coverage: The promised part of the rows, above 0 and below 1.
            allow_missing: As in `predict`.

        Returns:
            Whether each of `classes_` is in a row's set, bool (n, C); of labels whether no and yes
            are in each one's set (n, O, 2), each with its own promise.

        Raises:
            OptionError: The coverage is none, or there are too few validation rows for it.
        """
        self.check_fitted()
        rows = self._converted(X, allow_missing=allow_missing)
        _, sets = self.model_.predict_regions(rows, coverage, "coverage")
        task = self.model_.task
        labels = task.output_names(self.target_)
        names = task.class_names or [f"{label} {c}" for label in labels for c in self.classes_]
        return self._as_output(sets, names, X)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Accuracy on rows whose targets are y, or stand in the target column of X.

        A class that training did not have counts as wrong, as in scikit-learn.

        Raises:
            DataError: A target is missing, or none is a class of training or could be one.
        """
        X, sample_weight = in_part(X, y, sample_weight, judging_part)
        X, target = self._rows_to_judge(X, y)
        probabilities = self._probabilities(X, allow_missing=False)
        weights = self._weights_to_judge(target, len(probabilities), sample_weight)
        if target.ndim > 1:
            is_right = (self.model_.task.values(probabilities) == target).all(axis=1)
        else:
            is_right = probabilities.argmax(axis=1) == judged_codes(target, self.classes_)
        return float(np.average(is_right, weights=weights))

    def _probabilities(self, X: Any, *, allow_missing: bool) -> npt.NDArray[np.float64]:
        self.check_fitted()
        return self.model_.predict(self._converted(X, allow_missing=allow_missing))

    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, sample_weight: Any = None
    ) -> Self:
        """Learn from these rows too, once, at a constant rate; columns and classes stay.

        Args:
            X: Rows as in `fit`.
            y: Their targets.
            classes: All classes there will ever be; needed in the first call, if these rows do
                not hold them all.
            sample_weight: Weight of each row.

        Raises:
            DataError: The rows do not fit, or the loss was not finite; the model stays as it was.
        """
        if not hasattr(self, "model_"):
            known = None if classes is None else np.unique(classes)
            given = GivenRows(rows=X, validation=None, weights=sample_weight, splitting=Splitting())
            return self.learn_from(*self._read_and_part(given, y, known))
        return self._learn_more(X, y, sample_weight)

    def _read_targets(self, y: Any) -> Array:
        values = target_array(y)
        if values.ndim > 1 and values.shape[1] > 1:
            return array_labels(values)
        if values.ndim > 1:
            values = column_or_1d(values, warn=True, input_name="y")
        classes = array_classes(values)
        with warnings.catch_warnings():
            # scikit-learn's doubts about many classes; ours are in the schema and the report.
            warnings.filterwarnings("ignore", "The number of unique classes")
            check_classification_targets(classes)
        return classes

    def _continued(self, target: Array) -> Array:
        if target.ndim > 1:
            return target
        target = as_in_training(target, self.classes_)
        _check_known(target, self.classes_)
        return target

    def _all_classes(self, taken: TrainingRows, classes: Array | None) -> Array | None:
        if taken.target.ndim > 1:
            return np.array([0, 1])
        if classes is None:
            check_recurring(taken.target, taken.target_names)
        known = np.unique(taken.target) if classes is None else classes
        _check_known(taken.target, known)
        present = known if classes is not None else np.unique(taken.target[taken.weights > 0.0])
        if len(present) < 2:
            raise DataError(
                f"The target has only one class, {present.tolist()[0]!r}, in every row with "
                "weight. Give rows of at least two classes.",
                column=taken.target_names[0] if taken.target_names else None,
            )
        return known

    def _class_factors(self, rows: Rows, classes: Array | None) -> npt.NDArray[np.float64] | None:
        if self.class_weight is None or classes is None:
            return None
        if rows.target.ndim > 1:
            raise OptionError(
                f"class_weight weighs the classes of one column, but the target has "
                f"{rows.target.shape[1]} labels. Leave it out, or weigh rows with sample_weight.",
                option="class_weight",
            )
        present, codes = np.unique(rows.target, return_inverse=True)
        if self.class_weight == "balanced":
            totals = np.bincount(codes, weights=rows.weights)
            factors = rows.weights.sum() / (len(present) * totals)
        else:
            said = _said_weights(self.class_weight, classes)
            factors = said[codes_of(classes, present.tolist())]
        return np.asarray(factors[codes])

    def __sklearn_tags__(self) -> Any:
        """Several labels at once are fine."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _check_known(y: Array, known: Array) -> None:
    unknown = np.setdiff1d(y, known)
    if len(unknown):
        raise DataError(
            f"y holds the class {unknown.tolist()[0]!r}, which is none of {known.tolist()}. Name "
            "every class in the first call of partial_fit, with classes=."
        )


def _said_weights(said: Mapping[Any, float], classes: Array) -> npt.NDArray[np.float64]:
    """The weight of each class (C,), however it is written."""
    names = list(said)
    codes = codes_of(classes, names)
    if (codes < 0).any():
        raise OptionError(
            f"class_weight names the class {names[int(codes.argmin())]!r}, which is none of "
            f"{classes.tolist()}.",
            option="class_weight",
        )
    weights = np.ones(len(classes))
    weights[codes] = list(said.values())
    return weights
