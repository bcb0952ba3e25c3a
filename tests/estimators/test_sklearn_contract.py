"""scikit-learn's own checks of what an estimator is: all of them, none expected to fail."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from pellucid import Classifier, Clusterer, Regressor


@pytest.mark.filterwarnings("ignore::UserWarning")  # the checks try options that warn
@parametrize_with_checks([Classifier(), Regressor(), Clusterer(n_clusters=3)])
def test_estimator_keeps_the_contract(estimator: Any, check: Any) -> None:
    check(estimator)
