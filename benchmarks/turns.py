"""What the benchmarks share: measuring in turns, another checkout in a process beside, the machine.

Times are compared within one run only: all that is compared takes turns, round after round, so that
what else the machine does falls on all alike. The processor's time is kept beside the clock's: on a
busy machine the clock measures the others, too.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

SECONDS_A_TURN = 0.05
MOST_REPEATS = 500
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1")
SOURCE = Path(__file__).parents[1] / "src"

Call = Callable[[], object]


@dataclass(frozen=True)
class Taken:
    """Seconds that a call took: by the clock, and of the processor."""

    wall: float
    cpu: float

    @classmethod
    def median(cls, turns: Iterable[Taken]) -> Taken:
        """Of several turns, each by itself."""
        turns = list(turns)
        return cls(
            statistics.median(taken.wall for taken in turns),
            statistics.median(taken.cpu for taken in turns),
        )

    def per(self, count: float) -> Taken:
        """A part of it, such as of one step."""
        return Taken(self.wall / count, self.cpu / count)

    def ratio(self, other: Taken) -> str:
        """How many times as long it is as another, by the clock and by the processor."""
        return f"{self.wall / other.wall:.2f} / {self.cpu / other.cpu:.2f}"


def timed(call: Call, repeats: int = 1) -> Taken:
    """Mean seconds of a call, repeated so often."""
    start, worked = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        call()
    end, done = time.perf_counter(), time.process_time()
    return Taken(end - start, done - worked).per(repeats)


def repeated(call: Call) -> Callable[[], Taken]:
    """Measure a call as often as fits into one turn; the first, slower ones are on the house."""
    timed(call, 2)
    repeats = max(1, min(MOST_REPEATS, int(SECONDS_A_TURN / timed(call).wall)))
    return lambda: timed(call, repeats)


def take_turns(measures: Mapping[str, Callable[[], Taken]], rounds: int) -> dict[str, Taken]:
    """Median of each measure over rounds in which all take turns."""
    turns: dict[str, list[Taken]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            turns[name].append(measure())
    return {name: Taken.median(taken) for name, taken in turns.items()}


# --- another checkout, in a process of its own ---------------------------------------------------


class Worker:
    """A process that measures with another checkout's Pellucid: one thing at a time, when asked.

    It runs the same script with the arguments given, which calls `answer`.

    Args:
        source: The folder that holds the package `pellucid`.
        arguments: Of the script.
    """

    def __init__(self, source: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, sys.argv[0], *arguments],
            env=environment(source),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._tell("")

    def measure(self, name: str) -> Callable[[], Taken]:
        """What lets it measure one thing, and waits for it."""
        return lambda: Taken(**self.ask(name))

    def ask(self, name: str) -> Any:
        """What it finds out of that name."""
        return json.loads(self._tell(name))

    def _tell(self, line: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the other checkout's process has ended"
        return answer

    def close(self) -> None:
        """Let it end."""
        self._process.communicate()


def answer(measures: Mapping[str, Callable[[], Any]]) -> None:
    """Measure what the other process asks for, line by line; an empty line asks for a sign."""
    for line in sys.stdin:
        name = line.strip()
        found = measures[name]() if name else None
        print(json.dumps(asdict(found) if isinstance(found, Taken) else found), flush=True)


def environment(source: Path) -> dict[str, str]:
    """The variables of a process on one thread that imports Pellucid from a folder."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = os.pathsep.join([str(source), *filter(None, others)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore", **ONE_THREAD}


def on_one_thread() -> None:
    """Start this script again with one thread and its own checkout's Pellucid, if it has not.

    Libraries read how many threads they may use when they are imported.
    """
    if any(os.environ.get(name) != number for name, number in ONE_THREAD.items()):
        sys.exit(subprocess.call([sys.executable, *sys.argv], env=environment(SOURCE)))  # noqa: S603


def package_of(checkout: Path) -> Path:
    """The folder of a checkout that holds the package, whichever of both is given."""
    return checkout / "src" if (checkout / "src").is_dir() else checkout


# --- a large table -------------------------------------------------------------------------------


def write_million(path: Path) -> None:
    """A table of a million rows, as CSV: three numbers, two categories, and a class."""
    import numpy as np
    import polars as pl

    random, rows = np.random.default_rng(0), 1_000_000
    x = random.normal(size=(rows, 3))
    codes = random.integers(0, (12, 300), size=(rows, 2))
    signal = x[:, 0] * x[:, 1] + np.sin(3.0 * x[:, 2]) + np.cos(codes[:, 0] + codes[:, 1])
    pl.DataFrame(
        {f"number {i + 1}": x[:, i].round(4) for i in range(3)}
        | {f"category {i + 1}": [f"level {code}" for code in codes[:, i]] for i in range(2)}
        | {"answer": np.where(signal + random.normal(size=rows) > 0.0, "yes", "no")}
    ).write_csv(path)


# --- what is printed -----------------------------------------------------------------------------


def micros(taken: Taken) -> str:
    """Microseconds, by the clock and of the processor."""
    return f"{1e6 * taken.wall:,.0f} / {1e6 * taken.cpu:,.0f}"


def promised(other: Taken, own: Taken, factor: float) -> str:
    """Whether another takes so many times as long, by the processor's time."""
    return f"≥ {factor:g}: {'met' if other.cpu >= factor * own.cpu else 'NOT MET'}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; names to the left, figures to the right."""
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def machine(*packages: str) -> str:
    """The processor and the versions, in words."""
    name = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        lines = facts.read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        name = names[0] if names else name
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return f"{name}, {os.cpu_count()} cores; Python {platform.python_version()}, {versions}"
