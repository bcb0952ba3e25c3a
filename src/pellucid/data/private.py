"""Columns as a private model may remember them: nothing of one row alone."""

from __future__ import annotations

import polars as pl

from pellucid.data.kinds.kind import kind_of


def coarsened(frame: pl.DataFrame) -> pl.DataFrame:
    """Converted columns from which encoders learn no single row's cell.

    Numbers are rounded, and what is beyond the 1 % and the 99 % quantile is moved there; dates
    beyond them are moved to the day of these. Levels that few rows have are pooled anyway.

    Args:
        frame: Converted columns of the training rows.
    """
    return frame.with_columns(kind_of(column).coarsened(column) for column in frame)
