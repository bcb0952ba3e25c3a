"""Raw pictures: how well the network learns them, what it costs, and beside what.

Run `python benchmarks/images.py --data DIR`, where DIR holds public files:

    mnist/ and fashion-mnist/    the four files {train,t10k}-{images-idx3,labels-idx1}-ubyte.gz
    cifar10/cifar10_jpeg.tar.gz  cifar10/{train,test}/CLASS/*.jpg
    photos_ants_bees/ants_bees_320px.tar.gz  ants_bees/{train,val}/{ants,bees}/*.jpg

scikit-learn's digits, written as a folder of 1 797 PNG of 8 × 8, are always there. All of it takes
hours: `--only` picks parts, `--rows N` a sample of the rows that learn, and `--out FILE` adds every
figure to a file of JSON lines, so that pieces of some minutes come together.

    mnist fashion cifar digits photos     the network, as `pellucid fit` trains it
    mnist-flat … photos-flat              flat algorithms on the same rows: on pixels of at most
                                          32 × 32, and on features made by hand (HOG and, of color
                                          pictures, a histogram of each color), where scikit-image
                                          is installed (see picture_peers.py)
    mnist-example                         PyTorch's MNIST example, epoch by epoch
    steps                                 a training step beside an eager PyTorch loop
    memory                                the peak of a training on so many made pictures

`decoding.py` measures how quickly they are decoded.

The rows that judge are never learned from: the data's own test part, of the photos the part val
(which then chooses no epoch), of digits a fifth, the same for every seed. Seeds change the network
only. Everything runs on one thread, and seconds are the processor's: on a busy machine the clock
measures the others, too.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from peak import WATCH
from picture_peers import (
    EagerPictures,
    eager_step,
    example_accuracy,
    hand_made,
    has_hand_made,
    train_example,
)
from PIL import Image
from results import Results
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from turns import SOURCE, environment, machine, on_one_thread, promised, repeated, table, take_turns

import pellucid
from pellucid.comparison.judged import JudgedRows, scores_of
from pellucid.comparison.parts import ComparedRows, split_rows
from pellucid.comparison.runs import FlatTrainer
from pellucid.data.pictures.picture import Pixels, pixels_of
from pellucid.data.rows import Rows
from pellucid.data.sources.table import Table, read_table
from pellucid.inputs import PIXELS, Inputs
from pellucid.model.picture_recipe import FILTER_RATE
from pellucid.network import LOSSES
from pellucid.network.layers import Linear
from pellucid.network.muon import Muon
from pellucid.network.network import Network
from pellucid.network.picture_branch import PictureBranch, stem_for
from pellucid.network.precision import has_reduced_products
from pellucid.tasks.metrics import wilson_interval
from pellucid.training.loop import train_step

ALGORITHMS = ("k-nearest neighbors", "logistic regression", "SVM (RBF)", "random forest")
LONGEST_FIT = 1_800.0
PICTURES_PER_BLOCK = 1_000

# --- data ----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Pictures that learn, and others that judge."""

    training: Table
    test: Table


def _own_parts(path: Path, judging: str) -> Parts:
    """What a source says its rows are for: "train" learns, another part judges."""
    found = read_table(path)
    assert found.parts is not None
    training, test = (found.take(np.flatnonzero(found.parts == p)) for p in ("train", judging))
    return Parts(training=replace(training, parts=None), test=replace(test, parts=None))


def _digits(folder: Path) -> Parts:
    """scikit-learn's digits as a folder with a subfolder a class: a fifth of each class judges."""
    digits = load_digits()
    places = train_test_split(
        np.arange(len(digits.target)), test_size=0.2, random_state=0, stratify=digits.target
    )
    for part, chosen in zip(("train", "test"), places, strict=True):
        for place in chosen:
            into = folder / part / str(digits.target[place])
            into.mkdir(parents=True, exist_ok=True)
            pixels = (digits.images[place] / 16.0 * 255.0).round().astype(np.uint8)
            Image.fromarray(pixels).save(into / f"{place}.png")
    return _own_parts(folder, "test")


SOURCES: Mapping[str, Callable[[Path, Path], Parts]] = {
    "mnist": lambda data, _: _own_parts(data / "mnist", "test"),
    "fashion": lambda data, _: _own_parts(data / "fashion-mnist", "test"),
    "cifar": lambda data, _: _own_parts(data / "cifar10" / "cifar10_jpeg.tar.gz", "test"),
    "digits": lambda _, scratch: _digits(scratch / "digits"),
    "photos": lambda data, _: _own_parts(
        data / "photos_ants_bees" / "ants_bees_320px.tar.gz", "validation"
    ),
}


def parts_of(name: str, asked: argparse.Namespace, scratch: Path) -> Parts:
    """The pictures of one source; of those that learn perhaps a sample."""
    if name != "digits" and asked.data is None:
        raise SystemExit(f"{name} needs --data")
    parts = SOURCES[name](asked.data, scratch)
    rows = parts.training.frame.height
    if asked.rows is None or asked.rows >= rows:
        return parts
    places = np.sort(np.random.default_rng(0).choice(rows, asked.rows, replace=False))
    return replace(parts, training=parts.training.take(places))


# --- what is found -------------------------------------------------------------------------------

Figures = dict[str, Any]


# --- the network ---------------------------------------------------------------------------------


def run_network(name: str, asked: argparse.Namespace, scratch: Path, results: Results) -> None:
    """The network as `pellucid fit` trains it, once for each seed."""
    parts = parts_of(name, asked, scratch)
    options = {
        "max_epochs": asked.epochs,
        "filters": asked.filters and tuple(asked.filters),
        "time_budget": asked.time_budget,
    }
    given = {option: value for option, value in options.items() if value is not None}
    found = []
    for seed in asked.seeds:
        fitted = pellucid.fit_and_evaluate(
            parts.training,
            "label",
            test=parts.test,
            task="classification",
            baselines=False,
            random_state=seed,
            **given,
        )
        network = fitted.leaderboard.entries[0]
        score, record = network.scores[0], fitted.estimator.model_.record
        found.append(score.value)
        results.add(
            part=name,
            seed=seed,
            options=str(given),
            rows=parts.training.frame.height,
            accuracy=score.value,
            low=score.low,
            high=score.high,
            cpu_seconds=network.cpu_seconds,
            epochs=record.ended.epochs,
            steps=record.ended.steps,
            ended=record.ended.reason,
            filters=str(record.plan.filters),
            batch_size=record.plan.batch_size,
            reduced_precision=record.plan.reduced_precision,
        )
    if len(found) > 1:
        median, mean = statistics.median(found), statistics.mean(found)
        judged = parts.test.frame.height
        low, high = wilson_interval(mean, judged)
        results.add(part=name, seeds=len(found), median=median, mean=mean, low=low, high=high)


# --- flat algorithms -----------------------------------------------------------------------------


def run_flat(name: str, asked: argparse.Namespace, scratch: Path, results: Results) -> None:
    """Flat algorithms on pixels, then on features made by hand."""
    parts = parts_of(name, asked, scratch)
    compared = split_rows(pellucid.Classifier(), parts.training, "label", parts.test, None)
    _run_algorithms(name, "pixels", compared, compared.rows, 0.0, results)
    if not has_hand_made():
        print("scikit-image is not installed: no features made by hand", flush=True)
        return
    start = time.process_time()
    rows = _with_features(compared.rows)
    _run_algorithms(name, "HOG + colors", compared, rows, time.process_time() - start, results)


def _run_algorithms(
    part: str,
    what: str,
    compared: ComparedRows,
    rows: Rows,
    preparing: float,
    results: Results,
) -> None:
    """Fit each algorithm as a comparison does, and score it on the rows that judge."""
    training, judging = compared.parts[0]
    task = compared.estimator.task_of(rows.target).fit(rows.target, rows.weights)
    with FlatTrainer(rows, task, time_limit=LONGEST_FIT) as trainer:
        for name in ALGORITHMS:
            run = trainer.run(name, training, judging)
            told: Figures = {"part": f"{part}-flat", "algorithm": name, "on": what}
            if run.failure:
                results.add(**told, failure=run.failure)
                continue
            judged = JudgedRows.of(task, rows, compared.parts, run.predictions)
            score = scores_of(judged)[0]
            results.add(
                **told,
                rows=run.rows,
                accuracy=score.value,
                low=score.low,
                high=score.high,
                fit_cpu_seconds=run.cpu_seconds,
                features_cpu_seconds=preparing,
                predict_seconds=run.predict_seconds,
            )


def _with_features(rows: Rows) -> Rows:
    """The same rows with features made by hand instead of pictures."""
    handles = rows.frame["image"].to_numpy()
    blocks = [
        hand_made(pixels_of(handles[start : start + PICTURES_PER_BLOCK], handles[0].pixels))
        for start in range(0, len(handles), PICTURES_PER_BLOCK)
    ]
    features = np.concatenate(blocks).astype(np.float64)
    frame = pl.DataFrame(features, schema=[f"h{i}" for i in range(features.shape[1])])
    return replace(rows, frame=frame)


# --- PyTorch's example ---------------------------------------------------------------------------


def run_example(asked: argparse.Namespace, scratch: Path, results: Results) -> None:
    """PyTorch's example on MNIST: accuracy and CPU-seconds after each epoch."""
    parts = parts_of("mnist", asked, scratch)
    pixels, target = _as_arrays(parts.training)
    test, truth = _as_arrays(parts.test)
    worked, start = 0.0, time.process_time()
    epochs = enumerate(train_example(pixels, target, asked.example_epochs), 1)
    for epoch, net in epochs:
        worked += time.process_time() - start
        accuracy = example_accuracy(net, test, truth)
        results.add(part="mnist-example", epoch=epoch, accuracy=accuracy, cpu_seconds=worked)
        start = time.process_time()


def _as_arrays(source: Table) -> tuple[Pixels, Any]:
    """Pixels (n, H, W, 1) and targets of idx files."""
    cells = source.frame["image"].to_numpy()
    return cells[..., None].astype(np.uint8), source.frame["label"].cast(pl.Int64).to_numpy()


# --- steps ---------------------------------------------------------------------------------------

STEPS = (
    # side, colors, filters, batch
    (28, 1, (32, 64, 64), 256),
    (32, 3, (32, 64, 64), 128),
    (32, 3, (32, 128, 128), 256),
    (64, 3, (16, 32, 64), 32),
)
SHIFT, RATE, CLASSES, LEAST_RATIO = 2, 0.01, 10, 1.15


def run_steps(asked: argparse.Namespace, _scratch: Path, results: Results) -> None:
    """A step of ours and of an eager loop, in turns: the same net, batch, optimizer, changes."""
    reduced = has_reduced_products(torch.device("cpu"))
    rows = []
    for side, colors, filters, batch in STEPS:
        measures = _steps_of(side, colors, filters, batch, reduced=reduced)
        found = take_turns({n: repeated(step) for n, step in measures.items()}, asked.rounds)
        ours = found["pellucid"]
        others = {n: taken for n, taken in found.items() if n != "pellucid"}
        quickest = min(others.values(), key=lambda taken: taken.cpu)
        net = f"{side}×{side}×{colors}, {filters}, batch {batch}"
        results.add(
            part="steps",
            net=net,
            milliseconds=1e3 * ours.cpu,
            **{f"{n} ratio": taken.cpu / ours.cpu for n, taken in others.items()},
        )
        cells = [f"{1e3 * taken.cpu:.1f}" for taken in found.values()]
        rows.append([net, *cells, promised(quickest, ours, LEAST_RATIO)])
    names = ["pellucid", "eager", *(["eager bfloat16"] if reduced else [])]
    print(table(["one step, CPU milliseconds", *names, "quickest eager / ours"], rows))


def _steps_of(
    side: int, colors: int, filters: tuple[int, ...], batch: int, *, reduced: bool
) -> dict[str, Callable[[], object]]:
    generator = torch.Generator().manual_seed(0)
    size = (batch, side, side, colors)
    pixels = torch.randint(0, 256, size, dtype=torch.uint8, generator=generator)
    target = torch.randint(0, CLASSES, (batch,), generator=generator)
    flips = colors == 3
    stem = stem_for(side, side, colors)

    def eager(*, autocast: bool) -> Callable[[], object]:
        net = EagerPictures(colors, filters, CLASSES, stem).train()
        return eager_step(
            net, pixels, target, rate=RATE, shift=SHIFT, flips=flips, reduced=autocast
        )

    measures = {
        "pellucid": _own_step(pixels, target, filters, flips=flips, reduced=reduced),
        "eager": eager(autocast=False),
    }
    return {**measures, "eager bfloat16": eager(autocast=True)} if reduced else measures


def _own_step(
    pixels: torch.Tensor,
    target: torch.Tensor,
    filters: tuple[int, ...],
    *,
    flips: bool,
    reduced: bool,
) -> Callable[[], object]:
    """A step as the training loop takes it."""
    port = f"{PIXELS}:image"
    _, height, width, colors = pixels.shape
    branch = PictureBranch(height, width, colors, filters=filters, shift=SHIFT, flips=flips)
    network = Network(
        [Linear(branch.outputs, CLASSES)], branches={port: branch}, reduced_precision=reduced
    )
    inputs = Inputs({port: pixels})
    network.initialize_from(inputs)
    place = (network.weights, network.num_decayed, 0.0)
    optimizer = Muon(*place, filters=network.filters, filter_rate=FILTER_RATE)
    loss = LOSSES["cross_entropy"]

    @torch.inference_mode()
    def step() -> object:
        return train_step(network, loss, optimizer, (inputs, target, None), learning_rate=RATE)

    return step


# --- memory --------------------------------------------------------------------------------------

PROBE = (
    f"{WATCH}"
    """
import PIL.Image, pellucid, polars, torch
pellucid.Classifier
path = sys.argv[1]
base = base_of_libraries()
pellucid.fit(path, max_epochs=1, filters=(4, 4, 4))
print(base // 1024, peak // 1024)
"""
)


def run_memory(asked: argparse.Namespace, scratch: Path, results: Results) -> None:
    """The peak of a training on made pictures of 64 × 64, which are written first.

    What is mapped from a file the system may drop at any time, so only anonymous memory counts.
    """
    for count in (asked.pictures // 10, asked.pictures):
        folder = scratch / f"made-{count}"
        _write_made(folder, count)
        answer = subprocess.run(  # noqa: S603
            [sys.executable, "-c", PROBE, str(folder)],
            env=environment(SOURCE),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        base, peak = map(int, answer.stdout.split()[-2:])
        pixels = count * 64 * 64 * 3 / 2**20
        results.add(
            part="memory", pictures=count, libraries_mib=base, peak_mib=peak, pixels_mib=pixels
        )


def _jpeg(seed: int, size: tuple[int, int]) -> bytes:
    """A made picture with some detail, as a photo has."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)
    noisy = np.asarray(picture) + generator.normal(0.0, 6.0, (size[1], size[0], 3))
    file = BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=85)
    return file.getvalue()


def _write_made(folder: Path, count: int) -> None:
    """So many files of a few hundred different pictures, in two classes."""
    made = [_jpeg(i, (64, 64)) for i in range(200)]
    for place in range(count):
        into = folder / f"class {place % 2}" / str(place // 10_000)
        if place % 10_000 < 2:
            into.mkdir(parents=True, exist_ok=True)
        # What follows the end of a JPEG is not read: so no two files are copies.
        (into / f"{place}.jpg").write_bytes(made[place % len(made)] + str(place).encode())


# --- the command ---------------------------------------------------------------------------------


def parts_there_are() -> Iterator[tuple[str, Callable[..., None]]]:
    """Every part and what runs it."""
    for name in SOURCES:
        yield name, lambda *given, name=name: run_network(name, *given)
        yield f"{name}-flat", lambda *given, name=name: run_flat(name, *given)
    yield "mnist-example", run_example
    yield "steps", run_steps
    yield "memory", run_memory


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    on_one_thread()
    torch.set_num_threads(1)
    runs = dict(parts_there_are())
    asked = _asked(arguments, list(runs))
    print(machine("torch", "scikit-learn", "pillow"))
    reduced = has_reduced_products(torch.device("cpu"))
    print(f"bfloat16 products are {'' if reduced else 'not '}quicker here\n")
    results = Results(asked.out)
    with tempfile.TemporaryDirectory() as scratch:
        for name in asked.only or runs:
            runs[name](asked, Path(scratch), results)


def _asked(arguments: Sequence[str] | None, names: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Raw pictures, beside other ways to learn them.")
    add = parser.add_argument
    add("--data", type=Path, help="folder with the public files")
    add("--only", nargs="+", choices=names, metavar="PART", help=f"of {', '.join(names)}")
    add("--rows", type=int, help="a sample of so many rows that learn")
    add("--seeds", type=int, nargs="+", default=[0], help="of the network; medians over several")
    add("--epochs", type=int, help="of the network, instead of the default")
    add("--filters", type=int, nargs="+", help="of the network, such as 32 128 128")
    add("--time-budget", type=float, help="seconds of each training and its judging")
    add("--example-epochs", type=int, default=3, help="of PyTorch's example")
    add("--rounds", type=int, default=7, help="of the steps")
    add("--pictures", type=int, default=200_000, help="made for memory")
    add("--out", type=Path, help="file of JSON lines to which every figure is added")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
