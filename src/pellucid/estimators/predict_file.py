"""Predicting a file: block by block, in order, whatever its size."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pellucid.data.conversion import absent_columns, convert, count_odd
from pellucid.data.kinds.column import Schema
from pellucid.data.kinds.of_columns import picture_columns, rows_at_once
from pellucid.data.rows import FrameRows
from pellucid.data.sources.table import Table, read_blocks
from pellucid.data.unseen import where_unseen
from pellucid.errors import DataError, OptionError
from pellucid.estimators.output_files import check_keep, check_predictions
from pellucid.estimators.predictor import RowPredictor
from pellucid.files.writing import written_whole
from pellucid.model.novelty import judge_novelty

DANGEROUS_BEGINNING = r"^[=+\-@\t\r]"
FILE = "file"
"""The column that says which file a row is, where its cells do not."""

Bools = npt.NDArray[np.bool_]
UNLIKE = "unlike training"
NUMBER = r"^[+\-]?[\d.,]+([eE][+\-]?\d+)?%?$"


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """What was done.

    Attributes:
        rows: Rows predicted.
        kept: Columns copied beside the predictions.
        surprises: Cells unlike the training's, in words, and how often.
        counts: How many rows have each answer, where that is worth telling: of clusters.
        interval: The promised coverage of the intervals or sets; None without them.
        unlike: Rows that were flagged; None if none were to be.
        notes: What was noticed while reading, such as pictures that were left out.
    """

    rows: int
    kept: list[str]
    surprises: dict[str, int]
    counts: dict[str, int] = field(default_factory=dict)
    interval: float | None = None
    unlike: int | None = None
    notes: tuple[str, ...] = ()


def predict_file(  # noqa: PLR0913 - each is a choice of the caller
    predictor: RowPredictor,
    source: str,
    out: Path,
    *,
    keep: Sequence[str] | None = (),
    reading: Mapping[str, Any] | None = None,
    interval: float | None = None,
    flag_unlike: bool = False,
    allow_missing: bool = False,
) -> Predicted:
    """Predict every row of a file into a CSV or Parquet file.

    A row of nothing but pictures, none of which can be read, has no prediction.

    Args:
        predictor: A trained model.
        source: The file; it may be larger than memory.
        out: Where to, with an ending of `PREDICTIONS`.
        keep: Columns to copy, besides the identifiers that training left out and the paths of
            pictures and texts; None for all.
        reading: Further arguments of `read_blocks`.
        interval: Coverage of the intervals or sets to be written too; None for none.
        flag_unlike: Whether a column says why a row is unlike the training rows.
        allow_missing: Whether columns may be missing; they are unknown then.

    Raises:
        DataError: The rows do not fit the model, or the file cannot be read or written.
        OptionError: A column to keep does not exist, or the interval cannot be promised.
    """
    check_predictions(out, {"the table to predict": source})
    surprises: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    kept: list[str] = []
    rows = unlike = 0
    notes: dict[str, None] = {}
    at_once = rows_at_once(predictor.schema_)
    is_parquet = out.suffix.lower() == ".parquet"

    def blocks() -> Iterator[pl.DataFrame]:
        nonlocal rows, unlike
        for table in read_blocks(source, **{"rows_per_block": at_once, **(reading or {})}):
            notes.update(dict.fromkeys(table.notes))
            beside = _kept_cells(predictor.schema_, table, keep, is_text=not is_parquet)
            kept[:] = beside.columns
            absent = absent_columns(table, predictor.schema_)
            frame = convert(table, predictor.schema_, allow_missing=allow_missing)
            block = FrameRows(frame)
            surprises.update(_surprises(predictor, table, block, absent))
            rows += len(block)
            columns = dict(predictor.model_.answers(block, predictor.target_, interval))
            if flag_unlike:
                found = judge_novelty(predictor.model_, block, absent)
                columns[UNLIKE] = found.reasons
                unlike += int(found.is_unlike.sum())
            told = _beside(beside, columns, where_unseen(frame))
            counts.update(predictor.model_.count_answers(told))
            yield told

    with written_whole(out) as temporary:
        write = _write_parquet if is_parquet else _write_text
        write(blocks(), temporary)
    return Predicted(
        rows=rows,
        kept=kept,
        surprises=dict(surprises),
        counts=dict(counts),
        interval=interval,
        unlike=unlike if flag_unlike else None,
        notes=tuple(notes),
    )


def _columns_to_keep(schema: Schema, table: Table, keep: Sequence[str] | None) -> list[str]:
    present = table.frame.columns
    if keep is None:
        return present
    check_keep(table, keep)
    identifiers = [c.name for c in schema.columns if c.is_identifier and c.name in present]
    consists_of = table.consists_of if table.row_names is None else ""
    pictures = (*picture_columns(schema), consists_of)
    paths = [name for name in present if name in pictures and table.is_text(name)]
    return [name for name in present if name in (*identifiers, *paths, *keep)]


def _kept_cells(
    schema: Schema, table: Table, keep: Sequence[str] | None, *, is_text: bool
) -> pl.DataFrame:
    """The kept columns, and before them the files that are the rows."""
    kept = _columns_to_keep(schema, table, keep)
    if is_text:
        _check_text(table, kept)
    frame = table.frame.select(kept)
    if table.row_names is None:
        return frame
    return pl.DataFrame([table.row_names.alias(FILE), *frame.get_columns()])


def _check_text(table: Table, kept: Sequence[str]) -> None:
    """Refuse, before anything is predicted, to copy what no cell of a text table can hold."""
    for name in kept:
        if not table.fits_text(name):
            dtype = table.frame.schema[name]
            raise OptionError(
                f"Column {name!r} of {table.name} is of type {dtype}, which a text table cannot "
                "hold. Write a .parquet file, or keep other columns.",
                option="keep",
            )


def _surprises(
    predictor: RowPredictor, table: Table, rows: FrameRows, absent: Collection[str]
) -> Counter[str]:
    """Cells unlike the training's, in words, and how often."""
    surprises = Counter(predictor.model_.surprises(rows, absent))
    surprises.update(count_odd(table, predictor.schema_, rows.frame))
    surprises.update(_count_unseen(rows.frame))
    return surprises


def _count_unseen(frame: pl.DataFrame) -> dict[str, int]:
    count = int(where_unseen(frame).sum())
    return {"no prediction, for want of a readable picture": count} if count else {}


def _beside(kept: pl.DataFrame, columns: Mapping[str, Any], unseen: Bools) -> pl.DataFrame:
    """The kept columns, then the answers: none where nothing was seen, but why it is unlike."""
    clash = next((name for name in columns if name in kept.columns), None)
    if clash:
        raise DataError(
            f"The column {clash!r} would stand twice in the output. Rename it, or do not keep it.",
            column=clash,
        )
    answers = pl.DataFrame(columns)
    if unseen.any():
        answers = answers.with_columns(pl.when(pl.lit(pl.Series(~unseen))).then(pl.exclude(UNLIKE)))
    return pl.DataFrame([*kept.get_columns(), *answers.get_columns()])


def _write_text(blocks: Iterator[pl.DataFrame], path: Path) -> None:
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    with path.open("wb") as file:
        for number, block in enumerate(blocks):
            _harmless(block).write_csv(file, include_header=number == 0, separator=separator)


def _harmless(block: pl.DataFrame) -> pl.DataFrame:
    """Keep a spreadsheet from running a cell or a heading as a formula: an apostrophe goes before.

    Whoever reads the file again has the apostrophe too; Parquet needs none.
    """
    text = pl.col(pl.String)
    runs = text.str.contains(DANGEROUS_BEGINNING) & ~text.str.contains(NUMBER)
    block = block.with_columns(pl.when(runs).then("'" + text).otherwise(text).name.keep())
    return block.rename(_harmless_names(block.columns))


def _harmless_names(names: Sequence[str]) -> dict[str, str]:
    """The headings that would run, each as one that nobody else has."""
    changed: dict[str, str] = {}
    for name in names:
        if re.search(DANGEROUS_BEGINNING, name) and not re.search(NUMBER, name):
            own = f"'{name}"
            while own in names:
                own = f"'{own}"
            changed[name] = own
    return changed


def _write_parquet(blocks: Iterator[pl.DataFrame], path: Path) -> None:
    """Parts first, then streamed into one file: Parquet cannot be appended to."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".pellucid-") as folder:
        for number, block in enumerate(blocks):
            block.write_parquet(Path(folder) / f"{number:08d}.parquet")
        pl.scan_parquet(Path(folder) / "*.parquet").sink_parquet(path)
