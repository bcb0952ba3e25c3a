"""The running average of a network's weights, which is what is judged and kept.

Weights that learn at a constant rate never come to rest: they wander about what they have found.
Their average lies in the middle of that, as weights do whose rate was let down to 0; but it is
there at every moment, so that nobody needs to know beforehand when training will end. Where the
rate is let down, nothing is averaged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from pellucid.network.network import Network

DECAY = 8.0
"""γ: the average is mostly of the last 1 / (γ + 1) of what was learned."""
NUMBERS_PER_EXCHANGE = 2**16


class RunningAverage:
    """Average of the weights and state over the last part of a training, however long it is.

    Polynomial-decay averaging (Shamir & Zhang 2013, arXiv:1212.1824): after the t-th update it is
    ā ← ā + (γ + 1) / (γ + t) · (w − ā), in which the weights of update s count as (s / t)^γ.

    Args:
        network: Whose weights; they are the average before any update.
        decay: γ; ∞ takes the weights as they are at each update.

    Attributes:
        weights: Their average, shape (P,).
        state: That of what layers keep beside them, shape (S,).
        count: Updates t.
    """

    def __init__(self, network: Network, decay: float = DECAY) -> None:
        self._network, self._decay = network, decay
        self.weights, self.state = network.weights.clone(), network.state.clone()
        self.count = 0

    def update(self) -> None:
        """Take in the network's weights as they are."""
        self.count += 1
        part = 1.0 if math.isinf(self._decay) else (self._decay + 1.0) / (self._decay + self.count)
        self.weights.lerp_(self._network.weights, part)
        self.state.lerp_(self._network.state, part)

    @contextmanager
    def in_network(self) -> Iterator[None]:
        """While the block runs, the network has the average, and learns nothing."""
        self._exchange()
        try:
            yield
        finally:
            self._exchange()

    def _exchange(self) -> None:
        for ours, theirs in (
            (self.weights, self._network.weights),
            (self.state, self._network.state),
        ):
            _exchange(ours, theirs)


def _exchange(one: Tensor, other: Tensor) -> None:
    """Exchange the numbers of two vectors, some at a time: a third vector would be as large."""
    for a, b in zip(
        one.split(NUMBERS_PER_EXCHANGE), other.split(NUMBERS_PER_EXCHANGE), strict=True
    ):
        kept = a.clone()
        a.copy_(b)
        b.copy_(kept)
