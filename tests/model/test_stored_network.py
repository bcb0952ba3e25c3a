"""A network with pictures beside numbers and codes: trained, kept in a file, and the same again."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pellucid.data.batches import Batches
from pellucid.errors import ModelFileError
from pellucid.files.fields import Fields
from pellucid.inputs import Inputs
from pellucid.model.file import read_model_file, write_model_file
from pellucid.model.stored_network import network_from_plain, network_to_plain
from pellucid.network import (
    LOSSES,
    Activation,
    Adam,
    CategoryEmbedding,
    Linear,
    ModuleLayer,
    Network,
    PassThrough,
)
from pellucid.training.events import EpochEnded, Validation
from pellucid.training.loop import train
from pellucid.training.state import Course, TrainingState

EPOCHS, BEST = 8, 6


def seeing(seed: int = 0) -> Network:
    """A convolution with batch norm for pictures, beside two numbers and a code."""
    branches = {
        "dense": PassThrough(2),
        "image": ModuleLayer("convolution", channels=[1, 4, 6]),
        "codes": CategoryEmbedding([(3, 2)]),
    }
    layers = [Linear(10, 8), Activation("relu"), Linear(8, 2)]
    return Network(layers, branches=branches, seed=seed)


def rows_of(count: int, seed: int = 0) -> tuple[Inputs, torch.Tensor]:
    """Pictures of 8 × 8 pixels, bright on the left or on the right; where, is the target."""
    generator = torch.Generator().manual_seed(seed)
    targets = torch.randint(2, (count,), generator=generator)
    image = torch.randint(0, 120, (count, 1, 8, 8), generator=generator)
    image[targets == 1, :, :4, :4] += 130
    inputs = Inputs(
        {
            "dense": torch.randn(count, 2, generator=generator),
            "codes": torch.randint(3, (count, 1), generator=generator),
            "image": image.to(torch.uint8),
        }
    )
    return inputs, targets


def trained(network: Network) -> tuple[Network, list[torch.Tensor]]:
    """Trained with epoch 6 declared the best; and the running means after each epoch."""
    inputs, targets = rows_of(320)
    device = torch.device("cpu")
    batches = Batches(inputs.take, targets, None, members=1, batch_size=16, seed=0, device=device)
    optimizer = Adam(network.weights, network.num_decayed, 0.01)
    course = Course(num_epochs=EPOCHS, learning_rate=0.02)
    state = TrainingState(network, LOSSES["cross_entropy"], optimizer, batches, course)
    means = []

    def validate() -> Validation:
        means.append(network.state.clone())
        return Validation(loss=abs(len(means) - BEST), score=0.5)

    for event in train(state, validate=validate):
        if isinstance(event, EpochEnded):
            assert event.is_best == (event.epoch <= BEST)
    return network, means


@pytest.fixture(scope="module")
def seen() -> tuple[Network, list[torch.Tensor]]:
    return trained(seeing())


def kept(network: Network) -> tuple[dict[str, Any], Fields]:
    tensors, plain = network_to_plain(network)
    return tensors, Fields(json.loads(json.dumps(plain)), "the network")


def test_it_learns_what_the_pictures_show(seen: tuple[Network, list[torch.Tensor]]) -> None:
    inputs, targets = rows_of(200, seed=1)

    found = seen[0](inputs)[0].argmax(dim=1)

    assert (found == targets).double().mean() > 0.95


def test_the_running_means_of_the_best_epoch_are_put_back(
    seen: tuple[Network, list[torch.Tensor]],
) -> None:
    network, means = seen

    assert len(network.state) == 2 * 4 + 2 * 6, "a mean and a variance for each channel"
    assert torch.equal(network.state, means[BEST - 1])
    assert not torch.equal(network.state, means[-1])


def test_it_is_kept_in_a_file_and_predicts_the_same(
    seen: tuple[Network, list[torch.Tensor]], tmp_path: Path
) -> None:
    network, (inputs, _) = seen[0], rows_of(20)
    tensors, plain = network_to_plain(network)
    path = tmp_path / "seeing.pellucid"

    write_model_file(path, {**tensors, "conformal_scores": np.empty(0)}, {"network": plain})
    read, described = read_model_file(path)
    again = network_from_plain(read, Fields(described, "the file").inner("network"), [])

    assert again.describe() == network.describe()
    assert torch.equal(again.state, network.state)
    assert torch.equal(again(inputs), network(inputs))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_copy_computes_the_same_in_either_precision(
    seen: tuple[Network, list[torch.Tensor]], dtype: torch.dtype
) -> None:
    network, (inputs, _) = seen[0], rows_of(20)

    twin = network.copy(dtype=dtype)

    found = twin(inputs.double() if dtype == torch.float64 else inputs)
    torch.testing.assert_close(found.float(), network(inputs))
    assert torch.equal(copy.deepcopy(network)(inputs), network(inputs))


def test_rows_predict_the_same_alone_as_beside_others(
    seen: tuple[Network, list[torch.Tensor]],
) -> None:
    """Batch norm uses what training counted, and not the rows that happen to be there."""
    network, (inputs, _) = seen[0], rows_of(70)

    alone = network.predict(inputs.take(torch.tensor([7])))

    assert torch.equal(alone[:, 0], network.predict(inputs)[:, 7])


def test_the_same_seed_gives_the_same_weights_and_torchs_own_is_left_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, second, other = (trained(seeing(seed))[0] for seed in (1, 1, 2))

    assert torch.equal(first.weights, second.weights)
    assert torch.equal(first.state, second.state)
    assert not torch.equal(first.weights, other.weights)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tensors, _: tensors.pop("state"), "have 20 means"),
        (lambda tensors, _: tensors["state"].fill(np.nan), "means are not finite"),
        (lambda _, plain: plain["branches"][1].update(channels=[1, 10**6, 10**6]), "weights"),
        (lambda _, plain: plain["branches"][1].update(channels=[1] * 1000), "channels must be"),
        (lambda _, plain: plain["branches"][1].update(module="os.system"), "no module 'os.system'"),
        (lambda _, plain: plain["branches"][1].update(command="rm"), "unexpected keyword"),
    ],
)
def test_a_file_that_describes_another_network_is_refused(
    seen: tuple[Network, list[torch.Tensor]], change: Any, message: str
) -> None:
    tensors, plain = kept(seen[0].copy())
    change(tensors, plain.all())

    with pytest.raises((ModelFileError, ValueError, TypeError), match=message):
        network_from_plain(tensors, plain, [])


# --- before networks had branches ---------------------------------------------------------------

OLD = [
    {"layer": "CategoryEmbedding", "dense": 2, "sizes": [[3, 2]], "unknown_rate": 0.01},
    {"layer": "Linear", "inputs": 4, "outputs": 1, "bias": True},
]


@pytest.mark.parametrize(
    ("layers", "branches"),
    [
        (OLD, {"dense": "PassThrough", "codes": "CategoryEmbedding"}),
        ([{**OLD[0], "dense": 0, "sizes": [[3, 4]]}, OLD[1]], {"codes": "CategoryEmbedding"}),
        (OLD[1:], {"dense": "PassThrough"}),
        (
            [
                {
                    "layer": "ScaledLinear",
                    "members": 1,
                    "outputs": 1,
                    "column_of_input": [0, 0, 1],
                    "signs": False,
                }
            ],
            {"dense": "PassThrough"},
        ),
    ],
)
def test_a_network_of_an_older_file_gets_the_branches_it_lacks(
    layers: list[dict[str, Any]], branches: dict[str, str]
) -> None:
    """There, codes were the last numbers of the one tensor, and a layer of their own came first."""
    plain = Fields({"members": 1, "layers": layers}, "the network")
    count = {"CategoryEmbedding": 11, "Linear": 5, "ScaledLinear": 6}[layers[0]["layer"]]
    weights = torch.arange(17 if layers[0].get("dense") == 0 else count).float()

    network = network_from_plain({"weights": weights.numpy()}, plain, [])

    found = network.describe()
    assert {branch["port"]: branch["layer"] for branch in found["branches"]} == branches
    assert all(layer["layer"] != "CategoryEmbedding" for layer in found["layers"])
    assert torch.equal(network.weights, weights)


def test_a_network_of_an_older_file_cuts_its_numbers_itself() -> None:
    """There, the encoder wrote out the bins, and the network got them as they were."""
    first = {"layer": "ScaledLinear", "members": 2, "outputs": 1, "column_of_input": [0, 0, 0, 1]}
    plain = {
        "members": 2,
        "branches": [{"port": "dense", "layer": "PassThrough", "width": 4}],
        "layers": [{**first, "signs": False}],
    }
    weights = torch.arange(4 + 1 + 4).float()

    network = network_from_plain(
        {"weights": weights.numpy()}, Fields(plain, "the network"), bins=[3, 0]
    )

    assert torch.equal(network.weights, weights)
    written = network(torch.tensor([[1.0, 0.25, 0.0, 5.0]]))
    assert torch.equal(network(Inputs({"dense": torch.tensor([[1.25, 5.0]])})), written)


def test_a_network_that_cuts_numbers_at_other_bins_than_the_encoder_is_refused() -> None:
    """And that before it is built: a thousand million bins would fill the memory."""
    plain = {
        "members": 1,
        "branches": [{"port": "dense", "layer": "PiecewiseLinear", "bins": [10**9]}],
        "layers": [{"layer": "Linear", "inputs": 3, "outputs": 1, "bias": True}],
    }

    with pytest.raises(ModelFileError, match="other bins"):
        network_from_plain({"weights": np.empty(0)}, Fields(plain, "the network"), bins=[3])
