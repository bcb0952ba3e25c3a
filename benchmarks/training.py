"""How long training takes: a step of the default recipe, a large table by stages, whole fits.

Run `python benchmarks/training.py --data DIR --before CHECKOUT`, where DIR holds adult, california
and german_credit, and CHECKOUT is another version of Pellucid to compare with; both may be left
out. It takes some minutes. Everything runs on one thread, and what is compared takes turns; the
tables show medians.

* `steps`: the mean step among the first 300 of a default training, with all that belongs to it:
  making the batch, the update, and the judging at the end of an epoch;
* `million`: a fit of a million rows and 5 columns from a CSV file, ended after so many steps, and
  where its time goes; a stage counts what was done in it and in no stage within it;
* `fits`: whole fits to the end, beside scikit-learn's MLP and gradient boosting with their
  defaults, on matrices prepared before the clock starts.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import torch
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from threadpoolctl import threadpool_limits
from turns import (
    Taken,
    Worker,
    answer,
    machine,
    on_one_thread,
    package_of,
    table,
    take_turns,
    timed,
)

import pellucid

STEPS = 300
MILLION_STEPS = 2_000
PROMISED_TABLES = ("adult", "california")
PROMISED_STEPS, PROMISED_MILLION = 1.5, 2.0

Measure = Callable[[], Taken]


# --- what is learned -----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Source:
    """A table: a file below the data folder, the column to predict, and what it is."""

    file: str
    target: str
    kind: Any

    def fit(self, folder: Path, **given: Any) -> Any:
        """A default network."""
        return self.kind(random_state=0).fit(folder / self.file, self.target, **given)

    def frame(self, folder: Path) -> pd.DataFrame:
        """The same for scikit-learn."""
        return pd.read_csv(folder / self.file, na_values=["?"], skipinitialspace=True)


TABLES = {
    "adult": Source(file="adult/adult_train.csv.gz", target="income", kind=pellucid.Classifier),
    "california": Source(
        file="california/housing.csv", target="median_house_value", kind=pellucid.Regressor
    ),
    "german_credit": Source(
        file="german_credit/credit.csv", target="default", kind=pellucid.Classifier
    ),
}


class Stopwatch:
    """Ends a training after so many steps, and keeps when the first and the last one ended.

    Args:
        steps: How many, more than one.
    """

    def __init__(self, steps: int) -> None:
        self._steps, self._taken = steps, 0

    def __call__(self) -> bool:
        """Asked after each step."""
        self._taken += 1
        now = time.perf_counter(), time.process_time()
        if self._taken == 1:
            self._start = now
        self._end = now
        return self._taken >= self._steps

    @property
    def mean_step(self) -> Taken:
        """Of those after the first."""
        return Taken(*np.subtract(self._end, self._start).tolist()).per(self._taken - 1)


def mean_step(source: Source, folder: Path) -> Measure:
    """A step of a default training."""

    def measure() -> Taken:
        watch = Stopwatch(STEPS)
        source.fit(folder, stop=watch)
        return watch.mean_step

    return measure


def write_million(path: Path) -> None:
    """A million rows: three numbers, two categories, and a class."""
    random, rows = np.random.default_rng(0), 1_000_000
    x = random.normal(size=(rows, 3))
    codes = random.integers(0, (12, 300), size=(rows, 2))
    signal = x[:, 0] * x[:, 1] + np.sin(3.0 * x[:, 2]) + np.cos(codes[:, 0] + codes[:, 1])
    pl.DataFrame(
        {f"number {i + 1}": x[:, i].round(4) for i in range(3)}
        | {f"category {i + 1}": [f"level {code}" for code in codes[:, i]] for i in range(2)}
        | {"answer": np.where(signal + random.normal(size=rows) > 0.0, "yes", "no")}
    ).write_csv(path)


def fit_million(path: Path) -> None:
    """Learn from it, so many steps."""
    pellucid.Classifier(random_state=0).fit(path, "answer", stop=Stopwatch(MILLION_STEPS))


# --- where the time goes -------------------------------------------------------------------------

STAGES = {
    "reading the file": [
        "pellucid.estimators.input:given_rows",
        "pellucid.estimators.input:as_table",
    ],
    "schema": ["pellucid.data.schema:infer_schema"],
    "conversion": ["pellucid.data.conversion:convert"],
    "copies": ["pellucid.data.copies:originals_of"],
    "split": ["pellucid.estimators.validation:part_rows"],
    "encoder": [
        "pellucid.data.table_encoder:TableEncoder.fit",
        "pellucid.data.combinations:Combinations.fit",
    ],
    "encoding": ["pellucid.data.encoded_rows:EncodedRows.of"],
    "batches": ["pellucid.data.batches:Batches.__iter__"],
    "forward": ["pellucid.network.network:Network.forward"],
    "backward": ["pellucid.network.network:Network.backward"],
    "update": [
        "pellucid.network.optimizers:clip_gradient_norm_",
        "pellucid.network.optimizers:Optimizer.step",
    ],
    "judging, calibration": [
        "pellucid.model.learning:_Training._validate",
        "pellucid.model.learning:_Training._model",
    ],
}
REST = "the rest"
_END = object()


class Stages:
    """Counts the time spent in named functions, each without those called within it."""

    def __init__(self) -> None:
        self.taken: dict[str, Taken] = {}
        self._running, self._since = [REST], (0.0, 0.0)

    @contextmanager
    def within(self, stage: str) -> Iterator[None]:
        """Count what the block takes as this stage."""
        self._count()
        self._running.append(stage)
        try:
            yield
        finally:
            self._count()
            self._running.pop()

    def _count(self) -> None:
        now = time.perf_counter(), time.process_time()
        before = self.taken.get(self._running[-1], Taken(0.0, 0.0))
        wall, cpu = np.subtract(now, self._since).tolist()
        self.taken[self._running[-1]] = Taken(before.wall + wall, before.cpu + cpu)
        self._since = now

    def of(self, call: Callable[[], object]) -> dict[str, Taken]:
        """The stages of a call."""
        self.taken, self._since = {}, (time.perf_counter(), time.process_time())
        call()
        self._count()
        return {name: self.taken.get(name, Taken(0.0, 0.0)) for name in (*STAGES, REST)}

    def watch(self, stage: str, place: str) -> None:
        """Count a function, "module:name" or "module:Class.name", wherever it was imported to.

        Another checkout may lack it.
        """
        module, _, name = place.partition(":")
        owner, _, leaf = name.rpartition(".")
        try:
            holder: Any = importlib.import_module(module)
            holder = getattr(holder, owner) if owner else holder
            original = vars(holder)[leaf]
        except (ImportError, AttributeError, KeyError):
            return
        function = getattr(original, "__func__", original)
        watched = self._watched(stage, function)
        if owner:
            setattr(holder, leaf, type(original)(watched) if function is not original else watched)
            return
        for other in [m for n, m in sys.modules.items() if n.startswith("pellucid")]:
            if vars(other).get(leaf) is original:
                setattr(other, leaf, watched)

    def _watched(self, stage: str, function: Any) -> Any:
        @wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            with self.within(stage):
                return function(*given, **named)

        @wraps(function)
        def each(*given: Any, **named: Any) -> Iterator[Any]:
            items = function(*given, **named)
            while True:
                with self.within(stage):
                    item = next(items, _END)
                if item is _END:
                    return
                yield item

        return each if inspect.isgeneratorfunction(function) else call


@cache
def watched_stages() -> Stages:
    """The functions of all stages, counted from now on."""
    stages = Stages()
    for stage, places in STAGES.items():
        for place in places:
            stages.watch(stage, place)
    return stages


def stages_of_million(path: Path) -> dict[str, Any]:
    """The stages of one fit, as plain data."""
    found = watched_stages().of(lambda: fit_million(path))
    return {name: asdict(taken) for name, taken in found.items()}


# --- whole fits ----------------------------------------------------------------------------------


def peers(source: Source, folder: Path) -> dict[str, Measure]:
    """scikit-learn's algorithms on prepared matrices."""
    frame = source.frame(folder)
    x, y = frame.drop(columns=source.target), frame[source.target].to_numpy()
    of_numbers = make_column_selector(dtype_include="number")
    of_others = make_column_selector(dtype_exclude="number")
    scaled = make_pipeline(SimpleImputer(), StandardScaler())
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    ordinal = OrdinalEncoder(max_categories=255)
    x_mlp = make_column_transformer((scaled, of_numbers), (one_hot, of_others)).fit_transform(x)
    x_boosting = make_column_transformer(
        ("passthrough", of_numbers), (ordinal, of_others)
    ).fit_transform(x)
    categories = np.arange(x.shape[1]) >= len(of_numbers(x))
    is_classifier = source.kind is pellucid.Classifier
    mlp = MLPClassifier if is_classifier else MLPRegressor
    boosting = HistGradientBoostingClassifier if is_classifier else HistGradientBoostingRegressor
    return {
        "MLP": lambda: timed(lambda: mlp(random_state=0).fit(x_mlp, y)),
        "boosting": lambda: timed(
            lambda: boosting(categorical_features=categories, random_state=0).fit(x_boosting, y)
        ),
    }


def measures(folder: Path | None, million: Path) -> dict[str, Callable[[], Any]]:
    """What both checkouts measure, by name."""
    found: dict[str, Callable[[], Any]] = {"million": lambda: stages_of_million(million)}
    for name, source in TABLES.items() if folder else ():
        found[f"steps {name}"] = mean_step(source, folder)
        found[f"fit {name}"] = lambda source=source: timed(lambda: source.fit(folder))
    return found


# --- what is printed -----------------------------------------------------------------------------


def compared(own: Mapping[str, Any], before: Worker | None, name: str) -> dict[str, Measure]:
    """A measure of both checkouts."""
    return {"now": own[name]} | ({"before": before.measure(name)} if before else {})


def show_steps(own: Mapping[str, Any], before: Worker | None, rounds: int) -> None:
    """The first table."""
    lines = []
    for name in filter(lambda name: name.startswith("steps "), own):
        took = take_turns(compared(own, before, name), rounds)
        line = [name.removeprefix("steps "), f"{1 / took['now'].wall:,.0f}", micros(took["now"])]
        if before:
            line += [micros(took["before"]), took["before"].ratio(took["now"])]
            is_promised = line[0] in PROMISED_TABLES
            line.append(
                promised(took["before"], took["now"], PROMISED_STEPS) if is_promised else ""
            )
        lines.append(line)
    head = ["table", "steps a second", "µs a step"]
    print(table(head + ["before µs", "before / now", "promised"] * bool(before), lines), "\n")


def show_million(own: Mapping[str, Any], before: Worker | None, rounds: int) -> None:
    """The second table: stages of both checkouts, in turns."""
    asked = {"now": own["million"]} | ({"before": lambda: before.ask("million")} if before else {})
    found: dict[str, list[dict[str, Taken]]] = {who: [] for who in asked}
    for _ in range(rounds):
        for who, ask in asked.items():
            found[who].append({stage: Taken(**taken) for stage, taken in ask().items()})
    for turns in found.values():
        for stages in turns:
            wall, cpu = (sum(getattr(t, kind) for t in stages.values()) for kind in ("wall", "cpu"))
            stages["in all"] = Taken(wall, cpu)
    took = {
        who: {stage: Taken.median(turn[stage] for turn in turns) for stage in turns[0]}
        for who, turns in found.items()
    }
    lines = [
        [
            stage,
            *(f"{stages[stage].wall:.2f} / {stages[stage].cpu:.2f}" for stages in took.values()),
        ]
        for stage in (*STAGES, REST, "in all")
    ]
    print(table([f"a million rows × 5, {MILLION_STEPS:,} steps: seconds", *took], lines), "\n")
    if before:
        now, then = took["now"]["in all"], took["before"]["in all"]
        print(f"before / now {then.ratio(now)}; {promised(then, now, PROMISED_MILLION)}\n")


def show_fits(own: Mapping[str, Any], before: Worker | None, folder: Path, rounds: int) -> None:
    """The third table."""
    lines = []
    for name, source in TABLES.items():
        contestants = compared(own, before, f"fit {name}") | peers(source, folder)
        took = take_turns(contestants, rounds)
        seconds = [f"{taken.wall:.2f} / {taken.cpu:.2f}" for taken in took.values()]
        ratios = [took[who].ratio(took["now"]) for who in list(took)[1:]]
        lines.append([name, *seconds, *ratios])
    names = [*(["before"] if before else []), "MLP", "boosting"]
    print(table(["fit: seconds", "now", *names, *(f"{who} / now" for who in names)], lines), "\n")


def micros(taken: Taken) -> str:
    """Microseconds, by the clock and of the processor."""
    return f"{1e6 * taken.wall:,.0f} / {1e6 * taken.cpu:,.0f}"


def promised(other: Taken, own: Taken, factor: float) -> str:
    """Whether another takes so many times as long, by the processor's time."""
    return f"≥ {factor:g}: {'met' if other.cpu >= factor * own.cpu else 'NOT MET'}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--before", type=Path, help="another checkout of Pellucid")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant")
    tables = ["steps", "million", "fits"]
    parser.add_argument("--only", nargs="+", choices=tables, default=tables)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    on_one_thread()
    torch.set_num_threads(1)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as temporary:
        folder = given.work or Path(temporary)
        own = measures(given.data, folder / "million.csv")
        if given.work:  # another checkout, asked by the process that compares
            answer(own)
            return
        write_million(folder / "million.csv")
        show(own, given, folder)


def show(own: Mapping[str, Any], given: argparse.Namespace, folder: Path) -> None:
    """Print the tables."""
    before = None
    if given.before:
        data = ["--data", str(given.data)] if given.data else []
        before = Worker(package_of(given.before.resolve()), *data, "--work", str(folder))
    facts = machine("torch", "polars", "scikit-learn")
    print(f"Median of {given.rounds} rounds, one thread. {facts}.")
    print("Pairs are by the clock / of the processor.\n")
    if "steps" in given.only and given.data:
        show_steps(own, before, given.rounds)
    if "fits" in given.only and given.data:
        show_fits(own, before, given.data, given.rounds)
    if "million" in given.only:  # last: from then on its stages are counted
        show_million(own, before, given.rounds)
    if before:
        before.close()


if __name__ == "__main__":
    main()
