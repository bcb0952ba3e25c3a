"""Reduced precision: only for large products, only where asked, and the setting is given back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from pellucid.network import Activation, Layer, Linear, MemberLinear, Network, ScaledLinear
from pellucid.network.precision import SMALLEST_REDUCED_PRODUCT, has_reduced_products


class Recorder(Layer):
    """Notes the setting under which it computes; may fail."""

    def __init__(self, products: int, *, fails_in: str = "") -> None:
        super().__init__({})
        self.products, self.fails_in = products, fails_in
        self.seen: list[str] = []

    def _note(self, where: str) -> None:
        self.seen.append(torch.get_float32_matmul_precision())
        if where == self.fails_in:
            raise ArithmeticError(where)

    def compute(self, x: Tensor, *parameters: Tensor) -> Tensor:
        self._note("compute")
        return x

    def forward(self, x: Tensor) -> Tensor:
        self._note("forward")
        return x

    def backward(self, grad: Tensor, *, wanted: bool) -> Tensor | None:
        self._note("backward")
        return grad

    def describe(self) -> dict[str, object]:
        return {}


@pytest.fixture(autouse=True)
def callers_setting() -> Iterator[str]:
    """The caller has a setting of their own, which no test may leave changed."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    yield "high"
    after = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(before)
    assert after == "high"


ROWS = torch.zeros(4, 1)
LARGE = SMALLEST_REDUCED_PRODUCT // len(ROWS)


def test_without_being_asked_the_callers_setting_holds() -> None:
    layer = Recorder(100 * LARGE)
    network = Network([layer])

    network.backward(network.forward(ROWS))

    assert layer.seen == ["high", "high"]


def test_large_products_are_reduced_and_small_ones_exact_in_both_directions() -> None:
    large, small = Recorder(LARGE), Recorder(LARGE - 1)
    network = Network(
        [Linear(1, 1), large, small], reduced_precision=True
    )  # so that gradients pass

    network.backward(network.forward(ROWS))

    assert large.seen == ["medium", "medium"]
    assert small.seen == ["highest", "highest"]


@pytest.mark.parametrize(
    ("layer", "products"),
    [
        (Linear(3, 4), 12),
        (ScaledLinear(2, 4, [0, 1, 2]), 24),
        (MemberLinear(2, 3, 4, first=True), 24),
        (MemberLinear(2, 3, 4), 12),
        (Activation("relu"), 0),
    ],
    ids=["linear", "scaled", "first of members", "members", "activation"],
)
def test_a_layer_knows_how_many_multiplications_one_row_costs(layer: Layer, products: int) -> None:
    assert layer.products == products


def test_prediction_is_never_reduced() -> None:
    layer = Recorder(100 * LARGE)

    Network([layer], reduced_precision=True)(ROWS)

    assert layer.seen == ["high"]


@pytest.mark.parametrize("where", ["forward", "backward"])
def test_the_callers_setting_comes_back_even_when_a_layer_fails(where: str) -> None:
    network = Network([Recorder(LARGE, fails_in=where)], reduced_precision=True)

    with pytest.raises(ArithmeticError, match=where):
        network.backward(network.forward(ROWS))

    assert torch.get_float32_matmul_precision() == "high"


def test_reduced_gradients_are_close_to_exact_ones() -> None:
    gradients = []
    for reduced in (False, True):
        torch.set_float32_matmul_precision("highest")
        network = Network([Linear(128, 128), Linear(128, 64)], seed=1, reduced_precision=reduced)
        x = torch.linspace(-1, 1, 128 * 128).view(128, 128).sin()
        network.backward(network.forward(x).clone())
        gradients.append(network.gradients)
    torch.set_float32_matmul_precision("high")

    exact, reduced_ones = gradients
    assert (exact - reduced_ones).norm() < 0.02 * exact.norm()


def test_a_device_without_the_units_is_not_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    for has in (True, False):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda has=has: has)
        assert has_reduced_products(torch.device("cpu")) == has
    for capability, has in [((7, 5), False), ((8, 0), True), ((9, 0), True)]:
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _, c=capability: c)
        assert has_reduced_products(torch.device("cuda")) == has
    assert not has_reduced_products(torch.device("meta"))
