"""What may be given as rows, targets and weights; what may not is refused in our own errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

import pellucid
from pellucid import Classifier, DataError, PellucidError, Regressor

generator = np.random.default_rng(0)
X = generator.normal(size=(60, 2))
Y = np.arange(60) % 2
HOLE = np.where(np.arange(60) == 6, np.nan, X[:, 0])

REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "a target missing": (lambda: Regressor().fit(X, HOLE), "target of row 7 is missing"),
    "a class missing": (lambda: Classifier().fit(X, HOLE), "target of row 7 is missing"),
    "an infinite target": (
        lambda: Regressor().fit(X, X[:, 0] / 0.0),
        "target of row 1 is infinite",
    ),
    "no target": (lambda: Regressor().fit(X), "requires y to be passed"),
    "a negative weight": (
        lambda: Classifier().fit(X, Y, np.where(np.arange(60) == 2, -1.0, 1.0)),
        "sample_weight of row 3 is -1",
    ),
    "weights too few": (lambda: Classifier().fit(X, Y, np.ones(59)), "sample_weight"),
    "weights that are none": (lambda: Classifier().fit(X, Y, ["a"] * 60), "."),
    "too few targets": (lambda: Classifier().fit(X, Y[:-1]), "60 rows and y has 59"),
    "classes with fractions": (lambda: Classifier().fit(X, X[:, 0]), "Unknown label type"),
    "targets of three dimensions": (lambda: Regressor().fit(X, np.zeros((60, 2, 2))), "."),
    "words as numbers": (lambda: Regressor().fit(X, ["a"] * 60), "."),
    "one row": (lambda: Regressor().fit(X[0], Y[:2]), "Reshape your data"),
    "no rows": (lambda: Regressor().fit(X[:0], Y[:0]), "."),
    "complex numbers": (lambda: Regressor().fit(X * 1j, Y), "Complex data not supported"),
    "mixed names": (
        lambda: Regressor().fit(pd.DataFrame(X, columns=["a", 1]), Y),
        "string names",
    ),
    "a sparse matrix": (
        lambda: Classifier().fit(scipy.sparse.csr_array(X), Y),
        r"sparse matrix of 60 rows and 2 columns.*Give X.toarray\(\)",
    ),
    "a sparse matrix at the door": (
        lambda: pellucid.fit(scipy.sparse.coo_matrix(X), Y),
        "sparse matrix",
    ),
}


@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_learned_from_is_refused_in_our_own_errors(name: str) -> None:
    fit, words = REFUSED[name]
    with pytest.raises(PellucidError, match=words) as refused:
        fit()
    assert isinstance(refused.value, ValueError)


def test_what_cannot_be_predicted_likewise() -> None:
    frame = pd.DataFrame(X, columns=["a", "b"])
    model = Regressor(max_epochs=1).fit(frame, Y)
    for rows, words in (
        (pd.DataFrame(X, columns=["a", "c"]), "feature names should match"),
        (pd.DataFrame(X[:, :1], columns=["a"]), "feature names should match"),
        (scipy.sparse.csr_array(X), "sparse"),
        (None, "."),
        (3.0, "."),
    ):
        with pytest.raises(PellucidError, match=words):
            model.predict(rows)
    with pytest.raises(PellucidError, match="score requires y"):
        model.score(frame)
    with pytest.raises(DataError, match="sample_weight of row 1"):
        model.partial_fit(frame, Y, -np.ones(60))


def test_a_structured_array_is_a_table() -> None:
    rows = np.array(
        [(a, str(i % 3), i % 2) for i, (a, _) in enumerate(X)],
        dtype=[("size", "f8"), ("kind", "U1"), ("sold", "i8")],
    )
    model = Classifier(max_epochs=1).fit(rows, "sold")
    assert model.feature_names_in_.tolist() == ["size", "kind"]
    assert model.schema_["kind"].kind in ("number", "category")
    frame = pl.DataFrame({name: rows[name] for name in ("size", "kind")})
    expected = model.predict_proba(frame)
    assert np.array_equal(model.predict_proba(rows[["size", "kind"]]), expected)
    assert np.array_equal(model.predict_proba(rows.view(np.recarray)), expected)
    assert isinstance(pellucid.fit(rows, "sold", max_epochs=1), Classifier)


def test_names_of_targets_are_kept_and_the_columns_still_go_in_their_order() -> None:
    frame = pd.DataFrame(X, columns=["a", "b"])
    for target in (pd.Series(X[:, 0], name="price"), pl.Series("price", X[:, 0])):
        model = Regressor(max_epochs=1).fit(frame, target)
        assert model.target_ == ("price",)
        assert model.set_output(transform="pandas").predict(frame).columns.tolist() == ["price"]
        with pytest.raises(DataError, match="feature names should match"):
            model.predict(frame[["b", "a"]])
    labels = pd.DataFrame({"red": Y, "round": 1 - Y})
    both = Classifier(max_epochs=1).fit(frame, labels).set_output(transform="polars")
    assert both.predict_proba(frame).columns == ["red", "round"]
    assert Regressor(max_epochs=1).fit(X, pd.DataFrame(X)).target_ == ()


def test_a_generator_gives_the_seed() -> None:
    one, two = (
        Regressor(max_epochs=1, random_state=np.random.default_rng(5)).fit(X, Y) for _ in range(2)
    )
    assert np.array_equal(one.predict(X), two.predict(X))
    before = one.predict(X)
    assert not np.array_equal(one.fit(X, Y).predict(X), before)  # it goes on from where it was


def test_columns_left_out_are_told_to_a_logger_that_is_silent_by_itself(
    people: pl.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    model = Regressor(max_epochs=1).fit(people.drop("buys"), "spends")
    left_out = [column for column in model.schema_ if column.kind == "left out"]
    assert [record.name for record in caplog.records] == ["pellucid"] * len(left_out)
    assert "column 'id' is not learned from" in caplog.text
