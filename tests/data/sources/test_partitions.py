"""Columns in the names of folders, as Hive, Spark, PyArrow and Polars write them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from pellucid import Classifier
from pellucid.data.sources.table import read_blocks, read_table
from pellucid.errors import DataError
from pellucid.estimators.predict_file import predict_file


def write(folder: Path, *, kind: str = "parquet", **columns: list[object]) -> None:
    """Write a file into a folder."""
    folder.mkdir(parents=True)
    frame = pl.DataFrame(columns)
    path = folder / f"part-0.{kind}"
    frame.write_parquet(path) if kind == "parquet" else frame.write_csv(path)


def test_partition_columns_are_read_with_their_types(tmp_path: Path) -> None:
    for region, year, day in (("a b/é", 2024, "2024-01-31"), ("s", 2023, "2024-02-29")):
        quoted = region.replace(" ", "%20").replace("/", "%2F")
        write(tmp_path / f"region={quoted}" / f"year={year}" / f"day={day}", x=[0.5, 1.5])

    table = read_table(tmp_path / "*/*/*/*.parquet")

    assert table.frame.to_dict(as_series=False) == {
        "x": [0.5, 1.5] * 2,
        "region": ["a b/é", "a b/é", "s", "s"],
        "year": [2024, 2024, 2023, 2023],
        "day": [dt.date(2024, 1, 31)] * 2 + [dt.date(2024, 2, 29)] * 2,
    }
    assert table.notes == ("columns from the names of folders: 'region', 'year', 'day'",)
    assert table.frame.equals(read_table(tmp_path / "**/*.parquet").frame)
    blocks = list(read_blocks(tmp_path / "**/*.parquet", rows_per_block=3))
    assert pl.concat(block.frame for block in blocks).equals(table.frame)


def test_a_partition_without_a_value_is_missing_and_codes_stay_text(tmp_path: Path) -> None:
    for code, size in (("007", "1"), ("12", "__HIVE_DEFAULT_PARTITION__")):
        write(tmp_path / f"code={code}" / f"size={size}", x=[1])

    frame = read_table(tmp_path / "*/*/*.parquet").frame

    assert frame.rows() == [(1, "007", 1), (1, "12", None)]


def test_text_tables_have_them_as_text(tmp_path: Path) -> None:
    for year in (2023, 2024):
        write(tmp_path / f"year={year}", kind="csv", x=[1, 2])

    assert read_table(tmp_path / "*/*.csv").frame.rows() == [
        ("1", "2023"),
        ("2", "2023"),
        ("1", "2024"),
        ("2", "2024"),
    ]


def test_a_column_that_the_files_have_too_is_read_from_them(tmp_path: Path) -> None:
    for year in (2023, 2024):
        write(tmp_path / f"year={year}", x=[1], year=[year])

    table = read_table(tmp_path / "*/*.parquet")

    assert table.frame.to_dict(as_series=False) == {"x": [1, 1], "year": [2023, 2024]}
    assert table.notes == (
        "columns in the files and in the names of folders, read from the files: 'year'",
    )


def test_only_the_folders_right_above_a_file_count(tmp_path: Path) -> None:
    write(tmp_path / "run=5" / "raw", x=[1])

    assert read_table(tmp_path / "run=5" / "raw" / "part-0.parquet").frame.columns == ["x"]


def test_files_need_the_same_partition_columns(tmp_path: Path) -> None:
    write(tmp_path / "year=2023", x=[1])
    write(tmp_path / "month=1", x=[1])

    with pytest.raises(DataError, match=r"have different columns: .* has no column 'month'"):
        read_table(tmp_path / "*/*.parquet")
    with pytest.raises(DataError, match=r"a pattern such as .*\*\*/\*.parquet for all tables"):
        read_table(tmp_path)


def test_a_model_of_partitions_predicts_them_and_each_alone_in_order(tmp_path: Path) -> None:
    for region in ("n", "s", "5"):
        x = [i / 10 for i in range(60)]
        write(tmp_path / f"region={region}", x=x, y=[region == "n"] * 30 + [region == "s"] * 30)
    pattern = str(tmp_path / "*" / "*.parquet")
    model = Classifier(max_epochs=2, members=1).fit(pattern, "y")

    predict_file(model, pattern, tmp_path / "all.csv", keep=["region", "x"])
    predict_file(model, str(tmp_path / "region=5" / "part-0.parquet"), tmp_path / "one.csv")

    every, one = pl.read_csv(tmp_path / "all.csv"), pl.read_csv(tmp_path / "one.csv")
    assert every["region"].to_list() == ["5"] * 60 + ["n"] * 60 + ["s"] * 60
    assert every["x"].to_list() == x * 3
    assert one["prediction"].to_list() == every["prediction"].to_list()[:60]
