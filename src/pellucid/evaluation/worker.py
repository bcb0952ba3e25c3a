"""The process in which flat algorithms are fitted: `python -m pellucid.evaluation.worker`.

A process of its own can be ended when a time limit is over, and takes nobody with it when memory
runs out. Each line of its input asks for one fit, each line of its output answers; arrays pass
through `.npy` files, so that nothing is ever unpickled.
"""

from __future__ import annotations

import json
import os
import pickle  # noqa: TID251 - only to measure a size; nothing is loaded
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from pellucid.evaluation.algorithms import ALGORITHMS, Algorithm, Shape

FEWEST_ROWS_TO_PROBE = 2_000
PROBED_ROWS = 2_000
CLEAR_WIN = 0.9

Array = npt.NDArray[Any]


def main() -> None:
    """Answer requests until the input ends."""
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = _answer(request)
        except (ValueError, ArithmeticError, MemoryError, np.linalg.LinAlgError) as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            answer = {"failure": lines[0]}
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """Fit one algorithm to some rows and predict others.

    Args:
        request: algorithm, shape, folder (matrix.npy, target.npy, training.npy, judging.npy).

    Returns:
        fit_seconds, predict_seconds, size in bytes, threads; predictions.npy holds probabilities
        by class, or numbers.
    """
    folder, shape = Path(request["folder"]), Shape(**request["shape"])
    algorithm = ALGORITHMS[request["algorithm"]]
    matrix, target = (
        np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("matrix", "target")
    )
    training, judging = (np.load(folder / f"{name}.npy") for name in ("training", "judging"))
    x, y = matrix[training], _flat(target[training])
    threads = quickest_threads(algorithm, shape, x, y)
    with threadpool_limits(threads):
        made = algorithm.make(shape, threads)
        start = time.perf_counter()
        made.fit(x, y)
        fitted = time.perf_counter()
        predictions = _predict(made, matrix[judging])
        end = time.perf_counter()
    np.save(folder / "predictions.npy", predictions)
    if shape.task == "classification":
        np.save(folder / "classes.npy", made.classes_)
    return {
        "failure": "" if np.isfinite(predictions).all() else "it predicted numbers not finite",
        "fit_seconds": fitted - start,
        "predict_seconds": end - fitted,
        "size": len(pickle.dumps(made)),
        "threads": threads,
    }


def _flat(target: Array) -> Array:
    return target[:, 0] if target.ndim == 2 and target.shape[1] == 1 else np.asarray(target)


def _predict(made: Any, matrix: Array) -> Array:
    if hasattr(made, "predict_proba"):
        return np.asarray(made.predict_proba(matrix))
    return np.asarray(made.predict(matrix)).reshape(len(matrix), -1)


def quickest_threads(algorithm: Algorithm, shape: Shape, x: Array, y: Array) -> int:
    """One thread or all, whichever learns a sample more quickly; all must win clearly.

    Args:
        algorithm: What learns.
        shape: Of the matrix.
        x: Training rows (n, columns).
        y: Their targets.
    """
    every = os.cpu_count() or 1
    if every == 1 or len(x) < FEWEST_ROWS_TO_PROBE:
        return 1
    places = np.random.default_rng(0).choice(len(x), PROBED_ROWS, replace=False)
    part, targets = x[places], y[places]

    def seconds(threads: int) -> float:
        with threadpool_limits(threads):
            start = time.perf_counter()
            algorithm.make(shape, threads).fit(part, targets).predict(part)
            return time.perf_counter() - start

    return every if seconds(every) < CLEAR_WIN * seconds(1) else 1


if __name__ == "__main__":
    main()
