"""How many threads to compute with: as many as make a step quicker, which may be one.

On a busy machine two contended threads have been seen 50 times slower than one, while an idle one
gains less than twice: so all threads must win clearly, and over all steps of the probe, not in the
luckiest one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

STEPS_PER_PROBE = 10
CLEAR_WIN = 0.9


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
        chosen = 1 if before == 1 or not _wins(step, before) else before
        torch.set_num_threads(chosen)
        yield chosen
    finally:
        torch.set_num_threads(before)


def _wins(step: Callable[[], object], threads: int) -> bool:
    return _seconds(step, threads) < CLEAR_WIN * _seconds(step, 1)


def _seconds(step: Callable[[], object], threads: int) -> float:
    """Time of a probe, after one step to warm up."""
    torch.set_num_threads(threads)
    step()
    start = time.perf_counter()
    for _ in range(STEPS_PER_PROBE):
        step()
    return time.perf_counter() - start
