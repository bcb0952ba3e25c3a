"""Hartigan's dip: how far some numbers are from having a single mode.

The dip is the greatest distance between their distribution and the unimodal one that is nearest to
it (Hartigan & Hartigan 1985, "The dip test of unimodality"; the steps are those of Hartigan 1985,
algorithm AS 217). Here the two envelopes are found anew in each step instead of being followed
through tables of indices, where AS 217 as printed had its errors; tests compare with the
definition, solved as a linear program.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

PROBABILITIES = (0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
"""p-values at which critical values are known. No smaller p-value is ever told."""

CRITICAL: dict[int, tuple[float, ...]] = {
    5: (
        0.2713,
        0.3453,
        0.3958,
        0.4175,
        0.4334,
        0.4394,
        0.4429,
        0.4455,
        0.4460,
        0.4467,
        0.4469,
        0.4470,
    ),
    10: (
        0.3088,
        0.3612,
        0.4133,
        0.4418,
        0.4768,
        0.5070,
        0.5284,
        0.5575,
        0.5733,
        0.5841,
        0.6018,
        0.6185,
    ),
    20: (
        0.3280,
        0.3813,
        0.4354,
        0.4685,
        0.5097,
        0.5374,
        0.5644,
        0.5930,
        0.6124,
        0.6298,
        0.6415,
        0.6537,
    ),
    50: (
        0.3457,
        0.4010,
        0.4591,
        0.4972,
        0.5399,
        0.5704,
        0.5953,
        0.6305,
        0.6648,
        0.6766,
        0.7154,
        0.7268,
    ),
    100: (
        0.3550,
        0.4113,
        0.4724,
        0.5112,
        0.5562,
        0.5911,
        0.6223,
        0.6590,
        0.6956,
        0.7216,
        0.7509,
        0.7605,
    ),
    200: (
        0.3609,
        0.4202,
        0.4796,
        0.5200,
        0.5702,
        0.6035,
        0.6328,
        0.6732,
        0.7065,
        0.7265,
        0.7469,
        0.7712,
    ),
    500: (
        0.3680,
        0.4266,
        0.4896,
        0.5289,
        0.5801,
        0.6135,
        0.6496,
        0.6949,
        0.7349,
        0.7543,
        0.7898,
        0.8224,
    ),
    1000: (
        0.3710,
        0.4306,
        0.4946,
        0.5346,
        0.5847,
        0.6179,
        0.6505,
        0.6891,
        0.7109,
        0.7474,
        0.7719,
        0.7941,
    ),
}
"""√n·dip of n uniform numbers at each of `PROBABILITIES`: 20,000 dips for each n. From n = 1000 on
it hardly changes."""


def dip(numbers: npt.NDArray[np.floating]) -> float:
    """Measure how far numbers are from having one mode.

    Args:
        numbers: Finite numbers in any order, (n,), n ≥ 1.

    Returns:
        The dip, from 1 / (2n) to 1 / 4; moving, scaling or mirroring the numbers does not change
        it.
    """
    values, counts = np.unique(np.asarray(numbers, dtype=np.float64), return_counts=True)
    above = np.cumsum(counts).astype(np.float64)
    below = above - counts
    low, high, furthest = 0, len(values) - 1, 1.0
    while low < high:
        part = slice(low, high + 1)
        x, lower, upper = values[part], below[part], above[part]
        # The greatest convex function below the distribution, the least concave one above it.
        convex, concave = _hull(x, lower), _hull(x, -upper)
        floor = np.interp(x, x[convex], lower[convex])
        ceiling = np.interp(x, x[concave], upper[concave])
        start, end, apart = _modal_interval(ceiling - floor, convex, concave)
        if apart <= furthest:
            break
        left = (upper - floor)[:start].max(initial=0.0)
        right = (ceiling - lower)[end + 1 :].max(initial=0.0)
        furthest = max(furthest, left, right)
        low, high = low + start, low + end
    return float(furthest / (2.0 * above[-1]))


def dip_p_value(statistic: float, num_numbers: int) -> float:
    """How probable so great a dip is by chance where there is one mode.

    Of all distributions with one mode the uniform has the greatest dips (in the limit), so this is
    at most so probable for any other: the test errs on the side of one mode.

    Args:
        statistic: The dip.
        num_numbers: Of how many numbers.

    Returns:
        The p-value, from the simulated dips of uniform numbers in `CRITICAL` (made by
        `benchmarks/dip_table.py`), between them by interpolation; 1 below their median, and
        0.0001 at least.
    """
    sizes = np.array(list(CRITICAL))
    table = np.array(list(CRITICAL.values()))
    at = np.log(np.clip(num_numbers, sizes[0], sizes[-1]))
    critical = [np.interp(at, np.log(sizes), column) for column in table.T]
    scaled = math.sqrt(num_numbers) * statistic
    if scaled < critical[0]:
        return 1.0
    p_value = float(np.exp(np.interp(scaled, critical, np.log(PROBABILITIES))))
    return max(p_value, PROBABILITIES[-1])


def _hull(x: Floats, y: Floats) -> Places:
    """Places of the corners of the greatest convex function below some points, first and last.

    A point on or above the line between its neighbors is none; without all these there are others.
    """
    corners = np.arange(len(x))
    while True:
        with np.errstate(over="ignore"):  # a slope between numbers that hardly differ may be ∞
            slopes = np.diff(y[corners]) / np.diff(x[corners])
        is_corner = np.concatenate([[True], slopes[:-1] < slopes[1:], [True]])
        if is_corner.all():
            return corners
        corners = corners[is_corner]


def _modal_interval(gap: Floats, convex: Places, concave: Places) -> tuple[int, int, float]:
    """Where the envelopes are furthest apart: the interval that holds the mode, and how far."""
    at_convex = int(convex[gap[convex].argmax()])
    at_concave = int(concave[gap[concave].argmax()])
    if gap[at_convex] > gap[at_concave]:
        end = concave[np.searchsorted(concave, at_convex)]
        return at_convex, int(end), float(gap[at_convex])
    start = convex[np.searchsorted(convex, at_concave, side="right") - 1]
    return int(start), at_concave, float(gap[at_concave])
