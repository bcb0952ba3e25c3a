"""The command `cluster`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pellucid.cli.in_and_out import print_json, write_page
from pellucid.data.sources.files import check_sources
from pellucid.estimators.output_files import check_output
from pellucid.files.writing import check_page_ending
from pellucid.options import ClusterOptions, check_options


def cluster(
    data: str,
    *,
    reading: Mapping[str, Any],
    out: Path,
    labels: str | None,
    names: Sequence[str] | None,
    report: Path | None,
    as_json: bool,
    options: Mapping[str, Any],
) -> None:
    """Find clusters, save them and say all of it."""
    check_output(out, {"the table": data}, option="out")
    if report is not None:
        check_output(report, {"the table": data, "the model": out}, option="report")
        check_page_ending(report, option="report")
    is_there = out.exists()
    check_sources(data)
    check_options(ClusterOptions(**options))

    from pellucid.data.sources.table import read_table

    table = read_table(data, **reading)

    from pellucid.cli import console
    from pellucid.cli.screen import open_screen
    from pellucid.comparison.clustering import cluster as find_clusters

    screen = open_screen(quiet=as_json)
    screen.print(console.read(table))
    found = find_clusters(
        table,
        labels=labels,
        names=names,
        out=out,
        on_interrupt="stop",
        **{"verbose": not as_json and sys.stderr.isatty(), **options},
    )
    screen.print(console.clustering(found))
    if report is not None:
        write_page(found, report, screen)
    screen.print(console.next_steps_of_clusters(out, data, is_replaced=is_there), soft_wrap=True)
    if as_json:
        print_json({**found.to_json(), "replaced": is_there}, report)
