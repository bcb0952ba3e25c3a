"""Rows of every kind as one table.

Rows come in two ways. As scikit-learn has it, X and y: then predictions want the same columns in
the same order. Or as one table and the name of its target, `fit("adult.csv", "income")`: then
columns are matched by name, whatever their order, and further ones are ignored. Where one side is
an array, whose columns have no names, they are matched by position.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.exceptions import NotFittedError as SklearnNotFittedError
from sklearn.utils.validation import _check_sample_weight, check_array, validate_data

from pellucid.data.codes import with_codes
from pellucid.data.dataset import Rows
from pellucid.data.grouping import Places
from pellucid.data.schema import Schema, convert
from pellucid.data.sources import Table, array_table, read_table
from pellucid.data.targets import TaskKind, take_target
from pellucid.data.typed import unmasked
from pellucid.errors import DataError, NotFittedError, OptionError
from pellucid.model import Model

Array = npt.NDArray[Any]

FEWEST_ROWS = 2


@dataclass(frozen=True, kw_only=True)
class TrainingRows:
    """What `fit` was given.

    Attributes:
        table: The columns to learn from.
        target: Classes, labels or numbers.
        weights: Weight of each row (n,).
        numbers: Number of each row in its source, from 1 (n,).
        present: Which rows of the source these are, shape (rows of the source,).
    """

    table: Table
    target: Array
    weights: npt.NDArray[np.float64]
    numbers: Places
    present: npt.NDArray[np.bool_]


class Intake:
    """The part of an estimator that takes rows in."""

    columns: Any
    schema_: Schema
    model_: Model
    target_: tuple[str, ...]
    notes_: tuple[str, ...]
    n_features_in_: int

    task_kind: ClassVar[TaskKind]
    """Whether classes or numbers are learned."""

    @abstractmethod
    def _read_targets(self, y: Any) -> Array:
        """Targets as given → as the task wants them."""

    def _take_training(self, X: Any, y: Any, sample_weight: Any) -> TrainingRows:
        """Find out what the rows are, and remember how they came."""
        if are_names(y, X):
            names = [y] if isinstance(y, str) else list(y)
            taken = take_target(as_table(X), names, self.task_kind)
            weights = self._weights(sample_weight, len(taken.present))[taken.present]
            self.target_ = taken.names
            self.notes_ = (*taken.table.notes, *taken.notes)
            self.n_features_in_ = taken.table.frame.width
            self.feature_names_in_ = np.array(taken.table.frame.columns, dtype=object)
            return TrainingRows(
                table=taken.table,
                target=self._read_targets(taken.values),
                weights=weights,
                numbers=taken.table.first_row + np.flatnonzero(taken.present),
                present=taken.present,
            )
        if isinstance(X, str | Path | Table):
            raise OptionError(
                "y must be the name of the target column when X is a file, such as "
                f"fit('table.csv', 'price'), but is {y!r}.",
                option="y",
            )
        table = self._take_like_sklearn(X, reset=True)
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        self.target_ = ()
        target = self._read_targets(check_no_number(y))
        if len(target) != table.frame.height:
            raise unequal(table.frame.height, len(target))
        self.notes_ = table.notes
        weights = self._weights(sample_weight, len(target))
        return TrainingRows(
            table=table,
            target=target,
            weights=weights,
            numbers=1 + np.arange(len(target)),
            present=np.ones(len(target), dtype=bool),
        )

    def judge_codes(self, rows: Rows, learning: Sequence[Places]) -> Rows:
        """The third step of `Estimator.fit`: numbers that are codes become categories.

        What tells them is how they go together with the target, so that it cannot be done before
        it is known which rows learn: `pellucid.data.codes`.

        Args:
            rows: What `Estimator.part` returned.
            learning: Places of the rows that learn, for each fold.

        Returns:
            The rows, with codes as text.
        """
        if self._learned_from_array():
            return rows
        rows, self.schema_ = with_codes(rows, self.schema_, learning, known=self.columns or ())
        return rows

    def take_rows(self, X: Any, *, by_name: bool = False) -> Table:
        """Rows to predict: by name if they come from a file or came so at `fit`, or if asked.

        Where they are an array, or `fit` got one, columns have no names: they go by position.
        A dict of single values, or a pandas Series with the columns as its index, is one row.
        """
        self.check_fitted()
        row = as_row(X)
        if row is not None:
            return self._take_row(row, is_ordered=not isinstance(X, Mapping))
        if isinstance(X, str | Path | Table) or (by_name and hasattr(X, "columns")):
            return as_table(X)
        if self.target_:
            table = as_table(X)
            if table.name != "array" or set(self._column_names()) <= set(table.frame.columns):
                return table
        return self._take_like_sklearn(X, reset=False)

    def _take_row(self, row: Mapping[str, Any], *, is_ordered: bool) -> Table:
        """One row as a table, by name; of an estimator that knows no names also by position."""
        names = self._column_names()
        if is_ordered and self._learned_from_array() and set(names).isdisjoint(row):
            return self._take_like_sklearn([list(row.values())], reset=False)
        return replace(read_table([row]), name="the row")

    def _take_like_sklearn(self, X: Any, *, reset: bool) -> Table:
        """Arrays and DataFrames as scikit-learn takes them: same columns, same order."""
        if isinstance(X, pl.LazyFrame):
            X = X.collect()
        if hasattr(X, "columns"):
            table = replace(read_table(X), name="X")  # first: it says what name is there twice
        else:
            X = unmasked(X)  # scikit-learn forgets what is hidden
            X = check_array(X, dtype=None, ensure_all_finite=False, estimator=self, input_name="X")
            is_like_training = reset or self._learned_from_array()
            table = array_table(X) if is_like_training else read_table(X)
        validate_data(self, X, reset=reset, skip_check_array=True)
        _check_count(self, table.frame.width, reset=reset)
        return table if reset else self._named_as_trained(table)

    def _named_as_trained(self, table: Table) -> Table:
        """The table with the training's names, if either of the two came without any."""
        names = self._column_names()
        has_names = table.name != "array" and not self._learned_from_array()
        if has_names or set(names) == set(table.frame.columns):
            return table
        renamed = dict(zip(table.frame.columns, names, strict=True))
        return replace(table, frame=table.frame.rename(renamed))

    def _learned_from_array(self) -> bool:
        return self._column_names() == [f"x{place}" for place in range(self.n_features_in_)]

    def _column_names(self) -> list[str]:
        return [column.name for column in self.schema_]

    def rows_of(self, table: Table) -> Rows:
        """Rows with their target in a column, read as the training rows were.

        Args:
            table: Has the columns of the training table and the target; rows without it are
                left out.

        Raises:
            DataError: The rows do not fit the training's.
        """
        taken = take_target(table, self.target_, self.task_kind)
        return Rows(
            frame=convert(taken.table, self.schema_),
            target=self._read_targets(taken.values),
            weights=np.ones(taken.table.frame.height),
            numbers=table.first_row + np.flatnonzero(taken.present),
        )

    def check_fitted(self) -> None:
        """Refuse to go on without a model.

        Raises:
            NotFittedError: Nothing has been learned yet.
        """
        if not hasattr(self, "model_"):
            raise UnfittedError(
                f"This {type(self).__name__} has not learned anything yet. Call fit first."
            )

    def _rows_with_targets(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Rows and their targets, which may stand in a column of the rows."""
        if y is not None and not isinstance(y, str):
            return X, y
        names = self.target_ if y is None else (y,)
        if not names:
            raise ValueError(f"{type(self).__name__}.score requires y, but the target y is None.")
        taken = take_target(as_table(X), names, self.task_kind)
        return taken.table, taken.values

    def _frame(self, X: Any, *, allow_missing: bool = False) -> pl.DataFrame:
        table = self.take_rows(X, by_name=allow_missing)
        return convert(table, self.schema_, allow_missing=allow_missing)

    def _weights(self, sample_weight: Any, rows: int) -> npt.NDArray[np.float64]:
        if sample_weight is None:
            return np.ones(rows)
        weights = _check_sample_weight(
            sample_weight, np.empty((rows, 1)), dtype=np.float64, ensure_non_negative=True
        )
        if not np.any(weights > 0):
            raise DataError("Every sample_weight is 0. Give at least one row a weight above 0.")
        return np.asarray(weights)


class UnfittedError(NotFittedError, SklearnNotFittedError):  # type: ignore[misc]
    """Ours and scikit-learn's at once, so that `except` finds it under either name."""


def as_table(source: Any) -> Table:
    """A table as it is, anything else read as one."""
    return source if isinstance(source, Table) else read_table(source)


def as_row(source: Any) -> dict[str, Any] | None:
    """The cells of one row by column, if this is one: a dict of single values, a pandas Series."""
    if isinstance(source, Mapping):
        are_single = source and not any(map(_holds_several, source.values()))
        return {str(name): cell for name, cell in source.items()} if are_single else None
    if hasattr(source, "iloc") and source.ndim == 1:
        return dict(zip(map(str, source.index), source.tolist(), strict=True))
    return None


def _holds_several(cell: Any) -> bool:
    """Whether it is the cells of a column, and not one of them."""
    is_single = isinstance(cell, str | bytes | Mapping) or getattr(cell, "ndim", 1) == 0
    return isinstance(cell, Iterable) and not is_single


def check_no_number(y: Any) -> Any:
    """Targets as they are, if they are not the number of a column: columns go by their names.

    Raises:
        OptionError: They are a single whole number.
    """
    if isinstance(y, Integral):
        raise OptionError(
            f"The target must be the name of a column, or a target for each row, but is {y}. If a "
            f'column has this name, give it as text: "{y}".',
            option="y",
        )
    return y


def check_learnable(table: Table, schema: Schema) -> None:
    """Refuse, before any work, rows from which nothing can be learned.

    Raises:
        DataError: There are too few, or no column is left to learn from.
    """
    if table.frame.height < FEWEST_ROWS:
        raise DataError(
            f"{table.name} has only {table.frame.height} sample (row) to learn from, but a "
            f"network needs {FEWEST_ROWS} at least, and some hundreds to be of use. Give more.",
            file=table.name,
        )
    if not schema.kept:
        reasons = "; ".join(f"{c.name}: {c.reason}" for c in schema.columns[:5])
        raise DataError(
            f"No column of {table.name} is left to learn from ({reasons}). Give columns that vary, "
            "or say what they are with columns=.",
            file=table.name,
        )


def unequal(rows: int, targets: int) -> DataError:
    """The error for a number of targets that is not that of rows."""
    return DataError(
        f"X has {rows} rows and y has {targets} targets: inconsistent numbers of samples. Give one "
        "target for each row."
    )


def are_names(y: Any, X: Any) -> bool:
    """Whether y names columns of X, and does not hold a target for each row."""
    if isinstance(y, str):
        return True
    if not isinstance(y, list | tuple) or not y or not all(isinstance(name, str) for name in y):
        return False
    if isinstance(X, str | Path | Table):
        return True
    if not hasattr(X, "columns") or isinstance(X, pl.LazyFrame):
        return False
    names = getattr(X, "column_names", X.columns)  # PyArrow calls its cells columns
    return len(y) != len(X) and len(y) <= len(names)


def _check_count(estimator: Any, width: int, *, reset: bool) -> None:
    if reset:
        estimator.n_features_in_ = width
    elif width != estimator.n_features_in_:
        raise DataError(
            f"X has {width} features, but {type(estimator).__name__} is expecting "
            f"{estimator.n_features_in_} features as input."
        )
