"""A network: layers in order, all numbers in one flat vector, and backpropagation through them.

Random whole networks are drawn as plain data, as `Network.describe` writes it, so that a failing
one can be read.
"""

from __future__ import annotations

import copy
import itertools
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor, nn

from pellucid.inputs import Inputs
from pellucid.network import (
    ACTIVATIONS,
    LOSSES,
    Activation,
    Adam,
    CategoryEmbedding,
    Dropout,
    GradientDescent,
    Layer,
    Linear,
    MemberLinear,
    ModuleLayer,
    Network,
    PassThrough,
    PiecewiseLinear,
    ScaledLinear,
)
from pellucid.network.network import LAYERS, parts_from

light = settings(max_examples=60, deadline=None)


@pytest.fixture(autouse=True, scope="module")
def small_batches_are_cut_too() -> Iterator[None]:
    """Otherwise only large ones would show whether that is right."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pellucid.network.input_layer.FEWEST_ROWS_TO_CUT", 1)
        yield


seeds = st.integers(0, 2**32)


class Plain(NamedTuple):
    """A network as plain data."""

    network: dict[str, Any]
    dense: int
    levels: list[int]
    outputs: int

    @property
    def members(self) -> int:
        members: int = self.network["members"]
        return members

    def build(self, seed: int, dtype: torch.dtype = torch.float64) -> Network:
        return Network(**parts_from(self.network), seed=seed, dtype=dtype)

    def inputs(self, rows: int, generator: Generator) -> Inputs:
        numbers = 3.0 * torch.randn(rows, self.dense, generator=generator, dtype=torch.float64)
        codes = [torch.randint(n, (rows, 1), generator=generator) for n in self.levels]
        return Inputs(
            {"codes": torch.cat(codes, dim=1), "dense": numbers} if codes else {"dense": numbers}
        )


@st.composite
def networks(draw: st.DrawFn) -> Plain:
    """Embeddings or none, one member or several, any number of hidden layers; nothing random."""
    sizes = st.integers(1, 4)
    dense, tables = draw(sizes), draw(st.lists(st.tuples(sizes, sizes), max_size=2))
    pauses = st.lists(
        st.sampled_from([{"layer": "Activation", "function": name} for name in ACTIVATIONS])
        | st.just({"layer": "Dropout", "rate": 0.0}),
        max_size=2,
    )
    bins = draw(st.lists(st.sampled_from([0, 1, 2, 5]), min_size=dense, max_size=dense))
    given = {"layer": "PiecewiseLinear", "bins": bins}
    if draw(st.booleans()):
        bins, given = [0] * dense, {"layer": "PassThrough", "width": dense}
    branches: list[dict[str, Any]] = [{"port": "dense", **given}]
    if tables:
        sizes_of_tables = {"sizes": [list(table) for table in tables], "unknown_rate": 0.0}
        codes = {"port": "codes", "layer": "CategoryEmbedding", **sizes_of_tables}
        branches.insert(draw(st.integers(0, 1)), codes)
    layers: list[dict[str, Any]] = draw(pauses)
    members = draw(st.integers(1, 3))
    kinds = ["ScaledLinear", "MemberLinear"] + ["Linear"] * (members == 1)
    width = sum(max(1, count) for count in bins) + sum(dimensions for _, dimensions in tables)
    for position in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(kinds))
        outputs = draw(sizes)
        if kind == "ScaledLinear":
            columns = draw(st.lists(st.integers(0, 2), min_size=width, max_size=width))
            layer = {"members": members, "outputs": outputs, "column_of_input": columns}
        elif kind == "MemberLinear":
            layer = {"members": members, "inputs": width, "outputs": outputs}
            layer["first"] = position == 0
        else:
            layer = {"inputs": width, "outputs": outputs, "bias": draw(st.booleans())}
        layers += [{"layer": kind, **layer}, *draw(pauses)]
        kinds, width = ["Linear", "MemberLinear"], outputs
    network = {"members": members, "branches": branches, "layers": layers}
    return Plain(network, dense, [levels for levels, _ in tables], width)


# --- Prediction --------------------------------------------------------------------------------


@light
@given(plain=networks(), rows=st.integers(0, 40), seed=seeds)
def test_a_row_is_predicted_the_same_to_the_last_bit_alone_and_in_any_company(
    plain: Plain, rows: int, seed: int
) -> None:
    network, generator = plain.build(seed, torch.float32), Generator().manual_seed(seed)
    inputs = plain.inputs(rows, generator).float()
    order = torch.randperm(rows, generator=generator)

    together = network.predict(inputs)

    alone = [network.predict(inputs.take(torch.tensor([row]))) for row in range(rows)]
    assert together.shape == (plain.members, rows, plain.outputs)
    assert torch.equal(torch.cat([*alone, together[:, :0]], dim=1), together)
    assert torch.equal(network.predict(inputs.take(order)), together[:, order])
    torch.testing.assert_close(together, network(inputs), rtol=1e-4, atol=1e-4)


def test_predictions_follow_the_weights() -> None:
    network = Network([Linear(2, 3), Activation("tanh"), Linear(3, 1)])
    x = torch.ones(4, 2)
    before = network.predict(x)

    network.layers[2].parameters["bias"] += 1.0

    torch.testing.assert_close(network.predict(x), before + 1.0)


@pytest.mark.parametrize("optimizer", [Adam, GradientDescent])
def test_predictions_follow_a_step_wherever_they_were_asked_for_before(optimizer: Any) -> None:
    network = Network(
        [ScaledLinear(2, 4, [0, 0, 1]), Activation("relu"), MemberLinear(2, 4, 1)],
        branches={"dense": PiecewiseLinear([2, 0])},
        members=2,
    )
    x = Inputs({"dense": torch.rand(8, 2)})
    steps = optimizer(network.weights)

    for _ in range(3):
        network.backward(torch.ones_like(network.forward(x)))
        network.predict(x)
        steps.step(network.gradients, 0.1)
        torch.testing.assert_close(network.predict(x), network(x))


def test_many_columns_are_multiplied_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def gradients() -> Tensor:
        network = Network(
            [ScaledLinear(3, 4, [0, 0, 1, 2, 2, 2, 3]), Activation("tanh"), MemberLinear(3, 4, 2)],
            branches={"dense": PiecewiseLinear([2, 0, 3, 1])},
            members=3,
            dtype=torch.float64,
        )
        x = 3.0 * torch.rand(6, 4, generator=Generator().manual_seed(0), dtype=torch.float64)
        outputs = network.forward(Inputs({"dense": x}))
        network.backward(outputs.sin())
        return network.gradients

    at_once = gradients()
    monkeypatch.setattr("pellucid.network.scaled_linear.MOST_NUMBERS_AT_ONCE", 2 * 6 * 4)
    torch.testing.assert_close(gradients(), at_once)


def test_small_batches_come_written_out_and_have_the_same_gradients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Network(
        [ScaledLinear(2, 3, [0, 0, 1, 2, 2]), Activation("tanh"), MemberLinear(2, 3, 1)],
        branches={"dense": PiecewiseLinear([2, 0]), "codes": CategoryEmbedding([(4, 2)])},
        members=2,
        dtype=torch.float64,
    )
    generator = Generator().manual_seed(0)
    numbers = 3.0 * torch.rand(5, 2, generator=generator, dtype=torch.float64)
    x = Inputs({"dense": numbers, "codes": torch.tensor([[1], [2], [3], [1], [2]])})

    found = []
    for fewest in (1, 6):
        monkeypatch.setattr("pellucid.network.input_layer.FEWEST_ROWS_TO_CUT", fewest)
        network.generator.manual_seed(1)
        network.backward(network.forward(x).cos())
        found.append((network.gradients.clone(), type(network.input_layer.forward(x))))

    torch.testing.assert_close(found[0][0], found[1][0])
    assert [kind.__name__ for _, kind in found] == ["CutInput", "Tensor"]


def test_a_step_outside_of_inference_mode_may_follow_one_within() -> None:
    network = Network(
        [ScaledLinear(2, 1, [0, 0])],
        branches={"dense": PiecewiseLinear([2])},
        members=2,
    )
    x = Inputs({"dense": torch.rand(4, 1)})
    with torch.inference_mode():
        network.backward(torch.ones_like(network.forward(x)))
    within = network.gradients.clone()
    network.backward(torch.ones_like(network.forward(x)))
    assert torch.equal(network.gradients, within)


@pytest.mark.parametrize("hidden", [(32,), (128, 128), (512, 300)])
@pytest.mark.parametrize("threads", [1, 2])
def test_so_it_is_in_networks_of_usual_sizes_with_any_number_of_threads(
    hidden: tuple[int, ...], threads: int
) -> None:
    bins, activation = [48, 0, 48, 7, 0], "tanh"
    columns = [column for column, count in enumerate(bins) for _ in range(max(1, count))]
    widths = [len(columns) + 9, *hidden]
    first = ScaledLinear(4, hidden[0], [*columns, *[5] * 9])
    others = [Linear(a, b) for a, b in itertools.pairwise(hidden)]
    layers: list[Layer] = [first, Activation(activation)]
    for layer in others:
        layers += [layer, Activation(activation)]
    network = Network(
        [*layers, MemberLinear(4, widths[-1], 3)],
        branches={"dense": PiecewiseLinear(bins), "codes": CategoryEmbedding([(20, 9)])},
        members=4,
    )
    generator = Generator().manual_seed(0)
    numbers = 50.0 * torch.rand(300, 5, generator=generator)
    codes = torch.randint(20, (300, 1), generator=generator)
    inputs = Inputs({"dense": numbers, "codes": codes})
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        together = network.predict(inputs)
    finally:
        torch.set_num_threads(before)

    for start, end in [(0, 1), (299, 300), (5, 37), (31, 64), (100, 299)]:
        some = network.predict(inputs.take(torch.arange(start, end)))
        assert torch.equal(some, together[:, start:end])


# --- Backpropagation --------------------------------------------------------------------------


def gradients_by_name(network: Network) -> dict[str, Tensor]:
    return {
        f"{index}_{name}": gradient.clone()
        for index, layer in [*network.input_layer.branches.items(), *enumerate(network.layers)]
        for name, gradient in layer.gradients.items()
    }


@light
@given(
    plain=networks(),
    loss_name=st.sampled_from(["cross_entropy", "quadratic"]),
    batch_sizes=st.lists(st.integers(1, 6), min_size=2, max_size=2, unique=True),
    seed=seeds,
)
def test_backpropagation_through_any_network_agrees_with_autograd(
    plain: Plain,
    loss_name: str,
    batch_sizes: list[int],
    seed: int,
    assert_close: Callable[[object, object], None],
) -> None:
    network, generator, loss = plain.build(seed), Generator().manual_seed(seed), LOSSES[loss_name]
    module = network.to_module()

    for rows in [*batch_sizes, *batch_sizes]:  # buffers of both sizes are used again
        x = plain.inputs(rows, generator)
        targets = torch.randn(rows, plain.outputs, generator=generator, dtype=torch.float64)
        if loss_name == "cross_entropy":
            targets = targets.argmax(dim=1)
        module.zero_grad()
        module_outputs = module(*(x[port] for port in network.input_layer.branches))
        module_loss = loss.forward(module_outputs, targets, None)[0]
        module_loss.backward()

        outputs = network.by_member(network.forward(x)).mean(dim=0)
        value, kept = loss.forward(outputs, targets, None)
        grad = loss.backward(kept, targets, None) / plain.members
        network.backward(grad.repeat(plain.members, 1))

        assert_close(network(x).mean(dim=0), module_outputs.detach())
        assert_close(outputs, module_outputs.detach())
        assert_close(value, module_loss.detach())
        expected = {name: parameter.grad for name, parameter in module.copies.items()}
        assert_close(gradients_by_name(network), expected)


@light
@given(plain=networks(), seed=seeds)
def test_each_member_learns_from_rows_targets_and_weights_of_its_own(
    plain: Plain, seed: int, assert_close: Callable[[object, object], None]
) -> None:
    network, generator = plain.build(seed), Generator().manual_seed(seed)
    x, rows = plain.inputs(4, generator), 4 * plain.members
    targets = torch.randn(rows, plain.outputs, generator=generator, dtype=torch.float64)
    weights = torch.rand(rows, generator=generator, dtype=torch.float64)

    def loss_of(x: Inputs, parameters: Iterator[Tensor]) -> Tensor:
        def compute(layer: Layer, h: Tensor) -> Tensor:
            return layer.compute(h, *(next(parameters) for _ in layer.shapes))

        branches = network.input_layer.branches.items()
        h = torch.cat([compute(branch, x[port]) for port, branch in branches], dim=1)
        for layer in network.layers:
            h = compute(layer, h)
        return (weights * ((h - targets) ** 2).mean(dim=1)).sum() / rows

    leaves = [
        parameter.detach().clone().requires_grad_()
        for layer in [*network.input_layer.branches.values(), *network.layers]
        for parameter in layer.parameters.values()
    ]
    expected = torch.autograd.grad(loss_of(x, iter(leaves)), leaves)

    loss = LOSSES["mean_squared_error"]
    _, kept = loss.forward(network.forward(x), targets, weights)
    network.backward(loss.backward(kept, targets, weights))

    assert_close(list(gradients_by_name(network).values()), list(expected))


def test_a_gradient_goes_no_further_than_something_learns_from_it() -> None:
    asked: list[tuple[bool, int]] = []

    class Witness(Linear):
        def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
            asked.insert(0, (wanted, self.first_wanted))
            return super().backward(grad, wanted=wanted)

    branches = {"dense": PassThrough(2), "codes": CategoryEmbedding([(3, 2)])}
    layers = [Witness(4, 4), Activation("relu"), Witness(4, 1)]
    network = Network(layers, branches=branches)
    rows = {"dense": torch.zeros(5, 2), "codes": torch.zeros(5, 1, dtype=torch.int64)}
    network.backward(network.forward(Inputs(rows)))
    assert asked == [(True, 2), (True, 0)], "numbers do not learn, the vectors of codes do"

    asked.clear()
    network = Network([Activation("tanh"), Witness(4, 4), Witness(4, 1)])
    network.backward(network.forward(torch.zeros(5, 4)))
    assert asked == [(False, 0), (True, 0)], "below the first weights, nothing learns"


def test_a_network_gets_inputs_for_its_branches_or_the_vector_x() -> None:
    network = one_of_each()
    x = network.input_layer(INPUTS)

    assert torch.equal(network(x), network(INPUTS))
    with pytest.raises(TypeError, match="trained on Inputs, not on x"):
        network.forward(x)
    with pytest.raises(TypeError, match="without branches gets the vector x, not Inputs"):
        Network([Linear(2, 1)])(INPUTS)


@pytest.mark.parametrize(
    "first",
    [Activation("tanh"), Linear(3, 3), Dropout(0.5)],
    ids=["activation", "linear", "dropout"],
)
def test_training_never_writes_into_the_callers_tensors(first: Layer) -> None:
    """Not even where an activation overwrites its input, as it may in the middle of a network."""
    Network([Linear(3, 3), first])
    network = Network([first, Activation("relu"), Linear(3, 2)])
    x, grad = torch.full((4, 3), 0.5), torch.full((4, 2), -0.5)

    network.forward(x)
    network.backward(grad)

    assert x.unique().tolist() == [0.5]
    assert grad.unique().tolist() == [-0.5]


def test_a_layer_cannot_stand_in_two_places() -> None:
    """It keeps what it needs on the way back, for one place only."""
    relu = Activation("relu")

    with pytest.raises(ValueError, match="cannot stand in two"):
        Network([Linear(2, 2), relu, Linear(2, 2), relu])


# --- The flat vector --------------------------------------------------------------------------


def one_of_each() -> Network:
    """A small network in which every kind of layer occurs."""
    branches = {"dense": PassThrough(2), "codes": CategoryEmbedding([(3, 2)], unknown_rate=0.2)}
    layers = [
        ScaledLinear(2, 5, [0, 1, 2, 2], signs=True),
        Activation("relu"),
        Dropout(0.5),
        Linear(5, 4),
        Activation("gelu"),
        Linear(4, 3, bias=False),
        MemberLinear(2, 3, 2),
    ]
    return Network(layers, branches=branches, members=2, seed=4)


INPUTS = Inputs(
    {
        "dense": torch.tensor([[0.1, -1.0], [0.5, 2.0], [0.0, 0.7], [1.0, 0.0]]),
        "codes": torch.tensor([[0], [1], [2], [2]]),
    }
)


def parts_of(network: Network) -> list[Layer]:
    return [*network.input_layer.branches.values(), *network.layers]


def test_every_weight_and_gradient_is_one_number_of_a_flat_vector() -> None:
    network = one_of_each()
    network.weights.copy_(torch.arange(len(network.weights)))
    network.gradients.copy_(network.weights)

    for kind in ("parameters", "gradients"):
        seen = torch.cat(
            [v.flatten() for layer in parts_of(network) for v in getattr(layer, kind).values()]
        )
        assert torch.equal(seen.sort().values, torch.arange(len(network.weights)).float())

    network.layers[3].parameters["weight"].zero_()
    assert (network.weights == 0.0).sum().item() == 5 * 4 + 1


def test_decayed_weights_come_first() -> None:
    network = one_of_each()
    network.weights.zero_()[: network.num_decayed] = 1.0

    for layer in parts_of(network):
        for name, parameter in layer.parameters.items():
            assert parameter.unique().tolist() == [float(name in layer.decayed)]
    decayed = {name for layer in network.layers for name in layer.decayed}
    assert decayed == {"weight"}, "no bias, no factor, no embedding"


@pytest.mark.parametrize("index", [0, 3, 5, 6])
def test_weight_matrices_have_shape_from_to_and_lie_neuron_by_neuron(index: int) -> None:
    weight = one_of_each().layers[index].parameters["weight"]

    assert weight.shape[-2:] == {0: (4, 5), 3: (5, 4), 5: (4, 3), 6: (3, 2)}[index]
    assert weight.mT.is_contiguous()


def test_a_step_writes_gradients_into_the_flat_vector_and_touches_no_weight() -> None:
    network = one_of_each()
    before = network.weights.clone()
    network.gradients.fill_(torch.nan)

    network.backward(torch.ones_like(network.forward(INPUTS)))

    assert network.gradients.isfinite().all()
    assert torch.equal(network.weights, before)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, second, other = (Network([Linear(3, 3)], seed=seed) for seed in (1, 1, 2))

    assert torch.equal(first.weights, second.weights)
    assert not torch.equal(first.weights, other.weights)


# --- Forward propagation ----------------------------------------------------------------------


def test_a_call_gives_each_members_outputs_and_trace_everything_in_between() -> None:
    network = one_of_each()

    outputs = network.trace(INPUTS)

    assert [tuple(output.shape) for output in outputs] == [
        (8, 5), (8, 5), (8, 5), (8, 4), (8, 4), (8, 3), (8, 2),
    ]  # fmt: skip
    h = network.input_layer(INPUTS)
    assert h.shape == (4, 4)
    for layer, output in zip(network.layers, outputs, strict=True):
        h = layer(h)
        assert torch.equal(h, output)
    assert network(INPUTS).shape == (2, 4, 2)
    assert torch.equal(network(INPUTS).view(8, 2), outputs[-1]), "rows of member 1 first"


def test_prediction_is_differentiable_with_respect_to_the_inputs() -> None:
    network = Network([Linear(3, 4), Activation("gelu"), Linear(4, 1)], dtype=torch.float64)
    x = torch.linspace(-1, 1, 6, dtype=torch.float64).view(2, 3).requires_grad_()

    assert torch.autograd.gradcheck(network, x)


# --- Copies and plain data --------------------------------------------------------------------


def through_pickle(network: Network) -> Network:
    return pickle.loads(pickle.dumps(network))  # noqa: S301


@pytest.mark.parametrize("make", [Network.copy, copy.deepcopy, through_pickle])
def test_a_copy_computes_the_same_and_lives_on_its_own(make: Callable[[Network], Network]) -> None:
    network = one_of_each()
    network.forward(INPUTS)  # the random numbers have moved on

    twin = make(network)

    assert torch.equal(twin.weights, network.weights)
    assert torch.equal(twin(INPUTS), network(INPUTS))
    assert torch.equal(twin.forward(INPUTS), network.forward(INPUTS)), "same random numbers"
    assert twin.describe() == network.describe()
    assert (twin.members, twin.num_decayed) == (network.members, network.num_decayed)
    outputs = network(INPUTS)
    twin.weights.zero_()
    assert torch.equal(network(INPUTS), outputs)


@pytest.mark.parametrize("make", [Network.copy, through_pickle])
def test_a_copy_keeps_type_and_precision(make: Callable[[Network], Network]) -> None:
    network = Network([Linear(2, 2)], dtype=torch.float64, reduced_precision=True)

    twin = make(network)

    assert twin.weights.dtype == torch.float64
    assert twin.reduced_precision


def test_a_copy_may_have_more_digits() -> None:
    network = one_of_each()

    precise = network.copy(dtype=torch.float64)

    assert precise.weights.dtype == torch.float64
    assert torch.equal(precise.weights.float(), network.weights)
    torch.testing.assert_close(precise(INPUTS.double()).float(), network(INPUTS))


@light
@given(plain=networks(), seed=seeds)
def test_a_network_can_be_written_as_plain_data_and_built_again(plain: Plain, seed: int) -> None:
    network = plain.build(seed)
    x = plain.inputs(3, Generator().manual_seed(seed))

    written = json.loads(json.dumps(network.describe()))
    twin = Network(**parts_from(written), dtype=torch.float64)
    twin.weights.copy_(network.weights)

    assert twin.describe() == network.describe()
    for kind in ("branches", "layers"):
        pairs = zip(plain.network[kind], written[kind], strict=True)
        assert all(drawn.items() <= described.items() for drawn, described in pairs)
    assert torch.equal(twin(x), network(x))


def test_every_layer_can_be_written_but_a_module_of_ones_own() -> None:
    kinds = {
        kind.__name__: kind for kind in Layer.__subclasses__() if "pellucid" in kind.__module__
    }

    assert kinds == LAYERS
    with pytest.raises(TypeError, match=r"\(Linear\) is code, and a model file never holds code"):
        Network([ModuleLayer(nn.Linear(2, 1))]).describe()


# --- Gradient descent by hand -----------------------------------------------------------------


def test_one_weight_descends_as_on_paper() -> None:
    """Weight 5, input 2, label 6: prediction 10, slope (10 − 6)·2 = 8, next weight 5 − 0.1·8."""
    network = Network([Linear(1, 1, bias=False)])
    network.weights.fill_(5.0)
    loss, optimizer = LOSSES["quadratic"], GradientDescent(network.weights)
    x, label = torch.tensor([[2.0]]), torch.tensor([[6.0]])
    weights, slopes, losses = [], [], []

    for _ in range(30):
        value, kept = loss.forward(network.forward(x), label, None)
        network.backward(loss.backward(kept, label, None))
        optimizer.step(network.gradients, 0.1)
        losses.append(value.item())
        slopes.append(network.gradients.item())
        weights.append(network.weights.item())

    assert losses[0] == 8.0
    assert slopes[:2] == pytest.approx([8.0, 4.8])
    assert weights[:2] == pytest.approx([4.2, 3.72])
    assert weights[-1] == pytest.approx(3.0, abs=1e-5)


def test_a_network_learns_what_no_line_can_separate() -> None:
    """Exclusive or: 1 where the inputs differ."""
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    label = torch.tensor([0, 1, 1, 0])
    network = Network([Linear(2, 8), Activation("tanh"), Linear(8, 2)], seed=1)
    loss, optimizer = LOSSES["cross_entropy"], Adam(network.weights)

    for _ in range(200):
        _, kept = loss.forward(network.forward(x), label, None)
        network.backward(loss.backward(kept, label, None))
        optimizer.step(network.gradients, 0.05)

    assert torch.equal(network(x)[0].argmax(dim=1), label)
