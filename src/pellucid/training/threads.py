"""How many threads to compute with: as many as make a step quicker, which may be one.

On a busy machine two contended threads have been seen 50 times slower than one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

STEPS_PER_PROBE = 5


@contextmanager
def quickest_threads(step: Callable[[], object]) -> Iterator[int]:
    """Compute with the number of threads that makes `step` quickest; restore it afterwards.

    Args:
        step: A piece of the work that is to come, repeatable without effect on it.

    Yields:
        The number of threads chosen: 1, or all that torch was set to use.
    """
    before = torch.get_num_threads()
    try:
        chosen = 1 if before == 1 else min((1, before), key=lambda n: _seconds(step, n))
        torch.set_num_threads(chosen)
        yield chosen
    finally:
        torch.set_num_threads(before)


def _seconds(step: Callable[[], object], threads: int) -> float:
    torch.set_num_threads(threads)
    step()
    best = float("inf")
    for _ in range(STEPS_PER_PROBE):
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
    return best
