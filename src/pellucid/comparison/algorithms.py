"""The flat algorithms: which there are for classes and for numbers, and what they need.

Each takes one numeric matrix, in which missing cells are NaN and categories are codes
(`flat.FlatTable`). How each is made stands in `pipelines.py`, with scikit-learn, which takes long
to import. Only early-stopped boosting is told by rows held out when to stop, as the network is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pellucid.tasks.answers import FlatFamily

PLATT_FOLDS = 3
EARLY_STOPPED = "early-stopped boosting"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What an algorithm must know about the matrix and the target.

    Attributes:
        family: Which of the two is made of each algorithm.
        num_classes: Number of classes; 0 for numbers.
        num_targets: Number of numeric targets O.
        numbers: Places of the numeric columns.
        categories: Places of the columns of codes.
        num_levels: Number of levels of each of these.
        num_rows: Number of rows of the whole matrix.
    """

    family: FlatFamily
    num_classes: int
    num_targets: int
    numbers: list[int]
    categories: list[int]
    num_levels: list[int]
    num_rows: int


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One flat algorithm.

    Attributes:
        families: Whether there is one for classes, one for numbers, or both.
        most_rows: It learns from a sample of so many rows where there are more; None for all.
        fewest_rows_of_class: It does not learn classes of fewer rows.
        stops_early: Whether it needs rows that tell when to stop, as the network does.
    """

    families: tuple[FlatFamily, ...] = ("classifier", "regressor")
    most_rows: int | None = None
    fewest_rows_of_class: int = 1
    stops_early: bool = False


ALGORITHMS: Mapping[str, Algorithm] = {
    "majority class": Algorithm(families=("classifier",)),
    "mean": Algorithm(families=("regressor",)),
    "naive Bayes": Algorithm(families=("classifier",)),
    "decision tree": Algorithm(),
    "k-nearest neighbors": Algorithm(),
    "logistic regression": Algorithm(families=("classifier",)),
    "ridge regression": Algorithm(families=("regressor",)),
    # Its time grows with the square of the rows; a sample is the usual way out.
    "SVM (RBF)": Algorithm(most_rows=10_000, fewest_rows_of_class=PLATT_FOLDS),
    "random forest": Algorithm(),
    # From 10 000 rows on it holds a tenth out, the same part of each class, to know when to stop.
    "gradient boosting": Algorithm(fewest_rows_of_class=2),
    EARLY_STOPPED: Algorithm(stops_early=True),
}


def algorithms_for(family: FlatFamily | None) -> list[str]:
    """Names of the algorithms of a family; none where a task has none."""
    if family is None:
        return []
    return [name for name, each in ALGORITHMS.items() if family in each.families]


BASELINES: tuple[str, ...] = (
    "majority class",
    "mean",
    "logistic regression",
    "ridge regression",
    "gradient boosting",
    EARLY_STOPPED,
)
"""Knowing nothing, linear, and the strongest flat ones: what every training is compared with."""
