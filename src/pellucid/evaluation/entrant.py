"""The network as one of those who are compared."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

from pellucid.contract import Estimator
from pellucid.data.dataset import Part, Rows
from pellucid.evaluation.contest import Run
from pellucid.scratch import ScratchFolder
from pellucid.training.events import Event


def run_network(
    estimator: Estimator,
    rows: Rows,
    part: Part,
    on_tick: Callable[[float], None] = lambda _: None,
) -> tuple[Run, Estimator]:
    """Train a network on some rows and let it predict others.

    Args:
        estimator: What makes it; it has read the rows, and stays as it is.
        rows: All rows that learn or judge.
        part: Places of the rows that learn, and of those it predicts.
        on_tick: Called now and then during training, with the seconds passed.

    Returns:
        What became of it, and the fitted estimator.

    Raises:
        KeyboardInterrupt: Training was interrupted; half a network is not to be compared.
    """
    training, judging = (rows.take(places) for places in part)
    fitted = copy.copy(estimator)
    start = time.perf_counter()

    def tell(_: Event) -> None:
        on_tick(time.perf_counter() - start)

    fitted.learn_from(*fitted.part(training), on_event=tell)
    learned = time.perf_counter()
    predictions = fitted.model_.predict(judging.frame)
    return Run(
        predictions=predictions,
        rows=len(training),
        fit_seconds=learned - start,
        predict_seconds=time.perf_counter() - learned,
        size=_size_of(fitted),
        threads=fitted.model_.record["threads"],
    ), fitted


def _size_of(fitted: Any) -> int:
    """Bytes of its model file."""
    with ScratchFolder() as folder:
        path = folder.path / "network.pellucid"
        fitted.save(path)
        return path.stat().st_size
