"""Explanations: the numbers shown are the numbers computed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console, RenderableType
from sklearn.pipeline import make_pipeline

import pellucid
from pellucid import (
    Classifier,
    DataError,
    NotFittedError,
    OptionError,
    Regressor,
    explain,
    nearest_rows,
    response_curve,
)
from pellucid.cli import console
from pellucid.data.conversion import convert


def shown(part: RenderableType) -> str:
    screen = Console(width=160)
    with screen.capture() as captured:
        screen.print(part)
    return captured.get()


@pytest.fixture(params=["buyer", "spender"])
def model(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("row", [1, 7, 200])
def test_shares_add_up_to_the_difference_of_outputs(
    model: Any, people: pl.DataFrame, row: int
) -> None:
    found = explain(model, people, row=row)
    assert found.completeness_error < 0.01
    difference = found.prediction - found.baseline
    assert sum(found.columns.values()) == pytest.approx(difference, rel=0.01)


def test_the_prediction_explained_is_the_prediction_made(
    buyer: Classifier, spender: Regressor, people: pl.DataFrame
) -> None:
    found = explain(buyer, people, row=4)
    assert found.prediction == pytest.approx(buyer.predict_proba(people)[3].max())
    assert found.probabilities["yes"] == pytest.approx(buyer.predict_proba(people)[3, 1])
    number = explain(spender, people, row=4)
    assert number.prediction == pytest.approx(spender.predict(people)[3])
    assert number.output == "spends"


def test_forward_propagation_can_be_checked_by_hand(people: pl.DataFrame) -> None:
    """z = xW + b and h = σ(z), from the shown inputs and the weights in the model."""
    model = Classifier(members=1, hidden_layer_sizes=(6,), activation="tanh", max_epochs=3).fit(
        people.drop("town"), "buys"
    )
    found = explain(model, people, row=2)
    first, _, *_, last = model.model_.network.layers
    x = np.array(list(found.inputs.values()))
    z1, h1, z2 = (trace.values for trace in found.layers)
    assert np.allclose(
        x @ first.parameters["weight"].numpy() + first.parameters["bias"].numpy(), z1
    )
    assert np.allclose(np.tanh(z1), h1)
    z = h1 @ last.parameters["weight"].numpy() + last.parameters["bias"].numpy()
    assert np.allclose(z, z2)
    assert [trace.name for trace in found.layers] == [
        "layer 1: z = xW + b",
        "layer 1: h = tanh(z)",
        "layer 2: z = xW + b",
    ]


def test_one_sum_is_shown_term_by_term(model: Any, people: pl.DataFrame) -> None:
    neuron = explain(model, people, row=3).neuron
    assert sum(neuron.terms.values()) + neuron.bias == pytest.approx(neuron.z)
    first = next(x for x in model.model_.exact_network.layers if "bias" in x.parameters)
    assert neuron.bias == pytest.approx(
        first.parameters["bias"].flatten()[neuron.number - 1].item()
    )


@settings(max_examples=5, deadline=None)
@given(offset=st.floats(-1e9, 1e9), power=st.floats(-6, 6))
def test_every_input_and_term_is_shown_whatever_the_unit(offset: float, power: float) -> None:
    """Bins far from 0 in comparison with their width once had one name for many."""
    generator = np.random.default_rng(0)
    noise = generator.normal(size=(200, 2))
    x = offset + 10.0**power * noise
    model = Regressor(max_epochs=1, members=2).fit(x, noise.sum(axis=1))
    found = explain(model, x)
    first = model.model_.exact_network.layers[0]
    neuron = found.neuron
    assert len(found.inputs) == len(neuron.terms) == first.weights_of(0).shape[0]
    assert sum(neuron.terms.values()) + neuron.bias == pytest.approx(neuron.z, abs=1e-12)


def test_a_column_that_decides_nothing_has_no_share() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(1200, 3))
    model = Regressor(max_epochs=10).fit(x, 5 * x[:, 1])
    shares = explain(model, x, row=int(np.argmax(x[:, 1])) + 1).columns
    assert next(iter(shares)) == "x1"
    assert abs(shares["x0"]) < 0.1 * shares["x1"]


def test_members_are_shown_one_by_one_and_together(model: Any, people: pl.DataFrame) -> None:
    last = explain(model, people, row=5).layers[-1]
    members = model.model_.network.members
    assert last.values.shape == (members, model.model_.task.num_outputs)
    assert np.allclose(last.mean, np.mean([last.values[k] for k in range(members)], axis=0))
    inputs = model.model_.encode(convert(model.take_rows(people), model.schema_)[4:5])
    module = model.model_.exact_network.to_module()
    assert np.allclose(last.mean, module(*inputs.tensors.values())[0].detach().numpy())


def test_the_truth_stands_beside_the_prediction_where_it_is_known(
    buyer: Classifier, spender: Regressor, people: pl.DataFrame
) -> None:
    assert explain(buyer, people, row=9).truth == people["buys"][8]
    assert explain(spender, people, row=9).truth == people["spends"][8]
    assert explain(buyer, people.drop("buys"), row=9).truth is None
    x = people.select("age", "sex")
    unnamed = Classifier(max_epochs=1).fit(x, people["buys"].to_numpy())
    assert explain(unnamed, x, row=9).truth is None


def test_of_several_targets_the_first_is_explained(people: pl.DataFrame) -> None:
    x, age = people.select("sex", "joined"), people["age"].fill_null(40.0).to_numpy()
    numbers = Regressor(max_epochs=2).fit(x, np.stack([age, -age], axis=1))
    found = explain(numbers, x, row=3)
    assert (found.output, found.prediction) == ("y0", pytest.approx(numbers.predict(x)[2, 0]))
    labels = Classifier(max_epochs=2).fit(x, np.stack([age > 40, age > 30], axis=1).astype(int))
    found = explain(labels, x, row=3)
    assert found.prediction == pytest.approx(labels.predict_proba(x)[2, 0])
    assert (found.output, found.probabilities) == ("probability of y0", {})
    named = pellucid.fit(people.drop("buys", "id"), ["spends", "age"], max_epochs=2)
    found = explain(named, people, row=4)
    assert (found.output, found.truth) == ("spends", people["spends"][3])


@pytest.mark.parametrize("is_skewed", [False, True])
def test_a_number_is_followed_to_its_unit(is_skewed: bool) -> None:
    """z · scale + mean, or the exponential of it where the logarithm was learned."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=300)
    y = np.exp(2 * x) if is_skewed else 100 + 5 * x
    frame = pl.DataFrame({"x": x, "y": y})
    model = Regressor(max_epochs=10).fit(frame, "y")
    found = explain(model, frame, row=3)
    assert found.unit is not None
    number = found.unit.z * found.unit.scale + found.unit.mean
    assert found.unit.is_log == model.model_.task.is_log
    assert found.prediction == pytest.approx(np.expm1(number) if found.unit.is_log else number)
    assert found.unit.prediction == pytest.approx(model.predict(frame)[2])
    said = " ".join(shown(console.explanation(found, model)).split())
    start = "y = exp(mean z of" if found.unit.is_log else "y = mean z of"
    assert start in said
    assert f" = {found.prediction:.6g}" in said


def test_shown_shares_add_up_to_what_is_printed() -> None:
    """Of 30 columns twelve are shown, and what the others come to."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 30))
    y = np.where(x.sum(axis=1) > 0, "yes", "no")
    model = Classifier(max_epochs=10).fit(x, y)
    found = explain(model, x, row=3)
    lines = shown(console.explanation(found, model)).splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("What pushed"))
    rows = lines[first + 2 : first + 2 + 15]
    assert rows[12].startswith("18 other columns ")
    assert rows[14].startswith("prediction − start ")
    *shares, total = (float(re.findall(r"[+-]\d\.\d{4}(?!\d)", row)[-1]) for row in rows)
    assert sum(shares) == pytest.approx(total, abs=15 * 5e-5)
    _, start, _, end = lines[first].rsplit(" ", 3)
    assert float(end) - float(start) == pytest.approx(total, abs=1e-4)


def test_everything_is_plain_data(model: Any, people: pl.DataFrame) -> None:
    plain = json.loads(json.dumps(explain(model, people, row=2, training=people).to_json()))
    assert plain["layers"][0].keys() == {"name", "values", "mean"}
    assert plain["cells"]["joined"] == str(people["joined"][1])
    assert plain["neighbors"]["rows"][0]["row"] == 2
    assert explain(model, people, row=2).to_json()["neighbors"] is None


@pytest.mark.parametrize("row", [0, 241, -1, "3"])
def test_there_is_no_such_row(buyer: Classifier, people: pl.DataFrame, row: Any) -> None:
    with pytest.raises(OptionError, match="between 1 and 240"):
        explain(buyer, people, row=row)


def test_another_class_than_the_predicted_one(buyer: Classifier, people: pl.DataFrame) -> None:
    yes, no = (explain(buyer, people, row=4, target_class=c) for c in ("yes", "no"))
    assert (yes.output, no.output) == ("probability of yes", "probability of no")
    assert yes.prediction + no.prediction == pytest.approx(1.0)
    assert yes.columns["age"] == pytest.approx(-no.columns["age"], rel=0.02)
    with pytest.raises(OptionError, match="one of no, yes, but is 'maybe'"):
        explain(buyer, people, target_class="maybe")


def test_a_number_has_no_classes(spender: Regressor, people: pl.DataFrame) -> None:
    with pytest.raises(OptionError, match="must be left out, but is 'yes'"):
        explain(spender, people, target_class="yes")


def test_what_is_no_model(people: pl.DataFrame) -> None:
    asked: list[Callable[[Any], Any]] = [
        lambda model: explain(model, people),
        lambda model: nearest_rows(model, people, people),
        lambda model: response_curve(model, people, "age"),
    ]
    for ask in asked:
        with pytest.raises(OptionError, match=r"but is of type Pipeline\..* pipeline\[-1\]"):
            ask(make_pipeline(Classifier()))
        with pytest.raises(NotFittedError, match="Call fit first"):
            ask(Classifier())


def test_rows_may_come_with_the_target_of_a_model_that_was_given_it_apart(
    people: pl.DataFrame,
) -> None:
    rows = people.select("age", "sex")
    model = Classifier(max_epochs=2).fit(rows, people["buys"])
    for table in (people, people.to_pandas(), people.lazy()):
        found = explain(model, table, row=3, training=table)
        assert found.columns == explain(model, rows, row=3).columns
        assert found.neighbors is not None
        assert found.neighbors.rows[0].row == 3
        assert response_curve(model, table, "age").num_rows == 240
    with pytest.raises(DataError, match="'age' of the training data is missing"):
        explain(model, people.rename({"age": "years"}))


def test_it_shows_itself_in_a_line(spender: Regressor, people: pl.DataFrame) -> None:
    found = explain(spender, people, row=3)
    said = repr(found)
    assert said.startswith(f"Explanation(row 3: spends {found.prediction:.4g}, pushed from ")
    assert f"{next(iter(found.columns))} {next(iter(found.columns.values())):+.4g}" in said
    assert said.endswith(", …)")
    assert len(said) < 200


@pytest.mark.parametrize("row", [1.0, 0, "1", True, None])
def test_a_row_that_is_no_number_of_one_is_refused(
    buyer: Classifier, people: pl.DataFrame, row: Any
) -> None:
    with pytest.raises(OptionError, match="row must be a whole number between 1 and 240"):
        explain(buyer, people, row=row)
