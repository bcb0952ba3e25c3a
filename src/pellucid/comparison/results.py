"""The results that a page can tell of."""

from __future__ import annotations

from pellucid.comparison.clustering import ClusteringResult
from pellucid.comparison.compare import Comparison
from pellucid.comparison.evaluate import Evaluation
from pellucid.comparison.fit_and_evaluate import TrainingResult

JudgedResult = TrainingResult | Comparison | Evaluation
Result = JudgedResult | ClusteringResult
