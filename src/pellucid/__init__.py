"""Raw data in, a trained deep neural network out, and you can see through it.

```text
fit, load, read_table        a table in, a trained network out; one from its file
Classifier, Regressor        the same as scikit-learn estimators, with every option
Clusterer                    rows that belong together, without a target: an estimator too
fit_and_evaluate -> TrainingResult  the same, with its scores beside flat algorithms
cluster        -> ClusteringResult  clusters, beside those of flat algorithms and known labels
compare        -> Comparison      the network beside flat algorithms on the same rows
evaluate       -> Evaluation      a trained network on new rows whose target is known
explain        -> Explanation     one prediction: forward propagation, and each column's share
nearest_rows   -> Neighbors       the training rows most like a row
response_curve -> ResponseCurve   how predictions answer to one column
write_report                 any of these results with scores as one HTML file
```

`unlike_training` of an estimator returns a `Novelty`. Errors are a `PellucidError`,
warnings a `DataWarning`: see `pellucid.errors`.

Names are imported when first used, so that `import pellucid` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.comparison.clustering import ClusteringResult, cluster
    from pellucid.comparison.compare import Comparison, compare
    from pellucid.comparison.evaluate import Evaluation, evaluate
    from pellucid.comparison.fit_and_evaluate import TrainingResult, fit_and_evaluate
    from pellucid.data.sources.table import read_table
    from pellucid.errors import (
        CheckpointError,
        DataError,
        DataWarning,
        ModelFileError,
        NotFittedError,
        OptionError,
        PellucidError,
    )
    from pellucid.estimators.classifier import Classifier
    from pellucid.estimators.clusterer import Clusterer
    from pellucid.estimators.fit import fit
    from pellucid.estimators.loading import load
    from pellucid.estimators.regressor import Regressor
    from pellucid.explanation.explain import Explanation, explain
    from pellucid.explanation.neighbors import Neighbors, nearest_rows
    from pellucid.explanation.response import ResponseCurve, response_curve
    from pellucid.model.novelty import Novelty
    from pellucid.report.page import write_report

_HOME = {
    "CheckpointError": "pellucid.errors",
    "Classifier": "pellucid.estimators.classifier",
    "Clusterer": "pellucid.estimators.clusterer",
    "ClusteringResult": "pellucid.comparison.clustering",
    "Comparison": "pellucid.comparison.compare",
    "DataError": "pellucid.errors",
    "DataWarning": "pellucid.errors",
    "Evaluation": "pellucid.comparison.evaluate",
    "Explanation": "pellucid.explanation.explain",
    "ModelFileError": "pellucid.errors",
    "Neighbors": "pellucid.explanation.neighbors",
    "NotFittedError": "pellucid.errors",
    "Novelty": "pellucid.model.novelty",
    "OptionError": "pellucid.errors",
    "PellucidError": "pellucid.errors",
    "Regressor": "pellucid.estimators.regressor",
    "ResponseCurve": "pellucid.explanation.response",
    "TrainingResult": "pellucid.comparison.fit_and_evaluate",
    "cluster": "pellucid.comparison.clustering",
    "compare": "pellucid.comparison.compare",
    "evaluate": "pellucid.comparison.evaluate",
    "explain": "pellucid.explanation.explain",
    "fit": "pellucid.estimators.fit",
    "fit_and_evaluate": "pellucid.comparison.fit_and_evaluate",
    "load": "pellucid.estimators.loading",
    "nearest_rows": "pellucid.explanation.neighbors",
    "read_table": "pellucid.data.sources.table",
    "response_curve": "pellucid.explanation.response",
    "write_report": "pellucid.report.page",
}

__version__ = "0.1.0"

__all__ = [
    "CheckpointError",
    "Classifier",
    "Clusterer",
    "ClusteringResult",
    "Comparison",
    "DataError",
    "DataWarning",
    "Evaluation",
    "Explanation",
    "ModelFileError",
    "Neighbors",
    "NotFittedError",
    "Novelty",
    "OptionError",
    "PellucidError",
    "Regressor",
    "ResponseCurve",
    "TrainingResult",
    "cluster",
    "compare",
    "evaluate",
    "explain",
    "fit",
    "fit_and_evaluate",
    "load",
    "nearest_rows",
    "read_table",
    "response_curve",
    "write_report",
]


if not TYPE_CHECKING:  # so that a type checker finds names that are none

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module 'pellucid' has no attribute {name!r}")
        return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
