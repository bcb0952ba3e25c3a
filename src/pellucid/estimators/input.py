"""Rows of every kind as one table.

Rows come in two ways. As scikit-learn has it, X and y: then predictions want the same columns in
the same order. Or as one table and the name of its target, `fit("adult.csv", "income")`: then
columns are matched by name, whatever their order, and further ones are ignored. Where one side is
an array, whose columns have no names, they are matched by position.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy.typing as npt
from sklearn.exceptions import NotFittedError as SklearnNotFittedError
from sklearn.utils.validation import (
    check_array,
    validate_data,
)

from pellucid.data.conversion import convert
from pellucid.data.kinds.of_columns import with_several_values
from pellucid.data.rows import FrameRows
from pellucid.data.sources.table import Table, array_table, read_table
from pellucid.data.sources.text_cells import are_texts, check_no_mixture
from pellucid.data.sources.typed import unmasked
from pellucid.errors import DataError, NotFittedError
from pellucid.estimators.arguments import (
    as_row,
    as_table,
    given_rows,
    is_row_of,
    own_errors,
)
from pellucid.estimators.predictor import RowPredictor
from pellucid.estimators.reading import came_as_array

Array = npt.NDArray[Any]


class RowReader(RowPredictor):
    """The part of an estimator that takes rows in."""

    @own_errors()
    def take_rows(self, X: Any, *, by_name: bool = False) -> Table:
        """Rows to predict: by name if they come from a file or came so at `fit`, or if asked.

        Where they are an array, or `fit` got one, columns have no names: they go by position.
        A dict of single values, or a pandas Series with the columns as its index, is one row.
        """
        self.check_fitted()
        X = given_rows(X)
        if are_texts(X) and not is_row_of(X, self._column_names()):
            return replace(read_table(X), name="X")
        row = as_row(X, with_several_values(self.schema_))
        if row is not None:
            return self._take_row(row, is_ordered=not isinstance(X, Mapping))
        if isinstance(X, str | Path | Table) or (by_name and hasattr(X, "columns")):
            return as_table(X)
        if self._is_by_name:
            table = as_table(X)
            if table.has_names or set(self._column_names()) <= set(table.frame.columns):
                return table
        return self._take_like_sklearn(X)

    def _take_row(self, row: Mapping[str, Any], *, is_ordered: bool) -> Table:
        """One row as a table, by name; of an estimator that knows no names also by position."""
        names = self._column_names()
        if is_ordered and self._learned_from_array() and set(names).isdisjoint(row):
            return self._take_like_sklearn([list(row.values())])
        return replace(read_table([row]), name="the row")

    def _take_like_sklearn(self, X: Any) -> Table:
        """Arrays and DataFrames as scikit-learn takes them: same columns, same order."""
        table = self._as_sklearn_table(X, as_array=self._learned_from_array())
        if not are_texts(X):
            validate_data(self, X, reset=False, skip_check_array=True)
        if table.frame.width != self.n_features_in_:
            raise DataError(
                f"X has {table.frame.width} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input."
            )
        return self._named_as_trained(table)

    def _as_sklearn_table(self, X: Any, *, as_array: bool) -> Table:
        """A frame, or an array with the cells it has, or with those a file would have."""
        if hasattr(X, "columns") or are_texts(X):
            return replace(read_table(X), name="X")
        check_no_mixture(X)
        X = unmasked(X)  # scikit-learn forgets what is hidden
        X = check_array(X, dtype=None, ensure_all_finite=False, estimator=self, input_name="X")
        return array_table(X) if as_array else read_table(X)

    def _named_as_trained(self, table: Table) -> Table:
        """The table with the training's names, if either of the two came without any."""
        names = self._column_names()
        has_names = table.has_names and not self._learned_from_array()
        if has_names or set(names) == set(table.frame.columns):
            return table
        renamed = dict(zip(table.frame.columns, names, strict=True))
        return replace(table, frame=table.frame.rename(renamed))

    def _learned_from_array(self) -> bool:
        return came_as_array(self.schema_, self.n_features_in_)

    def _column_names(self) -> list[str]:
        return [column.name for column in self.schema_]

    def check_fitted(self) -> None:
        """Refuse to go on without a model.

        Raises:
            NotFittedError: Nothing has been learned yet.
        """
        if not hasattr(self, "model_"):
            raise UnfittedError(
                f"This {type(self).__name__} has not learned anything yet. Call fit first."
            )

    def _converted(self, X: Any, *, allow_missing: bool = False) -> FrameRows:
        table = self.take_rows(X, by_name=allow_missing)
        return FrameRows(convert(table, self.schema_, allow_missing=allow_missing))


class UnfittedError(NotFittedError, SklearnNotFittedError):  # type: ignore[misc]
    """Ours and scikit-learn's at once, so that `except` finds it under either name."""
