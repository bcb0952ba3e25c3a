"""Predicting a file: block by block, in order, whatever its size."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pellucid.contract import Estimator
from pellucid.data.schema import Schema, convert, nearest
from pellucid.data.sources import Table, read_blocks
from pellucid.errors import DataError, OptionError
from pellucid.tasks import Classification
from pellucid.writing import written_whole

DANGEROUS_BEGINNING = r"^[=+\-@\t\r]"
ENDINGS = (".csv", ".tsv", ".parquet")
NUMBER = r"^[+\-]?[\d.,]+([eE][+\-]?\d+)?%?$"


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What was done.

    Attributes:
        rows: Rows predicted.
        kept: Columns copied beside the predictions.
        surprises: Cells unlike the training's, in words, and how often.
    """

    rows: int
    kept: list[str]
    surprises: dict[str, int]


def predict_file(
    estimator: Estimator,
    source: str,
    out: Path,
    *,
    keep: Sequence[str] | None = (),
    reading: Mapping[str, Any] | None = None,
) -> Predicted:
    """Predict every row of a file into a CSV or Parquet file.

    Args:
        estimator: A fitted estimator.
        source: The file; it may be larger than memory.
        out: Where to, with an ending of `ENDINGS`.
        keep: Columns to copy, besides the identifiers that training left out; None for all.
        reading: Further arguments of `read_blocks`.

    Raises:
        DataError: The rows do not fit the model, or the file cannot be read or written.
        OptionError: A column to keep does not exist.
    """
    if out.suffix.lower() not in ENDINGS:
        raise OptionError(
            f"Predictions are written as {', '.join(ENDINGS)}, but the output is {out.name!r}.",
            option="out",
        )
    if out.exists() and Path(source).exists() and out.samefile(source):
        raise OptionError(
            f"The output {out} is the table to predict. Give it another name.", option="out"
        )
    surprises: Counter[str] = Counter()
    kept: list[str] = []
    rows = 0

    def blocks() -> Iterator[pl.DataFrame]:
        nonlocal rows
        for table in read_blocks(source, **(reading or {})):
            kept[:] = _columns_to_keep(estimator.schema_, table, keep)
            frame = convert(table, estimator.schema_)
            surprises.update(estimator.model_.surprises(frame))
            rows += frame.height
            yield _answers(estimator, frame, table.frame.select(kept))

    with written_whole(out) as temporary:
        write = _write_parquet if out.suffix.lower() == ".parquet" else _write_text
        write(blocks(), temporary)
    return Predicted(rows=rows, kept=kept, surprises=dict(surprises))


def _columns_to_keep(schema: Schema, table: Table, keep: Sequence[str] | None) -> list[str]:
    present = table.frame.columns
    if keep is None:
        return present
    for name in keep:
        if name not in present:
            near = nearest(name, present)
            hint = f" Did you mean {near!r}?" if near else ""
            raise OptionError(f"{table.name} has no column {name!r} to keep.{hint}", option="keep")
    identifiers = [c.name for c in schema.columns if c.is_identifier and c.name in present]
    return [name for name in present if name in (*identifiers, *keep)]


def _answers(estimator: Estimator, frame: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """The kept columns, then the predictions, probabilities of classes last."""
    model = estimator.model_
    decoded = model.predict(frame)
    task = model.task
    columns: dict[str, Any] = {}
    if isinstance(task, Classification):
        columns["prediction"] = task.classes[decoded.argmax(axis=1)]
        names = [f"probability {c}" for c in task.classes]
    else:
        one = len(estimator.target_) <= 1
        word = "prediction" if task.kind == "regression" else "probability"
        names = [word] if one else [f"{word} {name}" for name in estimator.target_]
    columns.update(zip(names, decoded.T, strict=True))
    clash = next((name for name in columns if name in kept.columns), None)
    if clash:
        raise DataError(
            f"The column {clash!r} would stand twice in the output. Rename it, or do not keep it.",
            column=clash,
        )
    return pl.DataFrame([*kept.get_columns(), *pl.DataFrame(columns).get_columns()])


def _write_text(blocks: Iterator[pl.DataFrame], path: Path) -> None:
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    with path.open("wb") as file:
        for number, block in enumerate(blocks):
            _harmless(block).write_csv(file, include_header=number == 0, separator=separator)


def _harmless(block: pl.DataFrame) -> pl.DataFrame:
    """Keep a spreadsheet from running a text cell as a formula: an apostrophe goes before it."""
    text = pl.col(pl.String)
    runs = text.str.contains(DANGEROUS_BEGINNING) & ~text.str.contains(NUMBER)
    return block.with_columns(pl.when(runs).then("'" + text).otherwise(text).name.keep())


def _write_parquet(blocks: Iterator[pl.DataFrame], path: Path) -> None:
    """Parts first, then streamed into one file: Parquet cannot be appended to."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".pellucid-") as folder:
        for number, block in enumerate(blocks):
            block.write_parquet(Path(folder) / f"{number:08d}.parquet")
        pl.scan_parquet(Path(folder) / "*.parquet").sink_parquet(path)
