"""Columns as a private model may remember them: nothing of one row alone."""

from __future__ import annotations

import polars as pl

from pellucid.data.kinds.kind import kind_of


def coarsened(frame: pl.DataFrame) -> pl.DataFrame:
    """Converted columns whose numbers and dates are no single row's.

    Numbers are rounded, and what is beyond the 1 % and the 99 % quantile is moved there; dates
    beyond them are moved to the day of these. Levels stay as they are: an encoder keeps none that
    too few rows have, where `EncodingPlan.is_private` says so.

    Args:
        frame: Converted columns of the training rows.
    """
    return frame.with_columns(kind_of(column).coarsened(column) for column in frame)
