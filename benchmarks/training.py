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
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from stages import REST, STAGES, watched_stages
from threadpoolctl import threadpool_limits
from turns import (
    Taken,
    Worker,
    answer,
    machine,
    micros,
    on_one_thread,
    package_of,
    promised,
    table,
    take_turns,
    timed,
    write_million,
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


def fit_million(path: Path) -> None:
    """Learn from it, so many steps."""
    pellucid.Classifier(random_state=0).fit(path, "answer", stop=Stopwatch(MILLION_STEPS))


def stages_of_million(path: Path) -> dict[str, Any]:
    """The stages of one fit, as plain data; from now on every fit is a little slower."""
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
