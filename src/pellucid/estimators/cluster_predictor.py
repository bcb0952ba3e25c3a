"""A trained clustering and what it knows of its rows: enough to predict without scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pellucid.data.sources.table import Table
from pellucid.estimators.arguments import as_table
from pellucid.estimators.predictor import RowPredictor
from pellucid.estimators.reading import Known
from pellucid.options import ClusterOptions

if TYPE_CHECKING:
    from pellucid.model.cluster_model import ClusterModel


class ClusterPredictor(RowPredictor):
    """A trained clustering, and what it knows of the rows it learned from.

    Attributes:
        labels_: The cluster of each row that was learned from, (n,).
    """

    model_: ClusterModel
    labels_: npt.NDArray[np.int64]

    @property
    def n_clusters_(self) -> int:
        """How many clusters there are, also of one that was loaded."""
        return self.model_.num_clusters


class TableClusterPredictor(ClusterPredictor):
    """Tells the clusters of tables: what commands load a model file as.

    Args:
        known: How rows were read in training.
        model: What was learned from them.
        options: What a person said about it.
        metadata: The caller's own facts in its file.
    """

    def __init__(
        self,
        known: Known,
        model: ClusterModel,
        *,
        options: ClusterOptions,
        metadata: dict[str, Any],
    ) -> None:
        self.take_over(known, model)
        self.columns, self.private = options.columns, options.private
        self.metadata_ = metadata

    def check_fitted(self) -> None:
        """Nothing to refuse: it comes with its model."""

    def take_rows(self, X: Any, *, by_name: bool = False) -> Table:
        """A table as it is, a file or a DataFrame read as one."""
        return as_table(X)
