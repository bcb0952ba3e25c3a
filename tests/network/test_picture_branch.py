"""The branch of pictures: what it computes, learns from, and what a file may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional

from pellucid.inputs import Inputs
from pellucid.network import (
    LOSSES,
    Adam,
    Layer,
    Linear,
    MemberLinear,
    Network,
    PassThrough,
    PictureBranch,
)
from pellucid.network.network import parts_from

SIZES: list[dict[str, Any]] = [
    {"height": 28, "width": 28, "colors": 1, "filters": [5, 6, 7]},
    {"height": 9, "width": 14, "colors": 3, "filters": [3, 4]},
    {"height": 50, "width": 44, "colors": 3, "filters": [3, 3, 3]},
    {"height": 1, "width": 1, "colors": 1, "filters": [3]},
    {"height": 24, "width": 20, "colors": 3, "filters": [3], "size": [12, 10]},
]


def pictures(height: int, width: int, colors: int, rows: int = 6) -> Tensor:
    generator = Generator().manual_seed(rows)
    shape = (rows, height, width, colors)
    return torch.randint(256, shape, generator=generator).to(torch.uint8)


def seeing(branch: PictureBranch, *, dtype: torch.dtype = torch.float64, **more: Any) -> Network:
    network = Network([Linear(branch.outputs, 3)], branches={"image": branch}, dtype=dtype, **more)
    some = pictures(branch.height, branch.width, branch.colors, rows=20)
    network.initialize_from(Inputs({"image": some}))
    return network


def written(
    branch: PictureBranch, x: Tensor, parameters: Sequence[Tensor], *, training: bool
) -> Tensor:
    """The branch in plain torch, for one view of the pictures."""
    mean, deviation, whitening, *kept = (view.clone() for view in branch.state.values())
    numbers = ((x.to(mean.dtype) - mean) / deviation).permute(0, 3, 1, 2)
    seen = functional.adaptive_avg_pool2d(numbers, branch.size)
    z = functional.conv2d(seen, whitening, stride=branch.stride)
    h = torch.cat([z, -z], dim=1).relu()
    for place, block in enumerate(branch.blocks.values()):
        weight, bias = parameters[2 * place : 2 * place + 2]
        z = functional.max_pool2d(functional.conv2d(h, weight, padding=1), block.window)
        running = kept[2 * place : 2 * place + 2]
        h = functional.batch_norm(z, *running, None, bias, training, 0.4).relu()
    return h.amax(dim=(2, 3))


@pytest.mark.parametrize("size", SIZES)
def test_a_step_agrees_with_autograd(
    size: dict[str, Any], assert_close: Callable[[object, object], None]
) -> None:
    branch = PictureBranch(**size)
    seeing(branch)
    x = pictures(branch.height, branch.width, branch.colors)
    leaves = [view.clone().requires_grad_() for view in branch.parameters.values()]

    expected = written(branch, x, leaves, training=True)
    grad = torch.linspace(-1.0, 2.0, expected.numel(), dtype=torch.float64).view(expected.shape)
    gradients = torch.autograd.grad(expected, leaves, grad)
    for gradient in branch.gradients.values():
        gradient.fill_(torch.nan)
    assert_close(branch.forward(x), expected.detach())
    assert branch.backward(grad, wanted=False) is None

    assert_close(list(branch.gradients.values()), list(gradients))


@pytest.mark.parametrize("size", SIZES)
def test_it_is_differentiable_down_to_the_pixels(
    size: dict[str, Any], assert_close: Callable[[object, object], None]
) -> None:
    branch = PictureBranch(**size)
    seeing(branch)
    x = pictures(branch.height, branch.width, branch.colors).double()
    branch.forward(x)  # running means are no longer 0

    def gradients(function: Callable[..., Tensor]) -> tuple[Tensor, ...]:
        leaves = [v.detach().clone().requires_grad_() for v in (x, *branch.parameters.values())]
        output = function(*leaves)
        return output.detach(), *torch.autograd.grad(output.square().sum(), leaves)

    ours = gradients(lambda x, *weights: branch.compute(x, *weights, *branch.state.values()))
    theirs = gradients(lambda x, *weights: written(branch, x, weights, training=False))
    assert_close(ours, theirs)


def test_predicted_is_the_mean_over_pictures_moved_by_a_pixel_and_mirrored(
    assert_close: Callable[[object, object], None],
) -> None:
    branch = PictureBranch(9, 8, 3, filters=[4], shift=2, flips=True)
    seeing(branch)
    x = pictures(9, 8, 3)
    padded = functional.pad(x.permute(0, 3, 1, 2).float(), (1, 1, 1, 1), mode="reflect")
    plain = PictureBranch(9, 8, 3, filters=[4])
    seeing(plain)
    plain.state["whitening"].copy_(branch.state["whitening"])

    def features(top: int) -> Tensor:
        view = padded[:, :, top : top + 9, top : top + 8].permute(0, 2, 3, 1)
        return (plain(view) + plain(view.flip(2))) / 2.0

    expected = 0.25 * features(0) + 0.5 * features(1) + 0.25 * features(2)
    assert_close(branch(x), expected)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("size", SIZES)
def test_a_prediction_does_not_depend_on_the_pictures_beside_it(
    size: dict[str, Any], threads: int
) -> None:
    branch = PictureBranch(**size, shift=1, flips=True)
    network = seeing(branch, dtype=torch.float32)
    x = pictures(branch.height, branch.width, branch.colors, rows=41)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        together = network.predict(Inputs({"image": x}))
        reversed_ = network.predict(Inputs({"image": x.flip(0)}))
        alone = [network.predict(Inputs({"image": x[place, None]})) for place in (0, 20, 40)]
    finally:
        torch.set_num_threads(before)

    assert torch.equal(together, reversed_.flip(1))
    assert torch.equal(together[:, [0, 20, 40]], torch.cat(alone, dim=1))
    torch.testing.assert_close(together, network(Inputs({"image": x})), rtol=1e-4, atol=1e-4)


def test_beside_numbers_and_with_several_members_neither_does() -> None:
    """Tiles of the layers above have 10 rows then, those of pictures 8."""
    branch = PictureBranch(10, 10, 3, filters=[4], crop=0.6)
    layers: list[Layer] = [MemberLinear(3, 6, 5, first=True), MemberLinear(3, 5, 2)]
    network = Network(
        layers, branches={"dense": PassThrough(2), "image": branch}, members=3, seed=1
    )
    inputs = Inputs({"dense": torch.rand(29, 2), "image": pictures(10, 10, 3, rows=29)})

    together = network.predict(inputs)

    for rows in ([7], [28, 3], list(range(28, -1, -1)), list(range(5, 22))):
        some = network.predict(inputs.take(torch.tensor(rows)))
        assert torch.equal(some, together[:, rows])
    features = network.features("image", inputs["image"])
    assert torch.equal(features[:3], network.features("image", inputs["image"][:3]))


def test_captum_finds_what_integrated_gradients_are(
    assert_close: Callable[[object, object], None],
) -> None:
    attr = pytest.importorskip("captum.attr")
    branch = PictureBranch(9, 8, 3, filters=[4, 4], shift=1, flips=True)
    network = seeing(branch)
    x = pictures(9, 8, 3, rows=2).double()
    baseline, points, widths = torch.full_like(x, 127.5), *gauss_legendre(12)

    theirs = attr.IntegratedGradients(network.to_module()).attribute(
        x, baseline, target=1, n_steps=12
    )
    total = torch.zeros_like(x)
    for point, width in zip(points, widths, strict=True):
        at = torch.lerp(baseline, x, point).requires_grad_()
        outputs = network(Inputs({"image": at}))[0, :, 1]
        total += width * torch.autograd.grad(outputs.sum(), at)[0]

    assert_close(theirs, total * (x - baseline))


def gauss_legendre(count: int) -> tuple[Tensor, Tensor]:
    """Points of [0, 1] and how much each counts: captum's own rule."""
    points, widths = np.polynomial.legendre.leggauss(count)
    return torch.from_numpy((points + 1.0) / 2.0), torch.from_numpy(widths / 2.0)


AUGMENTED: dict[str, Any] = {"height": 12, "width": 10, "colors": 3, "filters": [4, 4]}


@pytest.mark.parametrize(
    "changes",
    [{"shift": 2}, {"flips": True}, {"shift": 2, "flips": True}, {"crop": 0.6, "jitter": 0.2}],
)
def test_the_same_seed_gives_the_same_weights(changes: dict[str, Any]) -> None:
    def learned(seed: int) -> Tensor:
        network = seeing(PictureBranch(**AUGMENTED, **changes), dtype=torch.float32, seed=seed)
        optimizer, loss = Adam(network.weights), LOSSES["cross_entropy"]
        x, target = Inputs({"image": pictures(12, 10, 3)}), torch.arange(6) % 3
        for _ in range(3):
            _, kept = loss.forward(network.forward(x), target, None)
            network.backward(loss.backward(kept, target, None))
            optimizer.step(network.gradients, 0.01)
        return network.weights

    assert torch.equal(learned(1), learned(1))
    assert not torch.equal(learned(1), learned(2))


def test_pictures_of_another_size_are_refused() -> None:
    network = seeing(PictureBranch(**AUGMENTED))

    with pytest.raises(ValueError, match=r"\(12, 11, 3\) numbers, not \(12, 10, 3\)"):
        network(Inputs({"image": pictures(12, 11, 3)}))


def test_described_it_is_built_again() -> None:
    branch = PictureBranch(**AUGMENTED, shift=1, flips=True, crop=0.7, jitter=0.1)
    network = seeing(branch)

    twin = network.copy()

    assert twin.describe() == network.describe()
    assert parts_from(network.describe())["branches"]["image"].describe() == branch.describe()
    x = Inputs({"image": pictures(12, 10, 3)})
    assert torch.equal(twin(x), network(x))


def test_its_filters_are_found_in_the_flat_vector() -> None:
    branch = PictureBranch(8, 8, 1, filters=[4, 5])
    network = seeing(branch)

    assert [bank.outputs for bank in network.filters] == [4, 4, 5, 5]
    for bank, block in zip(network.filters, branch.blocks.values(), strict=True):
        weight = block.views.parameters["weight"]
        assert torch.equal(network.weights[bank.place].view(weight.shape), weight)
    assert max(bank.place.stop for bank in network.filters) <= network.num_decayed


def test_what_the_whitening_finds_is_uncorrelated_and_of_one_size() -> None:
    branch = PictureBranch(16, 16, 3)
    smooth = functional.avg_pool2d(pictures(20, 20, 3, 40).permute(0, 3, 1, 2).float(), 5, 1)
    network = Network([Linear(branch.outputs, 1)], branches={"image": branch})
    x = 255.0 * (smooth - smooth.min()) / (smooth.max() - smooth.min())
    network.initialize_from(Inputs({"image": x.permute(0, 2, 3, 1)}))

    whitened = functional.conv2d(
        branch.trace(x.permute(0, 2, 3, 1))["picture"], branch.state["whitening"]
    )
    covariance = torch.cov(whitened.transpose(0, 1).flatten(1))

    off_diagonal = covariance - torch.diag(covariance.diagonal())
    assert off_diagonal.abs().max() < 0.05
    assert (covariance.diagonal() <= 1.05).all()
    assert covariance.diagonal()[0].item() == pytest.approx(1.0, abs=0.05)


def test_of_many_large_pictures_those_that_are_looked_at_are_spread_over_all_classes() -> None:
    """Rows of a folder come class by class: here each of five is brighter than the one before."""
    branch = PictureBranch(128, 128, 3)
    network = Network([Linear(branch.outputs, 1)], branches={"image": branch})
    brightness = torch.arange(5, dtype=torch.uint8).repeat_interleave(150) * 50
    x = brightness[:, None, None, None].expand(-1, 128, 128, 3)

    network.initialize_from(Inputs({"image": x}))

    assert branch.state["mean"].tolist() == pytest.approx([100.0] * 3, abs=3.0)
    assert branch.state["deviation"].tolist() == pytest.approx([70.7] * 3, abs=3.0)


def test_pictures_of_one_color_are_no_trouble() -> None:
    branch = PictureBranch(8, 8, 3, filters=[4])
    network = Network([Linear(4, 1)], branches={"image": branch})
    black = Inputs({"image": torch.zeros(5, 8, 8, 3, dtype=torch.uint8)})

    network.initialize_from(black)

    assert network(black).isfinite().all()
    assert network.forward(black).isfinite().all()


def test_a_trace_has_each_layer_by_name() -> None:
    branch = PictureBranch(8, 8, 1, filters=[4], shift=1)
    seeing(branch)
    x = pictures(8, 8, 1)

    found = branch.trace(x)

    shapes = {name: tuple(output.shape[1:]) for name, output in found.items()}
    assert shapes == {
        "picture": (1, 8, 8),
        "whitening": (16, 6, 6),
        "convolution_1": (4, 6, 6),
        "activation_1": (4, 3, 3),
        "convolution_2": (4, 3, 3),
        "activation_2": (4, 3, 3),
        "features": (4,),
    }


def test_reduced_precision_is_close() -> None:
    gradients = []
    for reduced in (False, True):
        branch = PictureBranch(16, 16, 1, filters=[8, 8])
        network = seeing(branch, dtype=torch.float32, reduced_precision=reduced, seed=3)
        outputs = network.forward(Inputs({"image": pictures(16, 16, 1, 32)}))
        assert outputs.dtype == torch.float32
        network.backward(torch.linspace(-1.0, 1.0, outputs.numel()).view(outputs.shape))
        gradients.append(network.gradients.clone())

    exact, reduced_ones = gradients
    assert 0.0 < (exact - reduced_ones).norm() < 0.15 * exact.norm()


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"height": 0}, "height"),
        ({"width": 10**6}, "width"),
        ({"size": [10**6, 4]}, "size"),
        ({"size": [4]}, "size"),
        ({"colors": 2.5}, "colors"),
        ({"filters": []}, "groups"),
        ({"filters": [32] * 100}, "groups"),
        ({"filters": [10**9]}, "filters"),
        ({"filters": 32}, "filters"),
        ({"filters": [4, 4096], "height": 256, "width": 256}, "filters"),
        ({"size": "ab"}, "size"),
        ({"kernel": 13}, "kernel"),
        ({"stride": 5, "kernel": 4}, "stride"),
        ({"eigenvectors": 1000}, "eigenvectors"),
        ({"shift": -1}, "shift"),
        ({"flips": "yes"}, "flips"),
        ({"crop": 0.0}, "crop"),
        ({"crop": float("nan")}, "crop"),
        ({"jitter": 2.0}, "jitter"),
    ],
)
def test_what_no_branch_can_be_is_refused(wrong: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=name):
        PictureBranch(**{**AUGMENTED, **wrong})
