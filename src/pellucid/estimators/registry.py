"""The estimators there are: what each reads and can be told; none is imported before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pellucid.data.targets import CLASSES, NUMBERS, TargetReader
from pellucid.options import ClassifierOptions, ClusterOptions, NetworkOptions, RowOptions


@dataclass(frozen=True, kw_only=True)
class EstimatorKind:
    """One of the estimators.

    Attributes:
        name: Its class, and what a model file calls it.
        home: The module that has it; with scikit-learn, which takes long to import.
        reader: What its targets are read as; None where it has none.
        options: What can be said to it.
    """

    name: str
    home: str
    reader: TargetReader | None
    options: type[RowOptions]

    def imported(self) -> type[Any]:
        """The class itself."""
        estimator: type[Any] = getattr(import_module(self.home), self.name)
        return estimator


CLASSIFIER = EstimatorKind(
    name="Classifier",
    home="pellucid.estimators.classifier",
    reader=CLASSES,
    options=ClassifierOptions,
)
REGRESSOR = EstimatorKind(
    name="Regressor",
    home="pellucid.estimators.regressor",
    reader=NUMBERS,
    options=NetworkOptions,
)
CLUSTERER = EstimatorKind(
    name="Clusterer",
    home="pellucid.estimators.clusterer",
    reader=None,
    options=ClusterOptions,
)
ESTIMATORS = {kind.name: kind for kind in (CLASSIFIER, REGRESSOR, CLUSTERER)}
"""All estimators by name: a closed list, so that no name in a file is looked up anywhere else."""
