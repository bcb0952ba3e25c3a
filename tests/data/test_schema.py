"""Schemas: each column gets a kind and a reason, and later tables are read accordingly."""

from __future__ import annotations

import math
import tarfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data.conversion import convert
from pellucid.data.kinds.column import Column, Schema
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table, read_table
from pellucid.data.stored_schema import schema_from_json
from pellucid.errors import DataError, ModelFileError, OptionError
from pellucid.wording import nearest

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


def table_of(file: str = "table.csv", /, **columns: Sequence[object]) -> Table:
    """Make a table as `read_table` would."""
    return Table(frame=pl.DataFrame(columns, strict=False), name=file)


def judged(cells: Sequence[object], **options: object) -> Column:
    """Infer the schema of a table with one column and return that column."""
    return infer_schema(table_of(c=cells), **options)["c"]


def converted(cells: Sequence[object]) -> list[object]:
    """Infer and convert a table with one column."""
    table = table_of(c=cells)
    return convert(table, infer_schema(table))["c"].to_list()


def refusal(table: Table, schema: Schema) -> DataError:
    with pytest.raises(DataError) as caught:
        convert(table, schema)
    return caught.value


# --- Numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "numbers", "words"),
    [
        (["17", "90", "17"], [17, 90, 17], "2 different numbers from 17 to 90"),
        (["1e5", "+3", "-.5", "1."], [1e5, 3, -0.5, 1], "4 different numbers from -0.5 to 100000"),
        (["3,14", "2", ",5"], [3.14, 2, 0.5], "decimal comma; '3,14' is 3.14"),
        (
            ["1,234,567.8", "12"],
            [1234567.8, 12],
            "',' between thousands; '1,234,567.8' is 1234567.8",
        ),
        (
            ["1.234,5", "7"],
            [1234.5, 7],
            "decimal comma, '.' between thousands; '1.234,5' is 1234.5",
        ),
        (["1 234", "56"], [1234, 56], "a blank between thousands; '1 234' is 1234"),
        (["1\u202f234,5", "2"], [1234.5, 2], "decimal comma, a blank between thousands"),
        (["1'234.5", "2"], [1234.5, 2], '"\'" between thousands'),
        (["12 %", "3%"], [12, 3], "the sign % left out"),
        (["$1,234", "-$5"], [1234, -5], "',' between thousands, the sign $ left out"),
        (["5 €", "6,5 €"], [5, 6.5], "decimal comma, the sign € left out"),
        (["1,234", "5,678"], [1234, 5678], "',' between thousands; '1,234' is 1234"),
        (["0,123", "5,678"], [0.123, 5.678], "decimal comma; '0,123' is 0.123"),
        (["2,5", "5,678"], [2.5, 5.678], "decimal comma; '2,5' is 2.5"),
        (["1", "inf", "2"], [1, None, 2], "1 infinite, read as missing"),
        (["7", "7", None], [7, 7, None], "1 number, 7; 1 of 3 missing"),
    ],
)
def test_numbers_are_read_in_any_usual_notation(
    cells: list[str], numbers: list[float | None], words: str
) -> None:
    column = judged(cells)

    assert column.kind == "number"
    assert words in column.reason
    assert converted(cells) == numbers


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, unique=True))
def test_every_float_survives_being_written(values: list[float]) -> None:
    table = table_of(c=[repr(value) for value in values])

    assert convert(table, infer_schema(table, kinds={"c": "number"}))["c"].to_list() == values


@given(st.lists(st.integers(-(10**9), 10**9), min_size=2, unique=True), st.sampled_from(",.' "))
def test_thousands_are_read_whatever_stands_between_them(values: list[int], sign: str) -> None:
    cells = [f"{value:,}".replace(",", sign) for value in values]
    if sign == "." and not any(cell.count(".") > 1 for cell in cells):
        cells.append(f"1{sign}000{sign}000")  # without such a cell the point is a decimal point
        values = [*values, 10**6]
    if sign == " ":
        cells = [cell.strip() for cell in cells]
    table = table_of(c=cells)

    numbers = convert(table, infer_schema(table, kinds={"c": "number"}))["c"].to_list()

    assert numbers == values


def test_a_column_of_numbers_may_have_marks_of_its_own_for_missing() -> None:
    cells = [*map(str, range(0, 90, 2)), "n.a.", "n.a.", "refused", *map(str, range(1, 50, 2))]

    column = judged(cells)

    assert column.kind == "number"
    assert column.missing == ("n.a.", "refused")
    assert column.reason.endswith(
        "; 3 cells are no numbers, read as missing, such as 'n.a.' in row 46, 'refused' in row 48"
    )
    assert converted(cells)[44:49] == [88, None, None, None, 1]


def test_too_many_other_texts_make_a_category() -> None:
    assert judged(["1", "2", "3", "a", "b"] * 5).kind == "category"
    assert judged([*map(str, range(500)), *(f"x{n}" for n in range(21))]).kind != "number"


def test_digits_with_a_zero_in_front_or_too_many_are_codes() -> None:
    zip_codes, cards = judged(["00501", "10001", "00501"]), judged(["4929123412341234", "1", "1"])

    assert zip_codes.kind == "category"
    assert zip_codes.reason == (
        "codes, not quantities: '00501' starts with 0; 2 different values: '00501', ..."
    )
    assert "has more digits than numbers keep" in cards.reason
    assert judged(["0", "0.5", "-0.5"]).kind == "number"


def test_years_are_numbers() -> None:
    assert judged([str(year) for year in range(1950, 2020)]).kind == "number"


# --- Categories and columns left out -------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "kind", "reason"),
    [
        ([None, None], "left out", "all 2 cells are missing"),
        (["x", "x"], "left out", "the same value in every row"),
        (["x", "x", None], "category", "1 value: 'x'; 1 of 3 missing"),
        ([*"abcdabc"], "category", "4 different values: 'a', 'b', 'c', ..."),
        ([*"abcda"], "category", "4 different values: 'a', ..."),  # b may be one person's
        (
            [f"id-{row}" for row in range(20)],
            "left out",
            ("identifier: 20 of 20 values are different, so none says anything about a new row"),
        ),
        (
            [f"It was the best of times, it was the worst of times {row}" for row in range(5)],
            "text",
            "texts of 13 words on average; 92 % of the words in several rows; 5 of 5 different",
        ),
        ([f"{row}" for row in range(1, 31)], "left out", "counts the rows"),
        ([f"{row}" for row in range(30, 0, -1)], "number", "30 different numbers from 1 to 30"),
        ([[1], [2]], "left out", "cells of type List(Int64) cannot be used"),
        ([b"a", b"b"], "left out", "cells of type Binary cannot be used"),
    ],
)
def test_each_decision_has_its_reason(cells: list[object], kind: str, reason: str) -> None:
    column = judged(cells)

    assert (column.kind, column.reason) == (kind, reason)


def test_a_column_that_equals_an_earlier_one_is_left_out() -> None:
    table = table_of(
        a=["1", "2", "4"], b=["2", "1", "4"], c=["1", "2", "4"], d=[None] * 3, e=[None] * 3
    )

    schema = infer_schema(table)

    assert schema["c"].reason == "the same as 'a' in every row"
    assert schema["b"].kind == "number"
    assert schema["e"].reason == "all 3 cells are missing"


@pytest.mark.parametrize("first", [0, 1])
def test_a_counter_of_shuffled_rows_is_left_out(first: int) -> None:
    numbers = first + np.random.default_rng(0).permutation(50)

    for cells in (numbers.tolist(), [float(n) for n in numbers], [str(n) for n in numbers]):
        column = judged(cells)
        assert column.reason == "counts the rows, in another order"
        assert column.is_identifier


@pytest.mark.parametrize(
    "cells",
    [
        [*range(49, 0, -1)],  # too few rows
        [*range(51, 1, -1)],  # from 2
        [*range(51, 1, -1), None],
        [*range(50, 1, -1), 2],  # one twice
        [*range(51, 0, -2), *range(2, 52, 2), 53],  # one skipped
        [50, *(n + 0.5 for n in range(1, 49)), 1],  # not whole
    ],
)
def test_numbers_that_are_not_exactly_those_of_the_rows_are_kept(cells: list[object]) -> None:
    assert judged(cells).kind == "number"


def test_an_array_may_count_its_rows() -> None:
    numbers = np.random.default_rng(0).permutation(np.arange(100.0))
    array = read_table(np.stack([np.arange(100.0), numbers], axis=1))

    assert [column.kind for column in infer_schema(array)] == ["number", "number"]


# --- Columns that come with types -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "dtype", "kind", "values"),
    [
        ([3, 5], pl.Int8, "number", [3, 5]),
        ([1.5, math.inf], pl.Float32, "number", [1.5, None]),
        ([Decimal("1.5"), None], pl.Decimal(10, 2), "number", [1.5, None]),
        ([True, False], pl.Boolean, "category", ["true", "false"]),
        ([date(2024, 1, 31), None], pl.Date, "date", [datetime(2024, 1, 31), None]),
        (
            [datetime(2024, 1, 31, 1, tzinfo=timezone(timedelta(hours=2))), None],
            pl.Datetime("ns", "Europe/Paris"),
            "date",
            [datetime(2024, 1, 31), None],
        ),
        ([timedelta(minutes=1), timedelta()], pl.Duration, "number", [60, 0]),
        ([clock(0, 1), clock(0, 2)], pl.Time, "number", [60, 120]),
        (["12", "x", "x"], pl.String, "category", ["12", "x", "x"]),
    ],
)
def test_types_decide_the_kind(
    cells: list[object], dtype: pl.DataType, kind: str, values: list[object]
) -> None:
    table = Table(frame=pl.DataFrame({"c": pl.Series(cells, dtype=dtype)}), name="DataFrame")

    schema = infer_schema(table)

    assert schema["c"].kind == kind
    assert convert(table, schema)["c"].to_list() == values


ZIPS = [10115, 20095, 80331] * 9
FLAGS = [True, False, False] * 9


@pytest.mark.parametrize(
    ("cells", "again", "levels", "words"),
    [
        (pd.Series(ZIPS, dtype="category"), ZIPS, ["10115", "20095"], "10115, 20095, 80331"),
        (
            pd.Series([*ZIPS, None], dtype="Int64").astype("category"),
            [*map(float, ZIPS), None],
            ["10115", "20095"],
            "10115, 20095, 80331; 1 of 28 missing",
        ),
        (pd.Series(FLAGS, dtype="category"), FLAGS, ["true", "false"], "true, false"),
        (
            pd.cut(pd.Series(ZIPS), [0, 15000, 30000, 99999]),
            pd.cut(pd.Series(ZIPS), [0, 15000, 30000, 99999]).astype(str),
            ["(0, 15000]", "(15000, 30000]"],
            "'(0, 15000]', '(15000, 30000]', '(30000, 99999]'",
        ),
        (
            pl.Series(map(str, ZIPS), dtype=pl.Categorical),
            ZIPS,
            ["10115", "20095"],
            "'10115', '20095', '80331'",
        ),
        (
            pl.Series(map(str, ZIPS), dtype=pl.Enum(["10115", "20095", "80331"])),
            list(map(str, ZIPS)),
            ["10115", "20095"],
            "'10115', '20095', '80331'",
        ),
    ],
    ids=["whole numbers", "with a gap", "truth values", "intervals", "polars", "enum"],
)
def test_a_column_declared_as_a_category_is_one(
    cells: Any, again: Any, levels: list[str], words: str
) -> None:
    frame = pd.DataFrame if isinstance(cells, pd.Series) else pl.DataFrame
    table = read_table(frame({"c": cells, "x": range(len(cells))}))

    schema = infer_schema(table)

    values = len(set(cells.dropna() if isinstance(cells, pd.Series) else cells))
    assert schema["c"].kind == "category"
    assert schema["c"].reason == f"declared as a category; {values} different values: {words}"
    assert convert(table, schema)["c"].to_list()[:2] == levels
    plain = read_table(pd.DataFrame({"c": again}))
    assert convert(plain, schema)["c"].equals(convert(table, schema)["c"])


def test_a_declared_category_may_be_overruled_or_hold_nothing() -> None:
    table = read_table(pd.DataFrame({"c": [3, 4], "d": [5, 5], "e": [3, 4]}, dtype="category"))

    schema = infer_schema(table, kinds={"c": "number"})

    assert schema["c"].kind == "number"
    assert schema["d"].reason == "the same value in every row"
    assert schema["e"].reason == "the same as 'c' in every row"


def test_a_file_may_declare_categories(tmp_path: Path) -> None:
    codes = pl.Series("c", map(str, ZIPS), dtype=pl.Categorical)
    codes.to_frame().write_parquet(tmp_path / "codes.parquet")

    schema = infer_schema(read_table(tmp_path / "codes.parquet"))

    assert schema["c"].reason.startswith("declared as a category; 3 different values")


# --- A person knows better ------------------------------------------------------------------------


def test_kinds_can_be_given() -> None:
    table = table_of(
        zone=["1", "2", "2"],
        code=["007", "008", "x"],
        note=["a" * 50, "b" * 50, "c"],
        when=["9:30"] * 3,
    )

    schema = infer_schema(
        table, kinds={"zone": "category", "code": "number", "note": "category"}, exclude=["when"]
    )

    assert [column.kind for column in schema.columns] == [
        "category",
        "number",
        "category",
        "left out",
    ]
    assert schema["zone"].reason == "as asked; 2 different values: '2', ..."
    assert schema["code"].missing == ("x",)
    assert schema["when"].reason == "left out as asked"
    assert convert(table, schema)["code"].to_list() == [7, 8, None]


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ({"ag": "number"}, "table.csv has no column 'ag'. Did you mean 'Age'?"),
        (
            {"name": "date"},
            (
                "Column 'name' of table.csv was to be read as date, but cannot be: 2 of 2 cells, "
                "such as 'Ada', are no dates. Give it another kind, or say which cells are "
                "missing=."
            ),
        ),
        (
            {"name": "number"},
            (
                "Column 'name' of table.csv was to be read as number, but cannot be: 0 of its 2 "
                "cells are numbers, and row 1 has 'Ada'. Give it another kind, or say which cells "
                "are missing=."
            ),
        ),
        (
            {"born": "number"},
            (
                "Column 'born' of table.csv was to be read as number, but cannot be: its cells "
                "are of type Date. Give it another kind, or say which cells are missing=."
            ),
        ),
    ],
)
def test_kinds_that_cannot_be_are_refused(kinds: dict[str, str], message: str) -> None:
    table = table_of(Age=["1", "2"], name=["Ada", "Bo"], born=[date(2024, 1, 1), date(2024, 1, 2)])

    with pytest.raises(DataError) as caught:
        infer_schema(table, kinds=kinds)

    assert str(caught.value) == message


def test_kinds_and_exclude_are_checked() -> None:
    with pytest.raises(
        OptionError,
        match="must be one of 'number', 'category', 'date', 'image', 'list', 'text', 'left out'",
    ):
        judged(["1"], kinds={"c": "numeric"})
    with pytest.raises(OptionError, match="exclude must be a list of column names"):
        judged(["1"], exclude="c")


# --- Later tables ---------------------------------------------------------------------------------


def test_columns_are_found_by_name_and_others_ignored() -> None:
    schema = infer_schema(table_of(a=["1", "2"], b=["x", "y"], c=["1", "1"]))
    new = table_of(z=["?"], b=["new"], a=["3"])

    assert convert(new, schema).to_dicts() == [{"a": 3.0, "b": "new"}]


def test_missing_columns_are_named() -> None:
    schema = infer_schema(table_of(age=["1", "2"], fare=["1", "3"], sex=["m", "f"]))

    one = refusal(table_of("new.csv", age=["1"], fares=["2"], sex=["m"]), schema)
    two = refusal(table_of("new.csv", sex=["m"]), schema)

    assert str(one) == (
        "Column 'fare' of the training data is missing in new.csv. Is it 'fares' there? Give a "
        "table with the same columns."
    )
    assert (one.file, one.column) == ("new.csv", "fare")
    assert str(two).startswith(
        "2 columns of the training data are missing in new.csv: 'age', 'fare'."
    )


def test_a_cell_of_the_wrong_kind_is_shown_with_its_place() -> None:
    schema = infer_schema(table_of(age=["1", "2", None], day=["2024-01-31", "2024-02-01", None]))
    frame = pl.DataFrame({"age": ["3", None, "n/k"], "day": ["2024-03-01"] * 3})

    error = refusal(Table(frame=frame, name="new.csv", first_row=15), schema)

    assert str(error) == (
        "Column 'age' was number in training, but row 17 of new.csv has 'n/k', which is not a "
        "number. Write missing values as empty cells, or read the rows with "
        "pellucid.read_table(rows, missing=['n/k'])."
    )
    assert (error.file, error.column, error.row) == ("new.csv", "age", 17)
    assert "'1/2/24', which is not a date (year-month-day)" in str(
        refusal(table_of(age=["1"], day=["1/2/24"]), schema)
    )


def test_a_column_of_the_wrong_type_is_shown() -> None:
    schema = infer_schema(table_of(age=[1, 2]))

    assert str(refusal(table_of("DataFrame", age=[date(2024, 1, 31)]), schema)) == (
        "Column 'age' was number in training, but is of type Date in DataFrame. Give it with the "
        "type it had."
    )


def test_text_and_types_meet() -> None:
    """A model learned from a CSV file predicts a DataFrame, and the other way round."""
    text = table_of(
        n=["1", "2"], flag=["True", "False"], day=["2024-01-31", "2024-02-01"], k=["3", "x"]
    )
    typed = table_of(
        n=[1, 2], flag=[True, False], day=[date(2024, 1, 31), date(2024, 2, 1)], k=[3.0, None]
    )
    typed_for_k = table_of(k=["3", None])

    from_text = convert(typed, infer_schema(text))
    from_types = convert(text, infer_schema(typed, exclude=["k"]))

    assert from_text.drop("k").equals(convert(text, infer_schema(text)).drop("k"))
    assert from_text["k"].equals(typed_for_k.frame["k"])
    assert from_types.equals(from_text.drop("k"))


TRUTHS = ([True, False], [1, 0], [1.0, 0.0], ["True", "FALSE"], ["true", "false"], ["1", "0"])


@pytest.mark.parametrize("cells", TRUTHS, ids=str)
@pytest.mark.parametrize("trained", TRUTHS, ids=str)
def test_one_is_true_and_zero_is_false(trained: list[object], cells: list[object]) -> None:
    """Whichever of them a column held in training, as a category or as a number."""
    table, new = table_of(c=[*trained, None]), table_of(c=[*cells, None])
    asked = {"c": "category"}

    for schema in (infer_schema(table), infer_schema(table, kinds=asked)):
        assert convert(new, schema).equals(convert(table, schema))


def test_numbers_are_truth_values_only_beside_no_other_level() -> None:
    some = infer_schema(table_of(c=["true", "false", "unknown"] * 2))
    numbers = infer_schema(table_of(c=[0, 1, 2]), kinds={"c": "category"})

    assert convert(table_of(c=["True", "1"]), some)["c"].to_list() == ["true", "1"]
    assert convert(table_of(c=[True]), numbers)["c"].to_list() == ["true"]
    assert convert(table_of(c=[2, 1]), infer_schema(table_of(c=[True, False])))["c"].to_list() == [
        "2",
        "true",
    ]


def test_columns_of_dates_and_lists_meet_their_kinds() -> None:
    schema = infer_schema(table_of(day=[date(2024, 1, 31), date(2024, 2, 1)], k=["x", "y"]))

    german = convert(table_of(day=["24.12.2024"], k=["x"]), schema)

    assert german["day"].to_list() == [datetime(2024, 12, 24)]
    assert "'soon', which is not a date." in str(refusal(table_of(day=["soon"], k=["x"]), schema))
    assert "is of type Int64" in str(refusal(table_of(day=[1], k=["x"]), schema))
    assert "is of type List" in str(refusal(table_of(day=["2024-01-31"], k=[[1]]), schema))


def test_a_column_without_values_is_missing_throughout() -> None:
    schema = infer_schema(table_of(a=["1", "2"], b=["x", "y"], c=["2024-01-31", "2024-02-01"]))

    result = convert(table_of(a=[None], b=[None], c=[None]), schema)

    assert result.schema == {"a": pl.Float64, "b": pl.String, "c": pl.Datetime("us")}
    assert result.null_count().row(0) == (1, 1, 1)


# --- A schema as data -----------------------------------------------------------------------------


def test_a_schema_is_printed_as_a_table() -> None:
    schema = infer_schema(table_of(age=["17", "90"], name=["x", "x"], sex=["m", "f"]))

    assert str(schema) == (
        "age   number    2 different numbers from 17 to 90\n"
        "name  left out  the same value in every row\n"
        "sex   category  2 different values"
    )
    assert [column.name for column in schema.kept] == ["age", "sex"]


def test_a_long_schema_is_abbreviated() -> None:
    columns = tuple(Column(name=f"c{n}", kind="number", reason="-") for n in range(1000))

    lines = str(Schema(columns=columns)).splitlines()

    assert len(lines) == 61
    assert lines[30] == "... 940 more columns ..."


def test_a_schema_survives_json() -> None:
    schema = infer_schema(
        table_of(a=["1,5", "2"], b=["x", "y"], c=["1/31/24", None], d=[True, False])
    )

    assert schema_from_json(schema.to_json()) == schema


def test_a_schema_of_an_older_version_reads_as_it_did() -> None:
    """When numbers were no truth values, and all dates with a zone were read in UTC."""
    days = pl.Series(["2021-01-04", "2021-01-05"]).str.to_datetime(time_zone="Asia/Tokyo")
    plain = infer_schema(table_of(flag=[True, False], day=days))
    for column in (columns := plain.to_json()):
        del column["true_level"], column["time_zone"]

    old = schema_from_json(columns)

    new = table_of(flag=["True", "0"], day=["2021-01-04 00:00:00+09:00", None])
    assert convert(new, old).rows() == [("true", datetime(2021, 1, 3, 15)), ("0", None)]
    assert convert(table_of(flag=[True], day=days.head(1)), old)["day"].to_list() == [
        datetime(2021, 1, 3, 15)
    ]


@pytest.mark.parametrize(
    "damage",
    [
        "columns",
        [1],
        [{}],
        [{"name": "a", "kind": "number"}],
        *(
            [{**Column(name="a", kind="number", reason="").__dict__, "missing": [], field: value}]
            for field, value in [
                ("kind", "numeric"),
                ("name", 1),
                ("missing", "x"),
                ("missing", [1]),
                ("decimal", None),
                ("true_level", "yes"),
                ("time_zone", "Tokio"),
                ("extra", ""),
            ]
        ),
        [{**Column(name="a", kind="number", reason="").__dict__, "missing": []}] * 2,
    ],
)
def test_damaged_json_is_refused(damage: object) -> None:
    with pytest.raises(ModelFileError):
        schema_from_json(damage)


def test_an_unknown_column_suggests_the_nearest() -> None:
    schema = infer_schema(table_of(fare=["1", "2"]))

    with pytest.raises(DataError, match="Did you mean 'fare'"):
        schema["Fair"]
    assert nearest("FARE", ["fare", "age"]) == "fare"
    assert nearest("x", ["fare", "age"]) is None


# --- Whole tables ---------------------------------------------------------------------------------


def test_ten_thousand_columns_are_judged() -> None:
    cells = np.random.default_rng(0).normal(size=(10_000, 50)).round(3).astype(str)
    table = table_of(**{f"c{number}": column for number, column in enumerate(cells)})

    frame = convert(table, infer_schema(table))

    assert frame.dtypes == [pl.Float64] * 10_000
    assert frame.row(-1)[-1] == float(cells[-1, -1])


@pytest.mark.parametrize(
    ("file", "kinds"),
    [
        ("adult/adult_train.csv.gz", "ncncnccccc nnncc".replace(" ", "")),
        ("titanic/titanic_train.csv", "xnnxcnnncncc"),
        ("california/housing.csv", "nnnnnnnnnc"),
        ("bike_sharing/hour.csv", "xdnnnnnnnnnnnnnnn"),
        ("taxis/taxis.csv", "ddnnnnnncccccc"),
        ("penguins/penguins_raw.csv", "cncxcxccdnnnncnnc"),
        ("birthdays/Birthdays.parquet", "xcnnndcn"),
    ],
)
def test_real_tables_are_judged_as_a_person_would(file: str, kinds: str) -> None:
    if not (SHARED_DATA / file).exists():
        pytest.skip(f"{file} is not on this machine")
    table = read_table(SHARED_DATA / file)

    schema = infer_schema(table)

    letters = {"number": "n", "category": "c", "date": "d", "left out": "x"}
    assert "".join(letters[column.kind] for column in schema.columns) == kinds
    assert convert(table, schema).height == table.frame.height


def test_ordinary_files_are_judged_and_converted(tmp_path: Path) -> None:
    archive = SHARED_DATA / "rdatasets_sample" / "rdatasets_200.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive.name} is not on this machine")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    for path in sorted(tmp_path.rglob("*.csv")):
        table = read_table(path)
        schema = infer_schema(table)
        assert schema_from_json(schema.to_json()) == schema, path
        result = convert(table, schema)
        for column in schema.kept:
            if not column.missing and "infinite" not in column.reason:
                before, after = table.frame[column.name], result[column.name]
                assert before.null_count() == after.null_count(), (path, column)
