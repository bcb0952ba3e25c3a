"""Category embeddings: a code is replaced by the row of its table, and the row learns."""

from __future__ import annotations

from collections.abc import Callable

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.nn import functional

from pellucid.network import CategoryEmbedding, Network
from pellucid.network.embedding import embedding

light = settings(max_examples=40, deadline=None)
tables = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3)), min_size=1, max_size=3)
seeds = st.integers(0, 2**32)


def inputs(seed: int, rows: int, dense: int, sizes: list[tuple[int, int]]) -> Tensor:
    """Numbers, then one code for each table; with few levels, most codes occur more than once."""
    generator = Generator().manual_seed(seed)
    numbers = torch.randn(rows, dense, generator=generator, dtype=torch.float64)
    codes = [torch.randint(levels, (rows, 1), generator=generator) for levels, _ in sizes]
    return torch.cat([numbers, *codes], dim=1)


@light
@given(rows=st.integers(1, 12), dense=st.integers(0, 3), sizes=tables, seed=seeds)
def test_codes_become_rows_of_their_tables_and_numbers_pass(
    rows: int,
    dense: int,
    sizes: list[tuple[int, int]],
    seed: int,
    assert_layer_computes: Callable[..., None],
) -> None:
    def written(x: Tensor, *tables: Tensor) -> Tensor:
        codes = x[:, dense:].long().unbind(dim=1)
        embedded = [functional.embedding(*pair) for pair in zip(codes, tables, strict=True)]
        return torch.cat([x[:, :dense], *embedded], dim=1)

    layer = CategoryEmbedding(dense, sizes, unknown_rate=0.0)

    assert_layer_computes(layer, inputs(seed, rows, dense, sizes), written, wanted=None)
    assert layer.outputs == dense + sum(dimensions for _, dimensions in sizes)


def test_a_level_that_occurs_twice_collects_both_gradients_and_an_absent_one_none() -> None:
    layer = CategoryEmbedding(0, [(3, 1)], unknown_rate=0.0)
    Network([layer])
    layer.forward(torch.tensor([[2.0], [1.0], [2.0]]))

    layer.backward(torch.tensor([[5.0], [7.0], [11.0]]), None)

    assert layer.gradients["table_0"].tolist() == [[0.0], [7.0], [16.0]]


def test_some_cells_are_read_as_unknown_in_training_and_none_in_prediction() -> None:
    layer = CategoryEmbedding(1, [(2, 1), (2, 1)], unknown_rate=0.25)
    Network([layer], seed=5)
    layer.parameters["table_0"].copy_(torch.tensor([[-1.0], [1.0]]))
    layer.parameters["table_1"].copy_(torch.tensor([[-1.0], [1.0]]))
    x = torch.ones(4_000, 3)

    trained, predicted = layer.forward(x), layer(x)
    unknown = trained == -1.0

    assert not unknown[:, 0].any(), "numbers are never unknown"
    assert (unknown.double().mean(dim=0)[1:] - 0.25).abs().max() < 0.03
    assert not torch.equal(unknown[:, 1], unknown[:, 2])
    assert torch.equal(predicted, x)

    layer.backward(torch.ones(4_000, 2), None)
    counts = unknown.sum(dim=0)
    assert layer.gradients["table_0"].tolist() == [[counts[1]], [4_000 - counts[1]]]
    assert layer.gradients["table_1"].tolist() == [[counts[2]], [4_000 - counts[2]]]


def test_autograd_accepts_the_pair() -> None:
    numbers = torch.tensor([[0.5, 1.0], [2.0, -1.0], [0.0, 3.0]], dtype=torch.float64)
    codes = torch.tensor([[1.0, 0.0], [1.0, 2.0], [0.0, 2.0]], dtype=torch.float64)
    tables = [torch.linspace(0, 1, n, dtype=torch.float64).view(-1, 2) for n in (4, 6)]

    def with_codes(numbers: Tensor, *tables: Tensor) -> Tensor:
        return embedding(torch.cat([numbers, codes], dim=1), *tables)

    leaves = tuple(tensor.requires_grad_() for tensor in (numbers, *tables))
    assert torch.autograd.gradcheck(with_codes, leaves)
