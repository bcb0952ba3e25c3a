"""Convolution, pooling and batch norm: each pair agrees with autograd in float64."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Generator, Tensor
from torch.nn import functional

from pellucid.network.convolution import (
    EPSILON,
    MOMENTUM,
    batch_norm_backward,
    batch_norm_forward,
    convolution,
    convolution_backward,
    convolution_forward,
    max_pool_backward,
    max_pool_forward,
)

light = settings(max_examples=20, deadline=None)
sizes = st.integers(1, 5)
sides = st.integers(3, 8)
Close = Callable[[object, object], None]


def normal(seed: int, *shape: int) -> Tensor:
    """Numbers, channels-last in memory if they are pictures."""
    x = torch.randn(shape, generator=Generator().manual_seed(seed), dtype=torch.float64)
    return x.contiguous(memory_format=torch.channels_last) if len(shape) == 4 else x


@light
@given(batch=sizes, inputs=sizes, outputs=sizes, height=sides, width=sides, bias=st.booleans())
def test_a_convolution_is_a_sum_over_what_each_filter_looks_at(
    batch: int,
    inputs: int,
    outputs: int,
    height: int,
    width: int,
    bias: bool,
    assert_close: Close,
) -> None:
    x, weight = normal(0, batch, inputs, height, width), normal(1, outputs, inputs, 3, 3)
    biases = (normal(2, outputs),) if bias else ()
    leaves = [tensor.requires_grad_() for tensor in (x, weight, *biases)]

    patches = functional.unfold(x, 3, padding=1).unflatten(1, (inputs, 3, 3))
    expected = torch.einsum("oikl,biklp->bop", weight, patches).view(batch, outputs, height, width)
    if bias:
        expected = expected + biases[0][:, None, None]
    grad = normal(3, *expected.shape)
    gradients = torch.autograd.grad(expected, leaves, grad)

    plain = [leaf.detach() for leaf in leaves]
    assert_close(convolution_forward(*plain), expected.detach())
    assert_close(list(convolution_backward(grad, *plain)), list(gradients))
    assert_close(list(convolution_backward(grad, *plain, wanted=False)[1:]), list(gradients[1:]))
    assert_close(list(torch.autograd.grad(convolution(*leaves), leaves, grad)), list(gradients))


@light
@given(batch=sizes, channels=sizes, height=sides, width=sides, window=st.integers(1, 3))
def test_the_gradient_of_a_pool_goes_where_the_greatest_stood(
    batch: int, channels: int, height: int, width: int, window: int, assert_close: Close
) -> None:
    x = normal(0, batch, channels, height, width)

    pooled, place = max_pool_forward(x, (window, 2))
    windows = x.unfold(2, window, window).unfold(3, 2, 2)
    assert_close(pooled, windows.amax(dim=(4, 5)))
    grad = normal(1, *pooled.shape)
    expected = torch.zeros_like(x).flatten(2)
    expected.scatter_add_(2, place.flatten(2), grad.flatten(2))
    assert_close(max_pool_backward(grad, x, place, (window, 2)).flatten(2), expected)
    assert_close(x.flatten(2).gather(2, place.flatten(2)), pooled.flatten(2))


@light
@given(batch=st.integers(2, 5), channels=sizes, height=sides, width=sides)
def test_batch_norm_and_its_derivative(
    batch: int, channels: int, height: int, width: int, assert_close: Close
) -> None:
    x, bias = normal(0, batch, channels, height, width), normal(1, channels)
    leaves = [x.requires_grad_(), bias.requires_grad_()]
    mean, variance = torch.zeros_like(bias), torch.ones_like(bias)

    across = (0, 2, 3)
    deviation = (x.var(dim=across, correction=0, keepdim=True) + EPSILON).sqrt()
    expected = (x - x.mean(dim=across, keepdim=True)) / deviation + bias[:, None, None]
    grad = normal(2, *expected.shape)
    gradients = torch.autograd.grad(expected, leaves, grad)

    with torch.no_grad():
        y, batch_mean, factor = batch_norm_forward(x, bias, mean, variance)
        assert_close(y, expected)
        assert_close(list(batch_norm_backward(grad, x, batch_mean, factor)), list(gradients))
        assert_close(mean, MOMENTUM * x.mean(dim=across))
        assert_close(variance, 1.0 - MOMENTUM + MOMENTUM * x.var(dim=across))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_comes_in_channels_last_goes_out_so(dtype: torch.dtype) -> None:
    x = normal(0, 2, 3, 8, 8).to(dtype)
    z = convolution_forward(x, normal(1, 4, 3, 3, 3).to(dtype))
    pooled, place = max_pool_forward(z, (2, 2))
    numbers = torch.zeros(4), torch.zeros(4), torch.ones(4)
    y, mean, factor = batch_norm_forward(pooled, *numbers)
    below, _ = batch_norm_backward(y, pooled, mean, factor)
    below = max_pool_backward(below, z, place, (2, 2))
    grad_x, grad_weight = convolution_backward(below, x, normal(1, 4, 3, 3, 3).to(dtype))

    for picture in (z, pooled, y, below, grad_x):
        assert picture.is_contiguous(memory_format=torch.channels_last)
        assert picture.dtype == dtype
    assert grad_weight.shape == (4, 3, 3, 3)
    assert mean.dtype == torch.float32
