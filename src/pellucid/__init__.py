"""Raw data in, a trained deep neural network out, and you can see through it.

Names are imported when first used, so that `import pellucid` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid.choosing import fit, load
    from pellucid.data.sources import read_table
    from pellucid.errors import (
        DataError,
        ModelFileError,
        NotFittedError,
        OptionError,
        PellucidError,
    )
    from pellucid.estimators import Classifier, Regressor
    from pellucid.evaluation.comparison import compare
    from pellucid.evaluation.explanation import explain
    from pellucid.evaluation.neighbors import nearest_rows
    from pellucid.evaluation.response import response_curve
    from pellucid.page import write_report

_HOME = {
    "Classifier": "pellucid.estimators",
    "DataError": "pellucid.errors",
    "ModelFileError": "pellucid.errors",
    "NotFittedError": "pellucid.errors",
    "OptionError": "pellucid.errors",
    "PellucidError": "pellucid.errors",
    "Regressor": "pellucid.estimators",
    "compare": "pellucid.evaluation.comparison",
    "explain": "pellucid.evaluation.explanation",
    "fit": "pellucid.choosing",
    "load": "pellucid.choosing",
    "nearest_rows": "pellucid.evaluation.neighbors",
    "read_table": "pellucid.data.sources",
    "response_curve": "pellucid.evaluation.response",
    "write_report": "pellucid.page",
}

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "DataError",
    "ModelFileError",
    "NotFittedError",
    "OptionError",
    "PellucidError",
    "Regressor",
    "compare",
    "explain",
    "fit",
    "load",
    "nearest_rows",
    "read_table",
    "response_curve",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'pellucid' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
