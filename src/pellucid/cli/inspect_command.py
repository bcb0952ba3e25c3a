"""The command `inspect`: a model file, or a table before any training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.flags import (
    Decimal,
    Delimiter,
    Encoding,
    Json,
    Missing,
    NoHeader,
    Sheet,
    Task,
    how_to_read,
    merged,
)
from pellucid.errors import OptionError
from pellucid.option_rules import ColumnKinds


def inspect(
    path: Annotated[str, typer.Argument(help="A model file, or a table.")],
    *,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Of a table: the column to predict, to be told the task; repeatable."),
    ] = None,
    task: Task = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            help="Of a table: what a column is, where the guess is wrong. Repeatable.",
            metavar=ColumnKinds().example(),
        ),
    ] = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    missing: Missing = None,
    no_header: NoHeader = False,
    sheet: Sheet = None,
    decimal: Decimal = None,
    as_json: Json = False,
) -> None:
    """Say what a model file holds, or what a table would be taken for; nothing is trained."""
    from pellucid.model.file import is_model_file

    if not is_model_file(Path(path)):
        from pellucid.cli.commands import inspect as inspection

        inspection.inspect_table(
            path,
            target or [],
            task=task,
            columns=None if columns is None else merged(ColumnKinds(), columns),
            reading=how_to_read(
                delimiter, encoding, missing, no_header=no_header, sheet=sheet, decimal=decimal
            ),
            as_json=as_json,
        )
        return
    given = {
        "target": target,
        "task": task,
        "columns": columns,
        "missing": missing,
        "delimiter": delimiter,
        "encoding": encoding,
        "no-header": no_header or None,
        "sheet": sheet,
        "decimal": decimal,
    }
    for name, value in given.items():
        if value is not None:
            raise OptionError(
                f"--{name} belongs to a table, but {path} is a model file: leave it out.",
                option=name,
            )
    from pellucid.cli.commands import inspect as inspection

    inspection.inspect_model(Path(path), as_json=as_json)
