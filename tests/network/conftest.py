"""What the tests of the network room share: one thread, and what it means that a layer is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor

from pellucid.network import Layer, Network


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """These tensors are small: a second thread would only be in the way."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def close(actual: object, expected: object) -> None:
    """Assert that two tensors, or lists of them, agree up to rounding in float64."""
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-10)


def layer_computes(
    layer: Layer, x: Tensor, written: Callable[..., Tensor], *, wanted: bool, first: int = 0
) -> None:
    """Assert that a layer computes what is written, and that its derivatives are autograd's.

    Checked are its three uses: prediction, the pair given to autograd, and the training step with
    its buffers.

    Args:
        layer: The layer; not yet part of a network.
        x: Its input, float64.
        written: The same in plain torch: `written(x, *parameters)`.
        wanted: Whether the training step is asked for the gradient of the input.
        first: From which input on, where the layer has products to save.
    """
    Network([layer], dtype=torch.float64)
    layer.first_wanted = first
    parameters = list(layer.parameters.values())

    leaves = [tensor.detach().clone().requires_grad_() for tensor in (x, *parameters)]
    output = written(*leaves)
    grad = torch.linspace(-1.0, 2.0, output.numel(), dtype=torch.float64).view(output.shape)
    grad_x, *gradients = torch.autograd.grad(output, leaves, grad, materialize_grads=True)

    close(layer(x), output.detach())

    leaves = [tensor.detach().clone().requires_grad_() for tensor in (x, *parameters)]
    bridged = layer.compute(*leaves)
    close(bridged, output)
    close(torch.autograd.grad(bridged, leaves, grad, materialize_grads=True), (grad_x, *gradients))

    given_x, given_grad = x.clone(), grad.clone()
    for gradient in layer.gradients.values():
        gradient.fill_(torch.nan)  # whatever the last step left there must not matter
    close(layer.forward(given_x), output.detach())
    received = layer.backward(given_grad, wanted=wanted)
    if wanted:
        close(received, grad_x[:, first:])
    close(list(layer.gradients.values()), gradients)
    assert torch.equal(given_x, x), "the input belongs to the layer before"
    assert torch.equal(given_grad, grad)


@pytest.fixture(scope="session")
def assert_close() -> Callable[[object, object], None]:
    return close


@pytest.fixture(scope="session")
def assert_layer_computes() -> Callable[..., None]:
    return layer_computes
