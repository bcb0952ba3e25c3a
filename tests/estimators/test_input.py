"""Rows as people have them at hand: one row by itself, and tables that lack a column."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import pellucid
from pellucid import Classifier, DataError, Regressor
from pellucid.estimators.predict_file import predict_file

# --- One row ------------------------------------------------------------------------------------


def test_a_dict_of_cells_is_one_row(buyer: Classifier, people: pl.DataFrame) -> None:
    row = people.row(7, named=True)
    expected = buyer.predict_proba(people)[7:8]
    assert np.allclose(buyer.predict_proba(row), expected, rtol=1e-12)
    backwards = dict(reversed(row.items()))
    assert np.array_equal(buyer.predict_proba(backwards), buyer.predict_proba(row))
    assert buyer.predict(row).shape == (1,)
    assert buyer.predict_set(row).shape == (1, 2)
    assert buyer.encode(row).shape[0] == 1
    assert len(buyer.unlike_training(row).reasons) == 1
    table = {name: [cell] * 3 for name, cell in row.items()}
    assert buyer.predict(table).shape == (3,)


def test_a_series_of_pandas_is_one_row(spender: Regressor, people: pl.DataFrame) -> None:
    frame = people.to_pandas()
    expected = spender.predict(people)[3]
    assert spender.predict(frame.iloc[3]) == pytest.approx([expected], rel=1e-12)
    number, bounds = spender.predict(frame.iloc[3][::-1], interval=0.5)
    assert number == pytest.approx([expected], rel=1e-12)
    assert bounds.shape == (1, 2)


def test_one_row_is_explained(buyer: Classifier, people: pl.DataFrame) -> None:
    row = people.row(7, named=True)
    found = pellucid.explain(buyer, row)
    assert found.columns == pytest.approx(pellucid.explain(buyer, people, 8).columns)
    assert found.truth == people["buys"][7]


@pytest.mark.parametrize(
    "cells",
    [
        {"age": None, "sex": float("nan"), "town": pd.NA, "joined": pd.NaT},
        {"age": np.float32(39), "sex": np.str_("f"), "town": "?", "joined": datetime(2020, 1, 2)},
        {"age": "39", "sex": "x", "town": 5, "joined": "2020-01-02"},
        {"age": np.array(39), "sex": "f", "town": "town 1", "joined": pd.Timestamp("2020-01-02")},
        {"age": True, "sex": True, "town": 1.0, "joined": date(2020, 1, 2), "else": [1]},
    ],
    ids=["nothing", "NumPy's", "texts", "an array of one", "other types"],
)
def test_cells_of_any_type_are_read(buyer: Classifier, cells: dict[str, Any]) -> None:
    cells.pop("else", None)
    assert np.isfinite(buyer.predict_proba(cells)).all()


def test_one_row_for_a_model_of_arrays(people: pl.DataFrame) -> None:
    X = people.select("age").fill_null(40.0).with_columns(half=pl.col("age") / 2).to_pandas()
    model = Classifier(max_epochs=1).fit(X.to_numpy(), people["buys"])
    expected = model.predict_proba(X.to_numpy())[:1]
    assert np.allclose(model.predict_proba(X.iloc[0]), expected)  # by position: it has no names
    assert np.allclose(model.predict_proba({"x1": X["half"][0], "x0": X["age"][0]}), expected)
    with pytest.raises(DataError, match="2 columns of the training data are missing in the row"):
        model.predict({"age": 39.0, "half": 19.5})


def test_predictions_for_one_row_keep_its_name(people: pl.DataFrame) -> None:
    frame = people.select("age", "sex", "buys").to_pandas()
    model = Classifier(max_epochs=1).fit(frame, "buys").set_output(transform="pandas")
    assert model.predict(frame.iloc[5]).index.tolist() == [5]
    assert model.predict({"age": 30.0, "sex": "f"}).index.tolist() == [0]
    assert model.predict([{"age": 30.0, "sex": "f"}]).index.tolist() == [0]


# --- Columns that are missing -------------------------------------------------------------------


def test_a_missing_column_is_refused_with_a_remedy(buyer: Classifier, people: pl.DataFrame) -> None:
    with pytest.raises(DataError, match=r"or say allow_missing=True to read it as unknown"):
        buyer.predict(people.drop("town"))
    with pytest.raises(DataError, match=r"Is it 'Age' there\? Give .* allow_missing=True"):
        buyer.predict(people.rename({"age": "Age"}))
    with pytest.raises(DataError, match="in the row") as raised:
        buyer.predict({"age": 39.0, "sex": "f", "joined": "2020-01-02"})
    assert raised.value.column == "town"


def test_a_missing_column_is_read_as_unknown_if_asked(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    less, unknown = people.drop("town"), people.with_columns(town=pl.lit(None))
    expected = buyer.predict_proba(unknown)
    assert np.array_equal(buyer.predict_proba(less, allow_missing=True), expected)
    row = less.row(0, named=True)
    assert np.allclose(buyer.predict_proba(row, allow_missing=True), expected[:1])
    reasons = buyer.unlike_training(less, allow_missing=True).reasons
    assert all("the column town is missing" in reason for reason in reasons)
    found = pellucid.explain(buyer, less, 1, allow_missing=True)
    assert found.absent == ["town"]
    assert pellucid.explain(buyer, people, 1).absent == []


def test_columns_by_name_where_scikit_learn_wants_them_all(people: pl.DataFrame) -> None:
    X = people.select("age", "sex").to_pandas()
    model = Classifier(max_epochs=1).fit(X, people["buys"])
    unknown = model.predict_proba(X.assign(age=np.nan))
    assert np.array_equal(model.predict_proba(X[["sex"]], allow_missing=True), unknown)


def test_a_table_without_any_column_is_no_table_of_these_rows(
    buyer: Classifier, people: pl.DataFrame
) -> None:
    with pytest.raises(DataError, match="4 columns of the training data are missing") as raised:
        buyer.predict(people.select("id"), allow_missing=True)
    assert "allow_missing" not in str(raised.value)


def test_a_missing_column_is_counted_and_flagged_in_a_file(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    """Even one that was now and then missing in training: never as a whole."""
    people.drop("age").write_csv(tmp_path / "less.csv")
    done = predict_file(
        buyer,
        str(tmp_path / "less.csv"),
        tmp_path / "out.csv",
        flag_unlike=True,
        allow_missing=True,
        reading={"rows_per_block": 100},
    )
    assert done.surprises == {"age: the column is missing, read as unknown": 240}
    assert done.unlike == 240
    written = pl.read_csv(tmp_path / "out.csv")
    assert written["unlike training"].str.contains("the column age is missing").all()


# --- Numbers as the training table writes them ---------------------------------------------------


def european(rows: int) -> str:
    """A table with decimal commas and thousands points, and now and then "n/k"."""
    lines = ["price;qty;kg;note"]
    for i in range(rows):
        note = "n/k" if i % 50 == 7 else f"{i % 9}"
        qty = f"{300 + 13 * i:,}".replace(",", ".")
        lines.append(f"{i % 37},{i % 10}5;{qty};{1 + i % 23},{100 + i % 800};{note}")
    return "\n".join(lines)


def test_a_model_reads_later_tables_in_the_notation_of_training(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(european(200))
    model = Regressor(max_epochs=1, members=1, hidden_layer_sizes=(4,), random_state=0)
    model.fit(tmp_path / "train.csv", "kg").save(tmp_path / "kg.pellucid")
    (tmp_path / "new.csv").write_text("price;qty;kg;note\n3;2.520;1,234;odd\n4;2520;2,345;n/k\n")

    loaded = pellucid.load(tmp_path / "kg.pellucid")
    rows = loaded.rows_of(pellucid.read_table(tmp_path / "new.csv"))
    done = predict_file(loaded, str(tmp_path / "new.csv"), tmp_path / "out.csv")

    assert rows.target.tolist() == [[1.234], [2.345]]
    assert rows.frame["qty"].to_list() == [2520, 2520]
    assert done.surprises == {"note: no finite number, read as missing": 1}


def test_a_person_may_say_that_the_target_is_a_number(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text(european(200))
    options = {"max_epochs": 1, "members": 1, "hidden_layer_sizes": (4,)}

    with pytest.raises(DataError, match="is a number in 196 of 200 rows"):
        pellucid.fit(tmp_path / "train.csv", "note", task="regression", **options)
    model = pellucid.fit(tmp_path / "train.csv", "note", columns={"note": "number"}, **options)

    assert isinstance(model, Regressor)
    assert model.notes_[-1] == "4 rows left out where 'note' is no number: 'n/k' in row 8, ..."
