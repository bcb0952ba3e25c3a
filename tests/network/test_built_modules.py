"""Modules built from plain numbers: the gradients are autograd's, the state is the network's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from pellucid.inputs import Inputs
from pellucid.network import Activation, Linear, ModuleLayer, Network
from pellucid.network.built_modules import MODULES, convolution


def pictures(rows: int = 5) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (rows, 3, 7, 6), generator=generator).to(torch.uint8)


def seeing(dtype: torch.dtype = torch.float64) -> Network:
    branches = {"image": ModuleLayer("convolution", channels=[3, 4, 5])}
    return Network([Linear(5, 2)], branches=branches, dtype=dtype)


def test_a_step_through_convolutions_agrees_with_autograd(
    assert_close: Callable[[object, object], None],
) -> None:
    network, grad = seeing(), torch.linspace(-1.0, 2.0, 10, dtype=torch.float64).view(5, 2)
    branch, layer = network.input_layer.branches["image"], network.layers[0]
    plain = convolution([3, 4, 5]).double()
    held = {**branch.parameters, **branch.state}
    plain.load_state_dict({name: view.clone() for name, view in held.items()}, strict=False)
    leaves = [view.clone().requires_grad_() for view in layer.parameters.values()]

    expected = plain(pictures().double()) @ leaves[0] + leaves[1]
    gradients = torch.autograd.grad(expected, [*plain.parameters(), *leaves], grad)
    outputs = network.forward(Inputs({"image": pictures()})).clone()
    network.backward(grad)

    assert_close(outputs, expected.detach())
    assert_close([*branch.gradients.values(), *layer.gradients.values()], list(gradients))
    counted = dict(plain.named_buffers())
    assert_close(branch.state, {name: counted[name] for name in branch.state})


def test_what_it_counts_lies_in_the_flat_state_and_starts_at_0_and_1() -> None:
    network = seeing()
    branch = network.input_layer.branches["image"]

    assert list(branch.state) == [
        f"{place}.running_{what}" for place in (2, 6) for what in ("mean", "var")
    ]
    assert network.state.tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 5 + [1.0] * 5
    network.forward(Inputs({"image": pictures()}))
    assert (network.state != torch.tensor([0.0] * 4 + [1.0] * 4 + [0.0] * 5 + [1.0] * 5)).all()


def test_as_a_module_it_has_a_state_of_its_own() -> None:
    network = seeing(torch.float32)
    module = network.to_module()
    before = module(pictures())

    network.forward(Inputs({"image": pictures()}))

    assert torch.equal(module(pictures()), before)
    assert not torch.equal(network(Inputs({"image": pictures()}))[0], before)


def test_kernels_decay_and_norms_do_not() -> None:
    network = seeing()

    assert network.num_decayed == 3 * 4 * 9 + 4 * 5 * 9 + 5 * 2


def test_its_large_products_may_be_reduced_like_any_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A row meets each of the 3·4·9 + 4·5·9 weights of the kernels once at least."""
    sizes: list[int] = []
    monkeypatch.setattr("pellucid.network.network.set_product_precision", sizes.append)
    branches = {"image": ModuleLayer("convolution", channels=[3, 4, 5])}
    network = Network([Linear(5, 2)], branches=branches, reduced_precision=True)

    network.backward(network.forward(Inputs({"image": pictures()})))

    assert sizes == [288 * 5, 10 * 5, 10 * 5, 288 * 5]


def test_it_may_stand_between_layers_too() -> None:
    layers = [ModuleLayer("convolution", channels=[3, 4]), Activation("tanh"), Linear(4, 1)]

    assert Network(layers)(pictures().float()).shape == (1, 5, 1)


@pytest.mark.parametrize("channels", [[], [3], [3, 0], [3] * 100, ["a", 2]])
def test_a_convolution_without_sizes_is_refused(channels: list[int]) -> None:
    with pytest.raises(ValueError, match="channels must be"):
        ModuleLayer("convolution", channels=channels)


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no module 'torch\.nn\.Linear'; there are: convolution"):
        ModuleLayer("torch.nn.Linear")
    assert list(MODULES) == ["convolution"]
