"""`Regressor`: numbers in, a trained network out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, overload

import numpy as np
import numpy.typing as npt
from sklearn.metrics import r2_score

from pellucid.data.parts import judging_part
from pellucid.data.rows import FrameRows, Rows
from pellucid.data.target_arrays import array_numbers, target_array
from pellucid.data.targets import NUMBERS
from pellucid.errors import DataError
from pellucid.estimators.arguments import in_part
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.reading import Reading
from pellucid.estimators.sklearn_bases import RegressorMixin
from pellucid.options import described
from pellucid.tasks.choice import name_of
from pellucid.tasks.task import Task

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]


@described
@dataclass(kw_only=True, eq=False, repr=False)
class Regressor(RegressorMixin, Estimator):
    """A deep network that predicts one number, or several at once.

    Of the options, "auto" is the measured recipe.

    Args:
        {options}

    Attributes:
        schema_: What each column is, and why.
        model_: The trained network with its encoders; `model_.network` holds the weights.
        target_: Names of the target columns, if they were named.
        n_features_in_: Number of columns.
        feature_names_in_: Their names, if they have any.

    Example:
        >>> from sklearn.datasets import load_diabetes
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = Regressor(max_epochs=20).fit(X, y)
        >>> model.predict(X[:2]).shape
        (2,)
    """

    reader = NUMBERS
    task_name = name_of(NUMBERS)

    @overload
    def predict(self, X: Any, interval: None = None, *, allow_missing: bool = False) -> Floats: ...

    @overload
    def predict(
        self, X: Any, interval: float, *, allow_missing: bool = False
    ) -> tuple[Floats, Floats]: ...

    def predict(
        self, X: Any, interval: float | None = None, *, allow_missing: bool = False
    ) -> Floats | tuple[Floats, Floats]:
        """The number of each row (n,), or the numbers (n, O); with an interval each, if asked.

        Args:
            X: Rows to predict; a dict of single values or a pandas Series is one row.
            interval: The part of rows like those of training whose true number the intervals hold,
                above 0 and below 1, for each target by itself; None for no intervals.
            allow_missing: Whether columns may be missing; they are unknown then.

        Returns:
            The numbers; with `interval` a pair (numbers, bounds), low and high last: (n, 2) or
            (n, O, 2). After `set_output` one frame, with columns "y", "y low" and "y high".

        Raises:
            OptionError: The interval is none, or there are too few validation rows for it.
        """
        self.check_fitted()
        rows = self._converted(X, allow_missing=allow_missing)
        if interval is not None:
            return self._predict_interval(X, rows, interval)
        numbers = self.model_.predict(rows)
        values = numbers[:, 0] if self._is_flat else numbers
        return self._as_output(values, self._target_names(values), X)

    def _predict_interval(self, X: Any, rows: FrameRows, interval: float) -> Any:
        numbers, bounds = self.model_.predict_regions(rows, interval, "interval")
        values = numbers[:, 0] if self._is_flat else numbers
        if getattr(self, "_output", "default") == "default":
            return values, bounds[:, 0] if self._is_flat else bounds
        targets = self._target_names(values)
        names = [f"{name}{end}" for name in targets for end in ("", " low", " high")]
        return self._as_output(np.concatenate([numbers[:, :, None], bounds], axis=2), names, X)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """R² on rows whose targets are y, or stand in the target column of X.

        Raises:
            DataError: A target is missing, infinite or no number.
        """
        X, sample_weight = in_part(X, y, sample_weight, judging_part)
        X, target = self._rows_to_judge(X, y)
        numbers = self.model_.predict(self._converted(X))
        weights = self._weights_to_judge(target, len(numbers), sample_weight)
        return float(r2_score(target, numbers, sample_weight=weights))

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn from these rows too, once, at a constant rate; the columns stay.

        Args:
            X: Rows as in `fit`.
            y: Their targets.
            sample_weight: Weight of each row.

        Raises:
            DataError: The rows do not fit, or the loss was not finite; the model stays as it was.
        """
        if not hasattr(self, "model_"):
            return self.fit(X, y, sample_weight)
        return self._learn_more(X, y, sample_weight)

    def _read_targets(self, y: Any) -> Array:
        values = target_array(y)
        if values.dtype.kind == "c":
            raise DataError("Complex data not supported: y is complex. Give its parts as numbers.")
        return array_numbers(values)

    def _make_task(self, training: Rows, reading: Reading) -> Task:
        constant = np.ptp(training.target, axis=0) == 0.0
        if constant.all():
            raise DataError(
                f"The target is {training.target[0, 0]:g} in every row: there is nothing to "
                "learn. Give rows with different targets.",
                column=reading.target_names[0] if reading.target_names else None,
            )
        return super()._make_task(training, reading)

    def __sklearn_tags__(self) -> Any:
        """Several numbers at once are fine."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
