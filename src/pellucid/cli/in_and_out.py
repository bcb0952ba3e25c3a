"""What several commands do alike: a further table in, a page and JSON out."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.data.sources.files import check_sources
from pellucid.data.sources.folder_sources import target_named_by
from pellucid.errors import OptionError
from pellucid.files.writing import JSON
from pellucid.report.numbers import size_of_file

if TYPE_CHECKING:
    from rich.console import Console

    from pellucid.comparison.results import Result
    from pellucid.data.sources.table import Table


def named_target(data: str) -> str:
    """The column to predict where nobody says: the classes of folders.

    Raises:
        OptionError: The data are no pictures.
        DataError: There are none.
    """
    target = target_named_by(data)
    if target is None:
        check_sources(data)
        raise OptionError(
            "It must be said which column is to be predicted: add --target COLUMN.",
            option="target",
        )
    return target


def read_if_given(path: str | None, reading: Mapping[str, Any]) -> Table | None:
    """The table at a path, if there is one to be read."""
    from pellucid.data.sources.table import read_table

    return None if path is None else read_table(path, **reading)


def read_training_table(
    data: str,
    targets: Sequence[str],
    reading: Mapping[str, Any],
    splitting: Mapping[str, Any],
    task: str | None,
    options: Mapping[str, Any],
) -> Table:
    """The table to learn from, in which every column that is named is there."""
    from pellucid.data.schema import check_request
    from pellucid.data.sources.table import read_table
    from pellucid.data.split_options import Splitting
    from pellucid.data.targets import check_names
    from pellucid.tasks.choice import check_task

    check_task(task)
    split = Splitting(
        groups=splitting["group"],
        by_time=splitting["by_time"],
        drop_repeated=splitting["drop_repeated"],
    )
    table = read_table(data, **reading)
    check_names(table, targets)
    split.check_names(table.frame.columns, targets, table.name)
    check_request(table, options.get("columns") or {})
    return table


def print_json(facts: Mapping[str, Any], page: Path | None) -> None:
    """Print a result's facts, and where its page is if there is one."""
    print(json.dumps({**facts, "page": None if page is None else str(page)}))


def write_page(found: Result, page: Path, screen: Console) -> None:
    """Write a result's page, and say where it is."""
    from pellucid.report.page import write_report

    with screen.status("Writing the report"):
        write_report(found, page, command=shlex.join(["pellucid", *sys.argv[1:]]))
    told_of(page, screen)


def told_of(page: Path, screen: Console) -> None:
    """Say where a page is that was written."""
    size = size_of_file(page.stat().st_size)
    hint = "" if page.suffix.lower() == JSON else ": open it in a browser"
    screen.print(f"Wrote {page} ({size}){hint}", soft_wrap=True)
