"""The command `cluster` and its flags."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.flags import (
    Data,
    Decimal,
    Delimiter,
    Encoding,
    Json,
    Missing,
    NoHeader,
    Page,
    Sheet,
    how_to_read,
    named_after,
    parsed,
    with_options_of,
)
from pellucid.options import ClusterOptions

Labels = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="Column with what rows are known to be: it is not looked at before the clusters are "
        "there, and then compared with them.",
    ),
]
Names = Annotated[
    str | None, typer.Option(help="What clusters are called, by their ids: 'small,large,old'.")
]


@with_options_of(ClusterOptions, {"n_clusters": "--clusters"})
def cluster(
    data: Data,
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="Model file to write; DATA.clusters.pellucid if not given."),
    ] = None,
    labels: Labels = None,
    names: Names = None,
    report: Page = None,
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    missing: Missing = None,
    no_header: NoHeader = False,
    sheet: Sheet = None,
    decimal: Decimal = None,
    as_json: Json = False,
    **options: str | None,
) -> None:
    """Find clusters without a target: rows, pictures or texts that belong together."""
    from pellucid.cli.commands import cluster as command

    command.cluster(
        data,
        reading=how_to_read(
            delimiter, encoding, missing, no_header=no_header, sheet=sheet, decimal=decimal
        ),
        out=out or named_after(data, "model.clusters.pellucid"),
        labels=labels,
        names=None if names is None else names.split(","),
        report=report,
        as_json=as_json,
        options=parsed(options, ClusterOptions),
    )
