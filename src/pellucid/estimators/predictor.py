"""A trained model and what it knows of its rows: enough to predict tables without scikit-learn."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy.typing as npt

from pellucid.data.kinds.column import Schema
from pellucid.data.sources.table import Table
from pellucid.data.targets import Target, TargetReader, take_later_target
from pellucid.estimators.arguments import as_table
from pellucid.estimators.reading import Known
from pellucid.options import NetworkOptions

if TYPE_CHECKING:
    from pellucid.model.model import Model
    from pellucid.model.trained_network import TrainedNetwork

LEARNED = frozenset({
    "schema_", "target_", "notes_", "n_features_in_", "feature_names_in_", "classes_", "model_",
    "metadata_", "labels_", "_assigned", "_places", "_is_by_name", "_is_flat",
    "_target_decimal",
})  # fmt: skip
"""What `fit` leaves on an estimator."""


class RowPredictor(ABC):
    """A trained network, and what it knows of the rows it learned from.

    Attributes:
        schema_: What each column is, and why.
        model_: The trained network with its encoders.
        target_: Names of the target columns, if they were named.
        notes_: What was noticed while reading.
        n_features_in_: Number of columns.
        feature_names_in_: Their names, if they have any.
        classes_: The classes, sorted; numbers have none.
        metadata_: Facts of the caller's own that stood in its file.
        columns: What a person said columns are.
        private: Whether nothing may be told of single rows.
    """

    schema_: Schema
    model_: TrainedNetwork
    target_: tuple[str, ...]
    notes_: tuple[str, ...]
    n_features_in_: int
    feature_names_in_: npt.NDArray[Any]
    classes_: npt.NDArray[Any]
    metadata_: dict[str, Any]
    columns: Any
    private: Any
    _is_by_name: bool
    _is_flat: bool
    _target_decimal: str

    @abstractmethod
    def check_fitted(self) -> None:
        """Refuse to go on without a model.

        Raises:
            NotFittedError: Nothing has been learned yet.
        """

    @abstractmethod
    def take_rows(self, X: Any, *, by_name: bool = False) -> Table:
        """Rows to predict as a table.

        Args:
            X: The rows.
            by_name: Whether their columns go by name also where they could go by position.

        Raises:
            NotFittedError: Nothing has been learned yet.
            DataError: They do not fit the model.
        """

    def take_over(self, known: Known, model: TrainedNetwork | None) -> Self:
        """Take over what was read and learned: the one place where it appears."""
        for name in LEARNED:
            self.__dict__.pop(name, None)
        self.schema_, self.notes_ = known.schema, known.notes
        self.target_, self._target_decimal = known.target_names, known.target_decimal
        self._is_by_name, self._is_flat = known.is_by_name, known.is_flat
        self.n_features_in_ = known.num_columns
        if known.column_names is not None:
            self.feature_names_in_ = known.column_names
        if known.classes is not None:
            self.classes_ = known.classes
        if model is not None:
            self.model_ = model
        return self


class Predictor(RowPredictor):
    """A model with a target, and what it knows of the rows it learned from.

    There are two: the estimators, which also learn and take rows in every form, and
    `TablePredictor`, all that a command needs of a model file.

    Attributes:
        reader: What targets are read as.
        task_name: What a person calls what is learned.
    """

    model_: Model
    reader: TargetReader
    task_name: str

    def take_target(self, table: Table, names: Sequence[str]) -> Target:
        """The target of rows to be judged on, its numbers read as the training's were."""
        read = (self.reader, self.columns, self._target_decimal)
        return take_later_target(table, names, *read, task=self.task_name)


class TablePredictor(Predictor):
    """Predicts tables, whose columns go by name: what commands load a model file as.

    Args:
        known: How rows were read in training.
        model: What was learned from them.
        options: What a person said about it.
        reader: What targets are read as.
        metadata: The caller's own facts in its file.
    """

    def __init__(
        self,
        known: Known,
        model: Model,
        *,
        options: NetworkOptions,
        reader: TargetReader,
        metadata: dict[str, Any],
    ) -> None:
        self.take_over(known, model)
        self.reader, self.task_name = reader, model.task.called
        self.columns, self.private = options.columns, options.private
        self.metadata_ = metadata

    def check_fitted(self) -> None:
        """Nothing to refuse: it comes with its model."""

    def take_rows(self, X: Any, *, by_name: bool = False) -> Table:
        """A table as it is, a file or a DataFrame read as one."""
        return as_table(X)
