"""What "auto" means where there are pictures, and a count learned from them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
import torch

from pellucid import Classifier, Regressor
from pellucid.files.fields import Fields
from pellucid.model.picture_recipe import Pictures
from pellucid.model.plan import Plan
from pellucid.model.record import Record
from pellucid.options import NetworkOptions

Pixels = npt.NDArray[np.uint8]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def pictures(rows: int, side: int, *, has_colors: bool) -> Pictures:
    return Pictures(rows=rows, side=side, has_colors=has_colors, are_alone=True)


def dots(rows: int, side: int, most: int, seed: int) -> tuple[pl.DataFrame, npt.NDArray[np.int64]]:
    """Pictures of bright dots on a dark noisy ground, and how many there are."""
    generator = np.random.default_rng(seed)
    pixels = generator.integers(0, 60, (rows, side, side)).astype(np.uint8)
    counts = generator.integers(0, most + 1, rows)
    for picture, count in zip(pixels, counts, strict=True):
        for row, column in generator.integers(0, side - 2, (count, 2)):
            picture[row : row + 3, column : column + 3] = 230
    return frame_of(pixels), counts


def frame_of(pixels: Pixels) -> pl.DataFrame:
    flat = pl.Series("picture", pixels.reshape(len(pixels), -1))
    return pl.DataFrame([flat.reshape(pixels.shape)])


# --- How pictures are seen --------------------------------------------------------------------


def test_small_pictures_are_moved_and_larger_ones_cropped() -> None:
    options = NetworkOptions()
    digit = pictures(60_000, 28, has_colors=False).look(options)
    icon = pictures(1_500, 8, has_colors=False).look(options)
    photo = pictures(300, 64, has_colors=True).look(options)

    assert (digit.shift, digit.crop, digit.jitter) == (2, 1.0, 0.0)
    assert icon.shift == 1
    assert (photo.shift, photo.crop, photo.jitter) == (0, 0.6, 0.2)


def test_pictures_in_color_are_mirrored_and_grey_ones_are_not_unless_a_person_says_so() -> None:
    grey, color = (pictures(5_000, 32, has_colors=has_colors) for has_colors in (False, True))

    assert [each.look(NetworkOptions()).flips for each in (grey, color)] == ["no", "yes"]
    assert grey.look(NetworkOptions(flips="yes")).flips == "yes"
    assert color.look(NetworkOptions(flips="no")).flips == "no"


def test_more_pictures_get_more_filters_larger_batches_and_fewer_epochs() -> None:
    sizes = (300, 3_000, 60_000)
    photos = [pictures(rows, 32, has_colors=True) for rows in sizes]
    filters = [each.look(NetworkOptions()).filters for each in photos]

    assert filters == [(16, 32, 64), (32, 64, 128), (32, 128, 128)]
    assert [each.batch_size for each in photos] == [32, 128, 256]
    assert [each.epochs for each in photos] == [40, 26, 8]
    assert photos[0].look(NetworkOptions(filters=[4, 5])).filters == (4, 5)


# --- The plan ---------------------------------------------------------------------------------


def plan_of(**options: Any) -> Plan:
    frame, counts = dots(40, 9, 3, seed=0)
    frame = frame.with_columns(options.pop("beside", []))
    settings = {"max_epochs": 1, "filters": (4,), "validation_fraction": 0, **options}
    return Classifier(**settings).fit(frame, counts > 1).model_.record.plan


def test_pictures_alone_are_learned_by_muon_in_a_plain_network_at_a_rate_let_down_to_0() -> None:
    plan = plan_of()

    assert (plan.optimizer, plan.schedule) == ("muon", "linear")
    assert (plan.members, plan.hidden_layer_sizes) == (1, ())
    assert plan.filters == (4,)


def test_beside_other_columns_there_are_hidden_layers_and_members() -> None:
    plan = plan_of(beside=[pl.int_range(40).mod(7).alias("other") / 3.0])

    assert (plan.optimizer, plan.members, plan.hidden_layer_sizes) == ("muon", 5, (32,))


def test_another_optimizer_may_be_asked_for() -> None:
    assert plan_of(optimizer="nesterov", learning_rate=0.001).optimizer == "nesterov"


def test_convolutions_have_activations_that_a_large_step_could_kill() -> None:
    """So steps are as small as where there are hidden layers."""
    assert plan_of(optimizer="adamw").learning_rate == 3e-3
    assert plan_of(optimizer="gradient_descent").learning_rate == 0.1


def test_tables_without_pictures_are_learned_as_before(buyer: Classifier) -> None:
    plan = buyer.model_.record.plan

    assert (plan.optimizer, plan.schedule, plan.filters) == ("adamw", "constant", ())


def test_a_plan_of_an_older_file_says_nothing_of_pictures(buyer: Classifier) -> None:
    record = buyer.model_.record
    plain = json.loads(json.dumps(record.to_json()))
    for name in ("schedule", "filters", "flips", "shift", "crop", "jitter"):
        del plain["plan"][name]

    assert Record.from_json(Fields(plain, "the record")).plan == record.plan


# --- What is learned --------------------------------------------------------------------------


def test_a_network_learns_to_count_what_is_in_a_picture() -> None:
    frame, counts = dots(400, 12, 4, seed=0)
    others, truth = dots(200, 12, 4, seed=1)

    network = Regressor(filters=(16, 32), max_epochs=15).fit(frame, counts)

    assert network.score(others, truth) > 0.8


def test_after_one_step_numbers_are_no_further_off_than_their_mean() -> None:
    frame, counts = dots(30, side=16, most=4, seed=3)

    model = Regressor(max_epochs=1).fit(frame, counts)

    assert model.model_.record.history[0].loss < 1.5  # 1 is that of the mean


@pytest.mark.parametrize("steps", [1, 5, 9])
def test_a_training_with_pictures_goes_on_from_a_checkpoint_bit_for_bit(
    steps: int, tmp_path: Path
) -> None:
    frame, counts = dots(90, 12, 4, seed=0)
    settings = {"filters": (8, 8), "max_epochs": 4}
    whole = Regressor(**settings).fit(frame, counts)
    file, counted = tmp_path / "run.checkpoint", itertools.count(1)

    Regressor(**settings).fit(frame, counts, checkpoint=file, stop=lambda: next(counted) == steps)
    resumed = Regressor(**settings).fit(frame, counts, checkpoint=file)

    for name in ("weights", "state"):
        ours, theirs = (getattr(each.model_.network, name) for each in (resumed, whole))
        assert torch.equal(ours, theirs)
    assert resumed.model_.record.history == whole.model_.record.history


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    frame, counts = dots(60, 12, 4, seed=0)

    def weights(seed: int) -> torch.Tensor:
        settings = {"filters": (8, 8), "max_epochs": 1, "random_state": seed}
        return Regressor(**settings).fit(frame, counts).model_.network.weights

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))


def test_more_pictures_are_learned_by_partial_fit() -> None:
    frame, counts = dots(60, 12, 4, seed=0)
    network = Regressor(filters=(8, 8), max_epochs=1).fit(frame, counts)
    before = network.model_.network.weights.clone()

    network.partial_fit(frame, counts)

    assert not torch.equal(network.model_.network.weights, before)
    assert np.isfinite(network.predict(frame)).all()
