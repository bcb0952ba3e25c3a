"""Targets that come as an array are read alike in fit, partial_fit and score, or refused alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from pellucid import Classifier, DataError, PellucidError, Regressor

ROWS = 60
X = np.random.default_rng(0).normal(size=(ROWS, 2))
IS_YES = X[:, 0] > 0.0
WORDS = np.where(IS_YES, "yes", "no")
LABELS = np.stack([IS_YES, X[:, 1] > 0.0], axis=1).astype(int)
DAYS = np.arange(ROWS).astype("datetime64[D]")
QUICK: dict[str, Any] = {"max_epochs": 2, "hidden_layer_sizes": (4,), "random_state": 0}


def of_words() -> Classifier:
    return Classifier(**QUICK).fit(X, WORDS)


def of_codes() -> Classifier:
    return Classifier(**QUICK).fit(X, IS_YES.astype(int))


def of_labels() -> Classifier:
    return Classifier(**QUICK).fit(X, LABELS)


def of_numbers() -> Regressor:
    return Regressor(**QUICK).fit(X, X[:, 0])


def objects(*values: Any) -> Any:
    """Values in turn, one for each row, as objects."""
    return np.array([values[row % len(values)] for row in range(ROWS)], dtype=object)


Make = Callable[[], Any]
REFUSED: dict[str, tuple[Make, Any, str]] = {
    "classes: None": (of_words, objects("yes", None), r"row 2 is missing \(None\)"),
    "classes: NA": (of_words, objects("yes", pd.NA), r"row 2 is missing \(<NA>\)"),
    "classes: NaN": (of_words, objects("yes", np.nan), r"row 2 is missing \(NaN\)"),
    "classes: NaT": (of_words, objects("yes", pd.NaT), r"row 2 is missing \(NaT\)"),
    "classes: first missing": (
        of_words,
        pd.Categorical([None, *WORDS[1:]]),
        r"row 1 is missing \(NaN\)",
    ),
    "classes: bytes": (of_words, WORDS.astype("S"), "Classes must be texts"),
    "classes: dates": (of_words, DAYS, "Classes must be texts"),
    "classes: too few": (of_words, WORDS[:3], "60 rows and y has 3 targets"),
    "classes: two columns": (of_words, np.stack([WORDS, WORDS], 1), "y has 2 targets a row"),
    "classes: not labels": (of_words, X, "each taken for a label, but row 1 has"),
    "classes: truth values": (of_words, IS_YES, "the class True, which is none of"),
    "classes: truth objects": (of_words, objects(True, False), "the class True, which is none of"),
    "classes: numbers": (of_words, objects(1, 0), "the class 1, which is none of"),
    "classes: mixed": (of_words, objects("yes", 1), "the same in every row"),
    "codes: NaN": (of_codes, np.where(IS_YES, 1.0, np.nan), r"is missing \(NaN\)"),
    "codes: NA": (of_codes, pd.array([1, None] * 30, dtype="Int64"), r"row 2 is missing \(NaN\)"),
    "codes: words": (of_codes, WORDS, "which is none of"),
    "codes: dates": (of_codes, objects(dt.date(2020, 1, 1)), "Classes must be texts"),
    "labels: missing": (of_labels, np.where(LABELS, 1.0, np.nan), "is missing"),
    "labels: maybe": (of_labels, np.where(LABELS, "maybe", "no"), "has 'maybe' in column"),
    "labels: numbers": (of_labels, LABELS * 2, "has 2 in column"),
    "labels: too many": (of_labels, np.hstack([LABELS, LABELS]), "y has 4 targets a row"),
    "labels: one": (of_labels, IS_YES, "y has 1 target a row, but 2 were learned"),
    "numbers: None": (of_numbers, objects(1.0, None), r"row 2 is missing \(None\)"),
    "numbers: NA": (of_numbers, objects(1, pd.NA), r"row 2 is missing \(<NA>\)"),
    "numbers: NaN": (of_numbers, np.where(IS_YES, 1.0, np.nan), r"is missing \(NaN\)"),
    "numbers: inf": (of_numbers, np.full(ROWS, np.inf, dtype=np.float16), "row 1 is infinite"),
    "numbers: commas": (of_numbers, objects("8.520,00"), r"is '8.520,00' \(str\), but a number"),
    "numbers: text": (of_numbers, WORDS, "but a number was expected"),
    "numbers: bytes": (of_numbers, WORDS.astype("S"), "but a number was expected"),
    "numbers: dates": (of_numbers, DAYS, "but a number was expected"),
    "numbers: durations": (of_numbers, DAYS - DAYS[0], "but a number was expected"),
    "numbers: date objects": (of_numbers, objects(dt.date(2020, 1, 1)), r"\(date\)"),
    "numbers: too few": (of_numbers, X[:3, 0], "60 rows and y has 3 targets"),
    "numbers: two columns": (of_numbers, X, "y has 2 targets a row, but 1 was learned"),
}
STARTS = {  # what a first fit could learn from as it is
    *("classes: truth values", "classes: truth objects", "classes: numbers", "codes: words"),
    *("classes: two columns", "labels: too many", "labels: one", "numbers: two columns"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_target_is_refused_in_the_same_words_wherever_it_is_given(case: str) -> None:
    make, y, words = REFUSED[case]
    model = make()
    said = set()

    for take in (model.score, model.partial_fit):
        with pytest.raises(PellucidError, match=words) as refused:
            take(X, y)
        assert isinstance(refused.value, ValueError)
        said.add(str(refused.value))
    if case not in STARTS:
        with pytest.raises(PellucidError, match=words) as refused:
            type(model)(**QUICK).fit(X, y)
        said.add(str(refused.value))

    assert len(said) == 1


def test_targets_of_another_spelling_score_alike() -> None:
    for model, plain, spellings in (
        (of_words(), WORDS, [WORDS.astype(object), pl.Series(WORDS)]),
        (of_codes(), IS_YES.astype(int), [IS_YES, IS_YES.astype(object), IS_YES.astype(str)]),
        (
            of_labels(),
            LABELS,
            [
                *(LABELS.astype(kind) for kind in (bool, float, str, object)),
                *(LABELS.astype(bool).astype(kind) for kind in (str, object)),
                np.where(LABELS, "yes", "NO"),
                pd.DataFrame(LABELS),
            ],
        ),
        (
            of_numbers(),
            X[:, 0].round(3),
            [
                X[:, 0].round(3).astype(str),
                X[:, 0].round(3).astype(object),
                [Decimal(str(number)) for number in X[:, 0].round(3)],
            ],
        ),
    ):
        expected = model.score(X, plain)
        for spelled in spellings:
            assert model.score(X, spelled) == pytest.approx(expected, abs=1e-12)
            type(model)(**QUICK).fit(X, spelled)


def test_some_unknown_classes_count_as_wrong_but_all_are_refused() -> None:
    model = of_words()
    some = np.where(np.arange(ROWS) < 6, "perhaps", WORDS)

    assert model.score(X, some) == pytest.approx(
        np.mean((model.predict(X) == WORDS) & (np.arange(ROWS) >= 6))
    )
    for other in ("True", "1", "YES"):
        with pytest.raises(DataError, match="Write classes as in training"):
            model.score(X, np.where(IS_YES, other, "0"))


@pytest.mark.parametrize("make", [of_words, of_labels, of_numbers])
def test_weights_of_scores(make: Make) -> None:
    model = make()
    y: Any = {of_words: WORDS, of_labels: LABELS, of_numbers: X[:, 0]}[make]
    is_first = np.arange(ROWS) < 20

    assert model.score(X, y, is_first) == pytest.approx(model.score(X[:20], y[:20]))
    for take in (model.score, model.partial_fit, model.fit):
        with pytest.raises(DataError, match="sample_weight has 3 weights for 60 rows"):
            take(X, y, sample_weight=[1.0, 2.0, 3.0])
