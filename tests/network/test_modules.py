"""Both ways to torch.nn: anyone's module as a layer of ours, and our network as a module."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from pellucid.inputs import Inputs
from pellucid.network import (
    ACTIVATIONS,
    LOSSES,
    Activation,
    Adam,
    CategoryEmbedding,
    Dropout,
    Layer,
    Linear,
    MemberLinear,
    ModuleLayer,
    Network,
    PassThrough,
    ScaledLinear,
)


def convolution() -> nn.Module:
    """8 inputs as a signal → 12 outputs."""
    return nn.Sequential(nn.Unflatten(1, (1, 8)), nn.Conv1d(1, 2, kernel_size=3), nn.Flatten())


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


# --- A module as a layer ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "position"),
    [(convolution(), 0), (nn.LayerNorm(12), 1), (nn.BatchNorm1d(12), 1), (nn.Softmax(dim=1), 1)],
    ids=["convolution first", "layer norm", "batch norm", "no parameters"],
)
def test_a_module_trains_in_the_same_step_as_our_layers(
    module: nn.Module, position: int, assert_close: Callable[[object, object], None]
) -> None:
    ours: list[Layer] = [Linear(8, 12), Linear(12, 3)]
    ours.insert(position, ModuleLayer(module))
    if position == 0:
        ours.pop(1)
    network = Network(ours, dtype=torch.float64)
    x, grad = normal(5, 8), normal(5, 3)
    linears = [layer.parameters for layer in ours if isinstance(layer, Linear)]
    leaves = [p.clone().requires_grad_() for parameters in linears for p in parameters.values()]

    h = x if position == 0 else x @ leaves[0] + leaves[1]
    expected_outputs = module(h) @ leaves[-2] + leaves[-1]
    own = list(module.parameters())
    expected = torch.autograd.grad(expected_outputs, [*leaves, *own], grad)
    network.gradients.fill_(torch.nan)
    outputs = network.forward(x)
    network.backward(grad)

    assert_close(outputs, expected_outputs.detach())
    gradients = [g for layer in ours if isinstance(layer, Linear) for g in layer.gradients.values()]
    gradients += [
        g for layer in ours if isinstance(layer, ModuleLayer) for g in layer.gradients.values()
    ]
    assert_close(gradients, list(expected))
    assert_close([parameter.grad for parameter in own], list(expected[len(leaves) :]))


def test_gradients_do_not_pile_up_from_step_to_step() -> None:
    network = Network([ModuleLayer(convolution())])
    x = torch.ones(2, 8)

    network.backward(torch.ones_like(network.forward(x)))
    first = network.gradients.clone()
    network.backward(torch.ones_like(network.forward(x)))

    assert torch.equal(network.gradients, first)


def test_parameters_of_a_module_keep_their_values_and_live_in_the_flat_vector() -> None:
    module = convolution()
    before = {name: parameter.detach().clone() for name, parameter in module.named_parameters()}
    network = Network([ModuleLayer(module), Linear(12, 2)])

    assert list(network.layers[0].shapes) == ["1.weight", "1.bias"]
    assert network.num_decayed == 2 * 3 + 12 * 2, "matrices and kernels decay, biases do not"
    for name, parameter in module.named_parameters():
        assert torch.equal(parameter, before[name])
    network.weights.fill_(7.0)
    network.gradients.fill_(8.0)
    for parameter in module.parameters():
        assert parameter.detach().unique().tolist() == [7.0]
        assert parameter.grad is not None
        assert parameter.grad.unique().tolist() == [8.0]


def test_a_module_follows_the_network_into_double_precision_with_its_buffers() -> None:
    module = nn.BatchNorm1d(3)

    network = Network([ModuleLayer(module)], dtype=torch.float64)

    assert network.forward(normal(4, 3)).dtype == torch.float64
    assert module.running_mean is not None
    assert module.running_mean.dtype == torch.float64


def test_a_module_is_in_training_mode_only_in_training() -> None:
    network = Network([ModuleLayer(nn.Dropout(0.5)), Linear(50, 1)])
    x = torch.ones(4, 50)
    predicted = network(x)

    first, second = network.forward(x).clone(), network.forward(x).clone()

    assert not torch.equal(first, second)
    assert torch.equal(network(x), predicted)


def test_a_prediction_gives_a_module_back_in_the_mode_it_was_in() -> None:
    module = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.BatchNorm1d(3))
    network = Network([ModuleLayer(module)])
    module.train()
    module[2].eval()  # as one freezes the means

    network(torch.ones(4, 3))

    assert [m.training for m in module.modules()] == [True, True, True, False]


def test_the_step_works_in_inference_mode_as_training_runs_it() -> None:
    network = Network([Linear(8, 8), ModuleLayer(convolution()), Linear(12, 2)])
    x, grad = torch.ones(3, 8), torch.ones(3, 2)

    network.forward(x)
    network.backward(grad)
    outside = network.gradients.clone()
    network.gradients.zero_()
    with torch.inference_mode():
        network.forward(x.clone())
        network.backward(grad.clone())

    assert torch.equal(network.gradients, outside)


def test_embeddings_learn_through_a_module(assert_close: Callable[[object, object], None]) -> None:
    embedding = CategoryEmbedding([(3, 2)], unknown_rate=0.0)
    branches = {"dense": PassThrough(1), "codes": embedding}
    network = Network([ModuleLayer(nn.LayerNorm(3))], branches=branches, dtype=torch.float64)
    dense, codes = torch.tensor([[0.5], [2.0]], dtype=torch.float64), torch.tensor([[1], [2]])
    grad, module = normal(2, 3), network.to_module()

    module(dense, codes).backward(grad)
    network.forward(Inputs({"dense": dense, "codes": codes}))
    network.backward(grad)

    assert_close(embedding.gradients["table_0"], module.copies["codes_table_0"].grad)


# --- A network as a module --------------------------------------------------------------------


def one_of_each() -> Network:
    """A small network in which every kind of layer occurs."""
    branches = {"dense": PassThrough(2), "codes": CategoryEmbedding([(3, 2)])}
    layers: list[Layer] = [
        ScaledLinear(2, 8, [0, 1, 2, 2]),
        *(Activation(name) for name in ACTIVATIONS),
        ModuleLayer(convolution()),
        Dropout(0.5),
        Linear(12, 4, bias=False),
        *(Linear(4, 4) for _ in range(5)),  # more than ten layers: "10_weight" < "2_weight"
        MemberLinear(2, 4, 2),
    ]
    return Network(layers, branches=branches, members=2)


INPUTS = (torch.tensor([[0.1, -1.0], [0.5, 2.0], [0.0, 0.7]]), torch.tensor([[0], [1], [2]]))


def test_a_module_gives_the_members_mean() -> None:
    network = one_of_each()

    module = network.to_module()

    inputs = Inputs(dict(zip(("dense", "codes"), INPUTS, strict=True)))
    assert torch.equal(module(*INPUTS), network(inputs).mean(dim=0))


def test_a_module_has_one_parameter_for_each_of_ours_with_weights_of_its_own() -> None:
    network = one_of_each()
    module = network.to_module()
    outputs = module(*INPUTS)

    network.weights.zero_()

    assert torch.equal(module(*INPUTS), outputs)
    assert sum(parameter.numel() for parameter in module.parameters()) == len(network.weights)
    parts = [*network.input_layer.branches.values(), *network.layers]
    shapes = [shape for layer in parts for shape in layer.shapes.values()]
    assert [tuple(parameter.shape) for parameter in module.parameters()] == shapes


def test_a_plain_torch_loop_trains_it() -> None:
    network = one_of_each()
    module, target = network.to_module(), torch.tensor([0, 1, 0])
    optimizer = torch.optim.Adam(module.parameters(), lr=0.03)
    losses = []

    for _ in range(100):
        loss = nn.functional.cross_entropy(module(*INPUTS), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    assert losses[-1] < 0.5 * losses[0]
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_a_torch_loop_and_ours_take_the_same_steps(
    assert_close: Callable[[object, object], None],
) -> None:
    layers = [Linear(8, 6), Activation("gelu"), ModuleLayer(nn.LayerNorm(6)), Linear(6, 3)]
    network = Network(layers, dtype=torch.float64)
    module, loss = network.to_module(), LOSSES["cross_entropy"]
    theirs, ours = torch.optim.Adam(module.parameters(), lr=0.05), Adam(network.weights)
    x, target = normal(10, 8), torch.arange(10) % 3

    for _ in range(10):
        theirs.zero_grad()
        nn.functional.cross_entropy(module(x), target).backward()
        theirs.step()
        _, kept = loss.forward(network.forward(x), target, None)
        network.backward(loss.backward(kept, target, None))
        ours.step(network.gradients, 0.05)

    assert_close(network(x)[0], module(x).detach())


@pytest.mark.filterwarnings("default")  # torch's own, while it exports
def test_torch_export_takes_it() -> None:
    module = one_of_each().to_module()

    exported = torch.export.export(module, INPUTS).module()

    torch.testing.assert_close(exported(*INPUTS), module(*INPUTS))


def test_captum_takes_it() -> None:
    attr = pytest.importorskip("captum.attr")
    network = Network([Linear(3, 4), Activation("gelu"), Linear(4, 2)])

    x = torch.tensor([[0.1, -1.0, 0.0], [0.5, 2.0, 1.0]])
    attributions = attr.IntegratedGradients(network.to_module()).attribute(x, target=0)

    assert attributions.shape == x.shape
