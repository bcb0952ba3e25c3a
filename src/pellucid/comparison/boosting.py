"""Gradient boosting that rows it does not learn from tell when to stop.

It is the network's fairest opponent: as many trees as help, counted on the very rows that choose
the network's best epoch. Where the network is an ensemble of members that each leave out a fold,
so is this one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from pellucid.comparison.text_rows import FlatRows

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

Pair = tuple[tuple[FlatRows, Array], tuple[FlatRows, Array]]
"""Rows with their targets: those learned from, and those that tell when to stop."""


class EarlyStoppedBoosting:
    """One boosting for each pair of parts and each target; the mean over the pairs predicts.

    Args:
        make: Makes a boosting of scikit-learn's, with `early_stopping=True`.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def fit(self, pairs: Sequence[Pair]) -> Self:
        """Learn from the first part of each pair, as long as the second one gains.

        Args:
            pairs: Targets are positions of classes (n,), or numbers (n,) or (n, O).
        """
        self._by_pair = [
            [
                self._make().fit(x, column, X_val=x_stop, y_val=stop)
                for column, stop in zip(_columns(y), _columns(y_stop), strict=True)
            ]
            for (x, y), (x_stop, y_stop) in pairs
        ]
        return self

    def predict(self, x: FlatRows) -> Floats:
        """Numbers, shape (n, O)."""
        found = [[each.predict(x) for each in boostings] for boostings in self._by_pair]
        return np.asarray(np.mean(found, axis=0).T)


class EarlyStoppedClassifier(EarlyStoppedBoosting):
    """The same for classes, some of which a part may lack.

    Attributes:
        classes_: Those that any part has, sorted.
    """

    def predict_proba(self, x: FlatRows) -> Floats:
        """Probabilities, shape (n, classes)."""
        total = np.zeros((len(x), len(self.classes_)))
        for (boosting,) in self._by_pair:
            places = np.searchsorted(self.classes_, boosting.classes_)
            total[:, places] += boosting.predict_proba(x)
        return total / len(self._by_pair)

    @property
    def classes_(self) -> Array:
        """Those that any part has, sorted."""
        return np.unique(np.concatenate([each.classes_ for (each,) in self._by_pair]))


def _columns(targets: Array) -> list[Array]:
    return [targets] if targets.ndim == 1 else list(targets.T)
