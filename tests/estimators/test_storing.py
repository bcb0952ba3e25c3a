"""Fitted estimators in bytes, in open files, with a caller's own facts, and in skops's format."""

from __future__ import annotations

import copy
import io
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import skops.io

import pellucid
from pellucid import Classifier, ModelFileError, OptionError
from pellucid.cli.commands.inspect import inspect_model

FACTS = {"owner": "sales", "tags": ["a", None, 1.5], "nested": {"π": True}}


def test_a_model_goes_through_memory(
    buyer: Classifier, people: pl.DataFrame, tmp_path: Path
) -> None:
    memory = io.BytesIO()
    buyer.save(memory)
    content = memory.getvalue()
    buyer.save(tmp_path / "m.pellucid")
    assert content == (tmp_path / "m.pellucid").read_bytes()
    memory.seek(0)
    with (tmp_path / "m.pellucid").open("rb") as file:
        for source in (content, memory, file):
            loaded = pellucid.load(source)
            assert np.array_equal(loaded.predict_proba(people), buyer.predict_proba(people))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"", "The model given as bytes is not a Pellucid model file"),
        (io.BytesIO(b"PK"), "The model in the open file is not a Pellucid model file"),
        (io.StringIO("text"), "is str. Open the file in binary mode"),
    ],
)
def test_what_is_no_model_is_refused_by_name(source: Any, words: str) -> None:
    with pytest.raises(ModelFileError, match=words):
        pellucid.load(source)


def test_facts_of_the_callers_own_travel_along(
    buyer: Classifier, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.pellucid"
    buyer.save(path, metadata=FACTS)
    loaded = pellucid.load(path)
    assert loaded.metadata_ == FACTS
    loaded.save(path)  # they stay
    assert pellucid.load(path).metadata_ == FACTS
    inspect_model(path, as_json=False)
    assert "owner: 'sales'" in capsys.readouterr().out
    inspect_model(path, as_json=True)
    assert json.loads(capsys.readouterr().out)["metadata"] == FACTS
    loaded.save(path, metadata={})
    assert pellucid.load(path).metadata_ == {}
    buyer.save(path)
    assert pellucid.load(path).metadata_ == {}


@pytest.mark.parametrize("facts", [{"x": float("nan")}, {"x": object()}, {"x": b"a"}])
def test_facts_that_json_does_not_have_are_refused(buyer: Classifier, facts: Any) -> None:
    with pytest.raises(OptionError, match="metadata must be what JSON has"):
        buyer.save(io.BytesIO(), metadata=facts)


def test_facts_without_end_are_refused(buyer: Classifier) -> None:
    with pytest.raises(OptionError, match=r"takes 70,\d+ characters .* 65,536 is the most"):
        buyer.save(io.BytesIO(), metadata={"x": "a" * 70_000})


def test_skops_stores_a_fitted_estimator(people: pl.DataFrame) -> None:
    rows = people.drop("spends")
    model = Classifier(max_epochs=1).fit(rows, "buys").partial_fit(rows, "buys")
    content = skops.io.dumps(model)
    trusted = skops.io.get_untrusted_types(data=content)
    assert all(name.startswith("pellucid.") for name in trusted)
    stored = skops.io.loads(content, trusted=trusted)
    assert np.array_equal(stored.predict_proba(people), model.predict_proba(people))
    again, expected = stored.partial_fit(rows, "buys"), model.partial_fit(rows, "buys")
    assert np.array_equal(again.predict_proba(people), expected.predict_proba(people))


def test_having_predicted_makes_a_stored_estimator_no_larger(people: pl.DataFrame) -> None:
    """What predicts is a network in float64, which is made again where it is needed."""
    rows = people.drop("spends")
    model = Classifier(max_epochs=1).fit(rows, "buys")
    size = len(pickle.dumps(model))

    answers = model.predict_proba(people)

    assert len(pickle.dumps(model)) == size
    assert np.array_equal(copy.deepcopy(model).predict_proba(people), answers)
