"""How weights start. Each fills a tensor in place from a seeded generator."""

from __future__ import annotations

import math

from torch import Generator, Tensor


def uniform_fan_in_(parameter: Tensor, fan_in: int, generator: Generator) -> None:
    """U(−1/√fan_in, 1/√fan_in): keeps z of order 1 whatever the width (LeCun et al. 1998).

    Args:
        parameter: Weights or biases of a layer.
        fan_in: Number of connections that arrive at one neuron.
        generator: Source of randomness, on the parameter's device.
    """
    bound = 1.0 / math.sqrt(fan_in)
    parameter.uniform_(-bound, bound, generator=generator)


def normal_(parameter: Tensor, generator: Generator) -> None:
    """N(0, 1)."""
    parameter.normal_(0.0, 1.0, generator=generator)


def random_signs_(parameter: Tensor, generator: Generator) -> None:
    """+1 or −1, each with probability ½ (Wen et al. 2020, BatchEnsemble, arXiv:2002.06715)."""
    parameter.bernoulli_(0.5, generator=generator).mul_(2.0).sub_(1.0)
