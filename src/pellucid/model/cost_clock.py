"""Counts what a training costs, over all the processes in which it goes on."""

from __future__ import annotations

import time

from pellucid.model.record import Cost


class CostClock:
    """Counts seconds and the processors' work from the moment it is made."""

    def __init__(self) -> None:
        self._before = Cost(seconds=0.0, cpu_seconds=0.0)
        self._start, self._worked = time.perf_counter(), time.process_time()

    def begin_with(self, before: Cost) -> None:
        """Count too what earlier processes took for the same training."""
        self._before = before

    @property
    def cost(self) -> Cost:
        """What it took so far."""
        return Cost(
            seconds=self._before.seconds + time.perf_counter() - self._start,
            cpu_seconds=self._before.cpu_seconds + time.process_time() - self._worked,
        )
