"""Category embeddings: a code is replaced by the row of its table, and the row learns."""

from __future__ import annotations

from collections.abc import Callable

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.nn import functional

from pellucid.inputs import Inputs
from pellucid.network import Activation, CategoryEmbedding, Network
from pellucid.network.embedding import embedding

light = settings(max_examples=40, deadline=None)
tables = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=3)
seeds = st.integers(0, 2**32)


def codes_of(seed: int, rows: int, sizes: list[tuple[int, int]]) -> Tensor:
    """One code for each table; with few levels, most occur more than once."""
    generator = Generator().manual_seed(seed)
    return torch.stack([torch.randint(n, (rows,), generator=generator) for n, _ in sizes], dim=1)


@light
@given(rows=st.integers(1, 12), sizes=tables, seed=seeds)
def test_codes_become_rows_of_their_tables(
    rows: int, sizes: list[tuple[int, int]], seed: int, assert_close: Callable[..., None]
) -> None:
    layer, codes_BC = CategoryEmbedding(sizes, unknown_rate=0.0), codes_of(seed, rows, sizes)
    network = Network([Activation("identity")], branches={"codes": layer}, dtype=torch.float64)
    leaves = [table.clone().requires_grad_() for table in layer.parameters.values()]

    pairs = zip(codes_BC.T, leaves, strict=True)
    expected = torch.cat([functional.embedding(*pair) for pair in pairs], dim=1)
    grad = torch.linspace(-1.0, 2.0, expected.numel(), dtype=torch.float64).view(expected.shape)
    gradients = torch.autograd.grad(expected, leaves, grad)
    network.gradients.fill_(torch.nan)  # whatever the last step left there must not matter
    outputs = network.forward(Inputs({"codes": codes_BC})).clone()
    network.backward(grad)

    assert_close(outputs, expected.detach())
    assert_close(layer(codes_BC), expected.detach())
    assert_close(list(layer.gradients.values()), list(gradients))
    assert layer.outputs == sum(dimensions for _, dimensions in sizes)


def test_a_level_that_occurs_twice_collects_both_gradients_and_an_absent_one_none() -> None:
    layer = CategoryEmbedding([(3, 1)], unknown_rate=0.0)
    Network([layer])
    layer.forward(torch.tensor([[2], [1], [2]]))

    layer.backward(torch.tensor([[5.0], [7.0], [11.0]]), wanted=False)

    assert layer.gradients["table_0"].tolist() == [[0.0], [7.0], [16.0]]


def test_some_cells_are_read_as_unknown_in_training_and_none_in_prediction() -> None:
    layer = CategoryEmbedding([(2, 1), (2, 1)], unknown_rate=0.25)
    Network([layer], seed=5)
    layer.parameters["table_0"].copy_(torch.tensor([[-1.0], [1.0]]))
    layer.parameters["table_1"].copy_(torch.tensor([[-1.0], [1.0]]))
    codes_BC = torch.ones(4_000, 2, dtype=torch.int64)

    trained, predicted = layer.forward(codes_BC), layer(codes_BC)
    unknown = trained == -1.0

    assert (unknown.double().mean(dim=0) - 0.25).abs().max() < 0.03
    assert not torch.equal(unknown[:, 0], unknown[:, 1])
    assert torch.equal(predicted, torch.ones(4_000, 2))

    layer.backward(torch.ones(4_000, 2), wanted=False)
    counts = unknown.sum(dim=0)
    assert layer.gradients["table_0"].tolist() == [[counts[0]], [4_000 - counts[0]]]
    assert layer.gradients["table_1"].tolist() == [[counts[1]], [4_000 - counts[1]]]


def test_autograd_accepts_the_pair() -> None:
    codes = torch.tensor([[1, 0], [1, 2], [0, 2]])
    tables = [torch.linspace(0, 1, n, dtype=torch.float64).view(-1, 2) for n in (4, 6)]

    leaves = tuple(table.requires_grad_() for table in tables)
    assert torch.autograd.gradcheck(lambda *tables: embedding(codes, *tables), leaves)
