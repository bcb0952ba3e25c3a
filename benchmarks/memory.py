"""How much memory a large table takes: the peak of a process that does one thing with it.

Run `python benchmarks/memory.py`; it takes about ten minutes. The table is made up: by default
400,000 rows of 30 columns (22 numbers, 7 categories of 3 to 3,000 levels, a date) and a class. Each
line is a process of its own that reads what it needs and does one thing, on one thread:

* `peak` is the most memory the process ever held, libraries and table included;
* `above` is what of this came after the libraries were imported and the model was loaded;
* `seconds` are the processor's for the thing itself, the reading of a frame left out.

`import` does nothing, `read` only reads the frame, `scan` the text file. `fit` learns for two
epochs, `fit numbers` from one array of numbers, `fit million` for one epoch from a file of a
million rows and five columns, `fit adult` from adult's, where `--data DIR` holds it. `--only
predict fit` does less, `--rows` and `--keep FOLDER` change the table and keep it for the next time.
`--before CHECKOUT` lets another checkout of Pellucid do the same, one after the other.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from turns import SOURCE, environment, package_of, write_million

# Nothing large is imported here: a process begins with the peak of the one that started it.
NUMBERS, LEVELS = 22, (3, 5, 8, 20, 60, 400, 3_000)
TRAINING_ROWS = 20_000
MIB = 2**20
ADULT = "adult/adult_train.csv.gz"


def make(folder: Path, rows: int) -> None:
    """Write the table as Parquet and CSV, and a model trained on some of its rows."""
    import numpy as np
    import polars as pl

    import pellucid

    random = np.random.default_rng(0)
    numbers = random.normal(size=(rows, NUMBERS))
    codes = {n: (n * random.random(rows) ** 2).astype(np.int64) for n in LEVELS}
    signal = numbers[:, :6].sum(axis=1) + np.sin(codes[20]) + 0.5 * (codes[5] == 1)
    days = np.datetime64("2019-01-01", "us") + random.integers(0, 2_000, rows) * 86_400_000_000
    frame = pl.DataFrame(
        {f"number {i + 1}": numbers[:, i].round(4) for i in range(NUMBERS)}
        | {f"category of {n}": [f"level {code}" for code in codes[n]] for n in LEVELS}
        | {"date": days.astype("datetime64[us]")}
        | {"answer": np.where(signal + random.normal(size=rows) > 0.0, "yes", "no")}
    )
    frame.write_parquet(folder / "table.parquet")
    frame.with_columns(pl.col("date").dt.date()).write_csv(folder / "table.csv")
    write_million(folder / "million.csv")
    model = pellucid.Classifier(max_epochs=2, random_state=0)
    model.fit(frame.head(TRAINING_ROWS), "answer").save(folder / "model.pellucid")


def things(folder: Path, data: Path | None) -> dict[str, tuple[str, Callable[..., Any]]]:
    """What is done: with what it needs ("frame", "features", "array" or "") and a model.

    Args:
        folder: Where the made-up tables and the model are.
        data: Where adult is; None leaves it out.
    """
    import pellucid

    text = str(folder / "table.csv")

    def predict_text(model: Any) -> None:
        from pellucid.estimators.predict_file import predict_file

        predict_file(model, text, folder / "predictions.csv")

    def fit(_model: Any, frame: Any, **options: Any) -> None:
        pellucid.Classifier(max_epochs=2, random_state=0, **options).fit(frame, "answer")

    def fit_array(_model: Any, array: Any) -> None:
        pellucid.Classifier(max_epochs=2, random_state=0).fit(array[:, 1:], array[:, 0] > 0.0)

    def fit_file(path: Path, target: str, epochs: int) -> None:
        pellucid.Classifier(max_epochs=epochs, random_state=0).fit(path, target)

    def importance(model: Any, frame: Any) -> None:
        from pellucid.explanation.importance import importance

        importance(model.model_, model.rows_of(pellucid.read_table(frame)))

    return {
        "import": ("", lambda _model: None),
        "read": ("features", lambda _model, _frame: None),
        "scan": ("", lambda _model: pellucid.read_table(text)),
        "predict": ("features", lambda model, frame: model.predict(frame)),
        "predict_proba": ("features", lambda model, frame: model.predict_proba(frame)),
        "predict_set": ("features", lambda model, frame: model.predict_set(frame)),
        "score": ("frame", lambda model, frame: model.score(frame)),
        "evaluate": ("frame", pellucid.evaluate),
        "unlike_training": ("features", lambda model, frame: model.unlike_training(frame)),
        "calibrate": ("frame", lambda model, frame: model.calibrate(frame)),
        "encode": ("features", lambda model, frame: model.encode(frame)),
        "partial_fit": ("frame", lambda model, frame: model.partial_fit(frame, "answer")),
        "importance": ("frame", importance),
        "response_curve": (
            "features",
            lambda model, frame: pellucid.response_curve(model, frame, "number 1"),
        ),
        "nearest_rows": (
            "features",
            lambda model, frame: pellucid.nearest_rows(model, frame, frame.head(1)),
        ),
        "predict text": ("", predict_text),
        "predict text at once": ("", lambda model: model.predict(text)),
        "fit": ("frame", fit),
        "fit bins": ("frame", lambda model, frame: fit(model, frame, numeric_encoding="piecewise")),
        "fit text": ("", lambda model: fit(model, text)),
        "fit numbers": ("array", fit_array),
        "fit million": ("", lambda _model: fit_file(folder / "million.csv", "answer", 1)),
        **({"fit adult": ("", lambda _model: fit_file(data / ADULT, "income", 2))} if data else {}),
    }


def measure(name: str, folder: Path, data: Path | None) -> None:
    """Do one thing, and print what it took."""
    import polars as pl
    import torch

    import pellucid

    torch.set_num_threads(1)
    needed, do = things(folder, data)[name]
    model = pellucid.load(folder / "model.pellucid")
    model.predict(pl.read_parquet(folder / "table.parquet", n_rows=10))  # imports all there is
    start = _peak()
    given = []
    if needed:
        frame = pl.read_parquet(folder / "table.parquet")
        if needed == "features":
            frame = frame.drop("answer")
        given = [frame if needed != "array" else frame.select(pl.col(pl.Float64)).to_numpy()]
        del frame
    began = time.process_time()
    do(model, *given)
    seconds = time.process_time() - began
    print(json.dumps({"peak": _peak(), "above": _peak() - start, "seconds": seconds}))


def _peak() -> float:
    """The most memory this process ever held, in MiB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MIB


def _run(source: Path, arguments: Sequence[str]) -> str:
    """Start this file again, as a process of its own, with the Pellucid of a checkout."""
    variables = {**environment(source), "POLARS_MAX_THREADS": "2"}
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    return done.stdout if done.returncode == 0 else ""


def main() -> None:
    """Make the table, then measure one thing after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--only", nargs="*", default=[], help="names of what to measure")
    parser.add_argument("--keep", type=Path, help="folder for the table, kept for the next time")
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--before", type=Path, help="another checkout of Pellucid")
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        make(given.make, given.rows)
    elif given.measure:
        measure(given.measure[0], Path(given.measure[1]), given.data)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            _measure_all(given.keep or Path(temporary), given)


def _measure_all(folder: Path, given: argparse.Namespace) -> None:
    sources = {"now": SOURCE}
    if given.before:
        sources["before"] = package_of(given.before.resolve())
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "model.pellucid").exists():
        # By the checkout before, if there is one: a newer one reads its files.
        _run(list(sources.values())[-1], ["--make", str(folder), "--rows", str(given.rows)])
    data = ["--data", str(given.data)] if given.data else []
    print(f"{'':22}{'checkout':>10}{'peak MiB':>10}{'above':>10}{'seconds':>10}", flush=True)
    for name in given.only or things(folder, given.data):
        for checkout, source in sources.items():
            found = _run(source, ["--measure", name, str(folder), *data])
            print(f"{name:22}{checkout:>10}{_words(found)}", flush=True)


def _words(found: str) -> str:
    if not found:
        return f"{'failed':>10}"
    took = json.loads(found.splitlines()[-1])
    return f"{took['peak']:10,.0f}{took['above']:10,.0f}{took['seconds']:10.1f}"


if __name__ == "__main__":
    main()
