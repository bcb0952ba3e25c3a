"""Raw data sets to try everything with: scikit-learn's bundled ones, written as a person has them.

Tables come as CSV, the digits as a folder of PNG pictures for each class.
"""

from __future__ import annotations

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
NAMES = (*TABLES, "digits")


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
    return _write_digits(folder / "digits") if name == "digits" else _write_table(name, folder)


def _write_table(name: str, folder: Path) -> Path:
    from sklearn import datasets

    options = {"scaled": False} if name == "diabetes" else {}
    data: Any = getattr(datasets, f"load_{name}")(**options)
    columns = {
        label.replace(" (cm)", "_cm").replace(" ", "_"): data.data[:, i]
        for i, label in enumerate(data.feature_names)
    }
    names = getattr(data, "target_names", None)
    columns[TABLES[name]] = data.target if names is None else np.asarray(names)[data.target]
    # The bundled order is by class; a raw table has none.
    order = np.random.default_rng(0).permutation(len(data.target))
    path = folder / f"{name}.csv"
    with written_whole(path) as temporary:
        pl.DataFrame(columns)[order].write_csv(temporary)
    return path


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
