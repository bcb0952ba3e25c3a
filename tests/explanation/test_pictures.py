"""What is seen in a picture: the numbers shown are the numbers computed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from captum.attr import IntegratedGradients
from torch.nn import functional

from pellucid import Classifier, OptionError, explain, nearest_rows
from pellucid.data.conversion import convert
from pellucid.explanation.pictures import PictureExplanation
from pellucid.explanation.pixels import SeenPicture, occlusion, pixel_shares
from pellucid.inputs import Inputs
from pellucid.network.picture_branch import PictureBranch


def seen_in(model: Classifier, table: pl.DataFrame, row: int) -> PictureExplanation:
    found = explain(model, table, row=row, inside="spot").picture
    assert found is not None
    return found


def encoded(model: Classifier, table: pl.DataFrame, row: int) -> Inputs:
    frame = convert(model.take_rows(table), model.schema_)
    return model.model_.encode(frame[row - 1 : row])


def test_the_picture_is_shown_as_the_network_got_it(
    spotter: Classifier, spots: pl.DataFrame
) -> None:
    assert np.array_equal(seen_in(spotter, spots, 3).pixels[..., 0], spots["spot"][2])


@pytest.mark.parametrize("row", [1, 2, 77])
def test_shares_of_pixels_add_up_to_the_difference_of_outputs(
    spotter: Classifier, spots: pl.DataFrame, row: int
) -> None:
    found = explain(spotter, spots, row=row)
    assert found.picture is not None
    shares = found.picture.shares
    assert shares.completeness_error < 0.01
    difference = shares.prediction - shares.baseline
    assert shares.shares.sum() == pytest.approx(difference, rel=0.01, abs=1e-5)
    assert shares.prediction == pytest.approx(found.prediction)
    assert shares.baseline == pytest.approx(found.baseline)
    assert sum(found.columns.values()) == pytest.approx(difference, rel=0.01, abs=1e-5)


def test_what_is_explained_is_the_mean_over_views_that_is_predicted(
    spotter: Classifier, spots: pl.DataFrame
) -> None:
    found = explain(spotter, spots, row=5)
    assert found.prediction == pytest.approx(spotter.predict_proba(spots)[4].max(), abs=1e-5)


def test_captum_agrees_with_integrated_gradients(spotter: Classifier, spots: pl.DataFrame) -> None:
    """From the picture of the mean color to the picture, in probability."""
    model = spotter.model_
    (encoder,) = model.encoder.columns
    inputs = encoded(spotter, spots, 2)
    seen = SeenPicture(model, inputs, encoder, target=1)
    ours = pixel_shares(seen, tolerance=1e-3)

    def probabilities(pixels: torch.Tensor) -> torch.Tensor:
        z = model.exact_network(Inputs({encoder.port: pixels}))[0]
        return torch.softmax(z / model.temperature, dim=1)

    end = inputs[encoder.port].double()
    start = torch.from_numpy(encoder.expand(encoder.nothing())).double()
    theirs = IntegratedGradients(probabilities).attribute(
        end, start, target=1, n_steps=1_000, method="riemann_middle", internal_batch_size=250
    )
    by_pixel = theirs.sum(dim=3)[0].detach().numpy()
    assert np.abs(ours.shares - by_pixel).max() < 0.01 * np.abs(by_pixel).max()


def test_a_covered_square_changes_the_prediction_as_said(
    spotter: Classifier, spots: pl.DataFrame
) -> None:
    found = explain(spotter, spots, row=1)
    assert found.picture is not None
    covered = found.picture.occlusion
    assert covered.losses.shape == (len(covered.tops), len(covered.lefts))
    top, left = np.unravel_index(covered.losses.argmax(), covered.losses.shape)
    pixels = np.array(spots["spot"][0])
    (encoder,) = spotter.model_.encoder.columns
    square = (
        slice(covered.tops[top], covered.tops[top] + covered.side),
        slice(covered.lefts[left], covered.lefts[left] + covered.side),
    )
    pixels[square] = encoder.expand(encoder.nothing())[0, 0, 0, 0]
    again = pl.DataFrame({"spot": pl.Series(pixels[None])})
    place = list(spotter.classes_).index(spotter.predict(spots)[0])
    after = spotter.predict_proba(again)[0, place]
    assert found.prediction - after == pytest.approx(covered.losses.max(), abs=1e-4)
    assert covered.tops[0] == 0
    assert covered.tops[-1] + covered.side == len(pixels)


def test_the_spot_is_what_both_measures_point_to(spotter: Classifier, spots: pl.DataFrame) -> None:
    found = seen_in(spotter, spots, 1)
    is_spot = np.array(spots["spot"][0]) > 200
    shares = np.abs(found.shares.shares)
    assert shares[is_spot].mean() > 3.0 * shares[~is_spot].mean()
    covered = found.occlusion
    assert covered.correlation is not None
    assert covered.low is not None
    assert covered.low < covered.correlation


def test_of_few_squares_nothing_is_said_of_agreement(
    spotter: Classifier, spots: pl.DataFrame
) -> None:
    (encoder,) = spotter.model_.encoder.columns
    seen = SeenPicture(spotter.model_, encoded(spotter, spots, 1), encoder, target=0)
    shares = pixel_shares(seen).shares
    alike = occlusion(seen, np.zeros_like(shares))
    assert (alike.correlation, alike.low, alike.high) == (None, None, None)


def test_one_sum_of_a_convolution_is_shown_in_full(
    spotter: Classifier, spots: pl.DataFrame
) -> None:
    neuron = seen_in(spotter, spots, 4).trace.neuron
    assert (neuron.x * neuron.weight).sum() + neuron.bias == pytest.approx(neuron.z)

    (branch,) = spotter.model_.exact_network.input_layer.branches.values()
    pixels = encoded(spotter, spots, 4)["pixels:spot"]
    mean, deviation, whitening, running_mean, running_variance, *_ = branch.state.values()
    z = functional.conv2d(((pixels - mean) / deviation).permute(0, 3, 1, 2), whitening)
    h = torch.cat([z, -z], dim=1).relu()
    weight, bias, *_ = branch.parameters.values()
    z = functional.conv2d(h, weight, padding=1)
    z = (z - running_mean[:, None, None]) / torch.sqrt(running_variance + 1e-5)[:, None, None]
    channel, row, column = (place - 1 for place in neuron.place)
    assert neuron.z == pytest.approx((z[0, channel, row, column] + bias[channel]).item())


def test_feature_maps_end_in_the_features(spotter: Classifier, spots: pl.DataFrame) -> None:
    trace = seen_in(spotter, spots, 4).trace
    (branch,) = spotter.model_.exact_network.input_layer.branches.values()
    assert isinstance(branch, PictureBranch)
    names = [f"convolution {number}" for number in range(1, len(branch.blocks) + 1)]
    assert [layer.layer for layer in trace.layers] == ["whitening", *names]
    features = branch.trace(encoded(spotter, spots, 4)["pixels:spot"])["features"]
    assert trace.layers[-1].maps.max(axis=(1, 2)) == pytest.approx(features[0].numpy())
    for layer in trace.layers:
        assert sorted(layer.order) == list(range(len(layer.maps)))
        assert (np.diff(layer.weight_on_output[layer.order]) <= 0.0).all()
    assert trace.filters == pytest.approx(branch.state["whitening"].numpy())


def test_a_training_picture_finds_itself_among_its_like(
    spotter: Classifier, spots: pl.DataFrame
) -> None:
    found = nearest_rows(spotter, spots, spots, row=8)
    first, *others = found.rows
    assert (first.row, first.distance) == (8, 0.0)
    assert np.array_equal(first.pictures["spot"].pixels[..., 0], spots["spot"][7])
    assert {each.truth for each in others} == {spots["side"][7]}


# --- pictures beside other columns ---------------------------------------------------------------


def test_of_a_mixed_table_shares_are_by_column_and_the_picture_is_opened_on_demand(
    mixed_spotter: Classifier, spots: pl.DataFrame
) -> None:
    found = explain(mixed_spotter, spots, row=3)
    assert set(found.columns) == {"spot", "age"}
    assert found.picture is None
    assert "age" in found.inputs or any(name.startswith("age") for name in found.inputs)
    inside = explain(mixed_spotter, spots, row=3, inside="spot").picture
    assert inside is not None
    assert inside.shares.completeness_error < 0.01
    assert inside.shares.prediction == pytest.approx(found.prediction)


def test_inside_a_mixed_row_the_other_columns_stay_as_they_are(
    mixed_spotter: Classifier, spots: pl.DataFrame
) -> None:
    without = spots.with_columns(spot=pl.lit(None, dtype=spots["spot"].dtype))
    found = explain(mixed_spotter, spots, row=3, inside="spot")
    assert found.picture is not None
    target = found.output.removeprefix("probability of ")
    place = list(mixed_spotter.classes_).index(target)
    expected = mixed_spotter.predict_proba(without)[2, place]
    assert found.picture.shares.baseline == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("inside", ["age", "picture", 3])
def test_only_a_column_of_pictures_can_be_looked_into(
    mixed_spotter: Classifier, spots: pl.DataFrame, inside: Any
) -> None:
    with pytest.raises(OptionError, match=f"inside must be .* but is {inside!r}.*'spot'"):
        explain(mixed_spotter, spots, inside=inside)


def test_a_missing_picture_is_not_looked_into(spotter: Classifier, spots: pl.DataFrame) -> None:
    missing = pl.Series("spot", [None], dtype=spots["spot"].dtype).to_frame()
    found = explain(spotter, missing)
    assert found.picture is None
    assert found.cells["spot"] is None
    assert found.prediction == pytest.approx(found.baseline)


def test_all_of_it_is_plain_data(spotter: Classifier, spots: pl.DataFrame) -> None:
    plain = json.loads(json.dumps(explain(spotter, spots, 3, spots).to_json()))
    picture = plain["picture"]
    assert np.array(picture["pixels"]).shape == (12, 12, 1)
    assert np.array(picture["shares"]["shares"]).shape == (12, 12)
    assert picture["layers"][0]["layer"] == "whitening"
    assert plain["cells"]["spot"] == "12 × 12 pixels"
    assert plain["neighbors"]["rows"][0]["row"] == 3
