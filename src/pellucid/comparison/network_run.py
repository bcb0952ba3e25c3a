"""The network as one of those who are compared."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from pellucid.comparison.runs import Run
from pellucid.data.grouping import Places
from pellucid.data.splits import Part
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.reading import Reading
from pellucid.files.scratch import ScratchFolder
from pellucid.training.events import Event


def run_network(
    estimator: Estimator,
    reading: Reading,
    part: Part,
    on_tick: Callable[[float], None] = lambda _: None,
) -> tuple[Run, Estimator]:
    """Train a network on some rows and let it predict others.

    Args:
        estimator: What makes it; it stays as it is.
        reading: All rows that learn or judge, as it has read them.
        part: Places of the rows that learn, and of those it predicts.
        on_tick: Called now and then during training, with the seconds passed.

    Returns:
        What became of it, and the fitted estimator.

    Raises:
        KeyboardInterrupt: Training was interrupted; half a network is not to be compared.
    """
    training, judging = reading.take(part[0]), reading.rows.take(part[1])
    fitted = copy.copy(estimator)
    start, worked = time.perf_counter(), time.process_time()

    def tell(_: Event) -> None:
        on_tick(time.perf_counter() - start)

    fitted.learn_from(*fitted.part(training), on_event=tell)
    learned, worked = time.perf_counter(), time.process_time() - worked
    predictions = fitted.model_.predict(judging)
    return Run(
        predictions=predictions,
        rows=len(training.rows),
        fit_seconds=learned - start,
        cpu_seconds=cpu_seconds(worked, learned - start, fitted),
        predict_seconds=time.perf_counter() - learned,
        size=size_of(fitted),
        threads=fitted.model_.record.threads,
    ), fitted


def cpu_seconds(worked: float, passed: float, fitted: Estimator) -> float:
    """What the processors worked for a training; where a GPU did the work, the time it took."""
    return worked if fitted.model_.record.plan.device == "cpu" else passed


def stopping_parts(estimator: Estimator, reading: Reading, training: Places) -> list[Part]:
    """How the network parts its rows: which learn, and which tell when to stop.

    Args:
        estimator: What makes it.
        reading: All rows that learn or judge, as it has read them.
        training: Places of the rows it may learn from.

    Returns:
        Places: one pair for a part held out, one a fold for folds; none if nobody tells.
    """
    given = reading.rows.take(training)
    parting, split = estimator.part(reading.take(training))
    if not split.has_validation:
        return []
    order = np.argsort(given.numbers)
    place_of = training[order[np.searchsorted(given.numbers, parting.rows.numbers, sorter=order)]]
    if not split.has_folds:
        return [(place_of[split.training], place_of[split.validation])]
    units = place_of[split.validation]
    return [(units[learning], units[telling]) for learning, telling in split.parts]


def size_of(fitted: Any) -> int:
    """Bytes of its model file."""
    with ScratchFolder() as folder:
        path = folder.path / "network.pellucid"
        fitted.save(path)
        return path.stat().st_size
