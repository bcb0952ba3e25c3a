"""What is refused before rows are clustered."""

from __future__ import annotations

import polars as pl

from pellucid.errors import DataError, OptionError
from pellucid.wording import count_of

FEWEST_ROWS = 2


def check_clusterable(frame: pl.DataFrame, n_clusters: object, name: str) -> None:
    """Refuse rows that cannot be clustered.

    Args:
        frame: Converted rows.
        n_clusters: The option: a number, or "auto".
        name: What the table is called.

    Raises:
        DataError: There are too few rows of which anything is seen.
        OptionError: There are to be more clusters than rows.
    """
    rows = frame.height
    if rows < FEWEST_ROWS:
        raise DataError(
            f"{name} has only {count_of(rows, 'row')} of which anything can be read, but "
            f"{FEWEST_ROWS} are needed at least, and some hundreds to be of use. Give pictures that "
            "can be read.",
            file=name,
        )
    if isinstance(n_clusters, int) and n_clusters > rows:
        raise OptionError(
            f"n_clusters is {n_clusters}, but {name} has {count_of(rows, 'row')}, and each cluster "
            "needs one. Give fewer clusters, or more rows.",
            option="n_clusters",
        )
