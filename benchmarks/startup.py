"""How long a command takes from its first to its last moment, in a fresh process.

Run `python benchmarks/startup.py`; it takes some minutes. Each command is a process of its own, on
one thread, that answers about iris: what is wrong with a request, help, what a model holds, 150
predictions, an explanation, a training. Beside them, in the same rounds:

* `python`: Python itself, which does nothing;
* `import torch, polars`: the libraries that compute;
* `scikit-learn`: a script that loads a pipeline stored with joblib (scaling and an MLP) and
  predicts the same CSV with pandas.

The table shows medians over rounds in which all take turns. Whether a promise is kept is judged by
the processor's time, that of child processes included: on a quiet machine it is the clock's.
`--before CHECKOUT` lets another checkout of Pellucid take part.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from turns import SOURCE, Taken, environment, machine, package_of, table, take_turns

STORE = """
import joblib, pandas as pd
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
rows = pd.read_csv("iris.csv")
pipeline = make_pipeline(StandardScaler(), MLPClassifier((128, 128), max_iter=20, random_state=0))
joblib.dump(pipeline.fit(rows.drop(columns="species"), rows["species"]), "iris.joblib")
"""
PREDICT = """
import joblib, pandas as pd
rows = pd.read_csv("iris.csv").drop(columns="species")
pipeline = joblib.load("iris.joblib")
predictions = pd.DataFrame(pipeline.predict_proba(rows), columns=pipeline.classes_)
predictions.insert(0, "prediction", pipeline.predict(rows))
predictions.to_csv("sklearn.csv", index=False)
"""
PEERS = {
    "python": ["-c", "pass"],
    "import torch, polars": ["-c", "import torch, polars"],
    "scikit-learn": ["-c", PREDICT],
}
COMMANDS = {
    "fit of no file": ["fit", "nothere.csv", "--target", "species"],
    "--help": ["--help"],
    "inspect model": ["inspect", "iris.pellucid"],
    "inspect table": ["inspect", "iris.csv"],
    "predict": ["predict", "iris.pellucid", "iris.csv", "--out", "predictions.csv"],
    "explain": ["explain", "iris.pellucid", "iris.csv", "--row", "3"],
    "fit": ["fit", "iris.csv", "--target", "species", "--out", "fit.pellucid"],
}
PROMISES: Mapping[str, tuple[str, Callable[[Mapping[str, Taken]], bool]]] = {
    "fit of no file": (
        "< .3 s over python",
        lambda took: took["fit of no file"].cpu - took["python"].cpu < 0.3,
    ),
    "inspect model": (
        "< .6 s over python",
        lambda took: took["inspect model"].cpu - took["python"].cpu < 0.6,
    ),
    "predict": (
        "≤ 1.4 × import torch, polars",
        lambda took: took["predict"].cpu <= 1.4 * took["import torch, polars"].cpu,
    ),
}


def ran(arguments: Sequence[str], source: Path, folder: Path, *, fails: bool = False) -> Taken:
    """What a fresh Python with these arguments took; the processor's time of its children, too.

    Raises:
        AssertionError: It failed, or did not fail where it should have.
    """
    start = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(source),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    taken = Taken(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert (process.returncode == 2) == fails, f"{arguments}: exit code {process.returncode}"
    assert process.returncode in (0, 2), f"{arguments}: exit code {process.returncode}"
    return taken


def measures(
    sources: Mapping[str, Path], folder: Path, only: Sequence[str]
) -> dict[str, Callable[[], Taken]]:
    """What is measured, by name; the commands of every checkout with its prefix."""
    found = {name: lambda given=given: ran(given, SOURCE, folder) for name, given in PEERS.items()}
    for name in only:
        given = COMMANDS[name]
        for prefix, source in sources.items():
            found[prefix + name] = lambda given=given, name=name, source=source, prefix=prefix: ran(
                ["-m", "pellucid", *given],
                source,
                folder / (prefix.strip() or "now"),
                fails=name == "fit of no file",
            )
    return found


def prepare(sources: Mapping[str, Path], folder: Path) -> None:
    """The table, each checkout's model of it, and scikit-learn's."""
    ran(["-m", "pellucid", "sample", "iris"], SOURCE, folder)
    ran(["-c", STORE], SOURCE, folder)
    for prefix, source in sources.items():
        own = folder / (prefix.strip() or "now")
        own.mkdir()
        (own / "iris.csv").write_bytes((folder / "iris.csv").read_bytes())
        given = ["fit", "iris.csv", "--target", "species", "--out", "iris.pellucid"]
        ran(["-m", "pellucid", *given], source, own)


def lines(took: Mapping[str, Taken], only: Sequence[str], *, has_before: bool) -> list[list[str]]:
    """The rows of the table."""
    python, libraries = took["python"], took["import torch, polars"]
    found = []
    for name in (*PEERS, *only):
        own = took[name]
        promise, holds = PROMISES.get(name, ("", lambda _took: True))
        before = took.get("before " + name)
        found.append(
            [
                name,
                f"{own.wall:.2f}",
                f"{own.cpu:.2f}",
                f"{own.wall - python.wall:+.2f} / {own.cpu - python.cpu:+.2f}",
                own.ratio(libraries),
                *([before.ratio(own) if before else "–"] if has_before else []),
                f"{promise}: {'met' if holds(took) else 'NOT MET'}" if promise else "",
            ]
        )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each command")
    parser.add_argument("--before", type=Path, help="another checkout of Pellucid")
    parser.add_argument("--only", nargs="+", choices=list(COMMANDS), default=list(COMMANDS))
    given = parser.parse_args()
    sources = {"": SOURCE}
    if given.before:
        sources["before "] = package_of(given.before.resolve())
    with tempfile.TemporaryDirectory() as temporary:
        prepare(sources, Path(temporary))
        commands = measures(sources, Path(temporary), given.only)
        take_turns(commands, 1)  # compiles modules, fills the disk's cache
        took = take_turns(commands, given.rounds)
    facts = machine("torch", "polars", "scikit-learn")
    print(f"Seconds of a fresh process, median of {given.rounds} rounds. {facts}.")
    print("Pairs are by the clock / of the processor.\n")
    head = ["command", "seconds", "CPU seconds", "over python", "/ import torch, polars"]
    head += ["before / now"] if given.before else []
    print(table([*head, "promised"], lines(took, given.only, has_before=bool(given.before))))


if __name__ == "__main__":
    main()
