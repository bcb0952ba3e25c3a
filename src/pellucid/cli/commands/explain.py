"""The command `explain`: one row, or one column's response curve."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pellucid.cli.in_and_out import print_json, read_if_given, told_of
from pellucid.data.sources.files import check_sources
from pellucid.errors import OptionError
from pellucid.estimators.output_files import check_output
from pellucid.files.writing import check_ending, check_page_ending
from pellucid.option_rules import Number


def explain(
    model: Path,
    data: str,
    row: int,
    *,
    training: str | None,
    target_class: str | None,
    inside: str | None,
    report: Path | None,
    allow_missing: bool,
    encoders: Mapping[str, str],
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Explain one row."""
    if report is not None:
        check_output(report, {"the table": data, "the model": model}, option="report")
        check_page_ending(report, option="report")
    if not Number(whole=True, at_least=1).accepts(row):
        raise OptionError(f"row must be a whole number of at least 1, but is {row}.", option="row")
    check_sources(data, training)

    from pellucid.data.sources.table import read_table
    from pellucid.model.file import read_model_file

    stored = read_model_file(model)
    table, training_table = read_table(data, **reading), read_if_given(training, reading)

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen
    from pellucid.estimators.loading import StoredModel
    from pellucid.explanation.explain import explain as explain_row

    predictor = StoredModel(str(model), *stored).predictor(encoders)
    explanation = explain_row(
        predictor,
        table,
        row,
        training_table,
        target_class=target_class,
        allow_missing=allow_missing,
        inside=inside,
    )
    screen = open_screen(quiet=as_json)
    screen.print(console.explanation(explanation, predictor))
    if report is not None:
        from pellucid.report.page import explanation_page, write_page

        write_page(explanation_page(explanation, predictor, table.name), report)
        told_of(report, screen)
    if as_json:
        print_json(explanation.to_json(), report)


def check_curve_alone(**of_rows: object) -> None:
    """Refuse options of a row where a curve is asked for; None for those that are not given."""
    for option, given in of_rows.items():
        if given is not None:
            flag = f"--{option.replace('_', '-')}"
            raise OptionError(
                f"{flag} belongs to a row: leave out --curve, or {flag}.", option=option
            )


def response(
    model: Path,
    data: str,
    column: str,
    *,
    target_class: str | None,
    encoders: Mapping[str, str],
    out: Path | None,
    reading: Mapping[str, Any],
    as_json: bool,
) -> None:
    """Show how the prediction answers to one column."""
    if out is not None:
        check_ending(out)
        check_output(out, {"the table": data, "the model": model}, option="out")
    check_sources(data)

    from pellucid.data.sources.table import read_table
    from pellucid.model.file import read_model_file

    stored = read_model_file(model)
    table = read_table(data, **reading)

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen
    from pellucid.estimators.loading import StoredModel
    from pellucid.explanation.response import response_curve
    from pellucid.report.content.response import response_figure
    from pellucid.report.picture_file import save_figure

    predictor = StoredModel(str(model), *stored).predictor(encoders)
    curve = response_curve(predictor, table, column, target_class=target_class)
    figure = response_figure(curve)
    if out is not None:
        save_figure(figure, out)
    if as_json:
        print(json.dumps({**curve.to_json(), "picture": None if out is None else str(out)}))
        return
    open_screen().print(console.response(figure, out))
