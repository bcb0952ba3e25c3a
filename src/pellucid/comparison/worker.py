"""The process in which flat algorithms are fitted.

A process of its own can be ended when a time limit is over, and takes nobody with it when memory
runs out. It says when it is ready; from then on each line of its input asks for one fit, and each
line of its output answers. Arrays pass through `.npy` files, so that nothing is ever unpickled.
"""

from __future__ import annotations

import json
import os
import pickle  # noqa: TID251 - only to measure a size; nothing is loaded
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from pellucid.comparison.algorithms import ALGORITHMS, Shape
from pellucid.comparison.boosting import Pair
from pellucid.comparison.pipelines import make
from pellucid.comparison.text_rows import FlatRows, TextRows, read_counts
from pellucid.comparison.tf_idf import WithTerms

FEWEST_ROWS_TO_PROBE = 2_000
PROBED_ROWS = 2_000
CLEAR_WIN = 0.9
SECONDS_BETWEEN_LOOKS = 1.0
ROWS_PER_BLOCK = 8_192
"""Rows with pixels that are predicted at once: more would need much memory."""

Array = npt.NDArray[Any]


def main() -> None:
    """Answer requests until the input ends."""
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    _say({"failure": ""})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = _answer(request)
        except Exception as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            answer = {"failure": lines[0]}
        _say(answer)


def _end_with(parent: int) -> None:
    """End when the process that asks is gone: nobody wants the answer any more."""
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os._exit(1)


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fit one algorithm to some rows and predict others.

    Args:
        request: algorithm, shape, most_threads, folder (matrix.npy, target.npy, training.npy,
            judging.npy; pixels.npy if the shape has any, and what `read_counts` reads; for one
            that stops early num_pairs of learning-0.npy, stopping-0.npy, …).

    Returns:
        fit_seconds, cpu_seconds, predict_seconds, size in bytes, threads, num_terms;
        predictions.npy holds probabilities by class, or numbers.
    """
    folder, shape = Path(request["folder"]), Shape(**request["shape"])
    name = request["algorithm"]
    matrix, target = _Matrix(folder, shape), np.load(folder / "target.npy", mmap_mode="r")
    training, judging = (np.load(folder / f"{file}.npy") for file in ("training", "judging"))
    x, y = matrix[training], _flat(target[training])
    if shape.num_classes and len(np.unique(y)) == 1:
        raise ValueError("all rows it would learn from have the same class")
    threads = quickest_threads(name, shape, (x, y), request["most_threads"])
    learned: Any = (x, y)
    if ALGORITHMS[name].stops_early:
        learned = ([_pair(folder, i, matrix, target) for i in range(request["num_pairs"])],)
    with threadpool_limits(threads):
        made = make(name, shape, threads)
        start, worked = time.perf_counter(), time.process_time()
        made.fit(*learned)
        fitted, worked = time.perf_counter(), time.process_time() - worked
        is_large = shape.num_pixels or shape.texts
        at_once = ROWS_PER_BLOCK if is_large else max(1, len(judging))
        blocks = [judging[i : i + at_once] for i in range(0, len(judging), at_once)]
        predictions = np.concatenate([_predict(made, matrix[block]) for block in blocks])
        end = time.perf_counter()
    np.save(folder / "predictions.npy", predictions)
    if shape.num_classes:
        np.save(folder / "classes.npy", made.classes_)
    return {
        "failure": "" if np.isfinite(predictions).all() else "it predicted numbers not finite",
        "fit_seconds": fitted - start,
        "cpu_seconds": worked,
        "predict_seconds": end - fitted,
        "size": _size_of(made),
        "threads": threads,
        "num_terms": made[0].num_terms if _learned_terms(made) else [],
    }


def _learned_terms(made: Any) -> bool:
    return isinstance(made, Pipeline) and isinstance(made[0], WithTerms)


class _Matrix:
    """The rows, which stay in their files but for those that are asked for.

    Args:
        folder: Where these are.
        shape: Whether there are pixels or texts beside the matrix.
    """

    def __init__(self, folder: Path, shape: Shape) -> None:
        has_columns = bool(shape.numbers or shape.categories)
        names = ["matrix"] if has_columns or not shape.num_pixels else []
        names += ["pixels"] if shape.num_pixels else []
        is_mapped = has_columns or shape.num_pixels  # an empty file cannot be
        mode: Literal["r"] | None = "r" if is_mapped else None
        self._parts = [np.load(folder / f"{name}.npy", mmap_mode=mode) for name in names]
        self._counts = read_counts(folder, shape.texts)
        self._first_pieces = tuple(first for _, first in shape.texts)

    def __getitem__(self, places: Array) -> FlatRows:
        """Some rows (n, columns), perhaps with texts: pixels alone as they are, one byte each."""
        found = [part[places] for part in self._parts]
        plain = found[0] if len(found) == 1 else np.hstack(found)
        if not self._counts:
            return plain
        counts = tuple(each[places] for each in self._counts)
        return TextRows(plain=plain, counts=counts, first_pieces=self._first_pieces)


def _pair(folder: Path, number: int, matrix: _Matrix, target: Array) -> Pair:
    """The rows one boosting learns from and those that tell it when to stop, with targets."""
    learning, telling = (
        np.load(folder / f"{name}-{number}.npy") for name in ("learning", "stopping")
    )
    return (
        (matrix[learning], _flat(target[learning])),
        (matrix[telling], _flat(target[telling])),
    )


class _Scales:
    """A file that only weighs what is written to it."""

    def __init__(self) -> None:
        self.weight = 0

    def write(self, content: bytes | pickle.PickleBuffer) -> None:
        self.weight += memoryview(content).nbytes


def _size_of(made: Any) -> int:
    """Bytes of the fitted algorithm on disk, without a second copy of it in memory."""
    scales = _Scales()
    pickle.dump(made, scales)
    return scales.weight


def _flat(target: Array) -> Array:
    return target[:, 0] if target.ndim == 2 and target.shape[1] == 1 else np.asarray(target)


def _predict(made: Any, matrix: FlatRows) -> Array:
    if hasattr(made, "predict_proba"):
        return np.asarray(made.predict_proba(matrix))
    return np.asarray(made.predict(matrix)).reshape(len(matrix), -1)


def quickest_threads(
    name: str, shape: Shape, rows: tuple[FlatRows, Array], most_threads: int
) -> int:
    """One thread or all, whichever learns a sample more quickly; all must win clearly.

    Args:
        name: Of the algorithm that learns.
        shape: Of the matrix.
        rows: Training rows, and their targets.
        most_threads: All there are.
    """
    x, y = rows
    if most_threads == 1 or len(x) < FEWEST_ROWS_TO_PROBE:
        return 1
    places = np.random.default_rng(0).choice(len(x), PROBED_ROWS, replace=False)
    part, targets = x[places], y[places]
    sample: Any = (part, targets)
    if ALGORITHMS[name].stops_early:
        half = PROBED_ROWS // 2
        sample = ([((part[:half], targets[:half]), (part[half:], targets[half:]))],)

    def seconds(threads: int) -> float:
        with threadpool_limits(threads):
            start = time.perf_counter()
            made = make(name, shape, threads)
            made.fit(*sample).predict(part)
            return time.perf_counter() - start

    try:
        return most_threads if seconds(most_threads) < CLEAR_WIN * seconds(1) else 1
    except ValueError:  # the sample may lack what all rows have, such as two classes
        return 1
