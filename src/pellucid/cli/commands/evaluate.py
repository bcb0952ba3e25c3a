"""The command `evaluate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pellucid.cli.in_and_out import print_json, write_page
from pellucid.data.sources.files import check_sources
from pellucid.estimators.output_files import check_output
from pellucid.files.writing import check_page_ending


def evaluate(
    model: Path,
    data: str,
    *,
    targets: Sequence[str],
    report: Path | None,
    allow_missing: bool,
    encoders: Mapping[str, str],
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Judge a saved model on new rows."""
    if report is not None:
        check_output(report, {"the table": data, "the model": model}, option="report")
        check_page_ending(report, option="report")
    from pellucid.model.file import read_model_file

    stored = read_model_file(model)
    check_sources(data)

    from pellucid.data.sources.table import read_table

    table = read_table(data, **reading)

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen
    from pellucid.comparison.evaluate import evaluate as evaluate_model
    from pellucid.estimators.loading import StoredModel

    screen = open_screen(quiet=as_json)
    predictor = StoredModel(str(model), *stored).predictor(encoders)
    found = evaluate_model(predictor, table, list(targets) or None, allow_missing=allow_missing)
    screen.print(console.evaluation(found, table))
    if report is not None:
        write_page(found, report, screen)
    if as_json:
        print_json({"model": str(model), **found.to_json()}, report)
