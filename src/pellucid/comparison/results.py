"""The results that a page can tell of."""

from __future__ import annotations

from pellucid.comparison.compare import Comparison
from pellucid.comparison.evaluate import Evaluation
from pellucid.comparison.fit_and_evaluate import TrainingResult

Result = TrainingResult | Comparison | Evaluation
