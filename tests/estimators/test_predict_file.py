"""Predicting files: every row, in order, in bounded memory, harmless in a spreadsheet."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pellucid import Classifier, DataError, OptionError, Regressor, read_table
from pellucid.estimators.predict_file import predict_file


def test_blocks_give_the_same_as_the_whole(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    people.write_csv(tmp_path / "people.csv")
    out = tmp_path / "out.csv"
    reading = {"rows_per_block": 17}
    done = predict_file(buyer, str(tmp_path / "people.csv"), out, reading=reading)
    assert done.rows == 240
    assert done.kept == ["id"]
    written = pl.read_csv(out)
    assert written["id"].to_list() == people["id"].to_list()
    assert written["prediction"].to_list() == buyer.predict(people).tolist()
    expected = buyer.predict_proba(people)[:, 1]
    assert np.allclose(written["probability yes"], expected, rtol=1e-12)


@pytest.mark.parametrize("kind", ["csv", "parquet", "ndjson"])
def test_any_kind_in_and_csv_or_parquet_out(
    spender: Regressor, people: pl.DataFrame, tmp_path: Path, kind: str
) -> None:
    source = tmp_path / f"people.{kind}"
    getattr(people, f"write_{kind}")(source)
    predict_file(spender, str(source), tmp_path / "out.parquet", reading={"rows_per_block": 50})
    written = pl.read_parquet(tmp_path / "out.parquet")
    assert np.allclose(written["prediction"], spender.predict(people), rtol=1e-12)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.parquet", source.name]


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(tmp_path: Path) -> None:
    n = 60
    classes = ["=1+1", "plain"]
    frame = pl.DataFrame(
        {
            "x": np.arange(n) % 7 * 1.5,
            "note": (["=cmd|' /C calc'!A0", "+1", "-2,5", "@sum", "-x", "fine"] * n)[:n],
            "y": [classes[i % 2] for i in range(n)],
        }
    )
    model = Classifier(max_epochs=1, columns={"note": "left out"}).fit(frame, "y")
    frame.write_csv(tmp_path / "in.csv")
    predict_file(model, str(tmp_path / "in.csv"), tmp_path / "out.csv", keep=None)
    written = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert written["note"][:6].to_list() == [
        "'=cmd|' /C calc'!A0",
        "+1",  # numbers stay numbers
        "-2,5",
        "'@sum",
        "'-x",
        "fine",
    ]
    assert set(written["prediction"]) <= {"'=1+1", "plain"}


def test_headings_that_a_spreadsheet_would_run_are_made_harmless(tmp_path: Path) -> None:
    names = ["=x", "'=x", "@y", "-1", "plain", "+t"]
    frame = pl.DataFrame({name: np.arange(40.0) * (1 + i) % 7 for i, name in enumerate(names)})
    model = Regressor(max_epochs=1).fit(frame, "+t")
    frame.write_csv(tmp_path / "in.csv")
    predict_file(model, str(tmp_path / "in.csv"), tmp_path / "out.csv", keep=None, interval=0.5)
    head = (tmp_path / "out.csv").read_text().splitlines()[0]
    assert head == "''=x,'=x,'@y,-1,plain,'+t,prediction,'+t low,'+t high"
    predict_file(model, str(tmp_path / "in.csv"), tmp_path / "out.parquet", keep=None)
    assert pl.read_parquet(tmp_path / "out.parquet").columns == [*names, "prediction"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (pl.Series([[1, 2]] * 240), r"type List\(Int64\)"),
        (pl.Series([{"a": 1}] * 240), r"type Struct"),
        (pl.Series([b"x"] * 240), "type Binary"),
        (pl.Series([timedelta(hours=1)] * 240), "type Duration"),
    ],
    ids=["lists", "records", "bytes", "spans"],
)
def test_what_text_cannot_hold_is_refused_before_predicting(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path, cells: pl.Series, words: str
) -> None:
    source = str(tmp_path / "in.parquet")
    people.with_columns(cells.alias("odd")).write_parquet(source)
    with pytest.raises(OptionError, match=rf"Column 'odd' of in\.parquet is of {words}") as raised:
        predict_file(buyer, source, tmp_path / "out.csv", keep=["odd"])
    assert raised.value.option == "keep"
    assert not (tmp_path / "out.csv").exists()
    assert predict_file(buyer, source, tmp_path / "out.csv").rows == 240  # it was not to be kept
    predict_file(buyer, source, tmp_path / "out.parquet", keep=None)
    assert pl.read_parquet(tmp_path / "out.parquet")["odd"].to_list() == cells.to_list()


def test_other_types_are_written_as_text(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    kept = ["clock", "exact", "nothing"]
    people.with_columns(
        clock=pl.lit(time(17, 45)),
        exact=pl.lit("1.50").cast(pl.Decimal(10, 2)),
        nothing=pl.lit(None),
    ).write_parquet(tmp_path / "in.parquet")
    predict_file(buyer, str(tmp_path / "in.parquet"), tmp_path / "out.csv", keep=kept)
    assert pl.read_csv(tmp_path / "out.csv")["exact"].to_list() == [1.5] * 240


def test_a_bad_block_leaves_no_half_file(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    text = people.with_columns(pl.col("age").cast(pl.String))
    bad = text.with_columns(
        age=pl.when(pl.int_range(pl.len()) == 200).then(pl.lit("old")).otherwise("age")
    )
    bad.write_csv(tmp_path / "bad.csv")
    out = tmp_path / "out.csv"
    out.write_text("precious")
    with pytest.raises(DataError, match="row 201") as raised:
        predict_file(buyer, str(tmp_path / "bad.csv"), out, reading={"rows_per_block": 64})
    assert (raised.value.column, raised.value.row) == ("age", 201)
    assert out.read_text() == "precious"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad.csv", "out.csv"]


def test_what_is_unlike_training_is_counted(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    odd: Any = people.with_columns(sex=pl.lit("x"), joined=pl.lit("2040-01-01"))
    odd.write_csv(tmp_path / "odd.csv")
    done = predict_file(buyer, str(tmp_path / "odd.csv"), tmp_path / "out.csv")
    assert done.surprises == {
        "sex: levels not learned in training, read as unknown": 240,
        "joined: dates outside the training range": 240,
    }


def test_intervals_and_reasons_are_the_same_in_blocks(
    spender: Regressor, people: pl.DataFrame, tmp_path: Path
) -> None:
    odd = people.with_columns(
        age=pl.when(pl.int_range(pl.len()) % 50 == 7).then(300.0).otherwise("age")
    )
    odd.write_csv(tmp_path / "odd.csv")
    done = predict_file(
        spender,
        str(tmp_path / "odd.csv"),
        tmp_path / "out.csv",
        reading={"rows_per_block": 17},
        interval=0.8,
        flag_unlike=True,
    )
    written = pl.read_csv(tmp_path / "out.csv")
    assert written.columns == ["id", "prediction", "spends low", "spends high", "unlike training"]
    _, bounds = spender.predict(odd, interval=0.8)
    assert np.allclose(written.select("spends low", "spends high"), bounds, rtol=1e-12)
    found = spender.unlike_training(odd)
    assert tuple(written["unlike training"].fill_null("")) == found.reasons
    assert (done.interval, done.unlike) == (0.8, found.is_unlike.sum())
    assert sum("age 300 is beyond" in reason for reason in found.reasons) == 5


def test_sets_are_written_likeliest_first(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    people.write_csv(tmp_path / "people.csv")
    predict_file(buyer, str(tmp_path / "people.csv"), tmp_path / "out.csv", interval=0.95)
    written = pl.read_csv(tmp_path / "out.csv")
    assert written.columns == ["id", "prediction", "set", "probability no", "probability yes"]
    sets = buyer.predict_set(people, coverage=0.95)
    told = written["set"].str.split(" | ").to_list()
    assert [sorted(classes) for classes in told] == [buyer.classes_[held].tolist() for held in sets]
    assert [classes[0] for classes in told] == written["prediction"].to_list()
    assert {len(classes) for classes in told} == {1, 2}


def test_labels_and_several_numbers_are_told_by_name(people: pl.DataFrame, tmp_path: Path) -> None:
    rows = people.select("age", "sex", old=pl.col("age") > 40, f=pl.col("sex") == "f").drop_nulls()
    rows = rows.with_columns(pl.col("old", "f").cast(pl.Int64), twice=2 * pl.col("age"))
    rows.write_csv(tmp_path / "rows.csv")
    columns = ["age", "sex", "old", "f"]
    labels = Classifier(max_epochs=2).fit(read_table(rows.select(columns)), columns[2:])
    predict_file(labels, str(tmp_path / "rows.csv"), tmp_path / "out.csv", interval=0.9)
    written = pl.read_csv(tmp_path / "out.csv")
    assert written.columns == ["probability old", "probability f", "old set", "f set"]
    assert set(written["old set"]) <= {"yes", "no", "yes | no", "no | yes"}
    columns = ["sex", "old", "age", "twice"]
    numbers = Regressor(max_epochs=2).fit(read_table(rows.select(columns)), columns[2:])
    predict_file(numbers, str(tmp_path / "rows.csv"), tmp_path / "out.csv", interval=0.9)
    assert pl.read_csv(tmp_path / "out.csv").columns == [
        "prediction age",
        "prediction twice",
        "age low",
        "age high",
        "twice low",
        "twice high",
    ]


def test_a_promise_that_cannot_be_kept_leaves_no_file(
    spender: Regressor, people: pl.DataFrame, tmp_path: Path
) -> None:
    people.write_csv(tmp_path / "people.csv")
    with pytest.raises(OptionError, match=r"interval is 0\.9999"):
        predict_file(spender, str(tmp_path / "people.csv"), tmp_path / "out.csv", interval=0.9999)
    assert [p.name for p in tmp_path.iterdir()] == ["people.csv"]
