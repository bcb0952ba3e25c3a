"""Classes of a model found again in later tables, however these write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pellucid.data.classes import as_in_training, codes_of
from pellucid.errors import DataError

TRUTHS = (
    [False, True],
    [0, 1],
    [0.0, 1.0],
    ["False", "True"],
    ["FALSE", "TRUE"],
    ["false", "true"],
    ["0", "1"],
    ["0.0", "1.0"],
)
NUMBERS = ([1, 2, 3], [1.0, 2.0, 3.0], ["1", "2", "3"], ["1.0", "2.00", "3."])


@pytest.mark.parametrize("values", TRUTHS, ids=str)
@pytest.mark.parametrize("classes", TRUTHS, ids=str)
def test_a_truth_value_is_one_class(classes: list[Any], values: list[Any]) -> None:
    found = as_in_training(np.array([*values, values[0]]), np.array(classes))

    assert found.tolist() == [*classes, classes[0]]
    assert found.dtype == np.array(classes).dtype


@pytest.mark.parametrize("values", NUMBERS, ids=str)
@pytest.mark.parametrize("classes", NUMBERS, ids=str)
def test_a_number_is_one_class(classes: list[Any], values: list[Any]) -> None:
    assert as_in_training(np.array(values), np.array(classes)).tolist() == classes
    assert codes_of(np.array(classes), np.array(values, dtype=object).tolist()).tolist() == [
        0,
        1,
        2,
    ]


def test_a_truth_value_is_no_number_among_others() -> None:
    assert codes_of(np.array([0, 1, 2]), ["True", "1", True]).tolist() == [-1, 1, -1]


def test_codes_and_words_stay_what_they_are() -> None:
    assert codes_of(np.array(["007", "7"]), ["7", "7.0", 7, "007"]).tolist() == [1, 1, 1, 0]
    assert codes_of(np.array(["1.1", "1.10"]), ["1.1", "1.10", "1.100"]).tolist() == [0, 1, -1]
    assert codes_of(np.array(["TRUE", "True"]), ["True", "true"]).tolist() == [1, -1]
    assert codes_of(np.array(["no", "yes"]), ["yes", "1", True]).tolist() == [1, -1, -1]


def test_classes_that_training_did_not_have_stay() -> None:
    assert as_in_training(np.array(["TRUE", "maybe"]), np.array(["False", "True"])).tolist() == [
        *("True", "maybe")
    ]
    assert as_in_training(np.array([1.0, 7.0]), np.array([0, 1])).tolist() == [1, 7]


def test_classes_of_another_type_that_training_did_not_have_are_refused() -> None:
    with pytest.raises(DataError) as refused:
        as_in_training(np.array(["1", "maybe"]), np.array([0, 1]))

    assert refused.value.row == 2
    assert str(refused.value) == (
        "The target of row 2 is the class maybe, which is none of [0, 1]. Write classes as in "
        "training."
    )
