"""Rows with their targets as one table, to learn from and to judge on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import (
    _check_sample_weight,
    _get_feature_names,
)

from pellucid.data.conversion import convert
from pellucid.data.grouping import Places
from pellucid.data.kinds.codes import with_codes
from pellucid.data.rows import Rows
from pellucid.data.sources.table import Table
from pellucid.data.targets import take_target
from pellucid.data.unseen import without_unseen
from pellucid.errors import DataError, OptionError
from pellucid.estimators.arguments import (
    are_names,
    as_table,
    check_no_number,
    check_not_negative,
    given_rows,
    given_target,
    in_part,
    names_of,
    own_errors,
    unequal,
)
from pellucid.estimators.input import RowReader
from pellucid.estimators.predictor import Predictor
from pellucid.estimators.reading import Reading, TrainingRows, came_as_array
from pellucid.tasks.choice import task_of
from pellucid.tasks.task import Task

Array = npt.NDArray[Any]


class LabeledRowReader(RowReader, Predictor):
    """The part of an estimator that takes in rows with their targets."""

    @abstractmethod
    def _read_targets(self, y: Any) -> Array:
        """Targets as given → as the task wants them."""

    @property
    def is_named(self) -> bool:
        """Whether the target is a column of the table, which then goes by its names."""
        return self._is_by_name

    def _continued(self, target: Array) -> Array:
        """Targets to go on learning from, written as in training."""
        return target

    @own_errors()
    def _take_training(self, X: Any, y: Any, sample_weight: Any) -> TrainingRows:
        """Find out what the rows are, and how they came."""
        X = given_rows(X)
        y = given_target(y, X)
        if are_names(y, X):
            return self._take_named(as_table(X), [y] if isinstance(y, str) else y, sample_weight)
        if isinstance(X, str | Path | Table):
            raise OptionError(
                "y must be the name of the target column when X is a file, such as "
                f"fit('table.csv', 'price'), but is {y!r}.",
                option="y",
            )
        table = self._as_sklearn_table(X, as_array=True)
        if y is None:
            raise DataError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        target = self._read_targets(check_no_number(y))
        if len(target) != table.frame.height:
            raise unequal(table.frame.height, len(target))
        return TrainingRows(
            table=table,
            target=target,
            weights=self._weights(sample_weight, len(target)),
            present=np.ones(len(target), dtype=bool),
            column_names=_get_feature_names(X),
            target_names=names_of(y),
            is_by_name=False,
            is_flat=np.asarray(y).ndim == 1,
            notes=table.notes,
        )

    def _take_named(self, table: Table, names: Sequence[str], sample_weight: Any) -> TrainingRows:
        taken = take_target(table, names, self.reader, self.columns, task=self.task_name)
        rest = taken.table
        return TrainingRows(
            table=rest,
            target=self._read_targets(taken.values),
            weights=self._weights(sample_weight, len(taken.present))[taken.present],
            present=taken.present,
            column_names=np.array(rest.frame.columns, dtype=object),
            target_names=taken.names,
            target_decimal=taken.decimal,
            is_by_name=True,
            is_flat=len(names) == 1,
            notes=(*rest.notes, *taken.notes),
            cell_notes=taken.cell_notes,
        )

    def judge_codes(self, reading: Reading, learning: Sequence[Places]) -> Reading:
        """The third step of `Estimator.fit`: numbers that are codes become categories.

        What tells them is how they go together with the target, so that it cannot be done before
        it is known which rows learn: `pellucid.data.kinds.codes`.

        Args:
            reading: What `Estimator.part` returned.
            learning: Places of the rows that learn, for each fold.

        Returns:
            The reading, with codes as text.
        """
        if came_as_array(reading.schema, reading.num_columns):
            return reading
        known = self.columns or ()
        rows, schema = with_codes(reading.rows, reading.schema, learning, known=known)
        return replace(
            reading, rows=rows, schema=schema.without_values() if self.private else schema
        )

    def rows_of(self, table: Table) -> Rows:
        """Rows with their target in a column, read as the training rows were.

        Args:
            table: Has the columns of the training table and the target; rows without it are
                left out.

        Raises:
            DataError: The rows do not fit the training's.
        """
        taken = self.take_target(table, self.target_)
        rows = Rows(
            frame=convert(taken.table, self.schema_),
            target=self._read_targets(taken.values),
            weights=np.ones(taken.table.frame.height),
            numbers=taken.table.numbers,
        )
        return without_unseen(rows)[0]

    @own_errors()
    def rows_with(self, X: Any, y: Any) -> Rows:
        """Rows with their targets y, read as the training rows were.

        Args:
            X: Rows, as in `fit`.
            y: Their targets.

        Raises:
            DataError: The rows do not fit the training's.
        """
        X = given_rows(X)
        table = as_table(X) if self.is_named else self._take_like_sklearn(X)
        return self._rows(table, self._read_targets(check_no_number(y)), None)

    @own_errors()
    def _more_rows(
        self, X: Any, y: Any, sample_weight: Any, part_of: Callable[[Table], Table]
    ) -> Rows:
        """Rows of a part with their targets, after `fit`, written as the training rows were."""
        X, sample_weight = in_part(X, y, sample_weight, part_of)
        X, target = self._rows_to_judge(X, y)
        return self._rows(self.take_rows(X), self._continued(target), sample_weight)

    @own_errors()
    def _rows_to_judge(self, X: Any, y: Any) -> tuple[Any, Array]:
        """Rows and their targets after `fit`, read as the training's were."""
        self.check_fitted()
        X, y = self._rows_with_targets(X, y)
        target = self._read_targets(check_no_number(y))
        found, expected = np.size(target[0]), self.model_.task.num_targets
        if found != expected:
            raise DataError(
                f"y has {found} target{'s' * (found > 1)} a row, but {expected} "
                f"{'were' if expected > 1 else 'was'} learned. Give those of training.",
            )
        return X, target

    @own_errors()
    def _weights_to_judge(self, target: Array, rows: int, sample_weight: Any) -> Array | None:
        """Weights of rows with as many targets; None for none."""
        if len(target) != rows:
            raise unequal(rows, len(target))
        return None if sample_weight is None else self._weights(sample_weight, rows)

    def _rows(self, table: Table, target: Array, sample_weight: Any) -> Rows:
        if len(target) != table.frame.height:
            raise unequal(table.frame.height, len(target))
        return Rows(
            frame=convert(table, self.schema_),
            target=target,
            weights=self._weights(sample_weight, len(target)),
            numbers=1 + np.arange(len(target)),
        )

    def task_of(self, target: Array) -> type[Task]:
        """The task that targets pose, as they were read."""
        return task_of(self.task_name, target)

    def _rows_with_targets(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Rows and their targets, which may stand in a column of the rows."""
        if y is not None and not isinstance(y, str):
            return X, y
        X = given_rows(X)
        names = (y,) if y is not None else self.target_ if self._is_by_name else ()
        if not names:
            raise DataError(f"{type(self).__name__}.score requires y, but the target y is None.")
        taken = self.take_target(as_table(X), names)
        return taken.table, taken.values

    @own_errors()
    def _weights(self, sample_weight: Any, rows: int) -> npt.NDArray[np.float64]:
        if sample_weight is None:
            return np.ones(rows)
        given = np.asarray(sample_weight)
        if given.ndim == 1 and len(given) != rows:
            raise DataError(
                f"sample_weight has {len(given)} weights for {rows} rows. Give one weight "
                "for each row."
            )
        weights = _check_sample_weight(sample_weight, np.empty((rows, 1)), dtype=np.float64)
        check_not_negative(weights)
        if not np.any(weights > 0):
            raise DataError("Every sample_weight is 0. Give at least one row a weight above 0.")
        return np.asarray(weights)
