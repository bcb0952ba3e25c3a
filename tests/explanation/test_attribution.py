"""Integrated gradients: complete on every row, and what others compute."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from pellucid import Classifier, Regressor, read_table
from pellucid.data.conversion import convert
from pellucid.explanation.attribution import attribute, baseline_of, integrated_gradients
from pellucid.inputs import Inputs
from pellucid.network.layers import Activation, Linear
from pellucid.network.modules import NetworkModule
from pellucid.network.network import Network

CAPTUM = {"n_steps": 4_000, "method": "riemann_middle", "internal_batch_size": 4_000}


def encoded(model: Any, rows: pl.DataFrame) -> Inputs:
    inputs: Inputs = model.model_.encode(convert(model.take_rows(rows), model.schema_))
    return inputs


def likeliest(model: Any, inputs: Inputs) -> Tensor:
    outputs = model.model_.exact_network(inputs)
    return model.model_.task.answers(outputs, model.model_.temperature).argmax(dim=1)


@pytest.fixture(scope="session")
def deep_spender(people: pl.DataFrame) -> Regressor:
    """Two hidden layers, and vectors for the towns: members share all but the first and last."""
    options = {"members": 3, "hidden_layer_sizes": (24, 16), "max_epochs": 20}
    model = Regressor(**options, validation_fraction=0.15)  # in folds there are no vectors
    return model.fit(pl.concat([people.drop("buys", "id")] * 9), "spends")


def test_nothing_known_of_a_date_is_no_midnight_in_december(buyer: Classifier) -> None:
    """The baseline has the median day, and sine and cosine of 0, as a missing date has."""
    model = buyer.model_
    (joined,) = [column for column in model.encoder.columns if column.name == "joined"]
    assert np.array_equal(joined.nothing(), [[0.0, np.nan, np.nan]], equal_nan=True)
    dense, names = baseline_of(model)["dense"][0].tolist(), model.encoder.input_names()
    cycles = {name: x for name, x in zip(names, dense, strict=False) if "sine of" in name}
    assert cycles == dict.fromkeys(cycles, 0.0)
    assert len(cycles) == 4  # sine and cosine of month and weekday


def test_every_row_is_complete(buyer: Classifier, people: pl.DataFrame) -> None:
    inputs = encoded(buyer, people)
    target = likeliest(buyer, inputs)
    found = attribute(buyer.model_, inputs, target)
    assert found.shares.shape == (240, len(buyer.model_.encoder.columns))
    assert found.completeness_error.max() < 0.01
    probabilities = buyer.predict_proba(people)
    assert np.allclose(found.prediction, probabilities.max(axis=1))
    difference = found.prediction - found.baseline
    missed = np.abs(found.shares.sum(axis=1) - difference)
    assert np.allclose(
        found.completeness_error, missed / np.maximum(np.abs(difference), 1e-3), atol=1e-12
    )


def test_rows_do_not_disturb_each_other(spender: Regressor, people: pl.DataFrame) -> None:
    inputs = encoded(spender, people[:40])
    target = torch.zeros(40, dtype=torch.long)
    together = attribute(spender.model_, inputs, target)
    rows = [inputs.take(torch.tensor([i])) for i in (0, 17, 39)]
    alone = [attribute(spender.model_, row, target[:1]) for row in rows]
    assert np.allclose(together.shares[[0, 17, 39]], np.concatenate([a.shares for a in alone]))


def test_the_baseline_itself_has_shares_of_0_and_no_error(spender: Regressor) -> None:
    """Where outputs do not differ at all, the error is measured in the output's own unit."""
    found = attribute(spender.model_, baseline_of(spender.model_), torch.tensor([0]))
    assert np.all(found.shares == 0.0)
    assert found.completeness_error == 0.0


def test_a_function_with_a_known_integral() -> None:
    """f = x₀² x₁ from 0 to (a, b): ∫ 2 t² a² b dt = 2/3 a² b for x₀, and 1/3 a² b for x₁."""
    end = torch.tensor([[1.0, 1.0], [2.0, 1.0]], dtype=torch.float64)
    shares, before, after = integrated_gradients(
        lambda x: (x[:, :1] ** 2) * x[:, 1:],
        torch.zeros(1, 2).double(),
        end,
        torch.zeros(2, dtype=torch.long),
        torch.full((2,), 1e-9).double(),
        tolerance=1e-6,
    )
    assert torch.allclose(
        shares, torch.tensor([[2 / 3, 1 / 3], [8 / 3, 4 / 3]]).double(), rtol=1e-5
    )
    assert torch.equal(before, torch.zeros(2).double())
    assert torch.equal(after, torch.tensor([1.0, 4.0]).double())


def test_a_bend_next_to_the_end_is_found() -> None:
    """max(x − 0.9996, 0) is 0.0004 at 1: 4 000 equal steps would find 0.0005."""
    shares, _, _ = integrated_gradients(
        lambda x: torch.relu(x - 0.9996),
        torch.zeros(1, 1).double(),
        torch.ones(1, 1).double(),
        torch.zeros(1, dtype=torch.long),
        torch.tensor([1e-9]).double(),
    )
    assert shares.item() == pytest.approx(0.0004, rel=0.01)


# --- against captum ---------------------------------------------------------------------------


def by_captum(
    function: Callable[[Tensor], Tensor], inputs: Tensor, start: Tensor, target: Any
) -> np.ndarray:
    found = IntegratedGradients(function).attribute(
        inputs, start.expand_as(inputs).contiguous(), target=target, **CAPTUM
    )
    return np.asarray(found.detach().numpy())


def by_column(model: Any, shares: np.ndarray) -> np.ndarray:
    columns = np.zeros((len(shares), len(model.model_.encoder.columns)))
    np.add.at(columns.T, model.model_.encoder.column_of_dense(), shares.T)
    return columns


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_captum_agrees_on_the_module_of_any_network(activation: str) -> None:
    layers = [Linear(6, 20), Activation(activation), Linear(20, 12)]
    network = Network([*layers, Activation(activation), Linear(12, 3)], seed=1, dtype=torch.float64)
    module = network.to_module()
    end = torch.randn(5, 6, generator=torch.Generator().manual_seed(2)).double()
    start, target = torch.zeros(1, 6).double(), torch.tensor([0, 1, 2, 0, 1])
    ours, before, after = integrated_gradients(
        module, start, end, target, torch.full((5,), 1e-6).double(), tolerance=1e-3
    )
    theirs = by_captum(module, end, start, target)
    largest = np.abs(theirs).max(axis=1, keepdims=True)
    assert np.abs(ours.numpy() - theirs).max() < 1e-3 * largest.max()
    assert torch.allclose(ours.sum(dim=1), after - before, rtol=1e-3)


def test_captum_agrees_on_a_fitted_model(spender: Regressor, people: pl.DataFrame) -> None:
    """Numbers are the module's output, scaled: the mean of the members' last z.

    The line runs between vectors x, in which numbers are cut at bins.
    """
    inputs, model = encoded(spender, people[:8]), spender.model_
    assert list(model.encoder.by_port) == ["dense"]
    network = model.exact_network
    cut, above = network.input_layer, NetworkModule({}, network.layers, network.members)
    assert torch.allclose(above(cut(inputs)), network.to_module()(inputs["dense"]))
    theirs = by_captum(above, cut(inputs), cut(baseline_of(model)), 0)
    ours = attribute(model, inputs, torch.zeros(8, dtype=torch.long))
    _agree(ours.shares, by_column(spender, theirs) * model.task.scale[0])


def test_captum_agrees_where_categories_are_vectors(
    deep_spender: Regressor, people: pl.DataFrame
) -> None:
    """The line runs between the vectors, so captum gets the module that begins above them."""
    inputs, model = encoded(deep_spender, people[:8]), deep_spender.model_
    network = model.exact_network
    assert [column.name for column in model.encoder.by_port["codes"]] == ["town"]
    vectors, above = network.input_layer, NetworkModule({}, network.layers, network.members)
    whole = network.to_module()
    assert torch.allclose(above(vectors(inputs)), whole(inputs["dense"], inputs["codes"]))
    theirs = by_captum(above, vectors(inputs), vectors(baseline_of(model)), 0)
    ours = attribute(model, inputs, torch.zeros(8, dtype=torch.long))
    _agree(ours.shares, by_column(deep_spender, theirs) * model.task.scale[0])


def test_captum_agrees_on_probabilities(buyer: Classifier, people: pl.DataFrame) -> None:
    """Members averaged as probabilities: softmax(z / T) of each, written out here."""
    inputs, model = encoded(buyer, people[:8]), buyer.model_
    network = model.exact_network

    def probabilities(x: Tensor) -> Tensor:
        z_KBO = network.trace(x)[-1].view(network.members, len(x), -1)
        return torch.stack([torch.softmax(z / model.temperature, dim=1) for z in z_KBO]).mean(dim=0)

    target = likeliest(buyer, inputs)
    theirs = by_captum(probabilities, inputs["dense"], baseline_of(model)["dense"], target)
    _agree(attribute(model, inputs, target).shares, by_column(buyer, theirs))


def _agree(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Within 1 % of the row's largest share."""
    assert np.all(np.abs(ours - theirs) < 0.01 * np.abs(theirs).max(axis=1, keepdims=True))


def test_real_rows_are_complete(shared_data: Path) -> None:
    """Networks on this table bend often: 1 024 equal steps missed 1 % on 8 of 200 rows."""
    rows = read_table(shared_data / "california" / "housing.csv").frame
    model = Regressor(max_epochs=2).fit(rows, "median_house_value")
    target = torch.zeros(100, dtype=torch.long)
    found = attribute(model.model_, encoded(model, rows[:100]), target)
    assert found.completeness_error.max() < 0.01
