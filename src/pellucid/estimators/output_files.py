"""Where a command may write: never over what it reads, and never over another model in silence.

And what it may copy there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.data.sources.files import find_files
from pellucid.errors import DataError, ModelFileError, OptionError
from pellucid.files.fields import Fields
from pellucid.files.writing import check_writable
from pellucid.model.origin import Origin, origin_of
from pellucid.wording import nearest, quote_all

if TYPE_CHECKING:
    from pellucid.data.sources.table import Table

PREDICTIONS = (".csv", ".tsv", ".parquet")
"""Endings of files that predictions are written to."""


def check_predictions(path: Path, others: Mapping[str, str | Path | None]) -> None:
    """Refuse a file that predictions cannot be written to, or that is needed.

    Args:
        path: Where to write.
        others: As for `check_output`.

    Raises:
        OptionError: It has another ending, or is one of the others.
        DataError: It cannot be written.
    """
    check_output(path, others, option="out")
    if path.suffix.lower() not in PREDICTIONS:
        raise OptionError(
            f"Predictions are written as {', '.join(PREDICTIONS)}, but the output is "
            f"{path.name!r}.",
            option="out",
        )


def check_keep(table: Table, keep: Sequence[str]) -> None:
    """Refuse to copy, beside predictions, columns that are not there.

    Args:
        table: Rows to predict.
        keep: Names of the columns to copy.

    Raises:
        OptionError: There is no such column.
    """
    present = table.frame.columns
    for name in keep:
        if name not in present:
            near = nearest(name, present)
            hint = f" Did you mean {near!r}?" if near else ""
            raise OptionError(f"{table.name} has no column {name!r} to keep.{hint}", option="keep")


def check_output(path: Path, others: Mapping[str, str | Path | None], *, option: str) -> None:
    """Refuse, before long work starts, a file that cannot be written or that is needed.

    Args:
        path: Where to write.
        others: What is read, or written too, by what it is called: a path, a pattern for several,
            or None.
        option: How the output was given.

    Raises:
        OptionError: It is one of the others, under the same name or another: a link.
        DataError: It cannot be written.
    """
    for what, other in others.items():
        if other is None:
            continue
        for file in _files_of(other):
            if _is_same(path, file):
                which = what if file == Path(other) == path else f"{what}: it is the file {file}"
                raise OptionError(
                    f"The output {path} is {which}. Give it another name.", option=option
                )
    check_writable(path)


def _files_of(source: str | Path) -> list[Path]:
    """The files that a path or a pattern stands for, whether they are there or not."""
    path = Path(source).expanduser()
    try:
        return find_files(path)
    except DataError:  # which reading it will tell, if it is to be read
        return [path]


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.resolve() == other.resolve() or path.samefile(other)
    except (OSError, RuntimeError):  # one is not there, or a link that leads to itself
        return False


def check_replaced(path: Path, targets: Sequence[str], origin: Origin) -> None:
    """Refuse to replace, where no name was asked for, a model of something else.

    Args:
        path: Where a model will be saved, because its table is called so.
        targets: What it will predict.
        origin: What it will be trained on.

    Raises:
        OptionError: There is a file, and it is no model of these targets and this table.
    """
    if not path.exists():
        return
    from pellucid.model.file import read_model_file

    remedy = "Say --out FILE: this name to replace it, or another to keep both."
    try:
        _, plain = read_model_file(path)
        there = list(plain["estimator"]["target"])
        found = origin_of(Fields(plain["record"], "the record"))
    except (ModelFileError, KeyError, TypeError, AttributeError):
        raise OptionError(
            f"{path} is there already and is no model that can be read. {remedy}", option="out"
        ) from None
    if there != list(targets):
        what = f"predicts {quote_all(there)}" if there else "was trained on targets without a name"
    elif found is None:
        what = "does not say which table it was trained on"
    elif found.table != origin.table:
        what = f"was trained on {found.table}"
    elif found.place != origin.place:
        what = f"was trained on a {origin.table} in another folder"
    else:
        return
    raise OptionError(f"{path} is another model: it {what}. {remedy}", option="out")
