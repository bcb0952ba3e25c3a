"""The flat algorithms: which there are for classes and for numbers, and what they need.

Each takes one numeric matrix, in which missing cells are NaN, categories are codes, and pictures
are pixels, which come last (`flat.FlatTable`). How each is made stands in `pipelines.py`, with
scikit-learn, which takes long to import. Only early-stopped boosting is told by rows held out when
to stop, as the network is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pellucid.tasks.answers import FlatFamily

PLATT_FOLDS = 3
BOOSTING, EARLY_STOPPED = "gradient boosting", "early-stopped boosting"


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
        num_pixels: How many pixels, 0 … 255, follow these columns.
    """

    family: FlatFamily
    num_classes: int
    num_targets: int
    numbers: list[int]
    categories: list[int]
    num_levels: list[int]
    num_rows: int
    num_pixels: int = 0


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One flat algorithm.

    Attributes:
        families: Whether there is one for classes, one for numbers, or both.
        most_rows: It learns from a sample of so many rows where there are more; None for all.
        most_pixels: Likewise of rows that have more pixels together; 0 if it takes none: beside
            pictures it gets the other columns alone.
        fewest_rows_of_class: It does not learn classes of fewer rows.
        stops_early: Whether it needs rows that tell when to stop, as the network does.
    """

    families: tuple[FlatFamily, ...] = ("classifier", "regressor")
    most_rows: int | None = None
    most_pixels: int = 0
    fewest_rows_of_class: int = 1
    stops_early: bool = False

    def most_rows_of(self, num_pixels: int) -> int | None:
        """Rows of so many pixels that it learns from at most; None for all."""
        if not self.most_pixels or not num_pixels:
            return self.most_rows
        most = self.most_pixels // num_pixels
        return most if self.most_rows is None else min(most, self.most_rows)


MANY, SOME = 30_000_000, 15_000_000
"""Pixels of all rows, from which an algorithm of each speed learns in some ten seconds."""

ALGORITHMS: Mapping[str, Algorithm] = {
    "majority class": Algorithm(families=("classifier",), most_pixels=MANY),
    "mean": Algorithm(families=("regressor",), most_pixels=MANY),
    "naive Bayes": Algorithm(families=("classifier",)),
    "decision tree": Algorithm(most_pixels=SOME),
    "k-nearest neighbors": Algorithm(most_pixels=SOME),
    "logistic regression": Algorithm(families=("classifier",), most_pixels=MANY),
    "ridge regression": Algorithm(families=("regressor",), most_pixels=MANY),
    # Its time grows with the square of the rows; a sample is the usual way out.
    "SVM (RBF)": Algorithm(most_rows=10_000, most_pixels=MANY, fewest_rows_of_class=PLATT_FOLDS),
    "random forest": Algorithm(most_pixels=SOME),
    # Boosting takes no pixels: 5,000 pictures of 28 × 28 in ten classes took it more than 100 s,
    # where a forest, which looks at few of them at a time, took 2 s.
    # From 10 000 rows on it holds a tenth out, the same part of each class, to know when to stop.
    BOOSTING: Algorithm(fewest_rows_of_class=2),
    EARLY_STOPPED: Algorithm(stops_early=True),
}


def algorithms_for(family: FlatFamily | None, *, only_pixels: bool = False) -> list[str]:
    """Names of the algorithms of a family; none where a task has none.

    Args:
        family: Which of the two is made of each.
        only_pixels: Whether rows have pictures and nothing else.
    """
    return [
        name
        for name, each in ALGORITHMS.items()
        if family in each.families and (each.most_pixels or not only_pixels)
    ]


BASELINES: tuple[str, ...] = (
    "majority class",
    "mean",
    "logistic regression",
    "ridge regression",
    BOOSTING,
    EARLY_STOPPED,
)
"""Knowing nothing, linear, and the strongest flat ones: what every training is compared with."""

PICTURE_BASELINES: tuple[str, ...] = (
    *BASELINES,
    "k-nearest neighbors",
    "SVM (RBF)",
    "random forest",
)
"""The same where there are pictures, of which linear ones see little and boosting nothing."""
