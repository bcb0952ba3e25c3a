"""Dates written as text: found by the whole column, and read cell by cell."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid.data.conversion import convert, count_odd
from pellucid.data.kinds.column import Column, Schema
from pellucid.data.kinds.date_formats import may_be_dates
from pellucid.data.schema import infer_schema
from pellucid.data.sources.table import Table
from pellucid.data.stored_schema import schema_from_json
from pellucid.errors import DataError, DataWarning

DAYS = [date(2023, 1, 1) + timedelta(days=37 * number % 700) for number in range(400)]


def table_of(file: str = "table.csv", /, **columns: Sequence[object]) -> Table:
    """Make a table as `read_table` would."""
    return Table(frame=pl.DataFrame(columns, strict=False), name=file)


def judged(cells: Sequence[object], **options: object) -> Column:
    """Infer the schema of a table with one column and return that column."""
    return infer_schema(table_of(c=cells), **options)["c"]


def converted(cells: Sequence[object], **options: object) -> list[object]:
    """Infer and convert a table with one column."""
    table = table_of(c=cells)
    return convert(table, infer_schema(table, **options))["c"].to_list()


def written(form: str, days: Sequence[date] = DAYS) -> list[str]:
    """Write days in a format."""
    return [day.strftime(form) for day in days]


def with_cell(cell: str, form: str = "%Y-%m-%d") -> list[str]:
    """Write 400 days in a format, and in row 78 a cell instead."""
    return [*written(form)[:77], cell, *written(form)[78:]]


# --- One format for all cells ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "moment", "words"),
    [
        ("2024-01-31", datetime(2024, 1, 31), "year-month-day"),
        ("2024/1/31", datetime(2024, 1, 31), "year/month/day"),
        ("2024-01-31 17:45", datetime(2024, 1, 31, 17, 45), "year-month-day time"),
        (
            "2024-01-31T17:45:30.5",
            datetime(2024, 1, 31, 17, 45, 30, 500_000),
            "year-month-day time",
        ),
        ("2024-01-31T17:45:30Z", datetime(2024, 1, 31, 17, 45, 30), "year-month-day time zone"),
        (
            "2024-01-31 17:45:30+02:00",
            datetime(2024, 1, 31, 17, 45, 30),
            "year-month-day time zone",
        ),
        (
            "2024-01-31 17:45:30 -0800",
            datetime(2024, 1, 31, 17, 45, 30),
            "year-month-day time zone",
        ),
        ("2024-01-31 17:45:30 UTC", datetime(2024, 1, 31, 17, 45, 30), "year-month-day time zone"),
        ("31/01/2024", datetime(2024, 1, 31), "day/month/year"),
        ("01/31/2024", datetime(2024, 1, 31), "month/day/year"),
        ("1/31/24 5:45 PM", datetime(2024, 1, 31, 17, 45), "month/day/year time"),
        ("31.01.2024, 17:45", datetime(2024, 1, 31, 17, 45), "day.month.year time"),
        ("31-Jan-24", datetime(2024, 1, 31), "day-month-year"),
        ("31 January 2024", datetime(2024, 1, 31), "day month year"),
        ("Jan 31, 2024", datetime(2024, 1, 31), "month day, year"),
        ("Wednesday, January 31, 2024", datetime(2024, 1, 31), "month day, year"),
        ("31JAN2024", datetime(2024, 1, 31), "daymonthyear"),
        ("2024-01", datetime(2024, 1, 1), "year-month"),
        ("Wed Jan 31 09:00:00 -0800 2024", datetime(2024, 1, 31, 9), "month day time zone year"),
    ],
)
def test_dates_are_read_in_any_usual_format(cell: str, moment: datetime, words: str) -> None:
    column = judged([cell, None])

    assert column.kind == "date"
    zone = ", by the clock of the zone each is given in" if "zone" in words else ""
    assert column.reason == (
        f"dates, {words}, from {moment:%Y-%m-%d} to {moment:%Y-%m-%d}{zone}; 1 of 2 missing"
    )
    assert converted([cell, None]) == [moment, None]


def tokyo(*days: str) -> pl.Series:
    """Midnights of Tokyo."""
    return pl.Series(days).str.to_datetime(time_zone="Asia/Tokyo")


def test_dates_with_a_zone_are_read_by_its_clock() -> None:
    table = table_of(c=tokyo("2021-01-04", "2021-01-05"))

    schema = infer_schema(table)

    assert schema["c"].reason == "dates from 2021-01-04 to 2021-01-05, by the clock of Asia/Tokyo"
    monday = [datetime(2021, 1, 4)]
    same = [
        table.frame["c"].head(1),
        table.frame["c"].head(1).dt.convert_time_zone("America/New_York").dt.cast_time_unit("ns"),
        *(["2021-01-04 00:00:00+09:00"], ["2021-01-03T15:00:00Z"], ["2021-01-03 15:00:00 UTC"]),
        *(["2021-01-04"], monday, [date(2021, 1, 4)]),
    ]
    for cells in same:
        assert convert(table_of(c=cells), schema)["c"].to_list() == monday


def test_dates_that_had_no_zone_in_training_are_read_by_the_clock_they_show() -> None:
    for trained in (["2021-01-01", "2021-01-02"], ["2021-01-04 00:00+09:00"] * 2):
        schema = infer_schema(table_of(c=trained), kinds={"c": "date"})
        new = convert(table_of(c=tokyo("2021-01-04")), schema)
        assert new["c"].to_list() == [datetime(2021, 1, 4)]


def test_dates_without_signs_are_told_from_numbers_by_their_range() -> None:
    days = [f"202401{day:02}" for day in range(1, 30)]

    assert judged(days).kind == "date"
    assert judged([*days, "99999999"]).kind == "number"


def test_a_day_that_may_be_a_month_is_said() -> None:
    american, european = judged(["01/02/2024", "03/04/2024"]), judged(["01.02.2024", "03.04.2024"])

    assert american.reason == (
        "dates, month/day/year, from 2024-01-02 to 2024-03-04; they could also be day/month/year, "
        "no cell decides it: if so, write year-month-day"
    )
    assert european.date_format == "%d.%m.%Y"


def test_times_of_day_become_seconds() -> None:
    assert judged(["9:30", "17:45"]).reason == "times of day, read as a number of seconds"
    assert converted(["9:30", "17:45"]) == [34_200, 63_900]
    assert converted(["9:30 AM", "5:45 PM"]) == [34_200, 63_900]
    assert converted(["00:00:01.5", None]) == [1.5, None]


# --- Most cells, and a few others -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("unknown", "%Y-%m-%d"),
        ("0000-00-00", "%Y-%m-%d"),
        ("2024-02-31", "%Y-%m-%d"),
        ("2024-03", "%Y-%m-%d"),
        ("9:30", "%Y-%m-%d"),
        ("31/02/2024", "%d/%m/%Y"),
        ("31/02/24", "%d/%m/%y"),
        ("00/00/0000", "%m/%d/%Y"),
        ("2024-03-05 25:61:00", "%Y-%m-%d %H:%M:%S"),
        ("99999999", "%Y%m%d"),
        ("0", "%Y%m%d"),
    ],
)
def test_a_cell_that_is_no_date_is_missing_and_said(cell: str, form: str) -> None:
    cells = with_cell(cell, form)

    column = judged(cells)

    assert column.kind == "date"
    assert column.reason.endswith(
        f"; 1 cell is no date, read as missing, such as {cell!r} in row 78"
    )
    assert [row for row, moment in enumerate(converted(cells), 1) if moment is None] == [78]


@pytest.mark.parametrize("cell", ["05/06/2024", "05-06-2024", "05/06/24"])
def test_a_cell_that_may_be_two_days_is_missing_and_said(cell: str) -> None:
    assert judged(with_cell(cell)).reason.endswith(
        f"; 1 cell is no date of one meaning, read as missing, such as {cell!r} in row 78"
    )


@pytest.mark.parametrize(
    ("cell", "form", "moment"),
    [
        ("2024-03-05 00:00:00", "%Y-%m-%d", datetime(2024, 3, 5)),
        ("2024-03-05T10:11:12Z", "%Y-%m-%d", datetime(2024, 3, 5, 10, 11, 12)),
        ("2024-03-05", "%Y-%m-%d %H:%M:%S", datetime(2024, 3, 5)),
        ("2024-03-05 10:11", "%Y-%m-%d %H:%M:%S", datetime(2024, 3, 5, 10, 11)),
        ("2024-03-05 10:11:12Z", "%Y-%m-%d %H:%M:%S", datetime(2024, 3, 5, 10, 11, 12)),
        ("2024-03-05T10:11:12", "%Y-%m-%dT%H:%M:%SZ", datetime(2024, 3, 5, 10, 11, 12)),
        ("25/06/2024", "%Y-%m-%d", datetime(2024, 6, 25)),
        ("20240305", "%Y-%m-%d", datetime(2024, 3, 5)),
        ("5 March 2024", "%Y-%m-%d", datetime(2024, 3, 5)),
        ("2024-03-05", "%d/%m/%Y", datetime(2024, 3, 5)),
        ("05/03/2024 10:11", "%d/%m/%Y", datetime(2024, 3, 5, 10, 11)),
        ("05-03-2024", "%d/%m/%Y", datetime(2024, 3, 5)),
        ("05/03/24", "%d/%m/%Y", datetime(2024, 3, 5)),
        ("05/03/2024", "%m/%d/%Y %H:%M", datetime(2024, 5, 3)),
    ],
)
def test_a_date_written_otherwise_is_read(cell: str, form: str, moment: datetime) -> None:
    cells = with_cell(cell, form)

    assert judged(cells).reason.endswith(f"; 1 is written otherwise, such as {cell!r} in row 78")
    assert converted(cells)[77] == moment
    assert None not in converted(cells)


def test_fractions_of_seconds_may_stand_in_some_cells_only() -> None:
    assert converted(["2024-01-31 10:00:00", "2024-01-31 10:00:00.25"])[1] == datetime(
        2024, 1, 31, 10, 0, 0, 250_000
    )


def test_the_whole_column_decides_not_its_first_cells() -> None:
    days = ["01/02/2024", "03/04/2024"] * 2000

    assert judged(["unknown", *days]).kind == "date"
    assert judged([*days, "13/02/2024"]).date_format == "%d/%m/%Y"
    assert judged([*days, "02/13/2024"]).date_format == "%m/%d/%Y"
    assert converted(["2024-01-02"] * 2000 + ["2024-01-02 10:00"])[-1] == datetime(2024, 1, 2, 10)


def test_a_column_of_which_one_cell_in_nine_is_no_date_is_none() -> None:
    assert judged(["2024-01-31"] * 20 + ["2024-02-01"] * 70 + ["x"] * 10).kind == "date"
    assert judged(["2024-01-31"] * 20 + ["2024-02-01"] * 69 + ["x"] * 11).kind == "category"


def test_times_of_day_may_be_written_in_several_ways() -> None:
    cells = [f"{hour % 24}:{hour % 60:02}" for hour in range(400)]

    column = judged(["unknown", "9:30:15", "9:30 PM", *cells])

    assert column.reason == (
        "times of day, read as a number of seconds; 1 cell is no time, read as missing, such as "
        "'unknown' in row 1"
    )
    assert converted(["unknown", "9:30:15", "9:30 PM", *cells])[:3] == [None, 34_215, 77_400]


def test_where_cells_were_no_dates_in_training_others_may_be_none() -> None:
    schema = infer_schema(table_of(c=with_cell("0000-00-00", "%d/%m/%Y")))
    new = table_of(c=["0000-00-00", "2024-03-05 10:11", "soon"])

    converted = convert(new, schema)

    assert converted["c"].to_list() == [None, datetime(2024, 3, 5, 10, 11), None]
    assert count_odd(new, schema, converted) == {"c: no date, read as missing": 1}
    with pytest.raises(
        DataError, match=r"row 1 of table\.csv has '02/13/2024', which is not a date"
    ):
        convert(table_of(c=["02/13/2024"]), schema)
    with pytest.raises(DataError, match=r"row 1 of table\.csv has 'soon', which is not a date"):
        convert(table_of(c=["soon"]), infer_schema(table_of(c=written("%d/%m/%Y"))))


def test_cells_that_are_no_dates_may_be_many() -> None:
    days = written("%d/%m/%Y") * 5
    odd = [f"see note {number}" for number in range(100)] + ["02/13/2024", "03/14/2024"]

    column = judged([*days, *odd])

    assert "; 102 cells are no dates, read as missing, such as 'see note 0' in row 2001" in (
        column.reason
    )
    assert column.missing == ("02/13/2024", "03/14/2024", *odd[:20])
    assert converted([*days, *odd])[-102:] == [None] * 102


# --- Which part is the day, the month, the year ---------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        *("%Y-%m-%d", "%y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%y-%m-%d", "%d.%m.%y", "%y.%m.%d"),
        *("%d-%b-%y", "%y-%b-%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%-m/%-d/%y"),
    ],
)
def test_the_order_follows_from_what_varies(form: str) -> None:
    """Two years of days: their years vary little, and no month is above 12."""
    midnights = [datetime(day.year, day.month, day.day) for day in DAYS]

    assert converted(written(form)) == midnights
    assert "could also be" not in judged(written(form)).reason


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y", "%m/%d/%y"])
def test_first_days_of_months_are_known_from_years_of_them(form: str) -> None:
    months = [date(year, month, 1) for year in range(2001, 2025) for month in range(1, 13)]

    assert converted(written(form, months)) == [datetime(day.year, day.month, 1) for day in months]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["01/02/2024"] * 5, "day/month/year"),
        (["01.02.2024"] * 5, "month/day/year"),
        (["31/12/01", "31/12/02", "31/12/03"], "year/month/day"),
        (["01/02/03", "02/02/03"], "day/month/year or year/month/day"),
    ],
)
def test_an_order_that_stays_open_is_said(cells: list[str], words: str) -> None:
    assert judged([*cells, None]).reason.split("; ")[1] == (
        f"they could also be {words}, no cell decides it: if so, write year-month-day"
    )


def test_where_cells_contradict_each_other_only_those_of_one_meaning_are_read() -> None:
    cells = ["13/01/2024", "01/13/2024"] * 20 + ["05/06/2024", "07/07/2024"]

    assert judged(cells).reason == (
        "dates, not all in the same order, from 2024-01-13 to 2024-07-07; 1 cell is no date of one "
        "meaning, read as missing, such as '05/06/2024' in row 41"
    )
    assert converted(cells)[-2:] == [None, datetime(2024, 7, 7)]
    assert judged([*cells[:2], *cells[-2:-1] * 2]).kind == "category"


@pytest.mark.parametrize(
    ("years", "first"),
    [
        (range(2001, 2027), 1950),
        (range(1960, 1976), 1950),
        (range(1945, 2005), 1925),
        (range(1990, 2061), 1975),
        (range(1950, 2050), 1950),
    ],
)
def test_two_digit_years_are_of_one_hundred_years_that_belong_together(
    years: range, first: int
) -> None:
    days = [date(year, 1 + year % 12, 1 + year % 28) for year in years]

    column = judged(written("%d-%b-%y", days))

    assert column.first_year == str(first)
    words = f"; two-digit years are taken for {first} to {first + 99}"
    assert (words in column.reason) == any(30 <= day.year % 100 <= 69 for day in days)
    assert [moment.year for moment in converted(written("%d-%b-%y", days))] == list(years)


BIRTHS = [date(1935, 1, 1) + timedelta(days=90 * number) for number in range(300)]


@pytest.mark.parametrize(
    "training",
    [
        BIRTHS,
        [datetime(day.year, day.month, day.day) for day in BIRTHS],
        written("%d.%m.%Y", BIRTHS),
        written("%Y-%m-%d", BIRTHS),
        written("%d %b %y", BIRTHS),
        written("%d.%m.%Y", BIRTHS[:24]),
        [day.strftime("%d.%m.%y" if n % 5 else "%d.%m.%Y") for n, day in enumerate(BIRTHS)],
        [day.strftime("%d.%m.%Y" if n % 5 else "%d.%m.%y") for n, day in enumerate(BIRTHS)],
        [day.strftime("%d.%m.%y" if n % 5 else "%d.%m.%Y") for n, day in enumerate(BIRTHS[:40])],
        [*written("%d.%m.%Y", BIRTHS), "01.01.9999"],
    ],
)
def test_the_century_of_two_digit_years_is_that_of_all_training_dates(
    training: Sequence[object],
) -> None:
    schema = infer_schema(table_of(c=training))

    for form in ("%d %B %y", "%-d.%-m.%y") if "." in schema["c"].date_signs else ("%d %B %y",):
        new = convert(table_of(c=written(form, BIRTHS[:20])), schema)["c"].to_list()
        assert new == [datetime(day.year, day.month, day.day) for day in BIRTHS[:20]]


@given(st.lists(st.dates(date(1900, 1, 1), date(2060, 12, 31)), min_size=2, max_size=30))
def test_the_hundred_years_hold_all_training_dates_where_they_can(days: list[date]) -> None:
    first, years = int(judged(days, kinds={"c": "date"}).first_year), [day.year for day in days]

    if max(years) - min(years) < 100:
        assert first <= min(years)
        assert max(years) < first + 100


def test_a_few_full_years_do_not_move_the_century_of_many_short_ones() -> None:
    assert judged([*written("%d.%m.%y"), "01.01.1900"]).first_year == "1950"


def test_dates_without_signs_may_be_numbers() -> None:
    days = written("%Y%m%d")
    numbers = [float(day) for day in days[1:]]
    schema = infer_schema(table_of(c=days))

    assert judged([None, *numbers]).date_format == "%Y%m%d"
    assert judged([f"{day}.0" for day in days]).kind == "date"
    assert judged([str(19_000_101 + 7919 * number) for number in range(250)]).kind == "number"
    for new in (numbers[:1], [int(numbers[0])], [str(numbers[0])], days[1:2]):
        assert convert(table_of(c=new), schema)["c"].to_list() == converted(days)[1:2]
    with pytest.raises(DataError, match=r"row 1 of table\.csv has 7, which is not a date"):
        convert(table_of(c=[7]), schema)


# --- Later tables ---------------------------------------------------------------------------------


def test_the_order_of_training_holds_for_later_tables() -> None:
    schema = infer_schema(table_of(c=written("%d/%m/%Y")))

    assert convert(table_of(c=["09/02/2023"]), schema)["c"].to_list() == [datetime(2023, 2, 9)]
    with pytest.raises(DataError) as refused:
        convert(table_of(c=["09/02/2023", "02/13/2023"]), schema)
    assert str(refused.value) == (
        "Column 'c' was date in training, but row 2 of table.csv has '02/13/2023', which is not a "
        "date (day/month/year). Write dates as the training table does, or as year-month-day, such "
        "as 2024-01-31."
    )


@pytest.mark.parametrize(
    ("trained", "form"),
    [
        *(("%y/%m/%d", form) for form in ("%d.%m.%y", "%d-%m-%y", "%d %m %y", "%d-%b-%y")),
        *(("%d.%m.%y", form) for form in ("%y/%m/%d", "%m/%d/%y", "%y-%m-%d")),
        *(("%d/%m/%Y", form) for form in ("%y-%m-%d", "%d.%m.%y")),
        ("%m/%d/%y", "%d.%m.%y"),
    ],
)
def test_two_digit_years_between_other_signs_are_not_guessed(trained: str, form: str) -> None:
    schema = infer_schema(table_of(c=written(trained)))
    open_day, one_meaning = date(2023, 2, 9), date(1999, 4, 4)

    with pytest.raises(DataError, match=r"Write dates as .*, or as year-month-day"):
        convert(table_of(c=[open_day.strftime(form)]), schema)
    new = convert(table_of(c=written(form, [one_meaning])), schema)
    assert new["c"].to_list() == [datetime(1999, 4, 4)]


@pytest.mark.parametrize("form", ["%d/%m/%y", "%d-%m-%y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %y"])
def test_signs_that_training_had_and_dates_of_one_order_are_read(form: str) -> None:
    mixed = [day.strftime("%d-%m-%y" if n % 9 else "%d/%m/%y") for n, day in enumerate(DAYS)]
    schema = infer_schema(table_of(c=mixed))

    new = convert(table_of(c=written(form, [date(2023, 2, 9)])), schema)
    assert new["c"].to_list() == [datetime(2023, 2, 9)]


def test_signs_of_an_older_model_may_be_any() -> None:
    columns = infer_schema(table_of(c=written("%d/%m/%y"))).to_json()
    del columns[0]["date_signs"]

    new = convert(table_of(c=["09-02-23"]), schema_from_json(columns))
    assert new["c"].to_list() == [datetime(2023, 2, 9)]


TYPED = infer_schema(table_of(c=DAYS))


def test_open_text_for_typed_dates_is_missing_with_a_warning() -> None:
    cells = ["13/02/2023", "09/02/2023", "2023-02-09", None, "03/04/2023"]

    with pytest.warns(DataWarning) as warned:
        new = convert(table_of(c=cells), TYPED)

    assert new["c"].to_list() == [datetime(2023, 2, 13), None, datetime(2023, 2, 9), None, None]
    assert str(warned.pop().message) == (
        "Column 'c' of table.csv has 2 cells that may be more than one day, such as '09/02/2023' "
        "in row 2: the training table does not say whether the day or the month comes first. Read "
        "as missing; write dates as year-month-day, such as 2024-01-31, or give them with the type "
        "they had."
    )
    assert not warned


FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%y-%m-%d", "%Y-%m-%d %H:%M")
CELLS = st.none() | st.builds(
    lambda day, form: day.strftime(form),
    st.dates(date(1951, 1, 1), date(2049, 12, 31)),
    st.sampled_from(FORMS),
)
SCHEMAS = [TYPED, *(infer_schema(table_of(c=written(form))) for form in ("%Y-%m-%d", "%d/%m/%y"))]


@given(st.lists(CELLS, min_size=1, max_size=8), st.sampled_from(SCHEMAS))
def test_a_cell_is_read_alike_alone_and_among_others(
    cells: list[str | None], schema: Schema
) -> None:
    alone: list[object] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        for cell in cells:
            table = table_of(c=pl.Series([cell], dtype=pl.String))
            try:
                alone.extend(convert(table, schema)["c"])
            except DataError:
                alone.append("refused")
        table = table_of(c=pl.Series(cells, dtype=pl.String))
        if "refused" in alone:
            with pytest.raises(DataError, match=f"row {alone.index('refused') + 1} "):
                convert(table, schema)
        else:
            assert convert(table, schema)["c"].to_list() == alone


def test_a_date_of_an_older_model_keeps_its_order_and_century() -> None:
    columns = infer_schema(table_of(c=written("%d/%m/%y"))).to_json()
    del columns[0]["date_order"], columns[0]["first_year"]
    old = schema_from_json(columns)

    new = convert(table_of(c=["09/02/60", "09-02-2023"]), old)

    assert new["c"].to_list() == [datetime(2060, 2, 9), datetime(2023, 2, 9)]
    with pytest.raises(DataError, match="'02/13/23'"):
        convert(table_of(c=["02/13/23"]), old)


# --- A person knows better ------------------------------------------------------------------------


def test_dates_that_are_asked_for_are_read_and_the_others_listed() -> None:
    cells = ["2024-01-31", "soon", "31.12.2024", "n. d.", "2024-02-30"]

    column = judged(cells, kinds={"c": "date"})

    assert column.reason == (
        "as asked; dates, year-month-day, from 2024-01-31 to 2024-12-31; 1 is written otherwise, "
        "such as '31.12.2024' in row 3; 3 cells are no dates, read as missing, such as 'soon' in "
        "row 2"
    )
    assert column.missing == ("soon", "n. d.", "2024-02-30")
    assert judged([20240131, 20240201], kinds={"c": "date"}).date_format == "%Y%m%d"


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["Ada"] * 19 + ["2024-01-31"], "19 of 20 cells, such as 'Ada', are no dates"),
        ([True, False], "its cells are of type Boolean"),
    ],
)
def test_dates_asked_of_something_else_are_refused(cells: list[object], why: str) -> None:
    with pytest.raises(DataError) as refused:
        judged(cells, kinds={"c": "date"})
    assert f"was to be read as date, but cannot be: {why}." in str(refused.value)


def test_what_may_be_a_date_is_told_from_what_is_none() -> None:
    cells = pl.Series(["05/06/2024", "31 March 2024", "31/02/2024", "Ada", "9:30", None])

    assert may_be_dates(cells).to_list() == [True, True, False, False, False, None]
