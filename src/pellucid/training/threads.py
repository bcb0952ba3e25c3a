"""How many threads to compute with: as many as make a step quicker, which may be one.

On a busy machine two contended threads have been seen 50 times slower than one, while on an idle
one they gain less than twice. So all threads must win the probe clearly, and over all its steps,
not in the luckiest one; and when they become slow later, because the machine has become busy, one
goes on alone.

For networks up to the recipe's sizes the weights are the same, bit for bit, whatever the number of
threads. In larger ones, and in convolutions and batch norm, sums may be cut differently: there the
first choice in a process is kept, so that the same seed gives the same weights again;
`torch.set_num_threads(1)` makes it so for good.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from pellucid.training.events import Event, StepsTaken

MOST_WEIGHTS_ALIKE = 2**17
STEPS_PER_PROBE = 10
SECONDS_PER_PROBE = 1.0
"""After which no further step is timed: steps on pictures are long."""
CLEAR_WIN = 0.9
CLEAR_LOSS = 1.5


class Threads:
    """The number of threads in use, and a watch on it.

    Args:
        count: The number chosen.
        seconds_alone: Time of one step with one thread; infinite to keep the choice.
    """

    def __init__(self, count: int, seconds_alone: float) -> None:
        self.count = count
        self._seconds_alone = seconds_alone
        self._last: StepsTaken | None = None
        self._last_time = 0.0
        torch.set_num_threads(count)

    def watch(self, event: Event) -> None:
        """Go on with one thread if all of them have become clearly slower than one.

        Args:
            event: What happened in training; only steps of one epoch are compared.
        """
        now, last = time.perf_counter(), self._last
        self._last = event if isinstance(event, StepsTaken) else None
        if self.count > 1 and isinstance(event, StepsTaken) and last is not None:
            seconds = (now - self._last_time) / (event.step - last.step)
            if seconds > CLEAR_LOSS * self._seconds_alone:
                self.count = 1
                torch.set_num_threads(1)
        self._last_time = now


_chosen: dict[tuple[int, int], int] = {}


@contextmanager
def quickest_threads(
    step: Callable[[], object],
    num_weights: int,
    kept: int | None = None,
    *,
    convolves: bool = False,
) -> Iterator[Threads]:
    """Compute with the number of threads that makes `step` quickest; restore it afterwards.

    Args:
        step: A piece of the work that is to come, repeatable without effect on it.
        num_weights: Size of the network.
        kept: How many a training that is taken up again was computed with. A network whose sums
            depend on it keeps to them, also where the machine has fewer: slower, but the same.
        convolves: Whether it has convolutions.

    Yields:
        The choice: 1, or all that torch was set to use.
    """
    before = torch.get_num_threads()
    are_alike = num_weights <= MOST_WEIGHTS_ALIKE and not convolves
    try:
        if kept is not None and not are_alike:
            yield Threads(kept, math.inf)
        elif before == 1:
            yield Threads(1, math.inf)
        elif are_alike:
            yield Threads(*_probe(step, before))
        else:
            key = (num_weights, before)
            if key not in _chosen:
                _chosen[key] = _probe(step, before)[0]
            yield Threads(_chosen[key], math.inf)
    finally:
        torch.set_num_threads(before)


def _probe(step: Callable[[], object], all_threads: int) -> tuple[int, float]:
    """The number of threads that wins, and the time of a step with one."""
    alone, together = _seconds(step, 1), _seconds(step, all_threads)
    return (all_threads if together < CLEAR_WIN * alone else 1), alone


def _seconds(step: Callable[[], object], threads: int) -> float:
    """Time of one step of a probe, after one to warm up."""
    torch.set_num_threads(threads)
    step()
    start, count, seconds = time.perf_counter(), 0, 0.0
    while count < STEPS_PER_PROBE and seconds < SECONDS_PER_PROBE:
        step()
        count, seconds = count + 1, time.perf_counter() - start
    return seconds / count
