"""Do intervals and sets hold what they promise, and are only odd rows called odd? On real tables.

Run `python benchmarks/coverage.py --data DIR`, with the tables and the splits of `tables.py`;
`--only adult ames` does less. On the test part of each table and for each seed: the part of the
rows whose truth is inside, for promised 80, 90 and 95 %; how wide intervals are on average, in
standard deviations of the test part's target, or how many classes a set holds; how many of the
rows, real and never seen, are flagged as unlike training, and how many are once each column is
shuffled by itself, so that every cell is ordinary and the row is not. Numbers are means over the
seeds. ± is the standard error of a coverage of 90 % on so many test rows.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import torch
from tables import TABLES, Source

import pellucid
from pellucid.data.sources.table import Table
from pellucid.data.targets import take_target
from pellucid.tasks.choice import reader_of

LEVELS = (0.8, 0.9, 0.95)
NAMES = (
    "adult",
    "california",
    "bike_sharing",
    "wine_white_number",
    "ames",
    "mushroom",
    "german_credit",
    "diabetes",
)
ENOUGH_ROWS = 2_000
PROMISED = (0.88, 0.92)

Array = npt.NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One model on the test part.

    Attributes:
        coverages: At each of `LEVELS`.
        sizes: Mean set size, or mean width in standard deviations of the target.
        flagged: Part of the test rows called unlike training.
        flagged_shuffled: The same, each column shuffled by itself.
    """

    coverages: tuple[float, ...]
    sizes: tuple[float, ...]
    flagged: float
    flagged_shuffled: float


def measure(source: Source, folder: Path | None, seed: int) -> tuple[Run, int]:
    """Fit and judge once; the run, and the number of test rows."""
    parts = source.parts(folder)
    is_classes = source.kind == "classification"
    estimator = (pellucid.Classifier if is_classes else pellucid.Regressor)(random_state=seed)
    estimator.fit(parts.training, source.target)
    test = take_target(parts.test, [source.target], reader_of(source.kind))
    judge = judge_sets if is_classes else judge_intervals
    judged = [judge(estimator, test.table, test.values, level) for level in LEVELS]
    shuffled = shuffle_columns(test.table, np.random.default_rng(seed))
    run = Run(
        coverages=tuple(coverage for coverage, _ in judged),
        sizes=tuple(size for _, size in judged),
        flagged=float(estimator.unlike_training(test.table).is_unlike.mean()),
        flagged_shuffled=float(estimator.unlike_training(shuffled).is_unlike.mean()),
    )
    return run, len(test.values)


def judge_sets(estimator: Any, rows: Table, truth: Array, level: float) -> tuple[float, float]:
    """Coverage and mean size of sets."""
    sets = estimator.predict_set(rows, coverage=level)
    places = np.searchsorted(estimator.classes_, truth)
    return float(sets[np.arange(len(truth)), places].mean()), float(sets.sum(axis=1).mean())


def judge_intervals(estimator: Any, rows: Table, truth: Array, level: float) -> tuple[float, float]:
    """Coverage and mean width of intervals."""
    _, bounds = estimator.predict(rows, interval=level)
    low, high = bounds.T
    numbers = truth[:, 0]
    return float(((low <= numbers) & (numbers <= high)).mean()), float(
        (high - low).mean() / numbers.std()
    )


def shuffle_columns(table: Table, generator: np.random.Generator) -> Table:
    """Rows that never were, of cells that all were."""
    n = table.frame.height
    shuffled = [column.gather(generator.permutation(n)) for column in table.frame]
    return replace(table, frame=pl.DataFrame(shuffled))


def line(name: str, runs: Sequence[Run], num_rows: int) -> str:
    """What was measured on one table."""
    coverages = np.mean([run.coverages for run in runs], axis=0)
    sizes = np.mean([run.sizes for run in runs], axis=0)
    error = math.sqrt(0.9 * 0.1 / num_rows)
    verdict = "–"
    if num_rows >= ENOUGH_ROWS:
        verdict = "met" if PROMISED[0] <= coverages[1] <= PROMISED[1] else "**NOT MET**"
    cells = [
        name,
        f"{num_rows:,}",
        *(f"{coverage:.3f}" for coverage in coverages),
        f"{error:.3f}",
        *(f"{size:.2f}" for size in sizes),
        f"{100 * np.mean([run.flagged for run in runs]):.1f} %",
        f"{100 * np.mean([run.flagged_shuffled for run in runs]):.0f} %",
        verdict,
    ]
    return _line(cells)


def table(results: Mapping[str, tuple[Sequence[Run], int] | str]) -> str:
    """All that was measured, as one Markdown table."""
    covered = [f"covered at {100 * level:g} %" for level in LEVELS]
    sizes = [f"size at {100 * level:g} %" for level in LEVELS]
    flags = ["flagged", "flagged when shuffled"]
    head = ["data", "test rows", *covered, "±", *sizes, *flags, "88–92 % at 90 %"]
    lines = [_line(head), _line(["---"] * len(head))]
    for name, found in results.items():
        if isinstance(found, str):
            lines.append(_line([name, f"skipped: no such file: {found}", *["–"] * (len(head) - 2)]))
        else:
            lines.append(line(name, *found))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    known = [source.name for source in TABLES]
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--seeds", type=int, default=3, help="models of each table")
    parser.add_argument("--only", nargs="+", choices=known, default=NAMES, metavar="NAME")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    options = _arguments()
    torch.set_num_threads(1)
    results: dict[str, tuple[Sequence[Run], int] | str] = {}
    for source in TABLES:
        if source.name not in options.only:
            continue
        try:
            judged = [measure(source, options.data, seed) for seed in range(options.seeds)]
        except FileNotFoundError as error:
            results[source.name] = str(error)
        else:
            results[source.name] = ([run for run, _ in judged], judged[0][1])
        print(f"{source.name}: done", flush=True)
    print(f"\nMeans of {options.seeds} seeds.\n")
    print(table(results))


if __name__ == "__main__":
    main()
