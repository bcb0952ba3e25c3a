"""The command `predict`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pellucid.data.sources.files import check_sources
from pellucid.estimators.output_files import check_predictions


def predict(
    model: Path,
    data: str,
    *,
    out: Path,
    keep: Sequence[str] | None,
    interval: float | None,
    flag_unlike: bool,
    allow_missing: bool,
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Predict a file into another one."""
    from pellucid.model.file import read_model_file

    stored = read_model_file(model)
    check_predictions(out, {"the model": model, "the table to predict": data})
    check_sources(data)

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen
    from pellucid.estimators.loading import StoredModel
    from pellucid.estimators.predict_file import predict_file

    result = predict_file(
        StoredModel(str(model), *stored).predictor(),
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
