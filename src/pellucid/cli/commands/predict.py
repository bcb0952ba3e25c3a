"""The command `predict`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pellucid.data.sources.files import check_sources
from pellucid.estimators.output_files import check_keep, check_predictions


def predict(
    model: Path,
    data: str,
    *,
    out: Path,
    keep: Sequence[str] | None,
    interval: float | None,
    flag_unlike: bool,
    allow_missing: bool,
    encoders: Mapping[str, str],
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Predict a file into another one."""
    from pellucid.model.file import read_model_file
    from pellucid.tasks.conformal import check_level

    stored = read_model_file(model)
    check_predictions(out, {"the model": model, "the table to predict": data})
    if interval is not None:
        check_level(interval, "interval")
    check_sources(data)
    if keep:
        _check_keep(data, keep, reading)

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen
    from pellucid.estimators.loading import StoredModel
    from pellucid.estimators.predict_file import predict_file

    result = predict_file(
        StoredModel(str(model), *stored).row_predictor(encoders),
        data,
        out,
        keep=keep,
        reading=reading,
        interval=interval,
        flag_unlike=flag_unlike,
        allow_missing=allow_missing,
    )
    open_screen(quiet=as_json).print(console.predicted(result, out))
    if as_json:
        print(json.dumps({"out": str(out), **asdict(result)}))


def _check_keep(data: str, keep: Sequence[str], reading: Mapping[str, Any]) -> None:
    """Refuse to keep what is no column, by the first rows alone."""
    from pellucid.data.sources.table import read_blocks

    for table in read_blocks(data, **reading):
        check_keep(table, keep)
        return
