"""Model files altered at random and signed again: each is a model, or refused in words.

The tests try some hundred; as a program it tries as many as are asked for, and says what it saw:

    python tests/test_model_file_fuzz.py --files 20000
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import json
import random
import resource
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from rich.console import Console
from safetensors.numpy import save

import pellucid
from pellucid import Classifier, ModelFileError, PellucidError, Regressor
from pellucid.cli import console
from pellucid.estimators.estimator import Estimator
from pellucid.estimators.loading import StoredModel
from pellucid.model.file import KEY, Tensors, _digest, read_model_file
from pellucid.model.leaderboard import Difference, Entry, Leaderboard, Question
from pellucid.tasks.metrics import Score

FILES_A_TEST = 60
SLOW_SECONDS = 2.0
MOST_CHARACTERS = 1_000

EXPECTED = ("refused", "a model", "a model for other rows")

RAW = "\0raw\0"
"""Stands before a text that goes into the file as it is: JSON that `json.dumps` does not write."""

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 5, 0.5, -0.5, 1e-300, 1e300, -1e300, 2**31, 2**53, 2**63),
    *(
        -(2**63),
        10**12,
        10**30,
        10**400,
        "",
        "a",
        "auto",
        "x" * 10_000,
        "\x1b[2J",
        "日本",
        "\ud800",
    ),
    *([], {}, [None], [[]], [0], [1, 2], [-1], ["a", "a"], [1e300], {"a": 1}, {"kind": "number"}),
    *("float64", "object", "U200000000", "str", "number", "category", "date", "classification"),
    *("%Q", "%Y-%m-%d", ".", ",", "(", "[", "Asia/Tokyo", "interrupted", "cpu", "cuda"),
    *(f"{RAW}1e999", f"{RAW}-1e999", f"{RAW}NaN", f"{RAW}Infinity", f"{RAW}{'9' * 5_000}"),
    *(f"{RAW}{'[' * 900}{']' * 900}", f"{RAW}{'[' * 3_000}{']' * 3_000}"),
    *(f'{RAW}{{"a": 1, "a": 2}}',),
)
ARRAYS: tuple[Callable[[np.ndarray], np.ndarray], ...] = (
    lambda a: a[:-1],
    lambda a: np.concatenate([a, a]),
    lambda a: a[:0],
    lambda a: a.reshape(1, -1),
    lambda a: a.astype(np.float64),
    lambda a: a.astype(np.float16),
    lambda a: a.astype(np.int8),
    lambda a: a.astype(np.int32),
    lambda a: a.astype(bool),
    lambda a: -a,
    np.zeros_like,
    lambda a: _with(a, np.nan),
    lambda a: _with(a, np.inf),
    lambda a: _with(a, -np.inf),
    lambda a: _with(a, 3e38),
    np.ones_like,
)


def _with(array: np.ndarray, value: float) -> np.ndarray:
    """The array with one entry altered, where its type has such a value."""
    array = array.copy()
    if array.size and array.dtype.kind == "f":
        with np.errstate(over="ignore"):  # what a float16 cannot hold is infinite
            array.flat[array.size // 2] = value
    return array


# --- Altering -------------------------------------------------------------------------------------


def places_of(plain: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values within plain data."""
    if path:
        yield path
    items = plain.items() if isinstance(plain, dict) else enumerate(plain)
    for key, value in items:
        if isinstance(value, dict | list):
            yield from places_of(value, (*path, key))
        else:
            yield (*path, key)


def alter(plain: dict[str, Any], chance: random.Random) -> str:
    """Alter one value of plain data, and say which and how."""
    # First a kind of place, so that a thousand history entries are not all that is ever tried.
    kinds: dict[tuple[Any, ...], list[tuple[Any, ...]]] = {}
    for path in places_of(plain):
        kinds.setdefault(tuple(0 if isinstance(k, int) else k for k in path), []).append(path)
    *parents, last = chance.choice(kinds[chance.choice(list(kinds))])
    holder: Any = plain
    for key in parents:
        holder = holder[key]
    how = chance.choice(("value", "value", "value", "value", "delete", "twice", "other"))
    if how == "delete":
        del holder[last]
    elif how == "twice" and isinstance(holder, list):
        holder.insert(last, copy.deepcopy(holder[last]))
    elif how == "other":
        holder[last] = copy.deepcopy(chance.choice(list(_values_of(plain))))
    else:
        holder[last] = copy.deepcopy(chance.choice(VALUES))
    return f"{how} at {'.'.join(map(str, [*parents, last]))}"


def _values_of(plain: Any) -> Iterator[Any]:
    for value in plain.values() if isinstance(plain, dict) else plain:
        yield value
        if isinstance(value, dict | list):
            yield from _values_of(value)


def write_raw(plain: Any) -> str:
    """Plain data as JSON, with what is marked `RAW` as it is."""
    text = json.dumps(plain)
    while (start := text.find(json.dumps(RAW)[:-1])) >= 0:
        end = text.index('"', start + 1)
        while text[end - 1] == "\\":
            end = text.index('"', end + 1)
        text = text[:start] + json.loads(text[start : end + 1])[len(RAW) :] + text[end + 1 :]
    return text


def altered_file(
    tensors: Tensors, plain: dict[str, Any], chance: random.Random
) -> tuple[bytes, str]:
    """A model file with something altered, and a right digest; and what was altered."""
    tensors, plain = dict(tensors), copy.deepcopy(plain)
    told = []
    for _ in range(chance.choice((1, 1, 1, 2))):
        if chance.random() < 0.15:
            name = chance.choice(list(tensors))
            which = chance.randrange(len(ARRAYS))
            tensors[name] = np.ascontiguousarray(ARRAYS[which](tensors[name]))
            told.append(f"array {which} of {name}")
        else:
            told.append(alter(plain, chance))
    text = write_raw(plain)
    metadata = {KEY: json.dumps([_digest(tensors, text), text])}
    content = save(tensors, metadata=metadata)
    if chance.random() < 0.05:
        content = content.replace(b'"F32"', chance.choice((b'"BF16"', b'"F64"', b'"F8_E4M3"')), 1)
        told.append("another type in the container")
    return content, ", ".join(told)


# --- Trying ---------------------------------------------------------------------------------------


def outcome(path: Path, rows: pl.DataFrame) -> str:
    """What becomes of a file: "refused", or "a model" whose answers are finite."""
    with contextlib.suppress(ModelFileError):  # it looks at less
        found = StoredModel(str(path), *read_model_file(path)).description()
        Console(file=io.StringIO()).print(console.inspection(found, path))
        json.dumps(found.record.to_json())
    try:
        model = pellucid.load(path)
    except ModelFileError as error:
        return "refused" if len(str(error)) < MOST_CHARACTERS else f"a message of {error}"
    try:
        answers = (
            model.predict_proba(rows) if isinstance(model, Classifier) else model.predict(rows)
        )
        assert np.isfinite(np.asarray(answers)).all(), "answers that are not finite"
        model.model_.surprises(model._converted(rows))
        model.unlike_training(rows)
        repr(model)
    except PellucidError:
        return "a model for other rows"
    return "a model"


def leaderboard() -> Leaderboard:
    """What `pellucid fit` writes into a model file, in short."""
    score = Score(name="accuracy", value=0.9, low=0.8, high=0.95, higher_is_better=True)
    loss = Score(name="log-loss", value=0.3, low=0.2, high=0.4, higher_is_better=False)
    gaps = [
        Difference(name=name, value=-0.1, low=-0.2, high=0.1) for name in (score.name, loss.name)
    ]
    costs = {"scores": [score, loss], "seconds": 1.0, "cpu_seconds": 1.0}
    names = ("network", "majority class", "logistic regression", "early-stopped boosting")
    return Leaderboard(
        rows="90 validation rows",
        num_rows=90,
        entries=[
            Entry(name=name, **costs, differences=[] if name == "network" else gaps)
            for name in names
        ],
        questions=[Question(column="age", words="tells most")],
    )


def models(people: pl.DataFrame) -> list[tuple[Estimator, pl.DataFrame]]:
    """Small models of each kind, and rows for them."""
    options = {"max_epochs": 2, "hidden_layer_sizes": (8,), "members": 2}
    many = people.sample(1_200, with_replacement=True, seed=0)
    both = people.with_columns(tall=pl.col("age") > 40, buys=pl.col("buys") == "yes")
    judged = Classifier(**options).fit(people.drop("spends"), "buys")
    judged.model_.record = replace(judged.model_.record, leaderboard=leaderboard())
    return [
        (judged, people),
        (Classifier(**options).fit(many.drop("spends"), "town"), people),
        (Regressor(**options).fit(people.drop("buys"), "spends"), people),
        (Classifier(**options).fit(both.drop("id", "spends"), ["buys", "tall"]), both),
    ]


@pytest.fixture(scope="module")
def stored(
    people: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Tensors, dict[str, Any], pl.DataFrame]]:
    path = tmp_path_factory.mktemp("fuzz") / "model.pellucid"
    found = []
    for model, rows in models(people):
        model.save(path)
        found.append((*read_model_file(path), rows))
    return found


@pytest.mark.parametrize("seed", range(8))
def test_an_altered_file_is_a_model_or_refused(
    stored: list[tuple[Tensors, dict[str, Any], pl.DataFrame]], seed: int, tmp_path: Path
) -> None:
    chance, path = random.Random(seed), tmp_path / "altered.pellucid"  # noqa: S311
    for _ in range(FILES_A_TEST):
        tensors, plain, rows = chance.choice(stored)
        content, told = altered_file(tensors, plain, chance)
        path.write_bytes(content)
        try:
            assert outcome(path, rows) in EXPECTED
        except Exception as error:
            raise AssertionError(f"{told}: {type(error).__name__}: {error}") from error


def main() -> None:
    """Try as many files as asked, and say what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    from conftest import make_people

    seen: Counter[str] = Counter()
    faults: dict[str, str] = {}
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        path, found = Path(folder) / "model.pellucid", []
        for model, rows in models(make_people()):
            model.save(path)
            found.append((*read_model_file(path), rows))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(wanted.files):
            chance = random.Random(wanted.seed * 10**9 + number)  # noqa: S311
            tensors, plain, rows = chance.choice(found)
            content, told = altered_file(tensors, plain, chance)
            path.write_bytes(content)
            start = time.perf_counter()
            try:
                seen[outcome(path, rows)] += 1
            except Exception as error:
                seen["a fault"] += 1
                place = traceback.extract_tb(error.__traceback__)[-1]
                key = f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}"
                faults.setdefault(key, f"file {number}: {told}: {str(error)[:200]}")
            seconds = time.perf_counter() - start
            slowest = max(slowest, seconds)
            seen["slow"] += seconds > SLOW_SECONDS
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(dict(seen), f"slowest {slowest:.2f} s, {grown:,.0f} MiB more memory", sep="\n")  # noqa: T201
    for key, told in sorted(faults.items()):
        print(f"{key}: {told}")  # noqa: T201


if __name__ == "__main__":
    main()
