"""Raw data sets to try everything with, out of scikit-learn, written as a person has them.

Its bundled tables come as CSV, the digits as a folder of PNG pictures for each class. The texts are
what it says of itself: the documentation of functions, classes and methods, each with its package.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from pellucid.errors import DataError, OptionError
from pellucid.files.writing import written_whole

TABLES = {
    "wine": "cultivar",
    "breast_cancer": "diagnosis",
    "diabetes": "progression",
    "iris": "species",
}
DOCUMENTED = (
    "cluster",
    "datasets",
    "decomposition",
    "ensemble",
    "linear_model",
    "metrics",
    "model_selection",
    "neighbors",
    "preprocessing",
)
"""Packages of scikit-learn that have the most texts."""

NAMES = (*TABLES, "digits", "docstrings")
FEWEST_WORDS = 10


def write_sample(name: str, folder: Path) -> Path:
    """Write one data set in its raw form.

    Args:
        name: One of `NAMES`.
        folder: Where to; made if it does not exist.

    Returns:
        The CSV file, or the folder of pictures.

    Raises:
        OptionError: There is no such data set.
        DataError: The folder cannot be written to.
    """
    if name not in NAMES:
        listed = ", ".join(NAMES)
        raise OptionError(f"There is no sample {name!r}. There are: {listed}.", option="name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The folder {folder} cannot be made: {error.strerror}. Give another one.",
            file=str(folder),
        ) from error
    if name == "digits":
        return _write_digits(folder / name)
    table = _docstrings() if name == "docstrings" else _bundled(name)
    path = folder / f"{name}.csv"
    with written_whole(path) as temporary:
        # The order so far is by class, which that of a raw table is not.
        table[np.random.default_rng(0).permutation(table.height)].write_csv(temporary)
    return path


def _bundled(name: str) -> pl.DataFrame:
    from sklearn import datasets

    options = {"scaled": False} if name == "diabetes" else {}
    data: Any = getattr(datasets, f"load_{name}")(**options)
    columns = {
        label.replace(" (cm)", "_cm").replace(" ", "_"): data.data[:, i]
        for i, label in enumerate(data.feature_names)
    }
    names = getattr(data, "target_names", None)
    columns[TABLES[name]] = data.target if names is None else np.asarray(names)[data.target]
    return pl.DataFrame(columns)


def _docstrings() -> pl.DataFrame:
    """Texts of some words, each once; those that several packages share belong to none."""
    packages: dict[str, set[str]] = {}
    for package in DOCUMENTED:
        for text in _texts_of(package):
            packages.setdefault(text, set()).add(package)
    rows = [(text, *found) for text, found in packages.items() if len(found) == 1]
    return pl.DataFrame(rows, schema=["docstring", "package"], orient="row")


def _texts_of(package: str) -> Iterator[str]:
    """The documentation of what a package offers."""
    module = import_module(f"sklearn.{package}")
    for name in sorted(module.__all__):
        offered = vars(module).get(name)  # what is experimental is not there before it is asked for
        documented = [offered]
        if inspect.isclass(offered):
            methods = inspect.getmembers(offered, inspect.isfunction)
            documented += [method for name, method in methods if not name.startswith("_")]
        for each in documented:
            text = inspect.cleandoc(getattr(each, "__doc__", None) or "")
            if len(text.split()) >= FEWEST_WORDS:
                yield text


def _write_digits(folder: Path) -> Path:
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    for number, (pixels, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
        place = folder / str(digit)
        place.mkdir(parents=True, exist_ok=True)
        shades = (pixels * 255.0 / 16.0).round().astype(np.uint8)
        with written_whole(place / f"{number:04d}.png") as temporary:
            Image.fromarray(shades).save(temporary)
    return folder
