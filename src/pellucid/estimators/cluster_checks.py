"""What is refused before rows are clustered."""

from __future__ import annotations

import polars as pl

from pellucid.data.kinds.column import Schema
from pellucid.data.sources.table import Table
from pellucid.errors import DataError, OptionError
from pellucid.wording import count_of

FEWEST_ROWS = 2
MOST_REASONS = 5
"""Columns of which is told why they are left out."""


def check_clusterable(
    table: Table, schema: Schema, frame: pl.DataFrame, n_clusters: object
) -> None:
    """Refuse rows that cannot be clustered.

    Args:
        table: What was read.
        schema: What its columns are.
        frame: Its rows, converted, without those of which nothing can be seen.
        n_clusters: The option: a number, or "auto".

    Raises:
        DataError: There are too few rows or different rows, or no column tells them apart.
        OptionError: There are to be more clusters than rows.
    """
    rows, name = frame.height if schema.kept else table.frame.height, table.name
    if rows < FEWEST_ROWS:
        raise DataError(
            f"{name} has only {count_of(rows, 'sample')} (row) to cluster, but {FEWEST_ROWS} are "
            "needed at least, and some hundreds to be of use. Give more.",
            file=name,
        )
    if not schema.kept:
        reasons = "; ".join(f"{c.name}: {c.reason}" for c in schema.columns[:MOST_REASONS])
        raise DataError(
            f"No column of {name} is left to tell rows apart ({reasons}). Give columns that vary, "
            "or say what they are with columns=.",
            file=name,
        )
    if isinstance(n_clusters, int) and n_clusters > rows:
        raise OptionError(
            f"n_clusters is {n_clusters}, but {name} has {count_of(rows, 'row')}, and each cluster "
            "needs one. Give fewer clusters, or more rows.",
            option="n_clusters",
        )
