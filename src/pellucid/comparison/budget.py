"""The seconds a whole command may take, and who gets how many of them."""

from __future__ import annotations

import time

TRAINING = 0.5
COMPARING = 0.25
"""The rest is for calibration, intervals and the report."""
LATEST = 0.9
"""Part of all the seconds after which nobody is compared any more."""
SHORTEST = 1e-3
"""Seconds that training gets, were there none left for it."""


class Budget:
    """A share for the network's training, one for flat algorithms, and one for all else.

    It begins when it is made, which is when the rows have been read. What training leaves over goes
    to the flat algorithms.

    Args:
        seconds: Time the whole command may take; None for as long as it needs.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._start = time.monotonic()

    @property
    def training(self) -> float | None:
        """Seconds for all trainings of the network together, if they begin now; None for no limit.

        What has passed is nobody's any more, so that it is taken from every share.
        """
        if self.seconds is None:
            return None
        left = max(0.0, self.seconds - (time.monotonic() - self._start))
        return max(SHORTEST, TRAINING * left)

    @property
    def deadline(self) -> float | None:
        """When flat algorithms that begin now must end, by the monotonic clock; None for never.

        They keep their share where training and calibration took longer than planned, as on a
        busy machine, up to what intervals and the report need at least.
        """
        if self.seconds is None:
            return None
        planned = self._start + (TRAINING + COMPARING) * self.seconds
        begun_late = time.monotonic() + COMPARING * self.seconds
        return min(max(planned, begun_late), self._start + LATEST * self.seconds)

    @property
    def words(self) -> str:
        """The shares; "" without a limit."""
        if self.seconds is None:
            return ""
        rest = 1.0 - TRAINING - COMPARING
        return (
            f"{self.seconds:g} s in all: {TRAINING * self.seconds:.3g} s at most to train, "
            f"{COMPARING * self.seconds:.3g} s and what training leaves to compare, "
            f"{rest * self.seconds:.3g} s for calibration, intervals and the report"
        )
