"""Texts in memory, one a row: `fit(X, y)` with a list, an array or a column of str."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import pellucid
from pellucid import Classifier, DataError
from pellucid.data.sources.table import read_table
from pellucid.data.sources.text_cells import are_texts

GOOD = ("a good film I like", "what a lovely story", "great actors and a good plot")
BAD = ("a bad film I hate", "what an awful story", "poor actors and a bad plot")
X, Y = [*GOOD, *BAD] * 10, [*["good"] * 3, *["bad"] * 3] * 10

FORMS: dict[str, Callable[[list[str]], Any]] = {
    "list": list,
    "tuple": tuple,
    "array of str": np.array,
    "array of objects": lambda texts: np.array(texts, dtype=object),
    "array of bytes": lambda texts: np.array(texts).astype("S"),
    "pandas": pd.Series,
    "pandas with names for rows": lambda t: pd.Series(t, index=[f"id{i}" for i in range(len(t))]),
    "polars": pl.Series,
    "pyarrow": pa.array,
}


def learned(texts: Any) -> Classifier:
    return Classifier(max_epochs=4, random_state=0).fit(texts, Y)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_list_is_a_column_of_texts(form: str) -> None:
    table = read_table(FORMS[form](X))
    assert table.frame.to_dict(as_series=False) == {"text": X}
    assert table.consists_of == "text"


@pytest.mark.parametrize(
    "source",
    [
        [],
        [1, 2],
        ["a", 1],
        [None, None],
        "a text",
        ["a", ["b"]],
        np.array([1.0, 2.0]),
        np.array([["a"], ["b"]]),
        pd.Series([1, 2]),
        pl.Series([1, 2]),
        pl.DataFrame({"a": ["b"]}),
        pd.DataFrame({"a": ["b"]}),
        {"a": ["b"]},
    ],
)
def test_nothing_else_is(source: object) -> None:
    assert not are_texts(source)


def test_a_model_learns_from_a_list_and_predicts_any_form() -> None:
    model = learned(X)
    assert [(column.name, column.kind) for column in model.schema_] == [("text", "text")]
    assert model.n_features_in_ == 1
    assert model.score(X, Y) == 1.0
    for make in FORMS.values():
        assert model.predict(make(list(BAD))).tolist() == ["bad"] * 3


def test_texts_that_are_missing_or_half_a_character() -> None:
    texts = [None, float("nan"), "", "half \ud83d a pair", "a \ud83d\ude00 pair", *X]
    table = read_table(texts)
    first = table.frame["text"].to_list()[:5]
    assert first == [None, None, None, "half \ufffd a pair", "a \U0001f600 pair"]
    assert len(learned(X).predict(texts)) == len(texts)


def test_a_list_goes_to_the_one_column_of_texts_of_a_table(tmp_path: Path) -> None:
    pl.DataFrame({"review": X, "y": Y}).write_csv(tmp_path / "t.csv")
    model = Classifier(max_epochs=4, random_state=0, columns={"review": "text"})
    model.fit(tmp_path / "t.csv", "y")
    assert model.predict([BAD[0], GOOD[0]]).tolist() == ["bad", "good"]
    assert model.predict(pd.Series(list(BAD))).tolist() == ["bad"] * 3


def test_a_series_with_columns_as_its_index_is_one_row(tmp_path: Path) -> None:
    pl.DataFrame({"review": X, "y": Y}).write_csv(tmp_path / "t.csv")
    model = Classifier(max_epochs=4, random_state=0, columns={"review": "text"})
    model.fit(tmp_path / "t.csv", "y")
    assert model.predict(pd.Series({"review": BAD[0]})).tolist() == ["bad"]


def test_paths_in_a_list_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "1.txt"
    path.write_text("a bad film I hate")
    assert read_table([str(path)]).frame["text"].to_list() == [str(path)]


def test_other_calls_take_lists_too() -> None:
    model = pellucid.fit(X, Y, max_epochs=2, random_state=0)
    assert len(pellucid.evaluate(model, X, Y).judged.rows) == len(X)
    assert pellucid.explain(model, [BAD[0]], 1).cells == {"text": BAD[0]}
    assert model.partial_fit(X, Y) is model


def test_a_single_text_is_a_path() -> None:
    with pytest.raises(DataError, match=r"A text itself goes into a list, \[text\]"):
        learned(X).predict("a bad film I hate")


def test_numbers_of_one_dimension_are_refused_as_before() -> None:
    with pytest.raises(DataError, match="Expected 2D array, got 1D array instead"):
        Classifier().fit(np.arange(60.0), Y)


@pytest.mark.parametrize("weight", [1 / len(X), 1.0])
def test_weights_that_add_up_to_one_learn_the_same_words(weight: float) -> None:
    model = Classifier(max_epochs=2, random_state=0).fit(X, Y, sample_weight=[weight] * len(X))
    (encoder,) = model.model_.encoder.columns
    assert "film" in encoder.vocabulary.terms


@pytest.mark.parametrize("members", [1, 4])
def test_an_ensemble_learns_from_texts_without_hidden_layers(members: int) -> None:
    model = Classifier(max_epochs=4, members=members, random_state=0).fit(X, Y)
    assert model.score(X, Y) == 1.0


def test_an_ensemble_learns_from_pictures_without_hidden_layers() -> None:
    dark_or_light = np.arange(60) % 2
    pictures = (
        np.random.default_rng(0).integers(0, 50, (60, 8, 8)) + 150 * dark_or_light[:, None, None]
    )
    model = Classifier(max_epochs=20, members=2, filters=(4,), random_state=0)
    assert model.fit(pictures.astype(np.uint8), dark_or_light).score(pictures, dark_or_light) == 1.0


def test_texts_that_validate_may_be_a_list_too() -> None:
    model = Classifier(max_epochs=2, random_state=0).fit(X, Y, validation_data=(X[:6], Y[:6]))
    assert model.model_.record.split.words
    with pytest.raises(DataError, match="X has 1 features, but Classifier is expecting 2"):
        Classifier(max_epochs=1).fit([[1, 2], [3, 4]] * 30, Y, validation_data=(X[:6], Y[:6]))


@pytest.mark.parametrize("odd", [7, ["two", "texts"], b"bytes"])
def test_what_is_no_text_among_texts_is_named_by_its_row_and_not_quoted(odd: object) -> None:
    with pytest.raises(DataError, match=r"its row 3 is of type (int|list|bytes)\. Give a str"):
        learned([*X[:2], odd, *X[3:]])
