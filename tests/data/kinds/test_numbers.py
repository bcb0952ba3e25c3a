"""Numbers written as text: one notation a table, every way to write a number, and odd cells."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import DataError, DataWarning, OptionError
from pellucid.data.conversion import convert, count_odd
from pellucid.data.kinds.column import Column
from pellucid.data.kinds.decimal_sign import find_decimal
from pellucid.data.kinds.number_formats import Notation, read_numbers
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table, read_blocks, read_table

DECIMALS = ["12,5", "0,75", "3,25"] * 10


def table_of(**columns: Sequence[str | None]) -> Table:
    return Table(frame=pl.DataFrame(columns), name="table.csv")


def judged(*cells: str | None) -> Column:
    return infer_schema(table_of(x=cells))["x"]


def numbers_of(table: Table, name: str) -> list[float | None]:
    return convert(table, infer_schema(table))[name].to_list()


def european(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


# --- One notation a table -------------------------------------------------------------------------


def test_whole_numbers_borrow_the_notation_of_the_table() -> None:
    table = table_of(price=DECIMALS, qty=["523", "8.520", "12.000"] * 10)

    assert numbers_of(table, "qty")[:3] == [523, 8520, 12000]
    assert infer_schema(table)["qty"].reason == (
        "3 different numbers from 523 to 12000, '.' between thousands; '8.520' is 8520, for the "
        "table's decimal sign is ','"
    )


@pytest.mark.parametrize("make", [dict, list, pd.DataFrame])
def test_floats_beside_text_with_decimal_commas_are_what_they_are(make: Any) -> None:
    """3.125 is no 3125, though its column has a decimal comma."""
    cells = [k + 0.125 if k % 3 == 0 else f"{k},5" for k in range(1, 40)]
    source = [{"x": cell} for cell in cells] if make is list else make({"x": cells})

    assert numbers_of(read_table(source), "x")[:6] == [1.5, 2.5, 3.125, 4.5, 5.5, 6.125]


def test_three_decimals_borrow_the_notation_of_the_table() -> None:
    commas = table_of(price=DECIMALS, kg=["37,664", "12,500", "1,250"] * 10)
    points = table_of(price=["12.5", "0.75", "3.25"] * 10, qty=["37,664", "12,500", "1,250"] * 10)

    assert numbers_of(commas, "kg")[:3] == [37.664, 12.5, 1.25]
    assert numbers_of(points, "qty")[:3] == [37664, 12500, 1250]


def test_a_column_that_has_only_one_reading_keeps_it() -> None:
    table = table_of(price=DECIMALS, latitude=["52.52", "13.405", "48.1"] * 10)

    assert numbers_of(table, "latitude")[:3] == [52.52, 13.405, 48.1]


def test_one_odd_cell_does_not_change_the_notation_of_its_column() -> None:
    table = table_of(price=DECIMALS, qty=[*["523", "8.520", "12.000"] * 9, "1.5", "1.000", "7"])

    assert numbers_of(table, "qty")[-4:] == [12000, None, 1000, 7]


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (["1.234,56", "12"], ","),
        (["12,5"], ","),
        (["0,123", "1,234"], ","),
        (["1.234.567"], ","),
        (["1,234.56", "12"], "."),
        (["1,234,567"], "."),
        (["1.5"], "."),
        (["$1,234.50", "$3"], "."),
        (["5 €", "6,5 €"], ","),
        (["523", "8.520", "12.000"] * 5, ","),  # who writes 523 for 523.000 also writes 8.52
        (["523", "8,520", "12,000"] * 5, "."),
        (["523", "8.520", "1200"] * 5, ""),
        (["1.234", "5.678"], ""),
        (["1,234", "5,678"], ""),
        (["17", "90"], ""),
        (["31.12.2024", "01.02.2024"], ""),
        (["1.2.3", "1,2,3"], ""),
        ([None, "x"], ""),
    ],
)
def test_what_decides_the_decimal_sign(cells: list[str | None], decimal: str) -> None:
    assert find_decimal(pl.DataFrame({"x": cells})) == decimal


def test_columns_that_contradict_each_other_decide_nothing() -> None:
    assert find_decimal(pl.DataFrame({"a": ["1,5", "2,5"], "b": ["1.5", "2.5"]})) == ""


def test_what_nothing_decides_is_said() -> None:
    column = judged("1,234", "5,678")

    assert column.reason == (
        "2 different numbers from 1234 to 5678, ',' between thousands; '1,234' is 1234; nothing "
        "decides whether '1,234' is 1234 or 1.234: read as 1234, decimal=',' reads 1.234"
    )
    assert "nothing decides whether '1.234' is 1.234 or 1234" in judged("1.234", "5.678").reason


def test_a_person_may_say_what_nothing_decides(tmp_path: Path) -> None:
    (tmp_path / "kg.csv").write_text("kg;n\n1,234;1\n5,678;2\n")

    told = read_table(tmp_path / "kg.csv", decimal=",")

    assert numbers_of(told, "kg") == [1.234, 5.678]
    assert infer_schema(told)["kg"].reason.endswith(
        "'1,234' is 1.234, for the table's decimal sign is ','"
    )
    with pytest.raises(OptionError, match=r"decimal must be '\.' or ','"):
        read_table(tmp_path / "kg.csv", decimal=";")


def test_all_rows_decide_and_not_only_the_first() -> None:
    values = [*range(1, 1990), *range(1990, 9990, 400)]
    table = table_of(
        european=[european(value / 2, 2) for value in values],
        american=[f"{value / 2:,.2f}" for value in values],
    )
    for name in ("european", "american"):
        one = Table(frame=table.frame.select(name), name="table.csv")
        assert numbers_of(one, name) == [value / 2 for value in values]


def test_a_typed_table_has_evidence_in_its_text_alone() -> None:
    table = Table(
        frame=pl.DataFrame({"price": DECIMALS, "n": [0.5, 1.5, 2.5] * 10, "qty": ["8.520"] * 30}),
        name="DataFrame",
    )
    assert infer_schema(table, kinds={"qty": "number"})["qty"].decimal == ","


# --- Every way to write a number ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,234", 1234),
        ("1,234.5", 1234.5),
        ("1 234.5", 1234.5),
        ("1\u202f234.5", 1234.5),
        ("1'234.5", 1234.5),
        ("1’234", 1234),
        ("1,14,000", 114_000),
        ("12,34,567.5", 1_234_567.5),
        ("\u22125.5", -5.5),
        ("–5", -5),
        ("- 5", -5),
        ("+ 5", 5),
        ("(1.50)", -1.5),
        ("(1,234)", -1234),
        ("5-", -5),
        ("1.5E+03", 1500),
        ("１２．５", 12.5),
        ("1.", 1),
        (".5", 0.5),
        *[
            (odd, None)
            for odd in (
                *("1,2,3", "0,123", "1,23", "12,34,56", "1.234.567", "5.-", "12-5", "(5", "--5"),
                *("(-5)", "5%", "$5", "<0.1", ">100", "1_000", "0x10", "10²", "½", "1,234e5"),
            )
        ],
    ],
)
def test_a_cell_has_one_meaning_or_none_in_point_notation(cell: str, value: float | None) -> None:
    assert read_numbers(pl.Series([cell]), Notation()).to_list() == [value]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1.234,50", 1234.5),
        ("1 234,5", 1234.5),
        ("1'234,5", 1234.5),
        ("8.520", 8520),
        ("1.234.567", 1_234_567),
        ("\u22121,5", -1.5),
        ("(1,50)", -1.5),
        ("1,5e3", 1500),
        *[(odd, None) for odd in ("1.5", "0.123", "1,14,000", "1,234,567", "5,-")],
    ],
)
def test_a_cell_has_one_meaning_or_none_in_comma_notation(cell: str, value: float | None) -> None:
    assert read_numbers(pl.Series([cell]), Notation(decimal=",")).to_list() == [value]


@pytest.mark.parametrize(
    ("unit", "cell", "value"),
    [
        *(("$", cell, -5) for cell in ("-$5", "$-5", "($5)", "$(5)", "- $ 5", "\u2212$5", "5 $-")),
        ("%", "5 %", 5),
        ("%", "５％", 5),
        ("%", "5", 5),
        ("$", "€5", None),
    ],
)
def test_a_unit_stands_on_either_side(unit: str, cell: str, value: float | None) -> None:
    assert read_numbers(pl.Series([cell]), Notation(unit=unit)).to_list() == [value]


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1),
    st.integers(0, 3),
    st.sampled_from([(",", "."), (".", ","), (" ", "."), ("'", ","), ("", ",")]),
    st.sampled_from(["-{}", "\u2212{}", "({})", "{}-"]),
)
def test_a_number_is_read_as_it_was_written(
    values: list[int], digits: int, signs: tuple[str, str], minus: str
) -> None:
    thousands, decimal = signs
    numbers = [value / 10**digits for value in values]
    written = str.maketrans({",": thousands, ".": decimal})
    cells = [
        minus.format(text) if number < 0 else text
        for number in numbers
        for text in [f"{abs(number):,.{digits}f}".translate(written)]
    ]

    assert read_numbers(pl.Series(cells), Notation(decimal=decimal)).to_list() == numbers


def test_a_minus_in_brackets_is_shown() -> None:
    column = judged("1.5", "2.5", "(1.50)", "3.5")

    assert column.reason == "4 different numbers from -1.5 to 3.5; '(1.50)' is -1.5"


def test_labels_in_brackets_are_no_negative_numbers() -> None:
    assert judged(*["(1)", "(2)", "(3)"] * 9).kind == "category"


def test_a_unit_may_be_left_out() -> None:
    column = judged("5%", "5", "7", "12", "9.5")

    assert column.reason.endswith("the sign % left out; 4 of 5 are without the sign %")
    assert numbers_of(table_of(x=["5%", "5", "7"]), "x") == [5, 5, 7]


def test_a_percentage_beside_parts_of_one_is_no_number_of_the_column() -> None:
    """5 would be a hundred times too much, and nobody said that 0.05 was meant."""
    column = judged(*["0.05", "0.12", "0.7"] * 9, "7%")

    assert column.reason.endswith("1 cell is no number, read as missing, such as '7%' in row 28")


# --- Odd cells ------------------------------------------------------------------------------------


def test_however_many_different_odd_cells_there_are_a_number_stays_one() -> None:
    cells = [*map(str, np.arange(29_700) / 8), *(f"see note {n}" for n in range(300))]

    column = judged(*cells)

    assert column.kind == "number"
    assert column.reason.endswith(
        "300 cells are no numbers, read as missing, such as 'see note 0' in row 29701, "
        "'see note 1' in row 29702, 'see note 2' in row 29703"
    )


@pytest.mark.parametrize("odd", ["unknown", "#", "<0.1", ">100", "n.a.", "1.2.3", "10-20", "V57"])
def test_one_odd_cell_is_missing_and_named(odd: str) -> None:
    column = judged(*[f"{n}.5" for n in range(200)], odd)

    assert column.kind == "number"
    assert column.missing == (odd,)
    assert f"1 cell is no number, read as missing, such as {odd!r} in row 201" in column.reason


@pytest.mark.parametrize(
    "odd", [[f"V{n}" for n in range(10, 20)], [f"{n}a" for n in range(10)], ["12-34"] * 10]
)
def test_codes_that_are_mostly_digits_are_no_numbers(odd: list[str]) -> None:
    assert judged(*map(str, range(100, 400)), *odd).kind != "number"


def test_rows_are_counted_as_in_the_source() -> None:
    cells = [*map(str, range(200)), "unknown"]
    table = Table(
        frame=pl.DataFrame({"x": cells}), name="table.csv", row_numbers=2 * np.arange(201)
    )

    assert "'unknown' in row 400" in infer_schema(table)["x"].reason


def test_what_a_person_calls_a_number_is_one_where_any_cells_are() -> None:
    table = table_of(x=[*map(str, range(30)), *(f"x{n}" for n in range(70))], y=["a", "b"] * 50)

    column = infer_schema(table, kinds={"x": "number"})["x"]

    assert column.reason.startswith(
        "as asked; 30 different numbers from 0 to 29; 70 cells are no numbers, read as missing, "
        "such as 'x0' in row 31, 'x1' in row 32"
    )
    with pytest.raises(DataError, match="0 of its 100 cells are numbers, and row 1 has 'a'"):
        infer_schema(table, kinds={"y": "number"})


@pytest.mark.parametrize("pattern", ["({:,.2f})", "{:,.2f}-", "({:,.0f})", "(${:,.2f})"])
def test_amounts_that_are_mostly_negative_are_numbers(pattern: str) -> None:
    """As accountants write them; only a bare "12-" or "(3)" may be a code or a label."""
    amounts = 1000 + 7.25 * np.arange(40)
    column = judged(*(pattern.format(amount) for amount in amounts))

    assert column.kind == "number"
    assert judged(*(f"{n}-" for n in range(40))).kind != "number"


# --- Later tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trained", "cells", "values"),
    [
        (["1,5", "999,5", "3"], ["1.234,50", "1 234,5", "8.520", "7"], [1234.5, 1234.5, 8520, 7]),
        (["1.5", "999.5", "3"], ["1,234.50", "1'234.5", "8,520"], [1234.5, 1234.5, 8520]),
        (["1", "2", "3"], ["\u22121", "(2)", "3-"], [-1, -2, -3]),
        (["5%", "6%", "7%"], ["5", "5 %"], [5, 5]),
    ],
)
def test_what_training_did_not_see_is_read_in_its_notation(
    trained: list[str], cells: list[str], values: list[float]
) -> None:
    schema = infer_schema(table_of(x=trained))

    assert convert(table_of(x=cells), schema)["x"].to_list() == values
    for cell, value in zip(cells, values, strict=True):
        assert convert(table_of(x=[cell]), schema)["x"].to_list() == [value]


def test_whole_numbers_of_a_table_with_commas_stay_in_its_notation() -> None:
    schema = infer_schema(table_of(price=DECIMALS, qty=["523", "99", "7"] * 10))

    new = table_of(price=["1"], qty=["8.520"])
    assert convert(new, schema)["qty"].to_list() == [8520]


def test_a_new_odd_cell_is_refused_unless_training_had_some() -> None:
    strict = infer_schema(table_of(x=["1,5", "2,5"]))
    lenient = infer_schema(table_of(x=[*map(str, range(50)), "unknown"]))
    new = table_of(x=["3", "n/k", "unknown", None])

    with pytest.raises(DataError, match=r"row 2 of table.csv has 'n/k'"):
        convert(new, strict)
    with pytest.raises(DataError, match="looks like a decimal point"):
        convert(table_of(x=["1.5"]), strict)
    assert convert(new, lenient)["x"].to_list() == [3, None, None, None]
    assert count_odd(new, lenient, convert(new, lenient)) == {
        "x: no finite number, read as missing": 1
    }


POINTS_AND_ODD = [*(f"{n}.25" for n in range(600)), "unknown"]
COMMAS_AND_ODD = [*(f"{n},25" for n in range(600)), "unknown"]


@pytest.mark.parametrize(
    ("trained", "cell", "words"),
    [
        (POINTS_AND_ODD, "12,5", "looks like a decimal comma"),
        (POINTS_AND_ODD, "1.234,56", "looks like a decimal comma"),
        (POINTS_AND_ODD, "\u20ac 12.50", "a number in another notation"),
        (COMMAS_AND_ODD, "12.5", "looks like a decimal point"),
        (COMMAS_AND_ODD, "1,234.56", "looks like a decimal point"),
    ],
)
@pytest.mark.parametrize("private", [False, True])
def test_a_number_in_another_notation_is_refused_although_training_had_odd_cells(
    trained: list[str], cell: str, words: str, private: bool
) -> None:
    schema = infer_schema(table_of(x=trained))
    schema = schema.without_values() if private else schema

    with pytest.raises(DataError, match=words):
        convert(table_of(x=[cell]), schema)
    with pytest.raises(DataError, match=words):
        convert(table_of(x=["n/k", *["7"] * 50, cell]), schema)


def test_a_training_table_in_two_notations_is_still_read() -> None:
    table = table_of(x=[*(f"{n}.25" for n in range(600)), *(f"{n},5" for n in range(40))])
    schema = infer_schema(table)

    assert convert(table, schema)["x"].null_count() == 40
    assert convert(table_of(x=["77,5"]), schema.without_values())["x"].to_list() == [None]


@pytest.mark.parametrize(
    ("trained", "new", "words"),
    [
        (POINTS_AND_ODD, [f"about {n}" for n in range(30)], r"30 of 30 cells .* are no numbers"),
        (
            [f"2021-{1 + n % 12:02}-{1 + n % 28:02}" for n in range(600)] + ["unknown"],
            [f"{1 + n}. Maerz 2021" for n in range(30)],
            r"30 of 30 cells .* are no dates",
        ),
    ],
)
def test_far_more_odd_cells_than_in_training_are_told(
    trained: list[str], new: list[str], words: str
) -> None:
    schema = infer_schema(table_of(x=trained))

    with pytest.warns(DataWarning, match=words):
        assert convert(table_of(x=new), schema)["x"].null_count() == len(new)


def test_about_as_many_odd_cells_as_in_training_are_no_news() -> None:
    trained = table_of(x=[*(f"{n}.25" for n in range(95)), *(f"about {n}" for n in range(5))])
    schema = infer_schema(trained)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        convert(trained, schema)
        convert(table_of(x=["some"]), schema)


def test_a_truth_value_among_numbers_is_read_whatever_stands_beside_it() -> None:
    schema = infer_schema(Table(frame=pl.DataFrame({"x": [0, 1, 0]}), name="DataFrame"))

    assert convert(table_of(x=["True", "0", "FALSE"]), schema)["x"].to_list() == [1, 0, 0]


# --- Later tables with another decimal sign -------------------------------------------------------

WHOLE = [f"{n}" for n in range(100, 9000, 61)]
THOUSANDS = [european(n, 0) for n in range(100, 9000, 50)]


@pytest.mark.parametrize("trained", [WHOLE, [int(cell) for cell in WHOLE]])
def test_thousands_points_are_not_read_as_decimals_where_the_table_says_otherwise(
    trained: list[str], tmp_path: Path
) -> None:
    """8.520 stands beside 523, or beside 12,5: the model's notation is not that of the table."""
    schema = infer_schema(Table(frame=pl.DataFrame({"x": trained}), name="train.csv"))

    for new in ({"x": THOUSANDS}, {"x": ["8.520"] * 30, "other": DECIMALS}):
        with pytest.raises(DataError, match=r"'\d\.\d00?' in|'8\.520' in") as raised:
            convert(table_of(**new), schema)
        assert "Say decimal=',' or decimal='.' for this table." in str(raised.value)
        pl.DataFrame(new).write_csv(tmp_path / "new.csv", separator=";")
        as_said = {
            sign: convert(read_table(tmp_path / "new.csv", decimal=sign), schema)["x"].max()
            for sign in (",", ".")
        }
        assert as_said[","] > 8000 > 1000 > as_said["."]
    assert convert(table_of(x=["8.520"]), schema)["x"].to_list() == [8.52]


def test_what_a_person_says_holds_in_every_block(tmp_path: Path) -> None:
    schema = infer_schema(table_of(x=WHOLE))
    (tmp_path / "new.csv").write_text("x\n" + "8.520\n" * 5)

    blocks = read_blocks(tmp_path / "new.csv", rows_per_block=2, decimal=",")

    assert [convert(block, schema)["x"][0] for block in blocks] == [8520] * 3


def test_a_column_that_is_the_exception_in_training_stays_it() -> None:
    table = table_of(a=DECIMALS, c=["1.25", "2.5", "7.125"] * 10)
    schema = infer_schema(replace(table, decimal=","))
    assert schema["c"].table_decimal == ","

    said = replace(table, decimal=",", is_decimal_given=True)
    assert convert(said, schema).equals(convert(table, schema))
