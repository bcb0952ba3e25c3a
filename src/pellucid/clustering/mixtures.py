"""Gaussian mixtures as all of this room fit them: quiet where rows are few or too much alike."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Covariance = Literal["full", "tied"]
"""Of each cluster its own, or one of all."""

MOST_ITERATIONS = 200
SMALLEST = 1e-9


def fit_mixture(
    rows_ND: Floats,
    num_clusters: int,
    seed: int,
    *,
    covariance: Covariance = "full",
    added: float,
    starts: int,
) -> Any:
    """The likeliest of some starts, each from clusters of k-means: scikit-learn's mixture.

    Args:
        rows_ND: Rows.
        num_clusters: How many clusters, at most as many as rows.
        seed: Of the starts.
        covariance: What the clusters' covariances are.
        added: Added to each variance, as a part of the mean one.
        starts: How many.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    model = GaussianMixture(
        num_clusters,
        covariance_type=covariance,
        reg_covar=max(SMALLEST, added * float(rows_ND.var(axis=0).mean())),
        n_init=starts,
        max_iter=MOST_ITERATIONS,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer distinct rows than clusters
        return model.fit(rows_ND)
