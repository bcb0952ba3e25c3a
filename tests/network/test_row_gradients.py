"""Large tables: a step costs what the batch touches, and steps touched rows as usual."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from pellucid.inputs import Inputs
from pellucid.network import (
    LOSSES,
    Activation,
    Adam,
    CategoryEmbedding,
    GradientDescent,
    Linear,
    Network,
    Optimizer,
    PassThrough,
    embedding,
)
from pellucid.network.optimizers import clip_gradient_norm_
from pellucid.network.row_gradients import LARGEST_DENSE_TABLE
from pellucid.training.loop import train_step

OPTIMIZERS: dict[str, Callable[[Network], Optimizer]] = {
    "adamw": lambda net: Adam(net.weights, net.num_decayed, 0.1),
    "gradient descent": lambda net: GradientDescent(net.weights),
    "nesterov": lambda net: GradientDescent(net.weights, momentum=0.9, nesterov=True),
}


@pytest.fixture
def by_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even small tables are stepped row by row."""
    monkeypatch.setattr(embedding, "LARGEST_DENSE_TABLE", 0)


def network_of(*sizes: tuple[int, int], dtype: torch.dtype = torch.float64) -> Network:
    tables = CategoryEmbedding(sizes, unknown_rate=0.0)
    layers = [Linear(2 + tables.outputs, 4), Activation("tanh"), Linear(4, 3)]
    return Network(layers, branches={"dense": PassThrough(2), "codes": tables}, dtype=dtype)


def table_of(network: Network, place: int = 0) -> Tensor:
    return network.input_layer.branches["codes"].parameters[f"table_{place}"]


Batch = tuple[Inputs, Tensor, None]


def batch_of(*codes: list[int], seed: int = 0, dtype: torch.dtype = torch.float64) -> Batch:
    """One list of codes a table."""
    generator = torch.Generator().manual_seed(seed)
    rows = len(codes[0])
    dense = torch.randn(rows, 2, generator=generator, dtype=dtype)
    inputs = Inputs({"dense": dense, "codes": torch.tensor(codes).T})
    return inputs, torch.randint(3, (rows,), generator=generator), None


def step(network: Network, optimizer: Optimizer, batch: Batch, max_norm: float = 1.0) -> None:
    loss = LOSSES["cross_entropy"]
    train_step(network, loss, optimizer, batch, learning_rate=0.1, max_gradient_norm=max_norm)


def whole_gradient(network: Network) -> Tensor:
    """The gradient of every weight, that of the tables' untouched rows being 0."""
    whole = torch.cat(
        [network.gradients, torch.zeros(len(network.weights) - len(network.gradients))]
    )
    for gradient in network.row_gradients:
        gradient.table_in(whole)[gradient.rows_U] = gradient.values_UV
    return whole


def test_tables_up_to_a_size_are_stepped_whole_and_larger_ones_row_by_row() -> None:
    """No column of a table has more than 10 000 learned levels, so those are stepped whole."""
    small, large = (10_002, 16), (LARGEST_DENSE_TABLE // 16 + 1, 16)
    network = network_of(small, large)

    assert list(network.input_layer.branches["codes"].gradients) == ["table_0"]
    assert list(network.input_layer.branches["codes"].row_gradients) == ["table_1"]
    assert len(network.weights) - len(network.gradients) == large[0] * large[1]
    assert torch.equal(table_of(network, 1).flatten(), network.weights[len(network.gradients) :])


@pytest.mark.usefixtures("by_row")
def test_gradients_by_row_are_autograds(assert_close: Callable[[object, object], None]) -> None:
    """The second table's code 4 occurs twice; codes 0, 2 and 3 of the first not at all."""
    network, module_of = network_of((5, 3), (6, 2)), network_of((5, 3), (6, 2)).to_module
    inputs, targets, _ = batch_of([1, 1, 4], [4, 0, 4])
    module, loss = module_of(), LOSSES["cross_entropy"]

    loss.forward(module(inputs["dense"], inputs["codes"]), targets, None)[0].backward()
    _, kept = loss.forward(network.forward(inputs), targets, None)
    network.backward(loss.backward(kept, targets, None))

    first, second = network.row_gradients
    assert (first.rows_U.tolist(), second.rows_U.tolist()) == ([1, 4], [0, 4])
    for place, gradient in enumerate(network.row_gradients):
        expected = module.copies[f"codes_table_{place}"].grad
        assert expected is not None
        found = gradient.table_in(whole_gradient(network).to(expected))
        assert_close(found, expected)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_where_every_row_is_touched_in_every_step_it_is_the_usual_step(
    name: str, monkeypatch: pytest.MonkeyPatch, assert_close: Callable[[object, object], None]
) -> None:
    ended = []
    for largest in (10**9, 0):
        monkeypatch.setattr(embedding, "LARGEST_DENSE_TABLE", largest)
        network = network_of((3, 2))
        optimizer = OPTIMIZERS[name](network)
        for seed in range(5):
            step(network, optimizer, batch_of([0, 1, 2, 1], seed=seed))
        ended.append((table_of(network).clone(), network.layers[0].parameters["weight"].clone()))

    assert_close(ended[1], ended[0])


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.usefixtures("by_row")
def test_a_row_that_no_batch_touches_stays_with_all_that_is_remembered_of_it(name: str) -> None:
    network = network_of((4, 2))
    optimizer = OPTIMIZERS[name](network)
    step(network, optimizer, batch_of([1, 2]))
    before, remembered = table_of(network).clone(), optimizer.state()

    step(network, optimizer, batch_of([2, 3], seed=1))

    moved = (table_of(network) != before).any(dim=1)
    assert moved.tolist() == [False, False, True, True]
    (gradient,) = network.row_gradients
    for name_of_kept, kept in optimizer.state().items():
        if kept.numel() > 1:
            changed = gradient.table_in(kept) != gradient.table_in(remembered[name_of_kept])
            assert changed.any(dim=1).tolist() == [False, False, True, True]


@pytest.mark.usefixtures("by_row")
def test_adam_by_row_is_the_sparse_adam_of_torch() -> None:
    """Theirs adds ε in another place, so it is made too small to matter."""
    network = network_of((6, 2))
    table = nn.Embedding.from_pretrained(table_of(network).clone(), freeze=False, sparse=True)
    ours = Adam(network.weights, epsilon=1e-30)
    theirs = torch.optim.SparseAdam(table.parameters(), lr=0.1, eps=1e-30)
    (gradient,) = network.row_gradients

    for codes in ([1, 1, 4], [4, 2, 0], [1, 0, 0]):
        slope = torch.randn(3, 2, generator=torch.Generator().manual_seed(codes[0])).double()
        theirs.zero_grad()
        (table(torch.tensor(codes)) * slope).sum().backward()
        theirs.step()
        gradient.collect(torch.tensor(codes), slope)
        ours.step(torch.zeros_like(network.gradients), 0.1, network.row_gradients)

    torch.testing.assert_close(table_of(network), table.weight.detach())


@pytest.mark.usefixtures("by_row")
@pytest.mark.parametrize("dimensions", [1, 3])
def test_a_table_with_a_rate_of_its_own_moves_by_adagrad_with_one_sum_a_row(
    dimensions: int,
) -> None:
    """Where a row is one number, it is torch's Adagrad."""
    network = network_of((6, dimensions))
    (gradient,) = network.row_gradients
    gradient.rate = 20.0
    expected = table_of(network).clone()
    theirs = torch.nn.Parameter(expected.clone())
    adagrad = torch.optim.Adagrad([theirs], lr=2.0, eps=1e-8)
    ours, sums = Adam(network.weights), torch.zeros(6, 1, dtype=torch.float64)

    for codes in ([1, 1, 4], [4, 2, 0], [1, 0, 0]):
        generator = torch.Generator().manual_seed(codes[0])
        slope = torch.randn(3, dimensions, generator=generator).double()
        theirs.grad = torch.zeros_like(expected).index_add_(0, torch.tensor(codes), slope)
        adagrad.step()
        sums += theirs.grad.square().mean(dim=1, keepdim=True)
        expected -= 20.0 * 0.1 * theirs.grad / (sums.sqrt() + 1e-8)
        gradient.collect(torch.tensor(codes), slope)
        ours.step(torch.zeros_like(network.gradients), 0.1, network.row_gradients)

    torch.testing.assert_close(table_of(network), expected)
    if dimensions == 1:
        torch.testing.assert_close(table_of(network), theirs.detach())


@pytest.mark.usefixtures("by_row")
def test_the_norm_of_a_gradient_counts_the_rows_touched() -> None:
    network = network_of((5, 3), (6, 2))
    inputs, targets, _ = batch_of([1, 1, 4], [4, 0, 4])
    loss = LOSSES["cross_entropy"]
    _, kept = loss.forward(network.forward(inputs), targets, None)
    network.backward(100.0 * loss.backward(kept, targets, None))
    before = whole_gradient(network)

    clip_gradient_norm_(network.gradients, 0.5, network.row_gradients)

    torch.testing.assert_close(whole_gradient(network), before * 0.5 / before.norm())


def test_a_step_allocates_nothing_of_the_size_of_the_table() -> None:
    """A million rows of 16 numbers are 64 MB; a step with 8 of them stays below one."""
    network = network_of((1_000_000, 16), dtype=torch.float32)
    optimizer = Adam(network.weights, network.num_decayed, 0.1)
    batch = batch_of([5, 999_999, 7, 7], dtype=torch.float32)
    step(network, optimizer, batch)

    with torch.profiler.profile(profile_memory=True) as profile:
        step(network, optimizer, batch)

    allocated = [event.self_cpu_memory_usage for event in profile.key_averages()]
    assert 0 < max(allocated) < 2**20


def test_a_network_with_a_large_table_can_be_copied() -> None:
    network = network_of((LARGEST_DENSE_TABLE, 2))
    inputs, _, _ = batch_of([3, LARGEST_DENSE_TABLE - 1])

    assert torch.equal(network.copy()(inputs), network(inputs))
