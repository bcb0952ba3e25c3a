"""A contest between flat algorithms: the same rows for each, in a process that can be ended."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO, cast

import numpy as np
import numpy.typing as npt

from pellucid.data.dataset import Places, Rows
from pellucid.evaluation.algorithms import ALGORITHMS
from pellucid.evaluation.flat import FlatTable
from pellucid.tasks import Classification, Task

Floats = npt.NDArray[np.float64]

SECONDS_BETWEEN_TICKS = 0.2


@dataclass(frozen=True, kw_only=True)
class Run:
    """What became of one algorithm.

    Attributes:
        predictions: Probabilities (m, C) or numbers (m, O) for the rows that judge; empty if it
            failed.
        rows: Number of rows it learned from.
        fit_seconds: Time its training took, with its preparation.
        predict_seconds: Time of the predictions.
        size: Bytes of the fitted algorithm when written to disk.
        threads: Threads it was given.
        failure: Why there are no predictions; "" if there are.
    """

    rows: int
    predictions: Floats = field(default_factory=lambda: np.empty((0, 0)))
    fit_seconds: float = 0.0
    predict_seconds: float = 0.0
    size: int = 0
    threads: int = 1
    failure: str = ""


class Contest:
    """Fits flat algorithms to parts of the same rows, one at a time.

    Args:
        rows: All rows that learn or judge.
        task: What is learned.
        time_limit: Seconds that one fit may take, with its predictions.
        on_tick: Called some times a second while one works, with the seconds passed.
    """

    def __init__(
        self,
        rows: Rows,
        task: Task,
        *,
        time_limit: float,
        on_tick: Callable[[float], None] | None = None,
    ) -> None:
        self.task, self._time_limit = task, time_limit
        self._on_tick = on_tick or (lambda _: None)
        table = FlatTable(rows, task)
        self._shape = table.shape
        self._folder = tempfile.TemporaryDirectory(prefix="pellucid-")
        self._save("matrix", table.matrix)
        self._save("target", table.target)
        self._worker: _Worker | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_worker()
        self._folder.cleanup()

    def run(self, name: str, training: Places, judging: Places) -> Run:
        """Fit one algorithm and let it predict.

        Args:
            name: One of `algorithms_for` the task.
            training: Places of the rows it may learn from; it may take a sample of them.
            judging: Places of the rows to predict.

        Returns:
            What became of it; a failure or a time limit is an outcome, not an error.
        """
        most = ALGORITHMS[name].most_rows
        if most is not None and len(training) > most:
            training = np.random.default_rng(0).choice(training, most, replace=False)
        self._save("training", training)
        self._save("judging", judging)
        request = {
            "algorithm": name,
            "shape": asdict(self._shape),
            "folder": self._folder.name,
        }
        answer = self._ask(request)
        if answer["failure"]:
            return Run(rows=len(training), failure=answer["failure"])
        return Run(predictions=self._predictions(len(judging)), rows=len(training), **answer)

    def _save(self, name: str, array: npt.NDArray[Any]) -> None:
        np.save(Path(self._folder.name) / f"{name}.npy", array)

    def _predictions(self, count: int) -> Floats:
        found = np.load(Path(self._folder.name) / "predictions.npy")
        if not isinstance(self.task, Classification):
            return np.asarray(found)
        # In the order of all classes, some of which the training part may not have had.
        probabilities = np.zeros((count, len(self.task.classes)))
        probabilities[:, np.load(Path(self._folder.name) / "classes.npy")] = found
        return probabilities

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """The worker's answer, or what became of it."""
        self._worker = self._worker or _Worker()
        self._worker.send(request)
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < self._time_limit:
            self._on_tick(passed)
            answer = self._worker.receive(min(SECONDS_BETWEEN_TICKS, self._time_limit - passed))
            if answer is not None:
                return answer
            if self._worker.has_ended:
                self._end_worker()
                return {"failure": "its process was ended by the system, probably out of memory"}
        self._end_worker()
        return {"failure": f"stopped at its time limit of {self._time_limit:g} s"}

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = None


class _Worker:
    """The process, and a thread that waits for its answers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pellucid.evaluation.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._requests = cast("TextIO", self._process.stdin)
        self._output = cast("TextIO", self._process.stdout)
        self._answers: queue.Queue[str] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        for line in self._output:
            self._answers.put(line)

    def send(self, request: dict[str, Any]) -> None:
        self._requests.write(json.dumps(request) + "\n")
        self._requests.flush()

    def receive(self, seconds: float) -> dict[str, Any] | None:
        try:
            return dict(json.loads(self._answers.get(timeout=seconds)))
        except queue.Empty:
            return None

    @property
    def has_ended(self) -> bool:
        return not self._listener.is_alive() and self._answers.empty()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._listener.join()
        self._requests.close()
        self._output.close()
