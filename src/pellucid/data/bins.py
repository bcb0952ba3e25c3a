"""Where a number's scale and bins come from: weighted quantiles of its training values."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ENOUGH_OF_THE_BINS = 0.75
SMALLEST_PART_OF_THE_RANGE = 1e-5
FEWEST_DIGITS, MOST_DIGITS = 4, 17
"""A float64 has 17 significant digits."""
PLAIN_DIGITS = 15
"""Numbers are written without an exponent up to so many: 1000020, not 1.00002e+06."""


def quantiles(values: Floats, levels: Floats, weights: Floats) -> Floats:
    """Quantiles of weighted values; a weight of 2 counts as two equal rows."""
    if not 0.0 < weights.min() == weights.max():
        return np.quantile(values, levels, weights=weights, method="inverted_cdf")
    # The same where all weigh the same, but numbers alone are sorted far quicker than their places.
    parts = weights.cumsum()
    places = np.searchsorted(parts / parts[-1], levels)
    return np.sort(values)[np.minimum(places, len(values) - 1)]


def robust_scale(values: Floats, low: float, high: float) -> float:
    """1 / interquartile range, or 2 / range where most values are equal.

    Args:
        values: All values.
        low: Their lower quartile.
        high: Their upper quartile.
    """
    with np.errstate(over="ignore"):
        spread = high - low
        whole = values.max() / 2.0 - values.min() / 2.0
        divisor = spread if spread > 0.0 else whole
        scale = float(1.0 / divisor) if divisor > 0.0 else 0.0
    return scale if np.isfinite(scale) else 0.0


def bin_edges(v: Floats, weights: Floats, num_bins: int) -> tuple[float, ...]:
    """Edges at quantiles of the rows, or of the distinct values where many rows are equal.

    The second rule is what makes columns that are mostly 0 readable (measured on adult).
    """
    levels = np.linspace(0.0, 1.0, num_bins + 1)
    distinct = np.unique(v)
    edges = np.unique(quantiles(v, levels, weights))
    if len(edges) - 1 < ENOUGH_OF_THE_BINS * min(num_bins, len(distinct) - 1):
        edges = np.unique(quantiles(distinct, levels, np.ones(len(distinct))))
    smallest = SMALLEST_PART_OF_THE_RANGE * (edges[-1] - edges[0])
    edges = edges[np.concatenate([[True], np.diff(edges) > smallest])]
    return tuple(float(edge) for edge in edges) if len(edges) > 2 else ()


def write_edges(edges: Sequence[float]) -> list[str]:
    """Write edges with as many digits as tell each from the next, 4 at least."""
    written: list[str] = []
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        rounded = [float(f"{edge:.{digits}g}") for edge in edges]
        written = [f"{edge:.{max(digits, PLAIN_DIGITS)}g}" for edge in rounded]
        if all(a != b for a, b in pairwise(written)):
            break
    return written
