"""The target: found, read, and judged to be classes or numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid import DataError, OptionError
from pellucid.data.number_targets import tell
from pellucid.data.sources.table import Table, read_table
from pellucid.data.target_guess import guess_reader
from pellucid.data.targets import (
    CLASSES,
    NUMBERS,
    TargetReader,
    take_later_target,
    take_target,
)


def table(*values: object) -> Table:
    return read_table(pl.DataFrame({"x": range(len(values)), "y": pl.Series(list(values))}))


@pytest.mark.parametrize(
    ("values", "reader"),
    [
        (["yes", "no"] * 10, CLASSES),
        ([True, False] * 10, CLASSES),
        ([0, 1] * 10, CLASSES),
        ([1, 2, 3] * 10, CLASSES),
        (["0", "1"] * 10, CLASSES),
        ([0.5, 1.5, 2.5] * 10, NUMBERS),
        (list(range(100)), NUMBERS),
        (["3,5", "4,25", "1,5"] * 10, NUMBERS),
    ],
)
def test_classes_or_numbers(values: list[object], reader: TargetReader) -> None:
    assert guess_reader(table(*values), ["y"])[0] is reader


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            [1, 2, 3, 4, 5] * 10,
            (
                "5 different whole numbers from 1 to 5, taken for classes; for a number say "
                "task='regression'"
            ),
        ),
        (
            list(range(21)) * 10,
            (
                "21 different whole numbers from 0 to 20, taken for a number; for classes say "
                "task='classification'"
            ),
        ),
        ([0, 1] * 10, "2 different whole numbers"),
        (list(range(500)), "500 different whole numbers"),
        ([0.5, 1, 2] * 10, "3 different numbers"),
    ],
)
def test_steps_may_be_classes_or_a_number(values: list[float], words: str) -> None:
    """Which they were taken for is said, and how to choose otherwise."""
    assert guess_reader(table(*values), ["y"])[1] == words


def test_a_declared_category_is_classes() -> None:
    zips = read_table(pd.DataFrame({"x": range(90), "y": pd.Categorical(range(90))}))
    assert guess_reader(zips, ["y"]) == (
        CLASSES,
        "90 different values declared as a category",
    )
    assert take_target(zips, ["y"], CLASSES).values.tolist() == list(range(90))
    assert take_target(zips, ["y"], NUMBERS).values[:, 0].tolist() == list(range(90))


def test_whole_numbers_written_as_text_become_integers() -> None:
    assert take_target(table("0", "1"), ["y"], CLASSES).values.dtype == np.int64
    assert take_target(table("01", "1"), ["y"], CLASSES).values.tolist() == ["01", "1"]


@pytest.mark.parametrize("cells", [("0.0", "1.0"), ("0", "1.0"), (0.0, 1.0)])
def test_whole_numbers_beside_a_hole_are_the_same_classes(cells: tuple[object, object]) -> None:
    taken = take_target(table(*cells, None), ["y"], CLASSES)
    assert taken.values.tolist() == [0, 1]
    assert taken.values.dtype == np.int64


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["True", "FALSE", "TRUE"], ["True", "False", "True"]),
        (["TRUE", "false"], ["TRUE", "FALSE"]),
        (["false", "1", "0.0"], ["false", "true", "false"]),
        (["true", "x", "TRUE"], ["true", "x", "TRUE"]),
    ],
)
def test_truth_values_spelled_in_several_ways_are_two_classes(
    cells: list[str], classes: list[str]
) -> None:
    assert take_target(table(*cells), ["y"], CLASSES).values.tolist() == classes
    reason = f"{len(set(classes))} different values that are not numbers"
    assert guess_reader(table(*cells), ["y"]) == (CLASSES, reason)


def test_numbers_are_read_as_the_column_writes_them() -> None:
    taken = take_target(table("1,5", None, "2,5"), ["y"], NUMBERS)
    assert taken.values.tolist() == [[1.5], [2.5]]
    assert taken.notes == ("1 row without a target left out",)
    assert taken.table.frame.columns == ["x"]


@pytest.mark.parametrize(
    ("no", "yes"), [("no", "yes"), ("No", "Yes"), ("FALSE", "TRUE"), (False, True), (0.0, 1.0)]
)
def test_several_labels_are_yes_or_no_however_written(no: object, yes: object) -> None:
    labels = read_table(pl.DataFrame({"a": [yes, no, yes, None], "b": [0, 0, 1, 1], "x": range(4)}))
    assert guess_reader(labels, ["a", "b"]) == (CLASSES, "several columns of yes or no")
    taken = take_target(labels, ["a", "b"], CLASSES)
    assert taken.values.tolist() == [[1, 0], [0, 0], [1, 1]]


def test_other_labels_are_refused_with_what_they_may_be() -> None:
    labels = read_table(pl.DataFrame({"a": ["yes", None, "maybe"] * 5, "b": [0, 1, 2] * 5}))
    assert guess_reader(labels, ["a", "b"])[0] == CLASSES
    with pytest.raises(DataError) as raised:
        take_target(labels, ["a", "b"], CLASSES)
    assert str(raised.value) == (
        "The target 'a' in row 3 of DataFrame is 'maybe'. As one of several labels it should be 0 "
        "or 1, true or false, or yes or no. Correct the cell, or predict this column alone."
    )
    assert (raised.value.row, raised.value.column) == (3, "a")
    numbers = read_table(pl.DataFrame({"a": ["1,5", "2"], "b": [0, 1]}))
    assert guess_reader(numbers, ["a", "b"])[0] == NUMBERS


def test_a_misspelt_name_suggests_the_nearest() -> None:
    with pytest.raises(DataError, match="Did you mean 'y'"):
        take_target(table(1, 2), ["Y"], CLASSES)


def test_an_infinite_target_is_refused_with_its_row() -> None:
    with pytest.raises(DataError, match="row 2") as raised:
        take_target(table(1.5, float("inf"), 2.5), ["y"], NUMBERS)
    assert (raised.value.row, raised.value.column) == (2, "y")


# --- Targets that are mostly numbers --------------------------------------------------------------

PRICES = [f"{n}.5" for n in range(300)]


def test_a_target_that_is_mostly_numbers_is_never_classes() -> None:
    odd = table(*PRICES, "unknown", "on request", "unknown")

    assert guess_reader(odd, ["y"]) == (NUMBERS, "300 different numbers")
    with pytest.raises(DataError) as raised:
        take_target(odd, ["y"], NUMBERS)
    assert str(raised.value) == (
        "The target 'y' of DataFrame is a number in 300 of 303 rows, but not in all ('unknown' in "
        "row 301, 'on request' in row 302, ...). Correct these cells, or leave them empty to leave "
        "their rows out; or say which cells are missing=, or columns={'y': 'number'} to leave such "
        "rows out, or task='classification' if all are classes."
    )
    assert (raised.value.row, raised.value.column) == (301, "y")
    assert len(take_target(odd, ["y"], CLASSES).values) == 303


@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_nor_is_one_with_many_odd_cells(share: float) -> None:
    num_odd = round(300 / share) - 300
    odd = table(*PRICES, *(f"see note {n}" for n in range(num_odd)))

    assert guess_reader(odd, ["y"])[0] == NUMBERS


def test_few_whole_numbers_and_a_word_are_classes() -> None:
    assert guess_reader(table(*["4", "6", "8"] * 30, "rotary"), ["y"]) == (
        CLASSES,
        "4 different values, 3 of them numbers",
    )


def test_codes_are_classes() -> None:
    assert guess_reader(table(*[f"{n:05}" for n in range(300)]), ["y"])[0] == CLASSES


def test_rows_without_a_number_are_left_out_where_a_person_calls_the_target_a_number() -> None:
    odd = table("1.5", None, "unknown", "2.5", "3.5")
    kinds = {"y": "number", "x": "category"}

    assert guess_reader(odd, ["y"], kinds) == (NUMBERS, "as asked")
    taken = take_target(odd, ["y"], NUMBERS, kinds)

    assert taken.values.tolist() == [[1.5], [2.5], [3.5]]
    assert taken.notes == ("1 row without a target left out",)
    assert tell(taken.cell_notes, private=False) == [
        "1 row left out where 'y' is no number: 'unknown' in row 3"
    ]
    assert tell(taken.cell_notes, private=True) == ["1 row left out where 'y' is no number"]
    assert [taken.table.row_number(place) for place in range(3)] == [1, 4, 5]


def test_a_target_called_something_else_than_is_predicted_is_refused() -> None:
    with pytest.raises(OptionError, match="'y' is said to be 'category', but regression predicts"):
        take_target(table("1.5", "2.5"), ["y"], NUMBERS, {"y": "category"}, task="regression")
    assert guess_reader(table("1.5", "2.5"), ["y"], {"y": "category"})[0] == CLASSES


def test_target_and_columns_lend_each_other_the_notation() -> None:
    cells = {"kg": ["37,664", "12,500"], "price": ["12,5", "0,75"], "qty": ["8.520", "523"]}
    mixed = read_table(pl.DataFrame(cells))

    assert take_target(mixed, ["kg"], NUMBERS).values.tolist() == [[37.664], [12.5]]
    assert take_target(mixed, ["price"], NUMBERS).table.decimal == ","
    assert take_target(mixed, ["kg"], NUMBERS).decimal == ","
    unsettled = replace(read_table(pl.DataFrame({"kg": ["37,664"]})), decimal=",")
    assert take_target(unsettled, ["kg"], NUMBERS).values.tolist() == [[37.664]]


def test_a_target_is_read_however_its_numbers_are_written() -> None:
    written = table("$1,234.50", "($5)", "\u2212$3", "7")

    assert take_target(written, ["y"], NUMBERS).values[:, 0].tolist() == [1234.5, -5, -3, 7]


def test_a_target_whose_decimal_sign_nothing_decides_says_how_it_was_read() -> None:
    taken = take_target(table("3.858", "4.612", "5.123"), ["y"], NUMBERS)

    assert taken.values[:, 0].tolist() == [3.858, 4.612, 5.123]
    (note,) = taken.cell_notes
    assert note.words == (
        "target 'y': nothing decides whether '3.858' is 3.858 or 3858: read as 3.858, "
        "decimal=',' reads 3858"
    )
    assert not note.without_cells


def test_a_later_target_in_the_other_notation_is_refused_unless_a_person_says_it() -> None:
    cells = [f"{n:,}".replace(",", ".") for n in range(100, 5000, 70)]
    later = table(*cells, "1.500")

    with pytest.raises(DataError, match=r"Say decimal=',' or decimal='\.'"):
        take_later_target(later, ["y"], NUMBERS, None, ".")
    said = replace(later, decimal=",", is_decimal_given=True)
    assert take_later_target(said, ["y"], NUMBERS, None, ".").values[-1, 0] == 1500
    assert take_later_target(table("1.500"), ["y"], NUMBERS, None, ".").values[0, 0] == 1.5


@pytest.mark.parametrize("cells", [[["a"], ["a", "b"]] * 10, [{"a": 1}, {"a": 2}] * 10])
def test_a_target_of_several_values_a_row_is_refused(cells: list[Any]) -> None:
    table = pl.DataFrame({"x": range(20), "y": cells})
    with pytest.raises(DataError, match="'y' of DataFrame holds neither texts nor numbers"):
        pellucid.fit(table, "y")
