"""Raw data in, a trained deep neural network out, and you can see through it.

```text
fit, load, read_table        a table in, a trained network out; one from its file
Classifier, Regressor        the same as scikit-learn estimators, with every option
compare        -> Comparison      the network beside flat algorithms on the same rows
evaluate       -> Evaluation      a trained network on new rows whose target is known
explain        -> Explanation     one prediction: forward propagation, and each column's share
nearest_rows   -> Neighbors       the training rows most like a row
response_curve -> ResponseCurve   how predictions answer to one column
write_report                 a Comparison or an Evaluation as one HTML file
```

`unlike_training` of an estimator returns a `Novelty`. Errors are a `PellucidError`,
warnings a `DataWarning`: see `pellucid.errors`.

Names are imported when first used, so that `import pellucid` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.choosing import fit
    from pellucid.data.sources import read_table
    from pellucid.errors import (
        DataError,
        DataWarning,
        ModelFileError,
        NotFittedError,
        OptionError,
        PellucidError,
    )
    from pellucid.estimators import Classifier, Regressor
    from pellucid.evaluation.comparison import Comparison, compare
    from pellucid.evaluation.evaluate import Evaluation, evaluate
    from pellucid.evaluation.explanation import Explanation, explain
    from pellucid.evaluation.neighbors import Neighbors, nearest_rows
    from pellucid.evaluation.response import ResponseCurve, response_curve
    from pellucid.loading import load
    from pellucid.novelty import Novelty
    from pellucid.page import write_report

_HOME = {
    "Classifier": "pellucid.estimators",
    "Comparison": "pellucid.evaluation.comparison",
    "DataError": "pellucid.errors",
    "DataWarning": "pellucid.errors",
    "Evaluation": "pellucid.evaluation.evaluate",
    "Explanation": "pellucid.evaluation.explanation",
    "ModelFileError": "pellucid.errors",
    "Neighbors": "pellucid.evaluation.neighbors",
    "NotFittedError": "pellucid.errors",
    "Novelty": "pellucid.novelty",
    "OptionError": "pellucid.errors",
    "PellucidError": "pellucid.errors",
    "Regressor": "pellucid.estimators",
    "ResponseCurve": "pellucid.evaluation.response",
    "compare": "pellucid.evaluation.comparison",
    "evaluate": "pellucid.evaluation.evaluate",
    "explain": "pellucid.evaluation.explanation",
    "fit": "pellucid.choosing",
    "load": "pellucid.loading",
    "nearest_rows": "pellucid.evaluation.neighbors",
    "read_table": "pellucid.data.sources",
    "response_curve": "pellucid.evaluation.response",
    "write_report": "pellucid.page",
}

__version__ = "0.1.0"

__all__ = [
    "Classifier",
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
    "compare",
    "evaluate",
    "explain",
    "fit",
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
