"""Flat algorithms trained on the same rows, one at a time, in a process that can be ended."""

from __future__ import annotations

import math
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from pellucid.comparison.algorithms import ALGORITHMS, Shape
from pellucid.comparison.flat import FlatTable
from pellucid.comparison.flat_process import FlatProcess
from pellucid.comparison.row_files import write_pixels, write_texts
from pellucid.data.grouping import Places
from pellucid.data.rows import Rows
from pellucid.data.splits import Part
from pellucid.files.scratch import ScratchFolder
from pellucid.tasks.task import Task

Floats = npt.NDArray[np.float64]

SECONDS_BETWEEN_TICKS = 0.2
SECONDS_TO_START = 120.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What became of one algorithm.

    Attributes:
        predictions: Probabilities (m, C) or numbers (m, O) for the rows that judge; empty if it
            failed.
        rows: Number of rows it learned from.
        fit_seconds: Time its training took, with its preparation.
        cpu_seconds: What of it processors worked, all threads together: other programs that run
            beside it lengthen the time, but hardly this.
        predict_seconds: Time of the predictions.
        size: Bytes of the fitted algorithm when written to disk.
        threads: Threads it was given.
        num_terms: Of each column of texts, how many terms it learned.
        failure: Why there are no predictions; "" if there are.
        was_stopped: Whether it failed for want of time or memory, and would with more rows.
    """

    rows: int
    predictions: Floats = field(default_factory=lambda: np.empty((0, 0)))
    fit_seconds: float = 0.0
    cpu_seconds: float = 0.0
    predict_seconds: float = 0.0
    size: int = 0
    threads: int = 1
    num_terms: Sequence[int] = ()
    failure: str = ""
    was_stopped: bool = False


class FlatTrainer:
    """Trains flat algorithms on parts of the same rows, one at a time.

    Each may use as many threads as the network may: `torch.get_num_threads()`.

    Args:
        rows: All rows that learn or judge.
        task: What is learned.
        time_limit: Seconds that one fit may take, with its predictions.
        deadline: When all must have ended, by the monotonic clock; each fit may take an equal part
            of what is left then. None for never.
        num_fits: How many fits there will be, for these parts.
        on_tick: Called some times a second while one works, with the seconds passed.
        process: Where they are fitted, if it was started before; None to start one when it is
            needed.
    """

    def __init__(
        self,
        rows: Rows,
        task: Task,
        *,
        time_limit: float,
        deadline: float | None = None,
        num_fits: int = 1,
        on_tick: Callable[[float], None] | None = None,
        process: FlatProcess | None = None,
    ) -> None:
        self.task, self._time_limit = task, time_limit
        self._deadline, self._fits_left = deadline, num_fits
        self._on_tick = on_tick or (lambda _: None)
        table = FlatTable(rows, task)
        self._target = table.target
        self._folder = ScratchFolder()
        self._save("matrix", table.matrix)
        self._save("target", table.target)
        write_pixels(self._folder.path, table.pixels, len(rows))
        self._texts = write_texts(self._folder.path, rows.frame)
        self._shape = replace(
            table.shape, texts=self._texts.texts, terms_of_row=self._texts.terms_of_row
        )
        self._process = process

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end_process()
        self._folder.close()

    def run(
        self, name: str, training: Places, judging: Places, stopping: Sequence[Part] = ()
    ) -> Run:
        """Fit one algorithm and let it predict.

        Args:
            name: One of `algorithms_for` the task.
            training: Places of the rows it may learn from; it may take a part of them.
            judging: Places of the rows to predict.
            stopping: For those that stop early, the training rows parted as the network parts
                them: which learn, and which tell when to stop; several pairs for an ensemble.

        Returns:
            What became of it; a failure or a time limit is an outcome, not an error.
        """
        limit, too_late = self._next_limit()
        training = self._taken(name, training)
        if not len(training):
            fewest = ALGORITHMS[name].fewest_rows_of_class
            return Run(rows=0, failure=f"no class has the {fewest} rows it needs")
        stopping = self._usable(stopping) if ALGORITHMS[name].stops_early else []
        if ALGORITHMS[name].stops_early and not stopping:
            return Run(rows=len(training), failure="no rows are held out to tell when to stop")
        self._save("training", training)
        self._save("judging", judging)
        for number, (learning, telling) in enumerate(stopping):
            self._save(f"learning-{number}", learning)
            self._save(f"stopping-{number}", telling)
        request = {
            "num_pairs": len(stopping),
            "algorithm": name,
            "shape": asdict(self._shape_for(name)),
            "folder": str(self._folder.path),
            "most_threads": torch.get_num_threads(),
        }
        answer = self._ask(request, limit, too_late)
        if answer["failure"]:
            return Run(rows=len(training), **answer)
        run = Run(predictions=self._predictions(), rows=len(training), **answer)
        return self._charged(name, run, len(judging))

    def most_rows(self, name: str) -> int | None:
        """How many rows an algorithm learns from at most; None for all."""
        return ALGORITHMS[name].most_rows_of(self._shape.num_pixels, self._shape.terms_of_row)

    def skip(self, num_fits: int) -> None:
        """Fits that will not be asked for after all: their time is the others'."""
        self._fits_left -= num_fits

    def _next_limit(self) -> tuple[float, str]:
        """Seconds that the next fit may take, and what is said if it takes longer."""
        limit = self._time_limit
        words = f"stopped at its time limit of {limit:g} s"
        if self._deadline is not None:
            share = (self._deadline - time.monotonic()) / max(1, self._fits_left)
            if share < limit:
                limit = max(0.0, share)
                words = f"stopped at its share of the time budget, {limit:.1f} s"
        self._fits_left -= 1
        return limit, words

    def _taken(self, name: str, training: Places) -> Places:
        """A sample if rows are too many for it; without classes that are too rare for it."""
        algorithm, most = ALGORITHMS[name], self.most_rows(name)
        if most is not None and len(training) > most:
            training = np.random.default_rng(0).choice(training, most, replace=False)
        if algorithm.fewest_rows_of_class > 1 and self._shape.num_classes:
            codes = self._target[training]
            training = training[np.bincount(codes)[codes] >= algorithm.fewest_rows_of_class]
        return training

    def _usable(self, stopping: Sequence[Part]) -> list[Part]:
        """Pairs from which something can be learned, and told by classes that are learned."""
        if not self._shape.num_classes:
            return [pair for pair in stopping if len(pair[1])]
        known = [np.unique(self._target[learning]) for learning, _ in stopping]
        pairs = [
            (learning, telling[np.isin(self._target[telling], classes)])
            for (learning, telling), classes in zip(stopping, known, strict=True)
            if len(classes) > 1
        ]
        return [pair for pair in pairs if len(pair[1])]

    def _shape_for(self, name: str) -> Shape:
        """Of the rows as this algorithm gets them: with their pixels and texts, or without."""
        algorithm, shape = ALGORITHMS[name], self._shape
        shape = shape if algorithm.most_pixels else replace(shape, num_pixels=0)
        return shape if algorithm.most_terms else replace(shape, texts=[])

    def _charged(self, name: str, run: Run, num_judged: int) -> Run:
        """With the cutting of its rows' texts into terms, which was done once for all.

        To find the terms and to count them are two such passes; who predicts needs the latter.
        """
        if not ALGORITHMS[name].most_terms:
            return run
        texts = self._texts
        return replace(
            run,
            fit_seconds=run.fit_seconds + run.rows * texts.seconds,
            cpu_seconds=run.cpu_seconds + run.rows * texts.cpu_seconds,
            predict_seconds=run.predict_seconds + num_judged * texts.seconds / 2,
        )

    def _save(self, name: str, array: npt.NDArray[Any]) -> None:
        np.save(self._folder.path / f"{name}.npy", array)

    def _predictions(self) -> Floats:
        """What the worker found, as the task has it."""
        found = np.load(self._folder.path / "predictions.npy")
        has_classes = self._shape.num_classes
        classes = np.load(self._folder.path / "classes.npy") if has_classes else None
        return self.task.from_flat(np.asarray(found), classes)

    def _ask(self, request: dict[str, Any], limit: float, too_late: str) -> dict[str, Any]:
        """The worker's answer, or what became of it."""
        left = math.inf if self._deadline is None else self._deadline - time.monotonic()
        most, words = SECONDS_TO_START, f"no process within {SECONDS_TO_START:g} s"
        if left < most:
            most, words = left, "the time budget was spent before it began"
        if self._process is None:
            if left <= 0.0:
                return {"failure": words, "was_stopped": True}
            self._process = FlatProcess()
        if not self._process.is_ready:
            answer = self._wait(self._process, most, words)
            if answer["failure"]:
                return answer
            self._process.is_ready = True
        self._process.send(request)
        return self._wait(self._process, limit, too_late)

    def _wait(self, process: FlatProcess, limit: float, too_late: str) -> dict[str, Any]:
        """The next answer; after so many seconds, or without a worker, what became of it."""
        start = time.perf_counter()
        while (passed := time.perf_counter() - start) < limit:
            self._on_tick(passed)
            answer = process.receive(min(SECONDS_BETWEEN_TICKS, limit - passed))
            if answer is not None:
                return answer
            if process.has_ended:
                too_late = f"its process ended before it was done (exit status {process.status})"
                if process.status == -signal.SIGKILL:
                    too_late += ", as happens when memory runs out"
                break
        self._end_process()
        return {"failure": too_late, "was_stopped": True}

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.end()
        self._process = None
