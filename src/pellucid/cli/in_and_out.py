"""What several commands do alike: a further table in, a page and JSON out."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.report.numbers import size_of_file

if TYPE_CHECKING:
    from rich.console import Console

    from pellucid.comparison.results import Result
    from pellucid.data.sources.table import Table


def read_if_given(path: str | None, reading: Mapping[str, Any]) -> Table | None:
    """The table at a path, if there is one to be read."""
    from pellucid.data.sources.table import read_table

    return None if path is None else read_table(path, **reading)


def print_json(facts: Mapping[str, Any], page: Path | None) -> None:
    """Print a result's facts, and where its page is if there is one."""
    print(json.dumps({**facts, "page": None if page is None else str(page)}))


def write_page(found: Result, page: Path, screen: Console) -> None:
    """Write a result's page, and say where it is."""
    from pellucid.report.page import JSON, write_report

    with screen.status("Writing the report"):
        write_report(found, page, command=shlex.join(["pellucid", *sys.argv[1:]]))
    size = size_of_file(page.stat().st_size)
    hint = "" if page.suffix.lower() == JSON else ": open it in a browser"
    screen.print(f"Wrote {page} ({size}){hint}", soft_wrap=True)
