"""The flat algorithms: which there are for classes and for numbers, and what they need.

Each takes one numeric matrix, in which missing cells are NaN, categories are codes, and pictures
are pixels, which come last (`flat.FlatTable`); texts stand beside it, as counted terms
(`text_rows.TextRows`). How each is made stands in `pipelines.py`, with
scikit-learn, which takes long to import. Only early-stopped boosting is told by rows held out when
to stop, as the network is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pellucid.tasks.answers import FlatFamily

PLATT_FOLDS = 3
LINEAR_SVM = "linear SVM"
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
        texts: Of each column of texts, how many terms are counted.
        terms_of_row: How many of them a row has, on average.
        most_terms: How many of them may be learned of each column.
    """

    family: FlatFamily
    num_classes: int
    num_targets: int
    numbers: list[int]
    categories: list[int]
    num_levels: list[int]
    num_rows: int
    num_pixels: int = 0
    texts: list[tuple[int, int]] = field(default_factory=list)
    terms_of_row: int = 0
    most_terms: int = 0


MANY, SOME = 30_000_000, 15_000_000
"""Pixels or terms of all rows, from which an algorithm of each speed learns in some ten seconds."""


@dataclass(frozen=True, kw_only=True)
class Algorithm:
    """One flat algorithm.

    Attributes:
        families: Whether there is one for classes, one for numbers, or both.
        most_rows: It learns from a sample of so many rows where there are more; None for all.
        most_pixels: Likewise of rows that have more pixels together; 0 if it takes none: beside
            pictures it gets the other columns alone.
        most_terms: Likewise of rows whose texts have more terms together; 0 if it takes none.
        weighs_terms: Whether it gets what each term weighs, TF-IDF; if not, of texts it gets the
            first components of all.
        needs_texts: Whether it takes part only where there are texts.
        fewest_rows_of_class: It does not learn classes of fewer rows.
        stops_early: Whether it needs rows that tell when to stop, as the network does.
    """

    families: tuple[FlatFamily, ...] = ("classifier", "regressor")
    most_rows: int | None = None
    most_pixels: int = 0
    most_terms: int = MANY
    weighs_terms: bool = False
    needs_texts: bool = False
    fewest_rows_of_class: int = 1
    stops_early: bool = False

    def most_rows_of(self, num_pixels: int, terms_of_row: int = 0) -> int | None:
        """Rows of so many pixels and terms that it learns from at most; None for all."""
        bounds = [] if self.most_rows is None else [self.most_rows]
        if self.most_pixels and num_pixels:
            bounds.append(self.most_pixels // num_pixels)
        if self.most_terms and terms_of_row:
            bounds.append(self.most_terms // terms_of_row)
        return min(bounds, default=None)


ALGORITHMS: Mapping[str, Algorithm] = {
    "majority class": Algorithm(families=("classifier",), most_pixels=MANY, most_terms=0),
    "mean": Algorithm(families=("regressor",), most_pixels=MANY, most_terms=0),
    "naive Bayes": Algorithm(families=("classifier",), weighs_terms=True),
    "decision tree": Algorithm(most_pixels=SOME),
    "k-nearest neighbors": Algorithm(most_pixels=SOME, most_terms=SOME, weighs_terms=True),
    "logistic regression": Algorithm(families=("classifier",), most_pixels=MANY, weighs_terms=True),
    "ridge regression": Algorithm(families=("regressor",), most_pixels=MANY, weighs_terms=True),
    LINEAR_SVM: Algorithm(
        families=("classifier",),
        most_pixels=MANY,
        weighs_terms=True,
        needs_texts=True,
        fewest_rows_of_class=PLATT_FOLDS,
    ),
    # Its time grows with the square of the rows; a sample is the usual way out.
    "SVM (RBF)": Algorithm(most_rows=10_000, most_pixels=MANY, fewest_rows_of_class=PLATT_FOLDS),
    "random forest": Algorithm(most_pixels=SOME),
    # Boosting takes no pixels: 5,000 pictures of 28 × 28 in ten classes took it more than 100 s,
    # where a forest, which looks at few of them at a time, took 2 s.
    # From 10 000 rows on it holds a tenth out, the same part of each class, to know when to stop.
    BOOSTING: Algorithm(fewest_rows_of_class=2),
    EARLY_STOPPED: Algorithm(stops_early=True),
}


def algorithms_for(
    family: FlatFamily | None, *, only_pixels: bool = False, with_texts: bool = False
) -> list[str]:
    """Names of the algorithms of a family; none where a task has none.

    Args:
        family: Which of the two is made of each.
        only_pixels: Whether rows have pictures and nothing else.
        with_texts: Whether they have texts.
    """
    return [
        name
        for name, each in ALGORITHMS.items()
        if family in each.families
        and (each.most_pixels or not only_pixels)
        and (with_texts or not each.needs_texts)
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

TEXT_BASELINES: tuple[str, ...] = (*BASELINES, "naive Bayes", LINEAR_SVM)
"""The same where there are texts: linear ones, and naive Bayes, which is good at them."""
