"""How everyone learns from more rows: learning curves, and where each levels off.

Learning curves tend to follow a power law, error = a + b · n^(−c) (Hestness et al. 2017,
arXiv:1712.00409): a is what more rows cannot take away. The law is a description of the rows
measured; beyond them it is a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pellucid.comparison.algorithms import ALGORITHMS
from pellucid.comparison.network_run import run_network, stopping_parts
from pellucid.comparison.runs import FlatTrainer, Run
from pellucid.data.grouping import Places, draw_bundles, position_in_stratum
from pellucid.data.splits import Part
from pellucid.errors import PellucidError
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.reading import Reading
from pellucid.tasks.task import Task

Floats = npt.NDArray[np.float64]

HALVINGS = 5
DRAWS = 3
FEWEST_ROWS_OF_A_POINT = 30
FEWEST_SIZES_FOR_A_LAW = 4
SMALL_GAIN = 0.01
LEAST_LEARNED = 1e-6
"""Part of the error below which what more rows take away is rounding."""
FARTHEST = 1_000.0
"""How many times the rows at hand levelling off is looked for."""


@dataclass(frozen=True, kw_only=True)
class PowerLaw:
    """error = floor + scale · rows^(−exponent)."""

    floor: float
    scale: float
    exponent: float

    def error(self, rows: float | Floats) -> Floats:
        """The error that so many rows should leave."""
        return np.asarray(self.floor + self.scale * np.asarray(rows) ** -self.exponent)

    def gain(self, rows: float) -> float:
        """Part of the error that twice as many rows should take away."""
        before, after = float(self.error(rows)), float(self.error(2 * rows))
        return 1.0 - after / before if before > 0.0 else 0.0


@dataclass(frozen=True, kw_only=True)
class Point:
    """One algorithm's error after learning from so many rows.

    Attributes:
        rows: How many.
        error: Mean over the draws: 1 − accuracy, or RMSE.
        low: Least of the draws.
        high: Greatest.
        draws: Number of draws; all rows can be drawn in one way only.
    """

    rows: int
    error: float
    low: float
    high: float
    draws: int

    @property
    def band(self) -> tuple[float, float]:
        """From the least to the greatest on logarithmic axes, where a least of 0 has no place."""
        return self.low or self.error, self.high


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One algorithm's learning curve.

    Attributes:
        name: The algorithm.
        points: By rows; those at which it failed are absent.
        law: The power law through the points; None if there are too few.
        levels_off: Number of rows from which twice as many take away less than 1 % of the error;
            None if that lies beyond 1 000 times the rows at hand, or there is no law.
        note: Why points are absent; "" if none are.
    """

    name: str
    points: list[Point]
    law: PowerLaw | None
    levels_off: float | None
    note: str = ""

    @property
    def on_logarithmic_axes(self) -> list[Point]:
        """The points that have a place there: those with an error."""
        return [point for point in self.points if point.error > 0.0]

    @property
    def rows_without_error(self) -> int | None:
        """From how many rows on it made no error; None if it made one at its end."""
        first = None
        for point in reversed(self.points):
            if point.error > 0.0:
                break
            first = point.rows
        return first

    def at(self, sizes: Sequence[int]) -> list[Point | None]:
        """The point of each size; of the last that of all rows it takes, which may be fewer."""
        by_rows = {point.rows: point for point in self.points}
        found = [by_rows.get(size) for size in sizes]
        if self.points and self.points[-1].rows not in sizes:
            found[-1] = self.points[-1]
        return found


@dataclass(frozen=True, kw_only=True)
class LearningCurves:
    """Everyone's learning curves on the same draws, judged by the same rows.

    Attributes:
        error: What the error is: "error rate" or "RMSE".
        sizes: Numbers of rows learned from.
        curves: The network's first.
    """

    error: str
    sizes: list[int]
    curves: list[Curve]


def sizes_of(num_rows: int) -> list[int]:
    """1/32, 1/16, … of the rows, as far as these are enough to learn from, and all."""
    parts = [round(num_rows / 2**k) for k in range(HALVINGS, -1, -1)]
    return [size for size in parts if size >= FEWEST_ROWS_OF_A_POINT or size == num_rows]


def num_fits(num_rows: int, num_algorithms: int) -> int:
    """How many fits the curves need, besides those on all rows."""
    return (len(sizes_of(num_rows)) - 1) * DRAWS * num_algorithms


@dataclass(frozen=True, kw_only=True)
class LearningCurveRunner:
    """Lets everyone learn from growing parts of the training rows.

    Attributes:
        estimator: What makes the network.
        task: What is predicted.
        reading: All rows that learn or judge, as it has read them.
        part: Places of the rows that learn, and of those that judge.
        trainer: The flat algorithms, with the same rows.
        on_fit: Told the algorithm and the number of rows before each fit.
        on_tick: Called now and then during the network's trainings, with the seconds passed.
    """

    estimator: Estimator
    task: Task
    reading: Reading
    part: Part
    trainer: FlatTrainer
    on_fit: Callable[[str, str], None]
    on_tick: Callable[[float], None]

    def run(self, finished: Mapping[str, Run]) -> LearningCurves:
        """The learning curves.

        Args:
            finished: The runs on all training rows, by name, the network's first.
        """
        sizes = sizes_of(len(self.part[0]))
        orders = [self._draw_order(seed) for seed in range(DRAWS)]
        curves = [self._curve(name, whole, sizes, orders) for name, whole in finished.items()]
        return LearningCurves(error=self.task.error_name, sizes=sizes, curves=curves)

    def _curve(
        self, name: str, whole: Run, sizes: Sequence[int], orders: Sequence[Places]
    ) -> Curve:
        most = self.trainer.most_rows(name) if name in ALGORITHMS else None
        is_capped = most is not None and most < sizes[-1]
        note = whole.failure or (f"learns from {most:,} rows at most" if is_capped else "")
        points: list[Point] = []
        for size in sizes[:-1]:
            if most is not None and size >= most:
                break
            runs = self._runs(name, size, orders)
            if runs[-1].failure:
                note = f"{size:,} rows: {runs[-1].failure}"
                if runs[-1].was_stopped:
                    break
                continue
            points.append(_point(size, [self._error(run) for run in runs]))
        if not whole.failure:
            points.append(_point(whole.rows, [self._error(whole)]))
        law = fit_power_law(points)
        return Curve(
            name=name,
            points=points,
            law=law,
            levels_off=None if law is None else levelling_off(law, sizes[0], sizes[-1]),
            note=note,
        )

    def _runs(self, name: str, size: int, orders: Sequence[Places]) -> list[Run]:
        """One run for each draw, up to the first that fails."""
        runs = []
        for order in orders:
            self.on_fit(name, f"{size:,} rows")
            part = (np.sort(order[:size]), self.part[1])
            is_flat = name in ALGORITHMS
            runs.append(self._run_flat(name, part) if is_flat else self._run_network(part))
            if runs[-1].failure:
                break
        return runs

    def _run_flat(self, name: str, part: Part) -> Run:
        stops = ALGORITHMS[name].stops_early
        stopping = stopping_parts(self.estimator, self.reading, part[0]) if stops else ()
        return self.trainer.run(name, *part, stopping)

    def _run_network(self, part: Part) -> Run:
        try:
            return run_network(self.estimator, self.reading, part, self.on_tick)[0]
        except PellucidError as error:  # such as a target that is constant in a small part
            return Run(rows=len(part[0]), failure=str(error))

    def _error(self, run: Run) -> float:
        judging = self.reading.rows.take(self.part[1])
        judged = self.task.validate(run.predictions, judging.target, np.ones(len(judging)))
        return self.task.error(judged.score)

    def _draw_order(self, seed: int) -> Places:
        """The training rows in an order of which every beginning has the classes' proportions.

        Groups and copies come whole: half the rows are half the patients.
        """
        training = self.part[0]
        generator = np.random.default_rng(seed)
        rows = self.reading.rows.take(training)
        groups = self.task.strata(rows.target)
        if groups is None:
            groups = np.zeros(len(training))
        if rows.together is not None:
            return np.asarray(training[draw_bundles(rows.together, groups, generator)])
        position = position_in_stratum(groups, generator)
        _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
        return np.asarray(training[np.argsort((position + 0.5) / counts[inverse], kind="stable")])


def _point(rows: int, errors: Sequence[float]) -> Point:
    return Point(
        rows=rows,
        error=float(np.mean(errors)),
        low=min(errors),
        high=max(errors),
        draws=len(errors),
    )


def fit_power_law(points: Sequence[Point]) -> PowerLaw | None:
    """The power law nearest to the points by relative squares; None if there are too few.

    Args:
        points: One algorithm's errors.

    Returns:
        A law with floor ≥ 0, scale ≥ 0 and an exponent between 0.05 and 2.
    """
    errors = np.array([point.error for point in points])
    if len(points) < FEWEST_SIZES_FOR_A_LAW or errors.min() <= 0.0:
        return None
    rows = np.array([float(point.rows) for point in points])
    best, least = None, np.inf
    for exponent in np.geomspace(0.05, 2.0, 200):
        terms = np.stack([np.ones(len(rows)), rows**-exponent], axis=1) / errors[:, None]
        (floor, scale), missed = _nonnegative_squares(terms)
        if missed < least:
            best, least = PowerLaw(floor=floor, scale=scale, exponent=float(exponent)), missed
    if best is not None and best.error(rows[0]) - best.floor < LEAST_LEARNED * best.floor:
        return replace(best, scale=0.0)
    return best


def _nonnegative_squares(terms: Floats) -> tuple[tuple[float, float], float]:
    """Two factors ≥ 0 that make the terms (n, 2) add up to 1 best, and the squares left."""
    candidates = [np.linalg.lstsq(terms, np.ones(len(terms)))[0]]
    for kept in range(2):
        alone = np.zeros(2)
        alone[kept] = terms[:, kept].sum() / (terms[:, kept] ** 2).sum()
        candidates.append(alone)
    tried = [
        ((float(c[0]), float(c[1])), float(((terms @ c - 1.0) ** 2).sum()))
        for c in candidates
        if c.min() >= 0.0
    ]
    return min(tried, key=lambda one: one[1])


def levelling_off(law: PowerLaw, smallest: int, largest: int) -> float | None:
    """From how many rows on twice as many take away less than 1 % of the error.

    Args:
        law: The power law.
        smallest: Fewest rows to consider.
        largest: The rows at hand.

    Returns:
        The number; None if it lies beyond 1 000 times the rows at hand.
    """
    for rows in np.geomspace(smallest, FARTHEST * largest, 400):
        if law.gain(float(rows)) < SMALL_GAIN:
            return float(rows)
    return None
