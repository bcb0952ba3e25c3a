"""The dip test: the definition, known values, and what it says of one and of several modes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from pellucid.clustering.dip import CRITICAL, PROBABILITIES, dip, dip_p_value


def p_of(numbers: np.ndarray) -> float:
    return dip_p_value(dip(numbers), len(numbers))


def by_definition(numbers: np.ndarray) -> float:
    """The least D for which a distribution with one mode is within D everywhere, for each mode.

    Unknown are the distribution at each number (at the mode from both sides) and D; constraints:
    convex before the mode, concave after it, nowhere falling.
    """
    x, counts = np.unique(numbers, return_counts=True)
    above = np.cumsum(counts) / counts.sum()
    below = above - counts / counts.sum()
    return min(_distance(x, below, above, mode) for mode in range(len(x)))


def _distance(x: np.ndarray, below: np.ndarray, above: np.ndarray, mode: int) -> float:
    m = len(x)
    right_of_mode, distance = m, m + 1
    rows: list[dict[int, float]] = []
    limits: list[float] = []

    def at_most(row: dict[int, float], limit: float = 0.0) -> None:
        rows.append(row)
        limits.append(limit)

    for i in range(m):
        right = right_of_mode if i == mode else i
        at_most({right: -1, distance: -1}, -above[i])
        at_most({i: 1, distance: -1}, below[i])
        at_most({i: -1, distance: -1}, -below[i])
        at_most({right: 1, distance: -1}, above[i])
    before = [(i, x[i]) for i in range(mode + 1)]
    after = [(right_of_mode, x[mode])] + [(i, x[i]) for i in range(mode + 1, m)]
    for (a, _), (b, _) in itertools.pairwise(before + after):
        at_most({a: 1, b: -1})
    for side, sign in ((before, 1.0), (after, -1.0)):
        for (a, at_a), (b, at_b), (c, at_c) in zip(side, side[1:], side[2:], strict=False):
            first, second = sign / (at_b - at_a), sign / (at_c - at_b)
            at_most({a: -first, b: first + second, c: -second})
    matrix = np.zeros((len(rows), m + 2))
    for number, row in enumerate(rows):
        matrix[number, list(row)] = list(row.values())
    cost = np.eye(m + 2)[distance]
    return float(linprog(cost, A_ub=matrix, b_ub=limits, bounds=(0, 1)).fun)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_the_definition_says(seed: int) -> None:
    generator = np.random.default_rng(seed)
    n = int(generator.integers(2, 13))
    drawn = (
        generator.normal(size=n),
        generator.integers(0, 5, n).astype(float),
        np.append(generator.normal(size=n), generator.normal(6.0, 1.0, n)),
    )
    for numbers in drawn:
        assert dip(numbers) == pytest.approx(
            max(by_definition(numbers), 0.5 / len(numbers)), abs=1e-7
        )


def test_known_values() -> None:
    assert dip(np.array([3.0])) == 0.5  # a single number: the least there is, 1 / (2n)
    assert dip(np.arange(20.0)) == 1 / 40  # evenly spaced: likewise
    # Two equal atoms: one of them is the mode, the other, a half, is missed by its half.
    assert dip(np.array([0.0, 0.0, 1.0, 1.0])) == 0.25
    # Atoms of 7 and 3 of 10: the smaller is missed by its half.
    assert dip(np.array([0.0] * 7 + [1.0] * 3)) == 0.15


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=40), st.integers(-5, 5))
def test_moving_scaling_and_mirroring_change_nothing(numbers: list[int], shift: int) -> None:
    given = np.array(numbers, dtype=np.float64)
    assert dip(4.0 * given + shift) == dip(given)
    assert dip(-given) == pytest.approx(dip(given), abs=1e-12)
    assert 0.5 / len(numbers) <= dip(given) <= 0.25 or len(numbers) == 1


@pytest.mark.parametrize("seed", range(5))
def test_one_mode_is_no_surprise_and_two_are(seed: int) -> None:
    generator = np.random.default_rng(seed)
    assert p_of(generator.uniform(size=500)) > 0.01
    assert p_of(generator.normal(size=500)) > 0.25
    assert p_of(generator.standard_t(2, size=500)) > 0.25
    assert p_of(generator.exponential(size=500)) > 0.25
    apart = np.append(generator.normal(0, 1, 250), generator.normal(5, 1, 250))
    assert p_of(apart) == pytest.approx(1e-4)


def test_p_values_are_those_of_the_table_and_mixed_between() -> None:
    for size, critical in CRITICAL.items():
        assert list(critical) == sorted(critical)
        told = [dip_p_value(value / np.sqrt(size), size) for value in critical]
        assert told == pytest.approx(PROBABILITIES)
    assert dip_p_value(0.2, 10**6) == pytest.approx(1e-4)
    assert dip_p_value(1e-6, 10**6) == 1.0
    middle = (CRITICAL[100][3] + CRITICAL[200][3]) / 2
    assert dip_p_value(middle / np.sqrt(141), 141) == pytest.approx(0.05, rel=0.02)
