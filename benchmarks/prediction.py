"""How long predictions take: from encoded rows, from one row or many, from file to file.

Run `python benchmarks/prediction.py --data DIR`, where DIR holds adult and california, without
which only plain networks take part; it takes some minutes. Everything runs on one thread, and what
is compared takes turns; the tables show medians. Networks: the default ones of adult (classes,
codes) and california (a number), a plain 784-512-512-10 and a plain 4-32-3. They learned for one or
two epochs: what the weights are does not matter here.

* The first table goes from encoded rows (float32) to the network's outputs, beside onnxruntime
  running the same network as torch exports it, the graph of plain operations that `torch.export`
  makes of it, and `to_module()`, both run by torch. `onnxruntime of x` has only the layers above
  the input layer: it gets the vector x, of which somebody has to make hundreds of numbers first.
  All must give the same numbers first.
* The second goes from a dict or a DataFrame to probabilities, or numbers: one row, 64, 8,192.
  Beside it a scikit-learn pipeline: imputing, scaling, one-hot, and one MLP of 128-128 hidden
  neurons (Pellucid's is an ensemble of four). Its last line goes from adult's CSV file to a CSV
  file of probabilities, beside the same pipeline with pandas.

`--before CHECKOUT` lets another checkout of Pellucid take part in the second.

onnxruntime takes part where it is installed: the head of `exported.py` says how.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import torch
from exported import ONNX, Exported, has_onnx
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits
from torch import Tensor
from turns import (
    Call,
    Taken,
    Worker,
    answer,
    machine,
    micros,
    on_one_thread,
    package_of,
    promised,
    repeated,
    table,
    take_turns,
)

import pellucid
from pellucid.estimators.predict_file import predict_file
from pellucid.inputs import Inputs
from pellucid.model.model import Model, outputs_of
from pellucid.network.modules import NetworkModule
from pellucid.network.network import Network

ADULT = "adult/adult_train.csv.gz"
BATCHES = (1, 64, 8_192)
PROMISED = 0.8
PROMISED_FILES = 4.0
PROMISED_ROW = 2e-3
TOLERANCE = 1e-5

Measure = Callable[[], Taken]


# --- what predicts, and what ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fitted estimator and rows it can predict.

    Attributes:
        estimator: It.
        rows: At least as many as the largest batch: a DataFrame of pandas, or an array.
        target: The column that was learned, for peers that learn it too; None if there is none.
    """

    estimator: Any
    rows: Any
    target: str | None = None

    @property
    def predict(self) -> Callable[[Any], Any]:
        """Rows → probabilities, or numbers."""
        is_classifier = isinstance(self.estimator, pellucid.Classifier)
        return self.estimator.predict_proba if is_classifier else self.estimator.predict


def of_a_table(path: Path, target: str, kind: Any) -> Case:
    """The default network of a file."""
    estimator = kind(max_epochs=2, random_state=0).fit(path, target)
    return Case(estimator=estimator, rows=read_as_pandas(path), target=target)


def read_as_pandas(path: Path) -> pd.DataFrame:
    """A file as its readers by hand read it: cells of adult begin with a space."""
    return pd.read_csv(path, na_values=["?"], skipinitialspace=True)


def plain(inputs: int, hidden: Sequence[int], classes: int) -> Case:
    """A plain network of scaled numbers."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(max(BATCHES), inputs))
    estimator = pellucid.Classifier(
        hidden_layer_sizes=hidden, members=1, numeric_encoding="none", max_epochs=1, random_state=0
    )
    return Case(estimator=estimator.fit(rows[:1_000], np.arange(1_000) % classes), rows=rows)


def cases(folder: Path) -> dict[str, Case]:
    """The two tables."""
    return {
        "adult": of_a_table(folder / ADULT, "income", pellucid.Classifier),
        "california": of_a_table(
            folder / "california/housing.csv", "median_house_value", pellucid.Regressor
        ),
    }


# --- from encoded rows to outputs ----------------------------------------------------------------


def encoded_to_outputs(model: Model, tensors: Sequence[Tensor]) -> Callable[[], Tensor]:
    """What Pellucid computes of encoded rows: the one place that knows how.

    Args:
        model: A trained model.
        tensors: What an estimator's `encode` makes of rows: a tensor for each port.
    """
    inputs = as_inputs(model.network, tensors)
    return lambda: outputs_of(model.network, inputs).mean(dim=0)


def as_inputs(network: Network, tensors: Sequence[Tensor]) -> Inputs:
    """Each tensor with the name of its port."""
    return Inputs(dict(zip(network.input_layer.branches, tensors, strict=True)))


def contestants(case: Case, folder: Path) -> Callable[[int], dict[str, Call]]:
    """Everyone who runs a case's network, given a number of rows."""
    model = case.estimator.model_
    network = model.network
    found = case.estimator.encode(case.rows[: max(BATCHES)])
    tensors = found if isinstance(found, tuple) else (found,)
    with torch.inference_mode():
        x = network.input_layer(as_inputs(network, tensors)).clone()
    module = network.to_module().eval()
    if has_onnx():
        whole = Exported(module, tensors, folder)
        of_x = Exported(NetworkModule({}, network.layers, network.members), [x], folder)

    def of(rows: int) -> dict[str, Call]:
        some = tuple(tensor[:rows].contiguous() for tensor in tensors)
        calls: dict[str, Call] = {"Pellucid": encoded_to_outputs(model, some)}
        if has_onnx():
            calls["onnxruntime"] = whole.run(some)
            calls["onnxruntime of x"] = of_x.run([x[:rows].contiguous()])
            calls["torch.export"] = torch.inference_mode()(lambda: whole.graph(*some))
        calls["to_module"] = torch.inference_mode()(lambda: module(*some))
        check_same_numbers(calls)
        return calls

    return of


def check_same_numbers(calls: Mapping[str, Call]) -> None:
    """The same network on the same rows gives the same outputs, or an AssertionError."""
    first, *others = (call().float() for call in calls.values())
    for name, other in zip(list(calls)[1:], others, strict=True):
        assert torch.allclose(other, first, rtol=TOLERANCE, atol=TOLERANCE), (
            f"{name} gives other numbers: up to {(other - first).abs().max():.2g} apart"
        )


def encoded_table(networks: Mapping[str, Case], rounds: int, folder: Path) -> str:
    """The first table."""
    lines, peers = [], ["onnxruntime", "onnxruntime of x", "torch.export", "to_module"]
    for name, case in networks.items():
        of = contestants(case, folder)
        for rows in BATCHES:
            took = take_turns({who: repeated(call) for who, call in of(rows).items()}, rounds)
            own, other = took["Pellucid"], took.get("onnxruntime")
            promise = "–" if other is None or name != "adult" else promised(other, own, PROMISED)
            lines.append(
                [
                    name,
                    f"{rows:,}",
                    micros(own),
                    *(micros(took[who]) if who in took else "–" for who in peers),
                    *(took[who].ratio(own) if who in took else "–" for who in peers),
                    promise,
                ]
            )
    head = ["network", "rows", "Pellucid µs", *(f"{who} µs" for who in peers)]
    return table([*head, *(f"{who} / Pellucid" for who in peers), "promised"], lines)


# --- from rows to predictions --------------------------------------------------------------------


def row_calls(case: Case) -> dict[str, Call]:
    """Ways to hand rows to a fitted estimator."""
    rows = case.rows.drop(columns=case.target)
    parts = {f"{count:,} of Polars": pl.from_pandas(rows.head(count)) for count in BATCHES}
    parts |= {f"{count:,} of pandas": rows.head(count) for count in BATCHES}
    one = parts["1 of Polars"].row(0, named=True)
    return {
        "a dict": lambda: case.predict(one),
        **{name: lambda part=part: case.predict(part) for name, part in parts.items()},
    }


def file_call(case: Case, source: Path, out: Path) -> Call:
    """From file to file."""
    return lambda: predict_file(case.estimator, str(source), out)


def sklearn_pipeline(case: Case) -> Any:
    """What a practitioner would build, fitted for two epochs to a table of pandas."""
    frame = case.rows
    kind = MLPClassifier if isinstance(case.estimator, pellucid.Classifier) else MLPRegressor
    network = kind(hidden_layer_sizes=(128, 128), max_iter=2, random_state=0)
    preparation = make_column_transformer(
        (
            make_pipeline(SimpleImputer(), StandardScaler()),
            make_column_selector(dtype_include="number"),
        ),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    pipeline = make_pipeline(preparation, network)
    return pipeline.fit(frame.drop(columns=case.target), frame[case.target])


def sklearn_calls(case: Case, pipeline: Any) -> dict[str, Call]:
    """The same rows through a pipeline; a dict becomes a DataFrame first."""
    predict = getattr(pipeline, "predict_proba", pipeline.predict)
    rows = case.rows.drop(columns=case.target)
    parts = {f"{count:,} of pandas": rows.head(count) for count in BATCHES}
    one = rows.iloc[0].to_dict()
    return {
        "a dict": lambda: predict(pd.DataFrame([one])),
        **{name: lambda part=part: predict(part) for name, part in parts.items()},
    }


def sklearn_file_call(pipeline: Any, source: Path, out: Path) -> Call:
    """From file to file with pandas."""

    def call() -> None:
        rows = read_as_pandas(source)
        probabilities = pipeline.predict_proba(rows)
        found = pd.DataFrame(probabilities, columns=pipeline.classes_)
        found.insert(0, "prediction", pipeline.classes_[probabilities.argmax(axis=1)])
        found.to_csv(out, index=False)

    return call


def measures(tables: Mapping[str, Case], folder: Path, who: str) -> dict[str, Measure]:
    """What both checkouts measure, by name."""
    calls = {
        f"{name}: {way}": call
        for name, case in tables.items()
        for way, call in row_calls(case).items()
    }
    calls["file to file"] = file_call(tables["adult"], folder / "adult.csv", folder / f"{who}.csv")
    return {name: repeated(call) for name, call in calls.items()}


def rows_table(tables: Mapping[str, Case], rounds: int, folder: Path, before: Worker | None) -> str:
    """The second table."""
    peers: dict[str, Measure] = {}
    for name, case in tables.items():
        pipeline = sklearn_pipeline(case)
        for way, call in sklearn_calls(case, pipeline).items():
            peers[f"{name}: {way}"] = repeated(call)
        if name == "adult":
            file = sklearn_file_call(pipeline, folder / "adult.csv", folder / "sklearn.csv")
            peers["file to file"] = repeated(file)
    lines = []
    for name, own in measures(tables, folder, "now").items():
        contestants = {"now": own}
        if before is not None:
            contestants["before"] = before.measure(name)
        if name in peers:
            contestants["scikit-learn"] = peers[name]
        lines.append(_row_line(name, take_turns(contestants, rounds)))
    head = ["what", "Pellucid µs", "before µs", "scikit-learn µs"]
    return table([*head, "before / now", "scikit-learn / now", "promised"], lines)


def _row_line(name: str, took: Mapping[str, Taken]) -> list[str]:
    own, promise = took["now"], ""
    if name == "adult: a dict":
        promise = f"≤ 2 ms: {'met' if own.cpu <= PROMISED_ROW else 'NOT MET'}"
    elif name == "file to file" and "before" in took:
        promise = promised(took["before"], own, PROMISED_FILES)
    others = ("before", "scikit-learn")
    return [
        name,
        micros(own),
        *(micros(took[who]) if who in took else "–" for who in others),
        *(took[who].ratio(own) if who in took else "–" for who in others),
        promise,
    ]


# --- all of it -----------------------------------------------------------------------------------


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--rounds", type=int, default=9, help="turns of each contestant")
    parser.add_argument("--before", type=Path, help="another checkout of Pellucid")
    parser.add_argument(
        "--only", nargs="+", choices=["encoded", "rows"], default=["encoded", "rows"]
    )
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    on_one_thread()
    torch.set_num_threads(1)
    with threadpool_limits(1), tempfile.TemporaryDirectory() as temporary:
        folder = given.work or Path(temporary)
        tables = cases(given.data) if given.data else {}
        if given.work:  # another checkout, asked by the process that compares
            answer(measures(tables, folder, "before"))
            return
        show(tables, given, folder)


def show(tables: Mapping[str, Case], given: argparse.Namespace, folder: Path) -> None:
    """Print the tables."""
    packages = [*ONNX[2:] * has_onnx(), "torch", "polars", "pandas", "scikit-learn"]
    print(f"Median of {given.rounds} rounds, one thread. {machine(*packages)}.")
    print("Pairs are by the clock / of the processor.\n")
    if "encoded" in given.only:
        if not has_onnx():
            print(f"Without onnxruntime: pip install {' '.join(ONNX)} (see exported.py).\n")
        networks = {
            **tables,
            "784-512-512-10": plain(784, (512, 512), 10),
            "4-32-3": plain(4, (32,), 3),
        }
        print(encoded_table(networks, given.rounds, folder), end="\n\n", flush=True)
    if "rows" in given.only and tables:
        packed = (given.data / ADULT).read_bytes()
        (folder / "adult.csv").write_bytes(gzip.decompress(packed))
        before = None
        if given.before:
            arguments = ("--data", str(given.data), "--work", str(folder))
            before = Worker(package_of(given.before.resolve()), *arguments)
        print(rows_table(tables, given.rounds, folder, before))
        if before is not None:
            before.close()


if __name__ == "__main__":
    main()
